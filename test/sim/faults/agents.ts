import { writeFileSync } from "node:fs";
import { modeFile } from "../operatorFolder.ts";
import type { Fault } from "./fault.ts";

/** The agents of one operator do what `agent.sh` calls so. */
function agentFault(name: string, row: string, modes: readonly string[], rest: Partial<Fault> = {}): Fault {
  return {
    name,
    row,
    weight: 3,
    lastsMs: [3_000, 12_000],
    ...rest,
    async begin(world, { operator, rng }) {
      const mode = rng.pick(modes);
      const file = modeFile(operator.daemon.folder);
      writeFileSync(file, mode);
      world.count(`agents that ${mode}`);
      return () => writeFileSync(file, "answer");
    },
  };
}

/** Nothing comes of it: somebody else has to step in. */
export const agentFails = agentFault(
  "agentFails",
  "agent hangs, floods, forks, hides children",
  ["hang", "deaf", "flood", "fail", "bytes"],
  { onVictimOnly: true },
);

/** It answers, and leaves something running. */
export const agentForks = agentFault("agentForks", "agent hangs, floods, forks, hides children", [
  "fork",
  "hide",
]);

/** Its answer holds all that it could see, or orders to whoever reads it next. */
export const agentPries = agentFault("agentPries", "agent or peer text carrying instructions", [
  "pry",
  "order",
]);

/** It answers so late that the next node's window is open, and both do. */
export const agentLate = agentFault("agentLate", "two nodes, one task", ["late"], {
  onVictimOnly: true,
  weight: 4,
});
