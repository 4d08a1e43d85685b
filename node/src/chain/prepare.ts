import { PleiadError } from "@pleiad/sdk/errors";
import { decodeRevert } from "@pleiad/sdk/errors/decodeRevert";
import type { Address } from "viem";
import { chainFailure, hasCode } from "./errors.ts";
import { type FeeMarket, type Fees, firstFees } from "./fees.ts";
import type { CanonicalChain } from "./followerTypes.ts";
import { reactionTo } from "./reaction.ts";
import type { BlockTag, Rpc, RpcTransaction } from "./rpc.ts";
import type { TransactionBody } from "./signAttempt.ts";
import { GAS_LIMIT_PERCENT, type SubmissionRequest } from "./submitterTypes.ts";

/** A transaction that would succeed, and what it needs. */
export interface Plan {
  readonly body: TransactionBody;
  readonly fees: Fees;
  /** Transactions of the account that the chain has counted. */
  readonly count: number;
  readonly balanceWei: bigint;
  /** The most that it can cost, in wei. */
  readonly costWei: bigint;
}

/** Asks the chain everything that has to be known before a transaction is signed. */
export interface Preparer {
  /**
   * @returns the plan, or why nothing is to be done any more
   * @throws PleiadError SUBMISSION_NOT_YET, SUBMISSION_REFUSED, INSUFFICIENT_FUNDS, FEE_ABOVE_CEILING, and the
   * errors of `Rpc`
   */
  prepare(request: SubmissionRequest): Promise<Plan | { readonly moot: PleiadError }>;
  /** Whether a transaction that was signed before would still do anything, as of the newest block. */
  isMoot(transaction: RpcTransaction): Promise<PleiadError | undefined>;
  /** What fees are chosen from now. */
  market(): Promise<FeeMarket>;
}

export function createPreparer(
  options: { readonly account: Address; readonly priorityFeeWei: bigint; readonly ceilingWei: bigint },
  modules: { readonly rpc: Rpc; readonly chain: CanonicalChain },
): Preparer {
  const { account, priorityFeeWei, ceilingWei } = options;
  const { rpc, chain } = modules;

  async function market(): Promise<FeeMarket> {
    const block = chain.newest() ?? (await rpc.blockByNumber("latest"));
    return { baseFeeWei: block?.baseFeePerGasWei ?? 0n, priorityFeeWei, ceilingWei };
  }

  async function isMoot(transaction: RpcTransaction): Promise<PleiadError | undefined> {
    try {
      await rpc.call({ ...transaction, from: account }, "latest");
      return undefined;
    } catch (error) {
      const reason = revertOf(error);
      return reactionTo(reason) === "done" ? reason : undefined;
    }
  }

  return {
    market,
    isMoot,
    async prepare({ to, data, purpose }) {
      const transaction = { from: account, to, data };
      const [simulated, count, balanceWei, feeMarket] = await Promise.all([
        simulate(rpc, transaction),
        rpc.transactionCount(account, "latest"),
        rpc.balanceWei(account),
        market(),
      ]);
      if ("reverts" in simulated) {
        const reason = simulated.reverts;
        const reaction = reactionTo(reason);
        if (reaction === "done") return { moot: reason };
        const code = reaction === "later" ? "SUBMISSION_NOT_YET" : "SUBMISSION_REFUSED";
        throw chainFailure(code, `${purpose} would be refused: ${reason.message}`, {
          details: { purpose, reason: reason.code, ...reason.details },
          cause: reason,
        });
      }
      const fees = firstFees(feeMarket);
      if (fees === undefined) throw feeAboveCeiling(feeMarket);
      const gasLimit = (simulated.gas * GAS_LIMIT_PERCENT) / 100n;
      const costWei = gasLimit * fees.maxFeePerGasWei;
      if (balanceWei < costWei) throw insufficientFunds(account, balanceWei, costWei);
      return { body: { to, data, valueWei: 0n, gasLimit }, fees, count, balanceWei, costWei };
    },
  };
}

export function feeAboveCeiling({ baseFeeWei, priorityFeeWei, ceilingWei }: FeeMarket): PleiadError {
  const what = `the base fee is ${baseFeeWei} wei per gas, the ceiling ${ceilingWei}`;
  return chainFailure("FEE_ABOVE_CEILING", what, { details: { baseFeeWei, priorityFeeWei, ceilingWei } });
}

export function insufficientFunds(account: Address, balanceWei: bigint, costWei: bigint): PleiadError {
  const what = `${account} has ${balanceWei} wei, a transaction may cost ${costWei}`;
  return chainFailure("INSUFFICIENT_FUNDS", what, { details: { account, balanceWei, costWei } });
}

/**
 * An estimate is a call that succeeded, several times over; so there is a call only where there is no estimate, for what
 * it reverts with. As of the pending block, where windows that open with the next block are open and
 * what is on its way has happened; as of the newest one where an endpoint has no pending block.
 */
async function simulate(
  rpc: Rpc,
  transaction: RpcTransaction,
): Promise<{ readonly gas: bigint } | { readonly reverts: PleiadError }> {
  try {
    return { gas: await estimate(rpc, transaction, "pending") };
  } catch (error) {
    if (hasCode(error, "RPC_REVERTED")) return { reverts: revertOf(error) };
    if (!hasCode(error, "RPC_FAILED", "RPC_BLOCK_UNKNOWN")) throw error;
  }
  try {
    return { gas: await estimate(rpc, transaction, "latest") };
  } catch (error) {
    return { reverts: revertOf(error) };
  }
}

async function estimate(rpc: Rpc, transaction: RpcTransaction, block: BlockTag): Promise<bigint> {
  try {
    return await rpc.estimateGas(transaction, block);
  } catch (error) {
    // An estimate fails for reasons of its own, too, and not every endpoint says with it what was reverted with.
    if (hasCode(error, "RPC_REVERTED", "RPC_FAILED")) await rpc.call(transaction, block);
    throw error;
  }
}

/** The contract's own error; what is no revert is thrown on. */
function revertOf(error: unknown): PleiadError {
  if (!(error instanceof PleiadError) || error.code !== "RPC_REVERTED") throw error;
  return decodeRevert(error.details.data as `0x${string}`, error);
}
