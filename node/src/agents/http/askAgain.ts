import { setTimeout as sleep } from "node:timers/promises";
import type { AgentErrorCode } from "../errors.ts";
import { AgentError } from "../errors.ts";

/** How often a request in the middle of a conversation is sent again. */
export const ASK_AGAIN_MAX = 3;
/** The first wait before it, where the server names none; each further one is twice as long. */
export const ASK_AGAIN_WAIT_MS = 500;

/** Faults of a network or of a busy server. */
const PASSING: ReadonlySet<string> = new Set<AgentErrorCode>([
  "AGENT_HTTP_LIMITED",
  "AGENT_HTTP_STALLED",
  "AGENT_HTTP_UNAVAILABLE",
  "AGENT_HTTP_UNREACHABLE",
]);

/**
 * Asks, and after a passing fault asks again: as long as the server says, or a little longer each time.
 *
 * @param remainingMs What is left of the run; a wait that does not fit into it is not begun.
 * @throws AgentError the fault itself when it did not pass, AGENT_STOPPED
 */
export async function askAgain<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  remainingMs: () => number,
): Promise<T> {
  for (let again = 0; ; again += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof AgentError) || !PASSING.has(error.code) || again >= ASK_AGAIN_MAX) throw error;
      const waitMs = error.retryAfterMs ?? ASK_AGAIN_WAIT_MS * 2 ** again;
      if (waitMs >= remainingMs()) throw error;
      await sleep(waitMs, undefined, { signal }).catch(() => {
        throw new AgentError("AGENT_STOPPED", "the run was stopped");
      });
    }
  }
}
