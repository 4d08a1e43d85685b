import { readdirSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { ADVISED_CODES, adviceFor } from "../../../node/src/cli/advice.ts";
import { allCodes, explanationOf } from "../../../node/src/cli/errorTable.ts";
import { reportFailure } from "../../../node/src/cli/failure.ts";
import { createProgram, requireCommand } from "../../../node/src/cli/program.ts";
import { fakeSurroundings } from "./support/surroundings.ts";

describe("what somebody at a terminal is told to type next", () => {
  it("stands for codes that there are, and names commands that there are", async () => {
    const program = await createProgram(fakeSurroundings(), []);
    expect(ADVISED_CODES.length).to.be.greaterThan(5);
    for (const code of ADVISED_CODES) {
      expect(explanationOf(code), code).not.to.equal(undefined);
      for (const [, words = ""] of adviceFor(code, "").matchAll(/pleiad ((?:[a-z-]+ ?){1,2})/g)) {
        const [family = "", member] = words.trim().split(" ");
        const isFamily = program.commands.find((one) => one.name() === family)?.commands.length !== 0;
        requireCommand(program, isFamily && member !== undefined ? [family, member] : [family]);
      }
    }
  });

  it("follows the error's own advice for a person, and is not in it for a program", () => {
    const error = new PleiadError("node 1 has no credit", { code: "CREDIT_EMPTY", hint: "nothing" });
    const person = fakeSurroundings();
    reportFailure(error, false, person);
    expect(person.written().stderr).to.include(
      "nothing. What there is, in every currency: pleiad credit list",
    );
    const reader = fakeSurroundings();
    reportFailure(error, true, reader);
    expect(reader.written().stdout).to.include('"hint":"nothing"');
  });

  it("never speaks of the SDK's functions, unless the error itself does in words of its own", () => {
    const actions = new Set(readdirSync("sdk/src/actions").map((file) => file.replace(/\.ts$/, "")));
    const isAction = (word: string) => actions.has(word) && /[A-Z]/.test(word);
    for (const code of allCodes()) {
      const advice = adviceFor(code, explanationOf(code)?.whatToDo ?? "");
      // Keys of a file may be called as functions are.
      const words = advice.replaceAll(/"[A-Za-z]+":/g, "").match(/[A-Za-z]+/g) ?? [];
      expect(words.filter(isAction), `${code}: ${advice}`).to.deep.equal([]);
    }
    expect(adviceFor("ALLOWANCE_TOO_LOW", "do this")).to.equal("do this");
  });

  it("leaves other advice as it is", () => {
    expect(adviceFor("NODE_UNKNOWN", "check the id")).to.equal("check the id");
    expect(adviceFor("toString", "do this")).to.equal("do this");
  });
});
