import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { openAlerting } from "../../../../node/src/manager/alerts/alerting.ts";
import { type Post, sinkFailed } from "../../../../node/src/manager/alerts/post.ts";
import type { AlertSinkSettings } from "../../../../node/src/manager/config/sinks.ts";
import {
  ALERT_SINKS_MAX,
  ALERT_WRITES_MAX,
  ALERTS_RESOLVED_KEPT,
  SINK_QUEUE_MAX,
} from "../../../../node/src/manager/limits.ts";
import type { ManagerTable } from "../../../../node/src/manager/ports.ts";
import { MANAGER_STEP_ENTRIES_MAX } from "../../../../node/src/store/managerDatabases.ts";
import { failure, temporaryFolder } from "../../config/helpers.ts";
import { manualClock } from "../clock.ts";
import { clusterWith, fleetOf, members, nodeWith, performanceTable, score, THRESHOLDS } from "./support.ts";

const WELL = fleetOf([clusterWith()], [nodeWith()]);
const BUSY = fleetOf([clusterWith()], [nodeWith({ resourceShare: 0.95 })]);
const NO_SCORES = new Map();
const TIMING = { fireAfterMs: 60_000, resolveAfterMs: 120_000 };

async function open(
  table: ManagerTable,
  options: {
    readonly sinks?: readonly AlertSinkSettings[];
    readonly startMs?: number;
    readonly post?: Post;
  } = {},
) {
  const { sinks = [], startMs = 0, post = async () => undefined } = options;
  const clock = manualClock();
  const lines: string[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const now = () => startMs + clock.monotonicMs();
  const alerting = await openAlerting(
    { manager: "main", settings: { ...TIMING, sinks } },
    { table, clock, now, post, logger },
  );
  const changes: string[] = [];
  alerting.onChange(({ event, alert }) => void changes.push(`${event} ${alert.name} ${alert.subject}`));
  return {
    alerting,
    clock,
    lines,
    changes,
    /** Looks at the same fleet every 30 s. */
    async look(fleet = BUSY, times = 1) {
      for (let index = 0; index < times; index += 1) {
        await alerting.observe(fleet, NO_SCORES, THRESHOLDS);
        await clock.pass(30_000);
      }
    },
  };
}

describe("alerts", () => {
  it("are of exactly the thresholds that are crossed, each once, and are over", async () => {
    const fleet = fleetOf(
      [
        clusterWith({ members: members(["ready"]), messageLatencyMs: 1_500 }),
        clusterWith({ cluster: 8n, slug: "beta-two", messageLatencyMs: 999 }),
      ],
      [nodeWith({ resourceShare: 0.95 }), nodeWith({ node: 4n, resourceShare: 0.8 })],
    );
    const scores = new Map([
      [7n, score(0.5)],
      [8n, score(0.9)],
    ]);
    const { alerting, clock, changes, lines } = await open(await performanceTable(), {
      sinks: [{ kind: "log", name: "log" }],
    });
    for (let index = 0; index < 10; index += 1) {
      await alerting.observe(fleet, scores, THRESHOLDS);
      await clock.pass(30_000);
    }
    expect(changes.toSorted()).to.deep.equal([
      "firing cluster_size cluster/7",
      "firing communication_latency cluster/7",
      "firing resource_usage node/3",
      "firing stability_score cluster/7",
    ]);
    expect(lines.filter((line) => line.includes("an alert fires"))).to.have.length(4);
    for (let index = 0; index < 6; index += 1) {
      await alerting.observe(WELL, new Map([[7n, score(1)]]), THRESHOLDS);
      await clock.pass(30_000);
    }
    expect(changes.slice(4).toSorted()).to.deep.equal(
      changes
        .slice(0, 4)
        .toSorted()
        .map((line) => line.replace("firing", "resolved")),
    );
    expect(alerting.alerts().map(({ state }) => state)).to.deep.equal(Array(4).fill("resolved"));
  });

  it("fire on over a restart, with the same id and who acknowledged; what was about to fire begins anew", async () => {
    const table = await performanceTable();
    const first = await open(table);
    await first.look(BUSY, 3);
    const [fired] = first.alerting.alerts();
    const { id } = await first.alerting.acknowledge(fired?.id ?? "", "ada\u0007");
    await first.look(fleetOf([clusterWith({ members: [] })], [nodeWith({ resourceShare: 0.95 })]));
    expect(
      first.alerting
        .alerts()
        .map(({ state }) => state)
        .toSorted(),
    ).to.deep.equal(["acknowledged", "pending"]);
    await first.alerting.stop();

    const second = await open(table, { startMs: 10_000_000 });
    expect(second.alerting.alerts()).to.have.length(1);
    expect(second.alerting.alerts()[0]).to.include({ id, state: "acknowledged", acknowledgedBy: "ada " });
    await second.look(BUSY, 3);
    expect(second.changes, "it does not fire twice").to.deep.equal([]);
    // Nobody looked meanwhile, so the time until it is over begins with the first look.
    await second.look(WELL, 4);
    expect(second.changes).to.deep.equal([]);
    await second.look(WELL, 1);
    expect(second.changes).to.deep.equal(["resolved resource_usage node/3"]);
    await second.alerting.stop();
    const third = await open(table, { startMs: 20_000_000 });
    expect(third.alerting.alerts().map((alert) => [alert.id, alert.state])).to.deep.equal([[id, "resolved"]]);
    await third.look(WELL, 1);
    expect(third.changes).to.deep.equal([]);
  });

  it("are acknowledged once, by who said so first; what does not fire cannot be", async () => {
    const { alerting, look, changes } = await open(await performanceTable());
    await failure(alerting.acknowledge("none", "ada"), "ALERT_UNKNOWN");
    await look();
    const id = alerting.alerts()[0]?.id ?? "";
    expect((await failure(alerting.acknowledge(id, "ada"), "ALERT_UNKNOWN")).message).to.contain(
      "does not fire yet",
    );
    await look(BUSY, 2);
    await Promise.all([alerting.acknowledge(id, "ada"), alerting.acknowledge(id, "bob")]);
    expect(alerting.alerts()[0]).to.include({ state: "acknowledged", acknowledgedBy: "ada" });
    expect(changes).to.deep.equal(["firing resource_usage node/3", "acknowledged resource_usage node/3"]);
    await look(WELL, 5);
    expect((await alerting.acknowledge(id, "bob")).acknowledgedBy).to.equal("ada");
    expect(changes.at(-1)).to.equal("resolved resource_usage node/3");
  });

  it("happened only where they were written: a full disk lets the next look find them again", async () => {
    const table = await performanceTable();
    let isFull = false;
    const full = async () => {
      if (isFull) throw new PleiadError("no room", { code: "STORE_FULL", retryable: true });
    };
    const { alerting, look, changes, clock } = await open({
      ...table,
      put: (entries) => full().then(() => table.put(entries)),
      delete: (keys) => full().then(() => table.delete(keys)),
    });
    await look(BUSY, 2);
    isFull = true;
    await failure(alerting.observe(BUSY, NO_SCORES, THRESHOLDS), "STORE_FULL");
    expect([changes, alerting.alerts()[0]?.state]).to.deep.equal([[], "pending"]);
    isFull = false;
    await look();
    expect(changes).to.deep.equal(["firing resource_usage node/3"]);
    await clock.pass(0);
  });

  it("that are over are kept, the last so many", async () => {
    const table = await performanceTable();
    const { alerting, clock } = await open(table);
    await alerting.configure({ fireAfterMs: 0, resolveAfterMs: 0, sinks: [] });
    const nodes = Array.from({ length: 300 }, (_, index) =>
      nodeWith({ node: BigInt(index), resourceShare: 0.99 }),
    );
    for (let round = 0; round < 2; round += 1) {
      await alerting.observe(fleetOf([], nodes), NO_SCORES, THRESHOLDS);
      await clock.pass(1_000);
      await alerting.observe(fleetOf([]), NO_SCORES, THRESHOLDS);
      await clock.pass(1_000);
    }
    expect(alerting.alerts()).to.have.length(ALERTS_RESOLVED_KEPT);
    let kept = 0;
    for await (const _ of table.list("alert/resolved/")) kept += 1;
    for await (const _ of table.list("alert/active/")) expect.fail("nothing fires");
    expect(kept).to.equal(ALERTS_RESOLVED_KEPT);
  });

  it("of many subjects at once are written some at a time, and no sink is given more than may wait", async () => {
    await using folder = await temporaryFolder();
    const secretFile = join(folder.path, "secret");
    await writeFile(secretFile, "0123456789abcdef", { mode: 0o600 });
    const sinks = Array.from({ length: ALERT_SINKS_MAX }, (_, index): AlertSinkSettings => {
      const name = `dead${index}`;
      return { kind: "webhook", name, url: `http://${name}.example`, secretFile };
    });
    const post: Post = () => Promise.reject(sinkFailed("away"));
    const table = await performanceTable();
    const { alerting, changes } = await open(table, { sinks, post });
    await alerting.configure({ fireAfterMs: 0, resolveAfterMs: 0, sinks });
    // Of all of them with all sinks there would be more entries than one step of a database takes.
    const count = 600;
    expect(count * (1 + ALERT_SINKS_MAX)).to.be.above(MANAGER_STEP_ENTRIES_MAX);
    const nodes = Array.from({ length: count }, (_, index) =>
      nodeWith({ node: BigInt(index), resourceShare: 0.99 }),
    );
    await alerting.observe(fleetOf([], nodes), NO_SCORES, THRESHOLDS);
    expect(changes).to.have.length(count);
    await alerting.observe(fleetOf([]), NO_SCORES, THRESHOLDS);
    expect(changes).to.have.length(2 * count);
    expect([...alerting.sinks().values()].map(({ waiting }) => waiting)).to.deep.equal(
      Array(ALERT_SINKS_MAX).fill(SINK_QUEUE_MAX),
    );
    let waiting = 0;
    for await (const _ of table.list("alert/waiting/")) waiting += 1;
    for await (const [key] of table.list("alert/active/")) expect.fail(key);
    expect(waiting).to.equal(ALERT_SINKS_MAX * SINK_QUEUE_MAX);
    await alerting.stop();
  });

  it("that were written before the disk was full have happened, and the others are found again", async () => {
    const table = await performanceTable();
    let puts = 0;
    const { alerting, changes } = await open({
      ...table,
      async put(entries) {
        puts += 1;
        if (puts === 2) throw new PleiadError("no room", { code: "STORE_FULL", retryable: true });
        await table.put(entries);
      },
    });
    await alerting.configure({ fireAfterMs: 0, resolveAfterMs: 0, sinks: [] });
    const count = 2 * ALERT_WRITES_MAX;
    const fleet = fleetOf(
      [],
      Array.from({ length: count }, (_, index) => nodeWith({ node: BigInt(index), resourceShare: 0.99 })),
    );
    await failure(alerting.observe(fleet, NO_SCORES, THRESHOLDS), "STORE_FULL");
    expect([changes.length, alerting.alerts().length]).to.deep.equal([ALERT_WRITES_MAX, ALERT_WRITES_MAX]);
    await alerting.observe(fleet, NO_SCORES, THRESHOLDS);
    expect([new Set(changes).size, changes.length]).to.deep.equal([count, count]);
  });

  it("name a sink whose secret is of no use when it is opened, before anything fires", async () => {
    const secretFile = "/nonexistent/secret";
    const sinks: readonly AlertSinkSettings[] = [
      { kind: "webhook", name: "pager", url: "http://pager.example", secretFile },
    ];
    const { alerting, lines } = await open(await performanceTable(), { sinks });
    expect(lines.filter((line) => line.includes("ALERT_SECRET_MISSING"))).to.have.length(1);
    await alerting.stop();
  });

  it("reach a webhook in order, with ids of their own over restarts, and a dead one holds up nothing", async () => {
    await using folder = await temporaryFolder();
    const secretFile = join(folder.path, "secret");
    await writeFile(secretFile, "0123456789abcdef", { mode: 0o600 });
    const sinks: readonly AlertSinkSettings[] = [
      { kind: "webhook", name: "dead", url: "http://dead.example", secretFile },
      { kind: "webhook", name: "well", url: "http://well.example", secretFile },
    ];
    const told: { readonly delivery: string; readonly event: string }[] = [];
    let wake: () => void = () => undefined;
    const until = async (count: number) => {
      while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    const post: Post = async ({ url, body }, signal) => {
      if (url.includes("dead"))
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(sinkFailed("stopped"))),
        );
      else told.push(JSON.parse(body));
      wake();
    };
    const table = await performanceTable();
    const first = await open(table, { sinks, post });
    await first.look(BUSY, 3);
    await first.look(WELL, 5);
    await until(2);
    await first.alerting.stop();
    const second = await open(table, { sinks, post, startMs: 10_000_000 });
    await second.look(BUSY, 3);
    await until(3);
    expect(told.map(({ event }) => event)).to.deep.equal(["firing", "resolved", "firing"]);
    expect(new Set(told.map(({ delivery }) => delivery)).size).to.equal(3);
    expect(second.alerting.sinks().get("dead")?.waiting).to.equal(3);
    // A sink that is taken out of the file leaves nothing behind.
    await second.alerting.configure({ ...TIMING, sinks: sinks.slice(1) });
    expect([...second.alerting.sinks().keys()]).to.deep.equal(["well"]);
    for await (const [key] of table.list("alert/waiting/dead/")) expect.fail(key);
    await second.alerting.stop();
  });
});
