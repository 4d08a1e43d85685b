import type { Speaker } from "../face.ts";
import type { Plan, PlanState } from "../plans.ts";
import type { ManagerCapability } from "../settings.ts";
import type { PlanMeasure } from "./planner.ts";

/** What is kept of a plan besides what is shown, so that a crash at any point leaves enough to go on. */
export interface PlanProgress {
  /** Who said yes; undefined before. */
  readonly by: Speaker | undefined;
  /** Whether the policy let it go without a person's yes. */
  readonly isUnasked: boolean;
  /** Whose it is, for the judge; undefined for nobody's. */
  readonly planner: ManagerCapability | undefined;
  readonly before: PlanMeasure | undefined;
  /** The step that was begun and of which it is not known whether it was done. */
  readonly begun: number | undefined;
  /** Tries of the present step that failed in a way that may pass. */
  readonly attempts: number;
  /** The present step is not tried before. */
  readonly nextTryAtMs: number;
  /** What the begun steps cost at most, in the chain's own currency. */
  readonly chargedWei: bigint;
  /** When its last step was done, or the last was taken back. */
  readonly endedStepsAtMs: number | undefined;
  /** Being taken back; undefined otherwise. */
  readonly back: TakingBack | undefined;
  /** The last step that a person was told to do. Kept when the plan ends, so that what it led to can still be taken down. @default none */
  readonly reserved?: Reservation | undefined;
}

/** A step that a person does with a key of theirs: checked, priced and counted before they send. */
export interface Reservation {
  readonly step: number;
  readonly by: Speaker;
  readonly atMs: number;
  /** What one gas may cost, in wei; undefined for a step that takes none. */
  readonly weiPerGasMax?: bigint | undefined;
}

export interface TakingBack {
  /** What the plan will be when all is taken back. */
  readonly to: "failed" | "reverted";
  readonly why: { readonly code: string; readonly message: string };
  /** So many of the first steps are still to be taken back, the last of them first. */
  readonly next: number;
  /** What cannot be taken back, a sentence each. */
  readonly stays: readonly string[];
}

export interface PlanRecord {
  readonly plan: Plan;
  readonly progress: PlanProgress;
}

export const MANAGER_CAPABILITIES = [
  "formation",
  "communication",
  "scaling",
  "stability",
] as const satisfies readonly ManagerCapability[];

const OVER: ReadonlySet<PlanState> = new Set([
  "verified",
  "reverted",
  "failed",
  "refused",
  "stale",
  "expired",
]);

/** Whether nothing follows any more. One that is `applied` is still watched. */
export function isOver({ state }: Pick<Plan, "state">): boolean {
  return OVER.has(state);
}

/** Of a plan that is just made. */
export const NEW_PROGRESS: PlanProgress = {
  by: undefined,
  isUnasked: false,
  planner: undefined,
  before: undefined,
  begun: undefined,
  attempts: 0,
  nextTryAtMs: 0,
  chargedWei: 0n,
  endedStepsAtMs: undefined,
  back: undefined,
};
