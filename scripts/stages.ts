import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** A part of `npm test`. */
export interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  /** Stages that have to be over before it begins. */
  readonly needs?: readonly string[];
  /** Places that it takes of `PLACES`: how many processes it keeps busy. */
  readonly places: number;
}

export const ROOT = resolve(import.meta.dirname, "..");
export const BIN_FOLDER = join(ROOT, "node_modules", ".bin");
const bin = (name: string) => join(BIN_FOLDER, name);

/** One more than the two cores that `npm test` is made for, as tests wait for processes and blocks half of their time. */
export const PLACES = 3;

/** Test files of long chains of steps: begun last they would keep one process busy alone. */
const LONG_FILES = [
  "test/e2e/up.test.ts",
  "test/e2e/badStart.test.ts",
  "test/e2e/hostileTexts.test.ts",
  "test/e2e/canary.test.ts",
  "test/node/agents/cliSession.test.ts",
  "test/node/agents/acp/acpDriver.test.ts",
  "test/node/agents/guard.test.ts",
  "test/node/operations/supervised.test.ts",
  "test/node/store/noRoom.test.ts",
  "test/node/workspace/mcp/conformance.test.ts",
  "test/sim/runs/chain.test.ts",
  "test/sim/runs/others.test.ts",
  "test/sim/runs/stuck.test.ts",
];

/** Tests of the daemon's workspace that deploy what only tests have, so that it must be compiled before. */
const COMPILED_FILES = [
  "test/node/cli/commands/executionEnds.test.ts",
  "test/node/cli/commands/tokenRuns.test.ts",
  "test/node/cli/commands/signedRequests.test.ts",
];

/**
 * In the order in which they begin, as far as places and needs allow: what fails early comes first. Those that compile,
 * if only to find that nothing has changed, come one after the other: they write one cache.
 */
export const STAGES: readonly Stage[] = [
  { name: "compile", command: [bin("hardhat"), "compile", "--quiet"], places: 1 },
  { name: "lint", command: [bin("biome"), "check", "--error-on-warnings", "."], places: 1 },
  {
    name: "solidity-lint",
    command: [bin("solhint"), "--disc", "--max-warnings", "0", "contracts/**/*.sol"],
    places: 1,
  },
  { name: "imports", command: [bin("node"), "scripts/check-imports.ts"], places: 1 },
  { name: "docs", command: [bin("node"), "scripts/check-docs.ts"], places: 1 },
  { name: "operations", command: [bin("node"), "scripts/check-operations.ts"], places: 1 },
  // The dashboard's page: its types, its build, its size.
  { name: "page", command: [bin("node"), "scripts/dashboard.ts", "--check"], places: 1 },
  // Needs nothing that is compiled, so it fills the time until the rest may begin. Three files at once keep two processes
  // busy: most of them wait for programs, blocks and peers.
  { name: "node", command: mocha("test/node", 3), places: 2 },
  { name: "abi", command: [bin("node"), "scripts/abi.ts", "--check"], needs: ["compile"], places: 1 },
  // Reads the types of the compiled contracts.
  { name: "types", command: [bin("tsc"), "-p", "."], needs: ["compile"], places: 1 },
  // Both runners, mocha's and that of the Solidity tests, by the command that a visitor of a Hardhat project tries first.
  { name: "contracts", command: [bin("hardhat"), "test"], needs: ["abi"], places: 1 },
  // Networks under faults at their times, two at once, each with a chain of its own: both together wait for more than half
  // of their time, and promise nothing about time that a busy machine could break. They deploy a token from what was compiled.
  { name: "sim", command: mocha("test/sim", 2), needs: ["compile"], places: 1 },
  // Deploys tokens and consumers from what was compiled.
  { name: "sdk", command: mocha("test/sdk", 2), needs: ["compile"], places: 2 },
  { name: "scripts", command: mocha("test/scripts", 1), needs: ["contracts"], places: 1 },
  { name: "tokens", command: mochaOf(COMPILED_FILES, 1), needs: ["compile"], places: 1 },
  // Chromiums that look at daemons with chains of their own: they wait for more than half of their time.
  { name: "dashboard", command: mocha("test/dashboard", 3), needs: ["page"], places: 2 },
  // Whole networks, with promises about time: alone on the machine.
  { name: "e2e", command: mocha("test/e2e", 2), places: PLACES },
];

/** What `--only check` runs: the stages without tests. */
export const CHECKS = [
  "compile",
  "abi",
  "types",
  "lint",
  "solidity-lint",
  "imports",
  "docs",
  "operations",
  "page",
];

/** Every `*.test.ts` below a folder that needs no stage of its own, in one mocha. */
function mocha(folder: string, jobs: number): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`)
    .filter((file) => !COMPILED_FILES.includes(file))
    .sort((left, right) => placeOf(left) - placeOf(right) || (left < right ? -1 : 1));
  return mochaOf(files, jobs);
}

function mochaOf(files: readonly string[], jobs: number): readonly string[] {
  // Files share nothing but the machine.
  const parallel = jobs > 1 ? ["--parallel", "--jobs", String(jobs)] : [];
  // Where nobody watches, a dot for what passed: its log is read for what did not.
  const reporter = process.env.CI === undefined ? [] : ["--reporter", "dot"];
  return [bin("mocha"), ...parallel, ...reporter, "--timeout", "30000", "--forbid-only", ...files];
}

function placeOf(file: string): number {
  const place = LONG_FILES.indexOf(file);
  return place === -1 ? LONG_FILES.length : place;
}
