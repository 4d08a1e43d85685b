import { isRoleEnough, type TokenRole } from "@pleiad/sdk/types/tokenRole";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiRefused } from "./guard.ts";

/** Who asks, as far as a route wants to know. */
export interface Caller {
  readonly role: TokenRole;
  /** Whether its token is the operator's, of any role, for all of this daemon: not an agent's, a user's or one cluster's. */
  readonly isOperators: boolean;
}

/** What a route wants of who asks it. Each has one: a server with a route that has none does not start. */
export type RouteAccess =
  /** No token: a probe, or the page before somebody has shown one. */
  | "open"
  | {
      readonly role: TokenRole;
      /** `anybody` with a token: the route itself looks whose; `operator`: what is the daemon's, and no agent's or user's. */
      readonly who: "anybody" | "operator";
    };

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
  }
}

export const OPEN: RouteAccess = "open";
/** Reading what is the daemon's own. */
export const OPERATOR_VIEWS: RouteAccess = { role: "view", who: "operator" };
/** Doing with what is the daemon's own, as its operator's people may. */
export const OPERATOR_ACTS: RouteAccess = { role: "act", who: "operator" };
/** The daemon's own affairs. */
export const OPERATES: RouteAccess = { role: "operate", who: "operator" };
export const ANYBODY_VIEWS: RouteAccess = { role: "view", who: "anybody" };
export const ANYBODY_ACTS: RouteAccess = { role: "act", who: "anybody" };

/** A route as it was added, with what it wants. */
export interface AccessEntry {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

/** Notes what each route wants, from here on. A route that says nothing is a bug, found before anything listens. */
export function collectAccess(app: FastifyInstance): readonly AccessEntry[] {
  const entries: AccessEntry[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    const access = config?.access;
    if (access === undefined) throw new Error(`the route ${method} ${url} does not say who may ask it`);
    for (const one of [method].flat()) entries.push({ method: one, url, access });
  });
  return entries;
}

/**
 * The one place where it is decided who may ask a route.
 *
 * @param identify Tells who sends the request's token. @throws where the token is none
 * @throws ApiRefused ROLE_TOO_LOW, ROLE_NOT_OPERATORS, and what `identify` throws
 */
export async function requireAccess(request: FastifyRequest, identify: () => Promise<Caller>): Promise<void> {
  // What leads to no route is told so to whoever has a token, and to nobody else.
  const access = request.routeOptions.config.access ?? ANYBODY_VIEWS;
  if (access === "open") return;
  const { role, isOperators } = await identify();
  if (!isRoleEnough(role, access.role)) {
    throw new ApiRefused(
      403,
      "ROLE_TOO_LOW",
      `the token's role is ${role}, this wants ${access.role}`,
      access.role === "act"
        ? "ask with a token that may act: pleiad dashboard --role act"
        : "ask with the API's own token, the content of api.token",
    );
  }
  if (access.who === "operator" && !isOperators) {
    throw new ApiRefused(
      403,
      "ROLE_NOT_OPERATORS",
      "the token is an agent's, a user's or for one cluster; this is the daemon's own",
      "ask with a token of the operator's: pleiad dashboard",
    );
  }
}
