/**
 * Writes the tables of `docs/contracts.md` that say what the contracts cost and how large they are, from the snapshot that
 * the tests compare with.
 *
 *   node scripts/gas-docs.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { COMPARISONS } from "../test/contracts/gas/peers.ts";
import { GAS_SCENARIOS } from "../test/contracts/gas/scenarios.ts";
import { readSnapshot } from "../test/contracts/gas/snapshot.ts";

const PATH = new URL("../docs/contracts.md", import.meta.url);
const snapshot = readSnapshot();

const gasRows = GAS_SCENARIOS.map(({ name, ceilingGas, description }) =>
  row([`\`${name}\``, grouped(snapshot.gas[name]), grouped(ceilingGas), description]),
);
const peerRows = GAS_SCENARIOS.flatMap(({ name }) => {
  const comparison = COMPARISONS[name];
  const ours = snapshot.gas[name];
  if (comparison === undefined || ours === undefined) return [];
  const peers = comparison.peers.map(([who, gas]) => `${who} ${grouped(gas)}`).join("; ");
  return [row([`\`${name}\``, grouped(ours), grouped(comparison.floorGas), peers])];
});

let text = readFileSync(PATH, "utf8");
text = withRows(text, "| scenario | gas | ceiling | what |", gasRows);
text = withRows(text, "| scenario | ours | floor | others |", peerRows);
for (const [name, bytes] of Object.entries(snapshot.codeBytes)) {
  text = text.replace(
    new RegExp(`^(\\| \\[\`${name}\`\\].* \\| )[\\d,]+ \\|$`, "m"),
    `$1${grouped(bytes)} |`,
  );
}
writeFileSync(PATH, text);
console.log("wrote docs/contracts.md");

/** The page with these rows under the table's head, in place of those that are there. */
function withRows(page: string, head: string, rows: readonly string[]): string {
  const lines = page.split("\n");
  const at = lines.indexOf(head);
  if (at === -1) throw new Error(`docs/contracts.md has no table with the head "${head}"`);
  let end = at + 2;
  while (lines[end]?.startsWith("|")) end += 1;
  return [...lines.slice(0, at + 2), ...rows, ...lines.slice(end)].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function grouped(value: number | bigint | undefined): string {
  return value === undefined ? "–" : value.toLocaleString("en");
}
