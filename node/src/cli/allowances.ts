import { PERMIT2_ADDRESS } from "@pleiad/sdk/types/executionRequest";
import { type Address, erc20Abi, formatUnits, maxUint256, zeroAddress } from "viem";
import { chainCall } from "./chainCall.ts";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { amountText, type Currency, currencyOf } from "./currencies.ts";
import { withContract } from "./periphery.ts";
import type { RequestFile } from "./requestFile.ts";
import { meantWord } from "./words.ts";

/** Who can be let take from an account, in the words that people type. */
export const SPENDERS = ["executions", "router", "permit2"] as const;
export type SpenderWord = (typeof SPENDERS)[number];

/** What each of them needs it for. */
export const SPENDER_TEXTS: Readonly<Record<SpenderWord, string>> = {
  executions: "ClusterExecutions, for cluster execute",
  router: "the router, for signed requests",
  permit2: "Permit2, for signed requests with --permit2",
};

/** Somebody who may take from an account. */
export interface Spender {
  readonly word: SpenderWord;
  readonly address: Address;
}

/** Who is meant, before any chain is asked. @throws PleiadError USAGE_INVALID */
export function spenderWordOf(word: string): SpenderWord {
  return meantWord(word, SPENDERS, (hint, details) =>
    cliError("USAGE_INVALID", `"${word}" takes no money: expected executions, router or permit2`, {
      hint,
      details,
    }),
  );
}

/** @throws PleiadError CONTRACT_NOT_NAMED where the deployment has no router */
export function spenderOf({ deployment }: ChainContext, word: SpenderWord): Spender {
  switch (word) {
    case "executions":
      return { word, address: deployment.clusterExecutions };
    case "router":
      return { word, address: withContract(deployment, "executionRouter").executionRouter };
    case "permit2":
      return { word, address: PERMIT2_ADDRESS };
    default:
      return word satisfies never;
  }
}

/** How much of a token somebody may take from an account. */
export function allowanceOf(
  { client }: Pick<ChainContext, "client">,
  currency: Address,
  owner: Address,
  { address }: Spender,
): Promise<bigint> {
  return chainCall(() =>
    client.readContract({
      address: currency,
      abi: erc20Abi,
      functionName: "allowance",
      args: [owner, address],
    }),
  );
}

/** The token that an argument names, which has allowances. @throws PleiadError USAGE_INVALID where it is none */
export async function tokenOf(chain: ChainContext, address: Address): Promise<Currency> {
  if (address === zeroAddress)
    throw cliError(
      "USAGE_INVALID",
      "the chain's own currency has no allowances: it goes along with each call",
    );
  const code = await chainCall(() => chain.client.getCode({ address }));
  if (code === undefined)
    throw cliError("USAGE_INVALID", `there is no token at ${address} on chain ${chain.deployment.chainId}`, {
      hint: "check the token's address, and that it is of this chain",
    });
  return currencyOf(chain, address);
}

/** An allowance in words. */
export function allowanceText(amountWei: bigint, money: Currency): string {
  if (amountWei === maxUint256) return "as much as it likes";
  return amountWei === 0n ? "nothing" : amountText(amountWei, money);
}

/**
 * A request that its requester pays out of an allowance is looked at before it is brought: the token would refuse without a reason.
 *
 * @throws PleiadError SIGNED_REQUEST_UNPAID
 */
export async function requireAllowance(
  chain: ChainContext,
  { request, payment }: RequestFile,
  money: Currency,
): Promise<void> {
  if (request.currency === zeroAddress || payment === "permit") return;
  const spender = spenderOf(chain, payment === "permit2" ? "permit2" : "router");
  const neededWei = request.quoteWei + request.relayerFeeWei;
  const allowedWei = await allowanceOf(chain, request.currency, request.requester, spender);
  if (allowedWei >= neededWei) return;
  const message = `${request.requester} lets ${SPENDER_TEXTS[spender.word]}, take ${allowanceText(allowedWei, money)}; the request needs ${amountText(neededWei, money)}`;
  throw cliError("SIGNED_REQUEST_UNPAID", message, {
    hint: `its requester types: ${giveLine(request.currency, spender.word, neededWei, money)}`,
    details: { currency: request.currency, spender: spender.address, allowedWei, neededWei },
  });
}

/** The command that gives an allowance, as it is typed. */
export function giveLine(currency: Address, word: SpenderWord, amountWei: bigint, money: Currency): string {
  return `pleiad allowance give ${currency} ${word} ${plainAmount(amountWei, money)}`;
}

function plainAmount(amountWei: bigint, { decimals }: Currency): string {
  return formatUnits(amountWei, decimals);
}
