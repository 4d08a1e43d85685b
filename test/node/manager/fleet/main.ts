import { fairnessIndex } from "../../../../node/src/manager/scaling/shares.ts";
import { type Outcome, playDoubled, playFaults, playLoad, playOverload } from "./scenarios.ts";

/**
 * `npm run sim:fleet -- --seed N --runs M`: the simulated fleet under M seeds from N on, one line each, and at the end what was found. A
 * fresh seed without one. `--only load,faults` plays some of the scenarios.
 */
const FAIRNESS_MIN = 0.98;
const THROUGHPUT_MIN = 0.9;

const SCENARIOS = ["load", "faults", "overload", "weights", "doubled"] as const;
type Scenario = (typeof SCENARIOS)[number];

const args = process.argv.slice(2);
const only = args.includes("--only") ? args[args.indexOf("--only") + 1]?.split(",") : undefined;
const first = numberOf("--seed") ?? Math.floor(Math.random() * 1_000_000);
const runs = numberOf("--runs") ?? 1;
let found = 0;
let fairest = 1;
let slowest = Number.POSITIVE_INFINITY;
for (let seed = first; seed < first + runs; seed++) {
  const wrong = await all(String(seed));
  found += wrong.length;
  console.log(`seed ${seed}: ${wrong.length === 0 ? "all is well" : ""}`);
  for (const sentence of wrong) console.log(`  ${sentence}`);
}
console.log(
  `${runs} seeds from ${first}: ${found} found; fairness at least ${fairest.toFixed(4)}, throughput at least ${slowest.toFixed(3)}`,
);
process.exitCode = found === 0 ? 0 : 1;

async function all(seed: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const scenario of only === undefined ? SCENARIOS : SCENARIOS.filter((one) => only.includes(one)))
    wrong.push(...(await play(scenario, seed)));
  return wrong;
}

async function play(scenario: Scenario, seed: string): Promise<readonly string[]> {
  switch (scenario) {
    case "load":
      return sentencesOf(scenario, await playLoad(seed));
    case "faults":
      return sentencesOf(scenario, await playFaults(seed));
    case "weights":
      return sentencesOf(scenario, (await playOverload(seed, 20)).outcome);
    case "overload": {
      const { outcome, used } = await playOverload(seed);
      const fairness = fairnessIndex(used);
      fairest = Math.min(fairest, fairness);
      const unfair = fairness >= FAIRNESS_MIN ? [] : [`overload/fairness: ${fairness} of ${used.join(", ")}`];
      return [...sentencesOf(scenario, outcome), ...unfair];
    }
    case "doubled": {
      const { outcome, share } = await playDoubled(seed);
      slowest = Math.min(slowest, share);
      return [
        ...sentencesOf(scenario, outcome),
        ...(share >= THROUGHPUT_MIN ? [] : [`doubled/throughput: ${share}`]),
      ];
    }
  }
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
