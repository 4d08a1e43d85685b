import { basename } from "node:path";
import type { Artifacts } from "./artifacts.ts";
import { type Compiled, compile } from "./compiler.ts";
import { changedSource, type Mutant } from "./mutants.ts";
import { type Ended, runCampaign, type TestProcess } from "./processes.ts";
import { CHOICE_PATH, CHOICE_SOURCE, numberAt, schemaOf } from "./schema.ts";
import { campaignOf, contractsOf, type Order } from "./tests.ts";

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
  readonly tell: (mutant: Mutant, trial: Trial) => void;
}

/** Names of tests that measure gas. */
const MEASURES = /[gG]as|[pP]rice|[cC]ost/;
/** Of a command that ended without a verdict, and of a line, so much is shown. */
const LAST_WORDS_CHARS = 300;
const LINE_CHARS = 160;

/** Tries one mutant further than was done at first. */
export type Later = () => Promise<void>;

/** Tries mutants in `folder`, a copy of the tree: in TypeScript tests, then in Solidity ones. */
export function createTrials(folder: string, { artifacts, tests, order, tell }: Modules) {
  /**
   * Tries all mutants of a file that can be compiled together, in the tests that are quick. Answers what is left to be
   * done: the slow tests of those that none of them found, and all of those that must be compiled alone.
   */
  async function tryFile(subject: Subject): Promise<readonly Later[]> {
    const { path, mutants } = subject;
    const { codes, alone } = await compileTogether(folder, subject);
    const later = [...alone].map(
      (mutant): Later =>
        () =>
          tryAlone(subject, mutant),
    );
    if (alone.length === mutants.length) return later;
    artifacts.write(codes);
    const without = await failingAnyway(path);
    for (const [index, mutant] of mutants.entries()) {
      if (alone.includes(mutant)) continue;
      const number = index + 1;
      artifacts.write(codes, number);
      const { quick, slow } = order.testsOf(path, mutant.function);
      const trial = await runTests(mutant, quick, without);
      if (trial.outcome !== "survived") {
        tell(mutant, trial);
        continue;
      }
      later.push(async () => {
        artifacts.write(codes, number);
        tell(mutant, await runAll(mutant, slow, without));
      });
    }
    return later;
  }

  /** Tries one that is compiled as it would be shipped. */
  async function tryAlone({ path, source }: Subject, mutant: Mutant): Promise<void> {
    const sources = { [path]: changedSource(source, mutant.change) };
    const { errors, codes } = await compile({ folder, contracts: contractsOf(path), sources });
    const error = errors[0];
    if (error !== undefined)
      return tell(mutant, { outcome: "does not compile", by: firstLine(error.message) });
    artifacts.write(codes);
    const { quick, slow } = order.testsOf(path, mutant.function);
    tell(mutant, await runAll(mutant, [...quick, ...slow]));
  }

  /** Tests that fail with no change chosen, as they measure gas: every question which change is chosen costs some. */
  async function failingAnyway(path: string): Promise<readonly string[]> {
    const { quick, slow } = order.testsOf(path, "");
    const answer = await tests.ask({ files: [...quick, ...slow], without: [], bail: false });
    const titles = answer?.map(({ title }) => title);
    if (titles === undefined || titles.some((title) => !MEASURES.test(title))) {
      throw new Error(`${path}, with no change chosen: ${titles?.join("; ") ?? "no answer"}`);
    }
    const campaign = verdictOf(await runCampaign(folder, campaignOf(path)));
    if (campaign.outcome !== "survived") {
      throw new Error(`${path}, with no change chosen: ${campaign.outcome}, ${campaign.by}`);
    }
    return titles;
  }

  async function runAll(
    mutant: Mutant,
    files: readonly string[],
    without: readonly string[] = [],
  ): Promise<Trial> {
    const trial = await runTests(mutant, files, without);
    if (trial.outcome !== "survived") return trial;
    return verdictOf(await runCampaign(folder, campaignOf(mutant.file)));
  }

  async function runTests(
    mutant: Mutant,
    files: readonly string[],
    without: readonly string[],
  ): Promise<Trial> {
    const answer = await tests.ask({ files, without, bail: true });
    if (answer === undefined) return { outcome: "timed out", by: "" };
    if (answer === null) return { outcome: "no verdict", by: "the process of the tests ended" };
    const [failed] = answer;
    if (failed === undefined) return { outcome: "survived", by: "" };
    order.learn(mutant.file, mutant.function, failed.file);
    return { outcome: "killed", by: `${basename(failed.file)} › ${failed.title}` };
  }

  return { tryFile };
}

/** Compiles as many as will, and answers those that must be alone. Their number is their place, from 1. */
async function compileTogether(
  folder: string,
  { path, source: original, tree, mutants }: Subject,
): Promise<{ codes: Compiled["codes"]; alone: readonly Mutant[] }> {
  const contracts = contractsOf(path);
  const alone = new Set<Mutant>();
  while (alone.size < mutants.length) {
    const changes = mutants.flatMap((mutant, i) =>
      alone.has(mutant) ? [] : [{ ...mutant.change, number: i + 1 }],
    );
    const { source, left } = schemaOf(original, tree, changes);
    const sources = { [path]: source, [CHOICE_PATH]: CHOICE_SOURCE };
    const { errors, codes } = await compile({ folder, contracts, sources });
    const wrong = errors.map((error) => (error.path === path ? numberAt(source, error.start) : 0));
    if (wrong.includes(0)) throw new Error(`all together: ${errors[wrong.indexOf(0)]?.message}`);
    for (const number of [...left.map((each) => each.number), ...wrong])
      alone.add(mutants[number - 1] as Mutant);
    if (errors.length === 0) return { codes, alone: [...alone] };
  }
  return { codes: {}, alone: [...alone] };
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
