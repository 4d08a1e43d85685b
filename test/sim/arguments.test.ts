import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parseArguments } from "./arguments.ts";
import { commandOf } from "./report.ts";

describe("the command line of the simulation", () => {
  it("takes what the command that repeats a failure says", () => {
    const wanted = { seed: 12, rounds: 5, profile: "kills", smallDisk: true, keepsFolder: false };
    expect(parseArguments(commandOf(wanted).split(" ").slice(4), 1)).to.deep.equal(wanted);
    expect(parseArguments(["--profile", "twin", "--keep"], 9)).to.deep.equal({
      seed: 9,
      rounds: 3,
      profile: "twin",
      smallDisk: false,
      keepsFolder: true,
    });
  });

  for (const args of [
    ["--seed", "0"],
    ["--seed", "1e3"],
    ["--seed", "4294967296"],
    ["--rounds", "-1"],
    ["--rounds", ""],
    ["--profile", "weather"],
    ["--quick"],
    ["7"],
  ]) {
    it(`refuses ${args.join(" ")} and names it`, () => {
      expect(() => parseArguments(args, 1))
        .to.throw(PleiadError)
        .that.includes({ code: "SIM_ARGUMENT_INVALID" })
        .with.property("message")
        .that.includes(args[0]);
    });
  }
});
