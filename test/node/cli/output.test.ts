import { stripVTControlCharacters } from "node:util";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { Command } from "commander";
import { describe, it } from "mocha";
import { setAction } from "../../../node/src/cli/define.ts";
import { reportFailure } from "../../../node/src/cli/failure.ts";
import { fakeOutput, fakeSurroundings } from "./support/surroundings.ts";

const NARROW = 40;
const CLEAR_LINE = "\r\u001b[2K";

describe("output", () => {
  it("with --json gives one line of JSON and nothing else to standard output", () => {
    const { output, around } = fakeOutput({ isJson: true });
    output.line("for people");
    output.prose("for people");
    output.table([{ header: "x" }], [["y"]]);
    output.facts([["a", "b"]]);
    output.raw("for people");
    output.note("beside");
    output.json({ wei: 10n ** 20n, names: new Map([["a", 1]]) });
    const { stdout, stderr } = around.written();
    expect(stdout).to.equal('{"wei":"100000000000000000000","names":{"a":1}}\n');
    expect(stderr).to.equal("beside\n");
  });

  it("without --json gives no JSON", () => {
    const { output, around } = fakeOutput();
    output.json({ a: 1 });
    output.line("for people");
    expect(around.written()).to.deep.equal({ stdout: "for people\n", stderr: "" });
  });

  it("fits the terminal, and cuts nothing without one", () => {
    const long = "a sentence that is a good deal longer than forty columns of a terminal";
    const narrow = fakeOutput({ columns: NARROW });
    narrow.output.prose(long);
    for (const line of narrow.around.written().stdout.split("\n")) expect(line.length).to.be.at.most(NARROW);
    const wide = fakeOutput();
    wide.output.prose(long);
    expect(wide.around.written().stdout).to.equal(`${long}\n`);
  });

  it("gives the answer's bytes as they are to a pipe", () => {
    const { output, around } = fakeOutput();
    output.raw("no line end");
    expect(around.written().stdout).to.equal("no line end");
  });

  it("leaves facts out that have no value", () => {
    const { output, around } = fakeOutput();
    output.facts([
      ["one", "1"],
      ["none", ""],
      ["three", "3"],
    ]);
    expect(around.written().stdout).to.equal("one    1\nthree  3\n");
  });
});

describe("progress", () => {
  it("is gone from a terminal before a failure is told", async () => {
    const around = fakeSurroundings({ columns: NARROW });
    const command = new Command();
    setAction(command, around, async ({ output }) => {
      output.progress().say("one");
      throw new PleiadError("it failed", { code: "X" });
    });
    const error = await command.parseAsync([], { from: "user" }).then(
      () => expect.fail("it should fail"),
      (reason: unknown) => reason,
    );
    reportFailure(error, false, around);
    const { stderr } = around.written();
    expect(stripVTControlCharacters(stderr.split(CLEAR_LINE).at(-1) ?? "")).to.match(/^error: /);
  });

  it("is a line for each thing without a terminal, to standard error", () => {
    const { output, around } = fakeOutput();
    const progress = output.progress();
    progress.say("one");
    progress.say("one");
    progress.say("two");
    progress.end();
    expect(around.written()).to.deep.equal({ stdout: "", stderr: "one …\ntwo …\n" });
  });

  it("is one line that goes away on a terminal", () => {
    const { output, around } = fakeOutput({ columns: NARROW });
    const progress = output.progress();
    progress.say("one");
    output.line("an answer");
    progress.end();
    const { stdout, stderr } = around.written();
    expect(stdout).to.equal("an answer\n");
    expect(stderr).to.include("one").and.not.to.include("\n");
    expect(stderr.endsWith("\r\u001b[2K")).to.equal(true);
  });

  it("moves no cursor on a terminal without abilities", () => {
    const { output, around } = fakeOutput({ columns: NARROW, env: { TERM: "dumb" } });
    output.progress().say("one");
    expect(around.written().stderr).to.equal("one …\n");
  });
});

describe("a failure", () => {
  const error = new PleiadError("model 7 does not exist\u001b[2J", {
    code: "MODEL_UNKNOWN",
    hint: "name another",
    details: { model: 7n },
  });

  it("is told as what, why, what to do, and its code", () => {
    const around = fakeSurroundings();
    expect(reportFailure(error, false, around)).to.equal(1);
    expect(around.written()).to.deep.equal({
      stdout: "",
      stderr:
        "error: The model does not exist\n   why: model 7 does not exist\ufffd[2J\n    do: name another\n" +
        "  code: MODEL_UNKNOWN  (pleiad explain MODEL_UNKNOWN)\n",
    });
  });

  it("is one JSON object on standard output for a program", () => {
    const around = fakeSurroundings();
    expect(reportFailure(error, true, around)).to.equal(1);
    const { stdout, stderr } = around.written();
    expect(stderr).to.equal("");
    expect(JSON.parse(stdout)).to.deep.equal({
      error: {
        code: "MODEL_UNKNOWN",
        message: error.message,
        hint: "name another",
        retryable: false,
        details: { model: "7" },
      },
    });
  });

  it("asks to be restarted where the same may succeed later", () => {
    const passing = new PleiadError("busy", { code: "RPC_TIMEOUT", retryable: true });
    expect(reportFailure(passing, false, fakeSurroundings())).to.equal(75);
  });

  it("that nobody expected shows its stack and asks to be reported", () => {
    const around = fakeSurroundings();
    expect(reportFailure(new TypeError("x is not a function"), true, around)).to.equal(1);
    const { stdout, stderr } = around.written();
    expect(stderr)
      .to.include("TypeError: x is not a function")
      .and.to.include("output.test.ts")
      .and.to.include("report");
    expect((JSON.parse(stdout) as { error: { code: string } }).error.code).to.equal("BUG");
  });
});
