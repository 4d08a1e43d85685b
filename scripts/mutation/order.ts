import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { TestFile } from "./runner.ts";
import { FIRST, furtherTestsOf, nameOf, SLOW, TESTS } from "./tests.ts";

/** Of the tests that found something alike, so many are tried before all others. */
const LIKELY_MAX = 8;

export type Order = ReturnType<typeof createOrder>;

/** In which order tests are tried: those first that found most of what was alike. */
export function createOrder(folder: string) {
  const own = readdirSync(join(folder, TESTS)).filter((file) => file.endsWith(".test.ts"));
  /** How many changes each test found, and each file of tests, by where the changes were. */
  const tests = new Map<string, Map<string, number>>();
  const files = new Map<string, Map<string, number>>();

  /** All files for changes of some sources; `slow` are those that take long and rarely find anything. */
  function testsOf(paths: readonly string[], inside: string): { quick: TestFile[]; slow: TestFile[] } {
    const path = paths[0] as string;
    const first = FIRST[nameOf(path)] ?? [];
    /** What it found in the function, what it found in the file, and how it stands in the table; more comes first. */
    const weightsOf = (file: string) => {
      const at = first.indexOf(basename(file, ".test.ts"));
      const found = [path, `${path} ${inside}`].map((where) => files.get(where)?.get(basename(file)) ?? 0);
      return [...found.reverse(), at < 0 ? -first.length : -at];
    };
    const ordered = allOf(paths)
      .map((file) => ({ file, weights: weightsOf(file) }))
      .sort((left, right) => compare(right.weights, left.weights))
      .map(({ file }) => ({ file }));
    const isSlow = ({ file }: TestFile) => {
      const test = basename(file, ".test.ts");
      return SLOW.includes(test) && !first.includes(test);
    };
    return { quick: ordered.filter((each) => !isSlow(each)), slow: ordered.filter(isSlow) };
  }

  /** The single tests that found most in a function, or where none did, in its file. */
  function likelyOf(path: string, inside: string): TestFile[] {
    const found = tests.get(`${path} ${inside}`) ?? tests.get(path) ?? new Map<string, number>();
    const most = [...found].sort(([, left], [, right]) => right - left).slice(0, LIKELY_MAX);
    const titles = new Map<string, string[]>();
    for (const [key] of most) {
      const [name, title] = JSON.parse(key) as [string, string];
      titles.set(name, [...(titles.get(name) ?? []), title]);
    }
    return allOf([path])
      .filter((file) => titles.has(basename(file)))
      .map((file) => ({ file, only: titles.get(basename(file)) as string[] }));
  }

  /** A change in a function of `path` was found by a test. */
  function learn(path: string, inside: string, { file, title }: { file: string; title: string }): void {
    for (const where of [path, `${path} ${inside}`]) {
      count(files, where, basename(file));
      count(tests, where, JSON.stringify([basename(file), title]));
    }
  }

  function allOf(paths: readonly string[]): string[] {
    return [
      ...own.map((file) => join(folder, TESTS, file)),
      ...furtherTestsOf(paths).map((file) => join(folder, "test/contracts", file)),
    ];
  }

  return { testsOf, likelyOf, learn };
}

function count(counts: Map<string, Map<string, number>>, where: string, what: string): void {
  const found = counts.get(where) ?? new Map<string, number>();
  counts.set(where, found.set(what, (found.get(what) ?? 0) + 1));
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((weight, i) => weight !== right[i]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
}
