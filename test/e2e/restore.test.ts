import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { WATERMARK_MARGIN_SECONDS } from "../../node/src/store/watermark.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { getExecution } from "../../sdk/src/actions/getExecution.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type LocalChain, startChain, testClientOf, walletOf } from "../fixtures/chain.ts";
import { type DaemonProcess, startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { until } from "../fixtures/until.ts";

const SERVICES = { only: programService("answer") };

describe("a node whose backup was restored", function () {
  this.timeout(90_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["only"]);
    cluster = await publishCluster(operator, "one-step", ["only"]);
  });
  after(() => chain.stop());

  const requester = () => walletOf(chain, REQUESTER);
  const request = async () =>
    (await execute(requester(), { deployment: operator.deployment, cluster, input: "What happens?" }))
      .execution;
  const response = (execution: bigint) =>
    waitForResponse(requester(), { deployment: operator.deployment, execution, timeoutMs: 30_000 });
  /** A command that must end well; what it said as JSON. */
  async function pleiad(...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await startPleiad([...args, "--json"]).ended;
    expect(exitCode, stdout + stderr).to.equal(0);
    return JSON.parse(stdout);
  }

  async function expectBarred(daemon: DaemonProcess, execution: bigint): Promise<void> {
    await until("the daemon says that it leaves the execution alone", async () => {
      const { waits } = await daemon.execution(execution);
      return waits.some(({ code }) => code === "SIGNING_BARRED");
    });
    const { jobs } = await daemon.execution(execution);
    expect(jobs, "no agent was asked, nothing was signed").to.deep.equal([]);
  }

  it("signs nothing for executions created before, across restarts, and answers those that come after", async () => {
    await using folder = temporaryFolder();
    const data = join(folder.path, "data");
    await writeOperatorFolder(data, operator, SERVICES);
    const backup = join(folder.path, "node.backup");
    {
      await using daemon = await startDaemonProcess(data);
      await response(await request());
      const taken = await pleiad("node", "backup", backup, data);
      expect(taken).to.deep.include({ file: backup, running: true });
      expect(taken.manifest).to.include({ node: String(operator.node), signings: 1 });
      expect((await pleiad("node", "verify", data)).ok, "of a running daemon").to.equal(true);
      // After the backup: another signature, and another nonce of the account.
      await response(await request());
      expect((await daemon.stop()).exitCode).to.equal(0);
    }
    expect((await pleiad("node", "verify", data)).ok).to.equal(true);
    expect((await pleiad("node", "verify", "--backup", backup)).ok).to.equal(true);

    // What a lost life may have signed for: nobody knows, as this one's memory ends at the backup.
    const old = await request();
    const other = join(folder.path, "other");
    await writeOperatorFolder(other, operator, SERVICES);
    await pleiad("node", "restore", backup, other);
    expect(existsSync(join(other, "watermark.json"))).to.equal(true);
    for (const life of ["first", "second"]) {
      await using daemon = await startDaemonProcess(other);
      await expectBarred(daemon, old);
      expect((await daemon.stop()).exitCode, life).to.equal(0);
    }

    const time = testClientOf(chain);
    await time.increaseTime({ seconds: WATERMARK_MARGIN_SECONDS + 1 });
    await time.mine({ blocks: 1 });
    await using daemon = await startDaemonProcess(other);
    const { completions } = await response(await request());
    expect(completions.map(({ task }) => task)).to.deep.equal([0]);
    await expectBarred(daemon, old);
    const { completedTasks } = await getExecution(requester(), {
      deployment: operator.deployment,
      execution: old,
    });
    expect(completedTasks).to.deep.equal([]);
    expect((await pleiad("node", "verify", other)).ok).to.equal(true);
  });
});
