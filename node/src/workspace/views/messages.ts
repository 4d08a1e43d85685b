import type { Hex } from "viem";
import {
  MESSAGE_LIFE_MS,
  MESSAGES_PER_NODE_MAX,
  RECEIPTS_PER_NODE_MAX,
  SUBSCRIPTIONS_PER_NODE_MAX,
} from "../limits.ts";
import type { PartyId } from "../types.ts";
import { canonical } from "./canonical.ts";
import { createRegisters } from "./registers.ts";
import { createShelf } from "./shelf.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export type Recipients =
  | { readonly kind: "direct"; readonly party: PartyId }
  | { readonly kind: "broadcast" }
  | { readonly kind: "topic"; readonly topic: string };

export interface StoredMessage extends Noted {
  readonly to: Recipients;
  readonly text: string;
  /** The message that its thread begins with. */
  readonly thread: Hex;
  readonly replyTo?: Hex;
  readonly dueAtMs?: number;
}

export interface ReceiptTimes {
  readonly deliveredAtMs?: number;
  readonly acknowledgedAtMs?: number;
}

interface Subscription extends Noted {
  readonly isOn: boolean;
  readonly topic: string;
}

interface Note extends Noted {
  readonly message: string;
  readonly step: "delivered" | "acknowledged";
}

/**
 * Messages of a cluster. Where one stands is said by three entries at three times: `message.sent` (queued: in its sender's log),
 * `message.delivered` (its recipient's node has handed it over) and `message.acknowledged`, the latter two by the recipient.
 */
export interface MessagesView extends View {
  get(id: string): StoredMessage | undefined;
  /** All that are kept, in order. */
  all(): readonly StoredMessage[];
  /** Whether these are all that there ever were; false where old ones may have been dropped. */
  isWhole(): boolean;
  /** Whether a message is for a party: to it, to all others, or to a topic to which it was subscribed when it was sent. */
  isFor(message: StoredMessage, party: PartyId): boolean;
  /** What is for a party and not too old, in order. */
  inboxOf(party: PartyId, nowMs: number): readonly StoredMessage[];
  receiptOf(message: string, party: PartyId): ReceiptTimes;
  /** Who has said of a message that it came. */
  receiptsOf(message: string): readonly (readonly [party: PartyId, times: ReceiptTimes])[];
  subscribersOf(topic: string): readonly PartyId[];
  topicsOf(party: PartyId): readonly string[];
  /** Topics to which somebody has ever subscribed. */
  topics(): readonly string[];
}

export function createMessagesView(): MessagesView {
  const messages = createShelf<StoredMessage>(MESSAGES_PER_NODE_MAX);
  const notes = createShelf<Note>(RECEIPTS_PER_NODE_MAX);
  const subscriptions = createRegisters<Subscription>(SUBSCRIPTIONS_PER_NODE_MAX);
  /** Made of `notes` when it is asked for, and kept up until one of these is pushed out. */
  let receipts: Map<string, Map<PartyId, ReceiptTimes>> | undefined;

  function receiptTable(): Map<string, Map<PartyId, ReceiptTimes>> {
    if (receipts !== undefined) return receipts;
    receipts = new Map();
    for (const note of notes.all()) addReceipt(receipts, note);
    return receipts;
  }

  function isFor(message: StoredMessage, party: PartyId): boolean {
    if (message.to.kind === "direct") return message.to.party === party;
    if (message.party === party) return false;
    if (message.to.kind === "broadcast") return true;
    const subscription = subscriptions.get(`${party} ${message.to.topic}`);
    return subscription?.isOn === true && subscription.order < message.order;
  }

  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      const group = groupOf(note);
      if (type === "message.sent") {
        const { to, text, thread, replyTo, dueAtMs } = data;
        messages.add(group, {
          ...note,
          to:
            "party" in to
              ? { kind: "direct", party: to.party }
              : "topic" in to
                ? { kind: "topic", topic: to.topic }
                : { kind: "broadcast" },
          text,
          thread: (thread ?? note.id) as Hex,
          ...(replyTo === undefined ? {} : { replyTo: replyTo as Hex }),
          ...(dueAtMs === undefined ? {} : { dueAtMs }),
        });
      } else if (type === "message.delivered" || type === "message.acknowledged") {
        const step = type === "message.delivered" ? "delivered" : "acknowledged";
        const isFull = notes.of(group).length + data.messages.length > RECEIPTS_PER_NODE_MAX;
        if (isFull) receipts = undefined;
        for (const [index, message] of data.messages.entries()) {
          const place = String(index).padStart(4, "0");
          const id = `${note.id}/${place}` as Hex;
          const one: Note = { ...note, id, order: `${note.order}${place}`, message, step };
          notes.add(group, one);
          if (receipts !== undefined) addReceipt(receipts, one);
        }
      } else if (type === "topic.subscribed" || type === "topic.unsubscribed") {
        const isOn = type === "topic.subscribed";
        subscriptions.set(group, `${note.party} ${data.topic}`, { ...note, isOn, topic: data.topic });
      }
    },
    reset() {
      messages.clear();
      notes.clear();
      subscriptions.clear();
      receipts = undefined;
    },
    dump: () =>
      canonical({ messages: messages.all(), notes: notes.all(), subscriptions: subscriptions.entries() }),
    get: (id) => messages.get(id),
    all: () => messages.all(),
    isWhole: () => !messages.isFull(),
    isFor,
    inboxOf: (party, nowMs) =>
      messages.all().filter((message) => message.atMs > nowMs - MESSAGE_LIFE_MS && isFor(message, party)),
    receiptOf: (message, party) => receiptTable().get(message)?.get(party) ?? {},
    receiptsOf: (message) => [...(receiptTable().get(message) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)),
    subscribersOf: (topic) =>
      subscriptions.entries().flatMap(([, item]) => (item.isOn && item.topic === topic ? [item.party] : [])),
    topicsOf: (party) =>
      subscriptions.entries().flatMap(([, item]) => (item.isOn && item.party === party ? [item.topic] : [])),
    topics: () => [...new Set(subscriptions.entries().map(([, { topic }]) => topic))].sort(),
  };
}

/**
 * The first note of each step says when, whichever comes first. What is acknowledged was delivered, also if nobody noted it.
 */
function addReceipt(table: Map<string, Map<PartyId, ReceiptTimes>>, note: Note): void {
  const parties = table.get(note.message) ?? new Map<PartyId, ReceiptTimes>();
  table.set(note.message, parties);
  const { deliveredAtMs, acknowledgedAtMs } = parties.get(note.party) ?? {};
  const first = (before: number | undefined) => Math.min(before ?? note.atMs, note.atMs);
  const acknowledged = note.step === "acknowledged" ? first(acknowledgedAtMs) : acknowledgedAtMs;
  parties.set(note.party, {
    deliveredAtMs: first(deliveredAtMs),
    ...(acknowledged === undefined ? {} : { acknowledgedAtMs: acknowledged }),
  });
}
