import { bytesToHex, type Hex, zeroHash } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { PleiadError } from "../errors/base.ts";
import { outputBytes } from "../internal/blob.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { FetchBlob } from "../types/blob.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Execution } from "../types/execution.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";
import { getExecution } from "./getExecution.ts";
import { getVersion } from "./getVersion.ts";

export interface DeliverParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
  /** Gets a response that was given by digest and URI. @default none: the consumer gets its digest alone */
  readonly fetchBlob?: FetchBlob | undefined;
}

export interface DeliverResult extends Sent {
  /** Whether the consumer did its part: false where it reverted, ran out of its gas or has no code. */
  readonly success: boolean;
}

/**
 * Tells the consumer of an ended execution, once. The client's account earns the callback's budget as a credit.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_IS_RUNNING`, `CALLBACK_UNKNOWN`, `CALLBACK_GAS_TOO_LOW`.
 */
export async function deliver(client: WriteClient, parameters: DeliverParameters): Promise<DeliverResult> {
  const { deployment, execution, fetchBlob, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const known = await getExecution(client, { deployment, execution });
  const { cluster, version } = known;
  const { tasks } = await getVersion(client, { deployment, cluster, version });
  const outputDigests = tasks.map(
    ({ task }) => known.completions.find((found) => found.task === task)?.outputDigest ?? zeroHash,
  );
  const response = await responseOf(known, tasks.length - 1, fetchBlob);
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "deliver",
    args: [execution, known.created.inputDigest, outputDigests, response],
    timeoutMs,
  });
  const { success } = eventOf(receipt, { ...contract, eventName: "CallbackDelivered" }).args;
  return { ...sentOf(receipt), success };
}

/** The last task's output. Only one by reference may be missing: the contract takes the digest alone then. */
async function responseOf(
  known: Execution,
  lastTask: number,
  fetchBlob: FetchBlob | undefined,
): Promise<Hex> {
  const last = known.completions.find(({ task }) => task === lastTask);
  if (known.state !== "Succeeded" || last === undefined) return "0x";
  try {
    return bytesToHex(await outputBytes(last, fetchBlob));
  } catch (error) {
    if (error instanceof PleiadError && error.code === "BLOB_MISSING") return "0x";
    throw error;
  }
}
