import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { EXECUTION_STATES } from "@pleiad/sdk/types/states";
import { type Hex, isAddressEqual, parseEventLogs } from "viem";
import { getBalance, getLogs, readContract } from "viem/actions";
import { testClientOf } from "../../fixtures/chain.ts";
import { ACCOUNTS, FEE_WEI, NODE_SHARE_BPS, PRICE_WEI } from "../registry.ts";
import { QUOTE_WEI } from "../workload.ts";
import type { World } from "../world.ts";

const TASK_COUNT = 3;
const BPS = 10_000n;
const NODE_PART_WEI = (PRICE_WEI * BigInt(NODE_SHARE_BPS)) / BPS;

/** An execution as its log tells it. */
export interface FoldedExecution {
  readonly execution: bigint;
  readonly requester: Hex;
  state: string;
  /** Where its log ends. */
  lastBlockHash: Hex;
  /** Of each task that was accepted: by whom, what and where. */
  readonly accepted: Map<
    number,
    { readonly node: bigint; readonly outputDigest: Hex; readonly transactionHash: Hex; readonly output: Hex }
  >;
  refundWei: bigint;
}

export interface ChainFold {
  readonly executions: ReadonlyMap<bigint, FoldedExecution>;
  readonly problems: readonly string[];
}

/** Folds the whole log of executions, with no code of the daemons, and holds storage and money against it. */
export async function foldChain(world: World, verified: Set<string>): Promise<ChainFold> {
  const { chain, registry } = world;
  const { deployment } = registry;
  const client = testClientOf(chain);
  const logs = await getLogs(client, {
    address: deployment.clusterExecutions,
    fromBlock: 0n,
    toBlock: "latest",
  });
  const executions = new Map<bigint, FoldedExecution>();
  const problems: string[] = [];
  const of = (execution: bigint): FoldedExecution => {
    const found = executions.get(execution);
    if (found === undefined)
      throw new Error(`the log speaks of execution ${execution}, which was never created`);
    return found;
  };
  for (const log of parseEventLogs({ abi: clusterExecutionsAbi, logs })) {
    if (log.eventName === "ClusterExecutionCreated") {
      const { execution, requester } = log.args;
      const { blockHash: lastBlockHash } = log;
      executions.set(execution, {
        execution,
        requester,
        state: "Running",
        lastBlockHash,
        accepted: new Map(),
        refundWei: 0n,
      });
    } else if (log.eventName === "CompletionAccepted") {
      const { execution, task, node, outputDigest, output } = log.args;
      const { accepted } = of(execution);
      if (accepted.has(Number(task)))
        problems.push(`task ${task} of execution ${execution} was accepted twice`);
      accepted.set(Number(task), { node, outputDigest, transactionHash: log.transactionHash, output });
    } else if (log.eventName === "ClusterResponse") {
      Object.assign(of(log.args.execution), { state: "Succeeded", lastBlockHash: log.blockHash });
    } else if (log.eventName === "ClusterExecutionEnded") {
      const ended = of(log.args.execution);
      ended.state = EXECUTION_STATES[log.args.state] ?? "None";
      ended.refundWei = log.args.refundWei;
    }
  }
  const count = await readContract(client, {
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "executionCount",
  });
  if (Number(count) !== executions.size)
    problems.push(`storage counts ${count} executions, the log ${executions.size}`);
  for (const one of executions.values()) problems.push(...(await compare(world, one, verified)));
  problems.push(...(await checkMoney(world, [...executions.values()])));
  return { executions, problems };
}

/** Storage, and each response with all digests and receipts, against the log. */
async function compare(world: World, folded: FoldedExecution, verified: Set<string>): Promise<string[]> {
  const { execution, state, accepted } = folded;
  const { deployment } = world.registry;
  // A reorganisation gives it another block.
  const key = `${execution}/${folded.lastBlockHash}`;
  if (verified.has(key)) return [];
  const client = testClientOf(world.chain);
  const view = await readContract(client, {
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "executionOf",
    args: [execution],
  });
  const stored = EXECUTION_STATES[view.state] ?? "None";
  const problems: string[] = [];
  if (stored !== state) problems.push(`execution ${execution} is ${stored} in storage, ${state} by its log`);
  if (state !== "Succeeded")
    problems.push(`execution ${execution} is ${state}, with tasks ${[...accepted.keys()]} answered`);
  if (state === "Succeeded" && accepted.size !== TASK_COUNT)
    problems.push(`execution ${execution} succeeded with ${accepted.size} tasks`);
  const open = state === "Running" ? QUOTE_WEI - PRICE_WEI * BigInt(accepted.size) : 0n;
  if (view.escrowWei !== open) problems.push(`execution ${execution} holds ${view.escrowWei}, not ${open}`);
  if (state === "Succeeded") {
    const { verified: isTrue, checks } = await verifyResponse(client, { deployment, execution });
    const failed = checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
    if (!isTrue)
      problems.push(`the response of execution ${execution} does not verify: ${failed.join(", ")}`);
    else verified.add(key);
  }
  return problems;
}

/** Everything that was funded is paid, refunded, kept as fee or still open, for each and for all, to the last wei. */
async function checkMoney(world: World, executions: readonly FoldedExecution[]): Promise<string[]> {
  const { registry, chain } = world;
  const { deployment } = registry;
  const client = testClientOf(chain);
  const problems: string[] = [];
  let open = 0n;
  const refunds = new Map<Hex, bigint>();
  const nodes = new Map<bigint, bigint>();
  const models = new Map<bigint, bigint>();
  let fees = 0n;
  const add = <K>(sums: Map<K, bigint>, key: K, wei: bigint) => sums.set(key, (sums.get(key) ?? 0n) + wei);
  for (const { execution, requester, state, accepted, refundWei } of executions) {
    const paid = PRICE_WEI * BigInt(accepted.size);
    const fee = state === "Succeeded" ? FEE_WEI : 0n;
    const remaining = state === "Running" ? QUOTE_WEI - paid : 0n;
    if (paid + fee + refundWei + remaining !== QUOTE_WEI) {
      problems.push(
        `execution ${execution}: ${paid} + ${fee} + ${refundWei} + ${remaining} is not ${QUOTE_WEI}`,
      );
    }
    for (const [task, { node }] of accepted) {
      add(nodes, node, NODE_PART_WEI);
      add(models, registry.models[task]?.model ?? 0n, PRICE_WEI - NODE_PART_WEI);
    }
    fees += fee;
    open += remaining;
    add(refunds, requester, refundWei);
  }
  const credits: [string, bigint, bigint][] = [
    ["cluster", await getCredit(client, { deployment, kind: "Cluster", id: registry.cluster }), fees],
  ];
  for (const id of registry.nodes)
    credits.push([
      `node ${id}`,
      await getCredit(client, { deployment, kind: "Node", id }),
      nodes.get(id) ?? 0n,
    ]);
  for (const { model: id } of registry.models) {
    credits.push([
      `model ${id}`,
      await getCredit(client, { deployment, kind: "Model", id }),
      models.get(id) ?? 0n,
    ]);
  }
  for (const { address } of ACCOUNTS.requesters) {
    const wanted = [...refunds].find(([who]) => isAddressEqual(who, address))?.[1] ?? 0n;
    credits.push([
      `requester ${address}`,
      await getCredit(client, { deployment, kind: "Account", account: address }),
      wanted,
    ]);
  }
  for (const [who, is, wanted] of credits)
    if (is !== wanted) problems.push(`the credit of ${who} is ${is}, by the log ${wanted}`);
  const held = await getBalance(client, { address: deployment.clusterExecutions });
  const owed = open + credits.reduce((sum, [, wei]) => sum + wei, 0n);
  if (held !== owed) problems.push(`the contract holds ${held} and owes ${owed}`);
  return problems;
}
