import { createHash, randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import { z } from "zod";
import { createMutex } from "../chain/mutex.ts";
import type { Backend } from "../store/backend.ts";
import { workspaceError } from "./errors.ts";
import { MEMORIES_PER_USER_MAX } from "./limits.ts";

export interface PrivateMemory {
  readonly id: Hex;
  readonly text: string;
  readonly tags: readonly string[];
  readonly atMs: number;
}

/**
 * What an agent remembers while it is in no cluster. It stays with the agent on this node, whichever cluster it joins or
 * leaves, and no other agent sees it.
 */
export interface PrivateMemories {
  /** @throws PleiadError MEMORY_FULL; STORE_FULL, STORE_IO */
  add(
    owner: Owner,
    memory: { readonly text: string; readonly tags: readonly string[]; readonly request?: string },
  ): Promise<PrivateMemory>;
  of(owner: Owner): Promise<readonly PrivateMemory[]>;
  /** Deletes it. @returns whether it was there */
  remove(owner: Owner, id: Hex): Promise<boolean>;
  revision(owner: Owner): number;
}

export interface Owner {
  readonly agent: bigint;
  readonly user: Address;
}

const record = z.object({
  text: z.string(),
  tags: z.array(z.string()),
  atMs: z.int(),
  salt: z.string(),
  request: z.string().optional(),
});

/** @param modules.backend keys begin with `private/`: the database of the logs will do */
export function createPrivateMemories(modules: {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly now?: () => number;
}): PrivateMemories {
  const { backend, logger, now = Date.now } = modules;
  const revisions = new Map<string, number>();
  /** One after the other, so that a repeated request finds the first. */
  const alone = createMutex();
  const prefixOf = ({ agent, user }: Owner) => `private/${agent}/${user}/`;

  /** A record's id is the digest of its bytes: one that was damaged is none. */
  async function read(owner: Owner) {
    const found: (PrivateMemory & { readonly request?: string | undefined })[] = [];
    for await (const [key, value] of backend.entries(prefixOf(owner))) {
      const id: Hex = `0x${key.slice(prefixOf(owner).length)}`;
      if (digestOf(value) !== id) {
        logger.error({ code: "MEMORY_DAMAGED", key }, "a memory of an agent is damaged on the disk");
        continue;
      }
      const { text, tags, atMs, request } = record.parse(JSON.parse(new TextDecoder().decode(value)));
      found.push({ id, text, tags, atMs, request });
    }
    return found.sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  }

  function touch(owner: Owner): void {
    revisions.set(prefixOf(owner), (revisions.get(prefixOf(owner)) ?? 0) + 1);
  }

  return {
    add: (owner, { text, tags, request }) =>
      alone(async () => {
        const present = await read(owner);
        const fulfilled = request === undefined ? undefined : present.find((one) => one.request === request);
        if (fulfilled !== undefined) return fulfilled;
        if (present.length >= MEMORIES_PER_USER_MAX) throw memoryFull();
        const atMs = now();
        const salt = randomBytes(16).toString("hex");
        const bytes = new TextEncoder().encode(JSON.stringify({ text, tags, atMs, salt, request }));
        const id = digestOf(bytes);
        await backend.write([{ key: `${prefixOf(owner)}${id.slice(2)}`, value: bytes }], true);
        touch(owner);
        return { id, text, tags, atMs };
      }),
    of: read,
    remove: (owner, id) =>
      alone(async () => {
        const key = `${prefixOf(owner)}${id.slice(2)}`;
        if ((await backend.get(key)) === undefined) return false;
        await backend.write([{ key, value: undefined }], true);
        touch(owner);
        return true;
      }),
    revision: (owner) => revisions.get(prefixOf(owner)) ?? 0,
  };
}

export function memoryFull() {
  return workspaceError("MEMORY_FULL", `there are ${MEMORIES_PER_USER_MAX} memories of this user already`, {
    hint: "forget what is of no use any more",
    details: { memoriesMax: MEMORIES_PER_USER_MAX },
  });
}

function digestOf(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}
