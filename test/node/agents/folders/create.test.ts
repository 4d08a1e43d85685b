import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf, filesIn, makeWorld, repositoryDigest, userGit, writeAt } from "./world.ts";

describe("an agent's project folder", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("has the project's files, a git of its own, and leaves the user's repository as it was", async () => {
    const world = makeWorld();
    world.git("stash", "list");
    const before = repositoryDigest(world.project);
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    expect(filesIn(alice.path)).to.deep.equal(filesIn(world.project));
    expect(alice.path.startsWith(world.data)).to.equal(true);
    expect(alice.base).to.equal(world.git("rev-parse", "HEAD"));
    expect(alice.projectBranch).to.equal("main");
    expect(userGit(alice.path, "status", "--porcelain")).to.equal("");
    // Whatever the agent does with its git is in its own.
    writeAt(join(alice.path, "src/main.js"), "changed\n");
    userGit(alice.path, "stash");
    userGit(alice.path, "switch", "--quiet", "-c", "topic");
    userGit(alice.path, "config", "core.hooksPath", "/tmp/hooks");
    writeAt(join(alice.path, "new.js"), "new\n");
    userGit(alice.path, "add", "--all");
    userGit(alice.path, "commit", "--quiet", "-m", "work");
    userGit(alice.path, "gc", "--quiet", "--prune=now");
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    expect(world.git("rev-parse", "refs/pleiad/alice/base")).to.equal(alice.base);
    expect(folders.list().map(({ agent }) => agent)).to.deep.equal(["alice"]);
  });

  it("begins with what is not committed, if asked, and without what is ignored", async () => {
    const world = makeWorld();
    world.write("README", "one\n2\nthree\n");
    world.write("src/new.js", "new\n");
    world.write("build/out.js", "made\n");
    world.write("src/staged.js", "staged\n");
    world.git("add", "src/staged.js");
    rmSync(join(world.project, "src/util.js"));
    const before = repositoryDigest(world.project);
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project, includeUncommitted: true });
    const expected = filesIn(world.project);
    delete expected["build/out.js"];
    expect(filesIn(alice.path)).to.deep.equal(expected);
    expect(world.git("rev-parse", `${alice.base}^`)).to.equal(world.git("rev-parse", "HEAD"));
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    const bob = await folders.create({ agent: "bob", project: world.project });
    expect(filesIn(bob.path).README).to.equal("one\ntwo\nthree\n");
  });

  it("counts what lies outside of a sparse checkout, and behind a filter, as HEAD has it", async () => {
    const world = makeWorld();
    world.write(".gitattributes", "*.bin filter=lfs\n");
    world.write("data.bin", "pointer\n");
    world.write("doc/a.txt", "a\n");
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "more");
    world.git("sparse-checkout", "set", "src");
    world.write("data.bin", "the real thing, many times as large\n");
    world.write("src/main.js", "changed\n");
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project, includeUncommitted: true });
    const files = filesIn(alice.path);
    expect(files["doc/a.txt"]).to.equal("a\n");
    expect(files["data.bin"]).to.equal("pointer\n");
    expect(files["src/main.js"]).to.equal("changed\n");
  });

  it("begins from a branch, a tag, a commit, a detached HEAD, a shallow clone and a linked working tree", async () => {
    const world = makeWorld();
    const first = world.git("rev-parse", "HEAD");
    world.git("tag", "v1");
    world.write("README", "later\n");
    world.git("commit", "--quiet", "-am", "later");
    const folders = await world.folders();
    const tagged = await folders.create({ agent: "a", project: world.project, base: "v1" });
    expect(tagged.base).to.equal(first);
    expect(filesIn(tagged.path).README).to.equal("one\ntwo\nthree\n");
    world.git("checkout", "--quiet", "--detach", first);
    const detached = await folders.create({ agent: "b", project: world.project });
    expect(detached).to.include({ base: first, projectBranch: undefined });
    await failureOf("PROJECT_HEAD_DETACHED", folders.merge({ agent: "b" }));
    world.git("worktree", "add", "--quiet", join(world.root, "linked"), "main");
    const linked = await folders.create({ agent: "c", project: join(world.root, "linked") });
    expect(filesIn(linked.path).README).to.equal("later\n");
    userGit(world.root, "clone", "--quiet", "--depth=1", `file://${world.project}`, "-b", "main", "shallow");
    const shallow = await folders.create({ agent: "d", project: join(world.root, "shallow") });
    expect(filesIn(shallow.path).README).to.equal("later\n");
    expect(userGit(shallow.path, "log", "--oneline").split("\n")).to.have.length(1);
    writeAt(join(shallow.path, "more.js"), "more\n");
    expect((await folders.diff("d", { kind: "all" })).files.map(({ path }) => path)).to.deep.equal([
      "more.js",
    ]);
    const asked = folders.create({ agent: "e", project: join(world.root, "shallow"), base: first });
    await failureOf("PROJECT_SHALLOW", asked);
  });

  it("keeps links as links, and follows none out of the project", async () => {
    const world = makeWorld();
    writeAt(join(world.root, "outside/secret"), "canary-outside\n");
    symlinkSync(join(world.root, "outside"), join(world.project, "way"));
    symlinkSync("src/main.js", join(world.project, "short"));
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "links");
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project, includeUncommitted: true });
    expect(filesIn(alice.path)).to.include({
      way: `-> ${join(world.root, "outside")}`,
      short: "-> src/main.js",
    });
    // A tracked folder becomes a link to outside: what lies there is not taken.
    rmSync(join(alice.path, "src"), { recursive: true });
    symlinkSync(join(world.root, "outside"), join(alice.path, "src"));
    const diff = await folders.diff("alice", { kind: "all" });
    expect(diff.text).not.to.include("canary-outside");
    expect(diff.files.map(({ path, change, isLink }) => `${change} ${path} ${isLink}`)).to.deep.equal([
      "added src true",
      "removed src/main.js false",
      "removed src/util.js false",
    ]);
  });

  it("has submodules as empty folders, and says which", async () => {
    const world = makeWorld();
    userGit(world.root, "init", "--quiet", "sub");
    userGit(join(world.root, "sub"), "commit", "--quiet", "--allow-empty", "-m", "sub");
    world.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      join(world.root, "sub"),
      "lib",
    );
    world.git("commit", "--quiet", "-m", "submodule");
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    expect(alice.submodules).to.deep.equal(["lib"]);
    expect((await folders.diff("alice", { kind: "all" })).fileCount).to.equal(0);
  });

  it("is refused with what to do where the project is none that it can be made of", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const create = (project: string, more = {}) => folders.create({ agent: "x", project, ...more });
    await failureOf("PROJECT_NOT_GIT", create(join(world.root, "nowhere")));
    mkdirSync(join(world.root, "plain"));
    await failureOf("PROJECT_NOT_GIT", create(join(world.root, "plain")));
    await failureOf("PROJECT_NOT_TOP", create(join(world.project, "src")));
    userGit(world.root, "clone", "--quiet", "--bare", world.project, "bare");
    await failureOf("PROJECT_BARE", create(join(world.root, "bare")));
    userGit(world.root, "init", "--quiet", "unborn");
    await failureOf("PROJECT_WITHOUT_COMMIT", create(join(world.root, "unborn")));
    await failureOf("PROJECT_BASE_UNKNOWN", create(world.project, { base: "nobranch" }));
    await failureOf("PROJECT_BASE_UNKNOWN", create(world.project, { base: "--all" }));
    await failureOf("FOLDER_NAME_INVALID", folders.create({ agent: "../x", project: world.project }));
    await failureOf("FOLDER_UNKNOWN", folders.checkpoint("nobody", "note"));
    world.write("README", "dirty\n");
    await failureOf("PROJECT_DIRTY", create(world.project, { requireClean: true }));
    writeFileSync(join(world.project, ".git/index.lock"), "");
    await failureOf("PROJECT_LOCKED", create(world.project, { includeUncommitted: true }));
    rmSync(join(world.project, ".git/index.lock"));
    const inside = await makeWorld().folders({ folder: join(world.project, "data") });
    await failureOf("PROJECT_OVERLAPS_DATA", inside.create({ agent: "x", project: world.project }));
    const around = await makeWorld().folders({ folder: world.root });
    await failureOf("PROJECT_OVERLAPS_DATA", around.create({ agent: "x", project: world.project }));
    await create(world.project);
    await failureOf("FOLDER_EXISTS", create(world.project));
    writeAt(join(world.project, ".git/refs/heads/main"), "garbage\n");
    await failureOf("PROJECT_REF_CORRUPT", folders.create({ agent: "y", project: world.project }));
    expect(folders.list().map(({ agent }) => agent)).to.deep.equal(["x"]);
  });

  it("may be inside of the project where its git ignores that, and then is none of the project's files", async () => {
    const world = makeWorld();
    const data = join(world.project, ".data");
    mkdirSync(data);
    writeFileSync(join(data, ".gitignore"), "*\n");
    const folders = await world.folders({ folder: join(data, "projects") });
    const before = world.git("status", "--porcelain", "--ignored=no");
    const { path } = await folders.create({ agent: "x", project: world.project, includeUncommitted: true });
    expect(existsSync(join(path, ".data"))).to.equal(false);
    const run = await folders.beginRun("x");
    writeFileSync(join(path, "new.txt"), "new\n");
    expect((await run.end()).leak).to.equal(undefined);
    const { files } = await folders.diff("x", { kind: "all" });
    expect(files.map((file) => file.path)).to.deep.equal(["new.txt"]);
    expect(world.git("status", "--porcelain", "--ignored=no")).to.equal(before);
  });

  it("is refused when objects are missing, and fetches none", async () => {
    const world = makeWorld();
    world.git("config", "uploadpack.allowFilter", "true");
    userGit(
      world.root,
      "clone",
      "--quiet",
      "--no-checkout",
      "--filter=blob:none",
      `file://${world.project}`,
      "partial",
    );
    const folders = await world.folders();
    const error = await failureOf(
      "PROJECT_OBJECTS_MISSING",
      folders.create({ agent: "x", project: join(world.root, "partial") }),
    );
    expect(error.hint).to.include("git fetch");
    expect(folders.list()).to.deep.equal([]);
  });

  it("is refused of a repository that belongs to another user", async () => {
    const world = makeWorld();
    const wrapper = join(world.root, "git");
    writeFileSync(wrapper, '#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"\n');
    chmodSync(wrapper, 0o755);
    const folders = await world.folders({ gitProgram: wrapper });
    await failureOf("PROJECT_NOT_YOURS", folders.create({ agent: "x", project: world.project }));
  });

  it("is made of a repository with SHA-256 ids as of any other", async () => {
    const world = makeWorld();
    const project = join(world.root, "sha256");
    userGit(world.root, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", project);
    writeAt(join(project, "file"), "1\n");
    userGit(project, "add", "--all");
    userGit(project, "commit", "--quiet", "-m", "begin");
    userGit(project, "branch", "target");
    const folders = await world.folders();
    const { path, base } = await folders.create({ agent: "alice", project });
    expect(base).to.have.length(64);
    await folders.checkpoint("alice", "begin");
    rmSync(join(path, "file"));
    writeAt(join(path, "other"), "2\n");
    userGit(path, "add", "--all");
    userGit(path, "commit", "--quiet", "-m", "work");
    expect((await folders.diff("alice", { kind: "committed" })).fileCount).to.equal(2);
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    await folders.rollback("alice", 1);
    expect(filesIn(path)).to.deep.equal({ file: "1\n" });
  });

  it("leaves nothing half made when the disk is full, git fails, is missing or too old", async () => {
    const world = makeWorld();
    const wrapper = join(world.root, "git");
    writeFileSync(
      wrapper,
      `#!/bin/sh\nfor one in "$@"; do if [ "$one" = read-tree ] && [ -e ${world.root}/full ]; then echo "fatal: unable to write: No space left on device" >&2; exit 128; fi; done\nexec git "$@"\n`,
    );
    chmodSync(wrapper, 0o755);
    const folders = await world.folders({ gitProgram: wrapper });
    const before = repositoryDigest(world.project);
    writeFileSync(join(world.root, "full"), "");
    await failureOf("FOLDER_NO_SPACE", folders.create({ agent: "alice", project: world.project }));
    expect(filesIn(join(world.data, "trees"))).to.deep.equal({});
    expect(world.git("for-each-ref", "refs/pleiad")).to.equal("");
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    rmSync(join(world.root, "full"));
    await folders.create({ agent: "alice", project: world.project });
    await failureOf("GIT_MISSING", makeWorld().folders({ gitProgram: "/nonexistent/git" }));
    writeFileSync(wrapper, "#!/bin/sh\necho git version 2.30.1\n");
    await failureOf("GIT_TOO_OLD", makeWorld().folders({ gitProgram: wrapper }));
    writeFileSync(wrapper, "#!/bin/sh\nexec sleep 60\n");
    await failureOf("GIT_TIMED_OUT", makeWorld().folders({ gitProgram: wrapper, gitTimeoutMs: 200 }));
  });

  it("says when somebody removed it by hand, and can be removed all the same", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    rmSync(alice.path, { recursive: true });
    await failureOf("FOLDER_GONE", folders.checkpoint("alice", "note"));
    const reopened = await world.folders();
    expect((await reopened.open()).unusable.map(({ error }) => error.code)).to.deep.equal(["FOLDER_GONE"]);
    await reopened.remove("alice");
    expect(reopened.list()).to.deep.equal([]);
    await reopened.create({ agent: "alice", project: world.project });
  });

  it("keeps its work under private refs when it is removed, unless it is to be forgotten", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(alice.path, "work.js"), "work\n");
    await folders.remove("alice");
    expect(world.git("show", "refs/pleiad/alice/checkpoint/1:work.js")).to.equal("work");
    await folders.create({ agent: "alice", project: world.project });
    await folders.remove("alice", { forget: true });
    expect(world.git("for-each-ref", "refs/pleiad")).to.equal("");
    // A project that is gone keeps nobody from removing what was made of it.
    await folders.create({ agent: "bob", project: world.project });
    renameSync(world.project, `${world.project}-elsewhere`);
    await folders.remove("bob");
    expect(folders.list()).to.deep.equal([]);
  });

  it("ignores what the project's private list says, also where that is a link", async () => {
    const world = makeWorld();
    writeAt(join(world.root, "my-ignores"), "private/\n");
    rmSync(join(world.project, ".git/info/exclude"));
    symlinkSync(join(world.root, "my-ignores"), join(world.project, ".git/info/exclude"));
    world.write("private/notes", "canary-private\n");
    const folders = await world.folders();
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(Object.keys(filesIn(path))).not.to.include("private/notes");
  });

  it("is there after a restart as it was", async () => {
    const world = makeWorld();
    const first = await world.folders();
    const alice = await first.create({ agent: "alice", project: world.project });
    await first.close();
    const second = await world.folders();
    expect(second.get("alice")).to.deep.equal(alice);
    writeFileSync(join(world.data, "trees/alice/folder.json"), "{}");
    const third = await world.folders();
    expect((await third.open()).unusable.map(({ error }) => error.code)).to.deep.equal([
      "FOLDER_STATE_DAMAGED",
    ]);
    // What is damaged is never made anew over an agent's work, nor removed.
    await failureOf("FOLDER_EXISTS", third.create({ agent: "alice", project: world.project }));
    rmSync(join(world.data, "trees/alice/folder.json"));
    writeFileSync(join(world.data, "trees/.stray"), "");
    const fourth = await world.folders();
    expect((await fourth.open()).unusable.map(({ error }) => error.code)).to.deep.equal([
      "FOLDER_STATE_DAMAGED",
    ]);
    expect(readFileSync(join(alice.path, "README"), "utf8")).to.equal("one\ntwo\nthree\n");
    await fourth.close();
    await failureOf("FOLDERS_CLOSED", fourth.create({ agent: "bob", project: world.project }));
    rmSync(join(world.data, "merges"), { recursive: true });
    writeFileSync(join(world.data, "merges"), "");
    await failureOf("FOLDER_IO", world.folders());
  });
});
