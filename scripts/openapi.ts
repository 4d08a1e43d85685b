import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { dashboardPaths } from "../node/src/local/dashboard/openapi.ts";
import { openApiDocument } from "../node/src/workspace/http/openapi.ts";

/**
 * Writes how the workspace is asked over HTTP, as OpenAPI: `node scripts/openapi.ts`. A test compares it with the schemas;
 * the daemon serves the same at `/openapi.json`.
 */
const ROOT = resolve(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(join(ROOT, "node/package.json"), "utf8")) as {
  readonly version: string;
};
writeFileSync(
  join(ROOT, "docs/openapi.json"),
  `${JSON.stringify(openApiDocument(version, dashboardPaths()), undefined, 2)}\n`,
);
