import { once } from "node:events";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { describe, it } from "mocha";
import { callCli, runCli, startCli } from "./support/run.ts";

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: { readonly suggestions?: readonly string[] };
  };
}

describe("pleiad", () => {
  it("shows its commands to somebody who types the bare name", async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect(code).to.equal(0);
    expect(stderr).to.equal("");
    expect(stdout).to.include("Start here:").and.to.include("execution").and.to.include("Examples:");
  });

  it("prints its version and ends with 0", async () => {
    const { code, stdout } = await runCli(["--version"]);
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "0.1.0\n" });
  });

  it("names the command that was meant and ends with 1", async () => {
    const { code, stdout, stderr } = await runCli(["explian", "X"]);
    expect(code).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr).to.include("unknown command 'explian'").and.to.include("did you mean explain?");
    expect(stderr).to.include("USAGE_COMMAND_UNKNOWN");
  });

  it("names the command that was meant inside a family", async () => {
    const { code, stderr } = await runCli(["cluster", "aply", "x"]);
    expect(code).to.equal(1);
    expect(stderr).to.include("did you mean apply?").and.to.include("pleiad cluster --help");
    const elsewhere = await callCli(["cluster", "quote", "x"]);
    expect(elsewhere.stderr).to.include("did you mean pleiad quote?").and.to.include("pleiad cluster --help");
  });

  it("names the option that was meant, as JSON for a program", async () => {
    const { code, stdout, stderr } = await runCli(["quote", "brief", "--json", "--deploymen", "x"]);
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
    const { error } = JSON.parse(stdout) as Failure;
    expect(error.code).to.equal("USAGE_OPTION_UNKNOWN");
    expect(error.details.suggestions).to.deep.equal(["--deployment"]);
  });

  it("names the command that was meant where its help is asked for, at every level", async () => {
    for (const [words, meant] of [
      [["help", "clustr"], "cluster"],
      [["help", "cluster", "aply"], "apply"],
    ] as const) {
      const { code, stdout, stderr } = await callCli(words);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
      expect(stderr).to.include(`did you mean ${meant}?`);
    }
    const { code, stdout } = await callCli(["help", "cluster", "apply"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("Usage: pleiad cluster apply");
  });

  it("says which argument is missing", async () => {
    const { code, stderr } = await runCli(["quote"]);
    expect(code).to.equal(1);
    expect(stderr).to.include("missing required argument 'cluster'").and.to.include("pleiad quote --help");
  });

  it("refuses a value that an option cannot have, with what it expects", async () => {
    const { code, stderr } = await runCli(["quote", "1", "--rpc", "ftp://x"]);
    expect(code).to.equal(1);
    expect(stderr).to.include("ftp://x").and.to.include("http or https URL").and.to.include("USAGE_INVALID");
  });

  it("refuses two options that exclude each other", async () => {
    const { code, stderr } = await runCli([
      "deploy",
      "--rpc",
      "http://127.0.0.1:1",
      "--key",
      "a",
      "--keystore",
      "b",
    ]);
    expect(code).to.equal(1);
    expect(stderr).to.include("cannot be used with");
  });

  it("tells a failure in three lines and its code", async () => {
    const { code, stdout, stderr } = await runCli(["quote", "1"], { cwd: tmpdir() });
    expect(code).to.equal(1);
    expect(stdout).to.equal("");
    const lines = stderr.trimEnd().split("\n");
    expect(lines).to.have.length(4);
    expect(lines[0]).to.equal("error: Nobody said which chain");
    expect(lines[1]).to.match(/^ {3}why: no RPC endpoint is named/);
    expect(lines[2]).to.match(/^ {4}do: Give --rpc URL/);
    expect(lines[3]).to.equal("  code: RPC_URL_MISSING  (pleiad explain RPC_URL_MISSING)");
  });

  it("ends with 75 where the same may succeed later", async () => {
    const unreachable = await runCli(["node", "init", "/nowhere/x", "--rpc", "http://127.0.0.1:9", "--json"]);
    expect((JSON.parse(unreachable.stdout) as Failure).error.code).to.equal("RPC_UNREACHABLE");
    expect(unreachable.code).to.equal(75);
  });

  it("uses colours only where FORCE_COLOR asks for them, and NO_COLOR wins", async () => {
    const escapeCode = "\u001b[";
    const plain = await runCli(["explain", "RPC_TIMEOUT"]);
    expect(plain.stdout).not.to.include(escapeCode);
    const forced = await runCli(["explain", "RPC_TIMEOUT"], { env: { FORCE_COLOR: "1" } });
    expect(forced.stdout).to.include(escapeCode);
    const both = await runCli(["explain", "RPC_TIMEOUT"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(both.stdout).to.equal(plain.stdout);
    const help = await runCli(["--help"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
    expect(help.stdout).not.to.include(escapeCode);
  });

  it("moves no cursor without a terminal, colours forced or not", async () => {
    const { stderr } = await runCli(["doctor", "--rpc", "http://127.0.0.1:9"], { env: { FORCE_COLOR: "1" } });
    expect(stderr).to.include("looking").and.not.to.include("\r").and.not.to.include("\u001b[2K");
  });

  it("ends silently when its reader goes away", async () => {
    const child = startCli(["explain"]);
    child.stdin?.end();
    child.stdout?.destroy();
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = await once(child, "close");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  });

  it("shows the help of a command in both ways of asking", async () => {
    const [asked, helped] = await Promise.all([runCli(["verify", "--help"]), runCli(["help", "verify"])]);
    expect(asked.code).to.equal(0);
    expect(asked.stdout).to.include("Usage: pleiad verify").and.to.include("Where the chain is:");
    expect(helped.stdout).to.equal(asked.stdout);
  });

  it("shows a family's commands, as an error, to whoever names the family alone", async () => {
    const { code, stdout, stderr } = await runCli(["cluster"]);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr).to.include("apply").and.to.include("execute");
  });
});
