import { pathToFileURL } from "node:url";
import { network } from "hardhat";
import Mocha from "mocha";

/**
 * Runs files of contract tests again and again in one process: to start Hardhat for each mutant costs more than most
 * mutants need. Told what to run by messages, it answers each.
 */
export interface Question {
  /** In the order in which they are tried. */
  readonly files: readonly TestFile[];
  /** Full titles of tests that are left out. */
  readonly without: readonly string[];
  /** Whether the first failure is enough. */
  readonly bail: boolean;
}

/** A file of tests, or some of its tests by their full titles. */
export interface TestFile {
  readonly file: string;
  readonly only?: readonly string[];
}

/** Tests that failed. */
export type Answer = readonly { readonly file: string; readonly title: string }[];

/** Ten times what is allowed elsewhere: a busy machine must not look like a change that was found. */
const TEST_TIMEOUT_MS = 300_000;
/** Of an error, so much is shown. */
const ERROR_CHARS = 120;

const connections: { close(): Promise<void> }[] = [];
let rejected: unknown;
let run = 0;

// A contract with many mutants in it is larger than a chain allows.
const create = network.create.bind(network);
const createLarge: typeof network.create = async (choice) => {
  const { override = {}, ...rest } = typeof choice === "object" ? choice : { network: choice };
  const large = { ...override, allowUnlimitedContractSize: true };
  const connection = await create({ ...rest, override: large } as Parameters<typeof network.create>[0]);
  connections.push(connection);
  return connection as never;
};
network.create = createLarge;

process.on("unhandledRejection", (reason) => {
  rejected ??= reason;
});
process.on("message", async (question: Question) => {
  process.send?.(await failuresOf(question));
});
// Whoever asks is gone.
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function failuresOf({ files, without, bail }: Question): Promise<Answer> {
  const failures: { file: string; title: string }[] = [];
  for (const { file, only } of files) {
    rejected = undefined;
    const isWanted = (title: string) => !without.includes(title) && only?.includes(title) !== false;
    const titles = await failuresIn(file, isWanted, bail);
    if (rejected !== undefined) titles.push(`a promise that nobody awaited: ${short(rejected)}`);
    for (const connection of connections.splice(0)) await connection.close();
    failures.push(...titles.map((title) => ({ file, title })));
    if (bail && failures.length > 0) break;
  }
  return failures;
}

async function failuresIn(
  file: string,
  isWanted: (title: string) => boolean,
  bail: boolean,
): Promise<string[]> {
  const mocha = new Mocha({ bail, timeout: TEST_TIMEOUT_MS, reporter: class {} as never });
  mocha.suite.emit("pre-require", globalThis, file, mocha);
  try {
    // The file makes its world as it is loaded: another name for each time.
    await import(`${pathToFileURL(file).href}?run=${run++}`);
  } catch (error) {
    return [`the world of its tests cannot be made: ${short(error)}`];
  }
  mocha.suite.eachTest((test) => {
    if (!isWanted(test.fullTitle())) test.pending = true;
  });
  const failed: string[] = [];
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    if (runner.total === 0) throw new Error(`no test in ${file}`);
    runner.on("fail", (test) => failed.push(test.fullTitle()));
  });
  mocha.dispose();
  return failed;
}

function short(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, ERROR_CHARS) ?? "";
}
