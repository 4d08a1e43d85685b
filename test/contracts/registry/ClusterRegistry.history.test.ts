import { expect } from "chai";
import fc from "fast-check";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import {
  createChain,
  deployRegistries,
  INDEPENDENT,
  PUBLISH_TERMS,
  registerAgent,
  registerModel,
  taskEntry,
} from "../fixtures/registries.ts";
import { compare, compareWithLog, type Model, type Play, play, type Step } from "./clusterHistory.ts";

const SEED_DEFAULT = 20_251;
/** Another seed gives other histories: `PLEIAD_TEST_SEED=7 hardhat test mocha …`. */
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 100);
const STEPS_MAX = 100;

const { networkHelpers } = await createChain();

/** Three owners and an open model, so that a history begins with agents of each. */
async function stage(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { alice, bob, carol } = registries;
  const model = await registerModel(registries, alice);
  const ownerOfAgent = [alice, alice, alice, bob, bob, carol];
  for (const owner of ownerOfAgent) await registerAgent(registries, owner, model);
  return { ...registries, model, ownerOfAgent };
}

/** A new chain on which nothing but the stage was set. */
async function newPlay(): Promise<Play> {
  const world = await networkHelpers.loadFixture(stage);
  const model: Model = {
    agents: world.ownerOfAgent.map((owner) => ({ owner, onModel: true })),
    clusters: [],
  };
  return { world, owners: [world.alice, world.bob, world.carol], model };
}

const agent = fc.nat({ max: 11 });
const name = fc.nat({ max: 11 });
const few = fc.nat({ max: 3 });
const by = fc.nat({ max: 5 });
const dependsOn = fc.constantFrom(0, 0, 1, 2, 4);
const some = fc.boolean();
const list = fc.array(agent, { maxLength: 3 });

const step: fc.Arbitrary<Step> = fc.oneof<fc.WeightedArbitrary<Step>[]>(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), by, slug: few }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("addAgent" as const), by, cluster: few, agent, name }),
  },
  {
    weight: 16,
    arbitrary: fc.record({ do: fc.constant("addTask" as const), by, cluster: few, agent, name, dependsOn }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("removeAgent" as const), by, cluster: few, agent }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("replaceAgent" as const), by, cluster: few, agent, name }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("replaceTask" as const),
      by,
      cluster: few,
      task: few,
      agent,
      name,
      dependsOn,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("removeTask" as const), by, cluster: few, task: few }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("reorderTasks" as const), by, cluster: few, first: few }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("publish" as const), by, cluster: few }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("build" as const), by, slug: few, agents: list, tasks: list }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("moveAgent" as const), agent, to: by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("moveCluster" as const), cluster: few, to: by }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("setModel" as const), agent, some }) },
);
const history = fc.noBias(fc.array(step, { minLength: 40, maxLength: STEPS_MAX, size: "max" }));

/**
 * However they came about, no draft is bricked: once each agent has a model and each task a member, each that has a member
 * and a task is publishable.
 */
async function checkPublishable({ world, model }: Play): Promise<void> {
  const { agents, clusters } = world;
  for (const [i, { owner }] of model.agents.entries()) {
    await agents.write.setModel([BigInt(i), world.model], { account: owner });
  }
  for (const [i, { owner, members, tasks }] of model.clusters.entries()) {
    const [member] = members;
    if (member === undefined) continue;
    for (const [task, { name, agent, dependsOn }] of tasks.entries()) {
      if (members.some((one) => one.agent === agent)) continue;
      const entry = taskEntry(name, member.agent, { dependsOn: dependsOn || INDEPENDENT });
      await clusters.write.replaceTask([BigInt(i + 1), BigInt(task), entry], { account: owner });
    }
    if (tasks.length > 0) await clusters.simulate.publish([BigInt(i + 1), PUBLISH_TERMS], { account: owner });
  }
}

describe("ClusterRegistry histories", () => {
  it(`history_randomCallsByThreeOwners_succeeds (seed ${SEED})`, async function () {
    this.timeout(120_000);
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const game = await newPlay();
        for (const [i, step] of steps.entries()) {
          const { expected, got } = await play(game, step);
          expect(got, `refusal of step ${i}, ${JSON.stringify(step)}`).to.equal(expected);
          reached.add(`${step.do} ${got ?? "succeeds"}`);
        }
        await compare(game);
        await compareWithLog(game);
        await checkPublishable(game);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    // The histories are worth something only if they reach both sides of each call; few runs of another seed may not.
    if (SEED !== SEED_DEFAULT) return;
    expect(
      OUTCOMES.filter((outcome) => !reached.has(outcome)),
      "outcomes that no history reached",
    ).to.deep.equal([]);
  });
});

const OUTCOMES = [
  "create succeeds",
  "create ClusterSlugTaken",
  "addAgent succeeds",
  "addAgent ClusterAgentNotOwned",
  "addAgent ClusterAgentTaken",
  "addAgent ClusterNameTaken",
  "addAgent ClusterNotOwned",
  "addTask succeeds",
  "addTask ClusterAgentMissing",
  "addTask ClusterDependencyNotEarlier",
  "addTask ClusterNameTaken",
  "removeAgent succeeds",
  "removeAgent ClusterAgentNotMember",
  "removeAgent ClusterNotOwned",
  "replaceAgent succeeds",
  "replaceAgent ClusterAgentNotMember",
  "replaceAgent ClusterNameTaken",
  "replaceTask succeeds",
  "replaceTask ClusterAgentMissing",
  "replaceTask ClusterDependencyNotEarlier",
  "replaceTask ClusterNameTaken",
  "replaceTask ClusterTaskUnknown",
  "removeTask succeeds",
  "removeTask ClusterTaskUnknown",
  "reorderTasks succeeds",
  "reorderTasks ClusterDependencyNotEarlier",
  "publish ClusterAgentMissing",
  "publish succeeds",
  "publish ClusterAgentWithoutModel",
  "publish ClusterNotOwned",
  "publish ClusterWithoutTasks",
  "build succeeds",
  "build ClusterAgentMissing",
  "build ClusterAgentNotOwned",
  "build ClusterAgentTaken",
  "build ClusterAgentWithoutModel",
  "build ClusterNameTaken",
  "build ClusterSlugTaken",
  "moveAgent succeeds",
  "moveCluster succeeds",
];
