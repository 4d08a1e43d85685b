import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Readiness } from "../../../node/src/api/server.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import { createDaemonLog } from "../../../node/src/local/daemonLog.ts";
import { METRICS, type MetricEntry } from "../../../node/src/local/metricsTable.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { type LocalChain, startChain, testClientOf, walletOf } from "../../fixtures/chain.ts";
import {
  NODE_KEY_ADDRESS,
  PASSWORD,
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../../fixtures/operator.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { until } from "../../fixtures/until.ts";

interface Status {
  readonly node: string;
  readonly ready: { readonly ready: boolean };
  readonly chain: { readonly state: string; readonly lagBlocks: number; readonly headAgeSeconds: number };
  readonly account: { readonly address: string; readonly nonce: number; readonly balanceWei: string };
  readonly earnings: readonly { readonly amount: string }[];
  readonly jobs: { readonly live: Record<string, number>; readonly ended: Record<string, number> };
  readonly errors: readonly unknown[];
}

describe("what a daemon tells of itself", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["answers", "fails"]);
    cluster = await publishCluster(operator, "observed", ["answers", "fails"]);
  });
  after(() => chain?.stop());

  it("metrics, status, readiness and a line for each job's life, of a run that is answered and one job that is given up", async () => {
    await using folder = temporaryFolder();
    const services = { answers: programService("answer"), fails: programService("fail") };
    const path = await writeOperatorFolder(folder.path, operator, services, { jobs: { attemptsMax: 1 } });
    let lines = "";
    const config = await loadConfig(path);
    const { logger, ...log } = createDaemonLog(config, {
      write(line: string) {
        lines += line;
      },
    });
    const daemon = await startDaemon({ config, password: PASSWORD }, { logger, log });
    const token = readFileSync(join(folder.path, "api.token"), "utf8").trim();
    const ask = async (route: string) => {
      const answer = await fetch(new URL(route, daemon.apiUrl), {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status, route).to.equal(200);
      return answer.text();
    };
    const jobLines = () =>
      lines
        .split("\n")
        .filter((line) => line.includes('"job ended"'))
        .map((line) => JSON.parse(line) as { task: number; outcome: string; totalMs: number; code?: string });
    try {
      await execute(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        cluster,
        input: "How are you?",
      });
      await until("both jobs have ended", () => jobLines().length === 2);
      const [first, second] = jobLines().sort((a, b) => a.task - b.task);
      expect(first).to.include({ task: 0, outcome: "final" });
      expect(first?.totalMs).to.be.greaterThan(0);
      expect(second).to.include({ task: 1, outcome: "failed", code: "AGENT_FAILED" });

      const status = JSON.parse(await ask("/status")) as Status;
      expect(status.node).to.equal(String(operator.node));
      expect(status.ready.ready).to.equal(true);
      expect(status.chain).to.include({ state: "following", lagBlocks: 0 });
      expect(status.account.address).to.equal(NODE_KEY_ADDRESS);
      expect(status.jobs.ended).to.deep.equal({ final: 1, failed: 1, dropped: 0 });
      expect(status.errors[0]).to.include({ level: "warn" });

      const text = await ask("/metrics");
      for (const [name, { kind }] of Object.entries(METRICS) as [string, MetricEntry][])
        expect(text, name).to.contain(`# TYPE ${name} ${kind}`);
      const value = (line: string) =>
        Number(new RegExp(`^${line.replace(/[{}]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1]);
      expect(value('pleiad_ended_jobs_total{outcome="final"}')).to.equal(1);
      expect(value('pleiad_ended_jobs_total{outcome="failed"}')).to.equal(1);
      expect(value('pleiad_ready_state{check="chain"}')).to.equal(1);
      expect(value('pleiad_ready_state{check="store"}')).to.equal(1);
      expect(value('pleiad_ready_state{check="keys"}')).to.equal(1);
      expect(value('pleiad_ready_state{check="work"}')).to.equal(1);
      expect(value("pleiad_account_balance_ether")).to.be.greaterThan(9_000);
      expect(value("pleiad_job_settle_seconds_count")).to.equal(1);
      expect(value('pleiad_signatures_total{outcome="signed"}')).to.be.greaterThan(1);
      expect(value("pleiad_disk_free_bytes")).to.be.greaterThan(0);
      expect(text).to.match(/^pleiad_rpc_requests_total\{method="blockByNumber",outcome="ok"\} \d+$/m);

      expect(JSON.parse(await ask("/ready"))).to.nested.include({ ready: true, "checks.keys.ok": true });
    } finally {
      await daemon.stop();
    }
  });

  it("an account without ether is warned of once in the log and in /ready, and keeps the node from nothing", async () => {
    await using folder = temporaryFolder();
    const path = await writeOperatorFolder(folder.path, operator, { answers: programService("answer") });
    const ether = testClientOf(chain);
    await ether.setBalance({ address: NODE_KEY_ADDRESS, value: 0n });
    const lines: string[] = [];
    const config = await loadConfig(path);
    const { logger, ...log } = createDaemonLog(config, { write: (line: string) => void lines.push(line) });
    const daemon = await startDaemon({ config, password: PASSWORD }, { logger, log });
    const warned = () => lines.filter((line) => line.includes("ACCOUNT_EMPTY"));
    try {
      await until("the log warns of it", () => warned().length > 0);
      const answer = await fetch(new URL("/ready", daemon.apiUrl));
      expect(answer.status).to.equal(200);
      const { warnings } = (await answer.json()) as Readiness;
      expect(warnings.map(({ code }) => code)).to.deep.equal(["ACCOUNT_EMPTY"]);
      expect(warnings[0]?.message).to.contain(NODE_KEY_ADDRESS).and.to.contain("0 ether");
      expect(warned()).to.have.length(1);
    } finally {
      await daemon.stop();
      await ether.setBalance({ address: NODE_KEY_ADDRESS, value: 10n ** 22n });
    }
  });
});
