import type { StabilityScore } from "../face.ts";
import type { ClusterWindow, FleetMember } from "../fleet.ts";
import { PRIOR_GOOD_COUNT, RESTARTS_HALF_COUNT } from "../limits.ts";

/** What a score is made of. */
export interface ScoreFacts {
  readonly members: readonly Pick<FleetMember, "state">[];
  readonly window: Pick<
    ClusterWindow,
    "ended" | "succeeded" | "windows" | "windowsMissed" | "restarts" | "messageLatencyMs"
  >;
  /** Up to here a latency is well; `AlertThresholds.communicationLatencyMs`. */
  readonly latencyThresholdMs: number;
}

/**
 * How stable a cluster is, from 0 to 1: the product of five parts, each from 0 to 1.
 *
 *     availability = ready or running members ÷ members (those that are done count for neither); 1 of none
 *     success      = (succeeded + 10) ÷ (ended + 10)
 *     punctuality  = (windows kept + 10) ÷ (windows + 10)
 *     steadiness   = 8 m ÷ (8 m + restarts), m the number of members, at least 1
 *     latency      = threshold ÷ latency of messages, at most 1; 1 where none was measured
 *
 * A product, so that one part that is bad is not made up for by four that are well: where no member lives, the score is 0. It grows with
 * each part, and is 1 where all are. The 10 (`PRIOR_GOOD_COUNT`) are what a cluster of which nothing is known counts as having done
 * well: a first failure does not swing it. The 8 is `RESTARTS_HALF_COUNT`. Availability has no such addend, as it is no sample: who is
 * there is known.
 */
export function stabilityScore({ members, window, latencyThresholdMs }: ScoreFacts): StabilityScore {
  const counted = members.filter(({ state }) => state !== "done");
  const there = counted.filter(({ state }) => state === "ready" || state === "running").length;
  const half = RESTARTS_HALF_COUNT * Math.max(1, counted.length);
  const parts = {
    availability: counted.length === 0 ? 1 : there / counted.length,
    success: goodShare(window.succeeded, window.ended),
    punctuality: goodShare(window.windows - window.windowsMissed, window.windows),
    steadiness: half / (half + Math.max(0, window.restarts)),
    latency: latencyShare(latencyThresholdMs, window.messageLatencyMs ?? 0),
  };
  const score = parts.availability * parts.success * parts.punctuality * parts.steadiness * parts.latency;
  return { score, parts };
}

/** Counts come from several books that are not read at one instant: more good than all is all. */
function goodShare(good: number, all: number): number {
  const known = Math.max(0, all);
  return (Math.min(Math.max(0, good), known) + PRIOR_GOOD_COUNT) / (known + PRIOR_GOOD_COUNT);
}

function latencyShare(thresholdMs: number, latencyMs: number): number {
  return latencyMs <= thresholdMs ? 1 : thresholdMs / latencyMs;
}
