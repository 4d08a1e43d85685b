import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const ROOT = resolve(import.meta.dirname, "../..");

/** Text of every file below a folder whose name ends so, one after the other. */
function textsOf(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"));
}

describe("the contracts' errors", () => {
  const tests = textsOf("test/contracts", /\.(ts|sol)$/).join("\n");
  const folders = ["interfaces", "libraries", "registry", "execution", "periphery"];
  const declared = folders
    .flatMap((folder) => textsOf(`contracts/${folder}`, /\.sol$/))
    .flatMap((text) => [...text.matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name as string));

  it("are each expected by a test, by name", () => {
    expect(declared.length).to.be.greaterThan(100);
    const untested = declared.filter((name) => !new RegExp(`\\b${name}\\b`).test(tests));
    expect(untested).to.deep.equal([]);
  });
});
