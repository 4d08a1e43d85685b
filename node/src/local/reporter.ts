import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, encodeFunctionData } from "viem";
import type { TransactionJournal } from "../chain/journal.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { FailureReporter } from "../work/ports.ts";
import { isUnderWay } from "./underWay.ts";

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

  return {
    async report({ execution, task, reasonDigest }) {
      const data = encodeFunctionData({
        abi: clusterExecutionsAbi,
        functionName: "reportFailure",
        args: [execution, BigInt(task), node, reasonDigest],
      });
      if (await isUnderWay({ to: contract, data }, modules)) {
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
