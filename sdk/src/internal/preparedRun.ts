import { bytesToHex, type Hex, zeroAddress, zeroHash } from "viem";
import { encodeInputs } from "../actions/encodeInputs.ts";
import { getVersion } from "../actions/getVersion.ts";
import { contractError } from "../errors/contractError.ts";
import type { WriteClient } from "../types/client.ts";
import type { Content } from "../types/content.ts";
import type { ExecuteParams } from "../types/executionRequest.ts";
import {
  DURATION_SECONDS_DEFAULT,
  DURATION_SECONDS_MAX,
  INPUT_BYTES_MAX,
  type RunParameters,
} from "../types/run.ts";
import type { Version } from "../types/version.ts";
import { bytesOf } from "./bytes.ts";
import { chainNow } from "./chainTime.ts";

/** The default leaves each task of the longest path this many windows. */
const WINDOWS_PER_TASK = 4n;

/** A run as the contracts take it. */
export interface PreparedRun {
  readonly pinned: Version;
  /** The inline input, `0x` for none. */
  readonly input: Hex;
  readonly params: ExecuteParams;
  /** Unix seconds. */
  readonly deadline: bigint;
}

/** Looks up the version, puts the input together and counts out the deadline. */
export async function preparedRun(client: WriteClient, parameters: RunParameters): Promise<PreparedRun> {
  const { deployment, cluster } = parameters;
  // What is too much is said before anything is asked.
  const given = parameters.input === undefined ? undefined : inputOf(parameters.input);
  const pinned = await getVersion(client, { deployment, cluster, version: parameters.version });
  const input = given ?? namedInput(pinned, parameters.inputs);
  const deadline = parameters.deadline ?? (await deadlineFor(client, pinned, parameters.durationSeconds));
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
  return { pinned, input, params, deadline };
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
