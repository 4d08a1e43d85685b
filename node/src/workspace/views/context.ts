import { CONTEXT_KEYS_PER_NODE_MAX, CONTEXT_WRITES_PER_NODE_MAX } from "../limits.ts";
import { createVersioned, type Versioned, type Write } from "./versioned.ts";
import { noted, type View } from "./view.ts";

/** The whiteboard: text by key, each with a version and a history. */
export interface ContextView
  extends View,
    Pick<Versioned, "current" | "values" | "lastBy" | "history" | "isWhole" | "find" | "hasRoom"> {
  /** Hears what stands for a key now and did not before. The answer ends it. */
  onValue(handler: (write: Write) => void): () => void;
}

export function createContextView(
  limits = {
    keysPerNodeMax: CONTEXT_KEYS_PER_NODE_MAX,
    writesPerNodeMax: CONTEXT_WRITES_PER_NODE_MAX,
  },
): ContextView {
  const versioned = createVersioned(limits);
  const handlers = new Set<(write: Write) => void>();

  function add(write: Write): void {
    const before = versioned.current(write.key);
    versioned.add(write);
    const after = versioned.current(write.key);
    if (after !== undefined && after.id !== before?.id) for (const handler of handlers) handler(after);
  }

  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      if (type === "context.written") add({ ...note, key: data.key, value: data.value, writer: note.party });
      else if (type === "context.deleted") add({ ...note, key: data.key, value: null, writer: note.party });
      else if (type === "context.decided")
        add({ ...note, key: data.key, value: data.value, writer: data.writer, decidedBy: note.node });
    },
    reset: () => versioned.clear(),
    dump: () => versioned.dump(),
    current: versioned.current,
    values: versioned.values,
    lastBy: versioned.lastBy,
    history: versioned.history,
    isWhole: versioned.isWhole,
    find: versioned.find,
    hasRoom: versioned.hasRoom,
    onValue(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}
