import type { Fleet } from "../fleet.ts";
import { RECALLED_GRACE_MS } from "../limits.ts";
import type { Plan } from "../plans.ts";
import type { AddedNode } from "./grow.ts";

/** What this manager added itself, and alone may take away again. */
export interface OwnAdditions {
  nodes(): readonly AddedNode[];
  helpersOf(cluster: bigint): ReadonlySet<string>;
  /** A plan that was found good: what was done counts as this manager's, not what was only wanted, as somebody else may have done the same since. */
  took(plan: Plan): void;
  /** The same of a plan of before a restart. Helpers come back some time after their daemon. */
  recall(plan: Plan): void;
  /** What is gone is not this manager's any more: who comes by the same name is somebody else's. */
  forgetGone(fleet: Fleet): void;
}

export function createOwnAdditions(): OwnAdditions {
  const nodes = new Map<string, AddedNode>();
  /** By cluster and name. */
  const helpers = new Map<bigint, Set<string>>();
  /** Those that were recalled and not seen since, as `cluster/name`. */
  const awaited = new Set<string>();
  let awaitedUntilMs: number | undefined;

  function took({ cluster, steps }: Plan): void {
    for (const { step } of steps) {
      switch (step.act) {
        case "serve-model":
          nodes.set(`${step.node}/${step.model}`, { node: step.node, model: step.model });
          break;
        case "leave-model":
          nodes.delete(`${step.node}/${step.model}`);
          break;
        case "start-helper":
          helpers.set(cluster, (helpers.get(cluster) ?? new Set<string>()).add(step.name));
          break;
        case "stop-helper":
          helpers.get(cluster)?.delete(step.name);
          break;
        default:
      }
    }
  }

  return {
    nodes: () => [...nodes.values()],
    helpersOf: (cluster) => helpers.get(cluster) ?? new Set(),
    took,
    recall(plan) {
      took(plan);
      for (const { step } of plan.steps)
        if (step.act === "start-helper") awaited.add(`${plan.cluster}/${step.name}`);
    },
    forgetGone(fleet) {
      awaitedUntilMs ??= fleet.atMs + RECALLED_GRACE_MS;
      if (fleet.atMs >= awaitedUntilMs) awaited.clear();
      for (const [cluster, names] of helpers) {
        const members = new Set(fleet.clusters.get(cluster)?.members.map(({ name }) => name));
        for (const name of names) {
          const key = `${cluster}/${name}`;
          if (members.has(name)) awaited.delete(key);
          else if (!awaited.has(key)) names.delete(name);
        }
        if (names.size === 0) helpers.delete(cluster);
      }
      for (const [key, { node, model }] of nodes)
        if (!(fleet.models.get(model)?.nodes.includes(node) ?? false)) nodes.delete(key);
    },
  };
}
