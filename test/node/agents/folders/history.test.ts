import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openDesk } from "../../../../node/src/agents/folders/desk.ts";
import { createGit } from "../../../../node/src/agents/folders/git.ts";
import { bringHistory } from "../../../../node/src/agents/folders/history.ts";
import { findProject } from "../../../../node/src/agents/folders/project.ts";
import { failureOf, filesIn, makeWorld, userGit, writeAt } from "./world.ts";

describe("the history of a copy", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  it("is what its base reaches: no other branch, no stash, nothing of another agent", async () => {
    const world = makeWorld();
    world.write("README", "second\n");
    world.git("commit", "--quiet", "-am", "second");
    world.git("checkout", "--quiet", "-b", "secret");
    world.write("secret.txt", "never meant for an agent\n");
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "secret");
    const secret = [world.git("rev-parse", "HEAD"), world.git("rev-parse", "HEAD:secret.txt")];
    world.git("checkout", "--quiet", "main");
    world.write("README", "stashed\n");
    world.git("stash", "--quiet");
    const stash = world.git("rev-parse", "stash@{0}");
    const folders = await world.folders();
    const bob = await folders.create({ agent: "bob", project: world.project });
    writeAt(join(bob.path, "by-bob.js"), "bob's\n");
    const { commit: checkpoint } = await folders.checkpoint("bob", "bob's");
    const { path, base } = await folders.create({ agent: "alice", project: world.project });
    expect(userGit(path, "log", "--format=%s")).to.equal("second\nbegin");
    expect(userGit(path, "show", "HEAD~1:README")).to.equal("one\ntwo\nthree");
    expect(userGit(path, "status", "--porcelain")).to.equal("");
    for (const id of [...secret, stash, checkpoint])
      expect(() => userGit(path, "cat-file", "-e", id), id).to.throw();
    expect(existsSync(join(path, ".git/objects/info/alternates"))).to.equal(false);
    userGit(path, "fsck", "--full", "--strict");
    expect(userGit(path, "rev-list", "--all", "--count")).to.equal("2");
    expect(base).to.equal(world.git("rev-parse", "main"));
  });

  it("has what was not committed, where the copy begins with it", async () => {
    const world = makeWorld();
    world.write("new.js", "not committed\n");
    const folders = await world.folders();
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(userGit(path, "show", "HEAD:new.js")).to.equal("not committed");
    expect(userGit(path, "rev-list", "--count", "HEAD")).to.equal("2");
  });

  it("ends where that of a shallow clone does", async () => {
    const world = makeWorld();
    for (const text of ["second", "third"]) {
      world.write("README", `${text}\n`);
      world.git("commit", "--quiet", "-am", text);
    }
    const shallow = join(world.root, "shallow");
    userGit(world.root, "clone", "--quiet", "--depth=2", `file://${world.project}`, shallow);
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: shallow });
    expect(userGit(path, "log", "--format=%s")).to.equal("third\nsecond");
    userGit(path, "fsck", "--full");
  });

  it("is its newest commits where there are too many, and the one it begins with where they are too large", async () => {
    const world = makeWorld();
    for (const text of ["second", "third", "fourth"]) {
      world.write("README", `${text}\n`);
      world.git("commit", "--quiet", "-am", text);
    }
    const home = join(world.root, "home");
    mkdirSync(home);
    const git = createGit({ home, tag: `history-test-${process.pid}:git` }, process.env);
    const project = await findProject(git, world.project);
    const desk = await openDesk(git, project, join(world.root, "desk"));
    const commit = world.git("rev-parse", "main");
    const subjects = async (name: string, limits: { commitsMax: number; bytesMax: number }) => {
      const own = join(world.root, name);
      userGit(world.root, "init", "--quiet", own);
      await bringHistory(git, desk, join(own, ".git"), commit, limits);
      userGit(own, "fsck", "--full", commit);
      userGit(own, "reset", "--quiet", "--hard", commit);
      expect(filesIn(own)).to.deep.equal(filesIn(world.project));
      return userGit(own, "log", "--format=%s", commit).split("\n");
    };
    const all = { commitsMax: 4, bytesMax: 1_048_576 };
    expect(await subjects("all", all)).to.deep.equal(["fourth", "third", "second", "begin"]);
    expect(await subjects("some", { ...all, commitsMax: 2 })).to.deep.equal(["fourth", "third"]);
    expect(await subjects("one", { ...all, bytesMax: 100 })).to.deep.equal(["fourth"]);
  });

  it("needs nothing of the project: the agent's git works without it", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    renameSync(world.project, `${world.project}.moved`);
    writeAt(join(path, "new.js"), "new\n");
    userGit(path, "add", "--all");
    userGit(path, "commit", "--quiet", "-m", "new");
    userGit(path, "gc", "--quiet", "--prune=now");
    expect(userGit(path, "log", "--format=%s")).to.equal("new\nbegin");
  });

  it("begins, for a stranger, with a branch, a tag, or a commit that these reach, and with nothing else", async () => {
    const world = makeWorld();
    world.git("tag", "-a", "v1", "-m", "v1");
    const first = world.git("rev-parse", "HEAD");
    world.write("README", "stashed\n");
    world.git("stash", "--quiet");
    const stash = world.git("rev-parse", "stash@{0}");
    world.git("update-ref", "refs/remotes/origin/main", first);
    const folders = await world.folders();
    const bob = await folders.create({ agent: "bob", project: world.project });
    writeAt(join(bob.path, "by-bob.js"), "bob's\n");
    const { commit: checkpoint } = await folders.checkpoint("bob", "bob's");
    let count = 0;
    const from = (base: string) => {
      count += 1;
      return folders.create({ agent: `job-${count}`, project: world.project, base, isPublishedOnly: true });
    };
    for (const base of ["main", "v1", first]) expect((await from(base)).base, base).to.equal(first);
    for (const base of [
      "pleiad/bob/checkpoint/1",
      "stash",
      "HEAD",
      "origin/main",
      first.slice(0, 12),
      checkpoint,
      stash,
    ])
      await failureOf("PROJECT_BASE_UNKNOWN", from(base));
  });
});
