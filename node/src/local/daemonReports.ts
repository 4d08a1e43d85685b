import type { JobRecord, Journal } from "../chain/journal.ts";
import type { Engine } from "../work/engine.ts";
import { reasonDigestOf } from "../work/failureReports.ts";
import type { ChainView } from "../work/ports.ts";

/** A job as the API shows it: without output and signature. */
export function jobReport(job: JobRecord) {
  return {
    execution: job.execution,
    task: job.task,
    state: job.state,
    attempt: job.lease.attempt,
    contextHash: job.contextHash,
    outputDigest: job.output?.digest ?? null,
    outputBytes: job.output?.bytes?.length ?? null,
    transactionHash: job.inclusion?.transactionHash ?? null,
    failures: job.failures,
    end: job.end,
    reasonDigest: job.state === "failed" && job.end !== null ? reasonDigestOf(job.end) : null,
    updatedAtMs: job.updatedAtMs,
  };
}

/** How many ended jobs are looked through for an execution's. */
const ENDED_JOBS_MAX = 4_096;

/** What this node did for an execution, with each attempt's reason of failure. */
export async function executionReport(
  execution: bigint,
  modules: {
    readonly journal: Journal;
    readonly chain: ChainView;
    readonly engine: Engine;
    readonly node: bigint;
  },
) {
  const all = [...(await modules.journal.jobs.live()), ...(await modules.journal.jobs.ended(ENDED_JOBS_MAX))];
  const facts = modules.chain.execution(execution);
  const hasReported = (task: number) => facts?.failures?.get(task)?.includes(modules.node) ?? false;
  const times = modules.engine.times(execution);
  const jobs = all
    .filter((job) => job.execution === execution)
    .sort((a, b) => a.task - b.task)
    .map((job) => ({
      ...jobReport(job),
      reported: hasReported(job.task),
      elapsedMs: times.get(job.task) ?? null,
    }));
  return {
    node: modules.node,
    execution,
    known: facts !== undefined,
    running: facts?.running ?? false,
    jobs,
    waits: modules.engine.waits(execution),
  };
}
