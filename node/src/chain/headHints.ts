import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Backoff, backoffMs } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { chainFailure } from "./errors.ts";
import { openTextSocket, type TextSocket } from "./textSocket.ts";

/**
 * Hears over a WebSocket that there is a new block. A hint and nothing more: whoever hears it looks at the chain as he
 * would have later. While the socket is down nothing is lost but time.
 */
export interface HeadHints {
  /** Connects, and connects again whenever the connection ends, until `stop`. */
  start(onHint: () => void): void;
  stop(): void;
  /** Whether the endpoint has taken the subscription and the connection stands. */
  isLive(): boolean;
  /** Why it is not live; undefined while it is. */
  error(): PleiadError | undefined;
}

/** For the handshake, and for the answer to the subscription: an endpoint that takes longer helps nobody. Milliseconds. */
export const HEADS_TIMEOUT_MS = 10_000;
/** A header has about 2 KiB; more than this is none. Bytes. */
export const HEADS_MESSAGE_BYTES_MAX = 65_536;
/** The fastest chains have some ten blocks a second; an endpoint that says more floods. Frames. */
export const HEADS_FRAMES_PER_SECOND_MAX = 100;
/** A hundred headers of the usual size, with room: what comes without being a message counts here. Bytes. */
export const HEADS_BYTES_PER_SECOND_MAX = 524_288;
/** Looks at the chain that hints are worth, a second; what comes beyond them is one look at the second's end. Hints. */
export const HEADS_HINTS_PER_SECOND_MAX = 50;
/** How often a connection on which nothing was heard is tried; the second time it is given up. Milliseconds. */
export const HEADS_PING_INTERVAL_MS = 15_000;
/** First wait after a connection ended. Milliseconds. */
export const HEADS_BACKOFF_BASE_MS = 500;
/** Longest wait before the next connection. Milliseconds. */
export const HEADS_BACKOFF_MAX_MS = 60_000;
/** A connection that stood so long was a good one: the next wait is the first again. Milliseconds. */
export const HEADS_STABLE_MS = 60_000;

const SECOND_MS = 1_000;
const SUBSCRIBE_ID = 1;
const SUBSCRIBE = { jsonrpc: "2.0", id: SUBSCRIBE_ID, method: "eth_subscribe", params: ["newHeads"] };

export interface HeadHintsOptions {
  /** ws or wss. May hold a key: never logged. */
  readonly url: string;
}

export interface HeadHintsModules {
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}

/**
 * @example
 * const hints = createHeadHints({ url: "ws://127.0.0.1:8545" }, { logger });
 * hints.start(() => follower.poke());
 */
export function createHeadHints(options: HeadHintsOptions, modules: HeadHintsModules): HeadHints {
  const { logger, clock = systemClock(), random = Math.random } = modules;
  const name = `WebSocket endpoint (${URL.canParse(options.url) ? new URL(options.url).host : "not a URL"})`;
  const backoff: Backoff = { baseMs: HEADS_BACKOFF_BASE_MS, maxMs: HEADS_BACKOFF_MAX_MS, random };
  let isStopped = false;
  let socket: TextSocket | undefined;
  let isLive = false;
  let lastError: PleiadError | undefined;
  let failures = 0;
  let openedAtMs = 0;
  /** Whether anything was heard since the last ping. */
  let isHeard = true;
  let cancelTimer: () => void = () => undefined;
  let tell: () => void = () => undefined;
  const hints = createHintGate({ clock, onHint: () => tell() });
  const flood = createRate({ clock, perSecondMax: HEADS_FRAMES_PER_SECOND_MAX });

  function connect(): void {
    openedAtMs = clock.monotonicMs();
    isHeard = true;
    socket = openTextSocket(
      {
        url: options.url,
        openTimeoutMs: HEADS_TIMEOUT_MS,
        messageBytesMax: HEADS_MESSAGE_BYTES_MAX,
        bytesPerSecondMax: HEADS_BYTES_PER_SECOND_MAX,
      },
      {
        onOpen() {
          socket?.send(JSON.stringify(SUBSCRIBE));
          cancelTimer = clock.after(HEADS_TIMEOUT_MS, () => give("HEADS_UNREACHABLE", "no subscription"));
        },
        onFrame() {
          isHeard = true;
          if (flood.take()) return;
          give("HEADS_INVALID", `more than ${HEADS_FRAMES_PER_SECOND_MAX} frames a second`);
        },
        onText: hear,
        onEnd: ({ kind, reason, cause }) =>
          ended(failure(kind === "invalid" ? "HEADS_INVALID" : "HEADS_UNREACHABLE", reason, cause)),
      },
    );
  }

  function hear(text: string): void {
    const message = parsed(text);
    if (message === undefined) give("HEADS_INVALID", "what it says is not JSON-RPC");
    else if (message.method === "eth_subscription" && isLive) hints.take();
    else if (message.id === SUBSCRIBE_ID && !isLive) subscribed(message.result);
  }

  function subscribed(subscription: unknown): void {
    if (typeof subscription !== "string") {
      give("HEADS_INVALID", "it refuses to tell of new blocks");
      return;
    }
    isLive = true;
    lastError = undefined;
    cancelTimer();
    logger.info({ endpoint: name }, "hearing of new blocks over a WebSocket");
    watch();
    // What came while nobody listened.
    hints.take();
  }

  /** Finds out about a connection that is dead without having been closed. */
  function watch(): void {
    cancelTimer = clock.after(HEADS_PING_INTERVAL_MS, () => {
      if (!isHeard) {
        give("HEADS_UNREACHABLE", `nothing heard for ${HEADS_PING_INTERVAL_MS} ms`);
        return;
      }
      isHeard = false;
      socket?.ping();
      watch();
    });
  }

  /** Ends the connection for what came, or did not come, over it. */
  function give(code: "HEADS_UNREACHABLE" | "HEADS_INVALID", reason: string): void {
    socket?.close();
    ended(failure(code, reason));
  }

  function failure(
    code: "HEADS_UNREACHABLE" | "HEADS_INVALID",
    reason: string,
    cause?: unknown,
  ): PleiadError {
    return chainFailure(code, `${name}: ${reason}`, { details: { endpoint: name }, cause });
  }

  function ended(reason: PleiadError): void {
    cancelTimer();
    if (isStopped) return;
    const wasStable = isLive && clock.monotonicMs() - openedAtMs >= HEADS_STABLE_MS;
    failures = wasStable ? 1 : failures + 1;
    isLive = false;
    lastError = reason;
    const waitMs = backoffMs(failures, backoff);
    // As the follower does: what is down for a night does not fill the log.
    const level = Number.isInteger(Math.log2(failures)) ? "warn" : "debug";
    const { code, message } = reason;
    logger[level]({ code, message, failures, waitMs }, "new blocks are found by polling alone");
    cancelTimer = clock.after(waitMs, connect);
  }

  return {
    start(onHint) {
      tell = onHint;
      connect();
    },
    stop() {
      isStopped = true;
      isLive = false;
      cancelTimer();
      hints.stop();
      socket?.close();
    },
    isLive: () => isLive,
    error: () => lastError,
  };
}

/** So many a second go through. */
function createRate({ clock, perSecondMax }: { readonly clock: Clock; readonly perSecondMax: number }) {
  let secondFromMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    /** Whether there was room for one more. */
    take(): boolean {
      const nowMs = clock.monotonicMs();
      if (nowMs - secondFromMs >= SECOND_MS) {
        secondFromMs = nowMs;
        count = 0;
      }
      count += 1;
      return count <= perSecondMax;
    },
    /** Until there is room again, in milliseconds. */
    waitMs: () => Math.max(0, secondFromMs + SECOND_MS - clock.monotonicMs()),
  };
}

/** Passes hints on at once, up to their rate; the rest becomes one at the end of the second. */
function createHintGate({ clock, onHint }: { readonly clock: Clock; readonly onHint: () => void }) {
  const rate = createRate({ clock, perSecondMax: HEADS_HINTS_PER_SECOND_MAX });
  let cancelLate: (() => void) | undefined;
  return {
    take(): void {
      if (cancelLate !== undefined) return;
      if (rate.take()) {
        onHint();
        return;
      }
      cancelLate = clock.after(rate.waitMs(), () => {
        cancelLate = undefined;
        onHint();
      });
    },
    stop: () => cancelLate?.(),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
