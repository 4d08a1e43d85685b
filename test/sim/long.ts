import { parseArguments } from "./arguments.ts";
import { PROFILE_NAMES, profileOf } from "./profiles.ts";
import { commandOf, isGood, roundLine, summaryOf } from "./report.ts";
import { simulate } from "./simulation.ts";

/**
 * `npm run sim:long [-- --seed N --rounds M]`: one simulation after the other, from a seed on, of all profiles in turn, until
 * it is stopped (Ctrl-C: after the round that it is in). It goes on after a failure, and names all failures in the end.
 */
const { seed: firstSeed, rounds, smallDisk } = parseArguments(process.argv.slice(2), 1);
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
const failed: string[] = [];
let simulations = 0;
while (!interrupted.signal.aborted) {
  const seed = firstSeed + Math.floor(simulations / PROFILE_NAMES.length);
  const name = PROFILE_NAMES[simulations % PROFILE_NAMES.length] ?? "all";
  simulations += 1;
  const command = commandOf({ seed, rounds, profile: name, smallDisk });
  console.log(command);
  const result = await simulate({
    profile: profileOf(name),
    seed,
    rounds,
    keepsFolder: false,
    smallDisk,
    signal: interrupted.signal,
  });
  const slowestMs = Math.max(0, ...result.rounds.map(({ agreement }) => agreement.tookMs));
  console.log(
    `  ${result.rounds.length} rounds in ${Math.round(result.seconds)} s, slowest agreement ${(slowestMs / 1_000).toFixed(1)} s`,
  );
  if (isGood(result)) continue;
  failed.push(command);
  console.log(
    [...result.rounds.map(roundLine), summaryOf(result), `FAILED; again with:\n  ${command}`].join("\n"),
  );
}
console.log(`${simulations} simulations, ${failed.length} failed`);
for (const command of failed) console.log(`  ${command}`);
process.exitCode = failed.length > 0 ? 1 : 0;
