import type { FleetMember } from "../fleet.ts";
import { RESTART_ASKED_MS, RESTART_DELAY_MAX_MS, RESTART_DELAY_MIN_MS } from "../limits.ts";
import type { ManagerPolicy } from "../settings.ts";

/** What is to be done about a member that is lost. */
export type RestartDecision =
  | { readonly kind: "restart" }
  /** Its pause is not over. */
  | { readonly kind: "wait"; readonly waitMs: number }
  /** It was restarted as often as the policy allows: somebody else has to take its place. */
  | { readonly kind: "usedUp" };

/** The pause before the next restart: none before the first, then twice as long with each one in the window. */
export function restartDelayMs(restarts: number): number {
  if (restarts === 0) return 0;
  return Math.min(RESTART_DELAY_MAX_MS, RESTART_DELAY_MIN_MS * 2 ** Math.min(restarts - 1, 30));
}

/**
 * Whether a lost member is started again now. The pause counts from its being lost, the restarts are those within the policy's window, so
 * the decision needs no memory and is the same after a crash of the manager.
 *
 * @param askedAgoMs how long ago a restart of it was asked for of which the fleet shows nothing yet; undefined for none
 */
export function decideRestart(
  member: Pick<FleetMember, "restarts" | "sinceMs">,
  policy: Pick<ManagerPolicy, "restartsMax">,
  askedAgoMs: number | undefined,
): RestartDecision {
  if (member.restarts >= policy.restartsMax) return { kind: "usedUp" };
  const delayMs = restartDelayMs(member.restarts);
  const waitMs = Math.max(
    delayMs - member.sinceMs,
    askedAgoMs === undefined ? 0 : Math.max(delayMs, RESTART_ASKED_MS) - askedAgoMs,
  );
  return waitMs > 0 ? { kind: "wait", waitMs } : { kind: "restart" };
}
