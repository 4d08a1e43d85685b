import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import type { Hex } from "viem";
import { getTransactionCount } from "viem/actions";
import { openStore } from "../../node/src/store/open.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type LocalChain, startChain, testClientOf, walletOf } from "../fixtures/chain.ts";
import { startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  NODE_KEY_ADDRESS,
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { ROOT, temporaryFolder } from "../fixtures/pleiad.ts";
import { isAlive, processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const MODELS = ["first", "second", "third"];
const ANSWERING = Object.fromEntries(MODELS.map((name) => [name, programService("answer")]));

/** What the journal acknowledged last, as far as it matters here. */
interface Report {
  readonly state: string;
  readonly task?: number;
  readonly output?: { readonly digest: Hex } | null;
  readonly attempts?: readonly { readonly hash: Hex }[];
}

describe("a daemon that is killed", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, MODELS);
    cluster = await publishCluster(operator, "three-steps", MODELS);
  });
  after(() => chain.stop());

  /** Runs a daemon that kills itself at a step of the execution, and answers what it had in its journal. */
  async function killAt(step: string, folder: string): Promise<{ execution: bigint; report: Report }> {
    const reportFile = join(folder, "report.json");
    const services =
      step === "answering"
        ? { ...ANSWERING, first: programService("slow", `${reportFile}.agent`) }
        : ANSWERING;
    const config = await writeOperatorFolder(join(folder, "data"), operator, services);
    const program = join(ROOT, "test", "fixtures", "killingDaemon.ts");
    const child = spawn(process.execPath, [program, config, step, reportFile], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(child, "exit");
    try {
      const { execution } = await execute(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        cluster,
        input: `What happens at ${step}?`,
      });
      const signal = await Promise.race([ended.then(([, name]) => name), timeout(30_000)]);
      expect(signal, "how the daemon ended").to.equal("SIGKILL");
      return { execution, report: JSON.parse(readFileSync(reportFile, "utf8")) as Report };
    } finally {
      child.kill("SIGKILL");
    }
  }

  async function transactionCount(): Promise<number> {
    return getTransactionCount(testClientOf(chain), { address: NODE_KEY_ADDRESS });
  }

  for (const step of ["leased", "running", "answering", "answered", "signed", "sent"]) {
    it(`while a job is ${step} finishes it at the next start: one completion a task, no second output signed, no agent left`, async () => {
      await using folder = temporaryFolder();
      const data = join(folder.path, "data");
      const countBefore = await transactionCount();
      const { execution, report } = await killAt(step, folder.path);
      // All that the agent needs is at hand, so that a lease says at once that it runs.
      expect(report.state).to.equal(step === "leased" || step.startsWith("answer") ? "running" : step);
      if (step === "answering") {
        const agent = Number(readFileSync(join(folder.path, "report.json.agent"), "utf8"));
        await until("the agent of the dead daemon is gone", () => !isAlive(agent), { timeoutMs: 5_000 });
      }

      await writeOperatorFolder(data, operator, ANSWERING);
      await using daemon = await startDaemonProcess(data);
      const { completions, response } = await waitForResponse(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        execution,
        timeoutMs: 30_000,
      });
      expect(new TextDecoder().decode(response)).to.match(/^answer of process \d+/);
      expect(completions.map(({ task }) => task)).to.deep.equal([0, 1, 2]);
      const settlements = new Set(completions.map(({ transactionHash }) => transactionHash));
      expect((await transactionCount()) - countBefore, "transactions of the node").to.equal(settlements.size);
      await until("the journal says so", async () => {
        const { jobs } = await daemon.execution(execution);
        return jobs.length === 3 && jobs.every(({ state }) => state === "mined" || state === "final");
      });

      const { task, output, attempts } = report;
      if (step === "answered" || step === "signed")
        expect(completions[task ?? -1]?.outputDigest, "what was answered before").to.equal(output?.digest);
      // What it does not carry, as on a slow machine, came with another: nothing came twice, as the count above says.
      if (step === "sent") expect([...settlements]).to.include(attempts?.[0]?.hash);

      const end = await daemon.stop();
      expect(end.exitCode, end.stderr).to.equal(0);
      expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
      await expectOneSigning(data, completions);
    });
  }

  /** Compares what stands in the record of signings with what the chain accepted. */
  async function expectOneSigning(
    dataFolder: string,
    completions: readonly { readonly task: number; readonly outputDigest: Hex }[],
  ): Promise<void> {
    const { chainId, clusterExecutions: contract } = operator.deployment;
    const store = await openStore({ dataFolder, chainId, contract }, { logger: pino({ level: "silent" }) });
    try {
      const { jobs, signings } = store.journal;
      const records = [...(await jobs.live()), ...(await jobs.ended(10))];
      expect(records.map(({ task }) => task).sort()).to.deep.equal([0, 1, 2]);
      for (const { execution, task, contextHash } of records) {
        const digest = await signings.digestOf({ chainId, contract, execution, task, contextHash });
        expect(digest, `task ${task}`).to.equal(completions[task]?.outputDigest);
      }
    } finally {
      await store.close();
    }
  }
});

function timeout(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve(`not within ${ms} ms`), ms).unref());
}
