import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { bond } from "@pleiad/sdk/actions/bond";
import { execute } from "@pleiad/sdk/actions/execute";
import { getBond } from "@pleiad/sdk/actions/getBond";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { waitForResponse } from "@pleiad/sdk/actions/waitForResponse";
import { COMPLETION_TYPES, completionDomain } from "@pleiad/sdk/types/completion";
import type { BondsDeployment } from "@pleiad/sdk/types/periphery";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { type Address, type Hex, keccak256, parseEther, parseGwei, stringToBytes, zeroHash } from "viem";
import { getBlockNumber, getContractEvents, sendTransaction, waitForTransactionReceipt } from "viem/actions";
import { systemClock } from "../../../node/src/chain/clock.ts";
import type { SignedCompletion } from "../../../node/src/chain/journal.ts";
import { createRpc } from "../../../node/src/chain/rpc.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../node/src/chain/submitterTypes.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { type Daemon, type DaemonModules, startDaemon } from "../../../node/src/local/daemon.ts";
import { daemonClient } from "../../../node/src/local/daemonClient.ts";
import { createProver } from "../../../node/src/local/prover.ts";
import type { Answerer, Gossip, SignedMessage } from "../../../node/src/work/ports.ts";
import { spreadOf } from "../../../node/src/work/spread.ts";
import { accountOf, type LocalChain, startChain, testClientOf, walletOf } from "../../fixtures/chain.ts";
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

/** Nobody's: what has no code is told all the same, and whoever tells it earns. */
const CONSUMER: Address = "0x00000000000000000000000000000000000000C0";
const BUDGET_WEI = parseEther("0.01");
/** Price 1,000 and a node share of 70 %, see the fixture. */
const SHARE_WEI = 700n;
const LIAR_KEY = accountOf(8);
const logger = pino({ level: "silent" });

const answerer: Answerer = { canAnswer: () => true, answer: async () => stringToBytes("an answer") };

describe("what a daemon works for, on a chain", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;
  let daemon: Daemon | undefined;
  let folder: ReturnType<typeof temporaryFolder>;

  before(async () => {
    folder = temporaryFolder();
    chain = await startChain();
    operator = await registerOperator(chain, ["only"]);
    cluster = await publishCluster(operator, "one-step", ["only"]);
  });
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
  });
  after(async () => {
    await chain?.stop();
    await folder[Symbol.asyncDispose]();
  });

  const requester = () => walletOf(chain, REQUESTER);

  async function start(jobs: Readonly<Record<string, unknown>>, modules: Partial<DaemonModules> = {}) {
    const path = join(folder.path, "data");
    const config = await writeOperatorFolder(path, operator, { only: programService("answer") }, { jobs });
    daemon = await startDaemon(
      { config: await loadConfig(config), password: PASSWORD },
      { logger, answerer, ...modules },
    );
    const apiToken = readFileSync(join(path, "api.token"), "utf8").trim();
    return { daemon, client: daemonClient({ apiUrl: daemon.apiUrl, apiToken }), apiToken };
  }

  const accountCredit = () =>
    getCredit(requester(), { deployment: operator.deployment, kind: "Account", account: NODE_KEY_ADDRESS });

  it("tipsItsOwnSender_andDeliversTheCallback_andItsAccountHasBoth", async () => {
    const { daemon: running, apiToken } = await start({ tipShareBps: 1_000, deliverCallbacks: true });
    const before = await accountCredit();
    const { execution } = await execute(requester(), {
      deployment: operator.deployment,
      cluster,
      input: "Tell somebody.",
      callback: { consumer: CONSUMER, gas: 50_000, budgetWei: BUDGET_WEI },
    });
    const { completions } = await waitForResponse(requester(), {
      deployment: operator.deployment,
      execution,
    });
    expect(completions[0]?.tipWei).to.equal(SHARE_WEI / 10n);
    const delivered = () =>
      getContractEvents(testClientOf(chain), {
        address: operator.deployment.clusterExecutions,
        abi: clusterExecutionsAbi,
        eventName: "CallbackDelivered",
        args: { execution },
        fromBlock: 0n,
      });
    const [event] = await until("the callback is delivered", async () => {
      const events = await delivered();
      return events.length > 0 ? events : undefined;
    });
    expect(event?.args.deliverer).to.equal(NODE_KEY_ADDRESS);
    await until("the daemon has seen it", async () => {
      const metrics = await fetch(`${running.apiUrl}/metrics`, {
        headers: { authorization: `Bearer ${apiToken}` },
      });
      return /^pleiad_undelivered_callbacks 0$/m.test(await metrics.text());
    });
    expect((await accountCredit()) - before).to.equal(SHARE_WEI / 10n + BUDGET_WEI);
  });

  it("aRefusedTask_saysWhyThroughTheApi_andIsCounted", async () => {
    const { client, daemon: running, apiToken } = await start({ priceWeiMin: 701 });
    const { execution } = await execute(requester(), {
      deployment: operator.deployment,
      cluster,
      input: "Work.",
    });
    const report = await until("the daemon has seen it", async () => {
      const said = await client.execution(execution);
      return said.waits.length > 0 ? said : undefined;
    });
    expect(report.waits[0]).to.include({ task: 0, code: "TASK_REFUSED_PRICE", refusal: "price" });
    expect(report.jobs).to.deep.equal([]);
    const metrics = await fetch(`${running.apiUrl}/metrics`, {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    const text = await metrics.text();
    expect(text).to.include('pleiad_refused_tasks_total{reason="price"} 1');
    expect(text).to.include('pleiad_refused_tasks_total{reason="currency"} 0');
  });

  it("aProofOfEquivocation_isTakenByTheContract_once_andIsOverWhenTheChainShowsItForGood", async () => {
    const deployment = operator.deployment as BondsDeployment;
    const sender = walletOf(chain, accountOf(6));
    await bond(sender, { deployment, node: operator.node, valueWei: parseEther("1") });
    const { execution } = await execute(requester(), { deployment, cluster, input: "Lie." });
    const [a, b] = await Promise.all(["one", "two"].map((text) => signed(execution, text)));
    if (a === undefined || b === undefined) throw new Error("two statements");
    const sent: SubmissionRequest[] = [];
    const prover = createProver(
      { nodeBonds: deployment.nodeBonds, finalDepth: 2, priorityFeeWei: parseGwei("1") },
      {
        rpc: createRpc({ urls: [chain.rpcUrl], chainId: chain.chainId }, { logger }),
        submitter: {
          status: () => ({ account: sender.account.address }) as never,
          async submit(request) {
            sent.push(request);
            const hash = await sendTransaction(sender, { to: request.to, data: request.data, chain: null });
            const { status } = await waitForTransactionReceipt(sender, { hash });
            return { outcome: status === "success" ? "accepted" : "reverted" } as SubmissionResult;
          },
        },
        clock: systemClock(),
        journal: { live: async () => [] },
      },
    );
    expect(await prover.prove({ a, b })).to.deep.equal({ kind: "later", reason: "sent: accepted" });
    expect((await getBond(requester(), { deployment, node: operator.node })).bondedWei).to.equal(
      parseEther("0.5"),
    );
    expect((await prover.prove({ a, b })).kind, "not final yet").to.equal("later");
    await testClientOf(chain).mine({ blocks: 2 });
    expect(await prover.prove({ a, b })).to.deep.equal({ kind: "proven" });
    expect(sent).to.have.length(1);
    const events = await getContractEvents(testClientOf(chain), {
      address: deployment.nodeBonds,
      abi: nodeBondsAbi,
      eventName: "EquivocationProven",
      fromBlock: 0n,
    });
    expect(events).to.have.length(1);
  });

  it("aDaemonThatHearsTwoAnswersOfOneNode_takesHalfOfItsBond_alsoWhenItIsStoppedInBetween", async () => {
    const deployment = operator.deployment as BondsDeployment;
    const [owner, key] = [walletOf(chain, accountOf(7)), walletOf(chain, LIAR_KEY)];
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const { node } = await registerNode(owner, { deployment, key: LIAR_KEY.address, proof });
    await bond(owner, { deployment, node, valueWei: parseEther("1") });
    const execution = await executionSoonProven(deployment);
    const handlers = new Set<(message: SignedMessage) => void>();
    const hearing = (gossip: Gossip): Gossip => ({
      ...gossip,
      onCompletion(handler) {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    });
    const first = await start({ clusters: [] }, { gossipWrapper: hearing });
    for (const text of ["one", "two"]) {
      const statement = await signed(execution, text, { node, account: LIAR_KEY });
      for (const handler of handlers) handler({ cluster, ...statement, output: undefined });
    }
    const open = async (url: string, token: string) => {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      return /^pleiad_open_equivocations (\d+)$/m.exec(await answer.text())?.[1];
    };
    await until("both are kept", async () => (await open(first.daemon.apiUrl, first.apiToken)) === "1");
    await first.daemon.stop();
    daemon = undefined;

    // What was heard is not said again: the next life has what was kept.
    const next = await start({ clusters: [] });
    const half = await until("the bond is halved", async () => {
      // Both as of one block: it may come in between.
      const at = { blockNumber: await getBlockNumber(requester(), { cacheTime: 0 }) };
      const { bondedWei, equivocations } = await getBond(requester(), { deployment, node, at });
      return equivocations === 1n ? bondedWei : undefined;
    });
    expect(half).to.equal(parseEther("0.5"));
    expect(await open(next.daemon.apiUrl, next.apiToken), "not before it is final").to.equal("1");
  });

  /** An execution whose place in the daemon's schedule is among the first, so that nobody waits for a minute. */
  async function executionSoonProven(deployment: BondsDeployment): Promise<bigint> {
    for (;;) {
      const { execution } = await execute(requester(), { deployment, cluster, input: "Lie." });
      if (spreadOf(execution, operator.node) < 0.03) return execution;
    }
  }

  async function signed(
    execution: bigint,
    text: string,
    { node, account } = { node: operator.node, account: accountOf(2) },
  ): Promise<SignedCompletion> {
    const completion = {
      execution,
      task: 0,
      contextHash: keccak256(stringToBytes("context")),
      outputDigest: keccak256(stringToBytes(text)),
      evidenceDigest: zeroHash as Hex,
      node,
      tip: 0n,
    };
    const signature = await account.signTypedData({
      domain: completionDomain(chain.chainId, operator.deployment.clusterExecutions),
      types: COMPLETION_TYPES,
      primaryType: "Completion",
      message: completion,
    });
    return { completion, signature };
  }
});
