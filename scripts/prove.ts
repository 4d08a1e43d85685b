/**
 * Asks the compiler's model checker, with the Z3 that is part of it, whether the assertions in `test/contracts/proofs` hold
 * for all inputs: `npm run prove`. Prints each with its verdict; exits 1 where one is not proven.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

interface Message {
  readonly severity: string;
  readonly message: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number };
}

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

const ROOT = resolve(import.meta.dirname, "..");
const FOLDER = "test/contracts/proofs";
const compiler = createRequire(import.meta.url)("solc") as Compiler;

for (const file of readdirSync(join(ROOT, FOLDER)).sort()) prove(`${FOLDER}/${file}`);

function prove(path: string): void {
  const startedAtMs = performance.now();
  const contract = (path.split("/").at(-1) as string).replace(".sol", "");
  const input = {
    language: "Solidity",
    sources: { [path]: { content: read(path) } },
    settings: {
      // Each function by itself, from any state. No time limit: this build of Z3 has no threads, and counts steps instead.
      modelChecker: {
        engine: "bmc",
        solvers: ["z3"],
        targets: ["assert"],
        contracts: { [path]: [contract] },
        showProvedSafe: true,
        showUnproved: true,
      },
      outputSelection: { "*": { "*": [] } },
    },
  };
  const answer = compiler.compile(JSON.stringify(input), { import: (name) => ({ contents: read(name) }) });
  const messages = ((JSON.parse(answer) as { errors?: Message[] }).errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === "error" || sourceLocation?.file === path,
  );
  const source = Buffer.from(read(path));
  const asserted = source.toString().split("assert(").length - 1;
  let proven = 0;
  for (const { message, sourceLocation } of messages) {
    const text =
      sourceLocation === undefined
        ? ""
        : source.subarray(sourceLocation.start, sourceLocation.end).toString();
    if (message.includes("check is safe")) proven += 1;
    console.log(
      `${message.includes("check is safe") ? "proven " : "NOT    "} ${text || message.split("\n")[0]}`,
    );
  }
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  console.log(`${contract}: ${proven} of ${asserted} assertions proven (${seconds} s)`);
  if (proven < asserted) process.exitCode = 1;
}

function read(path: string): string {
  const isOurs = path.startsWith("contracts/") || path.startsWith("test/");
  return readFileSync(join(ROOT, isOurs ? "" : "node_modules", path), "utf8");
}
