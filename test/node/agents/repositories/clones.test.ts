import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import { type Clones, createClones } from "../../../../node/src/agents/repositories/clones.ts";
import { REPOSITORIES_KEPT_MAX } from "../../../../node/src/agents/repositories/limits.ts";
import { temporaryFolder } from "../../../fixtures/pleiad.ts";

const BYTES_MAX = 524_288;

describe("clones of repositories of others", function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let shelf: string;
  let clones: Clones;
  const never = new AbortController().signal;

  beforeEach(async () => {
    folder = temporaryFolder();
    shelf = join(folder.path, "shelf");
    mkdirSync(shelf);
    clones = open();
    await clones.open();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const open = () =>
    createClones(
      {
        folder: join(folder.path, "data"),
        allowed: [`${shelf}/`],
        bytesMax: BYTES_MAX,
        timeoutMs: 30_000,
        tag: "clones-test:repositories",
      },
      { environment: process.env },
    );
  const kept = () => readdirSync(join(folder.path, "data", "clones"));
  const urlOf = (name: string) => `file://${shelf}/${name}`;

  function git(at: string, ...args: readonly string[]): string {
    const environment = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: folder.path };
    return execFileSync("git", args, { cwd: at, env: environment, encoding: "utf8" }).trim();
  }

  function commit(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    const at = join(shelf, name);
    if (!readdirSync(shelf).includes(name)) {
      mkdirSync(at);
      git(at, "init", "--quiet", "--initial-branch", "main");
    }
    for (const [path, text] of Object.entries(files)) writeFileSync(join(at, path), text);
    git(at, "add", ".");
    git(
      at,
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@localhost",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "x",
    );
    return git(at, "rev-parse", "HEAD");
  }

  async function refused(taking: Promise<unknown>): Promise<string> {
    const error = await taking.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof AgentError)) throw error ?? new Error("it was taken");
    return error.code;
  }

  it("has the commit that a branch, a tag or its digits name at that moment, without its history", async () => {
    const first = commit("lib", { "a.txt": "one" });
    git(
      join(shelf, "lib"),
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@localhost",
      "tag",
      "-a",
      "-m",
      "x",
      "v1",
    );
    const second = commit("lib", { "a.txt": "two" });
    for (const [base, expected] of [
      [undefined, second],
      ["main", second],
      ["v1", first],
      [first, first],
    ] as const) {
      const clone = await clones.take(urlOf("lib"), base, never);
      expect(clone.commit, base).to.equal(expected);
      expect(git(clone.path, "log", "--format=%H", "HEAD"), base).to.equal(expected);
      await clone.release();
    }
    expect(kept()).to.have.lengthOf(2);
    const third = commit("lib", { "a.txt": "three" });
    const clone = await clones.take(urlOf("lib"), "main", never);
    expect(clone.commit).to.equal(third);
    await clone.release();
  });

  it("ends what is larger than it may be, and leaves nothing of it", async () => {
    commit("pack", { "a.bin": randomBytes(4 * BYTES_MAX) });
    expect(await refused(clones.take(urlOf("pack"), undefined, never))).to.equal("REPOSITORY_TOO_LARGE");
    // Little as it comes, much where it is written out.
    commit("bomb", { "a.bin": new Uint8Array(4 * BYTES_MAX) });
    expect(await refused(clones.take(urlOf("bomb"), undefined, never))).to.equal("REPOSITORY_TOO_LARGE");
    expect(kept()).to.deep.equal([]);
  });

  it("keeps so many, the ones used last, none that is in use goes, and the next life knows them", async () => {
    commit("held", { "a.txt": "a" });
    const held = await clones.take(urlOf("held"), undefined, never);
    for (let count = 0; count <= REPOSITORIES_KEPT_MAX; count += 1) {
      commit(`n${count}`, { "a.txt": String(count) });
      await (await clones.take(urlOf(`n${count}`), undefined, never)).release();
    }
    expect(kept()).to.have.lengthOf(REPOSITORIES_KEPT_MAX + 1);
    expect(git(held.path, "cat-file", "-t", "HEAD")).to.equal("commit");
    await held.release();
    expect(kept()).to.have.lengthOf(REPOSITORIES_KEPT_MAX);
    mkdirSync(join(folder.path, "data", "clones", "making-left"));
    await open().open();
    expect(kept()).to.have.lengthOf(REPOSITORIES_KEPT_MAX);
  });

  it("takes one from disk once, however many ask for it at once", async () => {
    commit("lib", { "a.txt": "a" });
    const taken = await Promise.all([1, 2, 3].map(() => clones.take(urlOf("lib"), undefined, never)));
    expect(new Set(taken.map(({ path }) => path)).size).to.equal(1);
    await Promise.all(taken.map(({ release }) => release()));
    expect(kept()).to.have.lengthOf(1);
  });

  it("fetches no submodule, and ends with its signal", async () => {
    const sub = commit("sub", { "a.txt": "a" });
    commit("lib", { ".gitmodules": `[submodule "s"]\n\tpath = s\n\turl = ${urlOf("sub")}\n` });
    git(join(shelf, "lib"), "update-index", "--add", "--cacheinfo", `160000,${sub},s`);
    git(
      join(shelf, "lib"),
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@localhost",
      "commit",
      "--quiet",
      "-m",
      "s",
    );
    const clone = await clones.take(urlOf("lib"), undefined, never);
    expect(readdirSync(join(clone.path, ".git"))).not.to.include("modules");
    await clone.release();
    const error = await clones
      .take(urlOf("sub"), undefined, AbortSignal.abort(new Error("stopped")))
      .catch((e) => e);
    expect(error).to.have.property("message", "stopped");
  });
});
