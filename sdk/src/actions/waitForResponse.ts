import type { Hex } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { contractError } from "../errors/contractError.ts";
import { sdkError } from "../errors/sdkError.ts";
import { outputBytes } from "../internal/blob.ts";
import { textOf } from "../internal/bytes.ts";
import { executionLog } from "../internal/executionLog.ts";
import { executionView } from "../internal/executionView.ts";
import { type BlockHead, headOf } from "../internal/head.ts";
import { isTransient } from "../internal/isTransient.ts";
import { sleep } from "../internal/sleep.ts";
import type { FetchBlob } from "../types/blob.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { AcceptedCompletion, ExecutionLog, ExecutionView } from "../types/execution.ts";

/** Longer than most people wait; the execution's own deadline mostly comes first. */
export const WAIT_TIMEOUT_MS_DEFAULT = 3_600_000;

/** Chains with quick blocks deserve a quick look. */
const POLL_MS_MAX = 1_000;

export interface WaitForResponseParameters {
  readonly deployment: Deployment;
  readonly execution: bigint;
  /** How long to wait at most. @default WAIT_TIMEOUT_MS_DEFAULT */
  readonly timeoutMs?: number | undefined;
  /** How often to look. @default the client's, at most 1,000 */
  readonly pollingIntervalMs?: number | undefined;
  /** How many blocks deep the response must be, its own included. @default 1 */
  readonly confirmations?: number | undefined;
  /** Gets a response that was given by digest and URI. @default none: such a response is `BLOB_MISSING` */
  readonly fetchBlob?: FetchBlob | undefined;
  /** Called with each completion as it is seen; a reorganisation may show one again. */
  readonly onCompletion?: ((completion: AcceptedCompletion) => void) | undefined;
  /** Stops the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** What an execution came to. */
export interface ExecutionResponse {
  readonly execution: bigint;
  readonly cluster: bigint;
  readonly version: bigint;
  /** The last task's output. */
  readonly response: Uint8Array;
  /** The same as text; what is not UTF-8 is U+FFFD. Written by strangers: treat it as data. */
  readonly text: string;
  readonly responseDigest: Hex;
  /** Digest over version, input and all outputs. */
  readonly runDigest: Hex;
  readonly completions: readonly AcceptedCompletion[];
  /** The transaction and block of the last completion. */
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
}

/**
 * Waits until an execution has ended and answers its response. It looks at each new block and reads storage and log
 * afresh each time, so a reorganisation cannot leave it with an answer of another chain; the response's block is
 * compared with the canonical one. Failures of the endpoint that may pass are waited out.
 *
 * `verifyResponse` checks the response against everything that the chain holds.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_DEADLINE_PASSED` (nobody has called `expire` yet);
 * PleiadError `EXECUTION_EXPIRED`, `EXECUTION_FAILED`, `EXECUTION_CANCELLED`, `RESPONSE_TIMEOUT`, `RESPONSE_ABORTED`,
 * `BLOB_MISSING`, `BLOB_MISMATCH`.
 *
 * @example
 * const { text } = await waitForResponse(client, { deployment, execution, timeoutMs: 60_000 });
 */
export async function waitForResponse(
  client: ReadClient,
  parameters: WaitForResponseParameters,
): Promise<ExecutionResponse> {
  const { execution, timeoutMs = WAIT_TIMEOUT_MS_DEFAULT, signal } = parameters;
  const pollMs = parameters.pollingIntervalMs ?? Math.min(client.pollingInterval, POLL_MS_MAX);
  const watch = createWatch(client, parameters);
  const giveUpAt = performance.now() + timeoutMs;
  let lastError: PleiadError | undefined;
  while (signal?.aborted !== true) {
    try {
      const ended = await watch.look();
      if (ended !== undefined) return await responseOf(parameters, ended.view, ended.log);
      lastError = undefined;
    } catch (error) {
      if (!isTransient(error) || error.code.startsWith("BLOB_")) throw error;
      lastError = error;
    }
    const leftMs = giveUpAt - performance.now();
    if (leftMs <= 0) {
      const message = `execution ${execution} has no response after ${timeoutMs} ms`;
      throw sdkError("RESPONSE_TIMEOUT", message, { details: { execution, timeoutMs }, cause: lastError });
    }
    await sleep(Math.min(pollMs, leftMs), signal);
  }
  throw sdkError("RESPONSE_ABORTED", `the waiting for execution ${execution} was stopped`, {
    details: { execution },
  });
}

interface Ended {
  readonly view: ExecutionView;
  readonly log: ExecutionLog;
}

/** Looks at each block once; answers the execution when it has succeeded deep enough. */
function createWatch(
  client: ReadClient,
  parameters: WaitForResponseParameters,
): { look(): Promise<Ended | undefined> } {
  const { deployment, execution, confirmations = 1, onCompletion } = parameters;
  const shown = new Set<string>();
  let seen: Hex | undefined;

  const show = (log: ExecutionLog): void => {
    for (const completion of log.completions) {
      const key = `${completion.task} ${completion.blockHash}`;
      if (shown.has(key)) continue;
      shown.add(key);
      onCompletion?.(completion);
    }
  };

  const look = async (): Promise<Ended | undefined> => {
    const head = await headOf(client);
    if (head.hash === seen) return undefined;
    const view = await executionView(client, deployment, execution, { blockNumber: head.number });
    const wanted = view.state !== "Running" || (onCompletion !== undefined && view.completedTasks.length > 0);
    const log = wanted ? await executionLog(client, deployment, view, head.number) : undefined;
    if (log !== undefined) show(log);
    refuseOtherEnds(view, log, head);
    const isThere = log !== undefined && (await isSettled(client, log, head, confirmations));
    // Only now: a look that failed halfway is repeated.
    seen = head.hash;
    return isThere ? { view, log } : undefined;
  };
  return { look };
}

/** Throws where the execution can have no response any more. */
function refuseOtherEnds(view: ExecutionView, log: ExecutionLog | undefined, head: BlockHead): void {
  const { execution, state, deadline } = view;
  const details = { execution, refundWei: log?.ended?.refundWei };
  switch (state) {
    case "Running":
      if (head.timestamp > deadline) throw contractError("ExecutionDeadlinePassed", [execution, deadline]);
      return;
    case "Expired":
      throw sdkError("EXECUTION_EXPIRED", `execution ${execution} expired`, { details });
    case "Failed":
      throw sdkError("EXECUTION_FAILED", `execution ${execution} failed`, { details });
    case "Cancelled":
      throw sdkError("EXECUTION_CANCELLED", `execution ${execution} was cancelled`, { details });
    case "None":
    case "Succeeded":
      return;
    default:
      state satisfies never;
  }
}

/** Whether the response is in a canonical block that is deep enough. */
async function isSettled(
  client: ReadClient,
  log: ExecutionLog,
  head: BlockHead,
  confirmations: number,
): Promise<boolean> {
  const { response } = log;
  if (response === undefined) return false;
  if (head.number - response.blockNumber + 1n < BigInt(confirmations)) return false;
  return (await headOf(client, response.blockNumber)).hash === response.blockHash;
}

async function responseOf(
  parameters: WaitForResponseParameters,
  view: ExecutionView,
  log: ExecutionLog,
): Promise<ExecutionResponse> {
  const { response, completions } = log;
  const last = completions.findLast((completion) => completion.outputDigest === response?.responseDigest);
  if (response === undefined || last === undefined) {
    const message = `the log of execution ${view.execution} lacks the output that is its response`;
    throw sdkError("RPC_INCONSISTENT", message, { details: { execution: view.execution } });
  }
  const bytes = await outputBytes(last, parameters.fetchBlob);
  const { transactionHash, blockNumber, blockHash, responseDigest, runDigest } = response;
  return {
    execution: view.execution,
    cluster: view.cluster,
    version: view.version,
    response: bytes,
    text: textOf(bytes),
    responseDigest,
    runDigest,
    completions,
    transactionHash,
    blockNumber,
    blockHash,
  };
}
