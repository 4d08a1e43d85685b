import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import type { ProjectFolders } from "../../../../node/src/agents/folders/types.ts";
import type { HelperPlan } from "../../../../node/src/agents/team/ports.ts";
import { projectWorkplace } from "../../../../node/src/local/team/workplaces.ts";
import { failureOf, makeWorld } from "../../agents/folders/world.ts";

const LIMITS = { helperHomeBytesMax: 1e6, helperWorkBytesMax: 1e6, copyBytesMax: 1e9 };

describe("a helper's copy of a project", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  /** The place of a cluster's helper, with the folders that a daemon has opened. */
  function placeOf(world: ReturnType<typeof makeWorld>, folders: ProjectFolders, cluster: bigint) {
    return projectWorkplace(
      { cluster, name: "ada" } as HelperPlan,
      {
        folder: join(world.data, "helpers"),
        project: world.project,
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
});
