import { executionRouterAbi } from "@pleiad/sdk/abi/executionRouter";
import { encodePermitCalls } from "@pleiad/sdk/actions/encodePermitCalls";
import { type ExecuteSignedResult, executeSigned } from "@pleiad/sdk/actions/executeSigned";
import { executeSignedWithPermit } from "@pleiad/sdk/actions/executeSignedWithPermit";
import { executeWithPermit2 } from "@pleiad/sdk/actions/executeWithPermit2";
import type { WriteClient } from "@pleiad/sdk/types/client";
import type { RouterDeployment } from "@pleiad/sdk/types/periphery";
import { formatEther, zeroAddress } from "viem";
import { requireAllowance } from "../allowances.ts";
import { cliError } from "../cliError.ts";
import { amountText, type Currency, currencyOf } from "../currencies.ts";
import { addExamples, amountOf, type DefineCommand, setAction } from "../define.ts";
import { addRequestArguments, openRequest } from "../requestBringing.ts";
import { broughtWei, type RequestFile, requestFacts, requestJson } from "../requestFile.ts";
import { type ContractCall, sendOne, sentFact, sentJson } from "../sending.ts";
import type { SigningOptions } from "../signing.ts";
import { ether } from "../text/amounts.ts";

interface Options extends SigningOptions {
  readonly bringMax?: bigint;
}

/** `pleiad request send FILE`: brings a run that somebody signed. */
export const define: DefineCommand = (command, around) => {
  addRequestArguments(command, "anybody may bring it, once").option(
    "--bring-max <amount>",
    "most of your own money, the chain's currency, that may go along (default: what you confirm; with --yes, the quote and nothing for a callback)",
    amountOf,
  );
  addExamples(command, [
    ["pleiad request send run.json", "tells what it costs and brings, and asks"],
    ["pleiad request send run.json --key relayer.key --yes --json", "without asking; for a program"],
    [
      "pleiad request send run.json --yes --bring-max 0.01ether",
      "also one that pays for a callback, up to that",
    ],
  ]);
  setAction<Options>(command, around, async (context, file) => {
    const { output, options } = context;
    const { chain, sender, deployment, signed } = await openRequest(context, file);
    refuseDearer(signed, options);
    const money = await currencyOf(chain, signed.request.currency);
    await requireAllowance(chain, signed, money);
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

/**
 * Whoever wrote the file chose what its bringer pays. A person sees that in the question; where nobody is asked, a callback's budget,
 * which may go to its author, has to be allowed by name.
 */
function refuseDearer({ request }: RequestFile, { yes, bringMax }: Options): void {
  const budgetWei = request.params.callbackBudgetWei;
  const sumWei = broughtWei(request);
  const allowedWei = bringMax ?? (yes === true ? sumWei - budgetWei : sumWei);
  if (sumWei <= allowedWei) return;
  const callback = budgetWei === 0n ? "" : `, ${ether(budgetWei)} of it for its callback`;
  const limit =
    bringMax === undefined ? "--yes allows nothing for a callback" : `--bring-max allows ${ether(bringMax)}`;
  throw cliError(
    "SIGNED_REQUEST_DEAR",
    `the request takes ${ether(sumWei)} of your own${callback}; ${limit}`,
    {
      hint: `if it is worth that to you, say --bring-max ${formatEther(sumWei)}ether; pleiad request send without --yes shows it and asks`,
      details: { broughtWei: sumWei, callbackBudgetWei: budgetWei, allowedWei },
    },
  );
}

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
