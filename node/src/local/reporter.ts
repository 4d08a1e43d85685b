import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, encodeFunctionData, isAddressEqual, parseTransaction } from "viem";
import type { TransactionJournal } from "../chain/journal.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { FailureReporter } from "../work/ports.ts";

/** Sends reports of failure through the submitter, each once: one that a former life has under way is left to it. */
export function createReporter(
  options: {
    readonly node: bigint;
    /** Address of `ClusterExecutions`. */
    readonly contract: Address;
  },
  modules: {
    readonly submitter: Pick<Submitter, "submit">;
    readonly journal: Pick<TransactionJournal, "live">;
  },
): FailureReporter {
  const { node, contract } = options;

  async function isOnItsWay(data: string): Promise<boolean> {
    const live = await modules.journal.live();
    return live.some(({ state, attempts }) => {
      const raw = attempts.findLast(({ purpose }) => purpose === "settle")?.raw;
      if (state === "mined" || raw === undefined) return false;
      const transaction = parseTransaction(raw);
      return transaction.data === data && transaction.to != null && isAddressEqual(transaction.to, contract);
    });
  }

  return {
    async report({ execution, task, reasonDigest }) {
      const data = encodeFunctionData({
        abi: clusterExecutionsAbi,
        functionName: "reportFailure",
        args: [execution, BigInt(task), node, reasonDigest],
      });
      if (await isOnItsWay(data)) {
        throw new PleiadError(`the report about task ${task} of execution ${execution} is on its way`, {
          code: "SUBMISSION_NOT_YET",
          retryable: true,
        });
      }
      const result = await modules.submitter.submit({
        to: contract,
        data,
        purpose: "reportFailure",
        until: "mined",
      });
      switch (result.outcome) {
        case "accepted":
          return { transactionHash: result.inclusion.transactionHash };
        case "reverted":
          return { reason: "the task was answered, or the run ended, before the report was mined" };
        case "moot":
        case "givenUp":
          return { reason: result.reason.message };
      }
    },
  };
}
