import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import type { FormationRequest } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { CONNECTED_NODES_MAX } from "../limits.ts";
import { blueprintOf } from "../planning/basis.ts";
import type { PlanDraft, Planner, Verdict } from "../planning/planner.ts";
import { amount } from "../planning/policy.ts";
import type { Plan } from "../plans.ts";
import { define } from "./define.ts";
import { type Identified, identify } from "./identify.ts";
import { impossibleSlug } from "./impossible.ts";

/**
 * What it takes to form a cluster: publish it, wait until its nodes are there, and give it its rules and its first context.
 *
 * @param request As `checkFormation` answers it.
 * @param promised Agents that open plans are about to put into clusters.
 * @throws PleiadError FORMATION_IMPOSSIBLE
 */
export function formationDraft(
  request: FormationRequest,
  fleet: Fleet,
  promised: ReadonlySet<bigint>,
): PlanDraft {
  const { slug } = request;
  const taken = slugOwner(fleet, slug);
  if (taken !== undefined) throw impossibleSlug(slug, taken);
  const identified = identify(request, fleet, promised);
  const yaml = define(request, identified);
  // A text that the publication would refuse is a bug here, not a plan.
  parseBlueprint(yaml);
  const members = [...identified.needs.flat(), ...identified.reserve];
  const nodes = nodesOf(identified, fleet);
  // Who serves no member of a cluster writes nothing into it.
  const isOurs = nodes.some((node) => fleet.nodes.get(node)?.isOwn === true);
  return {
    kind: "FORMATION",
    cluster: 0n,
    title: `Forms the cluster ${slug} of ${members.length} agents, for ${amount(identified.costWei)} a run.`,
    steps: [
      {
        step: { act: "publish", slug, yaml, from: 0, owner: request.owner },
        why: `${members.length} agents meet all needs within the limits, and no cheaper ones do.`,
      },
      {
        step: { act: "connect", cluster: 0n, nodes },
        why: `${nodes.length} nodes that are up serve the members' models.`,
      },
      ...(isOurs ? writing(request) : []),
    ],
  };
}

/** The cluster that has a slug, whoever manages it: a slug is given once for ever. */
function slugOwner({ slugs, clusters }: Fleet, slug: string): bigint | undefined {
  const known = slugs?.get(slug);
  if (known !== undefined) return known;
  for (const cluster of clusters.values()) if (cluster.slug === slug) return cluster.cluster;
  return undefined;
}

function writing(request: FormationRequest): PlanDraft["steps"] {
  return [
    {
      step: { act: "write-rules", cluster: 0n, text: rulesOf(request) },
      why: "Members know in which order they work.",
    },
    {
      step: { act: "write-context", cluster: 0n, key: "goal", value: request.goal },
      why: "Members know what they work for.",
    },
  ];
}

/** Forms on request alone; says of what was formed whether it is there. */
export function createFormationPlanner(): Planner {
  return { capability: "formation", plan: () => [], judge };
}

/** Ids of the agents that plans are about to put into a cluster. */
export function promisedAgents(plans: readonly Pick<Plan, "steps">[]): ReadonlySet<bigint> {
  return new Set(plans.flatMap(({ steps }) => agentsOf(steps)));
}

/** A file is long to read, and the steps of a plan never change. */
const readBefore = new WeakMap<Plan["steps"], readonly bigint[]>();

function agentsOf(steps: Plan["steps"]): readonly bigint[] {
  const before = readBefore.get(steps);
  if (before !== undefined) return before;
  const found = steps.flatMap(({ step }) => {
    const agents = step.act === "publish" ? (blueprintOf(step.yaml)?.agents ?? []) : [];
    return agents.flatMap(({ id }) => (id === undefined ? [] : [id]));
  });
  readBefore.set(steps, found);
  return found;
}

/** A cluster of others is not among those that this manager sees, so its members tell. */
function judge(plan: Plan, _before: unknown, fleet: Fleet): Verdict {
  const ids = [...promisedAgents([plan])];
  const clusters = new Set(ids.map((id) => fleet.agents.get(id)?.cluster ?? 0n));
  const [cluster = 0n] = clusters;
  if (clusters.size === 1 && cluster !== 0n)
    return { isGood: true, why: `All members are in cluster ${cluster}.` };
  return { isGood: false, why: `Of ${ids.length} members not all are in one cluster.` };
}

/** Nodes that can run a member and are up, in the order of their ids. */
function nodesOf({ needs, reserve }: Identified, fleet: Fleet): readonly bigint[] {
  const found = new Set<bigint>();
  for (const { agent } of [...needs.flat(), ...reserve]) {
    for (const node of fleet.models.get(agent.model)?.nodes ?? []) {
      if (fleet.nodes.get(node)?.isUp === true) found.add(node);
    }
  }
  return [...found].sort((left, right) => (left < right ? -1 : 1)).slice(0, CONNECTED_NODES_MAX);
}

function rulesOf({ needs }: FormationRequest): string {
  const order = needs.map(({ capability, count }, index) => `${index + 1}. ${capability} (${count})`);
  return [
    "This cluster was formed by its manager. Work in this order; those of one line work side by side:",
    ...order,
    "Build on what those before you made. Say what you could not do. What stands under the key goal is what all of this is for.",
  ].join("\n");
}
