import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { callCli, withFolder } from "../support/run.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");

function git(cwd: string, ...args: readonly string[]): string {
  const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: cwd };
  return execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
    cwd,
    env,
    encoding: "utf8",
  });
}

/** A repository with one commit. */
function makeProject(folder: string, name = "app"): string {
  const top = join(folder, name);
  mkdirSync(top);
  git(top, "init", "--quiet", "--initial-branch", "main");
  writeFileSync(join(top, "file"), "x\n");
  git(top, "add", ".");
  git(top, "commit", "--quiet", "-m", "Begin");
  return top;
}

/** What a start says that comes to nothing. */
async function refused(
  cwd: string,
  ...args: readonly string[]
): Promise<{ code: string; message: string; hint: string }> {
  const ran = await callCli(["up", "--json", ...args], { cwd });
  expect(ran.code, ran.stdout).to.equal(1);
  return JSON.parse(ran.stdout).error;
}

describe("pleiad up on a folder that no team can work on", () => {
  it("says of what is no git repository, bare, a part of one, or without a commit, what to do", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, "plain"));
      const plain = await refused(folder, "--project", "plain");
      expect(plain.code).to.equal("PROJECT_NOT_GIT");
      expect(plain.hint).to.include("git init");
      const top = makeProject(folder);
      mkdirSync(join(top, "part"));
      expect((await refused(folder, "--project", "app/part")).code).to.equal("PROJECT_NOT_TOP");
      git(folder, "clone", "--quiet", "--bare", top, "bare");
      expect((await refused(folder, "--project", "bare")).code).to.equal("PROJECT_BARE");
      git(folder, "init", "--quiet", "unborn");
      const unborn = await refused(join(folder, "unborn"));
      expect(unborn.code).to.equal("PROJECT_WITHOUT_COMMIT");
      expect(unborn.hint).to.include("git commit");
      for (const name of ["plain", "bare", "unborn", "app"])
        expect(existsSync(join(folder, name, ".pleiad")), name).to.equal(false);
    }));

  it("leaves Pleiad's own checkout alone", async () => {
    for (const at of [ROOT, join(ROOT, "node")]) {
      const { code, hint } = await refused(at, "--project", ROOT);
      expect(code).to.equal("PROJECT_IN_PLEIAD");
      expect(hint).to.include("--no-project");
    }
  });

  it("trusts no data folder that came with the repository in another case", () =>
    withFolder(async (folder) => {
      // Where the file system tells no case, this is the data folder.
      const top = makeProject(folder);
      mkdirSync(join(top, ".Pleiad"));
      writeFileSync(join(top, ".Pleiad", "team.yaml"), "services: { evil: { kind: acp, program: sh } }\n");
      git(top, "add", "--force", ".Pleiad");
      git(top, "commit", "--quiet", "-m", "evil");
      const { code } = await refused(top);
      expect(code).to.equal("PROJECT_DATA_TRACKED");
    }));

  it("trusts no data folder that came with the repository", () =>
    withFolder(async (folder) => {
      const top = makeProject(folder);
      mkdirSync(join(top, ".pleiad"));
      writeFileSync(join(top, ".pleiad", "team.yaml"), "services: { evil: { kind: acp, program: sh } }\n");
      git(top, "add", "--force", ".pleiad");
      git(top, "commit", "--quiet", "-m", "evil");
      const { code, message, hint } = await refused(top);
      expect(code).to.equal("PROJECT_DATA_TRACKED");
      expect(message).to.include("1 files in");
      expect(hint).to.include("git rm -r --cached");
      expect(readdirSync(join(top, ".pleiad"))).to.deep.equal(["team.yaml"]);
    }));

  it("says whose a data folder is, and that a file is in its place", () =>
    withFolder(async (folder) => {
      const top = makeProject(folder);
      const other = makeProject(folder, "other");
      const data = join(other, ".pleiad");
      mkdirSync(data);
      writeFileSync(join(data, "project.json"), JSON.stringify({ project: other, name: "other" }));
      const { code, message } = await refused(top, "--data", data);
      expect(code).to.equal("PROJECT_DATA_OTHER");
      expect(message).to.include(other);
      expect((await refused(other, "--no-project")).code).to.equal("PROJECT_DATA_OTHER");
      const sample = join(folder, "sample");
      mkdirSync(sample);
      writeFileSync(join(sample, "local-network"), "");
      expect((await refused(top, "--data", sample)).code).to.equal("PROJECT_DATA_OTHER");
      writeFileSync(join(data, "project.json"), "{");
      expect((await refused(other)).code).to.equal("PROJECT_DATA_OTHER");
      writeFileSync(join(top, ".pleiad"), "");
      expect((await refused(top)).code).to.equal("LOCAL_FOLDER_UNWRITABLE");
    }));

  it("says what is wrong in the file of the team, after it has put it out of git's sight", () =>
    withFolder(async (folder) => {
      const top = makeProject(folder);
      mkdirSync(join(top, ".pleiad"));
      writeFileSync(join(top, ".pleiad", "team.yaml"), "servces: {}\n");
      const { code, message } = await refused(top);
      expect(code).to.equal("CONFIG_INVALID");
      expect(message).to.match(/team\.yaml:1: servces: unknown key/);
      expect(readFileSync(join(top, ".pleiad", ".gitignore"), "utf8")).to.match(/^\*$/m);
      expect(git(top, "status", "--porcelain")).to.equal("");
    }));
});

describe("pleiad doctor in a project", () => {
  const findings = async (cwd: string, env: Readonly<Record<string, string>> = {}) => {
    const ran = await callCli(["doctor", "--json"], { cwd, env: { PATH: process.env.PATH ?? "", ...env } });
    const { sections } = JSON.parse(ran.stdout) as {
      sections: {
        title: string;
        findings: { name: string; outcome: string; text: string; hint?: string }[];
      }[];
    };
    return sections.find(({ title }) => title === "The project")?.findings;
  };

  it("says whether it can be worked on, and which coding agents are installed and have a key", () =>
    withFolder(async (folder) => {
      expect(await findings(folder), "where there is no project").to.equal(undefined);
      const top = makeProject(folder);
      const bin = join(folder, "bin");
      mkdirSync(bin);
      for (const [name, version] of [
        ["gemini", "0.61.0"],
        ["qwen", "0.15.10"],
      ] as const)
        writeFileSync(join(bin, name), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
      const PATH = `${bin}:${process.env.PATH}`;
      const found = await findings(top, { PATH, GEMINI_API_KEY: "x" });
      const outcome = (name: string) => found?.find((one) => one.name === name)?.outcome;
      expect(["project", "team.yaml", "gemini", "qwen", "not installed"].map(outcome)).to.deep.equal([
        "ok",
        "skipped",
        "ok",
        "warning",
        "skipped",
      ]);
      expect(found?.find(({ name }) => name === "project")?.text).to.include("on main");
      expect(existsSync(join(top, ".pleiad")), "whether anything was made").to.equal(false);
      git(folder, "init", "--quiet", "unborn");
      expect((await findings(join(folder, "unborn")))?.[0]).to.include({ name: "project", outcome: "wrong" });
    }));
});
