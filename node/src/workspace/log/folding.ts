import type { KeyObject } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import { ENTRIES_HELD_MAX } from "../limits.ts";
import { decodeBody } from "./body.ts";
import { type Entry, encodeHeader, type FeedId, feedName } from "./entry.ts";
import { openKeys } from "./keyBox.ts";
import type { GivenKey, KeyRing } from "./keyRing.ts";
import { decodeMark, type Marks } from "./marks.ts";
import type { ClusterMembership } from "./ports.ts";
import { unseal } from "./seal.ts";
import type { LogEntry } from "./types.ts";

/** What follows from an entry that was taken. */
export interface Folding {
  /** @returns keys that it brought, to be kept */
  take(entry: Entry): readonly GivenKey[];
  /** Entries that waited for a key that is here now, or for an author that may speak now: take them again. */
  released(): readonly EntryPlace[];
  /** The chain may say otherwise now about who may speak for whom. */
  reconsider(): void;
  /** Forgets what waits, before everything is taken again. */
  reset(): void;
  /** How many wait for a key, and for the chain. */
  waiting(): { readonly sealed: number; readonly unvoiced: number };
  /** More waited than are remembered: the whole log is to be read again once something changes. */
  overflowed(): boolean;
}

export interface EntryPlace {
  readonly feed: FeedId;
  readonly sequence: number;
}

export function createFolding(
  options: { readonly cluster: bigint; readonly node: bigint },
  modules: {
    readonly ring: KeyRing;
    readonly marks: Marks;
    readonly membership: Pick<ClusterMembership, "mayVoice">;
    readonly boxPrivateKey: KeyObject;
    readonly emit: (entry: LogEntry) => void;
    /** Told of what a member signed and no view will take: an invalid body, keys that do not open. */
    readonly onUseless: (entry: Entry, error: PleiadError) => void;
  },
): Folding {
  const { cluster, node } = options;
  const { ring, marks, membership, boxPrivateKey, emit, onUseless } = modules;
  /** By the name of the key, or of node and agent, that they wait for. */
  const sealed = new Map<string, EntryPlace[]>();
  const unvoiced = new Map<string, { readonly agent: bigint; readonly places: EntryPlace[] }>();
  const ready: EntryPlace[] = [];
  let held = 0;
  let hasOverflowed = false;

  function hold(places: EntryPlace[], entry: Entry): void {
    if (held >= ENTRIES_HELD_MAX) {
      hasOverflowed = true;
      return;
    }
    held += 1;
    places.push({ feed: entry.feed, sequence: entry.sequence });
  }

  function release(places: readonly EntryPlace[]): void {
    held -= places.length;
    ready.push(...places);
  }

  function takeKeys(entry: Entry): readonly GivenKey[] {
    const keys = openKeys(encodeHeader(entry), entry.body, { node, boxPrivateKey });
    const added = keys === undefined ? [] : ring.add(entry.feed.node, keys);
    for (const { feed, epoch } of added) {
      const name = `${feedName(feed)}/${epoch}`;
      release(sealed.get(name) ?? []);
      sealed.delete(name);
    }
    return added;
  }

  function takeSealed(entry: Entry): void {
    const header = encodeHeader(entry);
    const text = ring
      .of(entry.feed, entry.epoch)
      .map((key) => unseal(key, header, entry.body))
      .find((opened) => opened !== undefined);
    if (text === undefined) {
      const name = `${feedName(entry.feed)}/${entry.epoch}`;
      const places = sealed.get(name) ?? [];
      sealed.set(name, places);
      hold(places, entry);
      return;
    }
    const said = decodeBody(text);
    const { author } = said;
    if (author.kind === "agent" && !membership.mayVoice(cluster, entry.feed.node, author.agent)) {
      const name = `${entry.feed.node}/${author.agent}`;
      const waiting = unvoiced.get(name) ?? { agent: author.agent, places: [] };
      unvoiced.set(name, waiting);
      hold(waiting.places, entry);
      return;
    }
    const { feed, sequence, stamp, hash } = entry;
    emit({ ...said, cluster, id: hash, feed, sequence, stamp });
  }

  return {
    take(entry) {
      try {
        if (entry.kind === "keys") return takeKeys(entry);
        // The log itself does what it says, before it comes here.
        if (entry.kind === "prune") return [];
        if (entry.kind === "mark") marks.take(decodeMark(entry.body));
        else takeSealed(entry);
      } catch (error) {
        // A handler's error is a bug and goes on; what a member signed and nobody can read costs nobody anything.
        if (!(error instanceof PleiadError)) throw error;
        onUseless(entry, error);
      }
      return [];
    },
    released: () => ready.splice(0),
    reconsider() {
      for (const [name, { agent, places }] of unvoiced) {
        const [speaker = ""] = name.split("/");
        if (!membership.mayVoice(cluster, BigInt(speaker), agent)) continue;
        release(places);
        unvoiced.delete(name);
      }
    },
    reset() {
      sealed.clear();
      unvoiced.clear();
      ready.length = 0;
      held = 0;
      hasOverflowed = false;
    },
    waiting: () => ({
      sealed: sum([...sealed.values()]),
      unvoiced: sum([...unvoiced.values()].map(({ places }) => places)),
    }),
    overflowed: () => hasOverflowed,
  };
}

function sum(lists: readonly (readonly EntryPlace[])[]): number {
  return lists.reduce((total, { length }) => total + length, 0);
}
