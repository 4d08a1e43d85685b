import { expect } from "chai";
import { describe, it } from "mocha";
import { allCodes, explanationsOf } from "../../../../node/src/cli/errorTable.ts";
import { createProgram } from "../../../../node/src/cli/program.ts";
import { runCli } from "../support/run.ts";
import { fakeSurroundings } from "../support/surroundings.ts";

/** What `pleiad explain` prints, without a process for each of two hundred codes. */
async function explained(args: readonly string[]): Promise<string> {
  const around = fakeSurroundings();
  const program = await createProgram(around, ["explain", ...args]);
  await program.parseAsync(["explain", ...args], { from: "user" });
  return around.written().stdout;
}

describe("pleiad explain", () => {
  it("says of each code what, why, what to do, and whether it may pass", async () => {
    for (const code of allCodes()) {
      const text = await explained([code]);
      for (const { title, cause, whatToDo } of explanationsOf(code)) {
        expect(text, code)
          .to.include(code)
          .and.to.include(title)
          .and.to.include(cause)
          .and.to.include(whatToDo);
      }
      expect(text, code).to.match(/exit code (1|75)/);
    }
  });

  it("says the same to a program", async () => {
    const answer = JSON.parse(await explained(["RPC_TIMEOUT", "--json"])) as {
      code: string;
      explanations: unknown[];
    };
    expect(answer.code).to.equal("RPC_TIMEOUT");
    expect(answer.explanations).to.deep.equal(explanationsOf("RPC_TIMEOUT"));
  });

  it("takes a code in small letters", async () => {
    expect(await explained(["rpc_timeout"])).to.equal(await explained(["RPC_TIMEOUT"]));
  });

  it("lists all codes by part", async () => {
    const text = await explained([]);
    for (const code of allCodes()) expect(text).to.include(code);
  });

  it("names the code that was meant", async () => {
    const { code, stderr } = await runCli(["explain", "RPC_TIMEOT"]);
    expect(code).to.equal(1);
    expect(stderr).to.include("did you mean RPC_TIMEOUT?");
  });
});
