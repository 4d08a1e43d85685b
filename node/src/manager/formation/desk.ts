import { PleiadError } from "@pleiad/sdk/errors";
import { managerError } from "../errors.ts";
import type { FormationRequest, Speaker } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { STANDING_EXPIRES_MS } from "../limits.ts";
import type { PlanRecords } from "../planning/planBook.ts";
import type { PlanDraft } from "../planning/planner.ts";
import { isOver, type PlanRecord } from "../planning/records.ts";
import type { Plan } from "../plans.ts";
import type { Ratings } from "../ports.ts";
import { checkFormation } from "./check.ts";
import { formationDraft, promisedAgents } from "./formation.ts";
import { rateCandidates } from "./rated.ts";
import type { Standing, StandingRequests } from "./standing.ts";

type Propose = (draft: PlanDraft) => Promise<PlanRecord>;

/** Takes requests for clusters, and keeps those that wait until they are met. */
export interface FormationDesk {
  /** @throws PleiadError FORMATION_REQUEST_INVALID, FORMATION_IMPOSSIBLE, CLUSTER_BUSY, STANDING_FULL, and what `propose` throws */
  ask(request: FormationRequest, by: Speaker, fleet: Fleet, propose: Propose): Promise<PlanRecord>;
  /** Those that have no plan and are not too old. */
  due(): Promise<readonly Standing[]>;
  /** @returns undefined where it is impossible still */
  tryAgain(standing: Standing, fleet: Fleet, propose: Propose): Promise<PlanRecord | undefined>;
  standing(): Promise<readonly Standing[]>;
  /** @throws PleiadError REQUEST_UNKNOWN; CLUSTER_BUSY where a plan for it is open */
  drop(slug: string): Promise<Standing>;
  /** What a plan's end means for the request that it is for: formed, or tried again where it was stale. */
  ended(plan: Plan): Promise<void>;
}

export function createFormationDesk(modules: {
  readonly requests: StandingRequests;
  readonly records: PlanRecords;
  /** Without it agents count as the fleet has them. */
  readonly ratings: Ratings | undefined;
  readonly now: () => number;
}): FormationDesk {
  const { requests, records, ratings, now } = modules;

  async function draft(request: FormationRequest, fleet: Fleet): Promise<PlanDraft> {
    const promised = promisedAgents(await records.open());
    const rated = ratings === undefined ? fleet : await rateCandidates(request, fleet, promised, ratings);
    return formationDraft(request, rated, promised);
  }

  async function openPlanFor(slug: string): Promise<PlanRecord | undefined> {
    return (await records.openRecords()).find(({ plan }) => slugOf(plan) === slug);
  }

  return {
    async ask(given, by, fleet, propose) {
      const request = checkFormation(given);
      const standing: Standing = { request, by, sinceMs: now(), plan: null };
      const open = await openPlanFor(request.slug);
      if (open !== undefined) throw busy(open.plan.id, request.slug);
      await requests.keep(standing);
      try {
        const record = await propose(await draft(request, fleet));
        await requests.keep({ ...standing, plan: record.plan.id });
        return record;
      } catch (error) {
        if (!isStanding(error)) await requests.drop(request.slug);
        throw error;
      }
    },
    async due() {
      const due: Standing[] = [];
      for (const standing of await requests.list()) {
        const plan = standing.plan === null ? undefined : await records.get(standing.plan);
        // A crash may have come between a plan's end and what it means here.
        if (plan !== undefined && isOver(plan) && plan.state !== "stale")
          await requests.drop(standing.request.slug);
        else if (plan !== undefined && !isOver(plan)) continue;
        else if (now() - standing.sinceMs >= STANDING_EXPIRES_MS) await requests.drop(standing.request.slug);
        else due.push(standing);
      }
      return due;
    },
    async tryAgain(standing, fleet, propose) {
      const { slug } = standing.request;
      const open = await openPlanFor(slug);
      if (open !== undefined) {
        // A crash came between the plan and this.
        await requests.keep({ ...standing, plan: open.plan.id });
        return undefined;
      }
      try {
        const record = await propose(await draft(standing.request, fleet));
        await requests.keep({ ...standing, plan: record.plan.id });
        return record;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        // What the fleet cannot mend is not tried for a week.
        if (!isStanding(error) && !error.retryable) await requests.drop(slug);
        return undefined;
      }
    },
    standing: () => requests.list(),
    async drop(slug) {
      const standing = (await requests.list()).find(({ request }) => request.slug === slug);
      if (standing === undefined) {
        throw managerError(
          "REQUEST_UNKNOWN",
          `no cluster ${JSON.stringify(slug.slice(0, 40))} is asked for`,
          {
            hint: "See those that are with: pleiad manager requests",
            details: { slug: slug.slice(0, 40) },
          },
        );
      }
      const open = await openPlanFor(slug);
      if (open !== undefined) throw busy(open.plan.id, slug);
      await requests.drop(slug);
      return standing;
    },
    async ended(plan) {
      const slug = slugOf(plan);
      if (slug === undefined || !isOver(plan) || plan.state === "stale") return;
      const standing = (await requests.list()).find(({ request }) => request.slug === slug);
      if (standing?.plan === plan.id) await requests.drop(slug);
    },
  };
}

function busy(plan: string, slug: string): PleiadError {
  return managerError("CLUSTER_BUSY", `plan ${plan} forms ${slug}, and is not over`, {
    hint: `Apply it, or refuse it first: pleiad manager refuse ${plan}`,
    details: { plan },
  });
}

function isStanding(error: unknown): boolean {
  return (
    error instanceof PleiadError && error.code === "FORMATION_IMPOSSIBLE" && error.details.stands === true
  );
}

function slugOf({ kind, steps }: Plan): string | undefined {
  if (kind !== "FORMATION") return undefined;
  for (const { step } of steps) if (step.act === "publish") return step.slug;
  return undefined;
}
