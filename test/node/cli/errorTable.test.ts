import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { renderErrorDocs } from "../../../node/src/cli/errorDocs.ts";
import { allCodes, codesByPart, explanationOf, explanationsOf } from "../../../node/src/cli/errorTable.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Where codes are made, and what in these folders makes none of ours. */
const SOURCES = ["node/src", "sdk/src"];
const SKIPPED = [
  // The sample programs have failures of their own, which reach the daemon as text.
  "node/src/agents/samples/",
  "node/src/cli/errorTables/",
  "sdk/src/errors/tables/",
  "sdk/src/abi/",
];

/**
 * Ways in which an error gets its code: a property `code:`, and the first argument of a function whose name says that it
 * makes a failure. Patterns of the sources' own habits; the test below proves that they find what is there.
 */
const PATTERNS = [
  /\bcode:\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g,
  /\b(?:\w*[eE]rror|\w*[fF]ail(?:ure|ed)?|\w*Refused|badRequest|toStoreError|denied)\(\s*(?:\d+,\s*)?"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g,
  // Codes in a table or a choice: `missing: "KEYSTORE_MISSING"`, `| "JOB_STOPPED"`.
  /\b(?:missing|unreadable|mode|tooLarge):\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g,
  /^\s*\|\s*"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/gm,
];

/** Words of that form that are no codes of ours. */
const FOREIGN = new Set([
  "DUPLICATE_KEY",
  "NETWORK_ERROR",
  "SERVER_ERROR",
  "ACTION_REJECTED",
  "STORE_SCHEMA",
]);

function codesInSources(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of SOURCES) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      const file = `${folder}/${name}`;
      if (!/\.(ts|mjs)$/.test(name) || SKIPPED.some((skipped) => file.startsWith(skipped))) continue;
      const text = readFileSync(join(ROOT, file), "utf8");
      for (const pattern of PATTERNS) {
        for (const match of text.matchAll(pattern)) found.set(match[1] ?? "", file);
      }
    }
  }
  for (const code of FOREIGN) found.delete(code);
  return found;
}

describe("the table of errors", () => {
  it("has an entry for every code that the sources use", () => {
    const found = codesInSources();
    // Should the patterns find nothing any more, this test would promise nothing.
    expect(found.size).to.be.greaterThan(150);
    for (const known of [
      "RPC_UNREACHABLE",
      "KEYSTORE_MODE",
      "STORE_FULL",
      "AGENT_FAILED",
      "JOB_STOPPED",
      "API_TOKEN_WRONG",
    ]) {
      expect([...found.keys()], "the patterns miss what is there").to.include(known);
    }
    const missing = [...found].filter(([code]) => explanationOf(code) === undefined);
    expect(missing.map(([code, file]) => `${code} in ${file}`)).to.deep.equal([]);
  });

  it("has no entry of its own for a code that nothing uses", () => {
    const sources = SOURCES.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .map((name) => `${folder}/${name}`)
        .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith("node/src/cli/errorTables/")),
    );
    const text = sources.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
    const unused = codesByPart()
      .filter(([part]) => part !== "Contracts and SDK")
      .flatMap(([, codes]) => codes)
      .filter((code) => !text.includes(`"${code}"`) && !text.includes(`${code}:`));
    expect(unused).to.deep.equal([]);
  });

  it("says of every code what, why and what to do, as sentences", () => {
    for (const code of allCodes()) {
      for (const { title, cause, whatToDo } of explanationsOf(code)) {
        expect(title, code).to.match(/^[A-Z]/);
        // A code with its underlines taken out says nothing that the code does not.
        expect(title.toUpperCase().replaceAll(/[ -]/g, "_"), code).not.to.equal(code);
        expect(cause, code).to.match(/[.)]$/);
        expect(whatToDo, code).to.match(/^[\s\S]+[.)]$/);
      }
    }
  });

  it("is what docs/errors.md says", () => {
    const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
    expect(page === renderErrorDocs(), "run node scripts/docs-errors.ts").to.equal(true);
  });
});
