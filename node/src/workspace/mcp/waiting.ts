import type { ServerContext } from "@modelcontextprotocol/server";
import { workspaceError } from "../errors.ts";
import { PROGRESS_EVERY_MS, WAITS_MAX } from "../face/limits.ts";

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
    async run<T>(context: ServerContext, what: string, wait: (waiter: Waiter) => Promise<T>): Promise<T> {
      if (count >= WAITS_MAX) {
        throw workspaceError("WAITS_TOO_MANY", `${count} calls of yours wait already`, {
          retryable: true,
          hint: "let one of them end, or ask without waiting",
          details: { waitsMax: WAITS_MAX },
        });
      }
      count += 1;
      const { signal } = context.mcpReq;
      const progress = progressOf(context);
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

/** Notices of progress for a caller that gave a token for them: each is higher than the one before. */
function progressOf({ mcpReq }: ServerContext): (message: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  let progress = 0;
  return (message) => {
    if (progressToken === undefined) return;
    progress += 1;
    mcpReq
      .notify({ method: "notifications/progress", params: { progressToken, progress, message } })
      // Who has gone hears nothing.
      .catch(() => undefined);
  };
}
