import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { type ExecuteParameters, execute } from "@pleiad/sdk/actions/execute";
import { PleiadError } from "@pleiad/sdk/errors";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { DURATION_SECONDS_DEFAULT, DURATION_SECONDS_MAX } from "@pleiad/sdk/types/run";
import type { Sent } from "@pleiad/sdk/types/sent";
import { type Address, erc20Abi, type Hex, isHash, zeroHash } from "viem";
import { readContract } from "viem/actions";
import { writeBlob } from "../../api/client.ts";
import type { VersionAnswer } from "../../api/types.ts";
import { NATIVE } from "../../text/amounts.ts";
import type { Signer } from "../../wallet/signer.ts";
import { tokenBalance } from "../../wallet/token.ts";
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

/**
 * How much the contract is to be allowed of the token that the run is paid in, one transaction each: none where it may take the price already.
 * Some tokens change an allowance from and to zero alone.
 */
export async function approvalsOf(
  { client, deployment, address }: Signer,
  { version: { currency, quoteWei } }: Wanted,
): Promise<readonly bigint[]> {
  if (currency === NATIVE) return [];
  const allowed = await readContract(client, {
    address: currency as Address,
    abi: erc20Abi,
    functionName: "allowance",
    args: [address, deployment.clusterExecutions],
  });
  const price = BigInt(quoteWei);
  if (allowed >= price) return [];
  return allowed === 0n ? [price] : [0n, price];
}

/** @throws where the contract may take exactly that much already */
export async function approveOne(
  client: WriteClient,
  { deployment }: Signer,
  { version }: Wanted,
  amountWei: bigint,
): Promise<Sent> {
  const currency = version.currency as Address;
  const { sent } = await approveCurrency(client, { deployment, currency, amountWei });
  if (sent === undefined) throw new Error("the contract may take it already: try the run again");
  return sent;
}

/** What a run takes, as it was tried without sending. */
export interface RunPlan {
  /** Of the first transaction: those after one that is not mined cannot be tried. */
  readonly gas: bigint;
  readonly approvals: readonly bigint[];
}

/** @throws what the chain says is wrong */
export async function rehearseRun(signer: Signer, wanted: Wanted): Promise<RunPlan> {
  const approvals = await approvalsOf(signer, wanted);
  const [first] = approvals;
  if (first !== undefined) await requireTokens(signer, wanted);
  const { gas } = await signer.rehearse((client) =>
    first === undefined ? executeOne(client, signer, wanted) : approveOne(client, signer, wanted, first),
  );
  return { gas, approvals };
}

/** Nobody pays for an allowance of what they do not have. */
async function requireTokens(signer: Signer, { version: { currency, quoteWei } }: Wanted): Promise<void> {
  if ((await tokenBalance(signer, currency)) >= BigInt(quoteWei)) return;
  throw new PleiadError("the account has less of the token than the run costs", {
    code: "EXECUTION_PAYMENT_FAILED",
    hint: "Get enough of it, then try again.",
  });
}

/** Gives this node the bytes whose digest goes on the chain, so that the others may have them. */
export async function handOver({ input, terms }: Wanted): Promise<void> {
  if (terms.isByReference || input.isLarge) await writeBlob(input.bytes);
}
