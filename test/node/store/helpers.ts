import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { pino } from "pino";
import { type Address, type Hex, keccak256, numberToHex, stringToBytes } from "viem";
import type { BlockHeader } from "../../../node/src/chain/cursor.ts";
import type {
  JobKey,
  JobOutput,
  JobRecord,
  Journal,
  SignedCompletion,
  TransactionAttempt,
  TransactionInclusion,
} from "../../../node/src/chain/journal.ts";

export const logger = pino({ level: "silent" });
export const CHAIN = { chainId: 31337, contract: "0x5fbdb2315678afecb367f032d93f642f64180aa3" as Address };
export const ACCOUNT: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const LEASE = { untilMs: 1_000, attemptsMax: 3 };

/** A folder that the test removes: `await using folder = await temporaryFolder()`. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "pleiad-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Awaits the expected failure of `promise` and answers it. */
export async function failure(promise: Promise<unknown>, code: string): Promise<PleiadError> {
  const error = await promise.then(
    (value) => expect.fail(`expected ${code}, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PleiadError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}

/** A digest made from a name. */
export function digest(name: string): Hex {
  return keccak256(stringToBytes(name));
}

export function output(text: string): JobOutput & { readonly bytes: Uint8Array } {
  const bytes = stringToBytes(text);
  return { bytes, digest: keccak256(bytes) };
}

export function signedFor(job: JobRecord): SignedCompletion {
  return {
    completion: {
      execution: job.execution,
      task: job.task,
      contextHash: job.contextHash,
      outputDigest: job.output?.digest ?? digest("no output"),
      evidenceDigest: `0x${"00".repeat(32)}`,
      node: 3n,
      tip: 0n,
    },
    signature: keccak256(stringToBytes(`signature of ${job.contextHash} ${job.output?.digest}`)),
  };
}

export function attempt(name: string, feeWei = 100n, keys: readonly JobRecord[] = []): TransactionAttempt {
  const raw: Hex = `0x02${Buffer.from(name).toString("hex")}`;
  return {
    raw,
    hash: keccak256(raw),
    purpose: "settle",
    completions: keys.map(({ execution, task, output: made }) => ({
      execution,
      task,
      node: 3n,
      outputDigest: made?.digest ?? digest("no output"),
    })),
    gasLimit: 500_000n,
    maxFeePerGasWei: feeWei * 2n,
    maxPriorityFeePerGasWei: feeWei,
  };
}

export function minedAs(hash: Hex, block = 7n): TransactionInclusion {
  return {
    transactionHash: hash,
    blockNumber: block,
    blockHash: digest(`block ${block}`),
    status: "success",
    gasUsed: 200_000n,
    effectiveGasPriceWei: 100n,
  };
}

/** A chain of headers after `parent`; `branch` makes other hashes. */
export function headersAfter(parent: BlockHeader, count: number, branch = "main"): BlockHeader[] {
  const headers: BlockHeader[] = [];
  let last = parent;
  for (let index = 0; index < count; index += 1) {
    const number = last.number + 1n;
    last = {
      number,
      hash: keccak256(stringToBytes(`${branch} ${number}`)),
      parentHash: last.hash,
      timestamp: 1_700_000_000n + number,
    };
    headers.push(last);
  }
  return headers;
}

export const GENESIS: BlockHeader = {
  number: 0n,
  hash: digest("genesis"),
  parentHash: numberToHex(0, { size: 32 }),
  timestamp: 1_700_000_000n,
};

/** Takes a job to `running` with its output recorded, the digest recorded for signing. */
export async function answered(
  journal: Journal,
  key: JobKey,
  context = "context",
  text = "answer",
): Promise<JobRecord> {
  const contextHash = digest(context);
  const { lease } = await journal.jobs.lease(key, { ...LEASE, contextHash });
  await journal.jobs.recordRunning(key, lease.id);
  const job = await journal.jobs.recordOutput(key, lease.id, output(text));
  await journal.signings.checkAndRecordSigning({
    ...CHAIN,
    ...key,
    contextHash,
    outputDigest: output(text).digest,
  });
  return job;
}

/** Takes a job to `signed`. */
export async function signed(
  journal: Journal,
  key: JobKey,
  context?: string,
  text?: string,
): Promise<JobRecord> {
  const job = await answered(journal, key, context, text);
  return journal.jobs.recordSigned(key, signedFor(job));
}
