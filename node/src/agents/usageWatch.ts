import type { UsageTold, UsageWatch } from "./driver.ts";
import { AgentError, type AgentErrorCode } from "./errors.ts";

/** The watch alone of a run or a turn, to hand it on. */
export function watchOf({ onAsked, onUsage }: UsageWatch): UsageWatch {
  return { ...(onAsked === undefined ? {} : { onAsked }), ...(onUsage === undefined ? {} : { onUsage }) };
}

/** Faults of which it is known that no model was asked, or that it was asked for nothing: no provider takes money for them. */
const FREE: ReadonlySet<string> = new Set<AgentErrorCode>([
  "AGENT_PROGRAM_MISSING",
  "AGENT_START_FAILED",
  "AGENT_LOGIN_MISSING",
  "AGENT_SESSION_LOST",
  "AGENT_ATTACHMENT_REFUSED",
  "AGENT_TURN_RUNNING",
  "AGENT_HTTP_LIMITED",
  "AGENT_HTTP_UNAVAILABLE",
  "AGENT_HTTP_REFUSED",
  "AGENT_HTTP_KEY_REFUSED",
  "AGENT_HTTP_REDIRECTED",
]);
/** How a connection fails that never was. */
const NEVER_CONNECTED: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Whether what failed so has cost nothing. Of anything else nobody knows. */
function isFree(error: unknown): boolean {
  if (!(error instanceof AgentError)) return false;
  if (error.code === "AGENT_HTTP_UNREACHABLE") return NEVER_CONNECTED.has(error.details.errorCode);
  return FREE.has(error.code);
}

/** Keeps what a run or a turn is told to use, for the books of one that fails. */
export interface UsageKeeper {
  readonly watch: UsageWatch;
  wasAsked(): boolean;
  /** What was told of one that failed so; undefined where it cost nothing. */
  ofFailed(error: unknown): UsageTold | undefined;
}

export function keepUsage(): UsageKeeper {
  let told: UsageTold | undefined;
  return {
    watch: {
      onAsked() {
        told ??= {};
      },
      onUsage(now) {
        told = now;
      },
    },
    wasAsked: () => told !== undefined,
    ofFailed: (error) =>
      told?.usage === undefined && told?.costUsd === undefined && isFree(error) ? undefined : told,
  };
}
