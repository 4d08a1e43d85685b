import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createTestClient, http, keccak256, publicActions, stringToBytes } from "viem";
import { serviceSchema } from "../../node/src/config/service.ts";
import { type DaemonExecution, daemonClient } from "../../node/src/local/daemonClient.ts";
import { OPERATOR_NAMES, type OperatorName } from "../../node/src/local/layout.ts";
import { type LocalNetwork, startLocalNetwork } from "../../node/src/local/localNetwork.ts";
import { clientFor } from "../../node/src/local/registry.ts";
import { clusterExecutionsAbi } from "../../sdk/src/abi/clusterExecutions.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { getCredit } from "../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../sdk/src/actions/getExecution.ts";
import { getVersion } from "../../sdk/src/actions/getVersion.ts";
import { getWindow } from "../../sdk/src/actions/getWindow.ts";
import { publish } from "../../sdk/src/actions/publish.ts";
import { removeTask } from "../../sdk/src/actions/removeTask.ts";
import { replaceTask } from "../../sdk/src/actions/replaceTask.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { withdraw } from "../../sdk/src/actions/withdraw.ts";
import { programService } from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const DURATION_SECONDS = 600;
const WINDOW_SECONDS = 3;

describe("a model whose program fails", function () {
  this.timeout(90_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let network: LocalNetwork;
  let rulesFile: string;

  before(async () => {
    folder = temporaryFolder();
    rulesFile = join(folder.path, "rules.json");
    network = await startLocalNetwork({
      folder: join(folder.path, "data"),
      chainPort: 0,
      windowSeconds: WINDOW_SECONDS,
      // Every program waits until the test has said which operator's fails.
      serviceOf: (_model, operator) =>
        serviceSchema.parse(programService("ruled", `${rulesFile}::${operator}`)),
      networkEnabled: true,
      say: () => {},
      signal: new AbortController().signal,
    });
  });
  after(async () => {
    await network?.stop();
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    await folder[Symbol.asyncDispose]();
  });

  const requester = () => clientFor(network.target.rpcUrl, network.target.accounts.requester);
  const deployment = () => network.target.registry.deployment;
  const time = () =>
    createTestClient({ mode: "anvil", transport: http(network.target.rpcUrl) }).extend(publicActions);

  function request() {
    return execute(requester(), {
      deployment: deployment(),
      cluster: network.target.registry.cluster.id,
      input: "What does a failing model come to?",
      durationSeconds: BigInt(DURATION_SECONDS),
    });
  }

  function report(name: OperatorName, execution: bigint): Promise<DaemonExecution> {
    return daemonClient(network.operator(network.target.registry.nodes[name])).execution(execution);
  }

  function reportsOf(execution: bigint) {
    return time().getContractEvents({
      address: deployment().clusterExecutions,
      abi: clusterExecutionsAbi,
      eventName: "FailureReported",
      args: { execution },
      fromBlock: 0n,
    });
  }

  async function headOf(name: OperatorName): Promise<bigint> {
    const status = await daemonClient(network.operator(network.target.registry.nodes[name])).status();
    return BigInt(
      (status as { readonly chain: { readonly head: { readonly number: string } } }).chain.head.number,
    );
  }

  function decide(rules: Readonly<Partial<Record<OperatorName, string>>>): void {
    writeFileSync(`${rulesFile}.new`, JSON.stringify(rules));
    renameSync(`${rulesFile}.new`, rulesFile);
  }

  /** The operators in the order of their windows for task 0. */
  async function order(execution: bigint): Promise<readonly OperatorName[]> {
    const windows = await Promise.all(
      OPERATOR_NAMES.map(async (name) => {
        const node = network.target.registry.nodes[name];
        const window = await getWindow(requester(), { deployment: deployment(), execution, task: 0, node });
        expect(window.eligible, name).to.equal(true);
        return { name, opensAt: window.opensAt };
      }),
    );
    return windows.sort((a, b) => Number(a.opensAt - b.opensAt)).map(({ name }) => name);
  }

  it("on the first node alone: the next window's node answers, and the first tells why it did not", async () => {
    const { execution } = await request();
    const [first = "alcyone", second = "alcyone"] = await order(execution);
    decide({ [first]: "fail" });
    await until("the second node has answered", async () =>
      (await report(second, execution)).jobs.some(({ task, state }) => task === 0 && state !== "running"),
    );
    // The later tasks are not what this is about.
    decide({});
    const { completions } = await waitForResponse(requester(), {
      deployment: deployment(),
      execution,
      timeoutMs: 60_000,
    });
    expect(completions[0]?.node).to.equal(network.target.registry.nodes[second]);
    const own = await report(first, execution);
    const job = own.jobs.find(({ task }) => task === 0);
    expect(job?.end?.code).to.equal("AGENT_FAILED");
    expect(job?.end?.message).to.match(/exit code 3/);
    const other = await report(second, execution);
    expect(other.jobs.find(({ task }) => task === 0)?.end).to.equal(null);
  });

  it("on all nodes: every daemon tells its reason, here and on chain, once only, and the run ends with all the money back", async () => {
    const client = requester();
    decide({ alcyone: "fail", electra: "fail", maia: "notUtf8" });
    const credit = { deployment: deployment(), kind: "Account", account: client.account.address } as const;
    const creditBefore = await getCredit(client, credit);
    const { execution, quoteWei, deadline } = await request();
    // All windows open at once: how they follow each other is the other test's.
    await time().increaseTime({ seconds: WINDOW_SECONDS * OPERATOR_NAMES.length });
    await time().mine({ blocks: 1 });
    const reasons = { alcyone: "AGENT_FAILED", electra: "AGENT_FAILED", maia: "AGENT_OUTPUT_NOT_UTF8" };
    for (const name of OPERATOR_NAMES) {
      const job = await until(`${name} gives up`, async () =>
        (await report(name, execution)).jobs.find(({ state }) => state === "failed"),
      );
      expect(job.task, name).to.equal(0);
      expect(job.end?.code, name).to.equal(reasons[name]);
      expect(job.end?.message, name).to.not.equal("");
      expect(job.failures, name).to.not.have.length(0);
    }

    const ended = await until("the last report ends the run", async () => {
      const found = await getExecution(client, { deployment: deployment(), execution });
      return found.state === "Running" ? undefined : found;
    });
    expect(ended.state).to.equal("Failed");
    expect(ended.ended?.refundWei).to.equal(quoteWei);
    for (const name of OPERATOR_NAMES) {
      await until(
        `${name} has seen its report`,
        async () => (await report(name, execution)).jobs[0]?.reported,
      );
    }
    const logs = await reportsOf(execution);
    expect(logs.map(({ args }) => args.node).sort()).to.deep.equal(
      Object.values(network.target.registry.nodes).sort(),
    );
    for (const name of OPERATOR_NAMES) {
      const node = network.target.registry.nodes[name];
      const [job] = (await report(name, execution)).jobs;
      const digest = keccak256(stringToBytes(`${job?.end?.code}: ${job?.end?.message}`));
      expect(job?.reasonDigest, name).to.equal(digest);
      expect(logs.find(({ args }) => args.node === node)?.args.reasonDigest, name).to.equal(digest);
    }

    // A new start does not try again what has failed.
    const before = await report("electra", execution);
    const logFile = join(network.layout.operatorFolder("electra"), "daemon.log");
    await network.operator(network.target.registry.nodes.electra).kill();
    const logBefore = readFileSync(logFile, "utf8");
    await network.restart("electra");
    for (let block = 0; block < 3; block++) {
      await time().mine({ blocks: 1 });
      const newest = await time().getBlockNumber();
      await until("electra has looked at the block", async () => (await headOf("electra")) >= newest);
    }
    expect(readFileSync(logFile, "utf8").slice(logBefore.length)).to.not.include("will be tried again");

    expect((await getCredit(client, credit)) - creditBefore, "at once, not at the deadline").to.equal(
      quoteWei,
    );
    expect((await time().getBlock()).timestamp < deadline).to.equal(true);

    const balanceBefore = await client.getBalance({ address: client.account.address });
    const { hash } = await withdraw(client, credit);
    const { gasUsed, effectiveGasPrice } = await client.getTransactionReceipt({ hash });
    const balance = await client.getBalance({ address: client.account.address });
    expect(balance - balanceBefore + gasUsed * effectiveGasPrice).to.equal(creditBefore + quoteWei);

    expect(await reportsOf(execution), "once for each node").to.have.length(OPERATOR_NAMES.length);
    // The reasons outlive the execution.
    expect((await report("electra", execution)).jobs).to.deep.equal(before.jobs);
  });

  it("on a node that says something else than two that must agree: the two share what the nodes earn, and it earns nothing", async () => {
    const { registry, accounts } = network.target;
    const client = requester();
    const owner = clientFor(network.target.rpcUrl, accounts.clusterOwner);
    const cluster = registry.cluster.id;
    const { agents } = await getVersion(client, { deployment: deployment(), cluster });
    for (const task of [2, 1]) await removeTask(owner, { deployment: deployment(), cluster, task });
    const entry = { agent: agents[0]?.agent ?? 0n, name: "agree", prompt: "Agree.", quorum: 2 };
    await replaceTask(owner, { deployment: deployment(), cluster, task: 0, ...entry });
    const windowSeconds = WINDOW_SECONDS;
    const { version } = await publish(owner, {
      deployment: deployment(),
      cluster,
      feeWei: 0n,
      windowSeconds,
    });

    const creditOf = (name: OperatorName) =>
      getCredit(client, { deployment: deployment(), kind: "Node", id: registry.nodes[name] });
    const before = new Map(
      await Promise.all(OPERATOR_NAMES.map(async (name) => [name, await creditOf(name)] as const)),
    );
    rmSync(rulesFile);
    const { execution } = await execute(client, {
      deployment: deployment(),
      cluster,
      version,
      input: "Who agrees?",
      durationSeconds: BigInt(DURATION_SECONDS),
    });
    // First in turn, so that the two who agree need the third one's window.
    const [liar = "alcyone", ...honest] = await order(execution);
    decide({ [liar]: "answer", ...Object.fromEntries(honest.map((name) => [name, "agree"])) });

    await waitForResponse(client, { deployment: deployment(), execution, timeoutMs: 60_000 });
    const { completions, seconds } = await getExecution(client, { deployment: deployment(), execution });
    const nodes = [...completions, ...seconds].map(({ node }) => node);
    expect(nodes.sort()).to.deep.equal(honest.map((name) => registry.nodes[name]).sort());
    expect(seconds[0]?.transactionHash, "together").to.equal(completions[0]?.transactionHash);
    const { tasks } = await getVersion(client, { deployment: deployment(), cluster, version });
    const [{ priceWei = 0n, nodeShareBps = 0 } = {}] = tasks;
    const shareWei = (priceWei * BigInt(nodeShareBps)) / 20_000n;
    expect(shareWei > 0n).to.equal(true);
    for (const name of OPERATOR_NAMES) {
      const earnedWei = (await creditOf(name)) - (before.get(name) ?? 0n);
      expect(earnedWei, name).to.equal(name === liar ? 0n : shareWei);
    }
    const job = await until("the third node knows that it was not believed", async () =>
      (await report(liar, execution)).jobs.find(({ state }) => state === "dropped"),
    );
    expect(job.end?.code).to.equal("TASK_ANSWERED_ELSEWHERE");
    expect(job.failures, "it had answered").to.deep.equal([]);
  });
});
