import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { NEUTRALISED } from "../../../../node/src/agents/folders/git.ts";
import { failureOf, filesIn, makeWorld, userGit, type World, writeAt } from "./world.ts";

/** Settings by which git would start a program, reach out, or read the user's files; `TRAP` is the program. */
const TRAPS: readonly (readonly [key: string, value: string])[] = [
  ["alias.status", "!TRAP"],
  ["commit.gpgSign", "true"],
  ["core.alternateRefsCommand", "TRAP"],
  ["core.askPass", "TRAP"],
  ["core.editor", "TRAP"],
  ["core.fsmonitor", "TRAP"],
  ["core.gitProxy", "TRAP"],
  ["core.hooksPath", "HOOKS"],
  ["core.pager", "TRAP"],
  ["core.sshCommand", "TRAP"],
  ["credential.helper", "TRAP"],
  ["diff.external", "TRAP"],
  ["diff.trap.command", "TRAP"],
  ["diff.trap.textconv", "TRAP"],
  ["filter.trap.clean", "TRAP"],
  ["filter.trap.process", "TRAP at-once"],
  ["filter.trap.required", "true"],
  ["filter.trap.smudge", "TRAP"],
  ["gpg.program", "TRAP"],
  ["gpg.ssh.defaultKeyCommand", "TRAP"],
  ["gpg.ssh.program", "TRAP"],
  ["interactive.diffFilter", "TRAP"],
  ["log.showSignature", "true"],
  ["merge.trap.driver", "TRAP %O %A %B"],
  ["merge.tool", "trap"],
  ["mergetool.trap.cmd", "TRAP"],
  ["pager.diff", "TRAP"],
  ["remote.origin.uploadpack", "TRAP"],
  ["remote.origin.url", "ext::TRAP"],
  ["remote.origin.promisor", "true"],
  ["extensions.partialClone", "origin"],
  ["protocol.ext.allow", "always"],
  ["sequence.editor", "TRAP"],
  ["submodule.recurse", "true"],
  ["trailer.trap.command", "TRAP"],
  ["uploadpack.packObjectsHook", "TRAP"],
  ["core.attributesFile", "ATTRIBUTES"],
];

const HOOKS = [
  "reference-transaction",
  "post-checkout",
  "post-index-change",
  "pre-commit",
  "commit-msg",
  "post-merge",
];
const ATTRIBUTES = "* filter=trap diff=trap merge=trap\n";

interface Trapped extends World {
  readonly sprung: string;
  set(folder: string): void;
}

/** A repository in which everything that names a program names one that leaves a mark. */
function makeTraps(): Trapped {
  const world = makeWorld();
  const sprung = join(world.root, "sprung");
  const program = join(world.root, "trap");
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${sprung}\n[ "$1" = at-once ] || cat\n`);
  chmodSync(program, 0o755);
  const hooks = join(world.root, "hooks");
  const attributes = join(world.root, "attributes");
  writeFileSync(attributes, ATTRIBUTES);
  const set = (gitFolder: string): void => {
    for (const folder of [hooks, join(gitFolder, "hooks")]) {
      mkdirSync(folder, { recursive: true });
      for (const hook of HOOKS) {
        writeFileSync(join(folder, hook), `#!/bin/sh\necho hook ${hook} >> ${sprung}\n`);
        chmodSync(join(folder, hook), 0o755);
      }
    }
    const lines = TRAPS.map(([key, value]) => {
      const words = key.split(".");
      const section = words.length === 3 ? `[${words[0]} "${words[1]}"]` : `[${words[0]}]`;
      const set = value.replace("TRAP", program).replace("HOOKS", hooks).replace("ATTRIBUTES", attributes);
      return `${section}\n\t${words.at(-1)} = "${set}"\n`;
    });
    writeFileSync(join(gitFolder, "config"), `[core]\n\trepositoryformatversion = 1\n${lines.join("")}`);
    writeFileSync(join(gitFolder, "info", "attributes"), ATTRIBUTES);
  };
  return { ...world, sprung, set };
}

describe("a hostile repository or agent", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("starts no program by any setting, hook or attribute, whatever is done with the folder", async () => {
    const world = makeTraps();
    world.write("sub/file", "sub\n");
    world.write(".gitattributes", ATTRIBUTES);
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "attributes");
    world.git("branch", "target");
    world.git("branch", "other");
    world.set(join(world.project, ".git"));
    // Proof that the traps work: what a user's own git would do here.
    try {
      userGit(world.project, "status");
    } catch {
      // What was started speaks no protocol of git's; that it was started is what counts.
    }
    expect(existsSync(world.sprung)).to.equal(true);
    rmSync(world.sprung);

    world.write("README", "dirty\n");
    const folders = await world.folders();
    // An object that is missing is not asked for at the repository's promisor.
    const missing = folders.create({ agent: "bob", project: world.project, base: "1".repeat(40) });
    await failureOf("PROJECT_BASE_UNKNOWN", missing);
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    world.set(join(path, ".git"));
    // A repository inside of the agent's files, as bad as itself.
    mkdirSync(join(path, "nested"));
    userGit(join(path, "nested"), "init", "--quiet");
    world.set(join(path, "nested/.git"));
    writeAt(join(path, "nested/.git/HEAD"), `${"1".repeat(40)}\n`);
    const run = await folders.beginRun("alice");
    writeAt(join(path, "README"), "by the agent\n");
    writeAt(join(path, "sub/file"), "changed\n");
    writeAt(join(path, ".gitattributes"), `${ATTRIBUTES}*.js text working-tree-encoding=UTF-16 ident\n`);
    await folders.checkpoint("alice", "hostile");
    for (const kind of ["all", "sinceCheckpoint", "uncommitted", "committed", "merged"] as const) {
      await folders.diff("alice", { kind });
    }
    const ending = new AbortController();
    const watching = await folders.watch("alice", ending.signal);
    writeAt(join(path, "watched"), "watched\n");
    for await (const changes of watching) {
      expect(changes.map((change) => change.path)).to.deep.equal(["watched"]);
      ending.abort();
    }
    await run.end();
    await folders.preview("alice", "target");
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    await folders.rollback("alice", 1);
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    await folders.remove("alice");
    await (await world.folders()).open();
    expect(existsSync(world.sprung)).to.equal(false);
  });

  it("is kept out by a list that has every key of the traps which a repository's own settings could spring", () => {
    const elsewhere =
      /^(?:alias|diff\.trap|filter|interactive|merge|mergetool|pager|remote|extensions|trailer|protocol\.ext)/;
    const missing = TRAPS.map(([key]) => key).filter((key) => !elsewhere.test(key) && !(key in NEUTRALISED));
    expect(missing).to.deep.equal([]);
  });

  it("gets no file of the user's by a link in place of a folder, of its git, or of the index", async () => {
    const world = makeWorld();
    writeAt(join(world.root, "home/id"), "canary-key\n");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    symlinkSync(join(world.root, "home"), join(path, "home"));
    symlinkSync(join(world.root, "home/id"), join(path, "id"));
    const { tree } = await folders.checkpoint("alice", "links");
    const { text } = await folders.diff("alice", { kind: "all" });
    expect(text).not.to.include("canary-key");
    expect(world.git("ls-tree", "-r", tree)).to.match(
      /120000 blob [0-9a-f]+\thome\n120000 blob [0-9a-f]+\tid/,
    );
    await folders.rollback("alice", 1);
    expect(filesIn(join(world.root, "home"))).to.deep.equal({ id: "canary-key\n" });
  });

  it("cannot write outside by a rollback through a link in place of a folder", async () => {
    const world = makeWorld();
    mkdirSync(join(world.root, "outside"));
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    await folders.checkpoint("alice", "begin");
    rmSync(join(path, "src"), { recursive: true });
    symlinkSync(join(world.root, "outside"), join(path, "src"));
    await folders.rollback("alice", 1);
    expect(filesIn(join(world.root, "outside"))).to.deep.equal({});
    expect(filesIn(path)["src/main.js"]).to.equal("main\n");
  });

  it("gives no variable of the daemon to git, and none of git's to a git", async () => {
    const world = makeWorld();
    const seen = join(world.root, "seen");
    const wrapper = join(world.root, "git");
    writeFileSync(wrapper, `#!/bin/sh\nenv > ${seen}\nexec git "$@"\n`);
    chmodSync(wrapper, 0o755);
    const environment = {
      ...process.env,
      GIT_DIR: "/x",
      GIT_INDEX_FILE: "/y",
      GIT_EXTERNAL_DIFF: "z",
      SECRET: "canary",
    };
    const folders = await world.folders({ gitProgram: wrapper }, { environment });
    await folders.create({ agent: "alice", project: world.project });
    const names = readFileSync(seen, "utf8");
    expect(names)
      .to.match(/^GIT_CONFIG_NOSYSTEM=1$/m)
      .and.to.match(/^LC_ALL=C$/m);
    expect(names).not.to.match(/canary|GIT_EXTERNAL_DIFF|^GIT_DIR=\/x|^GIT_INDEX_FILE=\/y/m);
  });
});
