import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { SHIPPED_CONTRACTS } from "./snapshot.ts";

/** Where each contract keeps what, as it is committed: a change of it shows in the diff. */
export type Layouts = Record<string, readonly string[]>;

/** What the compiler says of a contract's storage. */
interface StorageLayout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<
    Record<string, { readonly label: string; readonly members?: readonly Variable[] }>
  > | null;
}

interface Variable {
  readonly label: string;
  readonly slot: string;
  /** Bytes from the low end of the slot. */
  readonly offset: number;
  readonly type: string;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { readonly storageLayout: StorageLayout }>>>
  >;
}

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

const ROOT = join(import.meta.dirname, "../../..");
const PATH = join(import.meta.dirname, "layout.json");

export function readLayouts(): Layouts {
  return JSON.parse(readFileSync(PATH, "utf8")) as Layouts;
}

export function writeLayouts(layouts: Layouts): void {
  writeFileSync(PATH, `${JSON.stringify(layouts, undefined, 2)}\n`);
}

/** The layout of each deployed contract: one line for each variable, and under it those of the structs it leads to. */
export function measureLayouts(): Layouts {
  const files = readdirSync(join(ROOT, "contracts"), { recursive: true, encoding: "utf8" });
  const paths = SHIPPED_CONTRACTS.map((name) => {
    const file = files.find((path) => path.endsWith(`/${name}.sol`));
    if (file === undefined) throw new Error(`no file has the contract ${name}`);
    return { name, path: `contracts/${file}` };
  });
  // Layouts follow from the types alone: no code is made, and nothing of what was compiled before is touched.
  const output = compile({
    language: "Solidity",
    sources: Object.fromEntries(paths.map(({ path }) => [path, { content: readSource(path) }])),
    settings: { evmVersion: "prague", outputSelection: { "*": { "*": ["storageLayout"] } } },
  });
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.formattedMessage);
  return Object.fromEntries(
    paths.map(({ name, path }) => {
      const layout = output.contracts[path]?.[name]?.storageLayout;
      if (layout === undefined) throw new Error(`the compiler says nothing of ${name}`);
      return [name, linesOf(layout)];
    }),
  );
}

function linesOf({ storage, types }: StorageLayout): string[] {
  const labelOf = (type: string) => types?.[type]?.label ?? type;
  const line = ({ slot, offset, label, type }: Variable) => `${slot}+${offset} ${label}: ${labelOf(type)}`;
  const structs = Object.values(types ?? {})
    .filter(({ members }) => members !== undefined)
    .sort((left, right) => (left.label < right.label ? -1 : 1))
    .flatMap(({ label, members = [] }) => members.map((member) => `${label} ${line(member)}`));
  return [...storage.map(line), ...structs];
}

function compile(input: object): Output {
  const compiler = createRequire(import.meta.url)("solc") as Compiler;
  const output = compiler.compile(JSON.stringify(input), {
    import: (path) => ({ contents: readSource(path) }),
  });
  return JSON.parse(output) as Output;
}

/** A file of ours, or one of a package. */
function readSource(path: string): string {
  return readFileSync(join(ROOT, path.startsWith("contracts/") ? "" : "node_modules", path), "utf8");
}
