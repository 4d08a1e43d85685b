import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { startBrowser } from "../test/dashboard/support/browser.ts";
import type { PageBench } from "./pages/measure.ts";
import { messagesBench } from "./pages/messages.ts";
import { restBench } from "./pages/rest.ts";
import { teamBench } from "./pages/team.ts";
import { terminalsBench } from "./pages/terminals.ts";

/**
 * `npm run bench:dashboard [-- --only NAME] [--agents N] [--messages N] [--json]`
 *
 * How soon views of the dashboard answer a hand in a real Chromium, over worlds that are made up, and what memory their tabs take. Each
 * view's part is in `scripts/pages`.
 */
const { values } = parseArgs({
  options: {
    only: { type: "string" },
    agents: { type: "string", default: "200" },
    messages: { type: "string", default: "10000" },
    json: { type: "boolean", default: false },
  },
});
const countOf = (name: "agents" | "messages") => {
  const count = Number(values[name]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} ${values[name]}: expected 1 or more`);
  return count;
};

const BENCHES: readonly PageBench[] = [
  restBench,
  messagesBench,
  terminalsBench,
  teamBench({ agents: countOf("agents"), messages: countOf("messages") }),
];

const wanted = BENCHES.filter(({ name }) => values.only === undefined || name === values.only);
if (wanted.length === 0)
  throw new Error(`--only ${values.only}: there are ${BENCHES.map(({ name }) => name).join(", ")}`);
const machine = {
  cores: availableParallelism(),
  load: Number((loadavg()[0] ?? 0).toFixed(1)),
  node: process.version,
};
const say = (text: string) => {
  if (!values.json) console.log(text);
};
say(`npm run bench:dashboard; ${machine.cores} cores, load ${machine.load}, ${machine.node}`);
const results = [];
const browser = await startBrowser();
try {
  for (const { name, about, run } of wanted) {
    say(`\n${name}: ${about}`);
    const figures = await run(browser);
    for (const { what, value, unit } of figures) say(`  ${what.padEnd(58)} ${value.toFixed(1)} ${unit}`);
    results.push({ name, about, figures });
  }
} finally {
  await browser.close();
}
if (values.json) console.log(JSON.stringify({ machine, results }, undefined, 2));
