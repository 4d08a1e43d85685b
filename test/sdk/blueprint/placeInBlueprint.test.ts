import { expect } from "chai";
import { describe, it } from "mocha";
import { placeInBlueprint } from "../../../sdk/src/blueprint/placeInBlueprint.ts";

const FILE = "slug: small\ntasks:\n  - name: read\n    agent: reader\n";

describe("placeInBlueprint", () => {
  it("is where a key's value stands, or where it should be", () => {
    expect(placeInBlueprint(FILE, ["tasks", 0, "agent"])).to.deep.equal({
      ...{ line: 4, column: 12, path: "tasks[0].agent" },
    });
    expect(placeInBlueprint(FILE, ["tasks", 0, "prompt"])).to.include({ line: 3, column: 5 });
    expect(placeInBlueprint(FILE, ["fee"])).to.include({ line: 1, column: 1 });
  });
});
