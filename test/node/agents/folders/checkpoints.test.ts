import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf, filesIn, makeWorld, repositoryDigest, userGit, writeAt } from "./world.ts";

describe("checkpoints and rollback", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("keep tracked and untracked files before a run, nothing that is ignored, and only what is new", async () => {
    const world = makeWorld();
    const before = repositoryDigest(world.project);
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new/deep.js"), "deep\n");
    writeAt(join(path, "build/out"), "made\n");
    const run = await folders.beginRun("alice");
    expect(run.checkpoint).to.include({ number: 1, isNew: true, note: "Before a run" });
    const names = world.git("ls-tree", "-r", "--name-only", run.checkpoint.ref).split("\n");
    expect(names).to.deep.equal([".gitignore", "README", "new/deep.js", "src/main.js", "src/util.js"]);
    await run.end();
    expect(await folders.checkpoint("alice", "again")).to.include({ number: 1, isNew: false });
    writeAt(join(path, "README"), "other\n");
    const next = await folders.checkpoint("alice", "with\nlines\x1b[31m");
    expect(next).to.include({ number: 2, isNew: true, note: "with lines [31m" });
    expect((await folders.listCheckpoints("alice")).map(({ number }) => number)).to.deep.equal([1, 2]);
    expect(repositoryDigest(world.project)).to.deep.equal(before);
  });

  it("bring one agent's files back alone, and keep what they were", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    const bob = await folders.create({ agent: "bob", project: world.project });
    writeAt(join(bob.path, "README"), "bob\n");
    await folders.checkpoint("alice", "begin");
    const begin = filesIn(alice.path);
    writeAt(join(alice.path, "README"), "changed\n");
    writeAt(join(alice.path, "extra/file"), "extra\n");
    rmSync(join(alice.path, "src"), { recursive: true });
    writeAt(join(alice.path, "src"), "a file now\n");
    writeAt(join(alice.path, "build/kept"), "ignored stays\n");
    const before = repositoryDigest(world.project);
    const { kept, files } = await folders.rollback("alice", 1);
    expect(filesIn(alice.path)).to.deep.equal({ ...begin, "build/kept": "ignored stays\n" });
    expect(files).to.have.length(5);
    expect(world.git("show", `${kept.ref}:extra/file`)).to.equal("extra");
    expect(world.git("show", `${kept.ref}:src`)).to.equal("a file now");
    expect(filesIn(bob.path).README).to.equal("bob\n");
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    await failureOf("CHECKPOINT_UNKNOWN", folders.rollback("alice", 9));
  });

  it("keep what is ignored by now, if a rollback would write over it", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "notes"), "first\n");
    writeAt(join(path, "folder/file"), "first\n");
    await folders.checkpoint("alice", "with notes");
    rmSync(join(path, "notes"));
    rmSync(join(path, "folder"), { recursive: true });
    await folders.checkpoint("alice", "without");
    appendFileSync(join(path, ".gitignore"), "notes\nfolder\n");
    writeAt(join(path, "notes/inner"), "second\n");
    writeAt(join(path, "folder"), "second\n");
    const { kept } = await folders.rollback("alice", 1);
    expect(filesIn(path)).to.include({ notes: "first\n", "folder/file": "first\n" });
    expect(world.git("show", `${kept.ref}:notes/inner`)).to.equal("second");
    expect(world.git("show", `${kept.ref}:folder`)).to.equal("second");
  });

  it("refuse a rollback during a run, and one that would lose what is too large or a repository", async () => {
    const world = makeWorld();
    const folders = await world.folders({ fileBytesMax: 1_000 });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const run = await folders.beginRun("alice");
    await failureOf("FOLDER_BUSY", folders.rollback("alice", 1));
    await failureOf("FOLDER_BUSY", folders.remove("alice"));
    await failureOf("FOLDER_BUSY", folders.beginRun("alice"));
    await run.end();
    writeAt(join(path, "untracked"), "x".repeat(2_000));
    mkdirSync(join(path, "nested"));
    userGit(join(path, "nested"), "init", "--quiet");
    writeAt(join(path, "nested/file"), "nested\n");
    const { skipped } = await folders.checkpoint("alice", "large");
    expect(skipped).to.deep.equal([
      { path: "nested/", why: "repository" },
      { path: "untracked", why: "tooLarge" },
    ]);
    writeAt(join(path, "src/main.js"), "x");
    await folders.rollback("alice", 1);
    expect(filesIn(path).untracked).to.have.length(2_000);
    expect(filesIn(path)["nested/file"]).to.equal("nested\n");
    writeAt(join(path, "src/main.js"), "y".repeat(2_000));
    expect((await failureOf("FOLDER_WOULD_LOSE", folders.rollback("alice", 1))).message).to.include(
      "src/main.js",
    );
    expect(filesIn(path)["src/main.js"]).to.have.length(2_000);
  });

  it("take names that are no text, with line ends, stars and strokes, as they are", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const names = [
      Buffer.from([0x66, 0xff, 0xfe]),
      Buffer.from("a\nb"),
      Buffer.from(":(glob)*"),
      Buffer.from("-rf"),
      Buffer.from("ünï"),
    ];
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${path}/`), name]), "odd\n");
    await folders.checkpoint("alice", "odd");
    for (const name of names) rmSync(Buffer.concat([Buffer.from(`${path}/`), name]));
    await folders.checkpoint("alice", "none");
    await folders.rollback("alice", 1);
    for (const name of names) {
      const content = readFileSync(Buffer.concat([Buffer.from(`${path}/`), name]), "utf8");
      expect(content, name.toString()).to.equal("odd\n");
    }
  });

  it("wait for no pipe, and take no socket or device", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    rmSync(join(path, "README"));
    execFileSync("mkfifo", [join(path, "README"), join(path, "pipe")]);
    const { tree } = await folders.checkpoint("alice", "pipes");
    expect(world.git("ls-tree", "-r", "--name-only", tree)).not.to.match(/README|pipe/);
  });

  it("are the 500 newest, and a damaged one is named", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path, base } = await folders.create({ agent: "alice", project: world.project });
    const updates = Array.from(
      { length: 500 },
      (_, index) => `create refs/pleiad/alice/checkpoint/${index + 1} ${base}\n`,
    );
    const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: "/nonexistent" };
    execFileSync("git", ["update-ref", "--stdin"], { cwd: world.project, input: updates.join(""), env });
    writeAt(join(path, "one-more"), "more\n");
    await folders.checkpoint("alice", "one more");
    const numbers = (await folders.listCheckpoints("alice")).map(({ number }) => number);
    expect([numbers.length, numbers[0], numbers.at(-1)]).to.deep.equal([500, 2, 501]);
    writeAt(join(world.project, ".git/refs/pleiad/alice/checkpoint/501"), `${"1".repeat(40)}\n`);
    await failureOf("PROJECT_OBJECTS_MISSING", folders.checkpoint("alice", "x"));
    writeAt(join(world.project, ".git/refs/pleiad/alice/checkpoint/501"), "garbage\n");
    const error = await failureOf("PROJECT_REF_CORRUPT", folders.checkpoint("alice", "x"));
    expect(error.message).to.include("refs/pleiad/alice/checkpoint/501");
  });

  it("keep modes and links", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    await folders.checkpoint("alice", "plain");
    chmodSync(join(path, "src/main.js"), 0o755);
    rmSync(join(path, "src/util.js"));
    symlinkSync("main.js", join(path, "src/util.js"));
    await folders.checkpoint("alice", "odd");
    await folders.rollback("alice", 1);
    expect(filesIn(path)["src/util.js"]).to.equal("util\n");
    await folders.rollback("alice", 2);
    expect(filesIn(path)["src/util.js"]).to.equal("-> main.js");
    expect(userGit(path, "diff", "--summary")).to.include("mode change 100644 => 100755 src/main.js");
  });
});
