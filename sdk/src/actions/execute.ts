import { type Address, bytesToHex, type Hex, zeroAddress, zeroHash } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { contractError } from "../errors/contractError.ts";
import { bytesOf } from "../internal/bytes.ts";
import { chainNow } from "../internal/chainTime.ts";
import { checkAllowance } from "../internal/currency.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Content } from "../types/content.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";
import type { Version } from "../types/version.ts";
import { encodeInputs } from "./encodeInputs.ts";
import { getVersion } from "./getVersion.ts";

/** Most bytes of an inline input; `ClusterExecutions` says the same. */
export const INPUT_BYTES_MAX = 8_192;

/** Enough for agents that think for minutes; unspent escrow is locked for no longer than this. */
export const DURATION_SECONDS_DEFAULT = 3_600n;

/** The longest run that `ClusterExecutions` takes: 30 days. */
export const DURATION_SECONDS_MAX = 2_592_000n;

/** The default leaves each task of the longest path this many windows. */
const WINDOWS_PER_TASK = 4n;

/** A contract that is told of the end. */
export interface Callback {
  readonly consumer: Address;
  /** With exactly how much gas it is called, 1 to 2,000,000. */
  readonly gas: number;
  /** What whoever delivers the call earns, in the chain's own currency, on top of the quote. */
  readonly budgetWei: bigint;
}

/** The input is inline (bytes, or text as UTF-8), or elsewhere by digest and URI. */
export type ExecuteParameters = WriteOptions & {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default the newest */
  readonly version?: bigint | undefined;
  /** Unix seconds up to and at which completions are accepted. @default see `durationSeconds` */
  readonly deadline?: bigint | undefined;
  /** How long the run may take, where no deadline is given. @default an hour, or four windows a task if longer */
  readonly durationSeconds?: bigint | undefined;
  /** The conversation this run belongs to. @default none */
  readonly thread?: Hex | undefined;
  /** Whether the cluster's owner may answer in place of a silent model. @default false */
  readonly ownerMayAnswer?: boolean | undefined;
  /** Whether outputs may be given as digest and URI; then `waitForResponse` may need a `fetchBlob`. @default false */
  readonly outputsByReference?: boolean | undefined;
  /** Who is told of the end by `deliver` (a contract, `IClusterConsumer`). @default nobody */
  readonly callback?: Callback | undefined;
  /** What to send. Prices are pinned, so there is no reason to give it but to test. @default what the run costs */
  readonly valueWei?: bigint | undefined;
} & (
    | {
        /** 1 to 8,192 bytes. Public, as everything on a chain. */
        readonly input: Content;
        readonly inputs?: undefined;
        readonly inputDigest?: undefined;
        readonly inputURI?: undefined;
      }
    | {
        /** A text for each variable that the version names: see `encodeInputs`. */
        readonly inputs: Readonly<Record<string, string>>;
        readonly input?: undefined;
        readonly inputDigest?: undefined;
        readonly inputURI?: undefined;
      }
    | {
        readonly input?: undefined;
        readonly inputs?: undefined;
        /** keccak-256 of the input. */
        readonly inputDigest: Hex;
        /** Where the nodes may have it, at most 256 bytes. */
        readonly inputURI: string;
      }
  );

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
  // What is too much is said before anything is asked.
  const given = parameters.input === undefined ? undefined : inputOf(parameters.input);
  const pinned = await getVersion(client, { deployment, cluster, version: parameters.version });
  const input = given ?? namedInput(pinned, parameters.inputs);
  const deadline = parameters.deadline ?? (await deadlineFor(client, pinned, parameters.durationSeconds));
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const params = {
    // ABI type uint40, which viem takes as a number.
    deadline: Number(deadline),
    thread: parameters.thread ?? zeroHash,
    ownerMayAnswer: parameters.ownerMayAnswer ?? false,
    outputsByReference: parameters.outputsByReference ?? false,
    inputDigest: parameters.inputDigest ?? zeroHash,
    inputURI: parameters.inputURI ?? "",
    consumer: parameters.callback?.consumer ?? zeroAddress,
    callbackGas: parameters.callback?.gas ?? 0,
    callbackBudgetWei: parameters.callback?.budgetWei ?? 0n,
  };
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

/** Checked here as well, so that nobody sends 50 megabytes to an endpoint to hear that it is too much. */
function inputOf(input: Content): Hex {
  const bytes = bytesOf(input);
  if (bytes.length > INPUT_BYTES_MAX)
    throw contractError("ExecutionInputTooLarge", [bytes.length, INPUT_BYTES_MAX]);
  return bytesToHex(bytes);
}

function namedInput(pinned: Version, inputs: Readonly<Record<string, string>> | undefined): Hex {
  return inputs === undefined ? "0x" : inputOf(encodeInputs(pinned.inputs, inputs));
}

async function deadlineFor(
  client: WriteClient,
  pinned: Version,
  duration: bigint | undefined,
): Promise<bigint> {
  return (await chainNow(client)) + (duration ?? defaultDuration(pinned));
}

function defaultDuration(pinned: Version): bigint {
  const windows = WINDOWS_PER_TASK * BigInt(pinned.pathLength) * BigInt(pinned.windowSeconds);
  const wanted = windows > DURATION_SECONDS_DEFAULT ? windows : DURATION_SECONDS_DEFAULT;
  return wanted < DURATION_SECONDS_MAX ? wanted : DURATION_SECONDS_MAX;
}
