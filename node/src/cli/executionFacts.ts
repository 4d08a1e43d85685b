import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getWindow } from "@pleiad/sdk/actions/getWindow";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import type { AcceptedCompletion, Execution } from "@pleiad/sdk/types/execution";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";
import type { Address, Hex } from "viem";
import { chainCall } from "./chainCall.ts";
import type { ChainContext } from "./context.ts";
import { type Currency, currencyOf } from "./currencies.ts";

const BPS = 10_000n;

/** All that a person may want to know of one execution. */
export interface ExecutionFacts {
  readonly execution: Execution;
  readonly version: Version;
  /** What the run is paid in; gas is in the chain's own. */
  readonly currency: Currency;
  /** In the order of the version. */
  readonly tasks: readonly TaskFacts[];
  /** Each transaction that is part of it: the request, the settlements, the end. In the order of the chain. */
  readonly transactions: readonly TransactionFacts[];
  /** Block time of the newest block, unix seconds. */
  readonly now: bigint;
}

/** A transaction and what it cost. */
export interface TransactionFacts {
  readonly hash: Hex;
  readonly from: Address;
  readonly blockNumber: bigint;
  /** Unix seconds. */
  readonly time: bigint;
  readonly gasUsed: bigint;
  /** Gas times the price that was paid for it. */
  readonly costWei: bigint;
}

/** A node's turn to answer a task. */
export interface Turn {
  readonly node: bigint;
  /** How many windows open before its own. As many nodes as must agree have rank 0. */
  readonly rank: number;
}

/** One task of an execution. */
export interface TaskFacts {
  readonly task: VersionTask;
  readonly agent: VersionAgent | undefined;
  readonly modelName: string;
  /** The nodes that may answer, in the order of their turns. */
  readonly turns: readonly Turn[];
  /** When its windows began to count, unix seconds. */
  readonly readyAt: bigint;
  readonly answer: AnswerFacts | undefined;
}

/** How a task was answered, and what that earned. */
export interface AnswerFacts {
  readonly completion: AcceptedCompletion;
  /** Nodes that agreed to it, where it took more than one, each with what it earned. */
  readonly seconds: readonly { readonly node: bigint; readonly tipWei: bigint; readonly earnedWei: bigint }[];
  /** The node's place in the rotation, where a node answered; above 0 it stepped in. */
  readonly rank: number | undefined;
  readonly transaction: TransactionFacts;
  /** How many completions of this execution its transaction settled. */
  readonly settledTogether: number;
  /** What the node earned; of a quorum, the one that the log names first. */
  readonly nodeEarnedWei: bigint;
  readonly modelEarnedWei: bigint;
  /** What went back to the requester, as the cluster's owner answers for nothing. */
  readonly returnedWei: bigint;
}

/**
 * Gathers the facts: storage and log by the SDK, turns by the contracts' own answer, receipts and block times.
 *
 * @throws ContractError EXECUTION_UNKNOWN; the RPC errors
 */
export async function gatherExecution(chain: ChainContext, id: bigint): Promise<ExecutionFacts> {
  const { client, deployment } = chain;
  const execution = await getExecution(client, { deployment, execution: id });
  const { cluster } = execution;
  const version = await getVersion(client, { deployment, cluster, version: execution.version });
  const transactions = await transactionsOf(chain, execution);
  const names = await modelNames(chain, version);
  const turns = await turnsOf(chain, execution, version);
  const head = await chainCall(() => client.getBlock({ blockTag: "latest" }));
  const tasks = version.tasks.map((task): TaskFacts => {
    const turn = turns.get(task.task) ?? [];
    return {
      task,
      agent: version.agents[task.agentIndex],
      modelName: names.get(task.model) ?? "",
      turns: turn,
      readyAt: readyAt(execution, task.task, transactions),
      answer: answerOf(execution, task, turn, transactions),
    };
  });
  const currency = await currencyOf(chain, version.currency);
  return { execution, version, currency, tasks, transactions, now: head.timestamp };
}

async function transactionsOf({ client }: ChainContext, execution: Execution): Promise<TransactionFacts[]> {
  const { created, completions, ended } = execution;
  const places = [created, ...completions, ...(ended === undefined ? [] : [ended])];
  const hashes = [...new Set(places.map((place) => place.transactionHash))];
  return Promise.all(
    hashes.map((hash) =>
      chainCall(async () => {
        const receipt = await client.getTransactionReceipt({ hash });
        const block = await client.getBlock({ blockHash: receipt.blockHash });
        const { from, blockNumber, gasUsed, effectiveGasPrice } = receipt;
        return {
          hash,
          from,
          blockNumber,
          gasUsed,
          time: block.timestamp,
          costWei: gasUsed * effectiveGasPrice,
        };
      }),
    ),
  );
}

async function modelNames({ client, deployment }: ChainContext, version: Version) {
  const ids = [...new Set(version.tasks.map((task) => task.model))];
  const names = ids.map(
    async (model) => [model, (await getModel(client, { deployment, model })).name] as const,
  );
  return new Map(await Promise.all(names));
}

/** The rotation of each task, as the contract itself answers it. */
async function turnsOf({ client, deployment }: ChainContext, execution: Execution, version: Version) {
  const turns = new Map<number, Turn[]>();
  for (const { task, model } of version.tasks) {
    const serving = await listServingNodes(client, { deployment, model });
    const windows = await Promise.all(
      serving.map(async ({ node }) => {
        const window = await getWindow(client, { deployment, execution: execution.execution, task, node });
        const waited = Number(window.opensAt - execution.readyAt);
        return { node, rank: waited / version.windowSeconds, eligible: window.eligible };
      }),
    );
    turns.set(
      task,
      windows.filter(({ eligible }) => eligible).sort((a, b) => a.rank - b.rank),
    );
  }
  return turns;
}

/** Windows count from the completion that was accepted before this task's, or from the creation. */
function readyAt(execution: Execution, task: number, transactions: readonly TransactionFacts[]): bigint {
  const index = execution.completions.findIndex((completion) => completion.task === task);
  if (index === -1) return execution.readyAt;
  const before = execution.completions[index - 1];
  return before === undefined
    ? execution.createdAt
    : transactionOf(transactions, before.transactionHash).time;
}

function answerOf(
  execution: Execution,
  task: VersionTask,
  turns: readonly Turn[],
  transactions: readonly TransactionFacts[],
): AnswerFacts | undefined {
  const completion = execution.completions.find((one) => one.task === task.task);
  if (completion === undefined) return undefined;
  const { transactionHash, node, role } = completion;
  return {
    completion,
    seconds: execution.seconds
      .filter((second) => second.task === task.task)
      .map(({ node: second, tipWei }) => ({
        node: second,
        tipWei,
        earnedWei: earnings(task, { role: "Node", tipWei }).nodeEarnedWei,
      })),
    rank: role === "Node" ? turns.find((turn) => turn.node === node)?.rank : undefined,
    transaction: transactionOf(transactions, transactionHash),
    settledTogether: execution.completions.filter((one) => one.transactionHash === transactionHash).length,
    ...earnings(task, completion),
  };
}

/** How `ClusterExecutions` shares a task's price. */
export function earnings(
  { priceWei, nodeShareBps, quorum }: Pick<VersionTask, "priceWei" | "nodeShareBps" | "quorum">,
  { role, tipWei }: Pick<AcceptedCompletion, "role" | "tipWei">,
): Pick<AnswerFacts, "nodeEarnedWei" | "modelEarnedWei" | "returnedWei"> {
  if (role === "ClusterOwner") return { nodeEarnedWei: 0n, modelEarnedWei: 0n, returnedWei: priceWei };
  const agreeing = BigInt(Math.max(1, quorum));
  const shareWei = role === "Node" ? (priceWei * BigInt(nodeShareBps)) / (BPS * agreeing) : 0n;
  const nodeEarnedWei = role === "Node" ? shareWei - tipWei : 0n;
  const modelEarnedWei = role === "Node" ? priceWei - shareWei * agreeing : priceWei - tipWei;
  return { nodeEarnedWei, modelEarnedWei, returnedWei: 0n };
}

function transactionOf(transactions: readonly TransactionFacts[], hash: Hex): TransactionFacts {
  const found = transactions.find((transaction) => transaction.hash === hash);
  if (found === undefined) throw new Error(`transaction ${hash} was read with its execution`);
  return found;
}
