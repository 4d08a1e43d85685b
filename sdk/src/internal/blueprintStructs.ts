import type { AgentEntry, PublishTerms, TaskEntry } from "../types/cluster.ts";
import { dependencyMask } from "./mask.ts";

/** An agent as `ClusterRegistry` takes it. */
export function agentStruct(entry: AgentEntry) {
  const { agent, name, role = "", goal = "", backstory = "" } = entry;
  return { agent, name, role, goal, backstory };
}

/** A task as `ClusterRegistry` takes it. `task` is the index it will have. */
export function taskStruct(entry: TaskEntry, task: number) {
  const { name, agent, prompt, tool = "", dependsOn } = entry;
  return { name, agent, prompt, tool, dependsOn: dependencyMask(dependsOn, task, name) };
}

/** Terms as `ClusterRegistry` takes them. */
export function termsStruct(terms: PublishTerms) {
  return { feeWei: terms.feeWei ?? 0n, windowSeconds: terms.windowSeconds };
}
