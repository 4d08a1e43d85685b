import type { Fleet, FleetMember, FleetNode } from "../fleet.ts";
import { ANSWERS_LOST_SHARE_MAX, HEALTHY_LOOKS_MIN, SILENCE_MAX_MS } from "../limits.ts";

/** `recovering`: seen well again, not often enough to count. `failing`: lost or silent. */
export type Health = "well" | "starting" | "recovering" | "failing" | "over";

export interface MemberHealth {
  readonly health: Health;
  /** Looks in a row at which it was well. */
  readonly looksWell: number;
}

/** Whether a node can be relied on: heard of of late, and it answers what it is asked. A heartbeat alone is a claim. */
export function isLive(node: FleetNode | undefined): boolean {
  if (node === undefined || !node.isUp) return false;
  if (node.silentMs !== undefined && node.silentMs >= SILENCE_MAX_MS) return false;
  return node.lossShare === undefined || node.lossShare < ANSWERS_LOST_SHARE_MAX;
}

/** Whether a member is well at this look: it says so, and one of its nodes lives. */
export function isWell(member: FleetMember, fleet: Fleet): boolean {
  if (member.state !== "ready" && member.state !== "running") return false;
  return member.nodes.some((node) => isLive(fleet.nodes.get(node)));
}

/**
 * A member's health after one more look. Who was failing counts as well again only after `HEALTHY_LOOKS_MIN` looks that found it so:
 * one may fall into the moment between its start and its next end.
 *
 * @param before what the last look found; undefined for a member that is new, which is believed at once
 */
export function nextHealth(
  before: MemberHealth | undefined,
  member: FleetMember,
  fleet: Fleet,
): MemberHealth {
  if (member.state === "done") return { health: "over", looksWell: 0 };
  if (member.state === "spawning") return { health: "starting", looksWell: 0 };
  if (!isWell(member, fleet)) return { health: "failing", looksWell: 0 };
  const looksWell = Math.min((before?.looksWell ?? HEALTHY_LOOKS_MIN) + 1, HEALTHY_LOOKS_MIN);
  const hadFailed = before !== undefined && before.health !== "well" && before.health !== "over";
  return { health: hadFailed && looksWell < HEALTHY_LOOKS_MIN ? "recovering" : "well", looksWell };
}
