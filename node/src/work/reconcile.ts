import { PleiadError } from "@pleiad/sdk/errors";
import type { JobRecord, Journal } from "../chain/journal.ts";
import type { AcceptedFacts, ChainView } from "./ports.ts";

/**
 * After so long an execution is over: the contract allows 30 days. A job of one that the chain does not show any more
 * is of one that was forgotten after its end. Seconds.
 */
export const EXECUTION_AGE_SECONDS_MAX = 31n * 86_400n;

/** Nobody has to expire an execution: so long after its deadline its jobs are over all the same. Seconds. */
export const DEADLINE_GRACE_SECONDS = 3_600n;

/**
 * Brings the journal's jobs in line with the chain: what was accepted is mined and, at depth, final; what somebody
 * else answered or what ended is dropped, with the reason.
 *
 * @returns how many jobs ended
 * @throws PleiadError STORE_…
 */
export async function reconcileJobs(chain: ChainView, journal: Journal, node: bigint): Promise<number> {
  let ended = 0;
  for (const job of await journal.jobs.live()) {
    try {
      if (await reconcileJob(job, chain, journal, node)) ended += 1;
    } catch (error) {
      // The job moved on since it was read; the next comparison sees where to.
      if (!(error instanceof PleiadError) || !error.code.startsWith("JOB_")) throw error;
    }
  }
  return ended;
}

/** @returns whether the job has ended with this */
async function reconcileJob(
  job: JobRecord,
  chain: ChainView,
  { jobs }: Journal,
  node: bigint,
): Promise<boolean> {
  const { execution, task } = job;
  const key = { execution, task };
  const drop = async (code: string, message: string) => {
    await jobs.recordDropped(key, { code, message });
    return true;
  };
  const facts = chain.execution(execution);
  if (facts === undefined) {
    // The follower has not come there yet, or a reorganisation took it and may bring it back.
    const ageSeconds = chain.now() - BigInt(Math.floor(job.updatedAtMs / 1_000));
    if (ageSeconds <= EXECUTION_AGE_SECONDS_MAX) return false;
    return drop("EXECUTION_HAS_ENDED", `execution ${execution} ended long ago`);
  }
  const accepted = facts.completed.get(task);
  if (accepted === undefined) {
    if (job.state === "mined") await jobs.recordUnmined(key);
    if (facts.running && chain.now() <= facts.deadline + DEADLINE_GRACE_SECONDS) return false;
    return drop("EXECUTION_HAS_ENDED", `execution ${execution} ended before the task was answered`);
  }
  if (!isOwn(job, accepted, node)) {
    const what = `node ${accepted.node} answered task ${task} of execution ${execution}`;
    return drop("TASK_ANSWERED_ELSEWHERE", what);
  }
  if (job.state !== "mined" || job.inclusion?.blockHash !== accepted.blockHash) {
    const { transactionHash, blockNumber, blockHash } = accepted;
    await jobs.recordMined(key, { transactionHash, blockNumber, blockHash });
  }
  if (accepted.final) await jobs.recordFinal(key);
  return accepted.final;
}

function isOwn(job: JobRecord, accepted: AcceptedFacts, node: bigint): boolean {
  const isSigned = job.state === "signed" || job.state === "sent" || job.state === "mined";
  const isAmongThem = accepted.node === node || accepted.seconds?.includes(node) === true;
  return isSigned && isAmongThem && job.output?.digest === accepted.outputDigest;
}
