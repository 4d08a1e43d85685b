import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { type ExecuteParameters, execute } from "@pleiad/sdk/actions/execute";
import { PleiadError } from "@pleiad/sdk/errors";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { DURATION_SECONDS_DEFAULT, DURATION_SECONDS_MAX } from "@pleiad/sdk/types/run";
import type { Sent } from "@pleiad/sdk/types/sent";
import { type Address, type Hex, isHash, zeroHash } from "viem";
import { writeBlob } from "../../api/client.ts";
import type { VersionAnswer } from "../../api/types.ts";
import type { Signer } from "../../wallet/signer.ts";
import { contentOf, type InputReading } from "./input.ts";

export const DURATION_MINUTES_DEFAULT = String(DURATION_SECONDS_DEFAULT / 60n);

export interface RunTerms {
  readonly minutes: string;
  readonly isByReference: boolean;
  readonly outputsByReference: boolean;
  readonly ownerMayAnswer: boolean;
  readonly thread: string;
}

/** What keeps a run from being tried; undefined where nothing does. */
export function problemOf(input: InputReading, { minutes, thread }: RunTerms): string | undefined {
  if (input.problem !== undefined) return input.problem;
  const seconds = /^\d{1,6}$/.test(minutes) ? BigInt(minutes) * 60n : 0n;
  if (seconds < 60n || seconds > DURATION_SECONDS_MAX)
    return `A deadline is 1 to ${DURATION_SECONDS_MAX / 60n} minutes from now.`;
  if (thread !== "" && (!isHash(thread.toLowerCase()) || thread === zeroHash))
    return "A thread is 0x and 64 hex digits, not all zero.";
  return undefined;
}

/** What one run is asked for with. */
export interface Wanted {
  readonly cluster: bigint;
  readonly version: VersionAnswer;
  readonly input: InputReading;
  readonly terms: RunTerms;
}

function parametersOf(
  { cluster, version, input, terms }: Wanted,
  { deployment }: Pick<Signer, "deployment">,
): ExecuteParameters {
  const isByReference = terms.isByReference || input.isLarge;
  return {
    deployment,
    cluster,
    version: BigInt(version.version),
    durationSeconds: BigInt(terms.minutes) * 60n,
    // What is too large for the chain mostly makes answers that are.
    outputsByReference: terms.outputsByReference || isByReference,
    ownerMayAnswer: terms.ownerMayAnswer,
    ...(terms.thread === "" ? {} : { thread: terms.thread.toLowerCase() as Hex }),
    ...contentOf(input.bytes, isByReference),
  };
}

export function executeOne(client: WriteClient, signer: Signer, wanted: Wanted) {
  return execute(client, parametersOf(wanted, signer));
}

/** Lets the contract take what the run costs, where that is counted in a token. */
export async function approveOne(
  client: WriteClient,
  { deployment }: Signer,
  { version }: Wanted,
): Promise<Sent> {
  const { sent } = await approveCurrency(client, {
    deployment,
    currency: version.currency as Address,
    amountWei: BigInt(version.quoteWei),
  });
  if (sent === undefined) throw new Error("the contract may take it already: try the run again");
  return sent;
}

/** What a run takes, as it was tried without sending. */
export interface RunPlan {
  /** Undefined where it wants another transaction first. */
  readonly gas: bigint | undefined;
  readonly needsApproval: boolean;
}

/** @throws what the chain says is wrong */
export async function rehearseRun(signer: Signer, wanted: Wanted): Promise<RunPlan> {
  try {
    const { gas } = await signer.rehearse((client) => executeOne(client, signer, wanted));
    return { gas, needsApproval: false };
  } catch (error) {
    if (error instanceof PleiadError && error.code === "ALLOWANCE_TOO_LOW")
      return { gas: undefined, needsApproval: true };
    throw error;
  }
}

/** Gives this node the bytes whose digest goes on the chain, so that the others may have them. */
export async function handOver({ input, terms }: Wanted): Promise<void> {
  if (terms.isByReference || input.isLarge) await writeBlob(input.bytes);
}
