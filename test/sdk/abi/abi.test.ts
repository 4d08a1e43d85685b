import { expect } from "chai";
import { describe, it } from "mocha";
import { compileContracts, generatedFiles, staleFiles } from "../../../scripts/abi.ts";

describe("generated files", () => {
  it("are what a fresh compile and the present schema give: else run `node scripts/abi.ts`", function () {
    this.timeout(120_000);
    compileContracts();
    const files = generatedFiles();
    expect(staleFiles(files)).to.deep.equal([]);
    expect(files.size).to.equal(14);
  });
  it("are told to be stale when they are: another text, or no file", () => {
    const files = new Map([
      ["sdk/src/abi/errors.ts", "other"],
      ["sdk/src/abi/none.ts", ""],
    ]);
    expect(staleFiles(files)).to.deep.equal([...files.keys()]);
  });
  it("are the same each time", () => {
    expect([...generatedFiles()]).to.deep.equal([...generatedFiles()]);
  });
});
