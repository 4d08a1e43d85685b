import { GAS_SCENARIOS } from "../test/contracts/gas/scenarios.ts";

/** `npm run bench:gas [-- --json]`: measures every scenario; `--json` prints `{scenario: gas}` alone. */
const json = process.argv.includes("--json");
const figures: Record<string, number> = {};
for (const scenario of GAS_SCENARIOS) {
  const gas = await scenario.measure();
  figures[scenario.name] = Number(gas);
  if (json) continue;
  const ceiling =
    scenario.ceilingGas === undefined
      ? ""
      : `  ceiling ${scenario.ceilingGas}${gas > scenario.ceilingGas ? "  OVER" : ""}`;
  console.log(
    `${scenario.name.padEnd(22)} ${String(gas).padStart(9)}${ceiling.padEnd(18)}  ${scenario.description}`,
  );
}
if (json) console.log(JSON.stringify(figures, undefined, 2));
