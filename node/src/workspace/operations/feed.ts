import { requireCount, requireKnown } from "../checks.ts";
import { beginningOf, type Desk, type Visit } from "../desk.ts";
import { MESSAGES_PER_READ_DEFAULT, MESSAGES_PER_READ_MAX } from "../limits.ts";
import { isInFeed } from "../scope.ts";
import type { PartyId, ReadFeedOptions, WorkspaceOperations } from "../types.ts";
import type { StoredMessage } from "../views/messages.ts";
import { sentMessage } from "./messages.ts";

/** What was said in a cluster, for who looks on: nothing counts as delivered by it, so it may be read again and again. */
export function createFeedOperations(desk: Desk): Pick<WorkspaceOperations, "readFeed"> {
  return {
    async readFeed(options = {}) {
      const visit = await desk.enter("readFeed");
      const { grant, space } = visit;
      const { messages } = space.views;
      const { limit = MESSAGES_PER_READ_DEFAULT } = options;
      requireCount("limit", limit, MESSAGES_PER_READ_MAX);
      const chosen = choose(visit, options);
      const [start, end] = spanOf(visit, chosen, options, limit);
      return {
        self: space.names.partyOf(grant.party),
        messages: chosen.slice(start, end).map((stored) => ({
          ...sentMessage(visit, stored, desk.now()),
          isForReader: messages.isFor(stored, grant.party),
        })),
        total: chosen.length,
        hasEarlier: start > 0,
        hasLater: end < chosen.length,
        isWhole: messages.isWhole(),
      };
    },
  };
}

function choose(visit: Visit, { box, agent, topic, thread }: ReadFeedOptions): readonly StoredMessage[] {
  const { grant, space } = visit;
  const { messages } = space.views;
  const beginning = beginningOf(visit);
  const isMeant = agent === undefined ? () => true : namedBy(visit, agent);
  return messages
    .all()
    .filter(
      (message) =>
        message.order > beginning &&
        isInFeed(grant, message, messages) &&
        isBoxed(message) &&
        (topic === undefined || (message.to.kind === "topic" && message.to.topic === topic)) &&
        (thread === undefined || message.thread === thread) &&
        (isMeant(message.party) || (message.to.kind === "direct" && isMeant(message.to.party))),
    );

  function isBoxed(message: StoredMessage): boolean {
    switch (box) {
      case undefined:
        return true;
      case "sent":
        return message.party === grant.party;
      case "all":
        return messages.isFor(message, grant.party);
      case "inbox":
        return (
          messages.isFor(message, grant.party) &&
          messages.receiptOf(message.id, grant.party).acknowledgedAtMs === undefined
        );
      default:
        return box satisfies never;
    }
  }
}

/** Whether a party is called so: each is asked for its name once. Who has ended is still called as it was. */
function namedBy({ space }: Visit, name: string): (party: PartyId) => boolean {
  const known = new Map<PartyId, boolean>();
  return (party) => {
    let isNamed = known.get(party);
    if (isNamed === undefined) {
      isNamed = party === name || space.names.partyOf(party).name === name;
      known.set(party, isNamed);
    }
    return isNamed;
  };
}

/**
 * From where to where, of those that fit. Where the message to go on from is none of them, its place in the log counts: a filter may be
 * changed while somebody reads. @throws PleiadError ID_INVALID, MESSAGE_UNKNOWN
 */
function spanOf(
  { grant, space }: Visit,
  chosen: readonly StoredMessage[],
  { at, direction = "before" }: ReadFeedOptions,
  limit: number,
): readonly [start: number, end: number] {
  const { messages } = space.views;
  if (at === undefined)
    return direction === "after"
      ? [0, Math.min(limit, chosen.length)]
      : [Math.max(0, chosen.length - limit), chosen.length];
  const found = messages.get(at);
  const isTheirs = found !== undefined && isInFeed(grant, found, messages);
  const { order } = requireKnown("MESSAGE_UNKNOWN", "message", at, isTheirs ? found : undefined);
  const before = chosen.findLastIndex((message) => message.order < order) + 1;
  const isThere = chosen[before]?.id === at;
  if (direction === "before") return [Math.max(0, before - limit), before];
  const after = isThere ? before + 1 : before;
  if (direction === "after") return [after, Math.min(chosen.length, after + limit)];
  const start = Math.max(0, before - Math.floor(limit / 2));
  return [start, Math.min(chosen.length, start + limit)];
}
