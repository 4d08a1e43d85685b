import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { artifacts } from "hardhat";
import { describe, it } from "mocha";
import { size } from "viem";

/** A margin below EIP-170's 24,576, so that a fix after an audit still fits. */
const CODE_BYTES_MAX = 22_000;
/** EIP-3860. */
const INITCODE_BYTES_MAX = 49_152;

/** What the compiler says in a build's output. */
interface Diagnostic {
  severity: string;
  formattedMessage: string;
  sourceLocation?: { file: string };
}

/** The contracts that are deployed: all of ours but those that only tests use. */
async function deployable() {
  const names = [...(await artifacts.getAllFullyQualifiedNames())].filter(
    (name) => name.startsWith("contracts/") && !name.startsWith("contracts/test/"),
  );
  const all = await Promise.all(names.map((name) => artifacts.readArtifact(name)));
  return all.filter(({ deployedBytecode }) => deployedBytecode !== "0x");
}

describe("bytecode", () => {
  it("bytecode_sizeOfEachContract_succeeds", async () => {
    const contracts = await deployable();
    expect(contracts.map(({ contractName }) => contractName)).to.include.members([
      "AgentRegistry",
      "ClusterRegistry",
      "ModelRegistry",
      "NodeRegistry",
    ]);
    for (const { contractName, bytecode, deployedBytecode } of contracts) {
      expect(size(deployedBytecode as `0x${string}`), `bytes of ${contractName}`).to.be.below(CODE_BYTES_MAX);
      expect(size(bytecode as `0x${string}`), `initcode of ${contractName}`).to.be.below(INITCODE_BYTES_MAX);
    }
  });

  it("compiler_warningsAboutOurContracts_succeeds", async () => {
    const warnings: string[] = [];
    const builds = [...(await artifacts.getAllBuildInfoIds())];
    expect(builds, "builds of this tree").to.not.be.empty;
    for (const id of builds) {
      const path = await artifacts.getBuildInfoOutputPath(id);
      if (path === undefined) throw new Error(`build ${id} has no output`);
      const { output } = JSON.parse(await readFile(path, "utf8")) as { output: { errors?: Diagnostic[] } };
      for (const { sourceLocation, formattedMessage } of output.errors ?? []) {
        // Packages are not ours to mend, and tests are never deployed; what has no place in a file counts as ours.
        const file = sourceLocation?.file ?? "";
        if (!file.startsWith("npm/") && !file.startsWith("project/test/")) warnings.push(formattedMessage);
      }
    }
    expect(warnings).to.deep.equal([]);
  });
});
