import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FOLDER } from "../../../node/src/store/open.ts";
import type { Rng } from "../rng.ts";
import type { Fault } from "./fault.ts";

/** Bytes that are changed in one file. */
const BYTES_CHANGED = 64;

/**
 * The daemon is killed and finds its database changed, cut, or gone. What runs then it signs nothing new for: were it another one than
 * whose agents fail, one node of three would be left, and two that must agree would rightly never do.
 */
export const damagedDatabase: Fault = {
  name: "damagedDatabase",
  row: "damaged database",
  weight: 2,
  lastsMs: [0, 1_000],
  perRoundMax: 2,
  onVictimOnly: true,
  takesMemory: true,
  async begin(world, { operator, rng }) {
    const { daemon } = operator;
    await daemon.hold();
    world.audit.lostJournal(operator.node);
    const kind = damage(join(daemon.folder, DATABASE_FOLDER), rng);
    world.count(`databases ${kind}`);
    return () => {
      // What an operator does with those of before, or the daemon would take the disk for broken.
      for (const name of readdirSync(daemon.folder)) {
        if (/^db\.damaged-/.test(name)) rmSync(join(daemon.folder, name), { recursive: true });
      }
      daemon.release();
    };
  },
};

function damage(folder: string, rng: Rng): string {
  const kind = rng.pick(["changed", "cut", "gone", "without CURRENT"]);
  if (kind === "gone") rmSync(folder, { recursive: true, force: true });
  else if (kind === "without CURRENT") rmSync(join(folder, "CURRENT"), { force: true });
  else {
    const path = largestIn(folder);
    if (path === undefined) return "not there yet";
    const bytes = readFileSync(path);
    if (kind === "cut") writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
    else {
      for (let number = 0; number < BYTES_CHANGED; number++)
        bytes[rng.int(0, bytes.length - 1)] = rng.int(0, 255);
      writeFileSync(path, bytes);
    }
  }
  return kind;
}

function largestIn(folder: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  const files = names.map((name) => join(folder, name)).filter((path) => /\.(log|ldb)$/.test(path));
  return files.sort((left, right) => statSync(right).size - statSync(left).size)[0];
}
