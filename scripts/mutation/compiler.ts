import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What this needs of the compiler's standard JSON output. */
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast: unknown }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

interface CompiledContract {
  readonly evm: { readonly bytecode: Code; readonly deployedBytecode: Code };
}

interface Code {
  readonly object: string;
}

/** The compiler is WebAssembly and answers when it is done. */
interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

/**
 * As they are shipped, but for how calls are weighed: stacks get too deep without the new code generator, and without its
 * optimizer it takes longer and the contracts get too large.
 */
const SETTINGS = {
  evmVersion: "prague",
  viaIR: true,
  optimizer: { enabled: true, runs: 1 },
  metadata: { bytecodeHash: "none" },
};

/** How the process exits where the contracts do not compile. */
export const NOT_COMPILED = 3;

/** The syntax trees of a source and of all that it imports, by path. */
export function treesOf(folder: string, entry: string): Readonly<Record<string, unknown>> {
  const { sources } = compile(folder, [entry], { "*": { "": ["ast"] } });
  return Object.fromEntries(Object.entries(sources ?? {}).map(([path, { ast }]) => [path, ast]));
}

/** Compiles contracts and puts their code into the artifacts of `folder`; answers an error of the compiler's. */
export function replaceCode(folder: string, contracts: readonly string[]): string | undefined {
  const selection = Object.fromEntries(
    contracts.map((path) => [
      path,
      { [nameOf(path)]: ["evm.bytecode.object", "evm.deployedBytecode.object"] },
    ]),
  );
  const output = compile(folder, contracts, selection);
  const error = (output.errors ?? []).find(({ severity }) => severity === "error");
  if (error !== undefined) return error.formattedMessage;
  for (const path of contracts) {
    const compiled = output.contracts?.[path]?.[nameOf(path)];
    if (compiled === undefined) throw new Error(`the compiler answered nothing for ${path}`);
    const at = join(folder, "artifacts", path, `${nameOf(path)}.json`);
    const artifact = JSON.parse(readFileSync(at, "utf8")) as Record<string, unknown>;
    artifact.bytecode = `0x${compiled.evm.bytecode.object}`;
    artifact.deployedBytecode = `0x${compiled.evm.deployedBytecode.object}`;
    writeFileSync(at, JSON.stringify(artifact));
  }
  return undefined;
}

function compile(folder: string, entries: readonly string[], outputSelection: unknown): Output {
  const read = (path: string) => {
    const own = join(folder, path);
    return readFileSync(existsSync(own) ? own : join(folder, "node_modules", path), "utf8");
  };
  const compiler = createRequire(join(folder, "package.json"))("solc") as Compiler;
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(entries.map((path) => [path, { content: read(path) }])),
    settings: { ...SETTINGS, outputSelection },
  };
  const output = compiler.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) });
  return JSON.parse(output) as Output;
}

function nameOf(path: string): string {
  return (path.split("/").at(-1) as string).replace(".sol", "");
}

// As a process of its own: `node compiler.ts FOLDER CONTRACT…`.
if (import.meta.main) {
  const [folder, ...contracts] = process.argv.slice(2);
  const error = replaceCode(folder as string, contracts);
  if (error !== undefined) {
    console.error(error);
    process.exitCode = NOT_COMPILED;
  }
}
