import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { ALPHA, fails, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

describe("file reservations", () => {
  it("keep a file for one, per node and folder, until it is released or expires", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
    const files = { folder: "shop", paths: ["src/a.ts", "docs/"], reason: "rewrite" };
    const held = await one.agent(1n).reserveFiles(files);
    await net.settle();
    expect((await two.agent(2n).listReservations())[0]).to.deep.include({ ...files, node: 1n });
    const scout = one.helper("scout");
    for (const path of ["src/a.ts", "src/", "docs/x/y.md", "docs", "docs/"]) {
      const details = await fails(
        scout.reserveFiles({ folder: "shop", paths: ["free.ts", path] }),
        "FILES_RESERVED",
      );
      expect(details).to.deep.include({ holder: "agent:1", reservation: held.id });
    }
    await scout.reserveFiles({ folder: "shop", paths: ["src/b.ts", "doc/x.md"] });
    await scout.reserveFiles({ folder: "other", paths: ["src/a.ts"] });
    // Another node's folder of that name is on another disk.
    await two.agent(2n).reserveFiles({ folder: "shop", paths: ["src/a.ts"] });
    await one.agent(1n).reserveFiles({ folder: "shop", paths: ["src/a.ts"] });
    await one.agent(1n).releaseFiles();
    await scout.reserveFiles({ folder: "shop", paths: ["src/a.ts"], seconds: 60 });
    await fails(one.agent(1n).reserveFiles({ folder: "shop", paths: ["src/a.ts"] }), "FILES_RESERVED");
    one.wall.ms += 60_001;
    const mine = await one.agent(1n).reserveFiles({ folder: "shop", paths: ["src/a.ts"] });
    await one.operator().releaseFiles({ reservation: mine.id });
    await fails(one.agent(1n).releaseFiles({ reservation: mine.id }), "RESERVATION_UNKNOWN");
  });

  it("are given to one of two that ask at once", async () => {
    const { one } = await threeNodes();
    await one.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
    const tries = await Promise.allSettled(
      [one.agent(1n), one.helper("scout")].map((on) => on.reserveFiles({ folder: "shop", paths: ["a.ts"] })),
    );
    expect(tries.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
  });

  it("are not released by another node's word", async () => {
    const { net, one, two } = await threeNodes();
    const { id } = await one.agent(1n).reserveFiles({ folder: "shop", paths: ["a.ts"] });
    await net.settle();
    await two.logs
      .get(ALPHA)
      ?.append({ type: "files.released", author: { kind: "node" }, data: { reservations: [id] } });
    await net.settle();
    expect(await one.agent(1n).listReservations()).to.have.length(1);
  });
});
