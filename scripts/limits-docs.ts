import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Writes the tables of `docs/limits.md` from the constants of the sources, each with its value, its unit and the reason
 * that the comment above it gives: `node scripts/limits-docs.ts`. What stands above the marker in that page is written
 * by hand. `scripts/check-docs.ts` compares page and sources.
 */
const PAGE = "docs/limits.md";
const MARKER = "<!-- From here on written by `node scripts/limits-docs.ts`; do not edit. -->";

/** Parts of the project, in the order of the page. */
const PARTS: readonly (readonly [folder: string, heading: string])[] = [
  ["contracts", "Contracts"],
  ["sdk/src", "SDK"],
  ["node/src/config", "Daemon: configuration and keys"],
  ["node/src/chain", "Daemon: chain"],
  ["node/src/store", "Daemon: store"],
  ["node/src/agents", "Daemon: agents"],
  ["node/src/network", "Daemon: network"],
  ["node/src/work", "Daemon: work"],
  ["node/src/workspace", "Daemon: workspace"],
  ["node/src/manager", "Daemon: manager"],
  ["node/src/api", "Daemon: API"],
  ["node/src/local", "Local network"],
  ["node/src/cli", "Command line"],
];

/** The sample programs are not the daemon: they have tables of their own. */
const SKIPPED = ["node/src/agents/samples/", "contracts/test/", "node/node_modules/"];

/** A number is a limit by its name: the most, the least, what goes without saying, or a time. */
const LIMIT_NAME = /(?:^|_)(?:MAX|MIN|DEFAULT|MS|SECONDS|SECOND|BURST|POINTS)(?:_|$)/;

/** Units by the word of the name that says them; the last that fits counts. */
const UNITS: Readonly<Record<string, string>> = {
  BYTES: "bytes",
  MIB: "MiB",
  CHARS: "characters",
  CHARACTERS: "characters",
  MS: "ms",
  SECONDS: "s",
  SECOND: "a second",
  GAS: "gas",
  WEI: "wei",
  BPS: "basis points",
  BLOCKS: "blocks",
  PERCENT: "%",
  COLUMNS: "columns",
  POINTS: "points",
};

/** Reasons of constants whose own file gives none, by name. */
const OWN_REASONS: Readonly<Record<string, string>> = {
  CLUSTER_NAME_BYTES_MAX: "A title for a page about the cluster.",
  DESCRIPTION_BYTES_MAX: "A paragraph for a page about the cluster.",
  PROMPT_BYTES_MAX: "A third of what a version holds.",
  MODEL_NAME_BYTES_MAX: "A name fits one slot with its length.",
  AGENTS_MAX: "What the contracts take.",
  TASKS_MAX: "What the contracts take.",
  WINDOW_SECONDS_MIN: "What the contracts take.",
  WINDOW_SECONDS_MAX: "What the contracts take.",
  NODE_SHARE_BPS_MAX: "The whole price.",
  SERVICES_MAX: "As many as models.",
  STOP_TIMEOUT_MS: "What is asked to stop gets this long before it is killed.",
  POLL_MS: "What is asked is on this machine.",
  READY_POLL_MS: "What is asked is on this machine.",
  POLLING_INTERVAL_MS: "What is asked is on this machine.",
  PORT_TRIES_MAX: "A machine where so many ports in a row are taken has another trouble.",
};

/** Names for other numbers, not limits. */
const NO_LIMIT =
  /^(?:UINT\d+_MAX|SECOND_MS|MINUTE_MS|HOUR_MS|HOUR_SECONDS|DAY_SECONDS|MS_PER_SECOND|LOCAL_CHAIN_ID)$/;

interface Limit {
  readonly name: string;
  readonly value: bigint;
  readonly unit: string;
  readonly reason: string;
  readonly file: string;
}

/** The whole page as it should stand, with what is written by hand taken from the page as it is. */
export function renderLimits(root: string): string {
  const present = readFileSync(join(root, PAGE), "utf8");
  const at = present.indexOf(MARKER);
  const byHand = at < 0 ? `${present.trimEnd()}\n\n` : present.slice(0, at);
  const tables = PARTS.map(([folder, heading]) => table(heading, limitsBelow(root, folder)));
  return `${byHand}${MARKER}\n${tables.filter((text) => text !== "").join("")}`;
}

function table(heading: string, limits: readonly Limit[]): string {
  if (limits.length === 0) return "";
  const rows = limits.map(({ name, value, unit, reason, file }) => {
    const where = `[${file.split("/").at(-1)}](../${file})`;
    return `| \`${name}\` | ${grouped(value)} | ${unit} | ${reason} | ${where} |`;
  });
  return `\n## ${heading}\n\n| name | value | unit | reason | where |\n|---|---:|---|---|---|\n${rows.join("\n")}\n`;
}

function limitsBelow(root: string, folder: string): Limit[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names
    .map((name) => `${folder}/${name}`)
    .filter((file) => /\.(?:ts|mjs|sol)$/.test(file) && !file.endsWith(".d.mts"))
    .filter((file) => !SKIPPED.some((start) => file.startsWith(start)))
    .sort()
    .flatMap((file) => limitsOf(file, readFileSync(join(root, file), "utf8")));
}

const TYPESCRIPT = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [\w ]+)? = ([^;]+);/;
const SOLIDITY = /^\s*uint256 (?:internal|private|public) constant ([A-Z][A-Z0-9_]*) = ([^;]+);/;

/**
 * A file's limits. A constant without a comment, right below one that begins with the same word, shares that one's;
 * for any other the reason is left open.
 */
function limitsOf(file: string, source: string): Limit[] {
  const pattern = file.endsWith(".sol") ? SOLIDITY : TYPESCRIPT;
  const values = new Map<string, bigint>();
  const limits: Limit[] = [];
  let comment = "";
  /** The constant that the comment stands above; undefined while the comment goes on. */
  let owner: string | undefined;
  for (const line of source.replace(/ =\n\s+/g, " = ").split("\n")) {
    const note = /^\s*(?:\/\*\*|\*\/|\*|\/\/\/|\/\/)\s?(.*?)(?:\s*\*\/)?$/.exec(line)?.[1];
    if (note !== undefined) {
      comment = `${owner === undefined ? comment : ""} ${note}`;
      owner = undefined;
      continue;
    }
    const [, name, expression] = pattern.exec(line) ?? [];
    if (name === undefined || expression === undefined) {
      comment = "";
      owner = undefined;
      continue;
    }
    owner ??= name;
    const value = worthOf(expression, values);
    if (value === undefined) continue;
    values.set(name, value);
    if (!isLimit(file, name)) continue;
    const reason = reasonOf(firstWord(owner) === firstWord(name) ? comment : "");
    const text = reason.text === "" ? (OWN_REASONS[name] ?? "") : reason.text;
    limits.push({ name, value, unit: unitOf(name) ?? reason.unit, reason: text, file });
  }
  return limits;
}

function isLimit(file: string, name: string): boolean {
  if (NO_LIMIT.test(name)) return false;
  return LIMIT_NAME.test(name) || (file.endsWith("/limits.ts") && name.includes("_"));
}

function firstWord(name: string): string {
  return name.split("_")[0] ?? name;
}

/** What a constant is worth: whole numbers, products, sums and other constants of its file. */
function worthOf(expression: string, values: ReadonlyMap<string, bigint>): bigint | undefined {
  const plain = expression.replace(/(?<=\d)_(?=\d)/g, "").replace(/\b(\d+)n\b/g, "$1");
  const days = /^(\d+) days$/.exec(plain)?.[1];
  if (days !== undefined) return BigInt(days) * 86_400n;
  const bits = /^(?:2 \*\* (\d+) - 1|type\(uint(\d+)\)\.max)$/.exec(plain);
  if (bits !== null) return 2n ** BigInt(bits[1] ?? bits[2] ?? 0) - 1n;
  let sum = 0n;
  for (const part of plain.split("+")) {
    let product = 1n;
    for (const word of part.split("*").map((factor) => factor.trim())) {
      const factor = /^(?:0x[0-9a-f]+|\d+)$/i.test(word) ? BigInt(word) : values.get(word);
      if (factor === undefined) return undefined;
      product *= factor;
    }
    sum += product;
  }
  return sum;
}

function unitOf(name: string): string | undefined {
  const words = name.split("_");
  if (name.endsWith("_PER_SECOND") || name.endsWith("_PER_SECOND_MAX"))
    return name.includes("BYTES") ? "bytes a second" : "a second";
  return words.map((word) => UNITS[word]).findLast((unit) => unit !== undefined);
}

/** The comment as one line of a table; where its last sentence is a mere unit ("Blocks."), that apart. */
function reasonOf(comment: string): { readonly text: string; readonly unit: string } {
  const text = comment
    .replace(/@dev|@notice/g, " ")
    .replace(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .trim();
  const unit = /^(.*[.;:)])\s+([A-Z][a-z]+)(?: of [a-z, ]+)?\.$/.exec(text);
  if (unit === null) return { text, unit: "" };
  return { text: unit[1] ?? "", unit: (unit[2] ?? "").toLowerCase() };
}

function grouped(value: bigint): string {
  const bits = value.toString(2).length;
  // All bits set: a width rather than a number.
  if (bits >= 64 && value === 2n ** BigInt(bits) - 1n) return `2^${bits} − 1`;
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, "..");
  writeFileSync(join(root, PAGE), renderLimits(root));
  console.log(`wrote ${PAGE}`);
}
