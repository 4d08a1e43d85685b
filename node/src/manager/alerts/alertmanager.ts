import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Clock, sleep } from "../../chain/clock.ts";
import type { Alert, AlertName } from "../face.ts";
import {
  ALERTMANAGER_RESEND_MS,
  ALERTMANAGER_RESOLVED_MS,
  SINK_QUEUE_MAX,
  SINK_RETRY_MS_MAX,
  SINK_RETRY_MS_MIN,
} from "../limits.ts";
import type { SinkStats } from "./outbox.ts";
import type { Post } from "./post.ts";
import { keyOf } from "./states.ts";

/** Names as Prometheus' own alerts have them. */
const NAMES: Readonly<Record<AlertName, string>> = {
  cluster_size: "PleiadClusterSize",
  communication_latency: "PleiadCommunicationLatency",
  resource_usage: "PleiadResourceUsage",
  stability_score: "PleiadStabilityScore",
};

/** An alert as Alertmanager's API takes it. The labels tell it from others, so they are the same while it fires. */
export function alertmanagerAlert(manager: string, alert: Alert) {
  const { id, name, subject, value, threshold, summary, sinceMs, firedAtMs, resolvedAtMs, acknowledgedBy } =
    alert;
  return {
    labels: { alertname: NAMES[name], manager, subject, severity: "warn" },
    annotations: {
      summary,
      id,
      value: String(value),
      threshold: String(threshold),
      ...(acknowledgedBy === undefined ? {} : { acknowledged_by: acknowledgedBy }),
    },
    startsAt: new Date(firedAtMs ?? sinceMs).toISOString(),
    // Only once the end is known: until then it counts from when it was sent last.
    ...(resolvedAtMs === undefined ? {} : { endsAt: new Date(resolvedAtMs).toISOString() }),
  };
}

/** What is to be sent now: all that fires, and what is over of late unless it fires again under the same labels. */
export function alertsToSend(alerts: readonly Alert[], nowMs: number): readonly Alert[] {
  const firing = alerts.filter(({ state }) => state === "firing" || state === "acknowledged");
  const fires = new Set(firing.map(keyOf));
  const ended = new Map<string, Alert>();
  for (const alert of alerts) {
    if (alert.state !== "resolved" || fires.has(keyOf(alert))) continue;
    if (nowMs - (alert.resolvedAtMs ?? 0) > ALERTMANAGER_RESOLVED_MS) continue;
    const known = ended.get(keyOf(alert));
    if (known === undefined || (known.resolvedAtMs ?? 0) < (alert.resolvedAtMs ?? 0))
      ended.set(keyOf(alert), alert);
  }
  return [...firing, ...ended.values()];
}

/** A sink that is told all there is, again and again, rather than what changed: nothing has to wait on disk for it. */
export interface Alertmanager {
  /** Something changed. */
  wake(): void;
  start(): void;
  stop(): Promise<void>;
  stats(): SinkStats;
}

export function createAlertmanager(
  options: { readonly sink: string; readonly url: string; readonly manager: string },
  modules: {
    /** All that fire or were over of late. */
    readonly alerts: () => readonly Alert[];
    readonly post: Post;
    readonly clock: Clock;
    /** Unix milliseconds. */
    readonly now: () => number;
    readonly logger: Logger;
  },
): Alertmanager {
  const { sink, manager } = options;
  const { alerts, post, clock, now, logger } = modules;
  const url = `${options.url.replace(/\/+$/, "")}/api/v2/alerts`;
  const ending = new AbortController();
  let turn: AbortController | undefined;
  let isWoken = false;
  let failuresTotal = 0;
  let running: Promise<void> = Promise.resolve();

  async function send(): Promise<void> {
    const found = alertsToSend(alerts(), now()).map((alert) => alertmanagerAlert(manager, alert));
    for (let from = 0; from < found.length; from += SINK_QUEUE_MAX) {
      const body = JSON.stringify(found.slice(from, from + SINK_QUEUE_MAX));
      await post({ url, headers: {}, body }, ending.signal);
    }
  }

  async function run(): Promise<void> {
    let retryMs = SINK_RETRY_MS_MIN;
    while (!ending.signal.aborted) {
      isWoken = false;
      try {
        await send();
        if (retryMs > SINK_RETRY_MS_MIN) logger.info({ sink }, "a sink takes alerts again");
        retryMs = SINK_RETRY_MS_MIN;
        await rest();
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        if (ending.signal.aborted) return;
        failuresTotal += 1;
        if (retryMs === SINK_RETRY_MS_MIN)
          logger.warn(
            { sink, code: error.code, error: error.message },
            "a sink takes no alerts: they wait for it",
          );
        await sleep(clock, retryMs, ending.signal);
        // Not longer than what fires may stay unsaid.
        retryMs = Math.min(retryMs * 2, SINK_RETRY_MS_MAX, ALERTMANAGER_RESEND_MS);
      }
    }
  }

  /** Until it is time to say it again, or there is something new. */
  async function rest(): Promise<void> {
    if (isWoken) return;
    turn = new AbortController();
    await sleep(clock, ALERTMANAGER_RESEND_MS, AbortSignal.any([ending.signal, turn.signal]));
    turn = undefined;
  }

  return {
    wake() {
      isWoken = true;
      turn?.abort();
    },
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
    },
    stats: () => ({ waiting: 0, failuresTotal, lostTotal: 0 }),
  };
}
