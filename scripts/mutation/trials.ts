import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NOT_COMPILED } from "./compiler.ts";
import type { Mutant } from "./mutants.ts";

/**
 * What became of a mutant. `killed` only where a test that failed has a name: a command that ends badly for another
 * reason, or not in its time, says nothing.
 */
export type Outcome = "killed" | "survived" | "does not compile" | "timed out" | "no verdict";

export interface Trial {
  readonly outcome: Outcome;
  /** What found it: the first test that failed. */
  readonly by: string;
  readonly elapsedMs: number;
}

/** A command's end. */
interface Ended {
  /** Undefined where the clock ended it, null where another signal did. */
  readonly exitCode: number | null | undefined;
  readonly output: string;
}

export const EXECUTIONS = "contracts/execution/ClusterExecutions.sol";
const TESTS = "test/contracts/execution";
const CAMPAIGN = ["test/contracts/invariant/Invariants.t.sol", "test/contracts/invariant/Executions.t.sol"];
/** Some ten times what each takes on an idle machine. */
const COMPILE_TIMEOUT_MS = 120_000;
const TESTS_TIMEOUT_MS = 300_000;
const CAMPAIGN_TIMEOUT_MS = 600_000;
/** Of a command that ended without a verdict, so much is shown. */
const LAST_WORDS_CHARS = 300;
/** Of what a command prints, all that is kept. */
const OUTPUT_CHARS_MAX = 2_000_000;

/** The tests of each file that say most about it, and so are asked first. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  Acceptance: ["submitDirect", "submitCompletions", "submitOwners", "quorum", "currency"],
  Callbacks: ["callbacks", "execute"],
  ClusterExecutions: ["views"],
  Credits: ["money", "currency", "submitCompletions", "expire"],
  Endings: ["failures", "cancel", "expire", "quorum"],
  Requests: ["execute", "currency", "permissions", "callbacks"],
  Runs: ["submitDirect", "submitCompletions", "views", "fold"],
  Submissions: ["submitDirect", "submitCompletions", "quorum", "submitOwners"],
  Windows: ["windows", "submitDirect", "quorum", "permissions"],
  Withdrawals: ["money", "permissions", "currency"],
  ExecutionWord: ["submitDirect", "views", "expire", "callbacks"],
  OwnerSignature: ["ownerSignatures", "submitOwners"],
  VersionCode: ["submitDirect", "views"],
};
/** Beside the executions' own, those of what else is made of a file. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  VersionCode: ["publish", "drafts", "access"].map(
    (part) => `test/contracts/registry/ClusterRegistry.${part}.test.ts`,
  ),
};
const FURTHER_CONTRACTS: Readonly<Record<string, readonly string[]>> = {
  VersionCode: ["contracts/registry/ClusterRegistry.sol", "contracts/periphery/ClusterLens.sol"],
};

/** Puts a mutant into `folder`, a copy of the tree, and runs what may find it; puts the file back. */
export async function tryMutant(folder: string, mutant: Mutant, original: string): Promise<Trial> {
  const startedAtMs = performance.now();
  const at = join(folder, mutant.file);
  writeFileSync(at, mutant.source);
  try {
    const found = await judge(folder, baseName(mutant.file));
    return { ...found, elapsedMs: Math.round(performance.now() - startedAtMs) };
  } finally {
    writeFileSync(at, original);
  }
}

/** The same without any change: what is then found is found for nothing. */
export async function judge(folder: string, name: string): Promise<Omit<Trial, "elapsedMs">> {
  const contracts = [EXECUTIONS, ...(FURTHER_CONTRACTS[name] ?? [])];
  const compiler = ["scripts/mutation/compiler.ts", folder, ...contracts];
  const compiled = await run(folder, compiler, COMPILE_TIMEOUT_MS);
  if (compiled.exitCode === NOT_COMPILED) {
    return { outcome: "does not compile", by: lineWith(compiled.output, "Error") };
  }
  if (compiled.exitCode !== 0) return undecided(compiled);
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "test"];
  const mocha = [...hardhat, "mocha", "--no-compile", "--bail", ...testsOf(folder, name)];
  const tests = await run(folder, mocha, TESTS_TIMEOUT_MS);
  if (tests.exitCode !== 0) return verdictOf(tests);
  const campaign = await run(
    folder,
    [...hardhat, "solidity", "--no-compile", ...CAMPAIGN],
    CAMPAIGN_TIMEOUT_MS,
  );
  return campaign.exitCode === 0 ? { outcome: "survived", by: "" } : verdictOf(campaign);
}

function verdictOf(ended: Ended): Omit<Trial, "elapsedMs"> {
  const by = lineWith(ended.output, "  1) ");
  return by === "" || ended.exitCode === undefined ? undecided(ended) : { outcome: "killed", by };
}

function undecided({ exitCode, output }: Ended): Omit<Trial, "elapsedMs"> {
  if (exitCode === undefined) return { outcome: "timed out", by: "" };
  return { outcome: "no verdict", by: `exit ${exitCode}: ${output.trim().slice(-LAST_WORDS_CHARS)}` };
}

function testsOf(folder: string, name: string): string[] {
  const all = readdirSync(join(folder, TESTS)).filter((file) => file.endsWith(".test.ts"));
  const first = (FIRST[name] ?? []).map((test) => `${test}.test.ts`);
  const ordered = [...first, ...all.filter((file) => !first.includes(file)).sort()];
  return [...ordered.map((file) => `${TESTS}/${file}`), ...(FURTHER[name] ?? [])];
}

/** Runs a program of Node.js as a group of its own, so that all of it ends with it. */
async function run(folder: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    if (output.length < OUTPUT_CHARS_MAX) output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(child);
  }, timeoutMs);
  const stop = () => endGroup(child);
  process.once("exit", stop);
  const [exitCode] = (await once(child, "close")) as [number | null];
  process.off("exit", stop);
  clearTimeout(timer);
  return { exitCode: isLate ? undefined : exitCode, output };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  process.kill(-child.pid, "SIGKILL");
}

function lineWith(output: string, part: string): string {
  const line = output.split("\n").find((text) => text.includes(part)) ?? "";
  return line.trim().slice(0, 160);
}

export function baseName(file: string): string {
  return (file.split("/").at(-1) as string).replace(".sol", "");
}
