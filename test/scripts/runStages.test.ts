import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { runStages } from "../../scripts/runStages.ts";
import { CHECKS, STAGES, type Stage } from "../../scripts/stages.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";

const OPTIONS = { places: 2, cwd: import.meta.dirname, env: process.env };

/** A stage that runs a line of JavaScript. */
function stage(name: string, code: string, more: Partial<Stage> = {}): Stage {
  return { name, command: [process.execPath, "-e", code], places: 1, ...more };
}

async function run(stages: readonly Stage[], places = OPTIONS.places) {
  let printed = "";
  const results = await runStages(stages, { ...OPTIONS, places }, (text) => {
    printed += text;
  });
  return { printed, results, names: results.map((result) => result.stage.name) };
}

describe("the stages of npm test", () => {
  it("print whole, one after the other, though they run beside each other", async () => {
    // Each tells that it runs and waits for the other's word: neither could end were they not beside each other.
    const talk = (own: string, other: string) => `
      const { existsSync, writeFileSync } = require("node:fs");
      const folder = process.env.TALK_FOLDER;
      console.log("${own} begins");
      writeFileSync(folder + "/${own}", "");
      const timer = setInterval(() => {
        if (!existsSync(folder + "/${other}")) return;
        console.log("${own} ends");
        clearInterval(timer);
      }, 5);`;
    await using folder = temporaryFolder();
    const env = { ...process.env, TALK_FOLDER: folder.path };
    let printed = "";
    await runStages([stage("a", talk("a", "b")), stage("b", talk("b", "a"))], { ...OPTIONS, env }, (text) => {
      printed += text;
    });
    expect(printed.replaceAll(/\d+ s/g, "N s")).to.equal(
      [
        "a begins",
        "a ends",
        "ok  a  1 passed  N s",
        "",
        "b begins",
        "b ends",
        "ok  b  1 passed  N s",
        "",
        "",
      ].join("\n"),
    );
  });

  it("count what their runners count, in both streams, and a check as one", async () => {
    const { results } = await run([
      stage("tests", `console.log("  12 passing (1s)"); console.error("  3 passing")`),
      stage("hardhat", `console.log(" 2 passing (5ms)\\n6 passing (4 solidity, 2 mocha)")`),
      stage("check", ""),
    ]);
    expect(results.map(({ passed, failed }) => [passed, failed]).sort()).to.deep.equal([
      [1, 0],
      [15, 0],
      [6, 0],
    ]);
  });

  it("say of a failed one what its runner listed, or its last lines, and nothing of others", async () => {
    const { results } = await run(
      [
        stage("good", `console.log("1 passing")`),
        stage(
          "listed",
          `console.log("many\\nlines\\n  3 passing\\n  1 failing\\n\\n  1) a test"); process.exitCode = 1`,
        ),
        stage("crashed", `for (let i = 0; i < 200; i++) console.log("line", i); process.exitCode = 1`),
      ],
      3,
    );
    const complaints = Object.fromEntries(
      results.map((result) => [result.stage.name, result.complaint.trim()]),
    );
    expect(complaints.good).to.equal("");
    expect(complaints.listed).to.equal("1 failing\n\n  1) a test");
    expect(complaints.crashed).to.match(/^line 120\n(?:.*\n)*line 199$/);
  });

  it("begin no other after a failure, wait for those that run, and count at least one failure", async () => {
    await using folder = temporaryFolder();
    const seen = join(folder.path, "seen");
    const waits = `
      const timer = setInterval(() => {
        if (!require("node:fs").existsSync(process.env.SEEN)) return;
        console.log("done");
        clearInterval(timer);
      }, 5);`;
    let printed = "";
    const results = await runStages(
      [stage("bad", "process.exit(3)"), stage("slow", waits), stage("never", "")],
      { ...OPTIONS, env: { ...process.env, SEEN: seen } },
      (text) => {
        printed += text;
        if (text.includes("FAILED  bad")) writeFileSync(seen, "");
      },
    );
    expect(results.map((result) => result.stage.name)).to.deep.equal(["bad", "slow"]);
    expect(results[0]).to.include({ isOk: false, passed: 0, failed: 1 });
    expect(printed).to.match(/^FAILED {2}bad.*\n\ndone\nok {2}slow/);
  });

  it("fail where their program is not there, and say so", async () => {
    const { results, printed } = await run([{ name: "none", command: ["./no-such-program"], places: 1 }]);
    expect(results[0]).to.include({ isOk: false, failed: 1 });
    expect(printed).to.include("no-such-program");
  });

  it("begin after what they need, and only where there are places for them", async () => {
    const { names } = await run([
      stage("wide", "", { places: 2, needs: ["first"] }),
      stage("first", ""),
      stage("alone", "", { places: 9, needs: ["wide"] }),
      stage("stranger", "", { needs: ["not wanted", "alone"] }),
    ]);
    expect(names).to.deep.equal(["first", "wide", "alone", "stranger"]);
  });

  it("are refused where they wait for one another", async () => {
    const stages = [stage("a", "", { needs: ["b"] }), stage("b", "", { needs: ["a"] })];
    const error = await run(stages).catch((caught: Error) => caught);
    expect(error).to.be.instanceOf(Error).with.property("message").that.includes("a, b");
  });

  it("are known by names that stand in the list once, in the checks and the needs too", () => {
    const names = STAGES.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.include.members([...CHECKS, ...STAGES.flatMap(({ needs = [] }) => needs)]);
  });
});
