import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createClient, http } from "viem";
import { checkDeployment } from "../../sdk/src/actions/checkDeployment.ts";
import { parseDeployment } from "../../sdk/src/types/deployment.ts";
import { startHardhatNode } from "../fixtures/hardhatNode.ts";
import { lastJson, ROOT, runPleiad, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const run = promisify(execFile);

describe("a chain of npx hardhat node", function () {
  this.timeout(120_000);

  it("takes the contracts by npm run deploy, and a whole network by pleiad up --rpc, which leaves it running", async () => {
    await using folder = temporaryFolder();
    await using chain = await startHardhatNode();
    const { rpcUrl } = chain;
    const file = join(folder.path, "deployment.json");
    const { stdout } = await run("npm", ["run", "--silent", "deploy", "--", "--rpc", rpcUrl, "--out", file], {
      cwd: ROOT,
    });
    expect(stdout).to.match(/clusterExecutions +0x[0-9a-fA-F]{40}/);
    const client = createClient({ transport: http(rpcUrl) });
    const deployment = parseDeployment(readFileSync(file, "utf8"));
    expect(deployment.chainId).to.equal(31_337);
    await checkDeployment(client, { deployment });

    const data = join(folder.path, "data");
    const up = startPleiad(["up", "--rpc", rpcUrl, "--data", data, "--window", "3", "--json"]);
    try {
      await up.says(/"tasks":\[.*\n/);
      expect(lastJson(up.stdout())).to.include({ executionId: 1, clusterId: 1, verified: true });
      // The chain is somebody else's, so no page sends on it without a wallet.
      const config = readFileSync(join(data, "operators", "alcyone", "pleiad.yaml"), "utf8");
      expect(config).to.include("chainId: 31337").and.not.include("pageAccount");
      // From another terminal, on the same chain.
      const second = await runPleiad(["up", "--data", data, "--json"]);
      expect(second.exitCode, second.stderr).to.equal(0);
      expect(lastJson(second.stdout)).to.include({ executionId: 2, verified: true });
      up.signal("SIGINT");
      const { exitCode, stderr } = await up.ended;
      expect(exitCode, stderr).to.equal(0);
      expect(processesOf(data), "processes that were left").to.deep.equal([]);
      await checkDeployment(client, { deployment });
    } finally {
      up.signal("SIGKILL");
      await until("no process is left", () => processesOf(folder.path).length === 0);
    }
  });
});
