import type { IncomingHttpHeaders } from "node:http";
import { isRetryable, type PleiadError } from "@pleiad/sdk/errors";
import type { FastifyRequest } from "fastify";
import { plain } from "../face/plain.ts";
import { tokenOfProtocols } from "./events.ts";

/** The token that a request shows; undefined where it shows none. */
export function bearerOf(request: Pick<FastifyRequest, "headers">): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
}

/** The same, or what a WebSocket names among its protocols, where a browser can set no header. */
export function tokenOfHeaders(headers: IncomingHttpHeaders): string | undefined {
  return bearerOf({ headers }) ?? tokenOfProtocols(headers["sec-websocket-protocol"]);
}

/** Codes whose status their ending does not say. */
const STATUS: Readonly<Record<string, number>> = {
  TOKEN_WRONG: 401,
  TOKEN_DAMAGED: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_OTHER_CLUSTER: 403,
  OPERATION_NOT_ALLOWED: 403,
  AGENT_NOT_IN_CLUSTER: 403,
  AGENT_NOT_SERVED: 403,
  AGENT_IN_TWO_CLUSTERS: 403,
  CLUSTER_FOREIGN: 403,
  HELPER_OF_OTHER_NODE: 403,
  USER_NOT_ADMITTED: 403,
  TERMINAL_NOT_ALLOWED: 403,
  VERSION_CONFLICT: 409,
  FILES_RESERVED: 409,
  HELPER_EXISTS: 409,
  JOB_ENDED: 409,
  JOB_CYCLE: 409,
  APPROVAL_ENDED: 409,
  RECIPIENT_AMBIGUOUS: 409,
  MANAGER_OFF: 404,
  EXECUTION_TAKEN_BACK: 404,
  CREDIT_EMPTY: 409,
  POLICY_FORBIDS: 403,
  LOCAL_WALLET_OFF: 403,
  LOCAL_WALLET_REFUSED: 403,
  FORMATION_IMPOSSIBLE: 409,
  BUDGET_EXCEEDED: 409,
  PLAN_STALE: 409,
  PLAN_OVER: 409,
  STEP_NOT_NEXT: 409,
};

/** How an expected failure is answered: with its code, what to do, and whether it may go away by itself. */
export function refusalOf(error: PleiadError): {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { code, message, hint } = error;
  const status = statusOf(error);
  return {
    status,
    body: {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      retryable: isRetryable(error),
      details: plain(error.details),
    },
    headers: status === 401 ? { "www-authenticate": 'Bearer realm="pleiad workspace"' } : {},
  };
}

function statusOf(error: PleiadError): number {
  const { code } = error;
  if (isRetryable(error)) return 503;
  const known = STATUS[code];
  if (known !== undefined) return known;
  if (code.endsWith("_NOT_YOURS")) return 403;
  if (code.endsWith("_UNKNOWN") || code.endsWith("_MISSING")) return 404;
  return 400;
}
