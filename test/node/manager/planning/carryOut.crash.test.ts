import { expect } from "chai";
import { describe, it } from "mocha";
import { isOver } from "../../../../node/src/manager/planning/records.ts";
import type { PlanState, Step } from "../../../../node/src/manager/plans.ts";
import { Crash, costOf, failing, type PlanWorld, planWorld } from "./world.ts";

const STEPS: readonly Step[] = [
  { act: "serve-model", node: 2n, model: 1n },
  { act: "set-places", node: 1n, from: 4, to: 6 },
  { act: "drain-node", node: 2n },
];
const KEYS = ["0", "1", "2"];

interface Story {
  readonly name: string;
  readonly prepare: (world: PlanWorld) => void;
  /** What is done after the yes. */
  readonly go: (world: PlanWorld, id: string) => Promise<unknown>;
  readonly state: PlanState;
  /** Ends of the keys of what is done, in order. */
  readonly keys: readonly string[];
}

const forward = (world: PlanWorld, id: string) => world.carrier.advance(id);

const STORIES: readonly Story[] = [
  { name: "all goes well", prepare: () => undefined, go: forward, state: "applied", keys: KEYS },
  {
    name: "the last step fails",
    prepare: ({ hands }) => {
      hands.onAct = ({ act }) => {
        if (act === "drain-node") throw failing("NODE_UNKNOWN", false);
      };
    },
    go: forward,
    state: "failed",
    keys: ["0", "1", "1/back", "0/back"],
  },
  {
    name: "the last step fails and the first cannot be taken back",
    prepare: ({ hands }) => {
      hands.irreversible = ({ act }) => act === "serve-model";
      hands.onAct = ({ act }) => {
        if (act === "drain-node") throw failing("NODE_UNKNOWN", false);
      };
    },
    go: forward,
    state: "failed",
    keys: ["0", "1", "1/back"],
  },
  {
    name: "it made things worse",
    prepare: () => undefined,
    go: async (world, id) => {
      await world.carrier.advance(id);
      return world.carrier.judged(id, { isGood: false, why: "It is slower than before." });
    },
    state: "reverted",
    keys: [...KEYS, "2/back", "1/back", "0/back"],
  },
];

describe("carrying out, with a crash", () => {
  for (const story of STORIES) {
    it(`at every point, once and then once more: does each step once, skips none, counts its cost once (${story.name})`, async function () {
      this.timeout(60_000);
      const calm = await play(story, []);
      const whole = calm.points.passed;
      expect(whole).to.be.greaterThan(10);
      let crashes = 0;
      for (let first = 0; first < whole; first++) {
        for (let second = -1; second < whole; second++) {
          const world = await play(story, second < 0 ? [first] : [first, second]);
          crashes += world.crashes;
          const where = `crashes at ${first} and ${second}`;
          expect(ends(world), where).to.deep.equal(story.keys);
          expect((await world.records.get(world.id))?.state, where).to.equal(story.state);
          expect(await world.spending.ofDay(world.nowMs), where).to.equal(
            await calm.spending.ofDay(calm.nowMs),
          );
          // From here on there are no more points: a second crash further on never comes.
          if (second >= 0 && world.crashes < 2) break;
        }
      }
      expect(crashes).to.be.greaterThan(whole);
    });
  }
});

/** The story with processes that end at those points, each counted from the start of its process. */
async function play(story: Story, crashesAt: readonly number[]) {
  const world = planWorld();
  world.hands.cost = () => costOf(1_000n);
  story.prepare(world);
  const { id } = await world.plan(STEPS);
  world.points.passed = 0;
  let crashes = 0;
  for (const at of [...crashesAt, undefined]) {
    world.points.at = at;
    world.points.passed = 0;
    try {
      const plan = await world.records.get(id);
      if (plan === undefined || isOver(plan)) break;
      await world.carrier.approve(id, "a person");
      await story.go(world, id);
      break;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      crashes += 1;
      world.restart();
    }
  }
  world.points.at = undefined;
  return Object.assign(world, { id, crashes });
}

function ends({ hands, id }: PlanWorld & { readonly id: string }): string[] {
  return hands.done.map(({ key }) => key.slice(id.length + 1));
}
