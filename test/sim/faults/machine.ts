import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillDisk } from "../smallDisk.ts";
import { controlFolder } from "../supervisor.ts";
import type { Fault } from "./fault.ts";

const CLOCK_JUMP_MS = 2 * 3_600_000;

/** The wall clock of one machine jumps two hours, and back. */
export const clockJump: Fault = {
  name: "clockJump",
  row: "clock jumps ±2 h",
  weight: 3,
  lastsMs: [3_000, 12_000],
  async begin(world, { operator, rng }) {
    const file = join(controlFolder(operator.daemon.folder), "clock");
    writeFileSync(file, String(rng.chance(0.5) ? CLOCK_JUMP_MS : -CLOCK_JUMP_MS));
    world.count("clock jumps", 2);
    return () => rmSync(file, { force: true });
  },
};

/** Nothing can be written into the data folder of one operator. */
export const diskFull: Fault = {
  name: "diskFull",
  row: "disk full",
  weight: 3,
  lastsMs: [2_000, 8_000],
  async begin(world, { operator }) {
    world.count("full disks");
    if (operator.hasSmallDisk) return fillDisk(operator.daemon.folder);
    const file = join(controlFolder(operator.daemon.folder), "full");
    writeFileSync(file, "");
    return () => rmSync(file, { force: true });
  },
};
