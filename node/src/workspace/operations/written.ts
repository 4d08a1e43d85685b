import { randomUUID } from "node:crypto";
import { requireCount, requireKnown } from "../checks.ts";
import type { Desk, Visit } from "../desk.ts";
import type { Home } from "../home/home.ts";
import { VERSIONS_PER_READ_DEFAULT, VERSIONS_PER_READ_MAX } from "../limits.ts";
import type { HomeRequest } from "../ports.ts";
import type { Version, Versions, VersionsOptions } from "../types.ts";
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

/** Of a history, newest first, those that are meant. @throws PleiadError NUMBER_OUT_OF_RANGE, ID_INVALID, VERSION_UNKNOWN */
export function versionsOf<Item>(
  history: readonly Write[],
  { before, limit = VERSIONS_PER_READ_DEFAULT }: VersionsOptions,
  { isWhole, show }: { readonly isWhole: boolean; readonly show: (write: Write) => Item },
): Versions<Item> {
  requireCount("limit", limit, VERSIONS_PER_READ_MAX);
  const known = before === undefined ? undefined : history.find(({ id }) => id === before);
  const start =
    before === undefined ? 0 : history.indexOf(requireKnown("VERSION_UNKNOWN", "version", before, known)) + 1;
  return {
    versions: history.slice(start, start + limit).map(show),
    hasEarlier: history.length > start + limit,
    isWhole,
  };
}
