import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf, makeWorld, type World, writeAt } from "./world.ts";

const CANARY = "canary: the key of a node";

/** Every file and every object of git below a folder that holds the canary. */
function holders(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path, "latin1").includes(CANARY));
}

/** Whether any object that a project's git holds, named by a ref or not, has the canary in it. */
function isInObjects({ project }: World): boolean {
  const all = execFileSync("git", ["cat-file", "--batch-all-objects", "--batch"], { cwd: project });
  return all.includes(CANARY);
}

describe("an untracked .pleiad, which holds keys", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  it("is in no copy of a project, though nothing ignores it, wherever it lies and whatever its case", async () => {
    const world = makeWorld();
    world.write("new.js", "not committed\n");
    for (const path of [
      ".pleiad/operators/one/node.key",
      "packages/app/.pleiad/chain/key",
      "src/.Pleiad/key",
    ])
      world.write(path, CANARY);
    const folders = await world.folders();
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(existsSync(join(path, "new.js"))).to.equal(true);
    expect(holders(world.data)).to.deep.equal([]);
    expect(isInObjects(world)).to.equal(false);
    // Nor is a project dirty by it.
    rmSync(join(world.project, "new.js"));
    await folders.create({ agent: "bob", project: world.project, requireClean: true });
  });

  it("is in no copy where it is a link, or a repository of its own", async () => {
    const world = makeWorld();
    writeAt(join(world.root, "elsewhere", "key"), CANARY);
    symlinkSync(join(world.root, "elsewhere"), join(world.project, ".pleiad"));
    execFileSync("git", ["init", "--quiet", join(world.project, "src", ".pleiad")]);
    const folders = await world.folders();
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(readdirSync(path)).to.not.include(".pleiad");
    expect(readdirSync(join(path, "src"))).to.not.include(".pleiad");
  });

  it("that an agent makes is in no checkpoint, diff or merge, which say so, and stays at a rollback", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const first = await folders.checkpoint("alice", "first");
    writeAt(join(path, ".pleiad/operators/one/node.key"), CANARY);
    writeAt(join(path, "src/.pleiad/key"), CANARY);
    writeAt(join(path, "new.js"), "new\n");
    const withheld = [
      { path: ".pleiad", why: "private" },
      { path: "src/.pleiad", why: "private" },
    ];
    const second = await folders.checkpoint("alice", "second");
    expect(second.skipped).to.deep.equal(withheld);
    const diff = await folders.diff("alice", { kind: "all" });
    expect(diff.files.map((file) => file.path)).to.deep.equal(["new.js"]);
    expect(diff.text).not.to.include(CANARY);
    expect(diff.skipped).to.deep.equal(withheld);
    const merge = await folders.merge({ agent: "alice", target: "target" });
    expect(merge.outcome).to.equal("merged");
    expect(world.git("ls-tree", "-r", "--name-only", "target")).not.to.include(".pleiad");
    await folders.rollback("alice", first.number);
    expect(existsSync(join(path, "new.js"))).to.equal(false);
    expect(readFileSync(join(path, ".pleiad/operators/one/node.key"), "utf8")).to.equal(CANARY);
    expect(isInObjects(world)).to.equal(false);
  });

  it("is kept from a rollback that would write over it", async () => {
    const world = makeWorld();
    world.write(".pleiad/notes", "committed by the user\n");
    world.git("add", "--force", ".pleiad/notes");
    world.git("commit", "--quiet", "-m", "notes");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    // What is tracked is the user's choice.
    expect(readFileSync(join(path, ".pleiad/notes"), "utf8")).to.equal("committed by the user\n");
    const first = await folders.checkpoint("alice", "first");
    rmSync(join(path, ".pleiad"), { recursive: true });
    await folders.checkpoint("alice", "without");
    writeAt(join(path, ".pleiad/notes"), CANARY);
    await failureOf("FOLDER_WOULD_LOSE", folders.rollback("alice", first.number));
    expect(readFileSync(join(path, ".pleiad/notes"), "utf8")).to.equal(CANARY);
    expect(isInObjects(world)).to.equal(false);
  });

  it("is no change of the project that somebody has to answer for", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    await folders.create({ agent: "alice", project: world.project });
    const run = await folders.beginRun("alice");
    world.write(".pleiad/chain/state", "the network beside it goes on\n");
    expect((await run.end()).leak).to.equal(undefined);
  });

  it("is named by no file of variables", async () => {
    const world = makeWorld();
    world.write(".pleiad/.env", `KEY=${CANARY}\n`);
    await failureOf("ENV_FILE_UNSAFE", world.folders({ envFiles: [{ path: ".pleiad/.env" }] }));
  });
});
