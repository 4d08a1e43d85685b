import { randomUUID } from "node:crypto";
import type { Desk, Visit } from "../desk.ts";
import type { Home } from "../home/home.ts";
import type { HomeRequest } from "../ports.ts";
import type { Version } from "../types.ts";
import type { Write } from "../views/versioned.ts";

/** What operations that can ask for a version work with. */
export interface WritingModules {
  readonly desk: Desk;
  readonly home: Home;
}

/** Lets the home decide a write. */
export function decide(
  { grant, space }: Visit,
  home: Home,
  asked: {
    readonly target: HomeRequest["target"];
    readonly ifVersion: Version | null;
    readonly requestId: string | undefined;
    /** What this node has there. */
    readonly standing: Write | undefined;
  },
): Promise<Version> {
  const { target, ifVersion, requestId = randomUUID(), standing } = asked;
  const present = standing?.value == null ? null : standing.id;
  return home.write({
    cluster: space.cluster,
    request: requestId,
    writer: grant.party,
    target,
    ifVersion,
    ...(standing !== undefined && present === ifVersion ? { ifOrder: standing.order } : {}),
  });
}
