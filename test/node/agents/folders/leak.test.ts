import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { makeWorld, writeAt } from "./world.ts";

describe("a change of the user's project while an agent runs", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("is told with its paths, be it of files, index, refs, HEAD, settings or hooks", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const calm = await folders.beginRun("alice");
    writeAt(join(path, "README"), "in its own folder\n");
    world.write("build/out", "ignored\n");
    // Looking changes nothing, though git writes its index anew.
    world.git("status");
    expect(await calm.end()).to.deep.equal({ leak: undefined });

    const run = await folders.beginRun("alice");
    // The same size, and the times put back, do not hide it.
    world.write("README", "ONE\ntwo\nthree\n");
    world.write("new.js", "new\n");
    rmSync(join(world.project, "src/util.js"));
    chmodSync(join(world.project, "src/main.js"), 0o755);
    world.git("branch", "planted");
    world.git("add", "new.js");
    world.git("config", "core.fsmonitor", "evil");
    writeFileSync(join(world.project, ".git/hooks/post-commit"), "#!/bin/sh\n");
    const { leak } = await run.end();
    expect(leak?.paths).to.deep.equal([
      ".git/config",
      ".git/hooks/post-commit",
      "README",
      "index",
      "new.js",
      "ref refs/heads/planted",
      "src/main.js",
      "src/util.js",
    ]);
    expect(leak?.agents).to.deep.equal(["alice"]);
  });

  it("names all agents that ran meanwhile, and leaves out what is claimed or what a merge did", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders();
    const alice = await folders.create({ agent: "alice", project: world.project });
    await folders.create({ agent: "bob", project: world.project });
    const first = await folders.beginRun("alice");
    const second = await folders.beginRun("bob");
    writeAt(join(alice.path, "new.js"), "new\n");
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    expect(await second.end()).to.deep.equal({ leak: undefined });
    world.write("README", "by the user\n");
    expect(await first.end(["README"])).to.deep.equal({ leak: undefined });
    const third = await folders.beginRun("alice");
    const fourth = await folders.beginRun("bob");
    await fourth.end();
    world.write("README", "by somebody\n");
    expect((await third.end()).leak).to.deep.equal({ paths: ["README"], count: 1, agents: ["alice", "bob"] });
  });
});
