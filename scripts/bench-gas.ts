/**
 * Measures what every scenario of `test/contracts/gas/scenarios.ts` costs, whole transactions under Prague rules.
 *
 *   npm run bench:gas                prints a table with ceilings, what changed since the snapshot, the floor of the EVM and
 *                                    what other systems pay
 *   npm run bench:gas -- --json      prints `{scenario: gas}` and nothing else
 *   npm run bench:gas -- --update    writes snapshot.json and layout.json in test/contracts/gas, with which the tests compare
 *
 * Fails where a scenario is above its ceiling.
 */
import { existsSync } from "node:fs";
import { measureLayouts, writeLayouts } from "../test/contracts/gas/layout.ts";
import { COMPARISONS } from "../test/contracts/gas/peers.ts";
import { GAS_SCENARIOS, type GasScenario } from "../test/contracts/gas/scenarios.ts";
import { measureCode, readSnapshot, type Snapshot, writeSnapshot } from "../test/contracts/gas/snapshot.ts";

await main(process.argv.slice(2));

async function main(options: readonly string[]): Promise<void> {
  const json = options.includes("--json");
  const committed = readCommitted();
  const gas: Record<string, number> = {};
  for (const scenario of GAS_SCENARIOS) {
    const used = Number(await scenario.measure());
    gas[scenario.name] = used;
    if (!json) {
      console.log(lineOf(scenario, used, committed.gas[scenario.name]));
      for (const line of comparisonOf(scenario, used)) console.log(`    ${line}`);
    }
    if (isAbove(scenario, used)) process.exitCode = 1;
  }
  if (json) {
    console.log(JSON.stringify(gas, undefined, 2));
    return;
  }
  const codeBytes = await measureCode();
  for (const [name, bytes] of Object.entries(codeBytes)) {
    console.log(
      `${name.padEnd(25)} ${String(bytes).padStart(8)} bytes${changeOf(bytes, committed.codeBytes[name])}`,
    );
  }
  if (!options.includes("--update")) return;
  writeSnapshot({ gas, codeBytes });
  writeLayouts(measureLayouts());
  console.log("wrote test/contracts/gas/snapshot.json");
}

function readCommitted(): Snapshot {
  const path = new URL("../test/contracts/gas/snapshot.json", import.meta.url);
  return existsSync(path) ? readSnapshot() : { gas: {}, codeBytes: {} };
}

function isAbove({ ceilingGas }: GasScenario, used: number): boolean {
  return ceilingGas !== undefined && used > Number(ceilingGas);
}

function lineOf(scenario: GasScenario, used: number, before: number | undefined): string {
  const { name, ceilingGas, description } = scenario;
  const ceiling = ceilingGas === undefined ? "" : `of ${ceilingGas}${isAbove(scenario, used) ? " OVER" : ""}`;
  return `${name.padEnd(25)} ${String(used).padStart(8)} ${ceiling.padEnd(15)} ${description}${changeOf(used, before)}`;
}

/** The arithmetic floor and what others pay, each beside ours. */
function comparisonOf({ name }: GasScenario, used: number): string[] {
  const comparison = COMPARISONS[name];
  if (comparison === undefined) return [];
  const rows = [["floor of the EVM", comparison.floorGas] as const, ...comparison.peers];
  return rows.map(
    ([who, gas]) => `${gas.toLocaleString("en").padStart(9)} ${who} (${(gas / used).toFixed(2)} of ours)`,
  );
}

function changeOf(now: number, before: number | undefined): string {
  if (before === undefined || before === now) return "";
  return ` (${now > before ? "+" : ""}${now - before} since the snapshot)`;
}
