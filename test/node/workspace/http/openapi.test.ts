import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { dashboardPaths } from "../../../../node/src/local/dashboard/openapi.ts";
import { openApiDocument } from "../../../../node/src/workspace/http/openapi.ts";
import { WORKSPACE_ENDPOINTS } from "../../../../sdk/src/workspace/endpointTable.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

describe("docs/openapi.json", () => {
  const document = JSON.parse(textOf("docs/openapi.json")) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };

  it("is what scripts/openapi.ts would write", () => {
    const { version } = JSON.parse(textOf("node/package.json")) as { readonly version: string };
    expect(document).to.deep.equal(JSON.parse(JSON.stringify(openApiDocument(version, dashboardPaths()))));
  });

  it("has every endpoint once, with its path's parameters, and no reference that leads nowhere", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids).to.include.members(WORKSPACE_ENDPOINTS.map(({ name }) => name));
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { path, operationId, summary, parameters = [] } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect(given, operationId).to.deep.equal(named);
      expect(summary, operationId).to.match(/^[A-Z]/);
    }
    for (const [, reference = ""] of textOf("docs/openapi.json").matchAll(/"\$ref": "#\/([^"]+)"/g)) {
      const target = reference
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(target, reference).to.be.an("object");
    }
  });
});
