import { leaveModel } from "@pleiad/sdk/actions/leaveModel";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import type { Sender } from "./account.ts";
import { cliError } from "./cliError.ts";
import { type ClusterPlan, planCluster } from "./clusterPlan.ts";
import { requireRights, rightsOf } from "./clusterRights.ts";
import { applyPlan } from "./clusterSteps.ts";
import type { ChainContext } from "./context.ts";
import type { OwnersStep } from "./managerText.ts";

/**
 * Carries out a step of a manager's plan with the caller's own key. Done again after it was done, it finds the chain as it is to be.
 *
 * @returns what the manager is told: the cluster's id, a transaction's hash
 * @throws ContractError as the chain refuses; PleiadError those of `cluster apply`; MANAGER_STEP_OFFERED where the other side's owner has to
 * bring it, too
 */
export async function carryOutStep(
  step: OwnersStep,
  chain: ChainContext,
  sender: Sender,
  around: {
    readonly say: (text: string) => void;
    /** Shown what a publication changes; throws where its owner does not want it. A draft that was edited since shows here. */
    readonly agree: (plan: ClusterPlan) => Promise<void>;
  },
): Promise<string> {
  const { deployment } = chain;
  const { say, agree } = around;
  if (step.act === "publish") {
    const blueprint = parseBlueprint(step.yaml, `${step.slug}.yaml`);
    const plan = await planCluster(chain, blueprint);
    if (plan.steps.length === 0 && plan.cluster !== undefined) return String(plan.cluster.cluster);
    requireRights(await rightsOf(chain, plan, sender.address), sender.address);
    await agree(plan);
    const { cluster } = await applyPlan(sender.client, deployment, plan, say);
    return String(cluster);
  }
  const about = { deployment, model: BigInt(step.model), node: BigInt(step.node) };
  const pair = `node ${step.node} and model ${step.model}`;
  say(pair);
  const places = await listServingNodes(chain.client, about);
  const isServing = places.some(({ node, active }) => node === about.node && active);
  if (isServing === (step.act === "serve-model")) return `${pair} were so already`;
  if (step.act === "leave-model") return (await leaveModel(sender.client, about)).hash;
  const { hash, joined } = await serveModel(sender.client, about);
  if (joined) return hash;
  throw cliError("MANAGER_STEP_OFFERED", `${pair} have other owners, and one of them has agreed: ${hash}`, {
    hint: "let the other one bring the same step: pleiad manager apply PLAN",
    details: { model: step.model, node: step.node, hash },
  });
}
