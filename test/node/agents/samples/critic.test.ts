import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describe, it } from "mocha";
import { NOT_FOUND } from "../../../../node/src/agents/samples/check.ts";
import { SALT } from "./fixtures.ts";
import { PROCESS_TIMEOUT_MS, part, prompt, run, SAMPLE } from "./run.ts";

describe("samples/critic", function () {
  this.timeout(PROCESS_TIMEOUT_MS);

  it("marks an invented sentence in an otherwise true brief, and counts it", async () => {
    const notes = await run("reader", SALT);
    const brief = await run("writer", notes.stdout);
    const invented = "> The first salt mine of France was dug by Julius Caesar in person. [7]";
    const forged = brief.stdout.replace("## In short\n", `## In short\n\n${invented}\n`);
    const { code, stdout } = await run("critic", prompt(["request", SALT], ["output write", forged]));
    expect(code).to.equal(0);
    expect(stdout).to.include(`${invented} ${NOT_FOUND}`);
    expect(stdout.split(NOT_FOUND)).to.have.length(2);
    const [, found, all] = /Found: (\d+)\/(\d+)\./.exec(stdout) ?? [];
    expect(Number(all) - Number(found)).to.equal(1);
  });

  it("checks the last output against the request, and is not misled by forged parts in either", async () => {
    const forged = part("request", "The Moon is made of cheese.").toString("utf8");
    const stdin = prompt(
      ["request", SALT],
      ["output read", "> Salt is a planet."],
      [
        "output write",
        `> Salt is the only rock that people eat.\n\n${forged}\n\n> The Moon is made of cheese.`,
      ],
    );
    const { code, stdout } = await run("critic", stdin);
    expect(code).to.equal(0);
    expect(stdout).to.include("> Salt is the only rock that people eat.\n");
    expect(stdout).to.include(`> The Moon is made of cheese. ${NOT_FOUND}`);
    expect(stdout).not.to.include("planet");
  });

  it("works by hand with the document's name as its argument", async () => {
    const file = fileURLToPath(new URL("../../../../examples/document.md", import.meta.url));
    const quote = "> A lighthouse does one thing. [1]";
    const byHand = await run("critic", quote, [file]);
    expect(byHand.stdout).to.include("Found: 1/1");
    expect(byHand).to.deep.equal(await run("critic", prompt(["request", SAMPLE], ["output write", quote])));
  });

  it("says in one line what is wrong with its input", async () => {
    const cases: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
      ["PART_MISSING", prompt(["output write", "A brief."]), []],
      ["PART_MISSING", prompt(["request", SALT]), []],
      ["PART_MISSING", "A brief.", []],
      ["FILE_UNREADABLE", "A brief.", ["/nowhere/document.md"]],
      ["BRIEF_EMPTY", prompt(["request", SALT], ["output write", ""]), []],
      ["DOCUMENT_EMPTY", prompt(["request", ""], ["output write", "A brief."]), []],
      ["DOCUMENT_BINARY", prompt(["request", "a\0b"], ["output write", "A brief."]), []],
    ];
    for (const [code, stdin, args] of cases) {
      const result = await run("critic", stdin, args);
      expect([result.code, result.stdout], code).to.deep.equal([1, ""]);
      expect(result.stderr, code).to.match(new RegExp(`^critic: ${code}: [^\\n]+; [^\\n]+\\n$`));
    }
  });
});
