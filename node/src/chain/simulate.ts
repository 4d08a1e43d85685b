import { PleiadError } from "@pleiad/sdk/errors";
import { decodeRevert } from "@pleiad/sdk/errors/decodeRevert";
import { chainFailure, hasCode } from "./errors.ts";
import { type AskedEndpoint, agreedNumber, agreedText, askEvery } from "./everyEndpoint.ts";
import { reactionTo } from "./reaction.ts";
import type { BlockTag, Rpc, RpcTransaction } from "./rpc.ts";

/** How far apart two endpoints' estimates may be: they see other blocks, and the gas limit has as much room. Percent. */
export const ESTIMATE_TOLERANCE_PERCENT_MAX = 30n;

/** What a transaction would come to. */
export type Simulated = { readonly gas: bigint } | { readonly reverts: PleiadError };

/**
 * Simulates a transaction at every endpoint: an estimate that is too low costs a transaction that fails, and a revert that
 * is made up would have it forgotten.
 *
 * @throws PleiadError RPC_DISAGREEMENT (retryable) where more than half say neither; the errors of `Rpc`
 */
export async function simulate(rpc: Rpc, transaction: RpcTransaction): Promise<Simulated> {
  const told = await askEvery(rpc, (endpoint) => simulateAt(endpoint, transaction));
  const kinds = told.map((one) => ("gas" in one ? "gas" : `reverts ${reactionTo(one.reverts)}`));
  const most = agreedText(kinds);
  const estimates = told.flatMap((one) => ("gas" in one ? [one.gas] : []));
  const [first] = told.filter((_, index) => kinds[index] === most);
  if (first !== undefined && "reverts" in first) return first;
  const gas = agreedNumber(estimates, (middle) => (middle * ESTIMATE_TOLERANCE_PERCENT_MAX) / 100n);
  if (first !== undefined && gas !== undefined) return { gas };
  const what = `eth_estimateGas of a call of ${transaction.to}: the endpoints say ${kinds.join(", ")}`;
  throw chainFailure("RPC_DISAGREEMENT", what, { details: { kinds, estimates } });
}

/** Why a transaction would do nothing any more, as more than half of the endpoints tell it; undefined where it would. */
export async function mootReasonOf(rpc: Rpc, transaction: RpcTransaction): Promise<PleiadError | undefined> {
  const told = await askEvery(rpc, async (endpoint) => {
    try {
      await endpoint.call(transaction, "latest");
      return undefined;
    } catch (error) {
      const reason = revertOf(error);
      return reactionTo(reason) === "done" ? reason : undefined;
    }
  });
  const moot = told.filter((reason) => reason !== undefined);
  return moot.length > told.length / 2 ? moot[0] : undefined;
}

/**
 * An estimate is a call that succeeded, several times over; so there is a call only where there is no estimate, for what
 * it reverts with. As of the pending block, where windows that open with the next block are open and
 * what is on its way has happened; as of the newest one where an endpoint has no pending block.
 */
async function simulateAt(endpoint: AskedEndpoint, transaction: RpcTransaction): Promise<Simulated> {
  try {
    return { gas: await estimate(endpoint, transaction, "pending") };
  } catch (error) {
    if (hasCode(error, "RPC_REVERTED")) return { reverts: revertOf(error) };
    if (!hasCode(error, "RPC_FAILED", "RPC_BLOCK_UNKNOWN")) throw error;
  }
  try {
    return { gas: await estimate(endpoint, transaction, "latest") };
  } catch (error) {
    return { reverts: revertOf(error) };
  }
}

async function estimate(
  endpoint: AskedEndpoint,
  transaction: RpcTransaction,
  block: BlockTag,
): Promise<bigint> {
  try {
    return await endpoint.estimateGas(transaction, block);
  } catch (error) {
    // An estimate fails for reasons of its own, too, and not every endpoint says with it what was reverted with.
    if (hasCode(error, "RPC_REVERTED", "RPC_FAILED")) await endpoint.call(transaction, block);
    throw error;
  }
}

/** The contract's own error; what is no revert is thrown on. */
function revertOf(error: unknown): PleiadError {
  if (!(error instanceof PleiadError) || error.code !== "RPC_REVERTED") throw error;
  return decodeRevert(error.details.data as `0x${string}`, error);
}
