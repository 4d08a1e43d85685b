import type { ManagerRequest } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import type { Plan, PlanKind, Step } from "../plans.ts";
import type { ManagerCapability, ManagerSettings } from "../settings.ts";

/**
 * A part of the manager that looks at the fleet and says what should be done. It only answers: the manager prices what it wants, asks
 * whom the policy says, carries it out, watches it for `policy.verifyMs`, and takes it back where the planner then finds it bad.
 *
 * It reads nothing but its arguments and what it saw in earlier looks: no clock, no file, no network. What it remembers of earlier
 * looks is its own, and gone after a restart but for what `recall` brings back; what it has to remember of a plan that it asked for, it says as `PlanDraft.before`, and
 * what was done of late, it is told as `past`.
 */
export interface Planner {
  /** What it plans for; it is asked only where the settings name it. */
  readonly capability: ManagerCapability;
  /**
   * What it wants now; empty where all is well. Of several drafts for one cluster only the first counts, and none for one with a plan
   * that is open or watched: one change per cluster at a time.
   */
  plan(fleet: Fleet, settings: ManagerSettings, nowMs: number, past: PlanHistory): readonly PlanDraft[];
  /**
   * What has to be done for a request of its kind. Left out by one that takes none.
   *
   * @returns undefined where nothing has to be done
   * @throws PleiadError where it cannot be done, in words that say what to do
   */
  answer?(
    request: ManagerRequest,
    fleet: Fleet,
    settings: ManagerSettings,
    nowMs: number,
    past: PlanHistory,
  ): PlanDraft | undefined;
  /**
   * Whether a plan of its helped, asked once, `policy.verifyMs` after its last step. Without a judge what is done counts as good.
   *
   * @param before What its draft said.
   */
  judge?(plan: Plan, before: PlanMeasure, fleet: Fleet, settings: ManagerSettings): Verdict;
  /** Told after a start of each plan of its that was found good before and is still kept, the oldest first: what it did is this manager's. */
  recall?(plan: Plan): void;
}

/** What is to be done, not yet priced. */
export interface PlanDraft {
  readonly kind: PlanKind;
  /** 0 for a cluster that is to be formed, or for a change of a node that is no single cluster's. */
  readonly cluster: bigint;
  /** What it does and why, one sentence. */
  readonly title: string;
  /** In the order in which they are done; at least one, at most `STEPS_PER_PLAN_MAX`. */
  readonly steps: readonly DraftStep[];
  /** What the judge compares with later; kept beside the plan, through restarts. */
  readonly before?: PlanMeasure;
}

export interface DraftStep {
  readonly step: Step;
  /** One sentence: why. */
  readonly why: string;
}

/** Figures by name, as they were when the plan was made. */
export type PlanMeasure = Readonly<Record<string, number>>;

export interface Verdict {
  readonly isGood: boolean;
  /** One sentence with the figures. */
  readonly why: string;
}

/** Plans that had effect of late, for cool-downs. */
export interface PlanHistory {
  /**
   * When the last plan of that kind was done or taken back, in Unix milliseconds.
   *
   * @param cluster Undefined for any cluster's.
   * @returns undefined where there is none that is still kept
   */
  lastChangeMs(kind: PlanKind, cluster: bigint | undefined): number | undefined;
}
