import { randomInt } from "node:crypto";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { playKills } from "./kills.ts";

/** `npm run sim:team -- [--seed N] [--kills N] [--helpers N]`: random SIGKILLs of a daemon with helpers at work, and of their programs. */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(randomInt(1, 1_000_000)) },
    kills: { type: "string", default: "100" },
    helpers: { type: "string", default: "4" },
  },
});
const [seed, kills, helpers] = [values.seed, values.kills, values.helpers].map(Number) as [
  number,
  number,
  number,
];
const again = `npm run sim:team -- --seed ${seed} --kills ${kills} --helpers ${helpers}`;
console.log(`${again}   (load ${loadavg()[0]?.toFixed(1)})`);
const startedAtMs = performance.now();
try {
  const result = await playKills({ seed, kills, helpers, onKill: (text) => console.log(`killed ${text}`) });
  console.log(JSON.stringify(result, undefined, 2));
  const { lost, unread, restless, orphans, changed, left, ended } = result;
  const isGood = [lost, unread, restless, orphans, changed, left, ended].every((list) => list.length === 0);
  console.log(`${isGood ? "good" : "FAILED"} in ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
  if (!isGood) fail();
} catch (error) {
  console.log(error);
  fail();
}

function fail(): void {
  console.log(`again with:\n  ${again}`);
  process.exitCode = 1;
}
