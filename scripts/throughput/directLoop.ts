import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { type Hex, keccak256, stringToHex, zeroHash } from "viem";
import type { OperatorName } from "../../node/src/local/layout.ts";
import { clientFor } from "../../node/src/local/registry.ts";
import type { BenchCluster, Setting } from "./setting.ts";

/** What a direct submission costs at most in a run, with room. Gas. */
const GAS_LIMIT = 180_000n;

/**
 * Submits every task of every execution in a transaction of its own, one nonce after the other, without waiting for
 * any: it knows all answers, what each is bound to and what it costs before it begins, simulates nothing and keeps
 * nothing.
 */
export async function submitDirectly(
  { rpcUrl, accounts, registry, input }: Setting,
  name: OperatorName,
  { version }: BenchCluster,
  executions: readonly bigint[],
): Promise<void> {
  const client = clientFor(rpcUrl, accounts.operator(name));
  const inputDigest = keccak256(stringToHex(input));
  let nonce = await client.getTransactionCount({ address: client.account.address });
  const fees = await client.estimateFeesPerGas();
  for (const execution of executions) {
    let dependencyDigests: Hex[] = [];
    for (const { task } of version.tasks) {
      const output = stringToHex(`answer to task-${task}`);
      const outputDigest = keccak256(output);
      const contextHash = contextHashOf({
        versionDigest: version.digest,
        task,
        inputDigest,
        dependencyDigests,
      });
      await client.writeContract({
        address: registry.deployment.clusterExecutions,
        abi: clusterExecutionsAbi,
        functionName: "submitCompletionAsNode",
        args: [
          {
            execution,
            task,
            contextHash,
            outputDigest,
            evidenceDigest: zeroHash,
            node: registry.nodes[name],
            tip: 0n,
          },
          output,
        ],
        nonce,
        gas: GAS_LIMIT,
        chain: null,
        ...fees,
      });
      nonce += 1;
      dependencyDigests = [outputDigest];
    }
  }
}
