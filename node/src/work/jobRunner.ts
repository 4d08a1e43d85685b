import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { COMPLETION_TYPES, type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import type { Logger } from "pino";
import { type Address, type Hex, keccak256, zeroHash } from "viem";
import type { Clock } from "../chain/clock.ts";
import {
  type JobKey,
  type JobOutput,
  type JobRecord,
  type Journal,
  OUTPUT_INLINE_BYTES_MAX,
} from "../chain/journal.ts";
import type { Signer } from "../chain/signer.ts";
import { askAgent } from "./askAgent.ts";
import { tipOf } from "./earnings.ts";
import { WorkError } from "./errors.ts";
import { storedEvidence } from "./evidence.ts";
import type { RunnableTask } from "./plan.ts";
import type {
  AnswerEvidence,
  Answerer,
  AnswerFailure,
  Around,
  Blobs,
  ExecutionFacts,
  Gossip,
  SignedMessage,
  TaskQuestion,
  VersionFacts,
  VersionTask,
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
  /** Share of what a completion earns that goes to whoever sends it, in basis points. @default 0 */
  readonly tipShareBps?: number;
}

export interface JobRunnerModules {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly gossip: Gossip;
  readonly answerer: Answerer;
  readonly signer: Pick<Signer, "signTypedData">;
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** What the cluster shares that bears on a task, see `lookAround`. @default nothing */
  readonly lookAround?: (facts: ExecutionFacts, task: VersionTask, request: Uint8Array) => Promise<Around>;
}

/** What a job is about. */
export interface JobInput {
  readonly facts: ExecutionFacts;
  readonly version: VersionFacts;
  readonly runnable: RunnableTask;
  /** Digests of what the task depends on, by task, and the bytes where they are at hand. */
  readonly dependencies: ReadonlyMap<
    number,
    { readonly digest: Hex; readonly bytes: Uint8Array | undefined }
  >;
  /** Ends the job. */
  readonly signal: AbortSignal;
}

/**
 * How a job went: signed; failed for good; not now, with the error; answered, but its execution is not deep enough in
 * the chain to sign for; or stopped by its signal.
 */
export type JobResult =
  | { readonly kind: "signed"; readonly message: SignedMessage }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "later"; readonly error: PleiadError }
  | { readonly kind: "unsettled" }
  | { readonly kind: "stopped" };

/**
 * Runs one task from the lease to the signature, each step in the journal before the next, so that a node killed
 * between two of them does the next one again with the same bytes.
 *
 * A failure that may go away is answered as `later`: it counts as an attempt only once an agent was started. A
 * conflict with what was signed before is never answered: it is recorded, and the job has failed. Only one job of a
 * task may run at a time.
 */
export async function runJob(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobResult> {
  try {
    const record = await answeredJob(input, options, modules);
    if ("kind" in record) return record;
    // The output is safe in the journal; whether it is ever signed is the next plan's to say.
    if (input.signal.aborted) return { kind: "stopped" };
    if (!input.facts.settled) return { kind: "unsettled" };
    return await signedJob(record, input, options, modules);
  } catch (error) {
    // The journal, or a signer that is away: what is recorded stands, and the next attempt goes on from there.
    if (error instanceof PleiadError) return { kind: "later", error };
    throw error;
  }
}

/** Signs; what the signer or the record of signings refuses for good fails the job. */
async function signedJob(
  record: JobRecord,
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobResult> {
  try {
    const message = await sign(record, input, options, modules);
    modules.logger.info({ ...keyOf(input), state: "signed" }, "task answered");
    return { kind: "signed", message };
  } catch (error) {
    // The job moved on beneath it: it was dropped meanwhile. The next plan says what that means.
    const moved = error instanceof PleiadError && error.code.startsWith("JOB_");
    if (!(error instanceof PleiadError) || isRetryable(error) || moved) throw error;
    return failForGood(error, keyOf(input), modules);
  }
}

/** The job with its output, from the journal or from the agent; or how it went where there is none. */
async function answeredJob(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobRecord | JobResult> {
  const { jobs } = modules.journal;
  const { contextHash } = input.runnable;
  const known = await jobs.get(keyOf(input));
  if (known?.contextHash === contextHash) {
    if (known.state === "failed") return { kind: "failed", code: known.end?.code ?? "UNKNOWN" };
    if (known.state === "dropped") {
      const revived = await jobs.revive(keyOf(input), contextHash);
      if (revived !== undefined) return revived;
    } else if (known.output !== null) return known;
  }
  return answer(input, options, modules);
}

/** Leases the job, asks the agent and records its output; answers how it went where that is not a record. */
async function answer(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobRecord | JobResult> {
  const { jobs } = modules.journal;
  const key = keyOf(input);
  const leased = await lease(input, options, modules);
  if ("kind" in leased) return leased;
  const leaseId = leased.lease.id;
  let isAsking = false;
  let evidence: AnswerEvidence | undefined;
  try {
    const output = (await signedBefore(input, leased, options, modules)) ?? (await ask());
    const stored = await storedOutput(output, input, options, modules);
    const evidenceDigest = await storedEvidence(evidence, { key, output, ...options }, modules);
    return await jobs.recordOutput(key, leaseId, {
      ...stored,
      ...(evidenceDigest === undefined ? {} : { evidenceDigest }),
    });
  } catch (error) {
    if (input.signal.aborted && isStop(error, input.signal)) {
      await giveBack(key, leaseId, modules);
      return { kind: "stopped" };
    }
    if (!(error instanceof PleiadError)) throw error;
    if (error.code === "JOB_LEASE_LOST") return { kind: "later", error };
    // What failed before or after the agent, its input or the disk, is not the agent's failure.
    if (!isAsking && isRetryable(error)) {
      await giveBack(key, leaseId, modules);
      return { kind: "later", error };
    }
    return attemptFailed(error, leaseId, key, options, modules);
  }

  async function ask(): Promise<Uint8Array> {
    const question = await questionOf(input, modules);
    await jobs.recordRunning(key, leaseId);
    isAsking = true;
    const { leaseMs } = options;
    const asked = { signal: input.signal, timeoutMs: leaseMs, outputBytesMax: OUTPUT_BYTES_MAX };
    const output = await askAgent(
      question,
      {
        ...asked,
        job: `${key.execution}-${key.task}`,
        of: { execution: key.execution, index: key.task },
        onEvidence: (said) => {
          evidence = said;
        },
      },
      modules,
    );
    isAsking = false;
    return output;
  }
}

/** Takes the lease. One that this session holds is left from a step that the journal refused: its job is over. */
async function lease(
  input: JobInput,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobRecord | JobResult> {
  const { jobs } = modules.journal;
  const key = keyOf(input);
  const { leaseMs, attemptsMax } = options;
  const take = () => {
    const untilMs = Date.now() + leaseMs;
    const { contextHash } = input.runnable;
    return jobs.lease(key, { contextHash, untilMs, attemptsMax, isReady: isAllHere(input) });
  };
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    if (error.code === "JOB_ATTEMPTS_USED_UP") {
      // The last attempt's failure says more than that.
      const last = (await jobs.get(key))?.failures.at(-1);
      return failForGood(last ?? error, key, modules);
    }
    const left = await jobs.get(key);
    if (error.code !== "JOB_LEASED" || left === undefined) throw error;
    await jobs.releaseLease(key, left.lease.id);
    return take();
  }
}

/** Gives an attempt back uncounted; a job that was dropped meanwhile has no lease any more. */
async function giveBack(key: JobKey, leaseId: string, { journal }: JobRunnerModules): Promise<void> {
  try {
    await journal.jobs.releaseLease(key, leaseId);
  } catch (error) {
    if (!(error instanceof PleiadError) || !error.code.startsWith("JOB_")) throw error;
  }
}

/** Counts a failed attempt, and fails the job where no further one may help. */
async function attemptFailed(
  error: PleiadError,
  leaseId: string,
  key: JobKey,
  options: JobRunnerOptions,
  modules: JobRunnerModules,
): Promise<JobResult> {
  const { code, message } = error;
  const record = await modules.journal.jobs.recordAttemptFailed(key, leaseId, { code, message });
  const { retriesMax = Number.POSITIVE_INFINITY } = error as AnswerFailure;
  const alike = record.failures.filter((failure) => failure.code === code).length;
  const mayHelp = isRetryable(error) && alike <= retriesMax && record.lease.attempt < options.attemptsMax;
  return mayHelp ? { kind: "later", error } : failForGood(error, key, modules);
}

/** Records that the job has failed, with the reason that `execution show` prints. */
async function failForGood(
  { code, message }: { readonly code: string; readonly message: string },
  key: JobKey,
  { journal, logger }: JobRunnerModules,
): Promise<JobResult> {
  await journal.jobs.recordFailed(key, { code, message });
  logger.warn({ ...key, code, reason: message }, "task failed");
  return { kind: "failed", code };
}

/** Collects the input and the outputs that the task depends on, from disk or from peers. */
async function questionOf(input: JobInput, modules: JobRunnerModules): Promise<TaskQuestion> {
  const { facts, version, runnable, signal } = input;
  const task = taskOf(version, runnable.task);
  const request = facts.input ?? (await bytesOf(facts.inputDigest, signal, modules));
  const dependencies = [];
  for (const [index, { digest, bytes }] of input.dependencies) {
    const before = taskOf(version, index);
    const output = bytes ?? (await bytesOf(digest, signal, modules));
    dependencies.push({ task: before.name, agent: before.agent.name, output });
  }
  const around = await modules.lookAround?.(facts, task, request);
  return { task, request, dependencies, ...(around === undefined ? {} : { around }) };
}

/** Whether nothing has to be fetched before the agent is asked. */
function isAllHere({ facts, dependencies }: JobInput): boolean {
  return facts.input !== undefined && [...dependencies.values()].every(({ bytes }) => bytes !== undefined);
}

function taskOf(version: VersionFacts, index: number) {
  const task = version.tasks[index];
  if (task === undefined) throw new Error(`task ${index} is not in the version that the plan was made from`);
  return task;
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

/**
 * The output that this node signed for the context in a life whose jobs are lost: it may sign no other (N4), so asking
 * the agent again could only fail.
 */
async function signedBefore(
  input: JobInput,
  { lease, contextHash }: JobRecord,
  { chainId, contract }: JobRunnerOptions,
  { journal, blobs }: JobRunnerModules,
): Promise<Uint8Array | undefined> {
  const digest = await journal.signings.digestOf({ chainId, contract, ...keyOf(input), contextHash });
  const output = digest === undefined ? undefined : await blobs.get(digest);
  if (output !== undefined) await journal.jobs.recordRunning(keyOf(input), lease.id);
  return output;
}

/**
 * Puts an output where it can be found again, and refuses one that could never be settled. What goes onto the chain as
 * it is needs no blob: the journal holds it until then.
 */
async function storedOutput(
  bytes: Uint8Array,
  { facts, version, runnable }: JobInput,
  { tipShareBps = 0 }: JobRunnerOptions,
  { blobs }: JobRunnerModules,
): Promise<JobOutput> {
  const digest = keccak256(bytes);
  const isInline = bytes.length <= OUTPUT_INLINE_BYTES_MAX;
  if (!isInline && !facts.outputsByReference) {
    throw new WorkError(
      "OUTPUT_TOO_LARGE_FOR_CHAIN",
      `the answer has ${bytes.length} bytes; this execution takes at most ${OUTPUT_INLINE_BYTES_MAX}`,
      {
        hint: "ask for a shorter answer in the task's prompt, or execute with outputs by reference",
        details: { bytes: bytes.length },
      },
    );
  }
  if (facts.outputsByReference) await blobs.put(bytes);
  const tipWei = tipOf(taskOf(version, runnable.task), tipShareBps);
  return { digest, bytes: isInline ? bytes : null, ...(tipWei === 0n ? {} : { tipWei }) };
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
    evidenceDigest: record.output.evidenceDigest ?? zeroHash,
    node: options.node,
    tip: record.output.tipWei ?? 0n,
  };
  await journal.signings.checkAndRecordSigning({
    chainId: options.chainId,
    contract: options.contract,
    execution: completion.execution,
    task: completion.task,
    contextHash: completion.contextHash,
    outputDigest: completion.outputDigest,
    createdAt: facts.createdAt,
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

function keyOf({ facts, runnable }: JobInput): JobKey {
  return { execution: facts.id, task: runnable.task };
}

/** Whether a failure is the signal's own doing. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason || error instanceof PleiadError) return true;
  return error instanceof DOMException && error.name === "AbortError";
}
