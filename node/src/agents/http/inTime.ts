import { AgentError } from "../errors.ts";
import { isSystemError } from "../systemError.ts";
import type { BoundedRequest, BoundedResponse } from "./request.ts";
import { requestBounded } from "./request.ts";

/** What ends an exchange with a server early. */
export interface TimeLimits {
  readonly signal: AbortSignal;
  /** The limit as configured, for the error. */
  readonly timeoutMs: number;
  /** What is left of it. */
  readonly remainingMs: number;
  /** How long nothing may come once the answer has begun. @default as long as the whole may take */
  readonly idleTimeoutMs?: number;
}

/** `requestBounded`, with the errors of `inTime`. */
export async function requestInTime(
  request: Omit<BoundedRequest, "signal">,
  limits: TimeLimits,
): Promise<BoundedResponse> {
  return await inTime(request.url.origin, limits, (signal) => requestBounded({ ...request, signal }));
}

/**
 * Talks to a server, with a clock and typed errors.
 *
 * @param work Must break off at its signal. It says with `alive` that something came.
 * @throws AgentError AGENT_STOPPED, AGENT_TIMED_OUT, AGENT_HTTP_STALLED, AGENT_HTTP_UNREACHABLE, and those of `work`
 */
export async function inTime<T>(
  origin: string,
  limits: TimeLimits,
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs, remainingMs, idleTimeoutMs } = limits;
  const clock = new AbortController();
  const idle = new AbortController();
  const timer = setTimeout(() => clock.abort(), Math.max(1, remainingMs));
  let idleTimer: NodeJS.Timeout | undefined;
  const alive = (): void => {
    if (idleTimeoutMs === undefined) return;
    idleTimer ??= setTimeout(() => idle.abort(), idleTimeoutMs);
    idleTimer.refresh();
  };
  try {
    return await work(AbortSignal.any([signal, clock.signal, idle.signal]), alive);
  } catch (error) {
    if (signal.aborted) throw new AgentError("AGENT_STOPPED", "the run was stopped");
    if (error instanceof AgentError) throw error;
    if (clock.signal.aborted) {
      throw new AgentError("AGENT_TIMED_OUT", `${origin} gave no answer in ${timeoutMs} ms`, {
        details: { origin, timeoutMs },
      });
    }
    if (idle.signal.aborted) {
      throw new AgentError("AGENT_HTTP_STALLED", `${origin} sent nothing more for ${idleTimeoutMs} ms`, {
        details: { origin, idleTimeoutMs },
      });
    }
    throw unreachable(origin, error);
  } finally {
    clearTimeout(timer);
    clearTimeout(idleTimer);
  }
}

/** The typed error where the other side or the network caused it; anything else is a bug and stays what it is. */
function unreachable(origin: string, error: unknown): unknown {
  const errorCode = connectionCode(error);
  if (errorCode === undefined) return error;
  return new AgentError("AGENT_HTTP_UNREACHABLE", `${origin} cannot be reached: ${errorCode}`, {
    details: { origin, errorCode },
    cause: error,
  });
}

function connectionCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return connectionCode(error.errors[0]);
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  // HPE_: not HTTP at all. ERR_TLS_, CERT_ and the like: another certificate than expected.
  const foreign = /^(HPE_|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|ECONN|EPROTO)/;
  return isSystemError(error) || foreign.test(error.code) ? error.code : undefined;
}
