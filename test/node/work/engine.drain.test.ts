import { expect } from "chai";
import { describe, it } from "mocha";
import { inWorld } from "./engineWorld.ts";
import { CLUSTER } from "./fakeChain.ts";
import { plainAnswer, type TestNode } from "./world.ts";

/** An agent that answers when it is told to. */
function gated(node: TestNode): (() => void)[] {
  const gates: (() => void)[] = [];
  node.answer = async (question, options) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return plainAnswer(question, options);
  };
  return gates;
}

describe("createEngine: places that change, and draining", () => {
  const alone = { nodes: [1n] };

  it(
    "morePlaces_areTakenAtOnce_andTheLoadTellsWhatRunsAndWaits",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 1 });
      const gates = gated(node);
      for (let run = 0; run < 4; run++) world.chain.execute({ dependsOn: [0] });
      await world.flush();
      await world.pass(5_000);
      expect(node.engine.places.load().get(CLUSTER)).to.deep.equal({
        running: 1,
        waiting: 3,
        oldestMs: 5_000,
        latencyMs: undefined,
      });
      node.engine.places.setTotal(3);
      await world.until(() => gates.length === 3, "three run");
      expect([node.engine.places.total(), node.engine.waitingJobs()]).to.deep.equal([3, 1]);
      for (let run = 0; run < 4; run++) {
        await world.until(() => gates.length > 0, `run ${run} is asked for`);
        gates.shift()?.();
      }
      await world.flush();
      expect(
        node.engine.places.load().get(CLUSTER),
        "an answer counts from when its task was ready",
      ).to.deep.equal({
        running: 0,
        waiting: 0,
        oldestMs: 0,
        latencyMs: 5_000,
      });
    }, alone),
  );

  it(
    "aNodeThatIsDrained_endsWhatRuns_takesUpNothing_saysSo_andGoesOnOnceItIsResumed",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 1 });
      const gates = gated(node);
      const [first, second] = [
        world.chain.execute({ dependsOn: [0] }),
        world.chain.execute({ dependsOn: [0] }),
      ];
      await world.until(() => gates.length === 1, "the first runs");
      node.engine.places.drain();
      await world.flush();
      expect(node.engine.waits(second).map(({ code }) => code)).to.deep.equal(["NODE_DRAINING"]);
      expect(node.engine.waitingJobs(), "what waited is left to others").to.equal(0);
      gates.shift()?.();
      await world.flush();
      expect(world.chain.execution(first).running, "what ran is answered").to.equal(false);
      await world.pass(60_000);
      expect([gates.length, node.engine.activeJobs(), node.engine.places.isDraining()]).to.deep.equal([
        0,
        0,
        true,
      ]);
      node.engine.places.resume();
      await world.until(() => gates.length === 1, "the second is taken up");
      expect(node.engine.waits(second)).to.deep.equal([]);
      gates.shift()?.();
      await world.flush();
      expect(world.chain.execution(second).running).to.equal(false);
    }, alone),
  );
});
