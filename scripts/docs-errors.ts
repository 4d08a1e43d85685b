/**
 * Writes `docs/errors.md` from the tables of error codes: `node scripts/docs-errors.ts`. A test compares the committed
 * page with the tables, so run this after changing a code.
 */
import { writeFile } from "node:fs/promises";
import { renderErrorDocs } from "../node/src/cli/errorDocs.ts";

const page = new URL("../docs/errors.md", import.meta.url);
await writeFile(page, renderErrorDocs());
console.log(`wrote ${page.pathname}`);
