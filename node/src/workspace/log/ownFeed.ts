import type { Logger } from "pino";
import { workspaceError } from "../errors.ts";
import { MARKED_FEEDS_MAX } from "../limits.ts";
import { type Entry, type FeedId, feedName, NO_HASH } from "./entry.ts";
import { type EntryStore, type Given, NO_BASE } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import type { FeedKey, KeyRecipient } from "./keyBox.ts";
import type { KeyRing } from "./keyRing.ts";
import type { LeaverMark, Marks } from "./marks.ts";
import type { OwnMark } from "./ownMark.ts";
import type { CertificateSource, ClusterMembership } from "./ports.ts";
import type { Pruning } from "./prune.ts";
import type { HybridClock } from "./stamp.ts";
import { createWriter, type Draft, newFeedKey, soundRecipients } from "./writer.ts";

/** The feed of this node: the only one that grows here by itself. Not to be used by two calls at once. */
export interface OwnFeed {
  /** Chooses the feed to go on with, once all feeds were read. */
  open(): void;
  /** The feed that this node goes on with; undefined before its first entry. */
  feed(): FeedId | undefined;
  /**
   * Writes what is said, encrypted, after whatever the members' coming and going asks for.
   *
   * @returns the entries of what was said, and all that were written
   * @throws PleiadError NOT_A_MEMBER (retryable); STORE_FULL, STORE_IO
   */
  say(
    texts: readonly Uint8Array[],
  ): Promise<{ readonly said: readonly Entry[]; readonly all: readonly Entry[] }>;
  /** Writes what the members' coming and going asks for. @returns the entries */
  maintain(): Promise<readonly Entry[]>;
  /** Writes that beginnings of feeds of this node are dropped. @returns the entries */
  prune(prunings: readonly Pruning[]): Promise<readonly Entry[]>;
  /** Takes note that peers brought entries of this node, or the proof that it forked its feed. */
  adopt(): Promise<void>;
}

export async function createOwnFeed(
  options: { readonly space: Uint8Array; readonly cluster: bigint; readonly node: bigint },
  modules: {
    readonly store: EntryStore;
    readonly mark: OwnMark;
    readonly table: FeedTable;
    readonly ring: KeyRing;
    readonly marks: Marks;
    readonly membership: ClusterMembership;
    readonly certificates: CertificateSource;
    readonly clock: HybridClock;
    readonly now: () => number;
    readonly logger: Logger;
  },
): Promise<OwnFeed> {
  const { cluster, node, space } = options;
  const { store, mark, table, ring, marks, membership, certificates, clock, now, logger } = modules;
  const writer = createWriter({ space, certificates, clock });
  let given: Given | undefined = await store.given();
  let current: FeedId | undefined;

  /**
   * Goes on with the newest feed, unless its end may be lost (the mark outside the database knows better, or is gone itself)
   * or it was forked: then its numbers may stand elsewhere already.
   */
  function choose(): FeedId | undefined {
    const newest = table.ofNode(node).toSorted((a, b) => b.feed.generation - a.feed.generation)[0];
    if (newest === undefined || newest.forkedAt !== undefined) return undefined;
    const { last } = mark;
    const isWhole = last?.generation === newest.feed.generation && last.sequence <= newest.sequence;
    if (isWhole) return newest.feed;
    logger.warn(
      { feed: feedName(newest.feed), mark: last },
      "the end of this node's feed may be lost: another one begins",
    );
    return undefined;
  }

  function begin(): FeedId {
    const newest = Math.max(0, ...table.ofNode(node).map(({ feed }) => feed.generation));
    return { node, generation: Math.max(Math.trunc(now()), newest + 1) };
  }

  function draftOf(): Draft {
    const feed = current ?? begin();
    const head = table.get(feed);
    return {
      head: head ?? {
        feed,
        sequence: 0,
        hash: NO_HASH,
        stamp: 0n,
        base: NO_BASE,
        keptHere: 0,
        forkedAt: undefined,
      },
      entries: [],
    };
  }

  /** Marks where feeds of nodes that are no members any more end, where no member has said so yet. */
  function markLeavers(draft: Draft, members: ReadonlySet<bigint>): void {
    const ends = new Map<bigint, LeaverMark["feeds"][number][]>();
    for (const { feed, sequence, hash } of table.all()) {
      if (members.has(feed.node) || sequence === 0 || marks.covers(feed, sequence)) continue;
      const feeds = ends.get(feed.node) ?? [];
      ends.set(feed.node, feeds);
      if (feeds.length < MARKED_FEEDS_MAX) feeds.push({ generation: feed.generation, sequence, hash });
    }
    for (const [leaver, feeds] of ends) writer.mark(draft, { node: leaver, feeds });
  }

  /** The key to write with, and to whom it has been given. A new one where somebody who has it is no member any more. */
  function turnKey(
    draft: Draft,
    members: ReadonlySet<bigint>,
  ): { readonly key: FeedKey; readonly isNew: boolean } {
    const { feed } = draft.head;
    const isOurs = given?.generation === feed.generation;
    const held = isOurs ? ring.of(feed, given?.epoch ?? 0)[0] : undefined;
    const hasLeaver = given?.nodes.some((other) => !members.has(other)) ?? false;
    if (given !== undefined && held !== undefined && !hasLeaver)
      return { key: { feed, epoch: given.epoch, key: held }, isNew: false };
    return { key: newFeedKey(feed, isOurs ? (given?.epoch ?? 0) + 1 : 1), isNew: true };
  }

  function recipients(nodes: Iterable<bigint>): readonly KeyRecipient[] {
    const known = [...nodes].flatMap((other) => {
      const proof = certificates.ofNode(other);
      return proof === undefined || other === node ? [] : [{ node: other, boxKey: proof.boxKey }];
    });
    return soundRecipients(known, (error) =>
      logger.warn({ reason: error.message }, "no key is given to a node"),
    );
  }

  /** Marks, keys for who came, a new key where somebody went. */
  function prepare(draft: Draft): {
    readonly key: FeedKey;
    readonly given: Given;
    readonly newKeys: readonly FeedKey[];
  } {
    const members = new Set(membership.members(cluster));
    markLeavers(draft, members);
    const { key, isNew } = turnKey(draft, members);
    const before = new Set(given?.nodes.filter((other) => members.has(other)));
    const newcomers = recipients([...members].filter((other) => !before.has(other)));
    if (isNew) writer.give(draft, recipients(before), [key]);
    // A newcomer reads what was said before it came; of everybody where this node is the cluster's home, so that it does
    // not have to wait for nodes that are away or gone.
    const older = membership.home(cluster) === node ? ring.all() : ring.all(node);
    if (newcomers.length > 0) writer.give(draft, newcomers, isNew ? [...older, key] : older);
    const nodes = [...before, ...newcomers.map((recipient) => recipient.node)];
    return {
      key,
      newKeys: isNew ? [key] : [],
      given: { generation: draft.head.feed.generation, epoch: key.epoch, nodes },
    };
  }

  async function write(draft: Draft, prepared: ReturnType<typeof prepare>): Promise<void> {
    const { proof } = certificates.own();
    await store.write(
      {
        entries: draft.entries,
        heads: [draft.head],
        keys: prepared.newKeys.map((key) => ({ ...key, giver: node })),
        given: prepared.given,
        certificates: [{ digest: proof.digest, record: proof.record }],
      },
      true,
    );
    await mark.write({ generation: draft.head.feed.generation, sequence: draft.head.sequence });
    ring.add(node, prepared.newKeys);
    given = prepared.given;
    table.set(draft.head);
    current = draft.head.feed;
  }

  return {
    open() {
      current = choose();
    },
    feed: () => current,
    async say(texts) {
      if (!membership.members(cluster).includes(node)) throw notAMember(cluster, node);
      const draft = draftOf();
      const prepared = prepare(draft);
      const said = texts.map((text) => writer.say(draft, prepared.key, text));
      await write(draft, prepared);
      return { said, all: draft.entries };
    },
    async maintain() {
      // A node that only listens needs no feed, but the home gives newcomers the keys of those who are away.
      const isHome = membership.home(cluster) === node;
      if (current === undefined && !(isHome && ring.all().length > 0)) return [];
      const draft = draftOf();
      const prepared = prepare(draft);
      if (draft.entries.length > 0) await write(draft, prepared);
      return draft.entries;
    },
    async prune(prunings) {
      const draft = draftOf();
      const prepared = prepare(draft);
      for (const pruning of prunings) writer.prune(draft, pruning);
      await write(draft, prepared);
      return draft.entries;
    },
    async adopt() {
      const head = current === undefined ? undefined : table.get(current);
      if (head === undefined) return;
      if (head.forkedAt !== undefined) {
        logger.error(
          { feed: feedName(head.feed), code: "FEED_FORKED" },
          "this node has forked its own feed: another one begins",
        );
        current = undefined;
      } else await mark.write({ generation: head.feed.generation, sequence: head.sequence });
    },
  };
}

function notAMember(cluster: bigint, node: bigint) {
  return workspaceError("NOT_A_MEMBER", `node ${node} is no member of cluster ${cluster}`, {
    retryable: true,
    hint: "a member serves a model of the cluster's current version, or is named by the cluster's owner",
    details: { cluster, node },
  });
}
