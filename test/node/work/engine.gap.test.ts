import { expect } from "chai";
import { describe, it } from "mocha";
import type { Journal } from "../../../node/src/chain/journal.ts";
import { inWorld } from "./engineWorld.ts";

describe("createEngine: after a gap in the node's memory", () => {
  const barring =
    (barrier: "everything" | "unrecorded"): ((journal: Journal) => Journal) =>
    ({ signings, ...rest }) => ({
      ...rest,
      signings: { ...signings, barrierOf: async ({ execution }) => (execution === 1n ? barrier : "none") },
    });

  it(
    "executionsOfBefore_areLeftToOtherNodes_noAgentIsAsked_andTheOthersAreAnswered",
    inWorld(async (world) => {
      const node = await world.node(1n, { journal: barring("everything") });
      const before = world.chain.execute();
      await world.pass(200_000);
      expect(node.asked).to.deep.equal([]);
      expect(node.signed).to.deep.equal([]);
      expect(node.reported, "that it may not sign is no failure").to.deep.equal([]);
      expect(node.engine.waits(before).map(({ task, code }) => [task, code])).to.deep.equal([
        [0, "SIGNING_BARRED"],
      ]);
      const after = world.chain.execute();
      await world.pass(200_000);
      expect(new Set(node.signed.map(({ execution }) => execution))).to.deep.equal(new Set([after]));
    }),
  );

  it(
    "whatIsOnRecord_isSignedAgainAfterARebuild_andNothingElse",
    inWorld(async (world) => {
      const lost = await world.node(1n);
      const execution = world.chain.execute();
      await world.until(() => lost.signed.length > 0, "the first life signs");
      lost.kill();
      const [first] = lost.signed;
      const reborn = lost.reborn({ journal: barring("unrecorded") });
      await reborn.start();
      await world.pass(200_000);
      const contexts = new Set(reborn.signed.map(({ contextHash }) => contextHash));
      contexts.delete(first?.contextHash ?? "0x");
      expect(contexts, "contexts that were not on record").to.deep.equal(new Set());
      expect(reborn.engine.waits(execution).map(({ code }) => code)).to.include("SIGNING_BARRED");
    }),
  );
});
