import { PleiadError } from "@pleiad/sdk/errors";
import type { JobKey, JobRecord, Journal, TransactionRecord } from "../../chain/journal.ts";
import { reasonDigestOf } from "../../work/failureReports.ts";
import type { JobLog } from "../jobLog.ts";
import type { JobStories } from "../jobStories.ts";
import type { FollowedChain } from "../wiring/followChain.ts";
import type { JobRow, JobRows, JobStory } from "./daemonSchemas.ts";
import { momentsOf, tookMsOf } from "./jobMoments.ts";
import { LIVE_JOB_ROWS_MAX } from "./limits.ts";

/** What a node at work has. */
export interface JobsAtWork {
  readonly node: bigint;
  readonly journal: Journal;
}

export interface JobReads {
  rows(limit: number): Promise<JobRows>;
  /** @throws PleiadError API_ID_INVALID, NODE_JOB_UNKNOWN */
  story(id: string): Promise<JobStory>;
}

/** Jobs of this node as people look at them: where each stands, and what happened to it. @param modules.atWork @throws API_STARTING */
export function createJobReads(
  options: { readonly logLevel: string },
  modules: {
    readonly atWork: () => JobsAtWork;
    readonly chain: Pick<FollowedChain, "projection" | "versions">;
    readonly stories: JobStories;
    /** Undefined where nothing of the log is kept. */
    readonly log: Pick<JobLog, "of"> | undefined;
  },
): JobReads {
  const { atWork, chain, stories, log } = modules;
  const { projection, versions } = chain;

  function rowOf(record: JobRecord): JobRow {
    const { execution, task, state, lease, failures, end, updatedAtMs } = record;
    const known = projection.execution(execution);
    const version = known === undefined ? undefined : versions.peek(known.cluster, known.version);
    const last = failures.at(-1);
    return {
      id: `${execution}.${task}`,
      execution: String(execution),
      task,
      taskName: version?.tasks[task]?.name ?? null,
      cluster: known === undefined ? null : String(known.cluster),
      clusterName: (known === undefined ? undefined : projection.cluster(known.cluster)?.name) ?? null,
      state,
      attempt: lease.attempt,
      failures: failures.length,
      why: end ?? (last === undefined ? null : { code: last.code, message: last.message }),
      tookMs: tookMsOf(stories.of(record)),
      updatedAtMs,
    };
  }

  async function transactionOf({ transaction: key }: JobRecord): Promise<JobStory["transaction"]> {
    const record = key === null ? undefined : await atWork().journal.transactions.get(key);
    return record === undefined ? null : transactionRow(record);
  }

  return {
    async rows(limit) {
      const { jobs } = atWork().journal;
      const [live, ended] = await Promise.all([jobs.live(), jobs.ended(limit)]);
      const latest = [...live].reverse();
      return {
        live: latest.slice(0, LIVE_JOB_ROWS_MAX).map(rowOf),
        liveLeftOut: Math.max(0, live.length - LIVE_JOB_ROWS_MAX),
        ended: ended.map(rowOf),
      };
    },
    async story(id) {
      const key = keyOf(id);
      const { node, journal } = atWork();
      const record = await journal.jobs.get(key);
      if (record === undefined) throw notHere(id);
      const execution = projection.execution(key.execution);
      const version =
        execution === undefined ? undefined : versions.peek(execution.cluster, execution.version);
      const model = version?.tasks[key.task]?.model;
      const times = stories.of(key);
      const attempts = times?.attempts ?? [];
      const running = times?.attemptFrom;
      const { output, inclusion, contextHash, lease } = record;
      return {
        ...rowOf(record),
        model: model === undefined ? null : String(model),
        modelName: (model === undefined ? undefined : projection.model(model)?.name) ?? null,
        moments: momentsOf(record, { times, seen: stories.seen(key.execution), execution, version }),
        attempts: [
          ...attempts.map(({ from, to, failure }) => ({
            fromMs: from.wallMs,
            tookMs: Math.round(to.monotonicMs - from.monotonicMs),
            isRunning: false,
            failure: failure === null ? null : { code: failure.code, message: failure.message },
          })),
          ...(running === undefined
            ? []
            : [{ fromMs: running.wallMs, tookMs: null, isRunning: true, failure: null }]),
        ],
        attemptsUnseen: Math.max(0, lease.attempt - attempts.length - (running === undefined ? 0 : 1)),
        output: output === null ? null : { digest: output.digest, bytes: output.bytes?.length ?? null },
        contextHash,
        reasonDigest: record.state === "failed" && record.end !== null ? reasonDigestOf(record.end) : null,
        isReported: execution?.failures.get(key.task)?.includes(node) ?? false,
        transaction: await transactionOf(record),
        inclusion: inclusion === null ? null : { ...inclusion, blockNumber: String(inclusion.blockNumber) },
        log: {
          isKept: log !== undefined,
          level: options.logLevel,
          lines: (log?.of(key) ?? []).map(({ execution: _execution, task: _task, ...line }) => line),
        },
      };
    },
  };
}

function transactionRow(record: TransactionRecord): JobStory["transaction"] {
  const { account, nonce, state, attempts, inclusion, end } = record;
  const last = attempts.at(-1);
  return {
    account,
    nonce,
    state,
    hash: inclusion?.transactionHash ?? last?.hash ?? null,
    attempts: attempts.length,
    completions: last?.completions.length ?? 0,
    maxFeePerGasWei: last === undefined ? null : String(last.maxFeePerGasWei),
    costWei: inclusion === null ? null : String(inclusion.gasUsed * inclusion.effectiveGasPriceWei),
    gasUsed: inclusion === null ? null : String(inclusion.gasUsed),
    end,
  };
}

function keyOf(id: string): JobKey {
  const [, execution, task] = /^(\d{1,78})\.(\d{1,4})$/.exec(id) ?? [];
  if (execution !== undefined && task !== undefined)
    return { execution: BigInt(execution), task: Number(task) };
  throw new PleiadError(`"${id.slice(0, 80)}" is no job`, {
    code: "API_ID_INVALID",
    hint: "name it by its execution and its task, as 12.0",
  });
}

function notHere(id: string): PleiadError {
  return new PleiadError(`this node has no job ${id}`, {
    code: "NODE_JOB_UNKNOWN",
    hint: "another node may have answered it, or it ended so long ago that it was forgotten; pleiad execution show tells what the chain has",
  });
}
