import { type Hex, zeroHash } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { eventOf, eventsOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ReportFailureParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  /** keccak-256 of a reason that the node keeps. @default none */
  readonly reasonDigest?: Hex | undefined;
}

export interface ReportFailureResult extends Sent {
  readonly reports: number;
  /** At so many reports the run fails. */
  readonly reportsMax: number;
  /** Whether it did. */
  readonly hasFailed: boolean;
}

/**
 * Says that a node cannot answer a task, while it is admitted to. The client's account is the node's key, its owner, or a
 * delegate with the role submit.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`, `EXECUTION_DEADLINE_PASSED`, `TASK_UNKNOWN`,
 * `TASK_ALREADY_COMPLETED`, `TASK_NOT_READY`, `COMPLETION_NOT_ELIGIBLE`, `COMPLETION_TOO_EARLY`,
 * `FAILURE_ALREADY_REPORTED`.
 */
export async function reportFailure(
  client: WriteClient,
  parameters: ReportFailureParameters,
): Promise<ReportFailureResult> {
  const { deployment, execution, task, node, reasonDigest = zeroHash, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "reportFailure",
    args: [execution, BigInt(task), node, reasonDigest],
    timeoutMs,
  });
  const { reports, reportsMax } = eventOf(receipt, { ...contract, eventName: "FailureReported" }).args;
  const ends = eventsOf(receipt, { ...contract, eventName: "ClusterExecutionEnded" });
  return {
    ...sentOf(receipt),
    reports: Number(reports),
    reportsMax: Number(reportsMax),
    hasFailed: ends.length !== 0,
  };
}
