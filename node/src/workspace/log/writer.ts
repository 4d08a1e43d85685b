import { randomBytes } from "node:crypto";
import { ENTRY_BYTES_MAX } from "../limits.ts";
import { type Entry, type EntryKind, encodeHeader, type FeedId, signEntry } from "./entry.ts";
import type { FeedHead } from "./entryStore.ts";
import { type FeedKey, type KeyRecipient, keyBodyBytes, requireBoxKey, sealKeys } from "./keyBox.ts";
import { encodeMark, type LeaverMark } from "./marks.ts";
import type { CertificateSource } from "./ports.ts";
import { encodePruning, type Pruning } from "./prune.ts";
import { KEY_BYTES, seal } from "./seal.ts";
import type { HybridClock } from "./stamp.ts";

/** The end of this node's own feed, as entries are put after it. */
export interface Draft {
  head: FeedHead;
  readonly entries: Entry[];
}

export interface Writer {
  /** Puts an entry with something said after the draft's end, encrypted with the feed's key. */
  say(draft: Draft, key: FeedKey, text: Uint8Array): Entry;
  /** Puts entries that give keys to recipients; as many as their sizes take. */
  give(draft: Draft, recipients: readonly KeyRecipient[], keys: readonly FeedKey[]): void;
  /** Puts the mark of a leaver. */
  mark(draft: Draft, mark: LeaverMark): void;
  /** Puts what is dropped of a feed. */
  prune(draft: Draft, pruning: Pruning): void;
}

/** Room for keys in one entry: half of it, so that an entry with keys is never near the limit. */
const KEYS_BODY_BYTES_MAX = ENTRY_BYTES_MAX / 2;

export function createWriter(modules: {
  readonly space: Uint8Array;
  readonly certificates: Pick<CertificateSource, "own">;
  readonly clock: HybridClock;
}): Writer {
  const { space, certificates, clock } = modules;

  function put(
    draft: Draft,
    kind: EntryKind,
    epoch: number,
    bodyOf: (header: Uint8Array) => Uint8Array,
  ): Entry {
    const { proof, signingKey } = certificates.own();
    const header = {
      kind,
      space,
      feed: draft.head.feed,
      sequence: draft.head.sequence + 1,
      stamp: clock.tick(),
      previous: draft.head.hash,
      certificate: proof.digest,
      epoch,
    };
    const entry = signEntry(header, bodyOf(encodeHeader(header)), signingKey);
    draft.head = { ...draft.head, sequence: entry.sequence, hash: entry.hash, stamp: entry.stamp };
    draft.entries.push(entry);
    return entry;
  }

  return {
    say: (draft, key, text) => put(draft, "sealed", key.epoch, (header) => seal(key.key, header, text)),
    give(draft, recipients, keys) {
      const keysEach = Math.max(1, Math.floor((KEYS_BODY_BYTES_MAX - keyBodyBytes(1, 0)) / keyBytes()));
      for (const someKeys of chunks(keys, keysEach)) {
        const each = keyBodyBytes(1, someKeys.length) - keyBodyBytes(0, 0);
        const recipientsEach = Math.max(1, Math.floor((KEYS_BODY_BYTES_MAX - keyBodyBytes(0, 0)) / each));
        for (const some of chunks(recipients, recipientsEach)) {
          put(draft, "keys", 0, (header) => sealKeys(header, some, someKeys));
        }
      }
    },
    prune: (draft, pruning) => void put(draft, "prune", 0, () => encodePruning(pruning)),
    mark: (draft, mark) => void put(draft, "mark", 0, () => encodeMark(mark)),
  };
}

/** Bytes that one more key takes in a box. */
function keyBytes(): number {
  return keyBodyBytes(1, 1) - keyBodyBytes(1, 0);
}

/** Recipients whose key is one; the others are left out, as nothing can be sealed to them. */
export function soundRecipients(
  recipients: readonly KeyRecipient[],
  onUnsound: (error: Error) => void,
): readonly KeyRecipient[] {
  return recipients.filter((recipient) => {
    try {
      requireBoxKey(recipient);
      return true;
    } catch (error) {
      onUnsound(error as Error);
      return false;
    }
  });
}

/** A new key for a feed. */
export function newFeedKey(feed: FeedId, epoch: number): FeedKey {
  return { feed, epoch, key: new Uint8Array(randomBytes(KEY_BYTES)) };
}

function* chunks<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
