import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import type { Address } from "viem";
import { bytesToHex, encodeFunctionData } from "viem";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { Settler } from "../work/ports.ts";

/** Sends completions through the submitter: one transaction for all that are handed over at once. */
export function createSettler(
  options: { /** Address of `ClusterExecutions`. */ readonly contract: Address },
  modules: { readonly submitter: Submitter },
): Settler {
  return {
    async settle(items) {
      const structs = items.map(({ completion, output, signature }) => ({
        completion: { ...completion },
        output: bytesToHex(output),
        signature,
      }));
      const result = await modules.submitter.submit({
        to: options.contract,
        data: encodeFunctionData({
          abi: clusterExecutionsAbi,
          functionName: "submitCompletions",
          args: [structs],
        }),
        purpose: "settle",
        completions: items.map(({ completion: { execution, task, node, outputDigest } }) => ({
          execution,
          task,
          node,
          outputDigest,
        })),
        until: "mined",
      });
      switch (result.outcome) {
        case "accepted":
          return { transactionHash: result.inclusion.transactionHash };
        case "reverted":
          return { reason: "somebody else settled these completions first" };
        case "moot":
        case "givenUp":
          return { reason: result.reason.message };
      }
    },
  };
}
