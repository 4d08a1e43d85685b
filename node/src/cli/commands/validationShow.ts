import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getValidation } from "@pleiad/sdk/actions/getValidation";
import { getValidationSummary } from "@pleiad/sdk/actions/getValidationSummary";
import { listValidations } from "@pleiad/sdk/actions/listValidations";
import type { ReadClient } from "@pleiad/sdk/types/client";
import type { ValidationDeployment } from "@pleiad/sdk/types/periphery";
import type { Validation, ValidationSummary } from "@pleiad/sdk/types/validation";
import { type Address, type Hex, isAddress } from "viem";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain } from "../context.ts";
import {
  type ActionContext,
  addExamples,
  addressOf,
  type DefineCommand,
  idOf,
  parseAddressOption,
  setAction,
} from "../define.ts";
import type { Output } from "../output.ts";
import { withContract } from "../periphery.ts";
import { counted, shortHex } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import { isHash, validationFacts, validationJson } from "../validations.ts";

/** The newest requests are shown, each of which costs three questions to the endpoint. */
const VALIDATIONS_SHOWN_MAX = 16;

interface Options extends ChainOptions {
  readonly validator: readonly Address[];
  readonly tag: string;
}

interface Listed {
  readonly of: { readonly agent: bigint } | { readonly validator: Address };
  readonly requests: readonly Hex[];
  /** The newest of them, the newest first. */
  readonly newest: readonly Validation[];
}

/** `pleiad validation show WHAT`: a request, the requests about an agent, or those to a validator. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<what>", "a request's hash, an agent's id, or a validator's address")
    .option(
      "--validator <address>",
      "of an agent: whose answers are counted; may be given again (default: everybody's)",
      (text: string, before: readonly Address[]) => [...before, parseAddressOption(text)],
      [],
    )
    .option("--tag <text>", "of an agent: which answers are counted (default: any)", "");
  addChainOptions(command);
  addExamples(command, [
    [`pleiad validation show 0x${"5f".repeat(32)}`, "a request and its answer"],
    ["pleiad validation show 0", "the requests about agent 0, and the mean of the answers"],
    [
      "pleiad validation show 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --json",
      "what a validator was asked; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, what = "") => {
    const { output } = context;
    if (!isHash(what) && !isAddress(what, { strict: false }) && !/^\d{1,78}$/.test(what)) {
      throw cliError("USAGE_INVALID", `"${what}" is no request, agent or validator`, {
        hint: "give a request's hash, an agent's id, or a validator's address",
      });
    }
    const chain = await openChain(context.options, around);
    const { client } = chain;
    const deployment = withContract(chain.deployment, "validationRegistry");
    if (isHash(what)) {
      const validation = await getValidation(client, { deployment, request: what });
      output.json(validationJson(validation));
      output.facts(validationFacts(validation));
      return 0;
    }
    if (isAddress(what, { strict: false })) {
      const listed = await listOf(client, deployment, { validator: addressOf(what) });
      output.json({ validator: addressOf(what), ...listedJson(listed) });
      printListed(listed, output);
      return 0;
    }
    return showAgent(idOf(what), client, deployment, context);
  });
};

async function showAgent(
  agent: bigint,
  client: ReadClient,
  deployment: ValidationDeployment,
  { options, output }: ActionContext<Options>,
): Promise<number> {
  await getAgent(client, { deployment, agent });
  const { validator: validators, tag } = options;
  const summary = await getValidationSummary(client, { deployment, agent, validators, tag });
  const listed = await listOf(client, deployment, { agent });
  output.json({ agent: Number(agent), ...summaryJson(summary), ...listedJson(listed) });
  output.facts([
    ["agent", output.style.title(`${agent}`)],
    [
      "answers",
      summary.count === 0n ? "none" : `${summary.mean} of 100, mean of ${counted(summary.count, "answer")}`,
    ],
  ]);
  output.line();
  printListed(listed, output);
  return 0;
}

async function listOf(
  client: ReadClient,
  deployment: ValidationDeployment,
  of: Listed["of"],
): Promise<Listed> {
  const requests = await listValidations(client, { deployment, ...of });
  const newest = requests.slice(-VALIDATIONS_SHOWN_MAX).reverse();
  return {
    of,
    requests,
    newest: await Promise.all(newest.map((request) => getValidation(client, { deployment, request }))),
  };
}

function summaryJson({ count, mean }: ValidationSummary) {
  return { answers: Number(count), mean: count === 0n ? null : mean };
}

function listedJson({ requests, newest }: Listed) {
  return { requests: requests.length, newest: newest.map(validationJson) };
}

function printListed({ of, requests, newest }: Listed, output: Output): void {
  if (requests.length === 0) {
    output.line("No requests.");
    return;
  }
  const isAgents = "agent" in of;
  output.table(
    [
      { header: "request" },
      { header: isAgents ? "validator" : "agent" },
      { header: "execution", align: "right" },
      { header: "answer", align: "right" },
      { header: "tag", narrow: "cut" },
    ],
    newest.map(({ request, agent, validator, completion, answer }) => [
      request,
      isAgents ? shortHex(validator) : `${agent}`,
      completion === undefined ? "–" : `${completion.execution}`,
      answer === undefined ? "none yet" : `${answer.response}`,
      printableLine(answer?.tag ?? ""),
    ]),
  );
  const older = requests.length - newest.length;
  if (older > 0) output.line(`And ${counted(older, "older request")}.`);
}
