import { randomBytes } from "node:crypto";
import { type Address, encodePacked, keccak256 } from "viem";
import { digitsOf as digits, traceIdOf } from "../chain/traceId.ts";
import type { AttemptLife, JobLife, Moment } from "./jobLives.ts";
import type { Attributes, Span, SpanExporter } from "./otlp.ts";

/** Executions whose first sight and first span are remembered; a job is over long before so many others came. Executions. */
export const SEEN_EXECUTIONS_MAX = 4_096;

/** Makes traces of jobs' lives: chain event → job → agent → completion → settlement. */
export interface Tracing {
  /** An execution was seen on the chain; only the first time counts. @param createdAt unix seconds of its block */
  saw(execution: bigint, createdAt: bigint): void;
  /** A job has ended: its spans are sent. */
  jobEnded(life: JobLife): void;
  stop(): Promise<void>;
}

export interface TracingOptions {
  readonly chainId: number;
  readonly contract: Address;
  readonly node: bigint;
}

/**
 * A trace is an execution: its id follows from chain, contract and execution, so what several operators send to one
 * collector meets in one trace. Spans are made at a job's end from the times of its life; what this process did not
 * see of it has no span.
 */
export function createTracing(
  { chainId, contract, node }: TracingOptions,
  modules: { readonly exporter: SpanExporter },
): Tracing {
  const { exporter } = modules;
  const seen = new Map<bigint, { readonly createdAtMs: number; readonly atMs: number; isSent: boolean }>();

  const traceOf = (execution: bigint): string => traceIdOf(chainId, contract, execution);
  /** The same whichever of its jobs ends first. */
  const eventSpanOf = (execution: bigint): string =>
    digits(keccak256(encodePacked(["string", "uint256", "uint256"], ["chain event", execution, node])), 16);

  function sendEvent(execution: bigint, traceId: string): string | undefined {
    const event = seen.get(execution);
    if (event === undefined) return undefined;
    const spanId = eventSpanOf(execution);
    if (event.isSent) return spanId;
    event.isSent = true;
    // A block's time is the chain's, and may be ahead of this machine's.
    const fromMs = Math.min(event.createdAtMs, event.atMs);
    const name = "chain event ClusterExecutionCreated";
    const attributes = { "pleiad.execution": execution, "pleiad.node": node };
    exporter.add(spanFrom({ traceId, spanId, name, kind: "consumer", attributes }, fromMs, event.atMs));
    return spanId;
  }

  return {
    saw(execution, createdAt) {
      if (seen.has(execution)) return;
      seen.set(execution, { createdAtMs: Number(createdAt) * 1_000, atMs: Date.now(), isSent: false });
      const [oldest] = seen.keys();
      if (seen.size > SEEN_EXECUTIONS_MAX && oldest !== undefined) seen.delete(oldest);
    },
    jobEnded(life) {
      const { execution, task, outcome, end, attempts, begun, answered, signed, mined, ended } = life;
      const traceId = traceOf(execution);
      const parentSpanId = sendEvent(execution, traceId);
      const first = begun ?? answered ?? signed ?? mined ?? ended;
      const about = { "pleiad.execution": execution, "pleiad.task": task, "pleiad.node": node };
      const jobId = newId();
      const failure = outcome === "failed" ? (end?.code ?? "failed") : undefined;
      const send = (
        name: string,
        kind: Span["kind"],
        from: Moment | undefined,
        to: Moment | undefined,
        more: {
          readonly attributes?: Attributes;
          readonly failure?: string | undefined;
          readonly cause?: string | undefined;
        } = {},
      ): string | undefined => {
        if (from === undefined || to === undefined) return undefined;
        const spanId = newId();
        const base = {
          traceId,
          spanId,
          parentSpanId: jobId,
          name,
          kind,
          attributes: { ...about, ...more.attributes },
        };
        exporter.add(span(base, from, to, more.failure, more.cause));
        return spanId;
      };
      const attributes = {
        ...about,
        "pleiad.outcome": outcome,
        "pleiad.attempts": life.attemptCount,
        "pleiad.end": end?.code,
      };
      exporter.add(
        span(
          { traceId, spanId: jobId, parentSpanId, name: "job", kind: "internal", attributes },
          first,
          ended,
          failure,
        ),
      );
      let agent: string | undefined;
      for (const attempt of attempts) agent = sendAttempt(attempt, send) ?? agent;
      const answer = { attributes: { "pleiad.output_bytes": life.outputBytes ?? undefined }, cause: agent };
      const completion = send("completion", "internal", answered, signed, answer);
      const settled = {
        attributes: { "pleiad.transaction": life.transactionHash ?? undefined },
        cause: completion,
      };
      send("settlement", "client", signed, mined, settled);
    },
    stop: () => exporter.stop(),
  };
}

function sendAttempt(
  { from, to, failure }: AttemptLife,
  send: (
    name: string,
    kind: Span["kind"],
    from: Moment,
    to: Moment,
    more: { readonly failure: string | undefined },
  ) => string | undefined,
): string | undefined {
  // The code alone: the message may quote what an agent said.
  return send("agent", "client", from, to, { failure: failure?.code });
}

type Named = Pick<Span, "traceId" | "spanId" | "name" | "kind" | "attributes"> & {
  readonly parentSpanId?: string | undefined;
};

/** The wall clock says when it began, the monotonic one how long it took. */
function span(named: Named, from: Moment, to: Moment, failure?: string, cause?: string): Span {
  const toMs = from.wallMs + (to.monotonicMs - from.monotonicMs);
  return spanFrom(named, from.wallMs, toMs, failure, cause);
}

function spanFrom(named: Named, fromMs: number, toMs: number, failure?: string, cause?: string): Span {
  const causes = cause === undefined ? [] : [cause];
  return { ...named, parentSpanId: named.parentSpanId, fromMs, toMs, failure, causes };
}

function newId(): string {
  return randomBytes(8).toString("hex");
}
