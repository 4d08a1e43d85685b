import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { sinkFailed } from "../../../../node/src/manager/alerts/post.ts";
import { parseManagerFile } from "../../../../node/src/manager/config/parse.ts";
import type { ManagerStatus } from "../../../../node/src/manager/face.ts";
import { REPORT_INTERVAL_MS, REPORT_RETRY_MS_MAX } from "../../../../node/src/manager/limits.ts";
import { createReporter } from "../../../../node/src/manager/reports/reporter.ts";
import { manualClock } from "../clock.ts";
import { fileText } from "../config/support.ts";

const sinks = [{ kind: "alertmanager", name: "am", url: "http://am.example/token-4c1f" }];
const relationships = { clusters: ["alpha-one"], weights: { "alpha-one": 2 } };
const { settings } = parseManagerFile(fileText({ alert_sinks: sinks, relationships }), "manager.yaml");
const STATUS: ManagerStatus = {
  id: "main",
  name: "Main",
  settings,
  reconciled: { atMs: 1, tookMs: 2, block: 2n ** 70n },
  clusters: [],
  alerts: [],
  plans: [],
  problem: undefined,
};

function started(isDead: () => boolean = () => false) {
  const clock = manualClock();
  const lines: string[] = [];
  const told: (readonly [atMs: number, body: string])[] = [];
  const reporter = createReporter(
    { url: "http://127.0.0.1:9/reports" },
    {
      clock,
      logger: pino({}, { write: (line: string) => void lines.push(line) }),
      status: async () => ({ ...STATUS, name: `at ${clock.monotonicMs()}` }),
      async post({ body }) {
        told.push([clock.monotonicMs(), body]);
        if (isDead()) throw sinkFailed("away");
      },
    },
  );
  reporter.start();
  return { reporter, clock, told, lines };
}

describe("reports to an orchestrator", () => {
  it("are the status as it is then, when something changed and every minute, without URLs of sinks", async () => {
    const { reporter, clock, told } = started();
    await clock.pass(10_000);
    reporter.wake();
    await clock.pass(2 * REPORT_INTERVAL_MS);
    expect(told.map(([atMs]) => atMs)).to.deep.equal([0, 10_000, 70_000, 130_000]);
    const report = JSON.parse(told[1]?.[1] ?? "");
    expect(report.name).to.equal("at 10000");
    expect(report.reconciled.block).to.equal((2n ** 70n).toString());
    expect(report.settings.relationships.weights).to.deep.equal({ "alpha-one": 2 });
    expect(told[1]?.[1]).not.to.contain("token-4c1f");
    await reporter.stop();
  });

  it("are one for all that changed within a second", async () => {
    const { reporter, clock, told } = started();
    await clock.pass(10_000);
    for (let change = 0; change < 50; change += 1) {
      reporter.wake();
      await clock.pass(10);
    }
    await clock.pass(5_000);
    expect(told.map(([atMs]) => atMs)).to.deep.equal([0, 10_000, 11_000]);
    await reporter.stop();
  });

  it("pile up nowhere while it is away, and are logged as failed once", async () => {
    let isDead = true;
    const { reporter, clock, told, lines } = started(() => isDead);
    for (let minute = 0; minute < 60; minute += 1) {
      reporter.wake();
      await clock.pass(60_000);
    }
    expect(told.length).to.be.within(60, 70);
    expect(reporter.failuresTotal()).to.equal(told.length);
    expect(lines.filter((line) => line.includes("took no report"))).to.have.length(1);
    isDead = false;
    const before = told.length;
    await clock.pass(REPORT_RETRY_MS_MAX);
    expect(told.length - before).to.be.within(1, 2);
    expect(lines.at(-1)).to.contain("takes reports again");
    await reporter.stop();
  });
});
