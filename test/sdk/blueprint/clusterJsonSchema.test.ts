import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { clusterJsonSchema } from "../../../sdk/src/blueprint/clusterJsonSchema.ts";

const FILE = new URL("../../../sdk/src/blueprint/cluster.schema.json", import.meta.url);

describe("clusterJsonSchema", () => {
  it("is the file that is committed: else run `node scripts/abi.ts`", () => {
    expect(JSON.parse(readFileSync(FILE, "utf8"))).to.deep.equal(clusterJsonSchema());
  });
  it("says what editors show: required keys, limits, descriptions, and no other keys", () => {
    const schema = clusterJsonSchema() as {
      required: string[];
      additionalProperties: boolean;
      properties: Record<string, { description?: string; maximum?: number; maxItems?: number }>;
    };
    expect(schema.required).to.have.members(["slug", "name", "windowSeconds", "agents", "tasks"]);
    expect(schema.additionalProperties).to.equal(false);
    expect(schema.properties.windowSeconds?.maximum).to.equal(86_400);
    expect(schema.properties.tasks?.maxItems).to.equal(32);
    expect(schema.properties.fee?.description).to.be.a("string");
  });
});
