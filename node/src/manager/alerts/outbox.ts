import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { z } from "zod";
import { type Clock, sleep } from "../../chain/clock.ts";
import {
  SINK_AGE_MS_MAX,
  SINK_QUEUE_MAX,
  SINK_REFUSALS_MAX,
  SINK_RETRY_MS_MAX,
  SINK_RETRY_MS_MIN,
} from "../limits.ts";
import type { ManagerTable } from "../ports.ts";
import { plainAlertSchema, readRow } from "./codec.ts";
import { isRefusal } from "./post.ts";

/** What a sink is told of an alert. */
export const deliverySchema = z.object({
  /** The same at every try, and of no other delivery. */
  id: z.string(),
  event: z.enum(["firing", "acknowledged", "resolved"]),
  atMs: z.int().nonnegative(),
  alert: plainAlertSchema,
});
export type Delivery = z.output<typeof deliverySchema>;

/** Tells a sink. Failed is what throws a PleiadError. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<void>;

/** How a sink is doing. */
export interface SinkStats {
  readonly waiting: number;
  /** Tries that failed, and deliveries that were given up. */
  readonly failuresTotal: number;
  readonly lostTotal: number;
}

/** What waits for one sink, on disk until it is told. */
export interface Outbox {
  /** The entries that are to be written together with the change that they tell of. */
  entriesOf(deliveries: readonly Delivery[]): readonly (readonly [key: string, value: Delivery])[];
  /** They were written. It waits for the disk, and not for the sink. */
  added(deliveries: readonly Delivery[]): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  stats(): SinkStats;
}

/** Below it, by sink, what waits. */
const WAITING = "alert/waiting/";

export function waitingPrefix(sink: string): string {
  return `${WAITING}${sink}/`;
}

/**
 * Opens a sink's outbox. Deliveries go one after the other in the order in which things happened; a failed one is tried again and holds
 * up those behind it, but nobody else. What was sent and not yet crossed out when the daemon ended is sent again.
 */
export async function openOutbox(
  options: { readonly sink: string },
  modules: {
    readonly table: ManagerTable;
    readonly deliver: Deliver;
    readonly clock: Clock;
    /** Unix milliseconds. */
    readonly now: () => number;
    readonly logger: Logger;
  },
): Promise<Outbox> {
  const { sink } = options;
  const { table, deliver, clock, now, logger } = modules;
  const prefix = waitingPrefix(sink);
  const queue: Delivery[] = [];
  for await (const [key, value] of table.list(prefix)) queue.push(readRow(key, deliverySchema, value));
  const ending = new AbortController();
  let failuresTotal = 0;
  let lostTotal = 0;
  let turn: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();

  const keyOf = ({ id }: Delivery) => prefix + id;

  async function crossOut(deliveries: readonly Delivery[]): Promise<void> {
    await table.delete(deliveries.map(keyOf));
    for (const one of deliveries) {
      const index = queue.indexOf(one);
      if (index >= 0) queue.splice(index, 1);
    }
  }

  async function lose(deliveries: readonly Delivery[], why: string): Promise<void> {
    if (deliveries.length === 0) return;
    await crossOut(deliveries);
    lostTotal += deliveries.length;
    logger.warn({ sink, count: deliveries.length, why }, "alerts were not told to a sink, and will not be");
  }

  async function untilNews(): Promise<void> {
    turn = new AbortController();
    await sleep(clock, SINK_RETRY_MS_MAX, AbortSignal.any([ending.signal, turn.signal]));
    turn = undefined;
  }

  async function run(): Promise<void> {
    let retryMs = SINK_RETRY_MS_MIN;
    let refusals = 0;
    while (!ending.signal.aborted) {
      const error = await turnOnce();
      if (ending.signal.aborted) return;
      if (error === undefined) {
        if (retryMs > SINK_RETRY_MS_MIN) logger.info({ sink }, "a sink takes alerts again");
        retryMs = SINK_RETRY_MS_MIN;
        refusals = 0;
        continue;
      }
      failuresTotal += 1;
      // Once for each time that it becomes dead: a dead sink is no news every five minutes.
      if (retryMs === SINK_RETRY_MS_MIN)
        logger.warn(
          { sink, code: error.code, error: error.message },
          "a sink takes no alerts: they wait for it",
        );
      if (isRefusal(error)) refusals += 1;
      const [refused] = queue;
      if (refusals >= SINK_REFUSALS_MAX && refused !== undefined) {
        refusals = 0;
        await lose([refused], "it refuses them").catch(unlessExpected);
      }
      // News does not shorten the wait for a dead sink.
      await sleep(clock, retryMs, ending.signal);
      retryMs = Math.min(retryMs * 2, SINK_RETRY_MS_MAX);
    }
  }

  /** Tells the first that waits, or waits for one. @returns why it could not */
  async function turnOnce(): Promise<PleiadError | undefined> {
    try {
      await lose(
        queue.filter(({ atMs }) => now() - atMs > SINK_AGE_MS_MAX),
        "they are too old",
      );
      const [delivery] = queue;
      if (delivery === undefined) {
        await untilNews();
        return undefined;
      }
      await deliver(delivery, ending.signal);
      // Where the store takes no write now, it is told twice.
      await crossOut([delivery]);
      return undefined;
    } catch (error) {
      return expected(error);
    }
  }

  return {
    entriesOf: (deliveries) => deliveries.map((one) => [keyOf(one), one] as const),
    async added(deliveries) {
      queue.push(...deliveries);
      // Where the store takes no write, the next one tries again.
      await lose(queue.slice(0, Math.max(0, queue.length - SINK_QUEUE_MAX)), "too many wait").catch(
        unlessExpected,
      );
      turn?.abort();
    },
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
    },
    stats: () => ({ waiting: queue.length, failuresTotal, lostTotal }),
  };
}

/** An expected failure; anything else is a bug, which is not caught. */
function expected(error: unknown): PleiadError {
  if (error instanceof PleiadError) return error;
  throw error;
}

function unlessExpected(error: unknown): void {
  expected(error);
}
