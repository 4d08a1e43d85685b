import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { FOLDER_FILE } from "../../../../node/src/agents/folders/state.ts";
import { failureOf, filesIn, makeWorld, writeAt } from "./world.ts";

describe("what a killed daemon had begun with a folder", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  /** Writes the state that a daemon had written last. */
  function cutAt(world: ReturnType<typeof makeWorld>, agent: string, change: object): void {
    const path = join(world.data, "trees", agent, FOLDER_FILE);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
  }

  /** Going back of ada's folder that a killed daemon had begun, and the next one could not finish at its start. */
  async function rollBackCutShort(world: ReturnType<typeof makeWorld>) {
    const killed = await world.folders();
    const { path } = await killed.create({ agent: "ada", project: world.project });
    const { tree } = await killed.checkpoint("ada", "first");
    writeAt(join(path, "README"), "to be taken back\n");
    await killed.close();
    cutAt(world, "ada", { rollingBackTo: tree });
    // The project's disk comes back only after the start.
    const away = join(world.root, "away");
    renameSync(world.project, away);
    const folders = await world.folders();
    renameSync(away, world.project);
    return { path, folders };
  }

  it("to take back is taken back before anything else is done there, and not over what was done since", async () => {
    const world = makeWorld();
    const { path, folders: second } = await rollBackCutShort(world);
    const run = await second.beginRun("ada");
    expect(filesIn(path).README).to.equal("one\ntwo\nthree\n");
    writeAt(join(path, "README"), "done since\n");
    await run.end();
    await second.close();
    await world.folders();
    expect(filesIn(path).README).to.equal("done since\n");
  });

  it("to take back counts for merges as well", async () => {
    const world = makeWorld();
    world.git("branch", "target");
    const { folders } = await rollBackCutShort(world);
    expect((await folders.merge({ agent: "ada", target: "target" })).outcome).to.equal("nothing");
  });

  it("to make is made anew where it could not be tidied up at the start", async () => {
    const world = makeWorld();
    const killed = await world.folders();
    await killed.create({ agent: "ada", project: world.project });
    await killed.create({ agent: "bob", project: world.project });
    await killed.close();
    cutAt(world, "ada", { state: "making" });
    cutAt(world, "bob", { state: "removing" });
    const lock = join(world.project, ".git", "packed-refs.lock");
    writeFileSync(lock, "");
    const folders = await world.folders();
    await failureOf("PROJECT_LOCKED", folders.create({ agent: "ada", project: world.project }));
    rmSync(lock);
    for (const agent of ["ada", "bob"]) {
      const { path } = await folders.create({ agent, project: world.project });
      expect(filesIn(path).README).to.equal("one\ntwo\nthree\n");
      await failureOf("FOLDER_EXISTS", folders.create({ agent, project: world.project }));
    }
  });

  it("to write is not left half written", async () => {
    const world = makeWorld();
    const killed = await world.folders();
    await killed.create({ agent: "ada", project: world.project });
    await killed.close();
    const half = join(world.data, "trees", "ada", `.tmp-${process.pid}-${"a".repeat(16)}`);
    const desks = join(world.data, "desks");
    const [desk = ""] = readdirSync(desks);
    const halves = [half, ...[".", "info"].map((at) => join(desks, desk, at, basename(half)))];
    for (const path of halves) writeFileSync(path, "{");
    await world.folders();
    expect(halves.filter((path) => existsSync(path))).to.deep.equal([]);
  });
});
