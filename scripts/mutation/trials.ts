import { basename } from "node:path";
import type { Artifacts } from "./artifacts.ts";
import { type Compiled, compile } from "./compiler.ts";
import { changedSource, type Mutant } from "./mutants.ts";
import type { Order } from "./order.ts";
import { type Ended, runCampaign, type TestProcess } from "./processes.ts";
import { describe } from "./results.ts";
import type { Answer, TestFile } from "./runner.ts";
import { CHOICE_PATH, CHOICE_SOURCE, numberAt, schemaOf } from "./schema.ts";
import { campaignOf, contractsOf, librariesTestOf } from "./tests.ts";

/**
 * What became of a mutant. `killed` only where a test that failed has a name: a command that ends badly for another
 * reason, or not in its time, says nothing.
 */
export type Outcome = "killed" | "survived" | "does not compile" | "timed out" | "no verdict";

export interface Trial {
  readonly outcome: Outcome;
  /** What found it: the first test that failed, or what the compiler said. */
  readonly by: string;
}

/** A file with those of its mutants that are to be tried. */
export interface Subject {
  readonly path: string;
  readonly source: string;
  /** The compiler's. */
  readonly tree: unknown;
  readonly mutants: readonly Mutant[];
}

interface Modules {
  readonly artifacts: Artifacts;
  readonly tests: TestProcess;
  readonly order: Order;
  /** In which order changes are tried. */
  readonly draw: <T>(list: readonly T[]) => readonly T[];
  /** Whether it is known why no test finds a change: then those that take long are not asked. */
  readonly isExplained: (mutant: Mutant) => boolean;
  readonly tell: (mutant: Mutant, trial: Trial) => void;
  /** Whether each change is compiled by itself, as it would be shipped. */
  readonly isEachAlone: boolean;
}

/** Between a file of tests and a test. */
export const BY = " › ";
/** More tests than these do not measure gas. */
const FAILING_ANYWAY_MAX = 12;
/** Of a command that ended without a verdict, and of a line, so much is shown. */
const LAST_WORDS_CHARS = 300;
const LINE_CHARS = 160;

/** Tries one mutant further than was done at first. */
export type Later = () => Promise<void>;

/** Tries mutants in `folder`, a copy of the tree: in TypeScript tests, then in Solidity ones. */
export function createTrials(
  folder: string,
  { artifacts, tests, order, draw, isExplained, tell, isEachAlone }: Modules,
) {
  /**
   * Tries all mutants that can be compiled together, in the tests that are quick. Answers what is left to be done: the slow
   * tests of those that none of them found, and all of those that must be compiled alone.
   */
  async function tryTogether(subjects: readonly Subject[]): Promise<readonly Later[]> {
    const numbered = subjects
      .flatMap((subject) => subject.mutants.map((mutant) => ({ subject, mutant })))
      .map((each, i) => ({ ...each, number: i + 1 }));
    const { codes, alone } = isEachAlone
      ? { codes: {}, alone: new Set(numbered.map(({ mutant }) => mutant)) }
      : await compileTogether(folder, subjects);
    const leftOut = alone.size === numbered.length ? [] : await failingAnyway(subjects, codes);
    const without = leftOut.map(({ title }) => title);
    const later: Later[] = [];
    for (const { subject, mutant, number } of draw(numbered)) {
      const likely = order.likelyOf(mutant.file, mutant.function);
      const { quick, slow } = order.testsOf([mutant.file], mutant.function);
      if (alone.has(mutant)) {
        later.push(async () => {
          const found = (await tryInLibrariesTest(subject, mutant)) ?? (await writeAlone(subject, mutant));
          const files = [...likely, ...quick];
          const ask = () =>
            isExplained(mutant) ? runTests(mutant, files, []) : runAll(mutant, [...files, ...slow], []);
          tell(mutant, found ?? (await ask()));
        });
        continue;
      }
      artifacts.write(codes, number);
      const first = await runTests(mutant, [...likely, ...quick], without);
      if (first.outcome !== "survived" || isExplained(mutant)) {
        tell(mutant, first);
        continue;
      }
      console.log(`not found so far: ${describe(mutant)}`);
      later.push(async () => {
        artifacts.write(codes, number);
        const second = await runAll(mutant, slow, without);
        if (second.outcome !== "survived" || leftOut.length === 0) return tell(mutant, second);
        // It may be one for the tests that were left out.
        const files = leftOut.map(({ file, title }) => ({ file, only: [title] }));
        tell(mutant, (await writeAlone(subject, mutant)) ?? (await runTests(mutant, files, [])));
      });
    }
    return later;
  }

  /** The contracts take ten times as long to compile as this test. Undefined where it says nothing. */
  async function tryInLibrariesTest(subject: Subject, mutant: Mutant): Promise<Trial | undefined> {
    const test = librariesTestOf([mutant.file]);
    const [files] = campaignOf([mutant.file]);
    if (test.length === 0 || files === undefined) return undefined;
    const wrong = await writeAlone(subject, mutant, test);
    if (wrong !== undefined) return wrong;
    const trial = verdictOf(await runCampaign(folder, files));
    return trial.outcome === "survived" ? undefined : trial;
  }

  /** Compiles one as it would be shipped; answers what became of it where it does not compile. */
  async function writeAlone(
    { path, source }: Subject,
    mutant: Mutant,
    contracts = contractsOf([path]),
  ): Promise<Trial | undefined> {
    const sources = { [path]: changedSource(source, mutant.change) };
    const { errors, codes } = await compile({ folder, contracts, sources });
    const [error] = errors;
    if (error !== undefined) return { outcome: "does not compile", by: firstLine(error.message) };
    artifacts.write(codes);
    return undefined;
  }

  /** Tests that fail with no change chosen, as they measure gas: every question which change is chosen costs some. */
  async function failingAnyway(subjects: readonly Subject[], codes: Compiled["codes"]): Promise<Answer> {
    artifacts.write(codes);
    const paths = subjects.map(({ path }) => path);
    const { quick, slow } = order.testsOf(paths, "");
    const answer = await tests.ask({ files: [...quick, ...slow], without: [], bail: false });
    const titles = answer?.map(({ title }) => title) ?? ["no answer"];
    if (!answer || titles.length > FAILING_ANYWAY_MAX) {
      throw new Error(`with no change chosen: ${titles.join("; ")}`);
    }
    for (const title of titles) console.log(`left out, as it fails with no change chosen: ${title}`);
    const campaign = await runCampaignOf(paths);
    if (campaign.outcome !== "survived") {
      throw new Error(`with no change chosen: ${campaign.outcome}, ${campaign.by}`);
    }
    return answer;
  }

  async function runAll(
    mutant: Mutant,
    files: readonly TestFile[],
    without: readonly string[],
  ): Promise<Trial> {
    const trial = await runTests(mutant, files, without);
    if (trial.outcome !== "survived") return trial;
    return runCampaignOf([mutant.file]);
  }

  async function runCampaignOf(paths: readonly string[]): Promise<Trial> {
    for (const files of campaignOf(paths)) {
      const trial = verdictOf(await runCampaign(folder, files));
      if (trial.outcome !== "survived") return trial;
    }
    return { outcome: "survived", by: "" };
  }

  async function runTests(
    mutant: Mutant,
    files: readonly TestFile[],
    without: readonly string[],
  ): Promise<Trial> {
    const answer = await tests.ask({ files, without, bail: true });
    if (answer === undefined) return { outcome: "timed out", by: "" };
    if (answer === null) return { outcome: "no verdict", by: "the process of the tests ended" };
    const [failed] = answer;
    if (failed === undefined) return { outcome: "survived", by: "" };
    order.learn(mutant.file, mutant.function, failed);
    return { outcome: "killed", by: `${basename(failed.file)}${BY}${failed.title}` };
  }

  return { tryTogether };
}

/** Compiles as many as will, and answers those that must be alone. Their number is their place among all, from 1. */
async function compileTogether(
  folder: string,
  subjects: readonly Subject[],
): Promise<{ codes: Compiled["codes"]; alone: ReadonlySet<Mutant> }> {
  const contracts = contractsOf(subjects.map(({ path }) => path));
  const all = subjects.flatMap(({ mutants }) => mutants);
  const numbers = new Map(all.map((mutant, i) => [mutant, i + 1]));
  const alone = new Set<Mutant>();
  while (alone.size < all.length) {
    const sources: Record<string, string> = { [CHOICE_PATH]: CHOICE_SOURCE };
    for (const { path, source: original, tree, mutants } of subjects) {
      const together = mutants.filter((mutant) => !alone.has(mutant));
      const changes = together.map((mutant) => ({ ...mutant.change, number: numbers.get(mutant) as number }));
      const { source, left } = schemaOf(original, tree, changes);
      sources[path] = source;
      for (const { number } of left) alone.add(all[number - 1] as Mutant);
    }
    const { errors, codes } = await compile({ folder, contracts, sources });
    if (errors.length === 0) return { codes, alone };
    for (const error of errors) {
      const mutant = all[numberAt(sources[error.path] ?? "", error.start) - 1];
      if (mutant === undefined) throw new Error(`all together: ${error.message}`);
      alone.add(mutant);
    }
  }
  return { codes: {}, alone };
}

function verdictOf({ exitCode, output }: Ended): Trial {
  if (exitCode === 0) return { outcome: "survived", by: "" };
  if (exitCode === undefined) return { outcome: "timed out", by: "" };
  const by = output.split("\n").find((line) => line.includes("  1) ")) ?? "";
  if (by !== "") return { outcome: "killed", by: firstLine(by.trim()) };
  return { outcome: "no verdict", by: `exit ${exitCode}: ${output.trim().slice(-LAST_WORDS_CHARS)}` };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] as string).slice(0, LINE_CHARS);
}
