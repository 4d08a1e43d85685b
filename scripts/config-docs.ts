/**
 * Writes `docs/config.md` from the table of configuration keys: `node scripts/config-docs.ts`. A test compares the
 * committed page with the table, so run this after changing a key.
 */
import { writeFile } from "node:fs/promises";
import { renderConfigDocs } from "../node/src/config/docs.ts";

const page = new URL("../docs/config.md", import.meta.url);
await writeFile(page, renderConfigDocs());
console.log(`wrote ${page.pathname}`);
