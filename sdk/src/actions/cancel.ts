import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface CancelParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
}

export interface CancelResult extends Sent {
  /** What went back to the requester's credit, in the execution's currency; `withdraw` pays it out. */
  readonly refundWei: bigint;
}

/**
 * Ends a running execution of the client's account and gives the unspent escrow back. Nodes that are at work have their
 * windows first: `getCancellableAt` says from when on.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`, `EXECUTION_NOT_YOURS`, `EXECUTION_NOT_CANCELLABLE`.
 */
export async function cancel(client: WriteClient, parameters: CancelParameters): Promise<CancelResult> {
  const { deployment, execution, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "cancel",
    args: [execution],
    timeoutMs,
  });
  const { refundWei } = eventOf(receipt, { ...contract, eventName: "ClusterExecutionEnded" }).args;
  return { ...sentOf(receipt), refundWei };
}
