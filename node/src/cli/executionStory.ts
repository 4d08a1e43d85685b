import type { Version } from "@pleiad/sdk/types/version";
import { size } from "viem";
import type { DaemonExecution } from "../local/daemonClient.ts";
import { amountText, type Currency } from "./currencies.ts";
import type { Answer } from "./daemons.ts";
import type { AnswerFacts, ExecutionFacts, TaskFacts, TransactionFacts } from "./executionFacts.ts";
import {
  bytesText,
  counted,
  durationText,
  ether,
  grouped,
  listed,
  shortHex,
  timeText,
} from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** A part of the story: what it is about, and its sentences. */
export interface Chapter {
  readonly title: string;
  readonly sentences: readonly string[];
}

/**
 * The story of an execution in sentences: who asked for what, for each task who was eligible, when windows opened, who
 * answered or stepped in and earned what, what it cost to settle, and how it ended.
 */
export function storyOf(facts: ExecutionFacts): readonly Chapter[] {
  return [requestChapter(facts), ...facts.tasks.map((task) => taskChapter(task, facts)), endChapter(facts)];
}

/** What the daemons themselves say of their failures. */
export function nodesChapter(
  answers: readonly Answer<DaemonExecution>[],
  { version, tasks }: ExecutionFacts,
): Chapter {
  const sentences = answers.flatMap((answer) => nodeSentences(answer, version.tasks));
  const known = new Set(answers.map(({ operator }) => operator.node));
  const others = new Set(
    tasks.flatMap(({ turns }) => turns.map(({ node }) => node)).filter((node) => !known.has(node)),
  );
  if (others.size > 0) {
    const [noun, verb] = others.size === 1 ? ["Node", "runs"] : ["Nodes", "run"];
    sentences.push(`${noun} ${listed([...others].map(String))} ${verb} elsewhere and could not be asked.`);
  }
  return { title: "What the nodes say", sentences };
}

function requestChapter({ execution, version, currency, transactions, now }: ExecutionFacts): Chapter {
  const { created, deadline } = execution;
  const input =
    created.input === "0x"
      ? `an input that is kept off the chain (${shortHex(created.inputDigest)})`
      : `an input of ${bytesText(size(created.input))}`;
  const isOpen = execution.state === "Running" && now <= deadline;
  const request = transactions.find(({ hash }) => hash === created.transactionHash);
  return {
    title: "The request",
    sentences: [
      `${shortHex(created.requester)} ran version ${version.version} of ${printableLine(version.name)} (${version.slug}) ` +
        `on ${input}, at ${timeText(execution.createdAt)} in block ${created.blockNumber}.`,
      `${amountText(version.quoteWei, currency)} went into escrow${request === undefined ? "" : `; the request took ${gasText(request)}`}.`,
      `Answers ${isOpen ? "are" : "were"} accepted until ${timeText(deadline)}.`,
    ],
  };
}

function taskChapter(task: TaskFacts, facts: ExecutionFacts): Chapter {
  const agent = printableLine(task.agent?.name ?? "?");
  const model = `model ${task.task.model}${task.modelName === "" ? "" : ` (${printableLine(task.modelName)})`}`;
  const sentences = [eligibleSentence(task, facts), ...quorumSentences(task)];
  if (task.answer === undefined) sentences.push(...unansweredSentences(task, facts));
  else sentences.push(answeredSentence(task, facts), earnedSentence(task, facts));
  return { title: `Task ${printableLine(task.task.name)}: ${agent} on ${model}`, sentences };
}

function eligibleSentence({ turns, task }: TaskFacts, { version }: ExecutionFacts): string {
  if (turns.length === 0) {
    return `No node was eligible: none that serves model ${task.model} had joined before the execution was created.`;
  }
  if (turns.length === 1) return `Node ${turns[0]?.node} alone was eligible, at once.`;
  const order = turns.map(
    ({ node, rank }) => `node ${node} ${rank === 0 ? "at once" : `after ${after(rank, version)}`}`,
  );
  return `${counted(turns.length, "node")} were eligible: ${listed(order)}.`;
}

/** How many must agree, where one is not enough. */
function quorumSentences({ turns, task: { quorum } }: TaskFacts): string[] {
  if (quorum <= 1) return [];
  const rule = `${quorum} nodes of different owners must agree on the answer`;
  if (turns.length >= quorum) return [`${rule}.`];
  return [`${rule}, more than are eligible: nobody can answer it, and its requester may cancel at once.`];
}

function answeredSentence(task: TaskFacts, facts: ExecutionFacts): string {
  const { answer, turns } = task;
  if (answer === undefined) return "";
  const { completion, rank } = answer;
  const accepted = acceptedText(task, facts, task.task.quorum > 1 ? "their" : "its");
  if (completion.role === "ModelOwner") return `The owner of model ${task.task.model} answered; ${accepted}.`;
  if (completion.role === "ClusterOwner") return `The cluster's owner answered; ${accepted}.`;
  if (task.task.quorum > 1) {
    const nodes = [completion, ...answer.seconds].map(({ node }) => `${node}`);
    return `Nodes ${listed(nodes)} agreed; ${accepted}.`;
  }
  if (rank === undefined) return `Node ${completion.node} answered; ${accepted}.`;
  if (rank === 0) return `Node ${completion.node}, first in turn, answered; ${accepted}.`;
  const silent = turns.filter((turn) => turn.rank < rank).map((turn) => String(turn.node));
  const nodes = silent.length === 1 ? "Node" : "Nodes";
  return (
    `${nodes} ${listed(silent)} did not answer in time. The window of node ${completion.node} opened after ` +
    `${after(rank, facts.version)}, and it stepped in; ${accepted}.`
  );
}

/** When and with what an answer was accepted, to follow a semicolon. */
function acceptedText(
  { answer, readyAt }: TaskFacts,
  { execution }: ExecutionFacts,
  whose: "its" | "their",
): string {
  if (answer === undefined) return "";
  const { completion, transaction, settledTogether } = answer;
  const place = execution.completions.indexOf(completion);
  const before = execution.completions[place - 1];
  if (before !== undefined && before.transactionHash === transaction.hash) {
    return `${whose} answer was accepted in the same transaction`;
  }
  const others = settledTogether > 1 ? `, together with ${counted(settledTogether - 1, "later answer")}` : "";
  return `${whose} answer was accepted ${durationText(transaction.time - readyAt)} after the task was ready${others}`;
}

function earnedSentence({ answer, task }: TaskFacts, { currency }: ExecutionFacts): string {
  if (answer === undefined) return "";
  const { completion, nodeEarnedWei, modelEarnedWei, returnedWei, transaction } = answer;
  if (completion.role === "ClusterOwner")
    return `Nobody was paid: ${amountText(returnedWei, currency)} went back to the requester.`;
  const tipWei = answer.seconds.reduce((sum, second) => sum + second.tipWei, completion.tipWei);
  const tip =
    tipWei > 0n
      ? ` ${shortHex(transaction.from)} got a tip of ${amountText(tipWei, currency)} for sending it.`
      : "";
  if (completion.role === "ModelOwner")
    return `Model ${task.model} earned ${amountText(modelEarnedWei, currency)}.${tip}`;
  const model = `model ${task.model} ${amountText(modelEarnedWei, currency)}`;
  if (answer.seconds.length > 0)
    return `${agreedText(answer, currency)}, their parts of the nodes' share, ${model}.${tip}`;
  return `Node ${completion.node} earned ${amountText(nodeEarnedWei, currency)}, ${model}.${tip}`;
}

/** What each of those that agreed earned: in one sum where it is the same. */
function agreedText({ completion, nodeEarnedWei, seconds }: AnswerFacts, currency: Currency): string {
  const members = [{ node: completion.node, earnedWei: nodeEarnedWei }, ...seconds];
  if (members.every(({ earnedWei }) => earnedWei === nodeEarnedWei)) {
    return `Nodes ${listed(members.map(({ node }) => `${node}`))} earned ${amountText(nodeEarnedWei, currency)} each`;
  }
  return listed(
    members.map(
      ({ node, earnedWei }, index) =>
        `${index === 0 ? "Node" : "node"} ${node} earned ${amountText(earnedWei, currency)}`,
    ),
  );
}

function unansweredSentences(task: TaskFacts, facts: ExecutionFacts): string[] {
  const { execution, version, now } = facts;
  const missing = task.task.dependsOn.filter((before) => !execution.completedTasks.includes(before));
  if (execution.state !== "Running") {
    if (missing.length === 0) {
      const who = task.task.quorum > 1 ? "No agreement was settled" : "Nobody answered it";
      return [`${who} before the execution ended.`];
    }
    return [`Its turn never came: it waited for ${listed(missing.map((before) => nameOf(facts, before)))}.`];
  }
  if (missing.length > 0) return [`It waits for ${listed(missing.map((before) => nameOf(facts, before)))}.`];
  const open = task.turns.filter(({ rank }) => opensAt(task, rank, version.windowSeconds) <= now);
  const next = task.turns.find(({ rank }) => opensAt(task, rank, version.windowSeconds) > now);
  const sentences = [task.task.quorum > 1 ? "No agreement is settled yet." : "Nobody has answered it yet."];
  if (open.length > 0) {
    const [noun, verb] = open.length === 1 ? ["Node", "is"] : ["Nodes", "are"];
    sentences.push(`${noun} ${listed(open.map(({ node }) => String(node)))} ${verb} admitted.`);
  }
  if (next !== undefined) {
    const waits = opensAt(task, next.rank, version.windowSeconds) - now;
    sentences.push(`The window of node ${next.node} opens in ${durationText(waits)}.`);
  }
  return sentences;
}

function endChapter(facts: ExecutionFacts): Chapter {
  const { execution, version, currency, transactions, now } = facts;
  const settlements = settlementsOf(facts);
  const gas = settlements.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const cost = settlements.reduce((sum, { costWei }) => sum + costWei, 0n);
  const senders = [...new Set(settlements.map(({ from }) => shortHex(from)))];
  const sentences =
    settlements.length === 0
      ? []
      : [
          `${counted(execution.completions.length, "answer")} settled in ${counted(settlements.length, "transaction")}, sent by ` +
            `${listed(senders)}: ${grouped(gas)} gas, ${ether(cost)}.`,
        ];
  const last = transactions.at(-1);
  const took = last === undefined ? 0n : last.time - execution.createdAt;
  switch (execution.state) {
    case "Succeeded":
      sentences.push(`It succeeded ${durationText(took)} after it was created.`);
      if (version.feeWei > 0n)
        sentences.push(`The cluster's owner earned the fee of ${amountText(version.feeWei, currency)}.`);
      break;
    case "Running":
      sentences.push(
        now > execution.deadline
          ? `Its deadline has passed, so no answer is accepted any more. Anybody may end it, which gives ${amountText(execution.escrowWei, currency)} back.`
          : `It runs, for ${durationText(execution.deadline - now)} at most; ${amountText(execution.escrowWei, currency)} are in escrow.`,
      );
      break;
    default:
      sentences.push(
        `It ended without a response (${execution.state.toLowerCase()}); ${amountText(execution.ended?.refundWei ?? 0n, currency)} went ` +
          "back to the requester's credit.",
      );
  }
  return { title: "The end", sentences };
}

/** The transactions that settled completions, in the order of the chain. */
export function settlementsOf({ execution, transactions }: ExecutionFacts): readonly TransactionFacts[] {
  const hashes = new Set(execution.completions.map(({ transactionHash }) => transactionHash));
  return transactions.filter(({ hash }) => hashes.has(hash));
}

function nodeSentences(
  answer: Answer<DaemonExecution>,
  tasks: readonly { readonly name: string }[],
): string[] {
  const { operator } = answer;
  const who = `Node ${operator.node} (${printableLine(operator.name)})`;
  if ("silent" in answer) return [`${who} could not be asked: ${printableLine(answer.silent)}.`];
  const told = answer.said.jobs.flatMap((job) => {
    const name = printableLine(tasks[job.task]?.name ?? `${job.task}`);
    const reasons = job.failures.map(
      (failure) =>
        `${who} failed at task ${name}, attempt ${failure.attempt}: ${failure.code}, ${printableLine(failure.message)}.`,
    );
    if (job.end !== null && job.end.code !== job.failures.at(-1)?.code) {
      reasons.push(
        `${who} ended its work on task ${name}: ${job.end.code}, ${printableLine(job.end.message)}.`,
      );
    }
    if (job.reported) {
      const digest = job.reasonDigest === null ? "" : `, with the reason's digest ${job.reasonDigest}`;
      reasons.push(`${who} reported on chain that it cannot do task ${name}${digest}.`);
    }
    return reasons;
  });
  const waits = answer.said.waits.map((wait) => {
    const name = printableLine(tasks[wait.task]?.name ?? `${wait.task}`);
    if (wait.refusal !== undefined)
      return `${who} does not take task ${name}: ${printableLine(wait.message)}.`;
    return `${who} waits before task ${name}: ${wait.code}, ${printableLine(wait.message)}.`;
  });
  if (told.length + waits.length > 0) return [...told, ...waits];
  if (answer.said.jobs.length === 0) return [`${who} did no work for it.`];
  const names = answer.said.jobs.map((job) => printableLine(tasks[job.task]?.name ?? `${job.task}`));
  return [`${who} worked on ${listed(names)} and met no failure.`];
}

function nameOf({ version }: ExecutionFacts, task: number): string {
  return `task ${printableLine(version.tasks[task]?.name ?? `${task}`)}`;
}

function opensAt({ readyAt }: TaskFacts, rank: number, windowSeconds: number): bigint {
  return readyAt + BigInt(rank * windowSeconds);
}

function after(rank: number, { windowSeconds }: Pick<Version, "windowSeconds">): string {
  return durationText(rank * windowSeconds);
}

function gasText({ gasUsed, costWei }: TransactionFacts): string {
  return `${grouped(gasUsed)} gas, ${ether(costWei)}`;
}
