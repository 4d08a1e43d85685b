import { contractError } from "../errors/contractError.ts";
import type { AgentEntry, PublishTerms, TaskEntry } from "../types/cluster.ts";
import { dependencyMask } from "./mask.ts";
import { TEMPERATURE_UNSET } from "./versionLayout.ts";

/** Thousandths of a temperature that the contract takes. */
const MILLI_MAX = 2_000;

/** An agent as `ClusterRegistry` takes it. */
export function agentStruct(entry: AgentEntry) {
  const { agent, name, role = "", goal = "", backstory = "", tokensMax = 0 } = entry;
  return { agent, name, role, goal, backstory, tokensMax, temperatureMilli: temperatureMilli(entry) };
}

function temperatureMilli({ name, temperature }: AgentEntry): number {
  if (temperature === undefined) return TEMPERATURE_UNSET;
  const milli = Math.round(temperature * 1_000);
  // What does not fit would be refused before it is sent, with words that name no agent.
  if (milli >= 0 && milli <= MILLI_MAX) return milli;
  throw contractError("ClusterTemperatureTooHigh", [name, BigInt(Math.max(milli, 0)), BigInt(MILLI_MAX)]);
}

/** A task as `ClusterRegistry` takes it. `task` is the index it will have. */
export function taskStruct(entry: TaskEntry, task: number) {
  const { name, agent, prompt, tool = "", toolArguments = "", dependsOn, quorum = 1 } = entry;
  const mask = dependencyMask(dependsOn, task, name);
  return { name, agent, prompt, tool, toolArguments, dependsOn: mask, quorum };
}

/** Terms as `ClusterRegistry` takes them. */
export function termsStruct(terms: PublishTerms) {
  return { feeWei: terms.feeWei ?? 0n, windowSeconds: terms.windowSeconds, attempts: terms.attempts ?? 0 };
}
