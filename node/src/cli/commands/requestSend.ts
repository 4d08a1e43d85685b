import { executionRouterAbi } from "@pleiad/sdk/abi/executionRouter";
import { encodePermitCalls } from "@pleiad/sdk/actions/encodePermitCalls";
import { type ExecuteSignedResult, executeSigned } from "@pleiad/sdk/actions/executeSigned";
import { executeSignedWithPermit } from "@pleiad/sdk/actions/executeSignedWithPermit";
import { executeWithPermit2 } from "@pleiad/sdk/actions/executeWithPermit2";
import type { WriteClient } from "@pleiad/sdk/types/client";
import type { RouterDeployment } from "@pleiad/sdk/types/periphery";
import { zeroAddress } from "viem";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { readTextFile } from "../inputFile.ts";
import { withContract } from "../periphery.ts";
import {
  broughtWei,
  parseRequest,
  REQUEST_BYTES_MAX,
  type RequestFile,
  requestFacts,
  requestJson,
} from "../requestFile.ts";
import { type ContractCall, sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { ether } from "../text/amounts.ts";

/** `pleiad request send FILE`: brings a run that somebody signed. */
export const define: DefineCommand = (command, around) => {
  command.argument("<file>", "what `request sign` wrote; anybody may bring it, once");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad request send run.json", "tells what it costs and brings, and asks"],
    ["pleiad request send run.json --key relayer.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, file = "") => {
    const { output } = context;
    const text = await readTextFile(file, around.cwd, REQUEST_BYTES_MAX);
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "executionRouter");
    const signed = parseRequest(text, deployment);
    const money = await currencyOf(chain, signed.request.currency);
    const sent = await sendOne(
      {
        call: { ...callOf(signed, deployment), value: broughtWei(signed.request) },
        question: questionOf(signed, money),
        doing: "bringing the request",
        send: () => bring(sender.client, deployment, signed),
      },
      chain,
      sender,
      context,
    );
    const { execution } = sent;
    output.json({ executionId: Number(execution), ...requestJson(signed), ...sentJson(sent) });
    output.facts([
      ["execution", output.style.title(`${execution}`)],
      ...requestFacts(signed, money),
      sentFact(sent),
    ]);
    output.line();
    output.line(`See it:  pleiad execution show ${execution}`);
    return 0;
  });
};

function questionOf({ request }: RequestFile, money: Currency): string {
  const { cluster, version, requester, currency, quoteWei, relayerFeeWei, params } = request;
  const run = `Run version ${version} of cluster ${cluster} for ${requester}`;
  const fee = relayerFeeWei === 0n ? ", for nothing" : `, for ${amountText(relayerFeeWei, money)}`;
  const paid = currency === zeroAddress ? `, and pay ${amountText(quoteWei, money)} for it` : fee;
  const budgetWei = params.callbackBudgetWei;
  // The bringer's own money too, and it goes to whoever delivers the callback: perhaps to who wrote the file.
  return `${run}${paid}${budgetWei === 0n ? "" : `, and pay ${ether(budgetWei)} for its callback`}`;
}

/** The call as the router gets it. */
function callOf(signed: RequestFile, { executionRouter }: RouterDeployment): ContractCall {
  const router = { address: executionRouter, abi: executionRouterAbi };
  const { request, input, signature } = signed;
  switch (signed.payment) {
    case "allowance":
      return { ...router, functionName: "executeSigned", args: [request, input, signature] };
    case "permit":
      return { ...router, functionName: "multicall", args: [encodePermitCalls(signed)] };
    case "permit2": {
      const { permitNonce, permitDeadline } = signed;
      const args = [request, input, permitNonce, permitDeadline, signature];
      return { ...router, functionName: "executeWithPermit2", args };
    }
    default:
      return signed satisfies never;
  }
}

function bring(
  client: WriteClient,
  deployment: RouterDeployment,
  signed: RequestFile,
): Promise<ExecuteSignedResult> {
  switch (signed.payment) {
    case "allowance":
      return executeSigned(client, { deployment, ...signed });
    case "permit":
      return executeSignedWithPermit(client, { deployment, ...signed });
    case "permit2":
      return executeWithPermit2(client, { deployment, ...signed });
    default:
      return signed satisfies never;
  }
}
