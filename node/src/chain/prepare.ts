import type { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { chainFailure } from "./errors.ts";
import { askEvery, middleOf, upperMiddleOf } from "./everyEndpoint.ts";
import { type FeeMarket, type Fees, firstFees } from "./fees.ts";
import type { CanonicalChain } from "./followerTypes.ts";
import { reactionTo } from "./reaction.ts";
import type { Rpc, RpcTransaction } from "./rpc.ts";
import type { TransactionBody } from "./signAttempt.ts";
import { mootReasonOf, simulate } from "./simulate.ts";
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
    return { baseFeeWei: await baseFeeWei(), priorityFeeWei, ceilingWei };
  }

  /** What more than half of the endpoints say at least: one that makes up a fee raises none to the ceiling. */
  async function baseFeeWei(): Promise<bigint> {
    const newest = rpc.health().length === 1 ? chain.newest() : undefined;
    if (newest !== undefined) return newest.baseFeePerGasWei ?? 0n;
    const blocks = await askEvery(rpc, (endpoint) => endpoint.blockByNumber("latest"));
    return middleOf(blocks.map((block) => block?.baseFeePerGasWei ?? 0n)) ?? 0n;
  }

  /** For a warning, and for what the account cannot pay: of two endpoints the one that says more. */
  async function balance(): Promise<bigint> {
    return upperMiddleOf(await askEvery(rpc, (endpoint) => endpoint.balanceWei(account))) ?? 0n;
  }

  return {
    market,
    isMoot: (transaction) => mootReasonOf(rpc, { ...transaction, from: account }),
    async prepare({ to, data, purpose }) {
      const transaction = { from: account, to, data };
      const [simulated, count, balanceWei, feeMarket] = await Promise.all([
        simulate(rpc, transaction),
        rpc.transactionCount(account, "latest"),
        balance(),
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
