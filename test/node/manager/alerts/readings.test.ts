import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Reading } from "../../../../node/src/manager/alerts/readings.ts";
import { readingsOf, sectionOf } from "../../../../node/src/manager/alerts/readings.ts";
import type { FleetMember } from "../../../../node/src/manager/fleet.ts";
import { clusterWith, fleetOf, members, nodeWith, score, THRESHOLDS } from "./support.ts";

const NAMES = ["cluster_size", "communication_latency", "resource_usage", "stability_score"] as const;
const of = (name: Reading["name"], readings: readonly Reading[]) =>
  readings.filter((one) => one.name === name);
const side = (reading: Reading | undefined) => [reading?.isCrossed, reading?.isClear];

describe("readings of a fleet", () => {
  it("cross a cluster's size below the least and above the most of members that are there, and not at them", () => {
    const sizes: readonly (readonly [readonly FleetMember["state"][], number, boolean])[] = [
      [["ready", "running"], 2, true],
      [["ready", "running", "done"], 3, false],
      [["ready", "running", "spawning", "lost"], 3, false],
      [["ready", "running", "silent", "lost"], 2, true],
      [Array(10).fill("ready"), 10, false],
      [Array(11).fill("ready"), 11, true],
      [[], 0, true],
    ];
    for (const [states, value, isCrossed] of sizes) {
      const fleet = fleetOf([clusterWith({ members: members(states) })]);
      const [reading] = of("cluster_size", readingsOf(fleet, new Map(), THRESHOLDS));
      expect([reading?.value, reading?.isCrossed, reading?.isClear], String(states)).to.deep.equal([
        value,
        isCrossed,
        !isCrossed,
      ]);
      expect(reading?.threshold, String(states)).to.equal(value > 10 ? 10 : 3);
    }
  });

  it("cross latency and usage above, and a score below, and not at the threshold; between that and clear is a band", () => {
    const latency = (messageLatencyMs: number) =>
      of(
        "communication_latency",
        readingsOf(fleetOf([clusterWith({ messageLatencyMs })]), new Map(), THRESHOLDS),
      )[0];
    expect(side(latency(1_001))).to.deep.equal([true, false]);
    expect(side(latency(1_000))).to.deep.equal([false, false]);
    expect(side(latency(900))).to.deep.equal([false, true]);
    const usage = (resourceShare: number) =>
      of("resource_usage", readingsOf(fleetOf([], [nodeWith({ resourceShare })]), new Map(), THRESHOLDS))[0];
    expect(side(usage(0.81))).to.deep.equal([true, false]);
    expect(side(usage(0.8))).to.deep.equal([false, false]);
    expect(side(usage(0.75))).to.deep.equal([false, true]);
    const stability = (value: number, stabilityScore = 0.9) =>
      of(
        "stability_score",
        readingsOf(fleetOf([clusterWith()]), new Map([[7n, score(value)]]), {
          ...THRESHOLDS,
          stabilityScore,
        }),
      )[0];
    expect(side(stability(0.899))).to.deep.equal([true, false]);
    expect(side(stability(0.9))).to.deep.equal([false, false]);
    expect(side(stability(0.93))).to.deep.equal([false, true]);
    // Where nothing is above the threshold it is clear at it, or an alert could never end.
    expect(side(stability(1, 1))).to.deep.equal([false, true]);
  });

  it("are of what was measured alone", () => {
    const fleet = fleetOf([clusterWith()], [nodeWith({ isOwn: false, resourceShare: undefined })]);
    expect(readingsOf(fleet, new Map(), THRESHOLDS).map(({ name }) => name)).to.deep.equal(["cluster_size"]);
  });

  it("say the figures, and the section of the troubleshooting that is there, with symptoms, commands, causes and cures", async () => {
    const page = await readFile(new URL("../../../../docs/troubleshooting.md", import.meta.url), "utf8");
    const fleet = fleetOf(
      [clusterWith({ members: members(["ready"]), messageLatencyMs: 2_345 })],
      [nodeWith({ resourceShare: 0.93, resourceName: "disk" })],
    );
    const readings = readingsOf(fleet, new Map([[7n, score(0.5, { success: 0.5 })]]), THRESHOLDS);
    expect(readings.map(({ summary }) => summary)).to.deep.equal([
      "alpha-one has 1 member that is there, fewer than the 3 it should have: docs/troubleshooting.md#cluster_size",
      "messages of alpha-one take 2345 ms, longer than 1000 ms: docs/troubleshooting.md#communication_latency",
      "alpha-one has a stability score of 0.50, below 0.9, most of all by its success: docs/troubleshooting.md#stability_score",
      "node 3 uses 93 % of its disk, more than 80 %: docs/troubleshooting.md#resource_usage",
    ]);
    for (const name of NAMES) {
      expect(readings.find((one) => one.name === name)?.summary, name).to.contain(sectionOf(name));
      const section = page.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? "";
      for (const part of ["**Symptoms.**", "**Look.**", "**Causes.**", "**Cures.**", "pleiad manager "])
        expect(section, `${name}: ${part}`).to.contain(part);
    }
    for (const kind of [
      "Formation problems",
      "Membership problems",
      "Coordination problems",
      "Stability problems",
    ]) {
      const section = page.split(/^## /m).find((text) => text.startsWith(`${kind}\n`)) ?? "";
      expect(section.match(/^\| /gm)?.length, kind).to.be.greaterThan(4);
    }
  });
});
