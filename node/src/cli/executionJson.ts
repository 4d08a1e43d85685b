import { zeroHash } from "viem";
import type { ExecutionFacts, TaskFacts, TransactionFacts } from "./executionFacts.ts";
import { settlementsOf } from "./executionStory.ts";

/** An execution for a program: ids and seconds as numbers, amounts in wei as decimal strings. */
export function executionJson(facts: ExecutionFacts) {
  const { execution, version } = facts;
  const settlements = settlementsOf(facts);
  const requests = facts.transactions.filter(({ hash }) => hash === execution.created.transactionHash);
  return {
    executionId: Number(execution.execution),
    clusterId: Number(execution.cluster),
    slug: version.slug,
    version: Number(execution.version),
    versionDigest: execution.versionDigest,
    state: execution.state,
    requester: execution.requester,
    thread: execution.created.thread === zeroHash ? null : execution.created.thread,
    createdAt: Number(execution.createdAt),
    deadline: Number(execution.deadline),
    inputDigest: execution.created.inputDigest,
    currency: version.currency,
    quoteWei: version.quoteWei,
    feeWei: version.feeWei,
    escrowWei: execution.escrowWei,
    refundWei: execution.ended?.refundWei ?? 0n,
    responseDigest: execution.response?.responseDigest ?? null,
    runDigest: execution.response?.runDigest ?? execution.ended?.runDigest ?? null,
    settlements: settlements.length,
    gas: { execute: gasOf(requests), settle: gasOf(settlements) },
    tasks: facts.tasks.map(taskJson),
    transactions: facts.transactions.map(transactionJson),
    asOfBlock: Number(execution.asOfBlock),
  };
}

function gasOf(transactions: readonly TransactionFacts[]): number {
  return Number(transactions.reduce((sum, { gasUsed }) => sum + gasUsed, 0n));
}

function taskJson({ task, agent, modelName, turns, readyAt, answer }: TaskFacts) {
  return {
    task: task.task,
    name: task.name,
    agent: agent?.name ?? null,
    model: Number(task.model),
    modelName,
    quorum: task.quorum,
    eligible: turns.map(({ node, rank }) => ({ node: Number(node), rank })),
    readyAt: Number(readyAt),
    answer:
      answer === undefined
        ? null
        : {
            node: Number(answer.completion.node),
            role: answer.completion.role,
            rank: answer.rank ?? null,
            digest: answer.completion.outputDigest,
            transaction: answer.transaction.hash,
            acceptedAt: Number(answer.transaction.time),
            nodeEarnedWei: answer.nodeEarnedWei,
            modelEarnedWei: answer.modelEarnedWei,
            tipWei: answer.completion.tipWei,
            seconds: answer.seconds.map(({ node, earnedWei, tipWei }) => ({
              node: Number(node),
              nodeEarnedWei: earnedWei,
              tipWei,
            })),
          },
  };
}

function transactionJson({ hash, from, blockNumber, time, gasUsed, costWei }: TransactionFacts) {
  return { hash, from, block: Number(blockNumber), time: Number(time), gas: Number(gasUsed), costWei };
}
