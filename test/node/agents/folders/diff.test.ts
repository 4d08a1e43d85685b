import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf, makeWorld, userGit, writeAt } from "./world.ts";

describe("a diff of an agent's work", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("always says what is compared with what: uncommitted, since a checkpoint, committed, all, merged", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path, base } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "committed.js"), "1\n");
    userGit(path, "add", "--all");
    userGit(path, "commit", "--quiet", "-m", "by the agent");
    await folders.checkpoint("alice", "one");
    writeAt(join(path, "uncommitted.js"), "2\n");
    const head = userGit(path, "rev-parse", "HEAD");
    const seen = async (kind: "uncommitted" | "sinceCheckpoint" | "committed" | "all" | "merged") => {
      const { from, to, files } = await folders.diff("alice", { kind });
      return { from, to: to.what, files: files.map((file) => file.path) };
    };
    const now = "the files as they are";
    const own = { what: "the agent's HEAD", id: head };
    expect(await seen("uncommitted")).to.deep.equal({ from: own, to: now, files: ["uncommitted.js"] });
    expect(await seen("committed")).to.deep.equal({
      from: { what: "the base", id: base },
      to: "the agent's HEAD",
      files: ["committed.js"],
    });
    expect((await seen("sinceCheckpoint")).files).to.deep.equal(["uncommitted.js"]);
    expect((await seen("sinceCheckpoint")).from.what).to.equal("checkpoint 1");
    expect((await seen("all")).files).to.deep.equal(["committed.js", "uncommitted.js"]);
    expect((await seen("merged")).files).to.deep.equal([]);
    await folders.merge({ agent: "alice", target: "target" });
    expect((await seen("merged")).files).to.deep.equal(["committed.js", "uncommitted.js"]);
    expect((await seen("merged")).to).to.equal("the last merge");
    userGit(path, "pack-refs", "--all");
    expect((await seen("committed")).files).to.deep.equal(["committed.js"]);
    userGit(path, "checkout", "--quiet", "--detach");
    expect((await seen("committed")).files).to.deep.equal(["committed.js"]);
  });

  it("counts lines, and tells what is binary, renamed, a link, of another mode or type", async () => {
    const world = makeWorld();
    world.write("long.txt", "a line\n".repeat(50));
    world.write("tool.sh", "run\n");
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "more");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    renameSync(join(path, "long.txt"), join(path, "renamed.txt"));
    chmodSync(join(path, "tool.sh"), 0o755);
    writeFileSync(join(path, "picture"), Buffer.from([0, 1, 2, 255]));
    rmSync(join(path, "src/util.js"));
    symlinkSync("main.js", join(path, "src/util.js"));
    writeAt(join(path, "README"), "one\n2\nthree\n");
    // What an agent says of its files hides none of them.
    writeAt(join(path, ".gitattributes"), "* -diff\n");
    const diff = await folders.diff("alice", { kind: "all" });
    const told = diff.files.map((file) => `${file.change} ${file.path} +${file.added} -${file.removed}`);
    expect(told).to.deep.equal([
      "added .gitattributes +1 -0",
      "changed README +1 -1",
      "added picture +0 -0",
      "renamed renamed.txt +0 -0",
      "typeChanged src/util.js +1 -1",
      "changed tool.sh +0 -0",
    ]);
    const byPath = new Map(diff.files.map((file) => [file.path, file]));
    expect(byPath.get("picture")).to.include({ isBinary: true });
    expect(byPath.get("renamed.txt")).to.include({ pathBefore: "long.txt" });
    expect(byPath.get("src/util.js")).to.include({ isLink: true, modeBefore: "100644", mode: "120000" });
    expect(byPath.get("tool.sh")).to.include({ modeBefore: "100644", mode: "100755" });
    expect([diff.added, diff.removed, diff.fileCount]).to.deep.equal([3, 2, 6]);
    expect(diff.text).to.include("-two\n+2\n").and.to.include("rename to renamed.txt");
    expect((await folders.diff("alice", { kind: "all" })).digest).to.equal(diff.digest);
    writeAt(join(path, "README"), "one\n3\nthree\n");
    expect((await folders.diff("alice", { kind: "all" })).digest).not.to.equal(diff.digest);
  });

  it("cuts its text at the limit and says so; the list and the digest are whole", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    for (let one = 0; one < 50; one += 1) writeAt(join(path, `file-${one}`), "ü".repeat(20_000));
    const whole = await folders.diff("alice", { kind: "all" });
    const cut = await folders.diff("alice", { kind: "all", textBytesMax: 1_000 });
    expect(whole.isTextCut).to.equal(true);
    expect(Buffer.byteLength(whole.text)).to.be.within(1_000_000, 1_048_576);
    expect(cut.isTextCut).to.equal(true);
    expect(Buffer.byteLength(cut.text)).to.be.within(990, 1_000);
    expect(cut.text).not.to.include("\ufffd");
    expect(cut.fileCount).to.equal(50);
    expect(cut.digest).to.equal(whole.digest);
  });

  it("reads nothing through an agent's git that the agent prepared", async () => {
    const world = makeWorld();
    userGit(world.root, "init", "--quiet", "other");
    writeAt(join(world.root, "other/secret"), "canary-other\n");
    userGit(join(world.root, "other"), "add", "--all");
    userGit(join(world.root, "other"), "commit", "--quiet", "-m", "secret");
    const secret = userGit(join(world.root, "other"), "rev-parse", "HEAD");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const own = join(path, ".git");
    const asked = () => failureOf("FOLDER_HEAD_UNSAFE", folders.diff("alice", { kind: "committed" }));
    writeAt(join(own, "HEAD"), `${secret}\n`);
    await asked();
    writeAt(join(own, "objects/info/alternates"), `${join(world.root, "other/.git/objects")}\n`);
    await asked();
    rmSync(join(own, "objects"), { recursive: true });
    symlinkSync(join(world.root, "other/.git/objects"), join(own, "objects"));
    await asked();
    for (const head of [
      "ref: refs/heads/../../../x",
      "ref: refs/heads/none",
      "garbage",
      "ref: refs/heads/-x",
    ]) {
      writeAt(join(own, "HEAD"), `${head}\n`);
      await asked();
    }
    rmSync(own, { recursive: true });
    await asked();
    writeAt(own, `gitdir: ${join(world.root, "other/.git")}\n`);
    await asked();
    rmSync(own);
    mkdirSync(own);
    await asked();
    expect((await folders.diff("alice", { kind: "all" })).fileCount).to.equal(0);
  });
});
