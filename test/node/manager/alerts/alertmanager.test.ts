import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { systemClock } from "../../../../node/src/chain/clock.ts";
import { createAlertmanager } from "../../../../node/src/manager/alerts/alertmanager.ts";
import { createPost, sinkFailed } from "../../../../node/src/manager/alerts/post.ts";
import type { Alert } from "../../../../node/src/manager/face.ts";
import { ALERTMANAGER_RESEND_MS, ALERTMANAGER_RESOLVED_MS } from "../../../../node/src/manager/limits.ts";
import { manualClock } from "../clock.ts";
import { openReceiver } from "./receiver.ts";
import { alertWith } from "./support.ts";

const logger = pino({ level: "silent" });

/** What was sent, as time and the alerts' end or `fires`. */
function played(alerts: () => readonly Alert[], dead: () => boolean = () => false) {
  const clock = manualClock();
  const sent: (readonly [atMs: number, what: readonly string[]])[] = [];
  const alertmanager = createAlertmanager(
    { sink: "am", url: "http://am.example/prefix/", manager: "main" },
    {
      alerts,
      clock,
      now: clock.monotonicMs,
      logger,
      async post({ url, body }) {
        expect(url).to.equal("http://am.example/prefix/api/v2/alerts");
        const found = JSON.parse(body) as {
          readonly labels: { readonly subject: string };
          readonly endsAt?: string;
        }[];
        if (dead()) throw sinkFailed("away");
        sent.push([
          clock.monotonicMs(),
          found.map(({ labels, endsAt }) => `${labels.subject} ${endsAt ?? "fires"}`),
        ]);
      },
    },
  );
  alertmanager.start();
  return { alertmanager, clock, sent };
}

describe("an Alertmanager", () => {
  it("is sent alerts as its API takes them", async () => {
    await using receiver = await openReceiver();
    const alerts = [
      alertWith({ firedAtMs: Date.UTC(2026, 0, 2), state: "acknowledged", acknowledgedBy: "ada" }),
      alertWith({ name: "cluster_size", subject: "cluster/7", state: "pending", firedAtMs: undefined }),
    ];
    const alertmanager = createAlertmanager(
      { sink: "am", url: receiver.url, manager: "main" },
      { alerts: () => alerts, post: createPost(), clock: systemClock(), now: Date.now, logger },
    );
    alertmanager.start();
    await receiver.until(1);
    await alertmanager.stop();
    const [request] = receiver.received;
    expect(request?.path).to.equal("/api/v2/alerts");
    expect(request?.headers["content-type"]).to.equal("application/json");
    expect(JSON.parse(request?.body ?? "")).to.deep.equal([
      {
        labels: { alertname: "PleiadResourceUsage", manager: "main", subject: "node/3", severity: "warn" },
        annotations: {
          summary: "node 3 is busy",
          id: "resource_usage.node-3.a",
          value: "0.93",
          threshold: "0.8",
          acknowledged_by: "ada",
        },
        startsAt: "2026-01-02T00:00:00.000Z",
      },
    ]);
  });

  it("is told again every minute while it fires, at once when something changes, and of the end for a quarter of an hour", async () => {
    let alerts: readonly Alert[] = [];
    const { alertmanager, clock, sent } = played(() => alerts);
    await clock.pass(10_000);
    expect(sent, "nothing to say").to.deep.equal([]);
    alerts = [alertWith()];
    alertmanager.wake();
    await clock.pass(2 * ALERTMANAGER_RESEND_MS);
    expect(sent).to.deep.equal([10_000, 70_000, 130_000].map((atMs) => [atMs, ["node/3 fires"]]));
    alerts = [alertWith({ state: "resolved", resolvedAtMs: 130_000 })];
    alertmanager.wake();
    await clock.pass(2 * ALERTMANAGER_RESOLVED_MS);
    const ends = sent.slice(3);
    expect(new Set(ends.flatMap(([, what]) => what))).to.deep.equal(
      new Set(["node/3 1970-01-01T00:02:10.000Z"]),
    );
    expect(ends.length).to.equal(ALERTMANAGER_RESOLVED_MS / ALERTMANAGER_RESEND_MS + 1);
    await alertmanager.stop();
  });

  it("is not told the end of what fires again", async () => {
    const alerts = [
      alertWith({ firedAtMs: 5_000 }),
      alertWith({ id: "earlier", state: "resolved", resolvedAtMs: 3_000 }),
      alertWith({ id: "other", subject: "node/4", state: "resolved", resolvedAtMs: 4_000 }),
      alertWith({ id: "other before", subject: "node/4", state: "resolved", resolvedAtMs: 2_000 }),
    ];
    const { alertmanager, clock, sent } = played(() => alerts);
    await clock.pass(0);
    expect(sent).to.deep.equal([[0, ["node/3 fires", "node/4 1970-01-01T00:00:04.000Z"]]]);
    await alertmanager.stop();
  });

  it("is asked again while it is away, no less often than alerts have to be said", async () => {
    let isDead = true;
    const { alertmanager, clock, sent } = played(
      () => [alertWith()],
      () => isDead,
    );
    await clock.pass(600_000);
    expect(alertmanager.stats().failuresTotal).to.be.within(10, 20);
    isDead = false;
    await clock.pass(ALERTMANAGER_RESEND_MS);
    expect(sent).to.have.length.greaterThan(0);
    await alertmanager.stop();
  });
});
