import type { Hex } from "viem";
import { agreedText, askEvery } from "./everyEndpoint.ts";
import type { RpcReceipt } from "./parse.ts";
import type { Rpc } from "./rpc.ts";

/** What the endpoints say became of a transaction. */
export interface ToldReceipt {
  /** The receipt that more than half of those that answer tell alike; null where they tell none. */
  readonly agreed: RpcReceipt | null;
  /** A receipt that at least one of them tells, where no more than half say that there is none. */
  readonly told: RpcReceipt | null;
  /** Whether nobody else could be asked, or two at least have answered. */
  readonly isConfirmed: boolean;
}

const NONE = "none";

/** Asks every endpoint for a receipt, so that one that makes one up, or hides one, decides nothing by itself. */
export async function readReceipt(rpc: Rpc, hash: Hex): Promise<ToldReceipt> {
  const answers = await askEvery(rpc, (endpoint) => endpoint.receipt(hash));
  const text = agreedText(answers.map(textOf));
  const agreed = answers.find((receipt) => textOf(receipt) === text) ?? null;
  const told = text === NONE ? null : (agreed ?? answers.find((receipt) => receipt !== null) ?? null);
  return { agreed, told, isConfirmed: rpc.health().length === 1 || answers.length > 1 };
}

function textOf(receipt: RpcReceipt | null): string {
  if (receipt === null) return NONE;
  const { blockHash, status, gasUsed, effectiveGasPriceWei } = receipt;
  return `${blockHash} ${status} ${gasUsed} ${effectiveGasPriceWei}`;
}
