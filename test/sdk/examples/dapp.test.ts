import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { after, before, it } from "mocha";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { watchExecutions } from "../../../sdk/src/actions/watchExecutions.ts";
import { serializeDeployment } from "../../../sdk/src/types/deployment.ts";
import { VERIFICATION_CHECKS } from "../../../sdk/src/types/verification.ts";
import { accountOf } from "../../fixtures/chain.ts";
import { createTestCluster, signedRun } from "../support/cluster.ts";
import { describeOnChain, keyOf } from "../support/world.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The lines that do something: all but imports and comments. */
function linesOf(example: string): string[] {
  const text = readFileSync(join(ROOT, "examples/dapp", example), "utf8");
  const [, code = ""] = text.split("*/");
  return code.split("\n").filter((line) => line !== "" && !line.startsWith("import "));
}

describeOnChain("examples/dapp", (world) => {
  let folder: string;
  let stop = (): void => {};

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-dapp-"));
  });
  after(() => {
    stop();
    rmSync(folder, { recursive: true });
  });

  for (const [index, example] of ["run.ts", "run-ethers.ts"].entries()) {
    it(`${example} goes from a URL and a key to a verified response in ten lines`, async function () {
      this.timeout(30_000);
      const { chain, deployment, reader } = world();
      const cluster = await createTestCluster(world());
      stop = watchExecutions(reader(), {
        deployment,
        cluster: cluster.cluster,
        fromBlock: deployment.fromBlock,
        onExecution: async (run) => {
          const items = await signedRun(world(), cluster, run);
          await submitCompletions(cluster.owner, { deployment, items });
        },
      });
      writeFileSync(join(folder, "deployment.json"), serializeDeployment(deployment));
      const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, "examples/dapp", example)], {
        env: {
          RPC_URL: chain.rpcUrl,
          PRIVATE_KEY: keyOf(accountOf(index)),
          DEPLOYMENT: join(folder, "deployment.json"),
          CLUSTER: String(cluster.cluster),
          INPUT: "a question",
        },
      });
      stop();
      const lines = stdout.trim().split("\n");
      expect(lines[0]).to.equal("a checked brief");
      expect(lines.slice(1).map((line) => line.split(":")[0])).to.deep.equal(
        VERIFICATION_CHECKS.map((name) => `${name} passed`),
      );
      expect(linesOf(example)).to.have.length.at.most(10);
    });
    it(`${example} stands in the SDK's README as it is`, () => {
      const readme = readFileSync(join(ROOT, "sdk/README.md"), "utf8");
      for (const line of linesOf(example)) expect(readme).to.include(line);
    });
  }
});
