import { PleiadError } from "@pleiad/sdk/errors";
import { type Backoff, backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { hasCode } from "./errors.ts";

/** An endpoint and what is known of its health. */
export interface Endpoint {
  readonly url: string;
  /** Place in the list and host: what logs and errors call it. Never the URL, which may hold a key. */
  readonly name: string;
  /** Whether it said the right chain id since it was last out of reach. */
  isVerified: boolean;
  /** Failures in a row. */
  failures: number;
  /** Monotonic time before which it is left alone, in milliseconds. */
  restUntilMs: number;
  /** What it failed with last; undefined while it is well. */
  lastError: unknown;
}

/** The endpoints of one chain, in the operator's order: the first that is well is asked. */
export interface Endpoints {
  /** The endpoint to ask next: the first that need not rest, else the one whose rest ends first. */
  next(): Endpoint;
  /** How long `endpoint` still has to rest, in milliseconds. */
  restMs(endpoint: Endpoint): number;
  /** It answered. */
  succeeded(endpoint: Endpoint): void;
  /** It failed: it rests as long as it asked for, or longer with each failure. */
  failed(endpoint: Endpoint, error: unknown): void;
}

/** @param urls At least one. */
export function createEndpoints(
  options: { readonly urls: readonly string[] },
  modules: EndpointModules,
): Endpoints {
  const { clock, backoff } = modules;
  const endpoints: readonly Endpoint[] = options.urls.map((url, index) => ({
    url,
    name: `RPC endpoint ${index + 1} (${hostOf(url)})`,
    isVerified: false,
    failures: 0,
    restUntilMs: Number.NEGATIVE_INFINITY,
    lastError: undefined,
  }));

  function restMs({ restUntilMs }: Endpoint): number {
    return Math.max(0, restUntilMs - clock.monotonicMs());
  }

  return {
    next() {
      const rested = endpoints.find((endpoint) => restMs(endpoint) === 0);
      if (rested !== undefined) return rested;
      return endpoints.reduce((best, endpoint) => (restMs(endpoint) < restMs(best) ? endpoint : best));
    },
    restMs,
    succeeded(endpoint) {
      endpoint.failures = 0;
      endpoint.restUntilMs = Number.NEGATIVE_INFINITY;
      endpoint.lastError = undefined;
    },
    failed(endpoint, error) {
      // Requests that run side by side fail together: that is one failure, not many.
      if (restMs(endpoint) === 0) endpoint.failures += 1;
      // Behind a connection that broke may be another chain when it comes back.
      if (hasCode(error, "RPC_UNREACHABLE", "RPC_TIMEOUT")) endpoint.isVerified = false;
      endpoint.lastError = error;
      const waitMs = retryAfterMsOf(error) ?? backoffMs(endpoint.failures, backoff);
      endpoint.restUntilMs = Math.max(endpoint.restUntilMs, clock.monotonicMs() + waitMs);
    },
  };
}

export interface EndpointModules {
  readonly clock: Clock;
  readonly backoff: Backoff;
}

/** How long an endpoint asked to be left alone, in milliseconds; undefined when it did not say. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const value = error instanceof PleiadError ? error.details.retryAfterMs : undefined;
  return typeof value === "number" ? value : undefined;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "not a URL";
}
