import { readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { lastJson, runPleiad, temporaryFolder } from "../fixtures/pleiad.ts";

const LARGE_BYTES = 50 * 1_024 * 1_024;

interface FailureJson {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

/** What is wrong with a document, and what its error says. */
const DOCUMENTS = [
  { name: "empty.md", content: "", code: "INPUT_EMPTY", says: /empty/ },
  { name: "blank.md", content: " \n\t\n", code: "INPUT_EMPTY", says: /none but white space/ },
  {
    name: "binary.md",
    content: Buffer.from([0x47, 0x49, 0x46, 0x00, 0x01]),
    code: "INPUT_NOT_TEXT",
    says: /byte 3/,
  },
  {
    name: "latin1.md",
    content: Buffer.from("caf\u00e9 noir", "latin1"),
    code: "INPUT_NOT_TEXT",
    says: /byte 3/,
  },
  { name: "large.md", bytes: LARGE_BYTES, code: "INPUT_TOO_LARGE", says: /52428800 bytes/ },
  { name: "/dev/zero", code: "INPUT_TOO_LARGE", says: /1048577 bytes/ },
  { name: "missing.md", code: "DOCUMENT_UNREADABLE", says: /missing\.md/ },
  { name: ".", code: "DOCUMENT_UNREADABLE", says: /it is a folder/ },
] as const;

describe("a document that is none", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;

  before(() => {
    folder = temporaryFolder();
    for (const document of DOCUMENTS) {
      const path = resolve(folder.path, document.name);
      if ("content" in document) writeFileSync(path, document.content);
      if ("bytes" in document) {
        writeFileSync(path, "");
        truncateSync(path, document.bytes);
      }
    }
  });
  after(() => folder[Symbol.asyncDispose]());

  for (const { name, code, says } of DOCUMENTS) {
    it(`is refused with ${code} before anything is started: ${name}`, async () => {
      const before = readdirSync(folder.path);
      const input = resolve(folder.path, name);
      const { exitCode, stdout } = await runPleiad(["demo", "--json", "--input", input], {
        env: { TMPDIR: folder.path },
      });
      expect(exitCode).to.equal(1);
      const { error } = lastJson(stdout) as FailureJson;
      expect(error.code).to.equal(code);
      expect(error.message).to.match(says);
      expect(error.message, "lines").to.not.include("\n");
      expect(error.hint).to.not.equal("");
      expect(readdirSync(folder.path)).to.deep.equal(before);
    });
  }

  it("is refused by pleiad up in three lines and a code, for a person, without a data folder", async () => {
    const input = join(folder.path, "binary.md");
    const end = await runPleiad(["up", "--data", join(folder.path, "data"), "--input", input]);
    expect(end.exitCode).to.equal(1);
    expect(end.stdout).to.equal("");
    expect(end.stderr.trimEnd().split("\n")).to.have.length(4);
    expect(end.stderr).to.match(/^error: .+\n {3}why: .+\n {4}do: .+\n {2}code: INPUT_NOT_TEXT/);
    expect(readdirSync(folder.path)).to.not.include("data");
  });
});
