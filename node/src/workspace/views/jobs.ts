import type { Address, Hex } from "viem";
import { JOB_DEPTH_MAX, JOB_LIFE_MS, JOB_STEPS_PER_NODE_MAX, JOBS_PER_NODE_MAX } from "../limits.ts";
import type { JobState, PartyId } from "../types.ts";
import { canonical } from "./canonical.ts";
import { createShelf } from "./shelf.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export interface StoredJob extends Noted {
  readonly user: Address;
  readonly thread: string;
  readonly worker: PartyId;
  readonly prompt: string;
  readonly parent?: Hex;
}

interface Step extends Noted {
  readonly job: string;
  readonly state: "running" | "done" | "failed";
  readonly text?: string;
}

export interface JobStanding {
  readonly state: JobState;
  readonly text?: string;
  readonly changedAtMs: number;
}

/** Work that one hands to another. */
export interface JobsView extends View {
  get(id: string): StoredJob | undefined;
  /** In order. */
  all(): readonly StoredJob[];
  /**
   * | said | by | state |
   * |---|---|---|
   * | nothing | | `queued`; `failed` once it is older than `JOB_LIFE_MS` |
   * | `job.started` | its worker | `running`; `failed` likewise |
   * | `job.ended`, the first by the log's order | its worker, or `failed` by who spawned it | `done` or `failed` |
   * | any of them | anybody else | no change |
   */
  standing(job: StoredJob, nowMs: number): JobStanding;
  /**
   * The jobs in whose course this one was handed on, it first; undefined where there are more of them than may be, or where
   * they go in a circle: then it is nobody's work.
   */
  chainOf(job: StoredJob): readonly StoredJob[] | undefined;
}

export function createJobsView(): JobsView {
  const jobs = createShelf<StoredJob>(JOBS_PER_NODE_MAX);
  const steps = createShelf<Step>(JOB_STEPS_PER_NODE_MAX);
  /** Made of `steps` when it is asked for. */
  let byJob: Map<string, readonly Step[]> | undefined;

  function stepsOf({ id, worker, party }: StoredJob): readonly Step[] {
    byJob ??= Map.groupBy(steps.all(), ({ job }) => job);
    return (byJob.get(id) ?? []).filter(
      (step) => step.party === worker || (step.party === party && step.state === "failed"),
    );
  }

  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      if (type === "job.spawned") {
        const { thread, worker, prompt, parent } = data;
        jobs.add(groupOf(note), {
          ...note,
          user: data.user as Address,
          thread,
          worker,
          prompt,
          ...(parent === undefined ? {} : { parent: parent as Hex }),
        });
      } else if (type === "job.started") {
        steps.add(groupOf(note), { ...note, job: data.job, state: "running" });
        byJob = undefined;
      } else if (type === "job.ended") {
        steps.add(groupOf(note), { ...note, job: data.job, state: data.state, text: data.text });
        byJob = undefined;
      }
    },
    reset() {
      jobs.clear();
      steps.clear();
      byJob = undefined;
    },
    dump: () => canonical({ jobs: jobs.all(), steps: steps.all() }),
    get: (id) => jobs.get(id),
    all: () => jobs.all(),
    standing(job, nowMs) {
      const said = stepsOf(job);
      const end = said.find(({ state }) => state !== "running");
      if (end !== undefined) {
        const { state, text, atMs } = end;
        return { state, ...(text === undefined ? {} : { text }), changedAtMs: atMs };
      }
      if (nowMs > job.atMs + JOB_LIFE_MS)
        return { state: "failed", text: "it was never ended", changedAtMs: job.atMs + JOB_LIFE_MS };
      const start = said[0];
      return start === undefined
        ? { state: "queued", changedAtMs: job.atMs }
        : { state: "running", changedAtMs: start.atMs };
    },
    chainOf(job) {
      const chain = [job];
      for (let at = job.parent; at !== undefined; ) {
        const parent = jobs.get(at);
        if (parent === undefined) break;
        if (
          chain.length >= JOB_DEPTH_MAX ||
          chain.some(({ worker }) => worker === parent.worker || worker === parent.party)
        )
          return undefined;
        chain.push(parent);
        at = parent.parent;
      }
      return chain;
    },
  };
}
