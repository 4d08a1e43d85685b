import { requireBytes, requireForm, unknown } from "../checks.ts";
import { fulfilledFor, once, say, type Visit } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import {
  CONTEXT_KEYS_MAX,
  CONTEXT_KEYS_PER_NODE_MAX,
  CONTEXT_VALUE_BYTES_MAX,
  HISTORY_SHOWN_MAX,
} from "../limits.ts";
import type { ContextValue, WorkspaceOperations } from "../types.ts";
import type { ContextView } from "../views/context.ts";
import type { Write } from "../views/versioned.ts";
import { decide, versionsOf, type WritingModules } from "./written.ts";

type ContextOperations = Pick<
  WorkspaceOperations,
  "readContext" | "listContext" | "readContextHistory" | "writeContext" | "deleteContext"
>;

export function createContextOperations({ desk, home }: WritingModules): ContextOperations {
  return {
    async readContext({ key, prefix = "", history = false, writtenBy } = {}) {
      const { space } = await desk.enter("readContext");
      const { context } = space.views;
      if (writtenBy !== undefined)
        return context.lastBy(prefix, writtenBy).map((write) => shownValue(space, write));
      if (key === undefined) return context.values(prefix).map((write) => shownValue(space, write));
      requireForm("key", key);
      const writes = history
        ? context.history(key).slice(0, HISTORY_SHOWN_MAX)
        : standing(context.current(key));
      if (writes.length === 0) throw unknownKey(context.values(""), key);
      return writes.map((write) => shownValue(space, write));
    },

    async listContext({ prefix = "" } = {}) {
      const { space } = await desk.enter("listContext");
      return space.views.context.values(prefix).map((write) => {
        const { value, ...key } = shownValue(space, write);
        return { ...key, bytes: Buffer.byteLength(value ?? "") };
      });
    },

    async readContextHistory({ key, ...options }) {
      const { space } = await desk.enter("readContextHistory");
      const { context } = space.views;
      requireForm("key", key);
      return versionsOf(context.history(key), options, {
        isWhole: context.isWhole(),
        show: (write) => shownValue(space, write),
      });
    },

    async writeContext({ key, value, ifVersion, requestId }) {
      const visit = await desk.enter("writeContext");
      const { context } = visit.space.views;
      requireForm("key", key);
      requireBytes("value", value, CONTEXT_VALUE_BYTES_MAX, "VALUE_TOO_LONG");
      requireVersion(ifVersion);
      if (requestId !== undefined) requireForm("request", requestId);
      const present = context.current(key);
      if (standing(present).length === 0 && context.values("").length >= CONTEXT_KEYS_MAX) {
        throw workspaceError("CONTEXT_FULL", `the whiteboard has ${CONTEXT_KEYS_MAX} keys already`, {
          hint: "delete keys that are of no use any more",
          details: { keysMax: CONTEXT_KEYS_MAX },
        });
      }
      requireRoom(context, desk.node, key);
      if (ifVersion !== undefined) {
        const target = { view: "context", key, value } as const;
        return { version: await decide(visit, home, { target, ifVersion, requestId, standing: present }) };
      }
      return write(visit, requestId, () => say(visit, "context.written", { key, value, request: requestId }));
    },

    async deleteContext({ key, ifVersion, requestId }) {
      const visit = await desk.enter("deleteContext");
      const { grant, space } = visit;
      const { context } = space.views;
      requireForm("key", key);
      requireVersion(ifVersion);
      if (requestId !== undefined) requireForm("request", requestId);
      const present = context.current(key);
      const isRepeated = requestId !== undefined && fulfilledFor(grant.party, requestId, space) !== undefined;
      if (ifVersion !== undefined) {
        const target = { view: "context", key, value: null } as const;
        return { version: await decide(visit, home, { target, ifVersion, requestId, standing: present }) };
      }
      if (!isRepeated && standing(present).length === 0) throw unknownKey(context.values(""), key);
      requireRoom(context, desk.node, key);
      return write(visit, requestId, () => say(visit, "context.deleted", { key, request: requestId }));
    },
  };
}

async function write(visit: Visit, requestId: string | undefined, make: () => ReturnType<typeof say>) {
  return once(visit, requestId, ["context.written", "context.deleted", "context.decided"], {
    find: (version) => ({ version }),
    make: async () => ({ version: (await make()).id }),
  });
}

/** A write that would push another key of its node out of what is kept is refused. @throws PleiadError CONTEXT_FULL */
export function requireRoom(context: Pick<ContextView, "hasRoom">, node: bigint, key: string): void {
  if (context.hasRoom(node, key)) return;
  throw workspaceError(
    "CONTEXT_FULL",
    `node ${node} has written ${CONTEXT_KEYS_PER_NODE_MAX} different keys`,
    {
      hint: "write to keys that are known, or through another node; deleted keys count",
      details: { node, keysMax: CONTEXT_KEYS_PER_NODE_MAX },
    },
  );
}

/** A value as readers see it. */
export function shownValue({ names }: Visit["space"], write: Write): ContextValue {
  const { key, value, id, writer, atMs, decidedBy } = write;
  return {
    key,
    value,
    version: id,
    writer: names.partyOf(writer),
    writtenAtMs: atMs,
    ...(decidedBy === undefined ? {} : { decidedBy }),
  };
}

/** @throws PleiadError ID_INVALID */
export function requireVersion(version: string | null | undefined): void {
  if (typeof version === "string") requireForm("id", version);
}

function standing(write: Write | undefined): readonly Write[] {
  return write === undefined || write.value === null ? [] : [write];
}

function unknownKey(values: readonly Write[], key: string) {
  return unknown(
    "CONTEXT_KEY_UNKNOWN",
    "key",
    key,
    values.map((write) => write.key),
  );
}
