import { fairnessIndex } from "../../../../node/src/manager/scaling/shares.ts";
import { type Outcome, playDoubled, playFaults, playLoad, playOverload } from "./scenarios.ts";

/**
 * `npm run sim:fleet -- --seed N --runs M`: the simulated fleet under M seeds from N on, one line each, and at the end what was found. A
 * fresh seed without one.
 */
const FAIRNESS_MIN = 0.98;
const THROUGHPUT_MIN = 0.9;

const args = process.argv.slice(2);
const first = numberOf("--seed") ?? Math.floor(Math.random() * 1_000_000);
const runs = numberOf("--runs") ?? 1;
let found = 0;
let fairest = 1;
let quickest = Number.POSITIVE_INFINITY;
for (let seed = first; seed < first + runs; seed++) {
  const wrong = await all(String(seed));
  found += wrong.length;
  console.log(`seed ${seed}: ${wrong.length === 0 ? "all is well" : ""}`);
  for (const sentence of wrong) console.log(`  ${sentence}`);
}
console.log(
  `${runs} seeds from ${first}: ${found} found; fairness at least ${fairest.toFixed(4)}, throughput at least ${quickest.toFixed(3)}`,
);
process.exitCode = found === 0 ? 0 : 1;

async function all(seed: string): Promise<readonly string[]> {
  const overload = await playOverload(seed);
  const doubled = await playDoubled(seed);
  const fairness = fairnessIndex(overload.used);
  fairest = Math.min(fairest, fairness);
  quickest = Math.min(quickest, doubled.share);
  return [
    ...sentencesOf("load", await playLoad(seed)),
    ...sentencesOf("faults", await playFaults(seed)),
    ...sentencesOf("overload", overload.outcome),
    ...sentencesOf("weights", (await playOverload(seed, 20)).outcome),
    ...sentencesOf("doubled", doubled.outcome),
    ...(fairness >= FAIRNESS_MIN ? [] : [`overload/fairness: ${fairness} of ${overload.used.join(", ")}`]),
    ...(doubled.share >= THROUGHPUT_MIN ? [] : [`doubled/throughput: ${doubled.share}`]),
  ];
}

function sentencesOf(scenario: string, { wrong }: Outcome): readonly string[] {
  return [...wrong].flatMap(([name, sentences]) => sentences.map((one) => `${scenario}/${name}: ${one}`));
}

function numberOf(name: string): number | undefined {
  const at = args.indexOf(name);
  if (at === -1) return undefined;
  const value = Number(args[at + 1]);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} takes a whole number, not ${args[at + 1]}`);
  return value;
}
