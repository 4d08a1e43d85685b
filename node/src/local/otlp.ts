import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import { withoutSecrets } from "../chain/urlSecrets.ts";

/** Spans of some hundred jobs: what a collector that is away for a while costs. Older ones are dropped. Spans. */
export const SPANS_WAITING_MAX = 4_096;
/** In one request: some hundred kilobytes. Spans. */
export const SPANS_BATCH_MAX = 512;
/** Spans wait so long for others to go with. Milliseconds. */
export const EXPORT_INTERVAL_MS = 1_000;
/** After a failure the wait doubles up to this. Milliseconds. */
export const EXPORT_BACKOFF_MS_MAX = 60_000;
/** A collector is near; what it does not take in time comes again. Milliseconds. */
export const EXPORT_TIMEOUT_MS = 5_000;
/** What a stop gives the last spans. Milliseconds. */
export const EXPORT_STOP_MS = 1_000;

/** A value of an attribute. */
export type AttributeValue = string | number | bigint | boolean;
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** A stretch of time in a trace. Ids are hex without 0x: 32 digits for a trace, 16 for a span. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "client" | "consumer";
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes: Attributes;
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined;
  /** Spans of the same trace that led to this one. */
  readonly causes: readonly string[];
}

/** Sends spans to a collector, in the background: nothing waits for it and nothing fails with it. */
export interface SpanExporter {
  /** Takes a span; the oldest gives way where too many wait. */
  add(span: Span): void;
  /** Sends what waits, if that is done in time. */
  stop(): Promise<void>;
}

export interface SpanExporterOptions {
  /** Of OTLP over HTTP, with its path. May hold credentials: never logged. */
  readonly url: string;
  /** Who sends. */
  readonly resource: Attributes;
  readonly version: string;
}

export interface SpanExporterModules {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Hears what became of spans. */
  readonly onOutcome: (outcome: "sent" | "dropped", spans: number) => void;
}

/** The numbers of OTLP for kinds of spans, and for a failure. */
const KINDS = { internal: 1, client: 3, consumer: 5 } as const;
const STATUS_ERROR = 2;
/** What a collector answers that may take the same spans later (OTLP/HTTP). */
const RETRYABLE_STATUS: readonly number[] = [429, 502, 503, 504];

/** Speaks OTLP over HTTP in its JSON form. */
export function createSpanExporter(options: SpanExporterOptions, modules: SpanExporterModules): SpanExporter {
  const { url, resource, version } = options;
  const { logger, clock, onOutcome } = modules;
  const { host } = new URL(url);
  let waiting: Span[] = [];
  let failures = 0;
  let cancel: (() => void) | undefined;
  let sending: Promise<void> | undefined;
  let isStopped = false;
  const stopping = new AbortController();

  function schedule(): void {
    if (cancel !== undefined || isStopped || waiting.length === 0) return;
    const delayMs = Math.min(EXPORT_INTERVAL_MS * 2 ** failures, EXPORT_BACKOFF_MS_MAX);
    cancel = clock.after(delayMs, () => {
      cancel = undefined;
      sending = send(EXPORT_TIMEOUT_MS).finally(() => {
        sending = undefined;
        schedule();
      });
    });
  }

  async function send(timeoutMs: number): Promise<void> {
    const batch = waiting.splice(0, SPANS_BATCH_MAX);
    if (batch.length === 0) return;
    const refusal = await post(JSON.stringify(payloadOf(batch, resource, version)), timeoutMs);
    if (refusal === undefined) {
      failures = 0;
      onOutcome("sent", batch.length);
      return;
    }
    failures += 1;
    // The 1st, 2nd, 4th, 8th … time in a row.
    if (Number.isInteger(Math.log2(failures)))
      logger.warn(
        { collector: host, failures, reason: withoutSecrets(refusal.reason, url) },
        "traces could not be sent",
      );
    if (refusal.isFinal) return onOutcome("dropped", batch.length);
    waiting = [...batch, ...waiting];
    bound();
  }

  function bound(): void {
    const over = waiting.length - SPANS_WAITING_MAX;
    if (over <= 0) return;
    waiting.splice(0, over);
    onOutcome("dropped", over);
  }

  /** @returns why the collector did not take it; undefined where it did */
  async function post(
    body: string,
    timeoutMs: number,
  ): Promise<{ readonly reason: string; readonly isFinal: boolean } | undefined> {
    try {
      const { statusCode = 0 } = await request(
        body,
        AbortSignal.any([AbortSignal.timeout(timeoutMs), stopping.signal]),
      );
      if (statusCode >= 200 && statusCode < 300) return undefined;
      return { reason: `HTTP status ${statusCode}`, isFinal: !RETRYABLE_STATUS.includes(statusCode) };
    } catch (error) {
      const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
      return { reason, isFinal: false };
    }
  }

  function request(body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const start = url.startsWith("https:") ? httpsRequest : httpRequest;
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      start(url, { method: "POST", headers, signal, agent: false }, (response) => {
        // Its words are not read: a status says enough, and a body may be of any size.
        response.destroy();
        resolve(response);
      })
        .on("error", reject)
        .end(body);
    });
  }

  return {
    add(span) {
      if (isStopped) return;
      waiting.push(span);
      bound();
      schedule();
    },
    async stop() {
      isStopped = true;
      cancel?.();
      const timer = setTimeout(() => stopping.abort(), EXPORT_STOP_MS);
      await sending;
      if (failures === 0) await send(EXPORT_STOP_MS);
      clearTimeout(timer);
      if (waiting.length > 0) onOutcome("dropped", waiting.splice(0).length);
    },
  };
}

/** Spans in the JSON form of OTLP. */
export function payloadOf(spans: readonly Span[], resource: Attributes, version: string) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: "pleiad", version }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf(span: Span) {
  const { traceId, spanId, parentSpanId, name, kind, fromMs, toMs, attributes, failure, causes } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanosecondsOf(fromMs),
    endTimeUnixNano: nanosecondsOf(toMs),
    attributes: attributesOf(attributes),
    status: failure === undefined ? {} : { code: STATUS_ERROR, message: failure },
    links: causes.map((cause) => ({ traceId, spanId: cause })),
  };
}

/** 64 bits are text in JSON. */
function nanosecondsOf(ms: number): string {
  return `${BigInt(Math.round(ms * 1_000)) * 1_000n}`;
}

function attributesOf(attributes: Attributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValueOf(value) }],
  );
}

function anyValueOf(value: AttributeValue) {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  // Ids have up to 256 bits, more than OTLP's whole numbers.
  if (typeof value === "bigint") return { stringValue: value.toString() };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
