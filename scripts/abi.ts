/**
 * Writes what the SDK commits but does not write by hand: the contracts' ABIs and creation bytecode, from a compile,
 * and the JSON Schema of `cluster.yaml`, from its zod schema. So a start compiles nothing.
 *
 *   node scripts/abi.ts            writes the files
 *   node scripts/abi.ts --check    writes nothing; fails where a committed file is not what it would write
 *   --no-compile                   takes the artifacts as they are
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { clusterJsonSchema } from "../sdk/src/blueprint/clusterJsonSchema.ts";
import type { AbiItem } from "../sdk/src/internal/abiItem.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const COMMAND = "node scripts/abi.ts";
const HEADER = `// Written by \`${COMMAND}\`; do not edit.\n`;

/** A contract that the SDK speaks to, and those whose errors can come up through it. */
interface ContractSource {
  readonly name: string;
  readonly folder: string;
  /** Contracts that it calls: what they revert with, it reverts with. */
  readonly calls: readonly string[];
  /** Libraries that revert by selector in assembly, which the compiler does not list in the contract's own ABI. */
  readonly libraries: readonly string[];
}

const CONTRACTS: readonly ContractSource[] = [
  { name: "PermissionRegistry", folder: "registry", calls: [], libraries: [] },
  { name: "NodeRegistry", folder: "registry", calls: ["PermissionRegistry"], libraries: ["LibString"] },
  {
    name: "ModelRegistry",
    folder: "registry",
    calls: ["NodeRegistry", "PermissionRegistry"],
    libraries: ["LibString"],
  },
  { name: "AgentRegistry", folder: "registry", calls: ["ModelRegistry"], libraries: ["LibString"] },
  {
    name: "ClusterRegistry",
    folder: "registry",
    calls: ["ModelRegistry", "AgentRegistry", "PermissionRegistry"],
    libraries: ["LibString", "SSTORE2"],
  },
  { name: "ClusterLens", folder: "periphery", calls: ["ClusterRegistry"], libraries: [] },
  {
    name: "ClusterExecutions",
    folder: "execution",
    calls: ["NodeRegistry", "ModelRegistry", "ClusterRegistry", "PermissionRegistry"],
    libraries: [],
  },
  {
    name: "ExecutionRouter",
    folder: "periphery",
    calls: ["ClusterExecutions", "PermissionRegistry"],
    libraries: [],
  },
  {
    name: "ReputationRegistry",
    folder: "periphery",
    calls: ["NodeRegistry", "ModelRegistry", "AgentRegistry", "ClusterRegistry", "ClusterExecutions"],
    libraries: [],
  },
  {
    name: "ValidationRegistry",
    folder: "periphery",
    calls: ["AgentRegistry", "ClusterRegistry", "ClusterExecutions"],
    libraries: [],
  },
  { name: "NodeBonds", folder: "periphery", calls: ["NodeRegistry", "ClusterExecutions"], libraries: [] },
];

interface Artifact {
  readonly abi: readonly AbiItem[];
  readonly bytecode: string;
  readonly buildInfoId: string;
}

/** A contract with what its compile gave. */
interface CompiledContract extends ContractSource, Artifact {
  /** ABIs of its libraries, one after the other. */
  readonly libraryAbi: readonly AbiItem[];
}

type CompiledContracts = ReadonlyMap<string, CompiledContract>;

interface BuildOutput {
  readonly output: {
    readonly contracts: Record<string, Record<string, { readonly abi: readonly AbiItem[] }>>;
  };
}

/** The files that belong under `sdk/src`, by path from the root. */
export function generatedFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const contracts = readContracts();
  for (const contract of contracts.values()) {
    const base = contract.name.charAt(0).toLowerCase() + contract.name.slice(1);
    files.set(`sdk/src/abi/${base}.ts`, abiFile(base, contract, contracts));
    files.set(`sdk/src/abi/bytecode/${base}.ts`, bytecodeFile(base, contract));
  }
  files.set("sdk/src/abi/errors.ts", errorsFile(contracts));
  files.set("sdk/src/blueprint/cluster.schema.json", `${jsonText(clusterJsonSchema())}\n`);
  return files;
}

/** The paths whose committed text is not what `generatedFiles` says. */
export function staleFiles(files: ReadonlyMap<string, string>): string[] {
  return [...files].filter(([path, text]) => committed(path) !== text).map(([path]) => path);
}

function abiFile(base: string, contract: CompiledContract, contracts: CompiledContracts): string {
  const items = [...contract.abi, ...errorsThrough([contract.name], contracts)];
  return `${HEADER}
/** ABI of \`${contract.name}\`, with every error that can come up through it. */
export const ${base}Abi = ${literalOf(items)};
`;
}

function errorsFile(contracts: CompiledContracts): string {
  return `${HEADER}
/** Every error that any of the contracts can revert with. */
export const errorsAbi = ${literalOf(errorsThrough([...contracts.keys()], contracts))};
`;
}

function bytecodeFile(base: string, contract: CompiledContract): string {
  return `${HEADER}
import type { Hex } from "viem";

/** Creation bytecode of \`${contract.name}\`. */
export const ${base}Bytecode: Hex =
  "${contract.bytecode}";
`;
}

/** One line an item, so that a change of a contract shows as a change of lines. */
function literalOf(items: readonly AbiItem[]): string {
  const lines = new Set(items.map((item) => `  ${JSON.stringify(item)},`));
  return `[\n${[...lines].join("\n")}\n] as const`;
}

/** The width to which the repository is formatted. */
const LINE_WIDTH = 110;

/** JSON as the repository's formatter leaves it: lists of plain values on one line where they fit. */
function jsonText(value: unknown, indent = "", lead = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => jsonText(item, inner));
    const line = `[${items.join(", ")}]`;
    const isPlain = value.every((item) => typeof item !== "object" || item === null);
    if (isPlain && indent.length + lead.length + line.length < LINE_WIDTH) return line;
    return `[\n${items.map((item) => inner + item).join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return "{}";
  const lines = entries.map(([key, item]) => {
    const prefix = `${JSON.stringify(key)}: `;
    return `${inner}${prefix}${jsonText(item, inner, prefix)}`;
  });
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

/** Errors of these contracts, of those that they call, directly or through others, and of their libraries. */
function errorsThrough(names: readonly string[], contracts: CompiledContracts): AbiItem[] {
  const reached = new Set(names);
  // A set that grows while it is walked: what is called is walked as well.
  for (const name of reached) for (const called of contracts.get(name)?.calls ?? []) reached.add(called);
  return [...reached]
    .flatMap((name) => [...(contracts.get(name)?.abi ?? []), ...(contracts.get(name)?.libraryAbi ?? [])])
    .filter((item) => item.type === "error")
    .sort((left, right) => compareText(left.name ?? "", right.name ?? ""));
}

/** By code units, which is the same on every machine. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Reads each contract's artifact, and each compile's output, which is large, once. */
function readContracts(): CompiledContracts {
  const builds = new Map<string, BuildOutput>();
  const contracts = CONTRACTS.map((source): [string, CompiledContract] => {
    const { name, folder, libraries } = source;
    const artifact = readJson<Artifact>(`artifacts/contracts/${folder}/${name}.sol/${name}.json`);
    const { buildInfoId } = artifact;
    const build =
      builds.get(buildInfoId) ?? readJson<BuildOutput>(`artifacts/build-info/${buildInfoId}.output.json`);
    builds.set(buildInfoId, build);
    return [
      name,
      { ...source, ...artifact, libraryAbi: libraries.flatMap((library) => libraryAbi(library, build)) },
    ];
  });
  return new Map(contracts);
}

function libraryAbi(library: string, build: BuildOutput): readonly AbiItem[] {
  for (const [path, contracts] of Object.entries(build.output.contracts)) {
    const found = contracts[library];
    if (found !== undefined && path.startsWith("npm/solady@")) return found.abi;
  }
  throw new Error(`the compile has no library ${library}`);
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8")) as T;
}

function committed(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Compiles what changed since the last compile. */
export function compileContracts(): void {
  const hardhat = createRequire(import.meta.url).resolve("hardhat/package.json");
  execFileSync(process.execPath, [join(dirname(hardhat), "dist/src/cli.js"), "compile"], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function main(options: readonly string[]): void {
  if (!options.includes("--no-compile")) compileContracts();
  const files = generatedFiles();
  const stale = staleFiles(files);
  if (options.includes("--check")) {
    for (const path of stale) {
      console.error(`${path} is not what a fresh compile gives: run \`${COMMAND}\` and commit it`);
    }
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const path of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), files.get(path) ?? "");
    console.log(`wrote ${path}`);
  }
}

if (import.meta.main) main(process.argv.slice(2));
