import type { Hex } from "viem";
import { requireForm } from "./checks.ts";
import { workspaceError } from "./errors.ts";
import type { LogEntry } from "./log/types.ts";
import type { Grant, Operation } from "./scope.ts";
import type { Space } from "./space.ts";
import type { PartyId } from "./types.ts";
import type { DataOf, EntryType } from "./views/entryTypes.ts";
import type { Order } from "./views/order.ts";
import { partsOf } from "./views/party.ts";
import type { StoredRequest } from "./views/requests.ts";

/** What operations of one credential work with. Each begins by entering, and so by asking the scope. */
export interface Desk {
  readonly node: bigint;
  readonly now: () => number;
  /** @throws PleiadError as `Scope.decideInCluster`; CLUSTER_NOT_OPEN (retryable) */
  enter(operation: Operation): Promise<Visit>;
}

/** One call: as whom, and where. */
export interface Visit {
  readonly grant: Grant;
  readonly space: Space;
}

/** Appends an entry in the speaker's name. */
export function say<T extends EntryType>(
  { grant, space }: Visit,
  type: T,
  data: { readonly [K in keyof DataOf<T>]: DataOf<T>[K] | undefined },
): Promise<LogEntry> {
  return space.log.append({ type, author: grant.author, data: { ...data } });
}

/**
 * Does something once for a request: a request that was fulfilled gives what came of it, also after a restart.
 *
 * @param types of the entries that can fulfil it
 * @throws PleiadError REQUEST_ID_INVALID, REQUEST_REUSED
 */
export async function once<T>(
  visit: Visit,
  request: string | undefined,
  types: readonly EntryType[],
  steps: { readonly find: (id: Hex) => T | undefined; readonly make: () => Promise<T> },
): Promise<T> {
  if (request === undefined) return steps.make();
  requireForm("request", request);
  return visit.space.alone(async () => {
    const fulfilled = fulfilledFor(visit.grant.party, request, visit.space);
    if (fulfilled === undefined) return steps.make();
    const found = types.includes(fulfilled.type) ? steps.find(fulfilled.id) : undefined;
    if (found !== undefined) return found;
    throw workspaceError("REQUEST_REUSED", `request ${request} was for ${fulfilled.type} ${fulfilled.id}`, {
      hint: "take a new requestId for each thing to do, the same only to repeat it",
      details: { requestId: request, type: fulfilled.type, id: fulfilled.id },
    });
  });
}

/** What fulfilled a party's request; undefined where nothing did yet. */
export function fulfilledFor(party: PartyId, request: string, space: Space): StoredRequest | undefined {
  const found = space.views.requests.find(party, request);
  return found !== undefined && found.order > lifeOf(party, space) ? found : undefined;
}

/** Where a speaker's life begins in the log's order. Empty for all but helpers, who come before everything. */
export function beginningOf({ grant, space }: Visit): Order {
  return lifeOf(grant.party, space);
}

/** A helper has nothing to do with what was said to and by an earlier one of its name. */
function lifeOf(party: PartyId, space: Space): Order {
  const parts = partsOf(party);
  if (parts?.kind !== "helper") return "";
  return space.views.presence.helper(parts.node, parts.name)?.order ?? "";
}
