import { expect } from "chai";
import { describe, it } from "mocha";
import { compiledCode, sourceFiles } from "../../scripts/sources.ts";
import { DEPLOYMENT_PLAN } from "../../sdk/src/deployment/plan.ts";
import { plannedContracts } from "../../sdk/src/deployment/plannedContracts.ts";

/** The compiler is WebAssembly and optimises for long: seconds alone, more on a busy machine. */
const COMPILE_TIMEOUT_MS = 120_000;

describe("scripts/sources.ts", () => {
  it("writes an input for each contract with its own sources, and what an explorer asks for", () => {
    const { entries, inputs } = sourceFiles();
    const planned = plannedContracts();
    expect(entries.map(({ name }) => name)).to.deep.equal(planned.map(({ name }) => name));
    for (const [index, entry] of entries.entries()) {
      const contract = planned[index];
      expect(entry.address, entry.name).to.equal(contract?.address);
      expect(`0x${entry.constructorArguments}`, entry.name).to.equal(contract?.constructorArgs);
      expect(entry.compiler).to.equal("v0.8.34+commit.80d5c536");
      const files = Object.keys(inputs.get(entry.input)?.sources ?? {});
      expect(files, entry.name).to.include(entry.contract.split(":")[0]);
      expect(
        files.filter((file) => /test/i.test(file)),
        entry.name,
      ).to.deep.equal([]);
    }
  });

  it("writes an input that compiles to the bytecode that is deployed", function () {
    this.timeout(COMPILE_TIMEOUT_MS);
    const { entries, inputs } = sourceFiles();
    const entry = entries.find(({ name }) => name === "agentRegistry");
    const input = inputs.get(entry?.input ?? "");
    if (entry === undefined || input === undefined) return expect.fail("there is no input of agentRegistry");
    const planned = DEPLOYMENT_PLAN.find(({ name }) => name === "agentRegistry");
    expect(compiledCode(input, entry)).to.equal(planned?.creationCode);
  });
});
