import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, erc20Abi, formatUnits, parseUnits, zeroAddress } from "viem";
import { chainCall } from "./chainCall.ts";
import type { RpcContext } from "./context.ts";
import { ether, grouped, shortHex } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** What amounts are counted in, as a person knows it. */
export interface Currency {
  /** Zero is the chain's own. */
  readonly address: Address;
  /** What the token calls itself; anybody may call a token anything. Empty where it does not say. */
  readonly symbol: string;
  /** Digits behind the point; 0 where the token does not say, so that amounts are in its smallest unit. */
  readonly decimals: number;
}

/** The chain's own currency. */
export const OWN_CURRENCY: Currency = { address: zeroAddress, symbol: "", decimals: 18 };

/** A name that is longer is not one that helps. */
const SYMBOL_LENGTH_MAX = 16;

/** What a token says of itself. An ERC-20 need not say anything. */
export async function currencyOf(
  { client }: Pick<RpcContext, "client">,
  address: Address,
): Promise<Currency> {
  if (address === zeroAddress) return OWN_CURRENCY;
  const token = { address, abi: erc20Abi } as const;
  const [symbol, decimals] = await Promise.all([
    orNothing(() => client.readContract({ ...token, functionName: "symbol" })),
    orNothing(() => client.readContract({ ...token, functionName: "decimals" })),
  ]);
  return {
    address,
    symbol: printableLine(symbol ?? "").slice(0, SYMBOL_LENGTH_MAX),
    decimals: decimals ?? 0,
  };
}

/** An amount in its currency; a token with the ends of its address, as its name proves nothing. */
export function amountText(amountWei: bigint, { address, symbol, decimals }: Currency): string {
  if (address === zeroAddress) return ether(amountWei);
  const [whole = "0", fraction] = formatUnits(amountWei, decimals).split(".");
  const amount = `${grouped(BigInt(whole))}${fraction === undefined ? "" : `.${fraction}`}`;
  return symbol === "" ? `${amount} of ${shortHex(address)}` : `${amount} ${symbol} (${shortHex(address)})`;
}

/** A plain number as an amount: with at most so many digits behind the point as the currency has; else undefined. */
export function parseAmountIn(text: string, { decimals }: Currency): bigint | undefined {
  const found = /^\d{1,30}(?:\.(?<fraction>\d+))?$/.exec(text);
  const isExact = found !== null && (found.groups?.fraction ?? "").length <= decimals;
  return isExact ? parseUnits(text, decimals) : undefined;
}

/** What a question is answered with, or undefined where the contract has no answer to it. */
async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await chainCall(ask);
  } catch (error) {
    if (error instanceof PleiadError && NO_ANSWER.includes(error.code)) return undefined;
    throw error;
  }
}

/** How a contract that does not have a function answers: not at all, by reverting, or with what is no text. */
const NO_ANSWER: readonly string[] = ["CONTRACT_MISSING", "CONTRACT_REVERTED", "RPC_FAILED"];
