import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import type { ProjectFolders } from "../../../../node/src/agents/folders/types.ts";
import type { HelperPlan } from "../../../../node/src/agents/team/ports.ts";
import { forgetHelper, projectWorkplace } from "../../../../node/src/local/team/workplaces.ts";
import { failureOf, makeWorld } from "../../agents/folders/world.ts";

const LIMITS = { helperHomeBytesMax: 1e6, helperWorkBytesMax: 1e6, copyBytesMax: 1e9 };

describe("a helper's copy of a project", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  /** The place of a cluster's helper, with the folders that a daemon has opened. */
  function placeOf(
    world: ReturnType<typeof makeWorld>,
    folders: ProjectFolders,
    cluster: bigint,
    project = world.project,
  ) {
    return projectWorkplace(
      { cluster, name: "ada" } as HelperPlan,
      {
        folder: join(world.data, "helpers"),
        project,
        includeUncommitted: false,
        limits: LIMITS,
      },
      { folders, logger: pino({ level: "silent" }) },
    );
  }

  it("is its cluster's again after a daemon that was killed once it was made, and no other's", async () => {
    const world = makeWorld();
    const killed = await world.folders();
    const madeAndKilled: ProjectFolders = {
      ...killed,
      create: async (request) => {
        await killed.create(request);
        throw new Error("the daemon is killed");
      },
    };
    await placeOf(world, madeAndKilled, 7n).then(
      () => expect.fail("it was killed"),
      ({ message }: Error) => expect(message).to.equal("the daemon is killed"),
    );
    await killed.close();
    const folders = await world.folders();
    const { folder } = await placeOf(world, folders, 7n);
    expect(existsSync(join(folder, "README"))).to.equal(true);
    await failureOf("FOLDER_EXISTS", placeOf(world, folders, 8n));
    expect((await placeOf(world, folders, 7n)).folder).to.equal(folder);
  });

  it("is the helper's again after a restart where its operator named the project by a link", async () => {
    const world = makeWorld();
    const link = join(world.root, "link");
    symlinkSync(world.project, link);
    const before = await world.folders();
    const { folder } = await placeOf(world, before, 7n, link);
    await before.close();
    const after = await world.folders();
    expect((await placeOf(world, after, 7n, link)).folder).to.equal(folder);
  });

  it("leaves no private folder of a helper that is over, whatever became of its copy", async () => {
    const world = makeWorld();
    const place = await placeOf(world, await world.folders(), 7n);
    rmSync(place.folder, { recursive: true });
    await place.leave(true);
    await forgetHelper(
      { cluster: 7n, name: "ada" } as HelperPlan,
      { folder: join(world.data, "helpers") },
      { logger: pino({ level: "silent" }) },
    );
    expect(existsSync(join(world.data, "helpers", "7-ada"))).to.equal(false);
  });
});
