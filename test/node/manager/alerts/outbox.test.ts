import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { plainAlert } from "../../../../node/src/manager/alerts/codec.ts";
import { type Deliver, type Delivery, openOutbox } from "../../../../node/src/manager/alerts/outbox.ts";
import { sinkFailed } from "../../../../node/src/manager/alerts/post.ts";
import {
  SINK_AGE_MS_MAX,
  SINK_QUEUE_MAX,
  SINK_REFUSALS_MAX,
  SINK_RETRY_MS_MAX,
} from "../../../../node/src/manager/limits.ts";
import type { ManagerTable } from "../../../../node/src/manager/ports.ts";
import { manualClock } from "../clock.ts";
import { alertWith, performanceTable } from "./support.ts";

function delivery(number: number, atMs = 0): Delivery {
  return {
    id: `main-ab-${String(number).padStart(6, "0")}`,
    event: "firing",
    atMs,
    alert: plainAlert(alertWith()),
  };
}

async function open(table: ManagerTable, deliver: Deliver) {
  const clock = manualClock();
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const outbox = await openOutbox(
    { sink: "pager" },
    { table, deliver, clock, now: clock.monotonicMs, logger },
  );
  outbox.start();
  return {
    outbox,
    clock,
    lines,
    async add(...deliveries: readonly Delivery[]) {
      await table.put(outbox.entriesOf(deliveries));
      await outbox.added(deliveries);
    },
    warnings: () => lines.filter((line) => line.includes('"level":40')).length,
  };
}

async function keysIn(table: ManagerTable): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const [key] of table.list("alert/waiting/")) keys.push(key);
  return keys;
}

describe("what waits for a sink", () => {
  it("is told in order, once, and crossed out", async () => {
    const table = await performanceTable();
    const told: string[] = [];
    const { outbox, clock, add } = await open(table, async ({ id }) => void told.push(id));
    await add(delivery(1), delivery(2));
    await clock.pass(0);
    await add(delivery(3));
    await clock.pass(0);
    expect(told).to.deep.equal([delivery(1).id, delivery(2).id, delivery(3).id]);
    expect(await keysIn(table)).to.deep.equal([]);
    expect(outbox.stats()).to.deep.equal({ waiting: 0, failuresTotal: 0, lostTotal: 0 });
    await outbox.stop();
  });

  it("is tried again, in order, after waits that double up to the longest, and a dead sink is logged once", async () => {
    const table = await performanceTable();
    const tries: (readonly [number, string])[] = [];
    let isDead = true;
    const { outbox, clock, add, warnings, lines } = await open(table, async ({ id }) => {
      tries.push([clock.monotonicMs(), id]);
      if (isDead) throw sinkFailed("it cannot be reached: ECONNREFUSED");
    });
    await add(delivery(1));
    await clock.pass(0);
    await add(delivery(2));
    await clock.pass(15_000);
    expect(tries.map(([atMs]) => atMs)).to.deep.equal([0, 1_000, 3_000, 7_000, 15_000]);
    await clock.pass(3_600_000);
    const gaps = tries.slice(1).map(([atMs], index) => atMs - (tries[index]?.[0] ?? 0));
    expect(Math.max(...gaps)).to.equal(SINK_RETRY_MS_MAX);
    expect(new Set(tries.map(([, id]) => id))).to.deep.equal(new Set([delivery(1).id]));
    expect(warnings()).to.equal(1);
    isDead = false;
    await clock.pass(SINK_RETRY_MS_MAX);
    expect(tries.slice(-2).map(([, id]) => id)).to.deep.equal([delivery(1).id, delivery(2).id]);
    expect(lines.at(-1)).to.contain("takes alerts again");
    expect(outbox.stats().failuresTotal).to.equal(tries.length - 2);
    await outbox.stop();
  });

  it("is told after a restart, and again with the same id where the daemon ended before it was crossed out", async () => {
    const table = await performanceTable();
    const first = await open(table, async () => {
      throw sinkFailed("away");
    });
    await first.add(delivery(1), delivery(2));
    await first.clock.pass(0);
    await first.outbox.stop();
    const told: string[] = [];
    // The one that is told does not come back: as when the process is killed then.
    let hang = true;
    const second = await open(table, ({ id }, signal) => {
      told.push(id);
      return hang
        ? new Promise((_, reject) => signal.addEventListener("abort", () => reject(sinkFailed("stopped"))))
        : Promise.resolve();
    });
    await second.clock.pass(0);
    await second.outbox.stop();
    hang = false;
    const third = await open(table, async ({ id }) => void told.push(id));
    await third.clock.pass(0);
    await third.outbox.stop();
    expect(told).to.deep.equal([delivery(1).id, delivery(1).id, delivery(2).id]);
  });

  it("is bounded: the oldest goes, is counted and logged, and adding never waits for the sink", async () => {
    const table = await performanceTable();
    const { outbox, clock, add, lines } = await open(table, () => new Promise(() => undefined));
    for (let number = 0; number < SINK_QUEUE_MAX + 3; number += 1) await add(delivery(number));
    expect(outbox.stats()).to.include({ waiting: SINK_QUEUE_MAX, lostTotal: 3 });
    expect((await keysIn(table))[0]).to.contain(delivery(3).id);
    expect(lines.filter((line) => line.includes("too many wait"))).to.have.length(3);
    await clock.pass(0);
  });

  it("is given up where the sink refuses it, or it is a day old", async () => {
    const table = await performanceTable();
    const told: string[] = [];
    const { outbox, clock, add } = await open(table, async ({ id }) => {
      told.push(id);
      if (id === delivery(1).id) throw sinkFailed("it answered 400", { status: 400 });
    });
    await add(delivery(1), delivery(2));
    await clock.pass(60_000);
    expect(told).to.deep.equal([...Array(SINK_REFUSALS_MAX).fill(delivery(1).id), delivery(2).id]);
    expect(outbox.stats()).to.include({ waiting: 0, lostTotal: 1 });
    await clock.pass(SINK_AGE_MS_MAX);
    await add(delivery(3, 0));
    await clock.pass(0);
    expect(told).to.have.length(SINK_REFUSALS_MAX + 1);
    expect(outbox.stats()).to.include({ waiting: 0, lostTotal: 2 });
    await outbox.stop();
  });
});
