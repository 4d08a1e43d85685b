import type { AcceptedCompletion } from "@pleiad/sdk/types/execution";
import { keccak256, zeroHash } from "viem";
import type { FetchBlob } from "../../local/receipts/outputBytes.ts";
import { outputOf } from "../../local/receipts/outputBytes.ts";
import { evidenceChapter } from "../answerEvidence.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain } from "../context.ts";
import { amountText } from "../currencies.ts";
import { askAboutExecution, blobFetcher } from "../daemons.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { type ExecutionFacts, gatherExecution } from "../executionFacts.ts";
import { executionJson } from "../executionJson.ts";
import { type Chapter, nodesChapter, settlementsOf, storyOf } from "../executionStory.ts";
import { tasksTable } from "../executionTable.ts";
import type { Output } from "../output.ts";
import { resolveTask } from "../resolve.ts";
import { counted, grouped, timeText } from "../text/amounts.ts";
import { printable, printableLine } from "../text/printable.ts";

interface Options extends ChainOptions {
  readonly why?: boolean;
  readonly task?: string;
  readonly response?: boolean;
}

/** `pleiad execution show ID`: what a run came to. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<id>", "the execution's id")
    .option("--why", "tell the story in sentences, with each node's own reasons of failure")
    .option("--response", "print the response and nothing else")
    .option("--task <name>", "print one task's output and nothing else");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad execution show 1", "its state, who answered each task, and what that earned"],
    ["pleiad execution show 1 --why", "the story, in sentences"],
    ["pleiad execution show 1 --response", "the response alone, as bytes for a file or a pipe"],
    ["pleiad execution show 1 --task write", "the output of one task"],
    ["pleiad execution show 1 --json", "everything, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, id) => {
    const wanted = idOf(id);
    const chain = await openChain(options, around);
    const facts = await gatherExecution(chain, wanted);
    const fetchBlob = blobFetcher(chain.data);
    if (options.task !== undefined || options.response === true) {
      return printOutput(wantedCompletion(facts, options.task), fetchBlob, output);
    }
    const chapters = options.why === true ? [...storyOf(facts)] : [];
    if (options.why === true) {
      const evidence = await evidenceChapter(facts, chain.deployment.chainId, fetchBlob);
      if (evidence !== undefined) chapters.push(evidence);
      chapters.push(nodesChapter(await askAboutExecution(chain.data, facts.execution.execution), facts));
    }
    output.json({ ...executionJson(facts), ...(options.why === true ? { why: chapters } : {}) });
    printHead(facts, output);
    if (options.why === true) printStory(chapters, output);
    else await printFacts(facts, fetchBlob, output);
    return 0;
  });
};

/** The completion whose output is asked for: a task's by name, or the last one, which is the response. */
function wantedCompletion(
  { execution, version }: ExecutionFacts,
  name: string | undefined,
): AcceptedCompletion {
  if (name === undefined && execution.response === undefined) {
    const state = execution.state.toLowerCase();
    throw cliError(
      "EXECUTION_NOT_SUCCEEDED",
      `execution ${execution.execution} is ${state}: it has no response`,
    );
  }
  const task = name === undefined ? version.tasks.length - 1 : resolveTask(version, name).task;
  const found = execution.completions.find((completion) => completion.task === task);
  if (found !== undefined) return found;
  throw cliError("TASK_UNANSWERED", `task "${name}" of execution ${execution.execution} has no answer`);
}

async function printOutput(
  completion: AcceptedCompletion,
  fetchBlob: FetchBlob,
  output: Output,
): Promise<number> {
  const bytes = await outputOf(completion, fetchBlob);
  if (bytes === undefined) {
    throw cliError("OUTPUT_UNAVAILABLE", `nobody here has the bytes of ${completion.outputDigest}`, {
      details: { digest: completion.outputDigest, uri: completion.outputURI },
    });
  }
  const text = new TextDecoder().decode(bytes);
  output.json({ task: completion.task, digest: keccak256(bytes), bytes: bytes.length, text });
  // Into a file or a pipe go the very bytes; a terminal would act on some of them.
  output.raw(output.isTerminal ? `${printable(text).trimEnd()}\n` : text);
  return 0;
}

function printHead({ execution, version }: ExecutionFacts, output: Output): void {
  const { style } = output;
  const state =
    execution.state === "Succeeded" ? style.good("succeeded") : style.warning(execution.state.toLowerCase());
  output.line(`${style.title(`Execution ${execution.execution}`)}  ${state}`);
  output.line(`${printableLine(version.name)} (${version.slug}, version ${version.version})`);
  output.line();
}

function printStory(chapters: readonly Chapter[], output: Output): void {
  for (const { title, sentences } of chapters) {
    output.line(output.style.title(title));
    for (const sentence of sentences) output.prose(sentence, "  ");
    output.line();
  }
}

async function printFacts(facts: ExecutionFacts, fetchBlob: FetchBlob, output: Output): Promise<void> {
  const { execution, version } = facts;
  const settlements = settlementsOf(facts);
  const gas = settlements.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const refund = execution.ended?.refundWei ?? 0n;
  output.facts([
    ["requester", execution.requester],
    ["thread", execution.created.thread === zeroHash ? "" : execution.created.thread],
    ["created", `${timeText(execution.createdAt)}, block ${execution.created.blockNumber}`],
    ["deadline", timeText(execution.deadline)],
    ["paid", amountText(version.quoteWei, facts.currency)],
    ["in escrow", execution.escrowWei === 0n ? "" : amountText(execution.escrowWei, facts.currency)],
    ["refunded", refund === 0n ? "" : amountText(refund, facts.currency)],
    [
      "settled in",
      settlements.length === 0 ? "" : `${counted(settlements.length, "transaction")}, ${grouped(gas)} gas`,
    ],
    ["response", execution.response?.responseDigest ?? ""],
  ]);
  output.line();
  output.table(...tasksTable(facts));
  if (execution.response === undefined) return;
  output.line();
  const last = execution.completions.find(({ task }) => task === version.tasks.length - 1);
  const bytes = last === undefined ? undefined : await outputOf(last, fetchBlob);
  if (bytes === undefined)
    output.prose("The response is kept off the chain, and no daemon here has its bytes.");
  else for (const line of printable(new TextDecoder().decode(bytes)).trimEnd().split("\n")) output.line(line);
}
