import type { Hex } from "viem";
import type { PartyId, Version } from "../types.ts";
import { canonical } from "./canonical.ts";
import { byOrder } from "./order.ts";
import { createRegisters } from "./registers.ts";
import { createShelf } from "./shelf.ts";
import { groupOf, type Noted } from "./view.ts";

/** One write of one key. Its id is its version. */
export interface Write extends Noted {
  readonly key: string;
  /** Null where it deletes. */
  readonly value: string | null;
  /** Whose write it is: of an entry of the home, who asked for it; else the entry's own author. */
  readonly writer: PartyId;
  /** The home that decided it. */
  readonly decidedBy?: bigint;
}

/** Values with versions: of each key the latest write by the log's order stands. */
export interface Versioned {
  add(write: Write): void;
  /** The write that stands, also where it deleted; undefined for a key that nobody wrote. */
  current(key: string): Write | undefined;
  /** Keys that have a value. */
  values(prefix: string): readonly Write[];
  /** Of each key the last write of these writers that is kept, also where it deleted, whatever others wrote since. */
  lastBy(prefix: string, isWriter: (writer: PartyId) => boolean): readonly Write[];
  /** Earlier and present writes that are kept, newest first. */
  history(key: string): readonly Write[];
  /** Whether all writes are kept that there ever were; false where old ones may have been dropped. */
  isWhole(): boolean;
  find(version: Version): Write | undefined;
  /** Whether a node may write a key without pushing another of its keys out. */
  hasRoom(node: bigint, key: string): boolean;
  clear(): void;
  dump(): string;
}

export function createVersioned(options: {
  readonly keysPerNodeMax: number;
  readonly writesPerNodeMax: number;
}): Versioned {
  const latest = createRegisters<Write>(options.keysPerNodeMax);
  const writes = createShelf<Write>(options.writesPerNodeMax);

  return {
    add(write) {
      const group = groupOf(write);
      latest.set(group, write.key, write);
      writes.add(group, write);
    },
    current: (key) => latest.get(key),
    values: (prefix) =>
      latest
        .entries()
        .flatMap(([key, write]) => (key.startsWith(prefix) && write.value !== null ? [write] : [])),
    lastBy(prefix, isWriter) {
      const last = new Map<string, Write>();
      for (const write of [...latest.entries().map(([, one]) => one), ...writes.all()]) {
        if (!write.key.startsWith(prefix) || !isWriter(write.writer)) continue;
        const before = last.get(write.key);
        if (before === undefined || byOrder(before, write) < 0) last.set(write.key, write);
      }
      return [...last.values()];
    },
    history(key) {
      const kept = writes.all().filter((write) => write.key === key);
      const standing = latest.get(key);
      // The one that stands is shown though its node has written so much since that the shelf has dropped it.
      const isShown = standing === undefined || kept.some(({ id }) => id === standing.id);
      return (isShown ? kept : [...kept, standing]).toReversed();
    },
    isWhole: () => !writes.isFull(),
    find: (version: Hex) => writes.get(version),
    hasRoom: (node, key) =>
      latest.has(String(node), key) || latest.countOf(String(node)) < options.keysPerNodeMax,
    clear() {
      latest.clear();
      writes.clear();
    },
    dump: () => canonical({ latest: latest.entries(), writes: writes.all() }),
  };
}
