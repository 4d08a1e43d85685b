import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import {
  DIRECTORY_ENTRIES_MAX,
  DIRECTORY_MISS_TTL_MS,
  DIRECTORY_TTL_MS,
  KEY_OWNER_TTL_MS,
} from "./limits.ts";
import type { NodeDirectory, NodeKey } from "./types.ts";

/**
 * A directory that remembers: what the chain said is believed for `DIRECTORY_TTL_MS`, and "unknown" or "inactive"
 * for `DIRECTORY_MISS_TTL_MS`, whose a key is or was for `KEY_OWNER_TTL_MS`. Questions for the same node at the same time
 * become one.
 */
export function createDirectoryCache(modules: {
  readonly directory: NodeDirectory;
  readonly clock: Clock;
}): NodeDirectory {
  const { directory, clock } = modules;
  const known = createBoundedMap<bigint, { value: NodeKey | undefined }>(
    { entriesMax: DIRECTORY_ENTRIES_MAX, ttlMs: DIRECTORY_TTL_MS },
    { clock },
  );
  const owners = createBoundedMap<string, { node: bigint | undefined }>(
    { entriesMax: DIRECTORY_ENTRIES_MAX, ttlMs: KEY_OWNER_TTL_MS },
    { clock },
  );
  const asked = new Map<bigint, Promise<NodeKey | undefined>>();

  async function ask(node: bigint): Promise<NodeKey | undefined> {
    try {
      const value = await directory.keyOf(node);
      known.set(node, { value }, value?.active === true ? DIRECTORY_TTL_MS : DIRECTORY_MISS_TTL_MS);
      return value;
    } finally {
      asked.delete(node);
    }
  }

  return {
    keyOf(node) {
      const entry = known.get(node);
      if (entry !== undefined) return Promise.resolve(entry.value);
      const pending = asked.get(node);
      if (pending !== undefined) return pending;
      const answer = ask(node);
      asked.set(node, answer);
      return answer;
    },
    async nodeOf(key) {
      const name = key.toLowerCase();
      const entry = owners.get(name);
      if (entry !== undefined) return entry.node;
      const node = await directory.nodeOf(key);
      owners.set(name, { node }, node === undefined ? DIRECTORY_MISS_TTL_MS : KEY_OWNER_TTL_MS);
      return node;
    },
  };
}
