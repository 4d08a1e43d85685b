import type { Hex } from "viem";
import { requireCount, requireForm, requireKnown, requireText, unknown } from "../checks.ts";
import { beginningOf, type Desk, once, say, type Visit } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import {
  JOB_DEPTH_MAX,
  JOB_TEXT_BYTES_MAX,
  JOBS_OPEN_PER_PARTY_MAX,
  JOBS_PER_LIST_MAX,
  MESSAGES_PER_READ_DEFAULT,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import { isOfUser, requireMayUpdateJob, requireWorksAt } from "../scope.ts";
import type { Job, PartyId, WorkspaceOperations } from "../types.ts";
import type { StoredJob } from "../views/jobs.ts";

type JobOperations = Pick<WorkspaceOperations, "spawnJob" | "updateJob" | "listJobs">;

export function createJobOperations(desk: Desk): JobOperations {
  return {
    async spawnJob({ to, prompt, thread, parent: named, requestId }) {
      const visit = await desk.enter("spawnJob");
      const { grant, space } = visit;
      requireForm("thread", thread);
      requireText("prompt", prompt, TEXT_BYTES_MAX);
      if (requestId !== undefined) requireForm("request", requestId);
      const worker = space.names.find(to);
      if (!/^(?:agent|helper):/.test(worker)) throw unknown("RECIPIENT_UNKNOWN", "agent", to);
      const { jobs } = space.views;
      const find = (id: Hex) => {
        const job = jobs.get(id);
        return job === undefined ? undefined : shownJob(visit, job, desk.now());
      };
      const made = () =>
        once(visit, requestId, ["job.spawned"], {
          find,
          async make() {
            const parent = parentOf(visit, thread, named, desk.now());
            requireChain(visit, worker, parent);
            requireFew(visit, desk.now());
            const { id } = await say(visit, "job.spawned", {
              user: grant.user,
              thread,
              worker,
              prompt,
              parent: parent?.id,
              request: requestId,
            });
            return requireKnown("JOB_UNKNOWN", "job", id, find(id));
          },
        });
      // Checked and appended in one go; with a request `once` sees to that.
      return requestId === undefined ? space.alone(made) : made();
    },

    async updateJob({ job: id, state, text }) {
      const visit = await desk.enter("updateJob");
      const { grant, space } = visit;
      if (state !== "running" || text !== undefined) requireJobText(state, text);
      return space.alone(async () => {
        const { jobs } = space.views;
        const job = jobOf(visit, id);
        const standing = jobs.standing(job, desk.now());
        requireMayUpdateJob(grant, job, state, standing);
        if (state === "running") {
          if (standing.state !== "running") await say(visit, "job.started", { job: id });
        } else {
          const { user, thread } = job;
          await say(visit, "job.ended", { job: id, user, thread, state, text: text ?? "" });
        }
        return requireKnown("JOB_UNKNOWN", "job", id, shownJob(visit, job, desk.now()));
      });
    },

    async listJobs({ whose = "all", state, limit = MESSAGES_PER_READ_DEFAULT } = {}) {
      const visit = await desk.enter("listJobs");
      const { grant, space } = visit;
      requireCount("limit", limit, JOBS_PER_LIST_MAX);
      const beginning = beginningOf(visit);
      return space.views.jobs
        .all()
        .filter(
          (job) =>
            isOfUser(grant, job) &&
            (whose !== "mine" || (job.worker === grant.party && job.order > beginning)) &&
            (whose !== "spawned" || job.party === grant.party),
        )
        .flatMap((job) => shownJob(visit, job, desk.now()) ?? [])
        .filter((job) => state === undefined || job.state === state)
        .slice(-limit);
    },
  };
}

/** @throws PleiadError JOB_UNKNOWN, also for a job of another user */
function jobOf({ grant, space }: Visit, id: Hex): StoredJob {
  const job = space.views.jobs.get(id);
  return requireKnown("JOB_UNKNOWN", "job", id, job !== undefined && isOfUser(grant, job) ? job : undefined);
}

/** The job in whose course another one is handed on: the one named, else what the speaker runs in that thread. */
function parentOf(
  visit: Visit,
  thread: string,
  named: Hex | undefined,
  nowMs: number,
): StoredJob | undefined {
  const { grant, space } = visit;
  const { jobs } = space.views;
  if (named === undefined) {
    return jobs
      .all()
      .findLast(
        (job) =>
          job.worker === grant.party &&
          job.user === grant.user &&
          job.thread === thread &&
          jobs.standing(job, nowMs).state === "running",
      );
  }
  const parent = jobOf(visit, named);
  requireWorksAt(grant, parent, jobs.standing(parent, nowMs));
  return parent;
}

/** Nobody gets work that it has handed on itself, and work is not handed on for ever. @throws PleiadError JOB_TOO_DEEP, JOB_CYCLE */
function requireChain({ grant, space }: Visit, worker: PartyId, parent: StoredJob | undefined): void {
  const chain = parent === undefined ? [] : (space.views.jobs.chainOf(parent) ?? []);
  if (chain.length >= JOB_DEPTH_MAX) {
    throw workspaceError("JOB_TOO_DEEP", `this job would be the ${chain.length + 1}th in a row`, {
      hint: "do the work, or say that it failed",
      details: { depth: chain.length + 1, depthMax: JOB_DEPTH_MAX },
    });
  }
  const busy = [grant.party, ...chain.flatMap((job) => [job.worker, job.party])];
  if (!busy.includes(worker)) return;
  throw workspaceError("JOB_CYCLE", `${worker} waits for this work already`, {
    hint: "hand it to somebody who has no part in it",
    details: { worker, chain: chain.map(({ id }) => id) },
  });
}

/** @throws PleiadError JOBS_TOO_MANY */
function requireFew({ grant, space }: Visit, nowMs: number): void {
  const { jobs } = space.views;
  const open = jobs
    .all()
    .filter(
      (job) => job.party === grant.party && ["queued", "running"].includes(jobs.standing(job, nowMs).state),
    );
  if (open.length < JOBS_OPEN_PER_PARTY_MAX) return;
  throw workspaceError("JOBS_TOO_MANY", `${grant.party} waits for ${open.length} jobs already`, {
    retryable: true,
    hint: "wait for answers, or call some of them failed",
    details: { jobsMax: JOBS_OPEN_PER_PARTY_MAX },
  });
}

/** @throws PleiadError JOB_TEXT_MISSING, TEXT_TOO_LONG */
function requireJobText(state: string, text: string | undefined): void {
  if (text === undefined || text.trim() === "") {
    throw workspaceError("JOB_TEXT_MISSING", `a job is ${state} without a word`, {
      hint: "say the answer, or why it failed",
      details: { state },
    });
  }
  requireText("answer", text, JOB_TEXT_BYTES_MAX);
}

/** Undefined for one that is nobody's work: handed on too often, or in a circle, by a node that does not check. */
function shownJob({ space }: Visit, stored: StoredJob, nowMs: number): Job | undefined {
  const { jobs } = space.views;
  const { id, party, worker, thread, prompt, parent, atMs } = stored;
  const depth = jobs.chainOf(stored)?.length;
  if (depth === undefined) return undefined;
  return {
    id,
    spawner: space.names.partyOf(party),
    worker: space.names.partyOf(worker),
    thread,
    prompt,
    ...(parent === undefined ? {} : { parent }),
    depth,
    ...jobs.standing(stored, nowMs),
    spawnedAtMs: atMs,
  };
}
