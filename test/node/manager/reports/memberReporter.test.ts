import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { parseManagerFile } from "../../../../node/src/manager/config/parse.ts";
import type { ManagerStatus } from "../../../../node/src/manager/face.ts";
import { REPORT_INTERVAL_MS, REPORT_TEXT_CHARS_MAX } from "../../../../node/src/manager/limits.ts";
import { clusterReport } from "../../../../node/src/manager/reports/cluster.ts";
import { clusterText } from "../../../../node/src/manager/reports/clusterText.ts";
import { createMemberReporter } from "../../../../node/src/manager/reports/memberReporter.ts";
import { alertWith, clusterWith, fleetOf, nodeWith, score } from "../alerts/support.ts";
import { manualClock } from "../clock.ts";
import { fileText } from "../config/support.ts";

const { settings } = parseManagerFile(fileText(), "manager.yaml");
const FLEET = fleetOf([clusterWith()], [nodeWith({ node: 1n })]);
const REPORT = clusterReport(FLEET, clusterWith(), score(1), settings);
const STATUS: ManagerStatus = {
  id: "main",
  name: "Main",
  settings,
  reconciled: { atMs: 1, tookMs: 2, block: 3n },
  clusters: [REPORT, { ...REPORT, cluster: 9n, slug: "secret-nine" }],
  alerts: [],
  plans: [],
  problem: undefined,
};

function started(status = STATUS) {
  const clock = manualClock();
  const lines: string[] = [];
  const told: (readonly [cluster: bigint, member: string, text: string])[] = [];
  const world = { status, members: [7n] as readonly bigint[], isFull: false };
  const reporter = createMemberReporter(
    { member: "boss" },
    {
      status: async () => world.status,
      isMember: (cluster, name) => name === "boss" && world.members.includes(cluster),
      async tell(...message) {
        if (world.isFull) throw new PleiadError("the log is full", { code: "LOG_FULL", hint: "prune it" });
        told.push(message);
      },
      clock,
      logger: pino({}, { write: (line: string) => void lines.push(line) }),
    },
  );
  reporter.start();
  return { world, reporter, clock, told, lines };
}

describe("reports to an orchestrator that is an agent", () => {
  it("are messages in its own cluster, of that alone, once for each change and not sooner than the interval", async () => {
    const { world, reporter, clock, told } = started();
    await clock.pass(5 * REPORT_INTERVAL_MS);
    expect(told.map(([cluster, member]) => [cluster, member])).to.deep.equal([[7n, "boss"]]);
    expect(told[0]?.[2]).to.include("alpha-one").and.not.include("secret-nine");
    world.status = { ...STATUS, clusters: [{ ...REPORT, waiting: 40, running: 3 }] };
    await clock.pass(2 * REPORT_INTERVAL_MS);
    expect(told.length, "what moves all the time is no news").to.equal(1);
    world.status = { ...STATUS, clusters: [{ ...REPORT, ready: 0, wanted: ["a node for reader"] }] };
    reporter.wake();
    await clock.pass(REPORT_INTERVAL_MS / 2 - 1);
    expect(told.length, "not before its turn").to.equal(1);
    await clock.pass(REPORT_INTERVAL_MS);
    expect(told.length).to.equal(2);
    expect(told[1]?.[2]).to.include("Wanted: a node for reader.");
    await reporter.stop();
  });

  it("do not wait for the interval where there was no look yet", async () => {
    const { world, reporter, clock, told } = started({ ...STATUS, reconciled: undefined, clusters: [] });
    await clock.pass(500);
    expect(told).to.deep.equal([]);
    world.status = STATUS;
    reporter.wake();
    await clock.pass(1);
    expect(told.length).to.equal(1);
    await reporter.stop();
  });

  it("that fail are made again at the next turn, and logged once; as where nobody is of that name", async () => {
    const { world, reporter, clock, told, lines } = started();
    world.isFull = true;
    world.status = {
      ...STATUS,
      alerts: [alertWith({ id: "a", subject: "cluster/7", summary: "It is low." })],
    };
    await clock.pass(3 * REPORT_INTERVAL_MS);
    world.isFull = false;
    await clock.pass(REPORT_INTERVAL_MS);
    expect(told.at(-1)?.[2]).to.include("It is low.");
    expect(lines.filter((line) => line.includes("took no report"))).to.have.length(1);
    expect(lines.at(-1)).to.include("takes reports again");
    world.members = [];
    await clock.pass(2 * REPORT_INTERVAL_MS);
    expect(lines.at(-1)).to.include("MEMBER_UNKNOWN");
    expect(reporter.failuresTotal()).to.be.at.least(4);
    await reporter.stop();
  });

  it("are bounded, whatever is wanted", () => {
    const { text } = clusterText(STATUS, { ...REPORT, wanted: ["🜁".repeat(REPORT_TEXT_CHARS_MAX)] });
    expect(text.length).to.equal(REPORT_TEXT_CHARS_MAX);
    expect(text.isWellFormed()).to.equal(true);
  });
});
