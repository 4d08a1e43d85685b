import type { Hex } from "viem";
import { requireCount, requireForm, requireKnown, requireSome, requireText, unknown } from "../checks.ts";
import { beginningOf, type Desk, once, say, type Visit } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import {
  ACKS_PER_CALL_MAX,
  DUE_SECONDS_MAX,
  MESSAGES_PER_READ_DEFAULT,
  MESSAGES_PER_READ_MAX,
  TEXT_BYTES_MAX,
  TOPICS_PER_PARTY_MAX,
} from "../limits.ts";
import { requireMayAddress, requireParticipant, requireRecipient } from "../scope.ts";
import type {
  Destination,
  InboxCounts,
  Message,
  ReadMessagesOptions,
  WorkspaceOperations,
} from "../types.ts";
import type { ReceiptTimes, Recipients, StoredMessage } from "../views/messages.ts";

type MessageOperations = Pick<
  WorkspaceOperations,
  | "sendMessage"
  | "readMessages"
  | "ackMessage"
  | "inboxCounts"
  | "subscribeTopic"
  | "unsubscribeTopic"
  | "listTopics"
>;

export function createMessageOperations(desk: Desk): MessageOperations {
  return {
    async sendMessage({ destination, text, replyTo, dueInSeconds, requestId }) {
      const visit = await desk.enter("sendMessage");
      const { grant, space } = visit;
      const { messages } = space.views;
      requireMayAddress(grant, destination.kind);
      requireText("message", text, TEXT_BYTES_MAX);
      if (dueInSeconds !== undefined) requireCount("dueInSeconds", dueInSeconds, DUE_SECONDS_MAX);
      const to = recipientsOf(visit, destination);
      const answered =
        replyTo === undefined
          ? undefined
          : requireKnown("MESSAGE_UNKNOWN", "message", replyTo, messages.get(replyTo));
      if (answered !== undefined) requireParticipant(grant, answered, messages);
      const find = (id: Hex) => {
        const stored = messages.get(id);
        return stored === undefined ? undefined : sentMessage(visit, stored, desk.now());
      };
      return once(visit, requestId, ["message.sent"], {
        find,
        async make() {
          const { id } = await say(visit, "message.sent", {
            to,
            text,
            thread: answered?.thread,
            replyTo,
            dueAtMs: dueInSeconds === undefined ? undefined : desk.now() + dueInSeconds * 1_000,
            request: requestId,
          });
          return requireKnown("MESSAGE_UNKNOWN", "message", id, find(id));
        },
      });
    },

    async readMessages(options = {}) {
      const { limit = MESSAGES_PER_READ_DEFAULT, box = "inbox", isNoted = true } = options;
      const visit = await desk.enter("readMessages");
      const { grant, space } = visit;
      const { messages } = space.views;
      requireCount("limit", limit, MESSAGES_PER_READ_MAX);
      const chosen = choose(visit, options, desk.now());
      // Unread ones come oldest first; of all there are, without a place to go on from, the last are meant.
      const isForward = box === "inbox" || options.after !== undefined;
      const some = isForward ? chosen.slice(0, limit) : chosen.slice(-limit);
      if (box === "sent") return some.map((stored) => sentMessage(visit, stored, desk.now()));
      const fresh = some.filter(({ id }) => messages.receiptOf(id, grant.party).deliveredAtMs === undefined);
      if (isNoted && fresh.length > 0)
        await say(visit, "message.delivered", { messages: fresh.map(({ id }) => id) });
      return some.map((stored) => inboxMessage(visit, stored, desk.now()));
    },

    async ackMessage(ids) {
      const visit = await desk.enter("ackMessage");
      const { grant, space } = visit;
      const { messages } = space.views;
      requireSome("ids", ids, ACKS_PER_CALL_MAX, 1);
      for (const id of ids)
        requireRecipient(grant, requireKnown("MESSAGE_UNKNOWN", "message", id, messages.get(id)), messages);
      const open = [...new Set(ids)].filter(
        (id) => messages.receiptOf(id, grant.party).acknowledgedAtMs === undefined,
      );
      if (open.length > 0) await say(visit, "message.acknowledged", { messages: open });
    },

    async inboxCounts() {
      return inboxCountsOf(await desk.enter("inboxCounts"), desk.now());
    },

    async subscribeTopic(topic) {
      const visit = await desk.enter("subscribeTopic");
      const { grant, space } = visit;
      requireForm("topic", topic);
      const topics = space.views.messages.topicsOf(grant.party);
      if (topics.includes(topic)) return;
      if (topics.length >= TOPICS_PER_PARTY_MAX) {
        throw workspaceError("TOPICS_TOO_MANY", `${grant.party} follows ${topics.length} topics already`, {
          hint: "unsubscribe from one of them",
          details: { topicsMax: TOPICS_PER_PARTY_MAX },
        });
      }
      await say(visit, "topic.subscribed", { topic });
    },

    async unsubscribeTopic(topic) {
      const visit = await desk.enter("unsubscribeTopic");
      const { grant, space } = visit;
      requireForm("topic", topic);
      const topics = space.views.messages.topicsOf(grant.party);
      if (!topics.includes(topic)) throw unknown("TOPIC_NOT_SUBSCRIBED", "subscription to", topic, topics);
      await say(visit, "topic.unsubscribed", { topic });
    },

    async listTopics() {
      const { space } = await desk.enter("listTopics");
      const { messages } = space.views;
      return messages.topics().map((topic) => ({
        topic,
        subscribers: messages.subscribersOf(topic).map(space.names.partyOf),
      }));
    },
  };
}

/** What waits for a speaker. */
export function inboxCountsOf(visit: Visit, nowMs: number): InboxCounts {
  const { grant, space } = visit;
  const { messages } = space.views;
  const beginning = beginningOf(visit);
  const unread = messages
    .inboxOf(grant.party, nowMs)
    .filter(({ order }) => order > beginning)
    .map((message) => ({ message, times: messages.receiptOf(message.id, grant.party) }))
    .filter(({ times }) => times.acknowledgedAtMs === undefined);
  return {
    unread: unread.length,
    delivered: unread.filter(({ times }) => times.deliveredAtMs !== undefined).length,
    overdue: unread.filter(({ message }) => isPast(message, nowMs)).length,
  };
}

function recipientsOf({ space }: Visit, destination: Destination) {
  switch (destination.kind) {
    case "direct":
      return { party: space.names.find(destination.to) };
    case "broadcast":
      return { broadcast: true as const };
    case "topic":
      requireTopic(space.views.messages.topics(), destination.topic);
      return { topic: destination.topic };
    default:
      return destination satisfies never;
  }
}

function requireTopic(topics: readonly string[], topic: string): void {
  requireForm("topic", topic);
  if (!topics.includes(topic)) throw unknown("TOPIC_UNKNOWN", "topic", topic, topics);
}

function choose(visit: Visit, options: ReadMessagesOptions, nowMs: number) {
  const { grant, space } = visit;
  const { box = "inbox", topic, thread, after } = options;
  const { messages } = space.views;
  if (topic !== undefined) requireTopic(messages.topics(), topic);
  for (const id of [thread, after])
    if (id !== undefined) requireKnown("MESSAGE_UNKNOWN", "message", id, messages.get(id));
  const from = after === undefined ? "" : (messages.get(after)?.order ?? "");
  const boxed =
    box === "sent"
      ? messages.all().filter(({ party }) => party === grant.party)
      : messages
          .inboxOf(grant.party, nowMs)
          .filter(
            ({ id }) => box === "all" || messages.receiptOf(id, grant.party).acknowledgedAtMs === undefined,
          );
  const beginning = beginningOf(visit);
  return boxed.filter(
    (message) =>
      message.order > from &&
      message.order > beginning &&
      (thread === undefined || message.thread === thread) &&
      (topic === undefined || (message.to.kind === "topic" && message.to.topic === topic)),
  );
}

function inboxMessage(visit: Visit, stored: StoredMessage, nowMs: number): Message {
  const { grant, space } = visit;
  const times = space.views.messages.receiptOf(stored.id, grant.party);
  return {
    ...shown(visit, stored),
    isOverdue: isPast(stored, nowMs) && times.acknowledgedAtMs === undefined,
    receipts: [{ recipient: space.names.partyOf(grant.party), ...times }],
  };
}

/** A message as its sender sees it, with what each recipient said of it. */
export function sentMessage(visit: Visit, stored: StoredMessage, nowMs: number): Message {
  const { names, views } = visit.space;
  const said = views.messages.receiptsOf(stored.id);
  const isMissing = stored.to.kind === "direct" && !said.some(([party]) => party === addressee(stored.to));
  const rows: readonly (readonly [string, ReceiptTimes])[] = isMissing
    ? [[addressee(stored.to), {}], ...said]
    : said;
  // Who is no recipient may note what it likes: it is nobody's receipt.
  const receipts = rows.filter(([party]) => views.messages.isFor(stored, party));
  const isOpen = !receipts.some(([, { acknowledgedAtMs }]) => acknowledgedAtMs !== undefined);
  return {
    ...shown(visit, stored),
    isOverdue: isPast(stored, nowMs) && isOpen,
    receipts: receipts.map(([party, times]) => ({ recipient: names.partyOf(party), ...times })),
  };
}

function addressee(to: Recipients): string {
  return to.kind === "direct" ? to.party : "";
}

function shown({ space }: Visit, stored: StoredMessage) {
  const { id, party, to, text, thread, replyTo, atMs, dueAtMs } = stored;
  const destination: Destination =
    to.kind === "direct" ? { kind: "direct", to: space.names.partyOf(to.party).name } : to;
  return {
    id,
    from: space.names.partyOf(party),
    destination,
    text,
    thread,
    ...(replyTo === undefined ? {} : { replyTo }),
    queuedAtMs: atMs,
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
  };
}

function isPast({ dueAtMs }: StoredMessage, nowMs: number): boolean {
  return dueAtMs !== undefined && dueAtMs < nowMs;
}
