import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Mutant } from "../../scripts/mutation/mutants.ts";
import { createNodeTests } from "../../scripts/mutation/nodeTests.ts";
import { createParser } from "../../scripts/mutation/typescript.ts";
import { runAfterTest } from "../fixtures/hooks.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const MODULE = "node/src/small/sum.ts";
/** Something of every sort that a change may stand in, and types, which have none. */
const SOURCE = `import { limit } from "./limit.ts";
interface Step { readonly by: 1 | 2 }
export const MANY = 40;
export function createSum(options: { isOpen?: boolean; logger?: Console }) {
  let sum = 0n;
  const add = (by: bigint, step?: Step): bigint => {
    if (by < 0n) throw new Error("negative");
    if (options.isOpen === false || !limit(by)) return sum;
    sum += by;
    options.logger?.debug(by);
    return step === undefined ? sum : sum + BigInt(step.by ?? 1);
  };
  return { add, isDone: true };
}
`;

/** A tree with a module, one that it imports, and tests. */
async function createTree(tests: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-small-"));
  runAfterTest(() => rm(folder, { recursive: true, force: true }));
  for (const path of ["node/src/small", "test/node/small"])
    mkdirSync(join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["node"] }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, MODULE), SOURCE);
  writeFileSync(join(folder, "node/src/small/limit.ts"), "export const limit = (by: bigint) => by < 9n;\n");
  for (const [name, text] of Object.entries(tests)) {
    const imports = [
      'import { expect } from "chai";\nimport { it } from "mocha";',
      'import { createSum } from "../../../node/src/small/sum.ts";',
    ];
    writeFileSync(join(folder, "test/node/small", name), `${imports.join("\n")}\n${text}\n`);
  }
  return folder;
}

function mutantsIn(folder: string): Mutant[] {
  const parser = createParser(folder);
  try {
    return parser.mutantsOfModule(MODULE);
  } finally {
    parser.close();
  }
}

describe("the mutator of the daemon's modules", () => {
  it("changes what runs, and neither types nor what is only logged", async function () {
    this.timeout(60_000);
    const found = mutantsIn(await createTree({})).map(({ kind, before, after, line, ...rest }) => {
      return `${line} ${kind} in ${rest.function}: ${before} => ${after}`;
    });
    expect(found).to.deep.equal([
      "3 constant in : MANY = 40 => MANY = 39",
      "3 constant in : MANY = 40 => MANY = 41",
      "5 constant in createSum: sum = 0n => sum = 1n",
      '7 removal in add: if (by < 0n) throw new Error("negative"); => {}',
      "7 condition in add: by < 0n => !(by < 0n)",
      "7 operator in add: by < 0n => by <= 0n",
      "7 operator in add: by < 0n => by > 0n",
      "7 constant in add: by < 0n => by < 1n",
      "8 removal in add: if (options.isOpen === false || !limit(by)) return sum; => {}",
      "8 condition in add: options.isOpen === false || !limit(by) => !(options.isOpen === false || !limit(by))",
      "8 operator in add: options.isOpen === false => options.isOpen !== false",
      "8 constant in add: options.isOpen === false => options.isOpen === true",
      "8 operator in add: options.isOpen === false || !limit(by) => options.isOpen === false && !limit(by)",
      "8 negation in add: !limit(by) => limit(by)",
      "9 removal in add: sum += by; => {}",
      "9 operator in add: sum += by => sum -= by",
      "9 operator in add: sum += by => sum = by",
      "11 operator in add: step === undefined => step !== undefined",
      "11 operator in add: sum + BigInt(step.by ?? 1) => sum - BigInt(step.by ?? 1)",
      "11 operator in add: step.by ?? 1 => step.by && 1",
      "11 constant in add: step.by ?? 1 => step.by ?? 0",
      "11 constant in add: step.by ?? 1 => step.by ?? 2",
      "13 constant in createSum: isDone: true => isDone: false",
    ]);
  });

  it("tells what a test finds from what none finds, and asks the tests that reach a module alone", async function () {
    this.timeout(60_000);
    const folder = await createTree({
      "sum.test.ts": 'it("adds", () => { expect(createSum({}).add(2n)).to.equal(2n); });',
      "wrong.test.ts": 'it("adds nothing", () => { expect(createSum({}).add(1n)).to.equal(0n); });',
    });
    const tests = createNodeTests(folder, "test/node/small");
    expect(await tests.measure([MODULE])).to.deep.equal(["wrong.test.ts › adds nothing"]);
    const change = (before: string, after: string, file = MODULE) => {
      const [text] = [file === MODULE ? SOURCE : "export const limit = (by: bigint) => by < 9n;\n"];
      writeFileSync(join(folder, file), text.replace(before, after));
      return tests.ask(file);
    };
    const by = "sum.test.ts › adds";
    expect(await change("sum += by", "sum -= by")).to.deep.equal({ outcome: "killed", by });
    expect(await change("by < 0n", "by < 1n")).to.deep.equal({ outcome: "survived", by: "" });
    const unread = await change("export function createSum", "export function createNone");
    expect(unread.outcome).to.equal("killed");
    expect(unread.by).to.match(/^sum\.test\.ts › cannot be run: .*createSum/);
    writeFileSync(join(folder, MODULE), SOURCE);
    expect(await change("by < 9n", "by > 9n", "node/src/small/limit.ts")).to.deep.equal({
      outcome: "killed",
      by,
    });
    expect(await tests.ask("node/src/small/other.ts")).to.deep.equal({ outcome: "survived", by: "" });
  });
});
