import { expect } from "chai";
import { describe, it } from "mocha";
import { runPleiad, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";

/** The lines to type, of what `init` printed: all but their meanings. */
function nextOf(stdout: string): string[] {
  const lines = stdout.slice(stdout.indexOf("Next:\n")).split("\n").slice(1);
  return lines.filter((line) => line !== "").map((line) => line.trim().split(/ {2,}/)[0] ?? "");
}

/** The words of a line that needs no quotes, without the program's own name. */
function wordsOf(line: string): string[] {
  const [program, ...words] = line.split(" ");
  expect(program).to.equal("pleiad");
  return words;
}

describe("pleiad init", function () {
  this.timeout(120_000);

  it("names next steps that work when they are typed as they stand, one after the other", async () => {
    await using folder = temporaryFolder();
    // However the tests were started: what is typed here is the program itself.
    const options = { cwd: folder.path, env: { npm_command: "", npm_lifecycle_event: "" } };
    const init = await runPleiad(["init", "mine"], options);
    expect(init.exitCode, init.stderr).to.equal(0);
    const [first = "", ...others] = nextOf(init.stdout);
    expect(wordsOf(first)).to.deep.equal(["up"]);
    const up = startPleiad(wordsOf(first), options);
    try {
      await up.says(/Up until Ctrl-C/);
      expect(others).to.have.length(3);
      for (const line of others) {
        const ran = await runPleiad(wordsOf(line), options);
        // Without a terminal nobody can say yes: the one that sends stops at its question, and nowhere else.
        const asks = line.includes(" apply ") && !line.endsWith("--dry-run");
        expect(ran.exitCode, `${line}: ${ran.stdout}${ran.stderr}`).to.equal(asks ? 1 : 0);
        if (asks) expect(ran.stderr, line).to.include("PROMPT_IMPOSSIBLE");
      }
      const again = await runPleiad(["init", "other"], options);
      expect(nextOf(again.stdout)[0]).to.equal("pleiad cluster apply other/cluster.yaml --dry-run");
    } finally {
      up.signal("SIGINT");
      await up.ended;
    }
  });
});
