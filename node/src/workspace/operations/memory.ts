import type { Hex } from "viem";
import { requireCount, requireForm, requireKnown, requireSome, requireText, unknown } from "../checks.ts";
import { type Desk, once, say, type Visit } from "../desk.ts";
import {
  MEMORIES_PER_LIST_DEFAULT,
  MEMORIES_PER_LIST_MAX,
  MEMORIES_PER_USER_MAX,
  MEMORY_BYTES_MAX,
  QUERY_BYTES_MAX,
  RECALLED_DEFAULT,
  RECALLED_MAX,
  TAGS_MAX,
} from "../limits.ts";
import { memoryFull, type PrivateMemories, type PrivateMemory } from "../privateMemory.ts";
import type { Recall } from "../recall/recall.ts";
import type { Grant, LoneGrant, Operation } from "../scope.ts";
import type { Memory, WorkspaceOperations } from "../types.ts";
import type { StoredMemory } from "../views/memory.ts";

type MemoryOperations = Pick<WorkspaceOperations, "remember" | "recall" | "forget" | "listMemories">;

export interface MemoryModules {
  /** Enters a cluster, or no cluster where the speaker is an agent without one. */
  readonly enter: (operation: Operation) => Promise<Visit | LoneGrant>;
  readonly desk: Pick<Desk, "now">;
  readonly privates: PrivateMemories;
  readonly recall: Recall;
}

/**
 * Memory of (cluster, user), and the agent's own of when it was in no cluster.
 *
 * | the speaker | writes to | sees and forgets |
 * |---|---|---|
 * | an agent in a cluster | the cluster's memory of its user | that, and its own |
 * | an agent in no cluster | its own | its own |
 * | anybody else | the cluster's memory of its user | that |
 */
export function createMemoryOperations(modules: MemoryModules): MemoryOperations {
  const { enter, privates, recall } = modules;

  return {
    async remember({ text, tags = [], requestId }) {
      const place = await enter("remember");
      requireText("memory", text, MEMORY_BYTES_MAX);
      requireSome("tags", tags, TAGS_MAX);
      for (const tag of tags) requireForm("tag", tag);
      if (requestId !== undefined) requireForm("request", requestId);
      if (!("space" in place)) {
        const request = requestId === undefined ? {} : { request: requestId };
        return ownMemory(place, await privates.add(place, { text, tags, ...request }));
      }
      const { grant, space } = place;
      const { memory } = space.views;
      const find = (id: Hex) => {
        const stored = memory.get(grant.user, id);
        return stored === undefined ? undefined : sharedMemory(place, stored);
      };
      return once(place, requestId, ["memory.remembered"], {
        find,
        async make() {
          if (memory.of(grant.user).length >= MEMORIES_PER_USER_MAX) throw memoryFull();
          const said = await say(place, "memory.remembered", {
            user: grant.user,
            text,
            tags: [...tags],
            request: requestId,
          });
          const made = find(said.id);
          if (made === undefined) throw new Error(`memory ${said.id} was appended and is in no view`);
          return made;
        },
      });
    },

    async recall({ query, tags = [], limit = RECALLED_DEFAULT }) {
      const place = await enter("recall");
      requireText("query", query, QUERY_BYTES_MAX);
      requireCount("limit", limit, RECALLED_MAX);
      requireSome("tags", tags, TAGS_MAX);
      for (const tag of tags) requireForm("tag", tag);
      // Before they are read: what comes meanwhile makes the index out of date, never wrong for good.
      const shelf = { name: nameOf(place), revision: revisionOf(place, privates) };
      const memories = new Map((await seenBy(place, privates)).map((memory) => [memory.id, memory]));
      const { ranked, vectors } = await recall.find(shelf, () => [...memories.values()], query);
      const found = ranked.flatMap(({ id, score }) => {
        const memory = memories.get(id as Hex);
        if (memory === undefined || !tags.every((tag) => memory.tags.includes(tag))) return [];
        return [{ ...memory, score }];
      });
      return { memories: found.slice(0, limit), vectors };
    },

    async listMemories({ before, limit = MEMORIES_PER_LIST_DEFAULT } = {}) {
      const place = await enter("listMemories");
      requireCount("limit", limit, MEMORIES_PER_LIST_MAX);
      // Stable, so that those of one instant stay in the log's order.
      const all = (await seenBy(place, privates)).toSorted((a, b) => a.rememberedAtMs - b.rememberedAtMs);
      const newest = all.toReversed();
      const known = newest.find(({ id }) => id === before);
      const start =
        before === undefined
          ? 0
          : newest.indexOf(requireKnown("MEMORY_UNKNOWN", "memory", before, known)) + 1;
      return {
        memories: newest.slice(start, start + limit),
        total: newest.length,
        hasEarlier: newest.length > start + limit,
      };
    },

    async forget(id) {
      const place = await enter("forget");
      requireForm("id", id);
      if ("space" in place && place.space.views.memory.get(place.grant.user, id) !== undefined) {
        await say(place, "memory.forgotten", { user: place.grant.user, memory: id });
        return;
      }
      const owner = ownerOf(place);
      if (owner !== undefined && (await privates.remove(owner, id))) return;
      throw unknown("MEMORY_UNKNOWN", "memory", id);
    },
  };
}

type Place = Visit | LoneGrant;

/** What a speaker sees: an agent's own, and its cluster's for its user. */
async function seenBy(place: Place, privates: PrivateMemories): Promise<readonly Memory[]> {
  const owner = ownerOf(place);
  const own = owner === undefined ? [] : (await privates.of(owner)).map((one) => ownMemory(owner, one));
  const shared =
    "space" in place
      ? place.space.views.memory.of(place.grant.user).map((one) => sharedMemory(place, one))
      : [];
  return [...own, ...shared];
}

/** Whose own memory a speaker sees: an agent's, in a cluster and out of it. */
function ownerOf(place: Place): Pick<LoneGrant, "agent" | "user"> | undefined {
  if (!("space" in place)) return place;
  const { author, user } = place.grant;
  return author.kind === "agent" ? { agent: author.agent, user } : undefined;
}

/** What is found together is indexed together. */
function nameOf(place: Place): string {
  const owner = ownerOf(place);
  const cluster = "space" in place ? `${place.space.cluster}` : "none";
  return `${cluster} ${owner?.agent ?? "none"} ${userOf(place)}`;
}

function revisionOf(place: Place, privates: PrivateMemories): string {
  const owner = ownerOf(place);
  const shared = "space" in place ? place.space.views.memory.revision(place.grant.user) : 0;
  return `${shared} ${owner === undefined ? 0 : privates.revision(owner)}`;
}

function userOf(place: Place): Grant["user"] {
  return "space" in place ? place.grant.user : place.user;
}

function sharedMemory({ space }: Visit, { id, text, tags, party, atMs }: StoredMemory): Memory {
  return { id, text, tags, author: space.names.partyOf(party), rememberedAtMs: atMs, scope: "cluster" };
}

function ownMemory({ agent }: Pick<LoneGrant, "agent">, { id, text, tags, atMs }: PrivateMemory): Memory {
  const author = { id: `agent:${agent}`, kind: "agent", name: `agent:${agent}` } as const;
  return { id, text, tags, author, rememberedAtMs: atMs, scope: "agent" };
}
