import type { Hex } from "viem";
import type { Backend, BackendOperation } from "../../store/backend.ts";
import { workspaceError } from "../errors.ts";
import { decodeEntry, type Entry, type FeedId, feedName, NO_HASH } from "./entry.ts";
import type { GivenKey } from "./keyRing.ts";
import type { Stamp } from "./stamp.ts";

/** How far a feed has come here. */
export interface FeedHead {
  readonly feed: FeedId;
  /** The last entry that is here. */
  readonly sequence: number;
  readonly hash: Hex;
  readonly stamp: Stamp;
  /** The last entry that was pruned: the first that is kept comes after it, and links to it. */
  readonly base: FeedBase;
  /** How many of the entries that are kept below the base are here, without a hole; the rest is to be had from peers. */
  readonly keptHere: number;
  /** The number that two entries have; from there on nothing of it counts. Undefined for a feed that is sound. */
  readonly forkedAt: number | undefined;
}

/** Where what is kept of a feed begins: number 0 and no hash where nothing was pruned. */
export interface FeedBase {
  readonly sequence: number;
  readonly hash: Hex;
  readonly stamp: Stamp;
}

export const NO_BASE: FeedBase = { sequence: 0, hash: NO_HASH, stamp: 0n };

/** Two entries of one feed with one number: the proof that its node, or who has its key, says two things. */
export interface Fork {
  readonly feed: FeedId;
  readonly sequence: number;
  readonly entries: readonly [Uint8Array, Uint8Array];
}

/** To whom the key of this node's own feed was given. */
export interface Given {
  readonly generation: number;
  readonly epoch: number;
  readonly nodes: readonly bigint[];
}

/** What one write changes; all of it or nothing is kept. */
export interface LogChange {
  readonly entries?: readonly Entry[];
  readonly heads?: readonly FeedHead[];
  readonly keys?: readonly GivenKey[];
  readonly forks?: readonly Fork[];
  readonly certificates?: readonly { readonly digest: Hex; readonly record: Uint8Array }[];
  /** Entries by which nodes dropped the beginning of a feed of theirs. */
  readonly prunings?: readonly { readonly feed: FeedId; readonly bytes: Uint8Array }[];
  /** To whom this node has given the key of its feed. */
  readonly given?: Given;
  /** Entries to forget: those of a feed from a number up to and with another, but some. */
  readonly forget?: readonly {
    readonly feed: FeedId;
    readonly from: number;
    readonly to: number;
    readonly but?: ReadonlySet<number>;
  }[];
}

/** One cluster's log on disk. It keeps what it is given; what may be kept is the log's to say. */
export interface EntryStore {
  heads(): Promise<readonly FeedHead[]>;
  /** @throws PleiadError LOG_DAMAGED when the bytes under that number are no entry */
  entry(feed: FeedId, sequence: number): Promise<Entry | undefined>;
  /** Entries of a feed from `from` on, in order. @throws PleiadError LOG_DAMAGED as above, or where one is missing */
  entries(feed: FeedId, from: number): AsyncIterable<Entry>;
  /** Entries of a feed at or below its base that are kept, in order. @throws PleiadError LOG_DAMAGED */
  kept(head: FeedHead): AsyncIterable<Entry>;
  /** The entry by which a node dropped the beginning of a feed; undefined for a whole one. */
  pruning(feed: FeedId): Promise<Uint8Array | undefined>;
  keys(): Promise<readonly GivenKey[]>;
  forks(): Promise<readonly Fork[]>;
  given(): Promise<Given | undefined>;
  certificate(digest: Hex): Promise<Uint8Array | undefined>;
  write(change: LogChange, flush: boolean): Promise<void>;
}

const DIGITS = 16;

/** The store of one cluster in a database that all clusters of a node share. */
export function createEntryStore(cluster: bigint, backend: Backend): EntryStore {
  const at = (kind: string, rest = "") => `${kind}/${cluster}/${rest}`;
  const entryKey = (feed: FeedId, sequence: number) => at("entry", `${feedName(feed)}/${padded(sequence)}`);

  return {
    async heads() {
      const heads: FeedHead[] = [];
      for await (const [, value] of backend.entries(at("head"))) heads.push(decodeHead(value));
      return heads;
    },
    async entry(feed, sequence) {
      const bytes = backend.getNow(entryKey(feed, sequence));
      return bytes === undefined ? undefined : decoded(bytes, feed, sequence);
    },
    async *entries(feed, from) {
      let sequence = from;
      while (true) {
        // Read in pieces: a walk over a long feed must not keep all of it in memory, nor a snapshot open for minutes.
        const piece: Uint8Array[] = [];
        for (; piece.length < READ_ENTRIES; sequence++) {
          const bytes = backend.getNow(entryKey(feed, sequence));
          if (bytes === undefined) break;
          piece.push(bytes);
        }
        const first = sequence - piece.length;
        for (const [index, bytes] of piece.entries()) yield decoded(bytes, feed, first + index);
        if (piece.length < READ_ENTRIES) return;
      }
    },
    async *kept({ feed, base }) {
      if (base.sequence === 0) return;
      for await (const [key, bytes] of backend.entries(at("entry", `${feedName(feed)}/`))) {
        const sequence = Number(key.slice(key.lastIndexOf("/") + 1));
        if (sequence > base.sequence) return;
        yield decoded(bytes, feed, sequence);
      }
    },
    pruning: async (feed) => backend.getNow(at("pruning", feedName(feed))),
    async keys() {
      const keys: GivenKey[] = [];
      for await (const [key, value] of backend.entries(at("key"))) keys.push(decodeKey(key, value));
      return keys;
    },
    async forks() {
      const forks: Fork[] = [];
      for await (const [, value] of backend.entries(at("fork"))) forks.push(decodeFork(value));
      return forks;
    },
    async given() {
      const value = backend.getNow(at("given"));
      if (value === undefined) return undefined;
      const { generation, epoch, nodes } = parsed(value);
      return { generation: Number(generation), epoch: Number(epoch), nodes: (nodes as string[]).map(BigInt) };
    },
    certificate: async (digest) => backend.getNow(`certificate/${digest}`),
    async write(change, flush) {
      const operations: BackendOperation[] = [];
      const put = (key: string, value: Uint8Array | undefined) => operations.push({ key, value });
      for (const entry of change.entries ?? []) put(entryKey(entry.feed, entry.sequence), entry.bytes);
      for (const head of change.heads ?? []) put(at("head", feedName(head.feed)), encodeHead(head));
      for (const { feed, epoch, giver, key } of change.keys ?? [])
        put(at("key", `${feedName(feed)}/${epoch}/${giver}`), key);
      for (const fork of change.forks ?? []) {
        put(at("fork", `${feedName(fork.feed)}/${padded(fork.sequence)}`), encodeFork(fork));
      }
      for (const { digest, record } of change.certificates ?? []) put(`certificate/${digest}`, record);
      if (change.given !== undefined)
        put(at("given"), json({ ...change.given, nodes: change.given.nodes.map(String) }));
      for (const { feed, bytes } of change.prunings ?? []) put(at("pruning", feedName(feed)), bytes);
      for (const { feed, from, to, but } of change.forget ?? []) {
        for (let sequence = from; sequence <= to; sequence++)
          if (but?.has(sequence) !== true) put(entryKey(feed, sequence), undefined);
      }
      if (operations.length > 0) await backend.write(operations, flush);
    },
  };
}

/** Entries read at a time by a walk. */
const READ_ENTRIES = 256;

function padded(sequence: number): string {
  return String(sequence).padStart(DIGITS, "0");
}

function decoded(bytes: Uint8Array, feed: FeedId, sequence: number): Entry {
  let entry: Entry;
  try {
    entry = decodeEntry(bytes);
  } catch (cause) {
    throw damaged(feed, sequence, cause);
  }
  const isIt =
    entry.feed.node === feed.node && entry.feed.generation === feed.generation && entry.sequence === sequence;
  if (!isIt) throw damaged(feed, sequence, undefined);
  return entry;
}

function damaged(feed: FeedId, sequence: number, cause: unknown) {
  return workspaceError("LOG_DAMAGED", `entry ${sequence} of feed ${feedName(feed)} is damaged on the disk`, {
    hint: "the daemon drops it and what follows, and fetches them from peers; look at the disk",
    details: { node: feed.node, generation: feed.generation, sequence },
    cause,
  });
}

function encodeHead({ feed, sequence, hash, stamp, base, keptHere, forkedAt }: FeedHead): Uint8Array {
  return json({
    node: String(feed.node),
    generation: feed.generation,
    sequence,
    hash,
    stamp: String(stamp),
    base: { ...base, stamp: String(base.stamp) },
    keptHere,
    forkedAt,
  });
}

function decodeHead(value: Uint8Array): FeedHead {
  const { node, generation, sequence, hash, stamp, base, keptHere, forkedAt } = parsed(value);
  const { sequence: baseSequence, hash: baseHash, stamp: baseStamp } = base as Record<string, unknown>;
  return {
    feed: { node: BigInt(String(node)), generation: Number(generation) },
    sequence: Number(sequence),
    hash: hash as Hex,
    stamp: BigInt(String(stamp)),
    base: {
      sequence: Number(baseSequence),
      hash: baseHash as Hex,
      stamp: BigInt(String(baseStamp)),
    },
    keptHere: Number(keptHere),
    forkedAt: forkedAt === undefined ? undefined : Number(forkedAt),
  };
}

function decodeKey(name: string, key: Uint8Array): GivenKey {
  const [, , feed = "", epoch = "", giver = ""] = name.split("/");
  const [node = "", generation = ""] = feed.split(".");
  return {
    feed: { node: BigInt(node), generation: Number(generation) },
    epoch: Number(epoch),
    giver: BigInt(giver),
    key,
  };
}

function encodeFork({ feed, sequence, entries }: Fork): Uint8Array {
  const [one, other] = entries.map((bytes) => Buffer.from(bytes).toString("base64"));
  return json({ node: String(feed.node), generation: feed.generation, sequence, one, other });
}

function decodeFork(value: Uint8Array): Fork {
  const { node, generation, sequence, one, other } = parsed(value);
  return {
    feed: { node: BigInt(String(node)), generation: Number(generation) },
    sequence: Number(sequence),
    entries: [Buffer.from(String(one), "base64"), Buffer.from(String(other), "base64")],
  };
}

function json(value: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function parsed(value: Uint8Array): Readonly<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown>;
}
