import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Address, Hex } from "viem";
import type { Author } from "../../../../node/src/workspace/author.ts";
import { stampAt } from "../../../../node/src/workspace/log/stamp.ts";
import type { LogEntry } from "../../../../node/src/workspace/log/types.ts";
import type { DataOf, EntryType } from "../../../../node/src/workspace/views/entryTypes.ts";

export const USER: Address = "0x00000000000000000000000000000000000000aa";
export const OTHER_USER: Address = "0x00000000000000000000000000000000000000bb";
/** A Tuesday. */
export const NOW_MS = 1_790_000_000_000;

/** The id of an entry of a test: its place, hashed. */
export function idOf(node: number, sequence: number): Hex {
  return `0x${createHash("sha256").update(`${node}/${sequence}`).digest("hex")}`;
}

/** An entry as the log would tell it. */
export function entry<T extends EntryType>(
  node: number,
  sequence: number,
  type: T,
  data: DataOf<T>,
  options: { readonly author?: Author; readonly atMs?: number } = {},
): LogEntry {
  return {
    cluster: 7n,
    id: idOf(node, sequence),
    feed: { node: BigInt(node), generation: 1 },
    sequence,
    stamp: stampAt(options.atMs ?? NOW_MS + sequence * 1_000),
    type,
    author: options.author ?? { kind: "agent", agent: BigInt(node) },
    data,
  };
}

const NODES = [1, 2, 3];
const SEQUENCES_MAX = 12;
/** Every id that an entry of a test may have or name. */
export const ALL_IDS = NODES.flatMap((node) =>
  Array.from({ length: SEQUENCES_MAX }, (_, index) => idOf(node, index + 1)),
);
const ids = fc
  .tuple(fc.constantFrom(...NODES), fc.integer({ min: 1, max: SEQUENCES_MAX }))
  .map(([node, sequence]) => idOf(node, sequence));
const users = fc.constantFrom(USER, OTHER_USER);
const words = fc.constantFrom("alpha", "beta", "gamma");
const parties = fc.constantFrom(
  "agent:1",
  "agent:2",
  "agent:3",
  "helper:1/scout",
  "helper:2/scout",
  "node:1",
);
const requests = fc.option(fc.constantFrom("r1", "r2"), { nil: undefined });
const maybeId = fc.option(ids, { nil: undefined });

function said<T extends EntryType>(type: T, data: fc.Arbitrary<DataOf<T>>) {
  return data.map((value) => ({ type: type as string, data: value as Record<string, unknown> }));
}

/** What anybody may say: every type, over few names and ids, so that entries meet. */
const bodies = fc.oneof(
  said(
    "message.sent",
    fc.record({
      to: fc.oneof(
        parties.map((party) => ({ party })),
        words.map((topic) => ({ topic })),
        fc.constant({ broadcast: true as const }),
      ),
      text: words,
      thread: maybeId,
      replyTo: maybeId,
      dueAtMs: fc.constant(NOW_MS),
      request: requests,
    }),
  ),
  said("message.delivered", fc.record({ messages: fc.array(ids, { minLength: 1, maxLength: 3 }) })),
  said("message.acknowledged", fc.record({ messages: fc.array(ids, { minLength: 1, maxLength: 3 }) })),
  said("topic.subscribed", fc.record({ topic: words })),
  said("topic.unsubscribed", fc.record({ topic: words })),
  said("context.written", fc.record({ key: words, value: words, request: requests })),
  said("context.deleted", fc.record({ key: words, request: requests })),
  said(
    "context.decided",
    fc.record({
      key: words,
      value: fc.option(words, { nil: null }),
      writer: parties,
      request: fc.constantFrom("r1", "r2"),
      ifVersion: fc.option(ids, { nil: null }),
    }),
  ),
  said("rules.updated", fc.record({ text: words, request: requests })),
  said(
    "rules.decided",
    fc.record({
      text: words,
      writer: parties,
      request: fc.constantFrom("r1", "r2"),
      ifVersion: fc.option(ids, { nil: null }),
    }),
  ),
  said(
    "memory.remembered",
    fc.record({ user: users, text: words, tags: fc.array(words, { maxLength: 2 }), request: requests }),
  ),
  said("memory.forgotten", fc.record({ user: users, memory: ids })),
  said(
    "thread.posted",
    fc.record({ user: users, thread: words, text: words, replyTo: maybeId, request: requests }),
  ),
  said(
    "job.spawned",
    fc.record({
      user: users,
      thread: words,
      worker: parties,
      prompt: words,
      parent: maybeId,
      request: requests,
    }),
  ),
  said("job.started", fc.record({ job: ids })),
  said(
    "job.ended",
    fc.record({
      job: ids,
      user: users,
      thread: words,
      state: fc.constantFrom("done" as const, "failed" as const),
      text: words,
    }),
  ),
  said(
    "agent.registered",
    fc.record({
      role: fc.option(words, { nil: undefined }),
      capabilities: fc.array(words, { maxLength: 2 }),
    }),
  ),
  said(
    "presence.changed",
    fc.record({
      state: fc.constantFrom("spawning" as const, "running" as const, "done" as const),
      note: words,
    }),
  ),
  said(
    "helper.spawned",
    fc.record({
      name: fc.constantFrom("scout", "tester"),
      role: words,
      goal: words,
      service: words,
      user: users,
    }),
  ),
  said("helper.ended", fc.record({ name: fc.constantFrom("scout", "tester"), reason: words })),
  said(
    "files.reserved",
    fc.record({
      folder: words,
      paths: fc.array(words, { minLength: 1, maxLength: 2 }),
      reason: words,
      expiresAtMs: fc.constant(NOW_MS + 60_000),
    }),
  ),
  said("files.released", fc.record({ reservations: fc.array(ids, { minLength: 1, maxLength: 2 }) })),
  fc.constant({ type: "later.version", data: {} }),
  fc.constant({
    type: "context.written",
    data: { key: "no key at all", value: 5 } as Record<string, unknown>,
  }),
);

/** One node's feed: entries in order, with stamps that grow, some of them equal to those of other nodes. */
function feedOf(node: number): fc.Arbitrary<readonly LogEntry[]> {
  const authors = fc.constantFrom<Author>(
    { kind: "agent", agent: BigInt(node) },
    // Served by several nodes.
    { kind: "agent", agent: 2n },
    { kind: "helper", name: "scout" },
    { kind: "user", user: USER },
    { kind: "node" },
  );
  return fc
    .array(fc.tuple(bodies, authors, fc.integer({ min: 1, max: 3 })), { maxLength: SEQUENCES_MAX })
    .map((items) => {
      let wallMs = NOW_MS;
      return items.map(([body, author, step], index) => {
        wallMs += step;
        return {
          cluster: 7n,
          id: idOf(node, index + 1),
          feed: { node: BigInt(node), generation: 1 },
          sequence: index + 1,
          stamp: stampAt(wallMs),
          author,
          ...body,
        };
      });
    });
}

export const feeds = fc.tuple(...NODES.map(feedOf));
