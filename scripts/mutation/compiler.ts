import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** What this needs of the compiler's standard JSON output. */
interface Output {
  readonly errors?: readonly {
    readonly severity: string;
    readonly formattedMessage: string;
    readonly sourceLocation?: { readonly file: string; readonly start: number };
  }[];
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

/** What is compiled: contracts of a folder, with other sources in the place of some. */
interface Task {
  readonly folder: string;
  readonly contracts: readonly string[];
  readonly sources: Readonly<Record<string, string>>;
}

export interface Compiled {
  /** What is wrong with the sources, and at which byte of which. */
  readonly errors: readonly { readonly message: string; readonly path: string; readonly start: number }[];
  /** Creation code and deployed code by contract, where nothing is wrong. Libraries are not linked. */
  readonly codes: Readonly<Record<string, { readonly created: string; readonly deployed: string }>>;
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

/** Some ten times what many mutants at once take on an idle machine. */
const COMPILE_TIMEOUT_MS = 600_000;

/** The syntax trees of the contracts' sources and of all that they import, by path. */
export function treesOf(task: Task): Readonly<Record<string, unknown>> {
  const found = run(task, { "*": { "": ["ast"] } }).sources ?? {};
  return Object.fromEntries(Object.entries(found).map(([path, { ast }]) => [path, ast]));
}

/** Compiles in a thread of its own, as the compiler lets nothing else happen meanwhile. */
export function compile(task: Task): Promise<Compiled> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    const fail = (error: Error) => {
      clearTimeout(timer);
      void worker.terminate();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`the compiler took more than ${COMPILE_TIMEOUT_MS} ms`)),
      COMPILE_TIMEOUT_MS,
    );
    worker.once("error", fail);
    worker.once("message", (compiled: Compiled) => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(compiled);
    });
  });
}

function compileHere(task: Task): Compiled {
  const selection: Record<string, Record<string, string[]>> = {};
  for (const [path, name] of task.contracts.map(partsOf)) {
    selection[path] = { ...selection[path], [name]: ["evm.bytecode.object", "evm.deployedBytecode.object"] };
  }
  const { errors: found = [], contracts } = run(task, selection);
  const errors = found
    .filter(({ severity }) => severity === "error")
    .map(({ formattedMessage, sourceLocation }) => ({
      message: formattedMessage,
      path: sourceLocation?.file ?? "",
      start: sourceLocation?.start ?? 0,
    }));
  if (errors.length > 0) return { errors, codes: {} };
  const codes = task.contracts.map((contract) => {
    const [path, name] = partsOf(contract);
    const compiled = contracts?.[path]?.[name];
    if (compiled === undefined) throw new Error(`the compiler answered nothing for ${contract}`);
    const { bytecode, deployedBytecode } = compiled.evm;
    return [contract, { created: bytecode.object, deployed: deployedBytecode.object }];
  });
  return { errors, codes: Object.fromEntries(codes) };
}

function run({ folder, contracts, sources }: Task, outputSelection: unknown): Output {
  const read = (path: string) => {
    const own = join(folder, path);
    return sources[path] ?? readFileSync(existsSync(own) ? own : join(folder, "node_modules", path), "utf8");
  };
  const compiler = createRequire(join(folder, "package.json"))("solc") as Compiler;
  const entries = [...new Set(contracts.map((contract) => partsOf(contract)[0]))];
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(entries.map((path) => [path, { content: read(path) }])),
    settings: { ...SETTINGS, outputSelection },
  };
  const output = compiler.compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) });
  return JSON.parse(output) as Output;
}

/** Path and name of a contract: the name stands behind a colon where it is not the file's. */
export function partsOf(contract: string): [path: string, name: string] {
  const [path, name] = contract.split(":") as [string, string | undefined];
  return [path, name ?? (path.split("/").at(-1) as string).replace(/\.sol$/, "")];
}

if (!isMainThread && workerData !== null) parentPort?.postMessage(compileHere(workerData as Task));
