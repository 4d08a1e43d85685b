import { type Hex, keccak256 } from "viem";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { bytesOf } from "../internal/bytes.ts";
import { executionLog } from "../internal/executionLog.ts";
import { executionView } from "../internal/executionView.ts";
import { type BlockHead, headOf } from "../internal/head.ts";
import { read } from "../internal/read.ts";
import { checkReceipts } from "../internal/receiptChecks.ts";
import {
  checkFold,
  checkInput,
  checkOf,
  checkOutputs,
  checkResponse,
  checkTasks,
  checkVersion,
  skipped,
} from "../internal/verificationChecks.ts";
import type { FetchBlob } from "../types/blob.ts";
import type { BlockAt } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Content } from "../types/content.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ExecutionLog, ExecutionView } from "../types/execution.ts";
import type { Verification, VerificationCheck } from "../types/verification.ts";

export interface VerifyResponseParameters {
  readonly deployment: Deployment;
  readonly execution: bigint;
  /** A response that was handed to you, to be compared with the chain's. @default none */
  readonly response?: Content | undefined;
  /** Gets input and outputs that are not inline. @default none */
  readonly fetchBlob?: FetchBlob | undefined;
}

/**
 * Checks a response against everything that the chain holds of it, as of one block, and says of each check what was
 * compared and how it came out:
 *
 * - `state`: storage has the execution as succeeded;
 * - `version`: the version's code hashes to the digest that the execution is bound to;
 * - `input`: the input has its digest;
 * - `tasks`: each task of the version has exactly one completion, and all are of this execution;
 * - `outputs`: each output has the digest that was accepted;
 * - `fold`: version, input and outputs fold to the run digest that storage keeps;
 * - `response`: the response is the last task's output;
 * - `receipts`: each event stands, word for word, in the receipt of a transaction that succeeded;
 * - `canonical`: the blocks of those receipts are canonical;
 * - `given`: the response that was handed in is the chain's.
 *
 * It trusts the endpoint for what the chain is; ask a second endpoint to check the first. That a response is *true*
 * nobody can check: it is what the accepted keys signed.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`; the RPC errors. A check that fails throws nothing.
 *
 * @example
 * const { verified, checks } = await verifyResponse(client, { deployment, execution, response: text });
 */
export async function verifyResponse(
  client: ReadClient,
  parameters: VerifyResponseParameters,
): Promise<Verification> {
  const { deployment, execution } = parameters;
  const head = await headOf(client);
  const at = { blockHash: head.hash, requireCanonical: true } as const;
  const view = await executionView(client, deployment, execution, at);
  const state = checkOf(
    "state",
    `as of block ${head.number} execution ${execution} has succeeded`,
    view.state === "Succeeded" ? [] : [`as of block ${head.number} execution ${execution} is ${view.state}`],
  );
  if (state.outcome === "failed") return verificationOf(execution, head, [state]);
  const log = await executionLog(client, deployment, view, head.number);
  const { check: version, version: pinned } = checkVersion(
    view,
    await versionData(client, deployment, view, at),
  );
  if (pinned === undefined) return verificationOf(execution, head, [state, version]);
  const last = pinned.tasks.length - 1;
  const given = parameters.response === undefined ? undefined : bytesOf(parameters.response);
  const known = new Map(given === undefined ? [] : [[last, given]]);
  const { check: outputs, outputs: bytes } = await checkOutputs(log, known, parameters.fetchBlob);
  const { receipts, canonical } = await checkReceipts(client, deployment, log);
  const checks = [
    state,
    version,
    await checkInput(view, log, parameters.fetchBlob),
    checkTasks(view, log, pinned),
    outputs,
    checkFold(view, log, pinned),
    checkResponse(view, log, pinned),
    receipts,
    canonical,
    checkGiven(log, given),
  ];
  return verificationOf(execution, head, checks, bytes.get(last), log.response?.responseDigest);
}

/** All bytes of the version, in further codes too: `checkVersion` holds them against the digest. */
function versionData(
  client: ReadClient,
  deployment: Deployment,
  view: ExecutionView,
  at: BlockAt,
): Promise<Hex> {
  return read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "versionData",
    args: [view.cluster, view.version],
    at,
  });
}

function checkGiven(log: ExecutionLog, given: Uint8Array | undefined): VerificationCheck {
  if (given === undefined) return skipped("given", "no response was handed in to compare");
  const digest = keccak256(given);
  const expected = log.response?.responseDigest;
  const wrong =
    digest === expected ? [] : [`the response that was handed in hashes to ${digest}, not ${expected}`];
  return checkOf(
    "given",
    `the response of ${given.length} bytes that was handed in hashes to ${digest}`,
    wrong,
  );
}

function verificationOf(
  execution: bigint,
  head: BlockHead,
  checks: readonly VerificationCheck[],
  response?: Uint8Array,
  responseDigest?: Hex,
): Verification {
  const verified = response !== undefined && checks.every(({ outcome }) => outcome !== "failed");
  const asOf = { number: head.number, hash: head.hash };
  return { execution, verified, checks, response, responseDigest, asOf };
}
