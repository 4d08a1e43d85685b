import { createHash, timingSafeEqual } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyRequest } from "fastify";

/** A refused request: 403 for who may not ask that, 401 for who has not shown a token. */
export class ApiRefused extends PleiadError {
  readonly statusCode: 401 | 403;

  constructor(
    statusCode: 401 | 403,
    code:
      | "API_HOST_REFUSED"
      | "API_ORIGIN_REFUSED"
      | "API_TOKEN_WRONG"
      | "ROLE_TOO_LOW"
      | "ROLE_NOT_OPERATORS"
      | "TOKEN_EXPIRED",
    message: string,
    hint: string,
  ) {
    super(message, { code, hint });
    this.statusCode = statusCode;
  }
}

const WEB_PAGE = "requests from web pages are refused";

/**
 * Refuses what a browser sends. A page that tricks the browser's name resolution (DNS rebinding) still sends its own
 * name as `Host`; any page that sends a request across origins sends an `Origin`.
 *
 * @param origins `own` lets pages of this very server ask: nobody else's page can send its origin. @default "none"
 * @throws ApiRefused
 */
export function refuseWebPages(
  request: FastifyRequest,
  port: number,
  origins: "none" | "own" = "none",
): void {
  const allowed = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  const { host = "", origin } = request.headers;
  if (!allowed.includes(host)) {
    throw new ApiRefused(403, "API_HOST_REFUSED", WEB_PAGE, `ask ${allowed[0]} by that name`);
  }
  if (origin !== undefined && !(origins === "own" && origin === `http://${host}`)) {
    throw new ApiRefused(403, "API_ORIGIN_REFUSED", WEB_PAGE, "ask from a program, not from a web page");
  }
}

/** Checks a token without telling by the time it takes how much of it was right. @throws ApiRefused */
export function checkToken(given: string | undefined, token: string): void {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // A token file that a crash or a person left empty opens to nobody.
  if (token === "" || !timingSafeEqual(digest(given ?? ""), digest(token))) throw tokenRefused();
}

/** @param why Of a token that was found: one that was good until it expired is worth a word of its own. */
export function tokenRefused(why?: PleiadError): ApiRefused {
  if (why?.code === "TOKEN_EXPIRED")
    return new ApiRefused(401, "TOKEN_EXPIRED", why.message, why.hint ?? "have a new token made");
  return new ApiRefused(
    401,
    "API_TOKEN_WRONG",
    "the token is missing or wrong",
    "send the content of api.token as Authorization: Bearer, or what pleiad dashboard gives",
  );
}
