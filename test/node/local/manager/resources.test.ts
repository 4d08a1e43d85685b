import { expect } from "chai";
import { describe, it } from "mocha";
import { createResources } from "../../../../node/src/local/manager/resources.ts";

/** A machine whose figures a test sets. */
function machine() {
  const world = {
    idleMs: 0,
    allMs: 0,
    memory: { available: 6, total: 10 },
    disk: { blocks: 100, bavail: 90 },
    work(busyMs: number, idleMs: number) {
      world.idleMs += idleMs;
      world.allMs += busyMs + idleMs;
    },
  };
  const resources = createResources(
    { folder: "/data" },
    {
      processor: () => ({ idleMs: world.idleMs, allMs: world.allMs }),
      memory: () => world.memory,
      async disk(folder) {
        expect(folder).to.equal("/data");
        return world.disk;
      },
    },
  );
  return { world, resources };
}

describe("resources of this machine", () => {
  it("are the highest of the shares of processor since the last look, memory and disk", async () => {
    const { world, resources } = machine();
    expect(await resources()).to.deep.equal({ share: 0.4, of: "memory" });
    world.work(75, 25);
    expect(await resources()).to.deep.equal({ share: 0.75, of: "processor" });
    world.work(0, 100);
    expect(await resources(), "the processor of then counts no more").to.include({ of: "memory" });
    world.disk = { blocks: 100, bavail: 5 };
    expect(await resources()).to.deep.equal({ share: 0.95, of: "disk" });
  });

  it("keep the processor's share between two looks in one tick, and are from 0 to 1 whatever a machine says", async () => {
    const { world, resources } = machine();
    world.work(90, 10);
    expect((await resources()).share).to.equal(0.9);
    expect((await resources()).share, "no time has passed").to.equal(0.9);
    world.work(10, 90);
    world.memory = { available: 20, total: 10 };
    world.disk = { blocks: 0, bavail: 0 };
    expect((await resources()).share).to.be.closeTo(0.1, 1e-9);
    world.memory = { available: -5, total: 10 };
    expect((await resources()).share).to.equal(1);
  });

  it("are had of the machine itself", async () => {
    const { share } = await createResources({ folder: import.meta.dirname })();
    expect(share).to.be.above(0).and.at.most(1);
  });
});
