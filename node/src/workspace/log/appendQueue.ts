import { workspaceError } from "../errors.ts";
import { APPENDS_WAITING_MAX, ENTRIES_PER_WRITE_MAX } from "../limits.ts";
import { type Body, encodeBody } from "./body.ts";
import type { Entry } from "./entry.ts";

/** An append that waits for its turn. */
export interface WaitingAppend {
  readonly text: Uint8Array;
  readonly done: (entry: Entry) => void;
  readonly failed: (error: unknown) => void;
}

/** Appends in the order they came; each write takes what has come until then. */
export interface AppendQueue {
  /** @throws PleiadError BODY_OVERSIZED, APPENDS_TOO_MANY (retryable) */
  push(said: Body): Promise<Entry>;
  next(): readonly WaitingAppend[];
  readonly size: number;
}

export function createAppendQueue(): AppendQueue {
  const waiting: WaitingAppend[] = [];
  return {
    push(said) {
      const text = encodeBody(said);
      if (waiting.length >= APPENDS_WAITING_MAX) {
        throw workspaceError("APPENDS_TOO_MANY", `${waiting.length} entries wait for the disk already`, {
          retryable: true,
          hint: "look at the disk: it has stopped answering, or something here says too much",
        });
      }
      return new Promise<Entry>((done, failed) => void waiting.push({ text, done, failed }));
    },
    next: () => waiting.splice(0, ENTRIES_PER_WRITE_MAX),
    get size() {
      return waiting.length;
    },
  };
}
