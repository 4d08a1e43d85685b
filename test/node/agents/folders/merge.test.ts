import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { until } from "../../../fixtures/until.ts";
import { failureOf, filesIn, makeWorld, repositoryDigest, userGit, writeAt } from "./world.ts";

/** A gate that is written in Node.js. */
function gateOf(text: string): [string, ...string[]] {
  return [process.execPath, "-e", text];
}

describe("a merge of an agent's work", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("moves a branch that is nobody's working tree, and nothing else", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "src/main.js"), "by alice\n");
    writeAt(join(path, "new.js"), "new\n");
    const before = repositoryDigest(world.project);
    const preview = await folders.preview("alice", "target");
    expect(preview).to.include({ outcome: "clean", target: "target", conflictCount: 0 });
    expect(preview.files.map((file) => file.path)).to.deep.equal(["new.js", "src/main.js"]);
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    const merge = await folders.merge({ agent: "alice", target: "target", message: "Add what is new" });
    expect(merge).to.include({ state: "done", outcome: "merged", commit: world.git("rev-parse", "target") });
    expect(world.git("log", "-1", "--format=%an|%s|%b|%P", "target")).to.equal(
      `alice|Add what is new|Pleiad-Agent: alice\n|${merge.before}`,
    );
    const after = repositoryDigest(world.project);
    for (const name of [".git/refs/heads/target", ".git/logs/refs/heads/target"]) {
      delete before[name];
      delete after[name];
    }
    expect(after).to.deep.equal(before);
    expect(await folders.merge({ agent: "alice", target: "target" })).to.include({ outcome: "nothing" });
  });

  it("brings what is new since the last merge, onto what others did meanwhile", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    const bob = await folders.create({ agent: "bob", project: world.project });
    writeAt(join(alice.path, "README"), "ONE\ntwo\nthree\n");
    writeAt(join(bob.path, "src/util.js"), "by bob\n");
    const merges = await Promise.all(
      ["alice", "bob"].map((agent) => folders.merge({ agent, target: "target" })),
    );
    expect(merges.map(({ outcome }) => outcome)).to.deep.equal(["merged", "merged"]);
    // Bob changes alice's line after it was merged; alice goes on elsewhere, and that fits.
    const carol = await folders.create({ agent: "carol", project: world.project, base: "target" });
    writeAt(join(carol.path, "README"), "1\ntwo\nthree\n");
    expect((await folders.merge({ agent: "carol", target: "target" })).outcome).to.equal("merged");
    writeAt(join(alice.path, "more.js"), "more\n");
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    expect(world.git("show", "target:README")).to.equal("1\ntwo\nthree");
    expect(world.git("show", "target:more.js")).to.equal("more");
    expect(world.git("show", "target:src/util.js")).to.equal("by bob");
  });

  it("leaves what was not committed in the user's tree out, when the agent began with it", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    world.write("README", "one\ntwo\nthree\nof the user\n");
    const folders = await world.folders();
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    writeAt(join(path, "src/main.js"), "by alice\n");
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    expect(world.git("show", "target:README")).to.equal("one\ntwo\nthree");
    expect(world.git("show", "target:src/main.js")).to.equal("by alice");
  });

  it("reports a conflict with its files and hunks, and forces nothing", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    world.git("switch", "--quiet", "-c", "target");
    world.write("README", "one\nof the user\nthree\n");
    world.git("rm", "--quiet", "src/util.js");
    world.git("commit", "--quiet", "-am", "by the user");
    world.git("switch", "--quiet", "main");
    writeAt(join(path, "README"), "one\nof the agent\nthree\n");
    writeAt(join(path, "src/util.js"), "changed\n");
    const before = repositoryDigest(world.project);
    const merge = await folders.merge({ agent: "alice", target: "target" });
    expect(merge.outcome).to.equal("conflict");
    expect(merge.error?.code).to.equal("MERGE_CONFLICT");
    const [readme, util] = merge.conflicts ?? [];
    expect(readme?.path).to.equal("README");
    expect(readme?.hunks[0]).to.match(/^<{7} [^\n]*\nof the user\n={7}\nof the agent\n>{7} /);
    expect(util?.path).to.equal("src/util.js");
    expect(util?.reasons.join()).to.include("deleted");
    expect(await folders.preview("alice", "target")).to.include({ outcome: "conflict", conflictCount: 2 });
    expect(repositoryDigest(world.project)).to.deep.equal(before);
  });

  it("tells of many and large conflicts as much as may be told, and remembers them over a restart", async () => {
    const world = makeWorld();
    const lines = (who: string) =>
      Array.from({ length: 60 }, (_, at) =>
        at % 3 === 0 ? `${who} \x01${"é".repeat(3_000)}` : `same ${at}`,
      );
    const write = (who: string, put: (path: string, text: string) => void) => {
      for (let one = 0; one < 60; one += 1) put(`many/${one}`, lines(`${who} ${one}`).join("\n"));
    };
    write("base", world.write);
    world.git("add", "--all");
    world.git("commit", "--quiet", "-m", "many");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    world.git("switch", "--quiet", "-c", "target");
    write("user", world.write);
    world.git("commit", "--quiet", "-am", "by the user");
    world.git("switch", "--quiet", "main");
    write("agent", (name, text) => writeAt(join(path, name), text));
    const merge = await folders.merge({ agent: "alice", target: "target" });
    expect(merge.error?.message).to.include("conflict in 60 files");
    expect(merge.conflicts).to.have.length(50);
    const told = (merge.conflicts ?? []).flatMap(({ hunks, reasons }) => [...hunks, ...reasons]).join("");
    expect(told.length).to.be.within(200_000, 262_144);
    await folders.close();
    expect((await world.folders()).listMerges()[0]).to.deep.equal(JSON.parse(JSON.stringify(merge)));
  });

  it("leaves a branch that is checked out, or being rebased, anywhere to the user: one command moves it", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new.js"), "new\n");
    const before = repositoryDigest(world.project);
    const merge = await folders.merge({ agent: "alice" });
    expect(merge).to.include({ outcome: "ready", target: "main" });
    expect(merge.error?.code).to.equal("MERGE_TARGET_CHECKED_OUT");
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    world.git("merge", "--quiet", "--ff-only", merge.ref ?? "");
    expect(world.read("new.js")).to.equal("new\n");
    expect((await folders.merge({ agent: "alice" })).outcome).to.equal("nothing");
    world.git("worktree", "add", "--quiet", "-b", "side", join(world.root, "side"));
    writeAt(join(path, "more.js"), "more\n");
    expect((await folders.merge({ agent: "alice", target: "side" })).outcome).to.equal("ready");
    // In the midst of a rebase HEAD is detached, and the branch is moved at its end.
    writeAt(join(world.root, "side/README"), "side\n");
    userGit(join(world.root, "side"), "commit", "--quiet", "-am", "side");
    world.write("README", "main\n");
    world.git("commit", "--quiet", "-am", "main");
    expect(() => userGit(join(world.root, "side"), "rebase", "--quiet", "main")).to.throw();
    expect((await folders.merge({ agent: "alice", target: "side" })).outcome).to.equal("ready");
  });

  it("asks the operator's gate in a folder of the merged files, and keeps the end of what it said", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const gate = gateOf(
      `const fs = require("fs"); console.log("x".repeat(200000)); console.error("looked at " + fs.readdirSync(".").sort());` +
        `fs.writeFileSync("left-by-the-gate", ""); process.exit(fs.readFileSync("src/main.js", "utf8") === "good\\n" ? 0 : 3)`,
    );
    const environment = { ...process.env, NAMED: "named", SECRET: "canary" };
    const folders = await world.folders({ gate: { argv: gate } }, { environment });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "src/main.js"), "bad\n");
    const before = repositoryDigest(world.project);
    const refused = await folders.merge({ agent: "alice", target: "target" });
    expect(refused).to.include({ outcome: "gateFailed" });
    expect(refused.gate).to.include({ reason: "exited", exitCode: 3 });
    expect(refused.gate?.outputTail).to.match(/looked at \.git,\.gitignore,README,src\n$/);
    expect(refused.gate?.outputTail.length).to.be.at.most(65_536);
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    writeAt(join(path, "src/main.js"), "good\n");
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    expect(world.git("ls-tree", "-r", "--name-only", "target")).not.to.include("left-by-the-gate");
    expect(readdirSync(join(world.data, "merges")).filter((name) => name.startsWith("gate-"))).to.deep.equal(
      [],
    );
    expect(readdirSync(join(world.data, "scratch"))).to.deep.equal([]);
  });

  it("ends a gate that takes too long, and says of one that cannot be started", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const slow = await world.folders({
      gate: { argv: gateOf("setInterval(() => {}, 1000)"), timeoutMs: 300 },
    });
    const { path } = await slow.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new.js"), "new\n");
    expect((await slow.merge({ agent: "alice", target: "target" })).gate?.reason).to.equal("timedOut");
    await slow.close();
    const none = await world.folders({ gate: { argv: ["/nonexistent/gate"] } });
    const unusable = await none.merge({ agent: "alice", target: "target" });
    expect(unusable.error?.code).to.equal("MERGE_GATE_UNUSABLE");
    await none.close();
    expect(world.git("rev-parse", "target")).to.equal(world.git("rev-parse", "main"));
  });

  it("waits behind 31 others, no more, and is stopped at its gate or while it waits", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const started = join(world.root, "started");
    const hanging = await world.folders({
      gate: {
        argv: gateOf(
          `require("fs").writeFileSync(${JSON.stringify(started)}, ""); setInterval(() => {}, 1000)`,
        ),
      },
    });
    const { path } = await hanging.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new.js"), "new\n");
    const stop = new AbortController();
    const first = hanging.merge({ agent: "alice", target: "target", signal: stop.signal });
    await until("the gate runs", () => existsSync(started));
    const request = { agent: "alice", target: "target", signal: stop.signal };
    const others = Array.from({ length: 31 }, () => hanging.merge(request));
    await until(
      "the others wait",
      () => hanging.listMerges().filter(({ state }) => state === "waiting").length === 31,
      { timeoutMs: 80_000 },
    );
    await failureOf("MERGES_TOO_MANY", hanging.merge(request));
    stop.abort();
    for (const merge of await Promise.all([first, ...others]))
      expect(merge.error?.code).to.equal("MERGE_STOPPED");
    expect(world.git("rev-parse", "target")).to.equal(world.git("rev-parse", "main"));
  });

  it("that is asked for twice and goes on by itself is one merge, as long as it would come to the same", async () => {
    const world = makeWorld();
    for (const name of ["target", "other"]) world.git("branch", name);
    const gate = gateOf("console.log('begun'); setInterval(() => {}, 1000)");
    const folders = await world.folders({ gate: { argv: gate } });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    await folders.create({ agent: "bob", project: world.project });
    writeAt(join(path, "README"), "by alice\n");
    const request = { agent: "alice", target: "target" };
    const [first, again] = await Promise.all([folders.askMerge(request), folders.askMerge(request)]);
    expect(again.id, "while it waits for its turn").to.equal(first.id);
    const isAtGate = (id: number) => until("its gate runs", () => folders.gateOutput(id)?.includes("begun"));
    await isAtGate(first.id);
    expect(await folders.askMerge({ ...request, askedBy: "another page" })).to.deep.equal(
      folders.getMerge(first.id),
    );
    const others = [
      await folders.askMerge({ ...request, message: "in other words" }),
      await folders.askMerge({ ...request, target: "other" }),
      await folders.askMerge({ ...request, agent: "bob" }),
    ];
    expect(new Set([first, ...others].map(({ id }) => id)).size).to.equal(4);
    const [words] = others;
    expect((await folders.askMerge({ ...request, message: "in other words" })).id).to.equal(words?.id);
    writeAt(join(path, "README"), "by alice, later\n");
    const later = await folders.askMerge(request);
    expect(later.id, "what she did since is another merge").to.equal(5);
    expect((await folders.askMerge(request)).id, "which waits").to.equal(later.id);
    for (const { id } of [...others, later]) folders.stopMerge(id);
    folders.stopMerge(first.id);
    const anew = await folders.askMerge(request);
    expect(anew.id, "what is stopped is asked for anew").to.equal(6);
    folders.stopMerge(anew.id);
    await until("all have ended", () => folders.listMerges().every(({ state }) => state === "done"));
    const codes = folders.listMerges().map(({ error }) => error?.code);
    expect(codes).to.deep.equal(Array.from({ length: 6 }, () => "MERGE_STOPPED"));
  });

  it("that somebody waits for is nobody else's: it ends with whoever waits", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders({ gate: { argv: gateOf("setInterval(() => {}, 1000)") } });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "README"), "by alice\n");
    const stop = new AbortController();
    const attached = folders.merge({ agent: "alice", target: "target", signal: stop.signal });
    const isAsked = () => folders.listMerges().length === 1;
    await until("it is asked for", isAsked);
    const { id } = await folders.askMerge({ agent: "alice", target: "target" });
    expect(id).to.equal(2);
    stop.abort();
    expect((await attached).error?.code).to.equal("MERGE_STOPPED");
    folders.stopMerge(id);
    await until("it has ended", () => folders.getMerge(id).state === "done");
  });

  it("loses to whoever moved the branch meanwhile", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    world.git("branch", "later", world.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "later"));
    const gate = gateOf(
      `require("child_process").execFileSync("git", ["update-ref", "refs/heads/target", "refs/heads/later"], { cwd: ${JSON.stringify(world.project)} })`,
    );
    const folders = await world.folders({ gate: { argv: gate } });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new.js"), "new\n");
    const merge = await folders.merge({ agent: "alice", target: "target" });
    expect(merge.error?.code).to.equal("MERGE_TARGET_MOVED");
    expect(world.git("rev-parse", "target")).to.equal(world.git("rev-parse", "later"));
  });

  it("is refused with what to do: unknown branch, colliding names, a lock of another git", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    for (const target of ["none", "-x", "a b", "HEAD^", "../x"]) {
      await failureOf("MERGE_TARGET_UNKNOWN", folders.merge({ agent: "alice", target }));
    }
    world.git("symbolic-ref", "refs/heads/alias", "refs/heads/main");
    await failureOf("MERGE_TARGET_UNKNOWN", folders.merge({ agent: "alice", target: "alias" }));
    writeAt(join(path, "readme"), "another\n");
    const collision = await folders.merge({ agent: "alice", target: "target" });
    expect(collision.error).to.include({ code: "MERGE_NAMES_COLLIDE" });
    expect((await folders.preview("alice", "target")).collisions).to.deep.equal(["README", "readme"]);
    rmSync(join(path, "readme"));
    writeAt(join(path, "new.js"), "new\n");
    const lock = join(world.project, ".git/refs/heads/target.lock");
    writeFileSync(lock, "");
    expect((await folders.merge({ agent: "alice", target: "target" })).error?.code).to.equal(
      "PROJECT_LOCKED",
    );
    rmSync(lock);
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
  });

  it("that a crash interrupted has an outcome after the next start: merged if the branch has it, else nothing moved", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "new.js"), "new\n");
    const { id, commit, before } = await folders.merge({ agent: "alice", target: "target" });
    await folders.close();
    const file = join(world.data, `merges/${id}.json`);
    const book = JSON.parse(readFileSync(file, "utf8"));
    const set = (state: string) => {
      const { outcome: _outcome, ...rest } = book;
      writeFileSync(file, JSON.stringify({ ...rest, state }));
    };
    set("moving");
    expect((await (await world.folders()).open()).merges).to.deep.equal([]);
    const again = await world.folders();
    expect(again.listMerges()[0]).to.include({ state: "done", outcome: "merged", commit });
    world.git("update-ref", "refs/heads/target", before ?? "");
    const lock = join(world.project, ".git/refs/heads/target.lock");
    writeFileSync(lock, `${commit}\n`);
    set("moving");
    const third = await world.folders();
    expect(third.listMerges()[0]?.error?.code).to.equal("MERGE_INTERRUPTED");
    expect(existsSync(lock)).to.equal(false);
    set("gate");
    const fourth = await world.folders();
    expect(fourth.listMerges()[0]?.error?.code).to.equal("MERGE_INTERRUPTED");
    expect((await fourth.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
  });

  it("writes what git would have written to an own folder's files: modes and links, too", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    chmodSync(join(path, "src/main.js"), 0o755);
    await folders.merge({ agent: "alice", target: "target" });
    world.git("worktree", "add", "--quiet", join(world.root, "out"), "target");
    expect(filesIn(join(world.root, "out"))).to.deep.equal(filesIn(path));
    expect(world.git("ls-tree", "target", "src/main.js")).to.include("100755");
  });
});
