import type { Fault } from "./fault.ts";

/** One operator loses its connections to all others. */
export const partition: Fault = {
  name: "partition",
  row: "partition",
  weight: 5,
  lastsMs: [2_000, 10_000],
  async begin(world, { operator }) {
    const pipes = [
      ...operator.pipes.values(),
      ...world.operators.flatMap((other) => other.pipes.get(operator.index) ?? []),
    ];
    for (const pipe of pipes) pipe.cut();
    world.count("partitions");
    return () => {
      for (const pipe of pipes) pipe.join();
    };
  },
};
