import { PleiadError } from "@pleiad/sdk/errors";
import { decimalOf, microsOf } from "../../agents/money/amounts.ts";
import type { FamilyMember, Ledger } from "../../agents/money/ledger.ts";
import type { HelperPlan, HelperSpawner } from "../../agents/team/ports.ts";
import type { HelperStart } from "../../workspace/ports.ts";

/** Agents that spawn one another in a line: who needs more has a plan that nobody follows any more. */
export const FAMILY_DEPTH_MAX = 8;

/** A helper's name in the books. */
export function bookNameOf(node: bigint, { cluster, name }: Pick<HelperPlan, "cluster" | "name">): string {
  return `helper ${node}/${name} of cluster ${cluster}`;
}

/** The family as the ledger takes it. */
export function familyOf({ family = [] }: Pick<HelperPlan, "family">): readonly FamilyMember[] {
  return family.map(({ agent, budget }) => ({
    agent,
    budgetMicros: budget === undefined ? undefined : microsOf(budget),
  }));
}

/**
 * On whose budgets a helper draws that `by` spawns: that agent's, and those on which it draws itself. What an agent gives is bounded by
 * what is left to it.
 *
 * @returns undefined where a person spawns it
 * @throws PleiadError BUDGET_TOO_LARGE, SPAWN_TOO_DEEP
 */
export async function familyFor(
  { by, cluster, user, budget }: Pick<HelperStart, "by" | "cluster" | "user" | "budget">,
  modules: {
    readonly node: bigint;
    readonly ledger: Pick<Ledger, "left">;
    readonly currency: string;
    readonly planOf: (cluster: bigint, name: string) => HelperPlan | undefined;
  },
): Promise<readonly HelperSpawner[] | undefined> {
  const spawner = spawnerOf(by, cluster, modules);
  if (spawner === undefined) return undefined;
  const { self, family } = spawner;
  if (family.length + 1 > FAMILY_DEPTH_MAX) {
    throw new PleiadError(`${FAMILY_DEPTH_MAX} agents have spawned one another in a line already`, {
      code: "SPAWN_TOO_DEEP",
      hint: "hand the work to an agent that is there (spawn_job, send_message), or ask a person to spawn the helper",
      details: { depthMax: FAMILY_DEPTH_MAX },
    });
  }
  const left = await modules.ledger.left({
    agent: self.agent,
    agentBudgetMicros: self.budget === undefined ? undefined : microsOf(self.budget),
    family: familyOf({ family }),
    cluster,
    user,
  });
  if (budget !== undefined && left !== undefined && microsOf(budget) > left) {
    const { currency } = modules;
    throw new PleiadError(
      `${budget} ${currency} is more than the ${decimalOf(left)} ${currency} left to you`,
      {
        code: "BUDGET_TOO_LARGE",
        hint:
          left === 0n
            ? "your budget is used up: ask whoever spawned you for more"
            : `give it at most ${decimalOf(left)}, or leave the budget out: then it draws on yours`,
        details: { budget, left: decimalOf(left), currency },
      },
    );
  }
  return [self, ...family];
}

/** Who spawns, and who spawned that one; undefined for a person. */
function spawnerOf(
  by: HelperStart["by"],
  cluster: bigint,
  {
    node,
    planOf,
  }: { readonly node: bigint; readonly planOf: (cluster: bigint, name: string) => HelperPlan | undefined },
): { readonly self: HelperSpawner; readonly family: readonly HelperSpawner[] } | undefined {
  const [kind, id = ""] = by.split(":");
  if (kind === "agent") return { self: { agent: `agent ${id}` }, family: [] };
  if (kind !== "helper") return undefined;
  const name = id.slice(id.indexOf("/") + 1);
  const plan = planOf(cluster, name);
  const self = { agent: bookNameOf(node, { cluster, name }) };
  // One without a program here was connected by a person: it has no budget but the operator's for each agent.
  if (plan === undefined) return { self, family: [] };
  return {
    self: { ...self, ...(plan.budget === undefined ? {} : { budget: plan.budget }) },
    family: plan.family ?? [],
  };
}
