import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { type ExecuteResult, execute } from "@pleiad/sdk/actions/execute";
import { executeSignedWithPermit } from "@pleiad/sdk/actions/executeSignedWithPermit";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { signExecutionRequest } from "@pleiad/sdk/actions/signExecutionRequest";
import { signPermit } from "@pleiad/sdk/actions/signPermit";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import type { ExecutionResponse } from "@pleiad/sdk/actions/waitForResponse";
import type { RouterDeployment } from "@pleiad/sdk/types/periphery";
import type { RunParameters } from "@pleiad/sdk/types/run";
import type { Version } from "@pleiad/sdk/types/version";
import { zeroAddress } from "viem";
import { openSender, type Sender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { type ChainContext, openChain } from "../context.ts";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { blobFetcher } from "../daemons.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { gatherExecution } from "../executionFacts.ts";
import { executionJson } from "../executionJson.ts";
import { settlementsOf } from "../executionStory.ts";
import { readInputs } from "../inputFile.ts";
import type { Output } from "../output.ts";
import { withContract } from "../periphery.ts";
import type { Progress } from "../progress.ts";
import { resolveCluster } from "../resolve.ts";
import { addRunOptions, byReference, type GivenInput, giveInput, type RunOptions } from "../runInput.ts";
import type { Surroundings } from "../surroundings.ts";
import { counted, grouped, timeText } from "../text/amounts.ts";
import { printable, printableLine } from "../text/printable.ts";
import { INTERRUPTED_EXIT_CODE, responseOrInterrupt } from "../waiting.ts";

interface Options extends ChainOptions, KeyOptions, RunOptions {
  readonly approve?: boolean;
  readonly permit?: boolean;
  readonly wait?: boolean;
}

/** `pleiad cluster execute CLUSTER`: runs a cluster on a document. */
export const define: DefineCommand = (command, around) => {
  command.argument("<cluster>", "the cluster's id or slug");
  addRunOptions(command)
    .option(
      "--approve",
      "of a version in an ERC-20 token: let ClusterExecutions take exactly the quote first",
    )
    .addOption(
      command
        .createOption(
          "--permit",
          "the same in one transaction, for a token with ERC-2612: sign the quote for the router",
        )
        .conflicts("approve"),
    )
    .option("--wait", "wait for the response, check it against the chain and print it");
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
    [
      `pleiad cluster execute 1 --input more.txt --thread 0x${"5a".repeat(32)}`,
      "goes on with a conversation: the agents see what was said in it before",
    ],
    ["pleiad cluster execute 1 --input note.txt --approve", "pays in the version's token"],
    ["pleiad cluster execute 1 --input note.txt --permit", "the same in one transaction"],
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
    const given = await giveInput(input, options, chain, output);
    if (options.approve === true)
      await approve(version, chain, sender, progress).finally(() => progress.end());
    progress.say(`requesting a run of ${version.slug} for ${amountText(version.quoteWei, money)}`);
    const about = {
      ...{ cluster, version: version.version, durationSeconds: options.deadline, thread: options.thread },
      ...{ outputsByReference: byReference(options, given), ...given },
    };
    const isPermitted = options.permit === true && version.currency !== zeroAddress;
    const requested = await (isPermitted
      ? executePermitted(sender, withContract(deployment, "executionRouter"), about)
      : execute(sender.client, { deployment, ...about })
    ).finally(() => progress.end());
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

/** What both ways of asking for a run take. */
type AskedRun = Pick<
  RunParameters,
  "cluster" | "version" | "durationSeconds" | "outputsByReference" | "thread"
> &
  GivenInput;

/** Signs the request and the permit that pays it, and brings both in one transaction. */
async function executePermitted(
  { client }: Sender,
  deployment: RouterDeployment,
  about: AskedRun,
): Promise<ExecuteResult> {
  const signed = await signExecutionRequest(client, { deployment, ...about });
  const { version, currency, quoteWei, params } = signed.request;
  const permit = await signPermit(client, { deployment, currency, amountWei: quoteWei });
  const sent = await executeSignedWithPermit(client, { deployment, ...signed, permit });
  return { ...sent, version, quoteWei, deadline: BigInt(params.deadline) };
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
    data,
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
