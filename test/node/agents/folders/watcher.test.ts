import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { FileChange } from "../../../../node/src/agents/folders/types.ts";
import { makeWorld, writeAt } from "./world.ts";

describe("the watcher of an agent's folder", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("tells every change that lasts, once, with its agent and size, and nothing that is ignored", async () => {
    const world = makeWorld();
    world.write(".env", "A=1\n");
    const folders = await world.folders({ envFiles: [{ path: ".env" }] });
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const ending = new AbortController();
    const told: FileChange[] = [];
    const watching = (async (changes: AsyncIterable<readonly FileChange[]>) => {
      for await (const batch of changes) told.push(...batch);
    })(await folders.watch("alice", ending.signal));
    writeAt(join(path, "README"), "changed\n");
    writeAt(join(path, "deep/er/new.js"), "new\n");
    writeAt(join(path, "build/out"), "ignored\n");
    writeAt(join(path, ".env"), "A=2\n");
    renameSync(join(path, "src/util.js"), join(path, "src/renamed.js"));
    ending.abort();
    await watching;
    const shown = told.map((one) => `${one.agent} ${one.change} ${one.path} ${one.bytes}`).sort();
    expect(shown).to.deep.equal([
      "alice added deep/er/new.js 4",
      "alice added src/renamed.js 5",
      "alice changed README 8",
      "alice removed src/util.js 0",
    ]);
  });

  it("tells while the agent works: each step is seen before the next is taken", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const ending = new AbortController();
    const steps = [
      ["added", () => writeAt(join(path, "one"), "1\n")],
      ["changed", () => writeAt(join(path, "one"), "12\n")],
      ["removed", () => rmSync(join(path, "one"))],
    ] as const;
    let at = 0;
    const changes = await folders.watch("alice", ending.signal);
    steps[0][1]();
    for await (const batch of changes) {
      expect(batch.map((one) => `${one.change} ${one.path}`)).to.deep.equal([`${steps[at]?.[0]} one`]);
      at += 1;
      const next = steps[at];
      if (next === undefined) ending.abort();
      else next[1]();
    }
    expect(at).to.equal(3);
  });

  it("tells many changes in batches of at most 500", async () => {
    const world = makeWorld();
    const folders = await world.folders();
    const { path } = await folders.create({ agent: "alice", project: world.project });
    const ending = new AbortController();
    const changes = await folders.watch("alice", ending.signal);
    mkdirSync(join(path, "many"));
    for (let one = 0; one < 1_200; one += 1) writeFileSync(join(path, `many/${one}`), "");
    ending.abort();
    const sizes: number[] = [];
    for await (const batch of changes) sizes.push(batch.length);
    expect(sizes).to.deep.equal([500, 500, 200]);
  });
});
