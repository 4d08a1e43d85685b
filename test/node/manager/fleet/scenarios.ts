import { createRng } from "../../../sim/rng.ts";
import { createDriver, type Driver } from "./driver.ts";
import { createFaults } from "./faults.ts";
import { ORACLES, type OracleName, type Run } from "./oracles.ts";
import { settingsOf } from "./settings.ts";
import { createWorld, isSound, type World, type WorldOptions } from "./world.ts";

/** 50 nodes, 200 agents, 20 clusters. */
const FLEET: WorldOptions = {
  nodes: 50,
  own: 30,
  clusters: 20,
  agents: 200,
  models: 25,
  nodesPerModel: 6,
  owners: 10,
  membersMin: 4,
  membersMax: 8,
  places: 4,
  placeShare: 0.045,
};

export interface Outcome {
  readonly seed: string;
  readonly wrong: ReadonlyMap<OracleName, readonly string[]>;
  readonly run: Run;
}

interface Phase {
  readonly atMs: number;
  readonly factor: number;
}

/** What went wrong is said once for each oracle and sentence, and not more than so often. */
const SENTENCES_MAX = 5;

async function play(
  seed: string,
  world: World,
  driver: Driver,
  options: {
    readonly endMs: number;
    readonly phases: readonly Phase[];
    readonly withFaults: boolean;
    readonly settings: Run["settings"];
  },
): Promise<Outcome> {
  const { endMs, phases, settings } = options;
  const faults = options.withFaults ? createFaults(world) : { events: [], step: () => undefined };
  const rates = new Map([...world.clusters.values()].map(({ id, rate }) => [id, rate]));
  const oracles = ORACLES.map((create) => create());
  const wrong = new Map<OracleName, string[]>(oracles.map(({ name }) => [name, []]));
  const run: Run = {
    world,
    driver,
    settings,
    faults: faults.events,
    loadChangesMs: phases.map(({ atMs }) => atMs),
  };
  const note = (name: OracleName, sentences: readonly string[]) => {
    const list = wrong.get(name) as string[];
    for (const sentence of sentences)
      if (list.length < SENTENCES_MAX && !list.includes(sentence)) list.push(sentence);
  };
  while (world.nowMs < endMs) {
    const factor = phases.filter(({ atMs }) => atMs <= world.nowMs).at(-1)?.factor ?? 1;
    for (const cluster of world.clusters.values()) cluster.rate = (rates.get(cluster.id) as number) * factor;
    faults.step();
    await driver.step();
    for (const oracle of oracles) note(oracle.name, oracle.step?.(run) ?? []);
  }
  for (const oracle of oracles) note(oracle.name, oracle.end?.(run) ?? []);
  return { seed, wrong, run };
}

/** Load that rises, bursts and falls, and nothing else that goes wrong: what turns is the manager's doing. */
export async function playLoad(seed: string): Promise<Outcome> {
  const rng = createRng(`load/${seed}`);
  const world = createWorld(FLEET, rng.fork("world"));
  const settings = settingsOf();
  const phases = [
    { atMs: 0, factor: 1 },
    { atMs: 600_000, factor: rng.int(15, 30) / 10 },
    { atMs: 1_200_000, factor: rng.int(40, 70) / 10 },
    { atMs: 1_200_000 + rng.int(60, 240) * 1_000, factor: 1 },
    { atMs: 2_000_000, factor: rng.int(2, 5) / 10 },
  ];
  const driver = createDriver(world, settings, FLEET.placeShare);
  return play(seed, world, driver, { endMs: 2_700_000, phases, withFaults: false, settings });
}

/** Kills, lies, splits, slow nodes and crashes, under a load that changes, too. */
export async function playFaults(seed: string): Promise<Outcome> {
  const rng = createRng(`faults/${seed}`);
  const world = createWorld(FLEET, rng.fork("world"));
  const settings = settingsOf();
  const phases = [0, 1, 2, 3].map((at) => ({ atMs: at * 450_000, factor: rng.int(5, 40) / 10 }));
  const driver = createDriver(world, settings, FLEET.placeShare);
  const outcome = await play(seed, world, driver, { endMs: 1_800_000, phases, withFaults: true, settings });
  // Every fault is a change of load for who has to step in: here it proves nothing.
  return { ...outcome, wrong: new Map([...outcome.wrong, ["swing", []]]) };
}

/**
 * Seven clusters that want more than there is, each as much as it likes: equal ones, or one that counts so much more that the others have
 * nothing but their floors.
 */
export async function playOverload(
  seed: string,
  heaviest = 1,
): Promise<{ readonly outcome: Outcome; readonly used: readonly number[] }> {
  const rng = createRng(`overload/${seed}`);
  const options: WorldOptions = {
    ...FLEET,
    nodes: 12,
    own: 10,
    clusters: 7,
    owners: 7,
    nodesPerModel: "all",
    placeShare: 0.04,
  };
  const world = createWorld(options, rng.fork("world"));
  for (const cluster of world.clusters.values()) {
    cluster.rate = rng.int(30, 90) / 10;
    cluster.members = cluster.members.filter(({ agent }) => agent !== undefined);
  }
  for (const cluster of [...world.clusters.values()].slice(0, 1)) cluster.weight = heaviest;
  const settings = settingsOf({ placesFloor: 2, ownerShareMax: 0.75 });
  const driver = createDriver(world, settings, options.placeShare);
  const used = new Map<bigint, number>();
  const outcome = await play(
    seed,
    world,
    {
      ...driver,
      step: async () => {
        await driver.step();
        if (world.nowMs <= 600_000) return;
        for (const { id, running } of world.clusters.values()) used.set(id, (used.get(id) ?? 0) + running);
      },
    },
    { endMs: 900_000, phases: [{ atMs: 0, factor: 1 }], withFaults: false, settings },
  );
  return { outcome, used: [...used.values()] };
}

/** The load doubles after a quarter of an hour. What is done in the second minute after, beside what the places that may be can do. */
export async function playDoubled(
  seed: string,
): Promise<{ readonly outcome: Outcome; readonly share: number }> {
  const rng = createRng(`doubled/${seed}`);
  const options: WorldOptions = { ...FLEET, nodesPerModel: "all" };
  const world = createWorld(options, rng.fork("world"));
  const settings = settingsOf();
  const changeMs = 900_000;
  let rate = 0;
  for (const cluster of world.clusters.values()) {
    cluster.rate = rng.int(4, 6) / 10;
    cluster.members = cluster.members.filter(({ agent }) => agent !== undefined);
    rate += cluster.rate * 2;
  }
  const driver = createDriver(world, settings, options.placeShare);
  const phases = [
    { atMs: 0, factor: 1 },
    { atMs: changeMs, factor: 2 },
  ];
  let before = 0;
  const step = async () => {
    await driver.step();
    if (world.nowMs === changeMs + 60_000) before = world.done;
  };
  const outcome = await play(
    seed,
    world,
    { ...driver, step },
    { endMs: changeMs + 120_000, phases, withFaults: false, settings },
  );
  const places =
    [...world.nodes.values()].filter((node) => node.isOwn && isSound(node)).length *
    settings.policy.placesMax;
  // A task takes 10 s on average.
  const possible = Math.min(rate, places / 10) * 60;
  return { outcome, share: (world.done - before) / possible };
}
