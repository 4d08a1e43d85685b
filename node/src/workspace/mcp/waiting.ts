import type { ServerContext } from "@modelcontextprotocol/server";
import { workspaceError } from "../errors.ts";
import { PROGRESS_EVERY_MS, WAITS_MAX } from "../face/limits.ts";

/** One call of a tool, whatever the face. */
export interface ToolCall {
  /** Aborted when its caller wants no answer any more. */
  readonly signal: AbortSignal;
  /** Tells its caller that it still waits: each number is higher than the one before. @default nobody asked */
  readonly tell?: (progress: number, message: string) => void;
}

/** A call that came by MCP. */
export function callOf({ mcpReq }: ServerContext): ToolCall {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { signal: mcpReq.signal };
  return {
    signal: mcpReq.signal,
    tell(progress, message) {
      mcpReq
        .notify({ method: "notifications/progress", params: { progressToken, progress, message } })
        // Who has gone hears nothing.
        .catch(() => undefined);
    },
  };
}

/** What a tool that waits needs of its call. */
export interface Waiter {
  /** Rejects when the caller wants no answer any more. */
  readonly cancelled: Promise<never>;
  /** Tells the caller that it still waits, and for what. Nothing where it did not ask. */
  progress(message: string): void;
}

/** Counts those who wait, so that nobody makes the daemon wait without end. */
export function createWaits() {
  let count = 0;
  return {
    /**
     * Runs something that waits, telling of progress as long as it does.
     *
     * @throws PleiadError WAITS_TOO_MANY, CALL_CANCELLED
     */
    async run<T>(call: ToolCall, what: string, wait: (waiter: Waiter) => Promise<T>): Promise<T> {
      if (count >= WAITS_MAX) {
        throw workspaceError("WAITS_TOO_MANY", `${count} calls of yours wait already`, {
          retryable: true,
          hint: "let one of them end, or ask without waiting",
          details: { waitsMax: WAITS_MAX },
        });
      }
      count += 1;
      const { signal } = call;
      const progress = progressOf(call);
      const { promise: cancelled, reject } = Promise.withResolvers<never>();
      cancelled.catch(() => undefined);
      const cancel = () => reject(workspaceError("CALL_CANCELLED", `${what} was cancelled by its caller`));
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel, { once: true });
      const beat = setInterval(() => progress(what), PROGRESS_EVERY_MS);
      try {
        progress(what);
        return await Promise.race([wait({ cancelled, progress }), cancelled]);
      } finally {
        clearInterval(beat);
        signal.removeEventListener("abort", cancel);
        count -= 1;
      }
    },
  };
}

/** Notices of progress for a caller that wants them. */
function progressOf({ tell }: ToolCall): (message: string) => void {
  let progress = 0;
  return (message) => {
    progress += 1;
    tell?.(progress, message);
  };
}
