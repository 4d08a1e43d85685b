import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { COMPLETION_TYPES, type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import type { Logger } from "pino";
import { type Address, type Hex, keccak256, zeroHash } from "viem";
import { type JobRecord, type Journal, OUTPUT_INLINE_BYTES_MAX } from "../chain/journal.ts";
import type { Signer } from "../chain/signer.ts";
import { WorkError } from "./errors.ts";
import type { RunnableTask } from "./plan.ts";
import type {
  Answerer,
  Blobs,
  ExecutionFacts,
  Gossip,
  SignedMessage,
  TaskQuestion,
  VersionFacts,
} from "./ports.ts";

/** Largest output of any task: what peers pass on as a blob. */
export const OUTPUT_BYTES_MAX = 1_048_576;

export interface JobRunnerOptions {
  readonly node: bigint;
  readonly chainId: number;
  /** Address of `ClusterExecutions`. */
  readonly contract: Address;
  /** Attempts for one task and context. */
  readonly attemptsMax: number;
  /** How long one attempt may take, in milliseconds. */
  readonly leaseMs: number;
}

export interface JobRunnerModules {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly gossip: Gossip;
  readonly answerer: Answerer;
  readonly signer: Pick<Signer, "signTypedData">;
  readonly logger: Logger;
}

/** What a job is about. `outputOf` finds the bytes behind the digest of an earlier task's output. */
export interface JobInput {
  readonly facts: ExecutionFacts;
  readonly version: VersionFacts;
  readonly runnable: RunnableTask;
  /** Digests of what the task depends on, by task. */
  readonly dependencies: ReadonlyMap<
    number,
    { readonly digest: Hex; readonly bytes: Uint8Array | undefined }
  >;
  readonly signal: AbortSignal;
}

/** How a job went: signed; failed for good; or not now, with the error. */
export type JobResult =
  | { readonly kind: "signed"; readonly message: SignedMessage }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "later"; readonly error: PleiadError }
  | { readonly kind: "stopped" };

/**
 * Runs one task from the lease to the signature, each step in the journal before the next, so that a node killed
 * between two of them does the next one again with the same bytes.
 *
 * A failure that may go away is answered as `later`: it counts as an attempt only once an agent was started. A
 * conflict with what was signed before is never answered: it is recorded, and the job has failed.
 */
export async function runJob(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobResult> {
  const { journal, logger } = modules;
  const key = { execution: input.facts.id, task: input.runnable.task };
  const { contextHash } = input.runnable;
  const known = await journal.jobs.get(key);
  const answered = known?.contextHash === contextHash && known.output !== null && known.state !== "dropped";
  const revived = answered ? known : await journal.jobs.revive(key, contextHash).catch(unlessUnknown);
  const record = revived ?? (await answer(input, options, modules));
  if ("kind" in record) return record;
  if (record.state === "failed") return { kind: "failed", code: record.end?.code ?? "UNKNOWN" };
  if (!input.facts.settled) {
    return {
      kind: "later",
      error: new WorkError(
        "EXECUTION_NOT_SETTLED",
        `execution ${key.execution} is not deep enough in the chain to sign for`,
        {
          hint: "the node signs when the block of its creation has the depth of chain.confirmations",
          retryable: true,
        },
      ),
    };
  }
  try {
    const message = await sign(record, input, options, modules);
    logger.info({ ...key, state: "signed" }, "task answered");
    return { kind: "signed", message };
  } catch (error) {
    // A conflict with what was signed before ends the job; a signer that is away may come back.
    if (!(error instanceof PleiadError)) throw error;
    return isRetryable(error) ? { kind: "later", error } : failForGood(error, key, modules);
  }
}

/** Leases the job, asks the agent and records its output; answers how it went where that is not a record. */
async function answer(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobRecord | JobResult> {
  const { journal, answerer } = modules;
  const key = { execution: input.facts.id, task: input.runnable.task };
  let lease: string;
  try {
    const record = await journal.jobs.lease(key, {
      contextHash: input.runnable.contextHash,
      untilMs: Date.now() + options.leaseMs,
      attemptsMax: options.attemptsMax,
    });
    lease = record.lease.id;
  } catch (error) {
    if (error instanceof PleiadError && error.code === "JOB_ATTEMPTS_USED_UP")
      return failForGood(error, key, modules);
    if (error instanceof PleiadError) return { kind: "later", error };
    throw error;
  }
  let started = false;
  try {
    const question = await questionOf(input, modules);
    await journal.jobs.recordRunning(key, lease);
    started = true;
    const output = await answerer.answer(question, {
      signal: input.signal,
      timeoutMs: options.leaseMs,
      outputBytesMax: OUTPUT_BYTES_MAX,
      job: `${key.execution}-${key.task}`,
    });
    return await journal.jobs.recordOutput(key, lease, await storedOutput(output, input.facts, modules));
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    if (error.code === "JOB_LEASE_LOST") return { kind: "stopped" };
    // What failed before the agent ran, or was stopped by us, is not the agent's failure.
    if (!started || input.signal.aborted) {
      await journal.jobs.releaseLease(key, lease);
      return input.signal.aborted ? { kind: "stopped" } : { kind: "later", error };
    }
    await journal.jobs.recordAttemptFailed(key, lease, { code: error.code, message: error.message });
    return isRetryable(error) ? { kind: "later", error } : failForGood(error, key, modules);
  }
}

/** Records that the job has failed, with the reason that `execution show` prints. */
async function failForGood(
  error: PleiadError,
  key: { execution: bigint; task: number },
  { journal, logger }: JobRunnerModules,
): Promise<JobResult> {
  const record = await journal.jobs.get(key);
  // Attempts used up: the last attempt's failure says more than that.
  const last = record?.failures.at(-1);
  const failure =
    last === undefined
      ? { code: error.code, message: error.message }
      : { code: last.code, message: last.message };
  await journal.jobs.recordFailed(key, failure);
  logger.warn({ ...key, code: failure.code, reason: failure.message }, "task failed");
  return { kind: "failed", code: failure.code };
}

/** Collects the input and the outputs that the task depends on, from disk or from peers. */
async function questionOf(input: JobInput, modules: JobRunnerModules): Promise<TaskQuestion> {
  const { facts, version, runnable, signal } = input;
  const task = version.tasks[runnable.task];
  if (task === undefined)
    throw new Error(`task ${runnable.task} is not in the version that the plan was made from`);
  const request = facts.input ?? (await bytesOf(facts.inputDigest, signal, modules));
  const dependencies = [];
  for (const [index, { digest, bytes }] of input.dependencies) {
    const before = version.tasks[index];
    if (before === undefined)
      throw new Error(`task ${index} is not in the version that the plan was made from`);
    const output = bytes ?? (await bytesOf(digest, signal, modules));
    dependencies.push({ task: before.name, agent: before.agent.name, output });
  }
  return { task, request, dependencies };
}

/** Bytes by digest: from this node's disk, else from a peer, kept then. */
export async function bytesOf(
  digest: Hex,
  signal: AbortSignal,
  { blobs, gossip }: Pick<JobRunnerModules, "blobs" | "gossip">,
): Promise<Uint8Array> {
  const known = await blobs.get(digest);
  if (known !== undefined) return known;
  const fetched = await gossip.fetchBlob(digest, signal);
  await blobs.put(fetched);
  return fetched;
}

/** Puts an output where it can be found again, and refuses one that could never be settled. */
async function storedOutput(bytes: Uint8Array, facts: ExecutionFacts, { blobs }: JobRunnerModules) {
  const digest = keccak256(bytes);
  if (bytes.length > OUTPUT_INLINE_BYTES_MAX && !facts.outputsByReference) {
    throw new WorkError(
      "OUTPUT_TOO_LARGE_FOR_CHAIN",
      `the answer has ${bytes.length} bytes; this execution takes at most ${OUTPUT_INLINE_BYTES_MAX}`,
      {
        hint: "ask for a shorter answer in the task's prompt, or execute with outputs by reference",
        details: { bytes: bytes.length },
      },
    );
  }
  await blobs.put(bytes);
  return { digest, bytes: bytes.length > OUTPUT_INLINE_BYTES_MAX ? null : bytes };
}

/** Check and record, then sign (N4). A job that was signed before answers with that signature. */
async function sign(
  record: JobRecord,
  { facts }: JobInput,
  options: JobRunnerOptions,
  { journal, signer, blobs }: JobRunnerModules,
): Promise<SignedMessage> {
  if (record.output === null) throw new Error(`job ${record.execution}/${record.task} has no output to sign`);
  const output = record.output.bytes ?? (await blobs.get(record.output.digest));
  const message = (completion: Completion, signature: Hex): SignedMessage => ({
    cluster: facts.cluster,
    completion,
    signature,
    output: output !== undefined && output.length <= OUTPUT_INLINE_BYTES_MAX ? output : undefined,
  });
  if (record.signed !== null) return message(record.signed.completion, record.signed.signature);
  const completion: Completion = {
    execution: record.execution,
    task: record.task,
    contextHash: record.contextHash,
    outputDigest: record.output.digest,
    evidenceDigest: zeroHash,
    node: options.node,
    tip: 0n,
  };
  await journal.signings.checkAndRecordSigning({
    chainId: options.chainId,
    contract: options.contract,
    execution: completion.execution,
    task: completion.task,
    contextHash: completion.contextHash,
    outputDigest: completion.outputDigest,
  });
  const signature = await signer.signTypedData({
    domain: completionDomain(options.chainId, options.contract),
    types: COMPLETION_TYPES,
    primaryType: "Completion",
    message: { ...completion },
  });
  await journal.jobs.recordSigned(
    { execution: record.execution, task: record.task },
    { completion, signature },
  );
  return message(completion, signature);
}

/** `revive` of a job that is not in the journal is no failure here. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof PleiadError && (error.code === "JOB_UNKNOWN" || error.code === "JOB_TRANSITION"))
    return undefined;
  throw error;
}
