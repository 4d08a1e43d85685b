import { leaveModel } from "@pleiad/sdk/actions/leaveModel";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import type { Sender } from "./account.ts";
import { planCluster } from "./clusterPlan.ts";
import { requireRights, rightsOf } from "./clusterRights.ts";
import { applyPlan } from "./clusterSteps.ts";
import type { ChainContext } from "./context.ts";
import type { OwnersStep } from "./managerText.ts";

/**
 * Carries out a step of a manager's plan with the caller's own key. Done again after it was done, it finds the chain as it is to be.
 *
 * @returns what the manager is told: the cluster's id, a transaction's hash
 * @throws ContractError as the chain refuses; PleiadError those of `cluster apply`
 */
export async function carryOutStep(
  step: OwnersStep,
  chain: ChainContext,
  sender: Sender,
  say: (text: string) => void,
): Promise<string> {
  const { deployment } = chain;
  if (step.act === "publish") {
    const blueprint = parseBlueprint(step.yaml, `${step.slug}.yaml`);
    const plan = await planCluster(chain, blueprint);
    if (plan.steps.length === 0 && plan.cluster !== undefined) return String(plan.cluster.cluster);
    requireRights(await rightsOf(chain, plan, sender.address), sender.address);
    const { cluster } = await applyPlan(sender.client, deployment, plan, say);
    return String(cluster);
  }
  const about = { deployment, model: BigInt(step.model), node: BigInt(step.node) };
  say(`node ${step.node} and model ${step.model}`);
  const { hash } =
    step.act === "serve-model"
      ? await serveModel(sender.client, about)
      : await leaveModel(sender.client, about);
  return hash;
}
