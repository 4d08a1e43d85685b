import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { ALL_FAULTS } from "./faults/index.ts";

/** Every fault under which the daemon promises to behave. */
const ROWS = [
  "killed at any instant",
  "reorg of depth 1–6",
  "reorg beyond finality",
  "RPC down, slow, lagging, flapping",
  "RPC lying",
  "RPC limits",
  "duplicate events",
  "two nodes, one task",
  "same key started twice",
  "clock jumps ±2 h",
  "disk full",
  "damaged database",
  "flood, oversize, malformed, replay from peers",
  "partition",
  "agent hangs, floods, forks, hides children",
  "agent or peer text carrying instructions",
  "submission reverts",
  "nonce gap, stuck or replaced transaction",
  "fee spike, empty wallet",
  "wrong chain, no code, bad config",
  "local web page calls the API",
  "WebSocket of new blocks down, silent, lying, flooding",
  "remote signer away, slow, locked, garbling",
  "remote signer signing something else",
];

describe("the scenarios of the simulation", () => {
  it("play every fault that there is a promise about", () => {
    expect(new Set(ALL_FAULTS.map(({ row }) => row))).to.deep.equal(new Set(ROWS));
  });

  it("stand in the README, each with its fault", () => {
    const text = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
    for (const row of ROWS) {
      const line = text.split("\n").find((candidate) => candidate.startsWith(`| ${row} |`)) ?? "";
      const names = [...line.matchAll(/`(\w+)`/g)].map(([, name]) => name);
      const wanted = ALL_FAULTS.filter((fault) => fault.row === row).map(({ name }) => name);
      expect(names.sort(), row).to.deep.equal(wanted.sort());
    }
  });
});
