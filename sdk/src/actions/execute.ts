import { zeroAddress } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { checkAllowance } from "../internal/currency.ts";
import { preparedRun } from "../internal/preparedRun.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { RunParameters } from "../types/run.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export {
  type Callback,
  DURATION_SECONDS_DEFAULT,
  DURATION_SECONDS_MAX,
  INPUT_BYTES_MAX,
} from "../types/run.ts";

export type ExecuteParameters = WriteOptions &
  RunParameters & {
    /** What to send. Prices are pinned, so there is no reason to give it but to test. @default what the run costs */
    readonly valueWei?: bigint | undefined;
  };

export interface ExecuteResult extends Sent {
  /** Executions count from 1. */
  readonly execution: bigint;
  readonly version: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
  readonly quoteWei: bigint;
}

/**
 * Runs a published version of a cluster, paying exactly its quote, and waits until the transaction is mined. The
 * response comes later: `waitForResponse`. A version that is paid in an ERC-20 token needs an allowance before:
 * `approveCurrency`.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_VERSION_UNKNOWN`, `EXECUTION_VALUE_MISMATCH`,
 * `EXECUTION_DEADLINE_OUT_OF_RANGE`, `EXECUTION_INPUT_INVALID`, `EXECUTION_INPUT_TOO_LARGE`, `EXECUTION_URI_TOO_LONG`,
 * `EXECUTION_CALLBACK_INVALID`, `EXECUTION_PAYMENT_FAILED`, `CLUSTER_IS_CLOSED`, `CLUSTER_VERSION_STOPPED`, `GRANT_MISSING`;
 * PleiadError `CLUSTER_UNPUBLISHED`, `INPUTS_INVALID`, `ALLOWANCE_TOO_LOW`, `INSUFFICIENT_FUNDS` and the RPC errors.
 *
 * @example
 * const { execution } = await execute(client, { deployment, cluster: 1n, input: "What is a lighthouse?" });
 * const { text } = await waitForResponse(client, { deployment, execution });
 */
export async function execute(client: WriteClient, parameters: ExecuteParameters): Promise<ExecuteResult> {
  const { deployment, cluster, timeoutMs } = parameters;
  const { pinned, input, params, deadline } = await preparedRun(client, parameters);
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const budgetWei = params.callbackBudgetWei;
  const isNative = pinned.currency === zeroAddress;
  if (!isNative) await checkAllowance(client, deployment, pinned);
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "execute",
    args: [cluster, pinned.version, input, params],
    valueWei: parameters.valueWei ?? (isNative ? pinned.quoteWei + budgetWei : budgetWei),
    timeoutMs,
  });
  const { execution, version } = eventOf(receipt, { ...contract, eventName: "ClusterExecutionCreated" }).args;
  return { ...sentOf(receipt), execution, version, deadline, quoteWei: pinned.quoteWei };
}
