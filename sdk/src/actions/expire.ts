import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ExpireParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
}

export interface ExpireResult extends Sent {
  /** What went back to the requester's credit; `withdraw` pays it out. */
  readonly refundWei: bigint;
}

/**
 * Ends a running execution whose deadline is over and gives the unspent escrow back. Anyone may.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`, `EXECUTION_NOT_EXPIRED`.
 */
export async function expire(client: WriteClient, parameters: ExpireParameters): Promise<ExpireResult> {
  const { deployment, execution, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "expire",
    args: [execution],
    timeoutMs,
  });
  const { refundWei } = eventOf(receipt, { ...contract, eventName: "ClusterExecutionEnded" }).args;
  return { ...sentOf(receipt), refundWei };
}
