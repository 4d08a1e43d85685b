import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { readDaemonState } from "../../node/src/local/daemonState.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { type LocalChain, startChain, walletOf } from "../fixtures/chain.ts";
import { type DaemonProcess, startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { isAlive, processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const STOP_MS_MAX = 5_000;

describe("a daemon that is asked to stop", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["stubborn"]);
    cluster = await publishCluster(operator, "stubborn", ["stubborn"]);
  });
  after(() => chain?.stop());

  const request = (input: string) =>
    execute(walletOf(chain, REQUESTER), { deployment: operator.deployment, cluster, input });

  /** A daemon with an agent at work that heeds no signal. */
  async function atWork(data: string): Promise<{ readonly daemon: DaemonProcess; readonly agent: number }> {
    const agentFile = join(data, "agent");
    await writeOperatorFolder(data, operator, { stubborn: programService("stubborn", agentFile) });
    const daemon = await startDaemonProcess(data);
    await request("Will you ever end?");
    await until("its agent works", () => existsSync(agentFile) && readFileSync(agentFile, "utf8") !== "");
    return { daemon, agent: Number(readFileSync(agentFile, "utf8")) };
  }

  it("takes no more work, ends an agent that heeds no signal, and is gone within five seconds, with exit code 0", async () => {
    await using folder = temporaryFolder();
    const data = join(folder.path, "data");
    const { daemon, agent } = await atWork(data);
    const fromMs = performance.now();
    const end = await daemon.stop();
    expect(performance.now() - fromMs, "milliseconds").to.be.below(STOP_MS_MAX);
    expect(end.exitCode, end.stdout + end.stderr).to.equal(0);
    expect(end.stdout).to.include('"msg":"stopping"').and.not.to.include("not everything ended in time");
    expect(isAlive(agent)).to.equal(false);
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    expect(readDaemonState(data), "its state").to.equal(undefined);
    const after = end.stdout.slice(end.stdout.indexOf('"msg":"stopping"'));
    expect(after, "work after the signal").not.to.include("sending a transaction");
  });

  it("leaves at once at the second signal, with exit code 1, and its agent is ended all the same", async () => {
    await using folder = temporaryFolder();
    const { daemon, agent } = await atWork(join(folder.path, "data"));
    const ended = daemon.stop();
    process.kill(daemon.pid, "SIGINT");
    const fromMs = performance.now();
    const end = await ended;
    expect(performance.now() - fromMs, "milliseconds").to.be.below(1_000);
    expect(end.exitCode, end.stdout + end.stderr).to.equal(1);
    await until("its agent is gone", () => !isAlive(agent), { timeoutMs: 6_000 });
  });
});
