import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { Mutant } from "./mutants.ts";
import type { Outcome, Trial } from "./trials.ts";

/** What names a mutant: lines move, these do not. */
export type Name = Pick<Mutant, "file" | "function" | "before" | "after" | "nth">;

/** A mutant that changes nothing which could be seen, and why. */
export interface Explanation extends Name {
  readonly reason: string;
}

export type Result = Omit<Mutant, "change"> & Trial & { readonly reason?: string };

export function readResults(file: string): Result[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { results: Result[] }).results;
}

/** Why mutants that are explained in a file change nothing, by their names. */
export function readReasons(file: string): ReadonlyMap<string, string> {
  const entries = JSON.parse(readFileSync(file, "utf8")) as Explanation[];
  return new Map(entries.map((entry) => [nameOf(entry), entry.reason]));
}

export function isUndecided({ outcome }: Result): boolean {
  return outcome === "timed out" || outcome === "no verdict";
}

export function isUnexplained({ outcome, reason }: Result): boolean {
  return outcome === "survived" && reason === undefined;
}

/** Of an earlier result, what still counts: of changes that there are, in code that is as it was. */
export function stillTrue(before: readonly Result[], mutants: readonly Mutant[]): Result[] {
  const digests = new Map(mutants.map((mutant) => [nameOf(mutant), mutant.codeDigest]));
  return before.filter((result) => !isUndecided(result) && digests.get(nameOf(result)) === result.codeDigest);
}

export function nameOf({ file, function: inside, before, after, nth }: Name): string {
  return JSON.stringify([file, inside, before, after, nth]);
}

export function describe(mutant: Omit<Mutant, "change">): string {
  const nth = mutant.nth === 0 ? "" : ` (${mutant.nth + 1}.)`;
  const change = `${mutant.before}  =>  ${mutant.after}${nth}`;
  return `${mutant.file}:${mutant.line} ${mutant.kind} in ${mutant.function || "the contract"}: ${change}`;
}

/** What became of how many, by file. */
export function tableOf(results: readonly Result[]): string {
  const files = [...new Set(results.map(({ file }) => file))].sort();
  const rows = files.map((file) =>
    rowOf(
      basename(file, extname(file)),
      results.filter((result) => result.file === file),
    ),
  );
  const head = "| file | tried | killed | survived | explained | do not compile | no verdict |";
  return [head, "|---|---:|---:|---:|---:|---:|---:|", ...rows, rowOf("all", results)].join("\n");
}

function rowOf(name: string, results: readonly Result[]): string {
  const count = (...outcomes: Outcome[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const unexplained = results.filter(isUnexplained).length;
  const cells = [results.length, count("killed"), unexplained, count("survived") - unexplained];
  const rest = [count("does not compile"), count("timed out", "no verdict")];
  return `| ${[name, ...cells, ...rest].join(" | ")} |`;
}
