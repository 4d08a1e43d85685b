import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { describe, it } from "mocha";
import { programTyped, shellWord } from "../../../node/src/cli/typed.ts";

describe("what is to be typed", () => {
  it("is one word for a shell, whatever is in it", () => {
    for (const word of ["plain/file.yaml", "two words", "it's", "$HOME", "a;b", "`x`", "-y", "~"]) {
      expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" }), word).to.equal(
        word,
      );
    }
    expect(shellWord("mine/cluster.yaml")).to.equal("mine/cluster.yaml");
  });

  it("begins as it was begun: by itself, by npx or by npm run", () => {
    expect(programTyped({})).to.equal("pleiad");
    expect(programTyped({ npm_command: "run-script", npm_lifecycle_event: "other" })).to.equal("pleiad");
    expect(programTyped({ npm_command: "exec" })).to.equal("npx pleiad");
    expect(programTyped({ npm_command: "run-script", npm_lifecycle_event: "pleiad" })).to.equal(
      "npm run pleiad --",
    );
  });
});
