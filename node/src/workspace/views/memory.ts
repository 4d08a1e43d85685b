import type { Address } from "viem";
import { FORGOTTEN_PER_NODE_MAX, MEMORIES_PER_USER_MAX } from "../limits.ts";
import { canonical } from "./canonical.ts";
import { createShelf, type Shelved } from "./shelf.ts";
import { groupOf, type Noted, noted, type View } from "./view.ts";

export interface StoredMemory extends Noted {
  readonly user: Address;
  readonly text: string;
  readonly tags: readonly string[];
}

interface Forgotten extends Shelved {
  readonly memory: string;
}

/** What a cluster remembers for each user. What was forgotten once stays so, whichever of both entries comes first. */
export interface MemoryView extends View {
  get(user: Address, id: string): StoredMemory | undefined;
  /** In order, without what is forgotten. */
  of(user: Address): readonly StoredMemory[];
  /** Grows when something of a user came or went: what was made of it is then out of date. */
  revision(user: Address): number;
}

export function createMemoryView(): MemoryView {
  /** By node and user, so that no user's memories push out another's. */
  const memories = createShelf<StoredMemory>(MEMORIES_PER_USER_MAX);
  const forgotten = createShelf<Forgotten>(FORGOTTEN_PER_NODE_MAX, "oldest");
  /** By user, as `memories` has groups by node and user. */
  const groups = new Map<Address, Set<string>>();
  /** Memories named by `forgotten`, with the user under whom that was said. */
  let gone: Set<string> | undefined;
  const revisions = new Map<Address, number>();
  let resets = 0;

  function isGone(user: Address, id: string): boolean {
    gone ??= new Set(forgotten.all().map(({ memory }) => memory));
    return gone.has(`${user} ${id}`);
  }

  return {
    apply({ type, data, entry }) {
      if (type !== "memory.remembered" && type !== "memory.forgotten") return;
      const note = noted(entry);
      const user = data.user as Address;
      revisions.set(user, (revisions.get(user) ?? 0) + 1);
      if (type === "memory.forgotten") {
        const memory = `${user} ${data.memory}`;
        forgotten.add(groupOf(note), { id: note.id, order: note.order, memory });
        gone = undefined;
        return;
      }
      const group = `${groupOf(note)} ${user}`;
      memories.add(group, { ...note, user, text: data.text, tags: data.tags });
      groups.set(user, (groups.get(user) ?? new Set()).add(group));
    },
    reset() {
      memories.clear();
      forgotten.clear();
      groups.clear();
      gone = undefined;
      revisions.clear();
      resets += 1;
    },
    dump: () =>
      canonical({
        memories: memories.all().filter(({ user, id }) => !isGone(user, id)),
        forgotten: forgotten.all(),
      }),
    get(user, id) {
      const memory = memories.get(id);
      return memory?.user === user && !isGone(user, id) ? memory : undefined;
    },
    of: (user) =>
      [...(groups.get(user) ?? [])]
        .flatMap((group) => memories.of(group))
        .filter(({ id }) => !isGone(user, id))
        .sort((a, b) => (a.order < b.order ? -1 : 1)),
    revision: (user) => resets * 2 ** 32 + (revisions.get(user) ?? 0),
  };
}
