import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { type ExecuteResult, execute } from "@pleiad/sdk/actions/execute";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import type { ExecutionResponse } from "@pleiad/sdk/actions/waitForResponse";
import { INPUT_BYTES_MAX } from "@pleiad/sdk/types/run";
import type { Version } from "@pleiad/sdk/types/version";
import { zeroAddress } from "viem";
import { openSender, type Sender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { type ChainContext, openChain } from "../context.ts";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { blobFetcher, uploadBlob } from "../daemons.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { gatherExecution } from "../executionFacts.ts";
import { executionJson } from "../executionJson.ts";
import { settlementsOf } from "../executionStory.ts";
import { readInputs } from "../inputFile.ts";
import type { Output } from "../output.ts";
import type { Progress } from "../progress.ts";
import { resolveCluster } from "../resolve.ts";
import type { Surroundings } from "../surroundings.ts";
import { bytesText, counted, grouped, listed, timeText } from "../text/amounts.ts";
import { printable, printableLine } from "../text/printable.ts";
import { INTERRUPTED_EXIT_CODE, responseOrInterrupt } from "../waiting.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly input: readonly string[];
  readonly approve?: boolean;
  readonly version?: bigint;
  readonly wait?: boolean;
  readonly deadline?: bigint;
  readonly inline?: boolean;
  readonly outputsByReference?: boolean;
}

/** `pleiad cluster execute CLUSTER`: runs a cluster on a document. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<cluster>", "the cluster's id or slug")
    .requiredOption(
      "--input <file>",
      'the document, a text of at most 1 MiB, or NAME=FILE for each input that the version names; "-" reads standard input',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option(
      "--approve",
      "of a version in an ERC-20 token: let ClusterExecutions take exactly the quote first",
    )
    .option("--version <n>", "a version (default: the newest)", parseCountOption)
    .option("--wait", "wait for the response, check it against the chain and print it")
    .option(
      "--deadline <seconds>",
      "how long it may take (default: an hour, longer for long windows)",
      parseCountOption,
    )
    .option(
      "--inline",
      `put the input into the transaction, where all can read it for ever (at most ${INPUT_BYTES_MAX} bytes)`,
    )
    .option(
      "--outputs-by-reference",
      "let nodes give large answers by digest; their bytes then stay with the nodes",
    );
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad cluster execute document-brief --input examples/document.md --wait", "prints the response"],
    ["pleiad cluster execute document-brief --input - --wait", "takes the document from standard input"],
    [
      "pleiad cluster execute 1 --input note.txt --inline --deadline 600",
      "a short text on the chain, ten minutes",
    ],
    [
      "pleiad cluster execute 1 --input question=ask.txt --input document=- --wait",
      "a text for each input that the version names",
    ],
    ["pleiad cluster execute 1 --input note.txt --approve", "pays in the version's token"],
    ["pleiad cluster execute 1 --input note.txt --json", "its id and cost, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const inputs = await readInputs(options.input, around);
    const chain = await openChain(options, around);
    const { cluster } = await resolveCluster(chain, name);
    const { client, deployment } = chain;
    const version = await getVersion(client, { deployment, cluster, version: options.version });
    const input = inputs(version.inputs);
    const sender = await openSender(options, chain, output, around);
    const money = await currencyOf(chain, version.currency);
    const progress = output.progress();
    const startedAtMs = performance.now();
    const given = await give(input, options, chain, output);
    if (options.approve === true)
      await approve(version, chain, sender, progress).finally(() => progress.end());
    progress.say(`requesting a run of ${version.slug} for ${amountText(version.quoteWei, money)}`);
    const requested = await execute(sender.client, {
      deployment,
      cluster,
      version: version.version,
      durationSeconds: options.deadline,
      // An input that is too large for the chain mostly makes outputs that are.
      outputsByReference: options.outputsByReference === true || given.inputDigest !== undefined,
      ...given,
    });
    progress.end();
    if (options.wait !== true) return printRequested(requested, version, money, output);
    const { execution, quoteWei } = requested;
    output.note(
      `Execution ${execution} is on the chain; ${amountText(quoteWei, money)} are in escrow until ${timeText(requested.deadline)}.`,
    );
    const response = await waitFor(requested, version, chain, progress, around);
    if (response === undefined) {
      output.note(`The execution goes on. Come back to it: pleiad execution watch ${execution}`);
      return INTERRUPTED_EXIT_CODE;
    }
    return printResponse(response, { chain, output, elapsedMs: performance.now() - startedAtMs });
  });
};

/** Lets the contract take exactly the quote, where that is in a token. */
async function approve(
  { currency, quoteWei }: Version,
  { deployment }: ChainContext,
  sender: Sender,
  progress: Progress,
): Promise<void> {
  if (currency === zeroAddress) return;
  progress.say("allowing ClusterExecutions to take the quote");
  await approveCurrency(sender.client, { deployment, currency, amountWei: quoteWei });
}

type Given =
  | { readonly input: Uint8Array; readonly inputDigest?: undefined }
  | { readonly input?: undefined; readonly inputDigest: `0x${string}`; readonly inputURI: string };

/** A short input goes into the transaction; a longer one to the daemons, and its digest into the transaction. */
async function give(
  input: Uint8Array,
  options: Options,
  { data }: ChainContext,
  output: Output,
): Promise<Given> {
  if (options.inline === true || input.length <= INPUT_BYTES_MAX) return { input };
  const { digest, operators } = await uploadBlob(data, input);
  const names = listed(operators.map(({ name }) => printableLine(name)));
  output.note(
    `The input of ${bytesText(input.length)} lies with ${names}; only its digest goes on the chain.`,
  );
  return { inputDigest: digest, inputURI: "pleiad:" };
}

function printRequested(requested: ExecuteResult, version: Version, money: Currency, output: Output): number {
  const { execution, quoteWei, deadline, hash, gasUsed } = requested;
  output.json({
    executionId: Number(execution),
    clusterId: Number(version.cluster),
    version: Number(version.version),
    currency: version.currency,
    quoteWei,
    deadline: Number(deadline),
    transaction: hash,
    gas: Number(gasUsed),
  });
  output.facts([
    ["execution", output.style.title(`${execution}`)],
    ["in escrow", `${amountText(quoteWei, money)}, until ${timeText(deadline)} at most`],
    ["transaction", `${hash}, ${grouped(gasUsed)} gas`],
  ]);
  output.line();
  output.line(`Wait for it:  pleiad execution watch ${execution}`);
  output.line(`See it:       pleiad execution show ${execution}`);
  return 0;
}

function waitFor(
  { execution }: ExecuteResult,
  version: Version,
  { client, deployment, data }: ChainContext,
  progress: Progress,
  around: Surroundings,
): Promise<ExecutionResponse | undefined> {
  const total = counted(version.tasks.length, "task");
  let answered = 0;
  progress.say(`waiting for ${total}`);
  return responseOrInterrupt(client, {
    deployment,
    execution,
    timeoutMs: Number.MAX_SAFE_INTEGER,
    fetchBlob: blobFetcher(data),
    signal: around.stopSignal(),
    onCompletion: ({ task, node }) => {
      answered += 1;
      const name = printableLine(version.tasks[task]?.name ?? "");
      progress.say(
        `task ${name} answered by ${node === 0n ? "an owner" : `node ${node}`}, ${answered} of ${total}`,
      );
    },
  }).finally(() => progress.end());
}

async function printResponse(
  response: ExecutionResponse,
  {
    chain,
    output,
    elapsedMs,
  }: { readonly chain: ChainContext; readonly output: Output; readonly elapsedMs: number },
): Promise<number> {
  const { client, deployment, data } = chain;
  const { execution } = response;
  const { verified, checks } = await verifyResponse(client, {
    deployment,
    execution,
    response: response.response,
    fetchBlob: blobFetcher(data),
  });
  const facts = await gatherExecution(chain, execution);
  const settlements = settlementsOf(facts);
  output.json({
    ...executionJson(facts),
    response: response.text,
    verified,
    checks,
    elapsedMs: Math.round(elapsedMs),
  });
  output.raw(output.isTerminal ? `${printable(response.text).trimEnd()}\n` : response.text);
  const gas = settlements.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  if (verified) output.note("Verified: this is the response that the chain accepted.");
  else
    output.warn(
      `this is NOT the response that the chain accepted: ${failed.map(({ text }) => text).join("; ")}`,
    );
  output.note(
    `${counted(facts.tasks.length, "task")} settled in ${counted(settlements.length, "transaction")}, ${grouped(gas)} gas.`,
  );
  output.note(`The story: pleiad execution show ${execution} --why`);
  return verified ? 0 : 1;
}
