/**
 * Writes what a block explorer takes to show the source of a deployed contract: for each contract of the plan the
 * compiler's standard JSON input with the sources that it needs and no others, and beside them `contracts.json` with
 * address, compiler, name and constructor arguments. Whoever compiles an input gets the bytecode that was deployed.
 *
 *   node scripts/sources.ts FOLDER
 *   --check    also compiles each input afresh, a minute or so, and compares with what `pleiad deploy` sends
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { DEPLOYMENT_PLAN } from "../sdk/src/deployment/plan.ts";
import { type PlannedContract, plannedContracts } from "../sdk/src/deployment/plannedContracts.ts";
import { compileContracts } from "./abi.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** What is asked of the compiler: what explorers compare and show. */
const OUTPUT_SELECTION = {
  "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"] },
};

/** The compiler's standard JSON input. */
export interface CompilerInput {
  readonly language: string;
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What a contract's verification needs. */
export interface SourceEntry {
  readonly name: string;
  readonly address: string;
  /** Path within the input and name, as an explorer wants them. */
  readonly contract: string;
  readonly compiler: string;
  /** Encoded, without 0x in front, as explorers want them. */
  readonly constructorArguments: string;
  /** Name of the input's file. */
  readonly input: string;
}

interface BuildInfo {
  readonly solcLongVersion: string;
  readonly input: CompilerInput;
}

interface AstNode {
  readonly nodeType: string;
  readonly absolutePath?: string;
}

interface BuildOutput {
  readonly output: {
    readonly sources: Readonly<Record<string, { readonly ast: { readonly nodes: readonly AstNode[] } }>>;
  };
}

/** Inputs by the name of their file, and what stands in `contracts.json`, from the artifacts of the last compile. */
export function sourceFiles(): { entries: SourceEntry[]; inputs: Map<string, CompilerInput> } {
  const inputs = new Map<string, CompilerInput>();
  const entries = plannedContracts({ plan: DEPLOYMENT_PLAN }).map((contract) => {
    const { entry, input } = sourceOf(contract);
    inputs.set(entry.input, input);
    return entry;
  });
  return { entries, inputs };
}

function sourceOf({ name, source, address, constructorArgs }: PlannedContract): {
  entry: SourceEntry;
  input: CompilerInput;
} {
  const [path = "", contractName = ""] = source.split(":");
  const artifact = readJson<{ inputSourceName: string; buildInfoId: string }>(
    `artifacts/${path}/${contractName}.json`,
  );
  const build = `artifacts/build-info/${artifact.buildInfoId}`;
  const { solcLongVersion, input } = readJson<BuildInfo>(`${build}.json`);
  const { sources: parsed } = readJson<BuildOutput>(`${build}.output.json`).output;
  const needed = new Set([artifact.inputSourceName]);
  // A set that grows while it is walked: what is imported is walked as well.
  for (const file of needed) for (const imported of importsOf(parsed[file]?.ast.nodes)) needed.add(imported);
  const sources = Object.fromEntries(
    [...needed].sort().map((file) => [file, input.sources[file] ?? missing(file)]),
  );
  const settings = { ...input.settings, outputSelection: OUTPUT_SELECTION };
  return {
    entry: {
      name,
      address,
      contract: `${artifact.inputSourceName}:${contractName}`,
      compiler: `v${solcLongVersion}`,
      constructorArguments: constructorArgs.slice(2),
      input: `${contractName}.json`,
    },
    input: { language: input.language, sources, settings },
  };
}

/** As the compiler resolved them. */
function importsOf(nodes: readonly AstNode[] = []): string[] {
  return nodes.flatMap(({ nodeType, absolutePath }) =>
    nodeType === "ImportDirective" && absolutePath !== undefined ? [absolutePath] : [],
  );
}

function missing(file: string): never {
  throw new Error(`the compile has no source ${file}`);
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(resolve(ROOT, path), "utf8")) as T;
}

/** The creation code that the compiler makes of an input. */
export function compiledCode(input: CompilerInput, entry: SourceEntry): string {
  const [path = "", contractName = ""] = entry.contract.split(":");
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  const code = contracts?.[path]?.[contractName]?.evm.bytecode.object;
  if (code !== undefined) return `0x${code}`;
  throw new Error(`${entry.contract} does not compile: ${errors[0]?.formattedMessage}`);
}

interface CompilerOutput {
  readonly contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
  readonly errors?: readonly { readonly formattedMessage: string }[];
}

function writeSources(folder: string): void {
  const { entries, inputs } = sourceFiles();
  mkdirSync(folder, { recursive: true });
  for (const [file, input] of inputs)
    writeFileSync(join(folder, file), `${JSON.stringify(input, null, 2)}\n`);
  writeFileSync(join(folder, "contracts.json"), `${JSON.stringify(entries, null, 2)}\n`);
  for (const { contract, input } of entries) console.log(`wrote ${join(folder, input)}  ${contract}`);
}

function checkSources(folder: string): void {
  const entries = readJson<SourceEntry[]>(join(folder, "contracts.json"));
  for (const entry of entries) {
    const code = compiledCode(readJson(join(folder, entry.input)), entry);
    const isSame = DEPLOYMENT_PLAN.some((planned) => planned.creationCode === code);
    console.log(`${entry.name}: ${isSame ? "compiles to what is deployed" : "COMPILES TO SOMETHING ELSE"}`);
    if (!isSame) process.exitCode = 1;
  }
}

function main(args: readonly string[]): void {
  const [named] = args.filter((argument) => !argument.startsWith("--"));
  if (named === undefined) {
    console.error("usage: node scripts/sources.ts FOLDER [--check]");
    process.exitCode = 1;
    return;
  }
  const folder = resolve(named);
  compileContracts();
  writeSources(folder);
  if (args.includes("--check")) checkSources(folder);
}

if (import.meta.main) main(process.argv.slice(2));
