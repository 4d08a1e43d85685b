import type { Fault } from "./fault.ts";

/** The daemon is killed at any instant, its start included, and starts again. */
export const kill: Fault = {
  name: "kill",
  row: "killed at any instant",
  weight: 10,
  lastsMs: [0, 1_500],
  async begin(world, { operator }) {
    if (await operator.daemon.hold()) world.count("kills");
    return () => {
      operator.daemon.release();
      world.recovers(operator);
    };
  },
};
