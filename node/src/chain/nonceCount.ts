import type { Address } from "viem";
import { chainFailure } from "./errors.ts";
import type { BlockTag, Rpc } from "./rpc.ts";

/** How many transactions of an account the chain has counted, as its endpoints tell it. */
export interface ToldCount {
  /** What more than half of those that answered say at least; of two that differ, the lower one. */
  readonly count: number;
  /** Whether more than half of those that answered say exactly that. */
  readonly isAgreed: boolean;
  /** Whether nobody else could be asked, or two at least have answered: enough to give up for good over it. */
  readonly isConfirmed: boolean;
}

/**
 * Asks every endpoint that neither lied nor lags, so that one that makes up a number moves nothing by itself.
 *
 * @throws the errors of `Rpc`, where none answers
 */
export async function readCount(rpc: Rpc, account: Address, block: BlockTag): Promise<ToldCount> {
  const health = rpc.health();
  if (health.length === 1) {
    return { count: await rpc.transactionCount(account, block), isAgreed: true, isConfirmed: true };
  }
  const lagging = new Set(health.filter(({ state }) => state === "lags").map(({ name }) => name));
  const answers = await Promise.allSettled(
    rpc
      .providers()
      .filter(({ name }) => !lagging.has(name))
      .map((provider) => provider.transactionCount(account, block)),
  );
  const counts = answers
    .flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []))
    .sort((a, b) => a - b);
  const count = counts[Math.floor((counts.length - 1) / 2)];
  // None has answered by itself: whoever does now stands alone.
  if (count === undefined) {
    return { count: await rpc.transactionCount(account, block), isAgreed: true, isConfirmed: false };
  }
  const agreeing = counts.filter((told) => told === count).length;
  return { count, isAgreed: agreeing > counts.length / 2, isConfirmed: counts.length > 1 };
}

/** It is not known who used a nonce, or whether it is used: nothing is decided before the endpoints agree. */
export function countDisputed(account: Address, nonce: number): Error {
  const what = `eth_getTransactionCount of ${account}: no two endpoints say alike whether nonce ${nonce} is used`;
  return chainFailure("RPC_DISAGREEMENT", what, { details: { account, nonce } });
}
