import { markDown, type SimCluster, type SimNode, TICK_MS, turn, type World } from "./world.ts";

/** A fault, or its end, as it happened. */
export interface FaultEvent {
  readonly atMs: number;
  readonly what: "killed" | "killed seen" | "lies" | "split" | "slow" | "crashed" | "back";
  readonly node: bigint | undefined;
}

export interface Faults {
  readonly events: readonly FaultEvent[];
  step(): void;
}

/** Chance of each kind a second, over the whole fleet. */
const CHANCES = { kill: 1 / 60, lie: 1 / 180, split: 1 / 400, slow: 1 / 120, crash: 1 / 20 } as const;
/** Of 50 nodes, so that most members still have a node. */
const DOWN_MAX = 12;

/** Faults that the world's numbers decide; all are over after a while. */
export function createFaults(world: World): Faults {
  const events: FaultEvent[] = [];
  const rng = world.rng.fork("faults");
  const ends: { readonly atMs: number; readonly node: SimNode }[] = [];
  // Members that end soon after each start, whatever is done: restarts must give up on them.
  for (const cluster of rng.chance(1) ? [...world.clusters.values()].slice(0, 3) : []) {
    const member = cluster.members[0];
    if (member !== undefined) member.endsAfterMs = rng.int(3, 20) * 1_000;
  }

  const note = (what: FaultEvent["what"], node?: bigint) => events.push({ atMs: world.nowMs, what, node });
  const standing = () =>
    [...world.nodes.values()].filter(({ state, slowness }) => state === "well" && slowness === 1);
  const down = () => [...world.nodes.values()].filter(({ state }) => state !== "well").length;

  function endLater(node: SimNode, minSeconds: number, maxSeconds: number): void {
    ends.push({ atMs: world.nowMs + rng.int(minSeconds, maxSeconds) * 1_000, node });
  }

  function kill(): void {
    const node = rng.pick(standing());
    const isSeen = rng.chance(0.5);
    node.state = "dead";
    note(isSeen ? "killed seen" : "killed", node.id);
    // Its connections end, which whoever has one sees.
    if (isSeen) markDown(world, node);
    endLater(node, 80, 300);
  }

  function split(): void {
    for (let count = rng.int(2, 5); count > 0; count--) {
      const node = rng.pick(standing());
      node.state = "cut";
      note("split", node.id);
      endLater(node, 20, 180);
    }
  }

  function crash(): void {
    const cluster = rng.pick([...world.clusters.values()]) as SimCluster;
    const ready = cluster.members.filter(({ state }) => state === "ready");
    if (ready.length === 0) return;
    note("crashed");
    turn(world, cluster, rng.pick(ready), "lost");
  }

  return {
    events,
    step() {
      for (const end of ends.filter(({ atMs }) => atMs <= world.nowMs)) {
        ends.splice(ends.indexOf(end), 1);
        if (end.node.state !== "well") note("back", end.node.id);
        end.node.state = "well";
        end.node.slowness = 1;
      }
      const happens = (chance: number) => rng.chance((chance * TICK_MS) / 1_000);
      const mayFall = down() < DOWN_MAX;
      if (happens(CHANCES.kill) && mayFall) kill();
      if (happens(CHANCES.split) && mayFall) split();
      if (happens(CHANCES.lie) && mayFall) {
        const node = rng.pick(standing());
        node.state = "lying";
        note("lies", node.id);
        endLater(node, 60, 300);
      }
      if (happens(CHANCES.slow)) {
        const node = rng.pick(standing());
        node.slowness = rng.int(2, 5);
        note("slow", node.id);
        endLater(node, 60, 300);
      }
      if (happens(CHANCES.crash)) crash();
    },
  };
}
