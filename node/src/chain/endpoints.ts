import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Backoff, backoffMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { hasCode } from "./errors.ts";
import type { RpcBlock } from "./parse.ts";
import type { RpcExchange } from "./rpcAnswer.ts";

/** Impossible answers within `LIES_WINDOW_MS` that shut an endpoint out: one may be a proxy's error page. */
export const LIES_MAX = 3;
/** Milliseconds. */
export const LIES_WINDOW_MS = 60_000;
/** How long an endpoint that lied is left out, the first time; twice as long each time after that. Milliseconds. */
export const QUARANTINE_MS = 300_000;
/** Longest time for which an endpoint that lied is left out. Milliseconds. */
export const QUARANTINE_MS_MAX = 3_600_000;
/** How long an endpoint that lags is left out; then it is looked at again. Milliseconds. */
export const LAG_QUARANTINE_MS = 60_000;
/** An endpoint whose answers take this long is asked only where no quicker one is well: windows are seconds. Milliseconds. */
export const SLOW_MS = 2_000;
/** Weight of the newest answer in an endpoint's latency. */
const LATENCY_WEIGHT = 0.2;
/** Doubling beyond this changes nothing: the longest quarantine is reached. */
const QUARANTINE_DOUBLINGS_MAX = 8;

/** Why an endpoint is left out. */
export interface Quarantine {
  readonly kind: "lies" | "lags";
  /** Monotonic time at which it ends, in milliseconds. */
  readonly untilMs: number;
  /** Names the request. */
  readonly reason: PleiadError;
}

/** An endpoint and what is known of its health. */
export interface Endpoint {
  /** Place in the list and host: what logs and errors call it. Never the URL, which may hold a key. */
  readonly name: string;
  readonly exchange: RpcExchange;
  /** Whether it said the right chain id since it was last out of reach. */
  isVerified: boolean;
  /** Failures in a row. */
  failures: number;
  /** Monotonic time before which it is left alone, in milliseconds. */
  restUntilMs: number;
  /** What it failed with last; undefined while it is well. */
  lastError: unknown;
  /** Requests and failures since the start. */
  requestCount: number;
  failureCount: number;
  /** How long its answers take, the newest ones counting most, in milliseconds. */
  latencyMs: number | undefined;
  /** The newest block that it has shown. */
  head: Pick<RpcBlock, "number" | "timestamp"> | undefined;
  /** When its impossible answers came, by the monotonic clock, in milliseconds. */
  liedAtMs: readonly number[];
  /** How often it was left out for lying. */
  quarantineCount: number;
  quarantine: Quarantine | undefined;
}

/** An endpoint's health, as an operator sees it. */
export interface EndpointHealth {
  readonly name: string;
  /** `resting` after a failure, `lags` and `lies` while it is left out for that. */
  readonly state: "well" | "resting" | "lags" | "lies";
  readonly requestCount: number;
  readonly failureCount: number;
  readonly latencyMs: number | undefined;
  readonly headBlock: bigint | undefined;
  /** How many blocks another endpoint has shown beyond its own newest one. */
  readonly lagBlocks: bigint;
  /** What it failed with, or is left out for. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
}

/**
 * The endpoints of one chain, in the operator's order: the first that is well is asked.
 *
 * | state | becomes | when |
 * |---|---|---|
 * | well | resting | a failure; for as long as it asked for, or longer with each failure in a row |
 * | resting | well | its time is over, or it answered |
 * | any | lies | `LIES_MAX` impossible answers within `LIES_WINDOW_MS`, another chain's id, or outvoted by the others |
 * | any | lags | seen to lag, twice in a row |
 * | lies, lags | well | its time is over; it says its chain id anew before it is believed |
 */
export interface Endpoints {
  readonly all: readonly Endpoint[];
  /** The endpoint to ask next: one that is not left out where there is one, rested before resting, quick before slow. */
  next(): Endpoint;
  /** How long `endpoint` still has to rest, in milliseconds. */
  restMs(endpoint: Endpoint): number;
  /** Whether it is not left out for lying. */
  isTrusted(endpoint: Endpoint): boolean;
  /** Whether its answers take long, and another one is well that is quicker. */
  isSlow(endpoint: Endpoint): boolean;
  /** It answered, after so long. */
  succeeded(endpoint: Endpoint, tookMs: number): void;
  /** It failed, after so long: it rests as long as it asked for, or longer with each failure. */
  failed(endpoint: Endpoint, error: PleiadError, tookMs: number): void;
  /** Leaves it out for a while. Where all have lied they are asked all the same: their answers are checked as ever. */
  quarantine(endpoint: Endpoint, kind: Quarantine["kind"], reason: PleiadError): void;
  health(): readonly EndpointHealth[];
}

/** How an endpoint is called. */
export function nameOfEndpoint(url: string, index: number): string {
  return `RPC endpoint ${index + 1} (${URL.canParse(url) ? new URL(url).host : "not a URL"})`;
}

export interface EndpointsModules {
  /** At least one. */
  readonly exchanges: readonly { readonly name: string; readonly exchange: RpcExchange }[];
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly logger: Logger;
}

export function createEndpoints({ exchanges, clock, backoff, logger }: EndpointsModules): Endpoints {
  const all: readonly Endpoint[] = exchanges.map(({ name, exchange }) => ({
    name,
    exchange,
    isVerified: false,
    failures: 0,
    restUntilMs: Number.NEGATIVE_INFINITY,
    lastError: undefined,
    requestCount: 0,
    failureCount: 0,
    latencyMs: undefined,
    head: undefined,
    liedAtMs: [],
    quarantineCount: 0,
    quarantine: undefined,
  }));

  const restMs = ({ restUntilMs }: Endpoint) => Math.max(0, restUntilMs - clock.monotonicMs());

  /** Why it is left out now; a time that is over ends it. */
  function quarantineOf(endpoint: Endpoint): Quarantine | undefined {
    const { quarantine, name } = endpoint;
    if (quarantine === undefined || clock.monotonicMs() < quarantine.untilMs) return quarantine;
    endpoint.quarantine = undefined;
    endpoint.isVerified = false;
    endpoint.liedAtMs = [];
    logger.info({ endpoint: name }, "an endpoint is asked again");
    return undefined;
  }

  function isTrusted(endpoint: Endpoint): boolean {
    return quarantineOf(endpoint)?.kind !== "lies";
  }

  const isWell = (endpoint: Endpoint) => quarantineOf(endpoint) === undefined && restMs(endpoint) === 0;

  function isSlow(endpoint: Endpoint): boolean {
    if ((endpoint.latencyMs ?? 0) < SLOW_MS) return false;
    return all.some((other) => isWell(other) && other.latencyMs !== undefined && other.latencyMs < SLOW_MS);
  }

  function noteLatency(endpoint: Endpoint, tookMs: number): void {
    endpoint.latencyMs = (endpoint.latencyMs ?? tookMs) * (1 - LATENCY_WEIGHT) + tookMs * LATENCY_WEIGHT;
  }

  function noteLie(endpoint: Endpoint, error: PleiadError): void {
    const nowMs = clock.monotonicMs();
    endpoint.liedAtMs = [...endpoint.liedAtMs, nowMs].filter((atMs) => nowMs - atMs < LIES_WINDOW_MS);
    if (endpoint.liedAtMs.length >= LIES_MAX) quarantine(endpoint, "lies", error);
  }

  function quarantine(endpoint: Endpoint, kind: Quarantine["kind"], reason: PleiadError): void {
    const before = quarantineOf(endpoint)?.kind;
    if (before === kind || before === "lies") return;
    const doublings = Math.min(endpoint.quarantineCount, QUARANTINE_DOUBLINGS_MAX);
    const forMs =
      kind === "lags" ? LAG_QUARANTINE_MS : Math.min(QUARANTINE_MS * 2 ** doublings, QUARANTINE_MS_MAX);
    if (kind === "lies") endpoint.quarantineCount += 1;
    endpoint.quarantine = { kind, untilMs: clock.monotonicMs() + forMs, reason };
    logger[kind === "lies" ? "error" : "warn"](
      { endpoint: endpoint.name, kind, forMs, code: reason.code, message: reason.message },
      "an endpoint is left out",
    );
  }

  function healthOf(endpoint: Endpoint): EndpointHealth {
    const { name, requestCount, failureCount, latencyMs, head } = endpoint;
    const left = quarantineOf(endpoint);
    const error = left?.reason ?? endpoint.lastError;
    const newest = all.reduce(
      (most, { head: other }) => (other && other.number > most ? other.number : most),
      0n,
    );
    return {
      name,
      state: left?.kind ?? (restMs(endpoint) > 0 ? "resting" : "well"),
      requestCount,
      failureCount,
      latencyMs,
      headBlock: head?.number,
      lagBlocks: head === undefined ? 0n : newest - head.number,
      error: error instanceof PleiadError ? { code: error.code, message: error.message } : undefined,
    };
  }

  return {
    all,
    next() {
      const trusted = all.filter(isTrusted);
      // Where all have lied, whatever the first says is checked as ever.
      const pool = trusted.length > 0 ? trusted : all;
      const rested = pool.filter((endpoint) => restMs(endpoint) === 0);
      const best =
        rested.find((endpoint) => isWell(endpoint) && !isSlow(endpoint)) ??
        rested.find(isWell) ??
        rested[0] ??
        pool.reduce((least, endpoint) => (restMs(endpoint) < restMs(least) ? endpoint : least));
      return best;
    },
    restMs,
    isTrusted,
    isSlow,
    succeeded(endpoint, tookMs) {
      endpoint.failures = 0;
      endpoint.restUntilMs = Number.NEGATIVE_INFINITY;
      endpoint.lastError = undefined;
      noteLatency(endpoint, tookMs);
    },
    failed(endpoint, error, tookMs) {
      // Requests that run side by side fail together: that is one failure, not many.
      if (restMs(endpoint) === 0) endpoint.failures += 1;
      endpoint.failureCount += 1;
      // Behind a connection that broke may be another chain when it comes back.
      if (hasCode(error, "RPC_UNREACHABLE", "RPC_TIMEOUT")) endpoint.isVerified = false;
      endpoint.lastError = error;
      // An answer that never came took at least as long.
      if (hasCode(error, "RPC_TIMEOUT")) noteLatency(endpoint, tookMs);
      const waitMs = retryAfterMsOf(error) ?? backoffMs(endpoint.failures, backoff);
      endpoint.restUntilMs = Math.max(endpoint.restUntilMs, clock.monotonicMs() + waitMs);
      if (hasCode(error, "RPC_INVALID_ANSWER")) noteLie(endpoint, error);
    },
    quarantine,
    health: () => all.map(healthOf),
  };
}

/** How long an endpoint asked to be left alone, in milliseconds; undefined when it did not say. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const value = error instanceof PleiadError ? error.details.retryAfterMs : undefined;
  return typeof value === "number" ? value : undefined;
}
