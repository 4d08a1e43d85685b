import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../../chain/clock.ts";
import type { AlertingSettings } from "../config/parse.ts";
import type { AlertSinkSettings } from "../config/sinks.ts";
import type { Alert, Speaker, StabilityScore } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { SINK_QUEUE_MAX } from "../limits.ts";
import type { ManagerTable } from "../ports.ts";
import type { AlertThresholds } from "../settings.ts";
import { type Alertmanager, createAlertmanager } from "./alertmanager.ts";
import { alertOf } from "./codec.ts";
import { openAlertKeeper } from "./keeper.ts";
import { type Delivery, type Outbox, openOutbox, type SinkStats, waitingPrefix } from "./outbox.ts";
import type { Post } from "./post.ts";
import { readingsOf } from "./readings.ts";
import { createWebhook, readSecret } from "./webhook.ts";

/** Something happened to an alert. */
export interface AlertChange {
  /** The same for every sink and reader, and of no other change. */
  readonly id: string;
  readonly event: Delivery["event"];
  readonly atMs: number;
  readonly alert: Alert;
}

/** Alerts of a manager: looked for, kept, and told. */
export interface Alerting {
  /** Looks at a fleet, once for each reconciliation. It waits for the disk, and for no sink. */
  observe(
    fleet: Fleet,
    scores: ReadonlyMap<bigint, StabilityScore>,
    thresholds: AlertThresholds,
  ): Promise<void>;
  alerts(): readonly Alert[];
  /** @throws PleiadError ALERT_UNKNOWN */
  acknowledge(id: string, by: Speaker): Promise<Alert>;
  /** Told of each change once it is on disk: for the API and for whoever watches. */
  onChange(handler: (change: AlertChange) => void): () => void;
  /** Takes what the file says now. Sinks that stayed as they were go on; what waits for one that is gone is dropped. */
  configure(settings: AlertingSettings): Promise<void>;
  /** By the sink's name. */
  sinks(): ReadonlyMap<string, SinkStats>;
  stop(): Promise<void>;
}

/** One sink at work. */
interface OpenSink {
  readonly settings: AlertSinkSettings;
  readonly outbox: Outbox | undefined;
  readonly alertmanager: Alertmanager | undefined;
}

/** Begins of keys that name a sink. */
const WAITING_ALL = waitingPrefix("").slice(0, -1);

/**
 * Opens the alerts of a manager and begins to tell its sinks.
 *
 * @param modules.table the performance database
 * @param modules.clock for what waits; `now`, unix milliseconds, for what is written down
 */
export async function openAlerting(
  options: { readonly manager: string; readonly settings: AlertingSettings },
  modules: {
    readonly table: ManagerTable;
    readonly clock: Clock;
    readonly now: () => number;
    readonly post: Post;
    readonly logger: Logger;
  },
): Promise<Alerting> {
  const { manager } = options;
  const { table, clock, now, post, logger } = modules;
  let settings = options.settings;
  let open: ReadonlyMap<string, OpenSink> = new Map();
  const handlers = new Set<(change: AlertChange) => void>();
  const keeper = await openAlertKeeper(
    { manager },
    {
      table,
      now,
      also: (deliveries) => [...open.values()].flatMap(({ outbox }) => outbox?.entriesOf(deliveries) ?? []),
      written: tell,
    },
  );
  let last: Promise<unknown> = Promise.resolve();
  await configure(settings);

  /** One after the other: what is written for a sink is told to the same one. */
  function alone<T>(change: () => Promise<T>): Promise<T> {
    const run = last.then(change);
    last = run.catch(() => undefined);
    return run;
  }

  async function configure(next: AlertingSettings): Promise<void> {
    const sinks = new Map<string, OpenSink>();
    for (const [name, sink] of open) {
      const same = next.sinks.find((one) => one.name === name && sameSink(one, sink.settings));
      if (same === undefined) await close(sink);
      else sinks.set(name, sink);
    }
    for (const sink of next.sinks) if (!sinks.has(sink.name)) sinks.set(sink.name, await openSink(sink));
    settings = next;
    open = sinks;
    await dropUnknown(
      table,
      new Set(next.sinks.filter(({ kind }) => kind === "webhook").map(({ name }) => name)),
    );
  }

  async function openSink(sink: AlertSinkSettings): Promise<OpenSink> {
    if (sink.kind === "log") return { settings: sink, outbox: undefined, alertmanager: undefined };
    if (sink.kind === "alertmanager") {
      const alertmanager = createAlertmanager(
        { sink: sink.name, url: sink.url, manager },
        { alerts: keeper.list, post, clock, now, logger },
      );
      alertmanager.start();
      return { settings: sink, outbox: undefined, alertmanager };
    }
    const deliver = createWebhook({ manager, url: sink.url, secretFile: sink.secretFile }, { post, now });
    // Told when the file is read, and not when the first alert fires.
    await readSecret(sink.secretFile).catch((error: unknown) => {
      if (!(error instanceof PleiadError)) throw error;
      const { code, message } = error;
      logger.warn({ sink: sink.name, code, error: message }, "a sink takes no alerts: they wait for it");
    });
    const outbox = await openOutbox({ sink: sink.name }, { table, deliver, clock, now, logger });
    outbox.start();
    return { settings: sink, outbox, alertmanager: undefined };
  }

  async function tell(deliveries: readonly Delivery[]): Promise<void> {
    for (const { settings: sink, outbox, alertmanager } of open.values()) {
      if (sink.kind === "log") for (const one of deliveries) logAlert(logger, one);
      alertmanager?.wake();
      await outbox?.added(deliveries);
    }
    for (const { id, event, atMs, alert } of deliveries)
      for (const handler of [...handlers]) handler({ id, event, atMs, alert: alertOf(alert) });
  }

  return {
    observe: (fleet, scores, thresholds) =>
      alone(async () => {
        const { left } = await keeper.observe(readingsOf(fleet, scores, thresholds), settings);
        if (left > 0)
          logger.warn({ left }, "thresholds are crossed that no alert was begun for, as there are too many");
      }),
    alerts: keeper.list,
    acknowledge: (id, by) => alone(() => keeper.acknowledge(id, by)),
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    configure: (next) => alone(() => configure(next)),
    sinks: () =>
      new Map(
        [...open].map(([name, { outbox, alertmanager }]) => [
          name,
          outbox?.stats() ?? alertmanager?.stats() ?? { waiting: 0, failuresTotal: 0, lostTotal: 0 },
        ]),
      ),
    stop: () =>
      alone(async () => {
        for (const sink of open.values()) await close(sink);
      }),
  };
}

async function close({ outbox, alertmanager }: OpenSink): Promise<void> {
  await outbox?.stop();
  await alertmanager?.stop();
}

function sameSink(one: AlertSinkSettings, other: AlertSinkSettings): boolean {
  return JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort());
}

/** What waits for sinks that are not in the file any more. */
async function dropUnknown(table: ManagerTable, known: ReadonlySet<string>): Promise<void> {
  const keys: string[] = [];
  for await (const [key] of table.list(WAITING_ALL)) {
    const [sink = ""] = key.slice(WAITING_ALL.length).split("/", 1);
    if (!known.has(sink)) keys.push(key);
  }
  for (let from = 0; from < keys.length; from += SINK_QUEUE_MAX)
    await table.delete(keys.slice(from, from + SINK_QUEUE_MAX));
}

function logAlert(logger: Logger, { event, alert }: Delivery): void {
  const { id, subject, value, threshold, summary, acknowledgedBy } = alert;
  const facts = { alert: id, subject, value, threshold, summary };
  if (event === "firing") logger.warn(facts, "an alert fires");
  else if (event === "acknowledged") logger.info({ ...facts, acknowledgedBy }, "an alert was acknowledged");
  else logger.info(facts, "an alert is over");
}
