import { randomInt } from "node:crypto";
import { loadavg } from "node:os";
import { PleiadError } from "@pleiad/sdk/errors";
import { parseArguments } from "./arguments.ts";
import { profileOf } from "./profiles.ts";
import { commandOf, isGood, roundLine, summaryOf } from "./report.ts";
import { simulate } from "./simulation.ts";

/** `npm run sim -- [--seed N] [--rounds M] [--profile NAME] [--keep]`: see README.md. */
const SEED_FRESH_MAX = 1_000_000;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PleiadError)) throw error;
  console.error(`${error.message}\n${error.hint ?? ""}`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = parseArguments(args, randomInt(1, SEED_FRESH_MAX));
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  console.log(`${commandOf(wanted)}   (load ${loadavg()[0]?.toFixed(1)})`);
  const result = await simulate(
    { ...wanted, profile: profileOf(wanted.profile), signal: interrupted.signal },
    { onRound: (round) => console.log(roundLine(round)) },
  );
  console.log(summaryOf(result));
  if (wanted.keepsFolder) console.log(`left in ${result.folder}`);
  if (isGood(result)) return 0;
  console.log(`FAILED; again with:\n  ${commandOf(wanted)}`);
  return 1;
}
