import { createHash, timingSafeEqual } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyRequest } from "fastify";

/** A refused request: 403 for who may not ask at all, 401 for who has not shown the token. */
export class ApiRefused extends PleiadError {
  readonly statusCode: 401 | 403;

  constructor(
    statusCode: 401 | 403,
    code: "API_HOST_REFUSED" | "API_ORIGIN_REFUSED" | "API_TOKEN_WRONG",
    hint: string,
  ) {
    super(
      code === "API_TOKEN_WRONG" ? "the token is missing or wrong" : "requests from web pages are refused",
      {
        code,
        hint,
      },
    );
    this.statusCode = statusCode;
  }
}

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
    throw new ApiRefused(403, "API_HOST_REFUSED", `ask ${allowed[0]} by that name`);
  }
  if (origin !== undefined && !(origins === "own" && origin === `http://${host}`)) {
    throw new ApiRefused(403, "API_ORIGIN_REFUSED", "ask from a program, not from a web page");
  }
}

/** Checks the bearer token without telling by the time it takes how much of it was right. @throws ApiRefused */
export function checkToken(request: FastifyRequest, token: string): void {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // A token file that a crash or a person left empty opens to nobody.
  if (token === "" || !timingSafeEqual(digest(given), digest(token))) {
    throw new ApiRefused(401, "API_TOKEN_WRONG", "send the content of api.token as Authorization: Bearer");
  }
}
