import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import type { Version } from "@pleiad/sdk/types/version";
import { encodeAbiParameters, type Hex, hexToBigInt, keccak256, stringToHex, zeroHash } from "viem";
import { OPERATOR_NAMES } from "../../node/src/local/layout.ts";
import { clientFor } from "../../node/src/local/registry.ts";
import type { LatencyNetwork } from "./network.ts";

/**
 * The three submissions by hand, as the natural code does them: simulate, write, wait, and then the next. It knows
 * without asking what a keeper would have to find out first: that the execution is there, whose turn it is, and what
 * each answer is bound to.
 */
export function createBareLoop(network: LatencyNetwork): {
  run(execution: bigint, inputDigest: Hex): Promise<void>;
} {
  const { rpcUrl, accounts, registry, bareVersion, pollIntervalMs } = network;
  const { deployment } = registry;
  const keepers = OPERATOR_NAMES.map((name) => ({
    node: registry.nodes[name],
    // The owner, who may answer as its node does: the node's own account belongs to its daemon.
    client: Object.assign(clientFor(rpcUrl, accounts.operator(name)), { pollingInterval: pollIntervalMs }),
  }));

  return {
    async run(execution, inputDigest) {
      let dependencyDigests: Hex[] = [];
      for (const { task } of bareVersion.tasks) {
        const { node, client } = keepers[turnOf(execution, task)] as (typeof keepers)[number];
        const output = stringToHex(`answer ${task} by hand`);
        const outputDigest = keccak256(output);
        const contextHash = contextOf(bareVersion, task, inputDigest, dependencyDigests);
        const completion = {
          execution,
          task,
          contextHash,
          outputDigest,
          evidenceDigest: zeroHash,
          node,
          tip: 0n,
        };
        const { request } = await client.simulateContract({
          address: deployment.clusterExecutions,
          abi: clusterExecutionsAbi,
          functionName: "submitCompletionAsNode",
          args: [completion, output],
        });
        const hash = await client.writeContract(request);
        await client.waitForTransactionReceipt({ hash });
        dependencyDigests = [outputDigest];
      }
    },
  };
}

/** Place of the node of rank 0 for a task, among nodes that joined in the order of their names. */
function turnOf(execution: bigint, task: number): number {
  const seed = keccak256(
    encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], [execution, BigInt(task)]),
  );
  return Number(hexToBigInt(seed) % BigInt(OPERATOR_NAMES.length));
}

function contextOf(version: Version, task: number, inputDigest: Hex, dependencyDigests: readonly Hex[]): Hex {
  return contextHashOf({ versionDigest: version.digest, task, inputDigest, dependencyDigests });
}
