import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { EXECUTION_STATES } from "@pleiad/sdk/types/states";
import { type Hex, parseEventLogs } from "viem";
import { getBlockNumber, getLogs, readContract } from "viem/actions";
import { testClientOf } from "../../fixtures/chain.ts";
import { PRICE_WEI, QUOTE_WEI, type SimOffer, TASK_COUNT } from "../registry.ts";
import type { World } from "../world.ts";
import { checkMoney } from "./money.ts";

/** An execution as its log tells it. */
export interface FoldedExecution {
  readonly execution: bigint;
  readonly requester: Hex;
  readonly offer: SimOffer;
  state: string;
  /** Where its log ends. */
  lastBlockHash: Hex;
  /** Of each task that was accepted: by whom, what and where. */
  readonly accepted: Map<
    number,
    {
      readonly node: bigint;
      /** Nodes that agreed to it. */
      readonly seconds: bigint[];
      readonly outputDigest: Hex;
      readonly transactionHash: Hex;
      readonly output: Hex;
    }
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
  // All as of one block: where nobody agreed, the chain moves on meanwhile.
  const blockNumber = await getBlockNumber(client, { cacheTime: 0 });
  const logs = await getLogs(client, {
    address: deployment.clusterExecutions,
    fromBlock: 0n,
    toBlock: blockNumber,
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
      const { execution, requester, cluster } = log.args;
      const offer = registry.offers.find((candidate) => candidate.cluster === cluster);
      if (offer === undefined)
        throw new Error(`execution ${execution} is of cluster ${cluster}, which is not ours`);
      const { blockHash: lastBlockHash } = log;
      executions.set(execution, {
        execution,
        requester,
        offer,
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
      const { transactionHash } = log;
      accepted.set(Number(task), { node, seconds: [], outputDigest, transactionHash, output });
    } else if (log.eventName === "CompletionSeconded") {
      const { execution, task, node } = log.args;
      const first = of(execution).accepted.get(Number(task));
      if (first === undefined)
        problems.push(`node ${node} agreed to nothing on task ${task} of execution ${execution}`);
      else first.seconds.push(node);
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
    blockNumber,
  });
  if (Number(count) !== executions.size)
    problems.push(`storage counts ${count} executions, the log ${executions.size}`);
  for (const one of executions.values()) problems.push(...(await compare(world, one, verified, blockNumber)));
  problems.push(...(await checkMoney(world, [...executions.values()], blockNumber)));
  return { executions, problems };
}

/** Storage, and each response with all digests and receipts, against the log. */
async function compare(
  world: World,
  folded: FoldedExecution,
  verified: Set<string>,
  blockNumber: bigint,
): Promise<string[]> {
  const { execution, state, accepted, offer } = folded;
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
    blockNumber,
  });
  const stored = EXECUTION_STATES[view.state] ?? "None";
  const problems: string[] = [];
  if (stored !== state) problems.push(`execution ${execution} is ${stored} in storage, ${state} by its log`);
  if (state !== "Succeeded")
    problems.push(`execution ${execution} is ${state}, with tasks ${[...accepted.keys()]} answered`);
  if (state === "Succeeded" && accepted.size !== TASK_COUNT)
    problems.push(`execution ${execution} succeeded with ${accepted.size} tasks`);
  for (const [task, { node, seconds }] of accepted) {
    const quorum = offer.tasks[task]?.quorum ?? 0;
    const agreeing = new Set([node, ...seconds]);
    if (agreeing.size !== quorum || seconds.length !== quorum - 1)
      problems.push(
        `task ${task} of execution ${execution} has the word of nodes ${[...agreeing]}, of ${quorum}`,
      );
  }
  const open = state === "Running" ? QUOTE_WEI - PRICE_WEI * BigInt(accepted.size) : 0n;
  if (view.escrowWei !== open) problems.push(`execution ${execution} holds ${view.escrowWei}, not ${open}`);
  if (state === "Succeeded") {
    const { verified: isTrue, checks } = await verifyResponse(client, {
      deployment,
      execution,
      fetchBlob: ({ digest }) => blobOf(world, digest),
    });
    const failed = checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
    if (!isTrue)
      problems.push(`the response of execution ${execution} does not verify: ${failed.join(", ")}`);
    else verified.add(key);
  }
  return problems;
}

/** What stands on the chain by its digest alone, from whichever daemon has it. */
async function blobOf({ operators, blobs }: World, digest: Hex): Promise<Uint8Array> {
  const clients = operators.flatMap(({ daemon }) => daemon.client() ?? []);
  const bytes = await Promise.any(clients.map((client) => client.getBlob(digest)));
  blobs.set(digest, bytes);
  return bytes;
}
