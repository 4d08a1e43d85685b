/**
 * Writes `docs/manager.md` from the table of the manager's keys: `node scripts/manager-docs.ts`. A test compares the
 * committed page with the table, so run this after changing a key.
 */
import { writeFile } from "node:fs/promises";
import { renderManagerDocs } from "../node/src/manager/config/docs.ts";

const page = new URL("../docs/manager.md", import.meta.url);
await writeFile(page, renderManagerDocs());
console.log(`wrote ${page.pathname}`);
