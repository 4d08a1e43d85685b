import { leaveModel } from "@pleiad/sdk/actions/leaveModel";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import type { Cluster } from "@pleiad/sdk/types/cluster";
import { type Address, isAddressEqual } from "viem";
import type { Sender } from "./account.ts";
import { cliError } from "./cliError.ts";
import { type ClusterPlan, planCluster } from "./clusterPlan.ts";
import { requireRights, rightsOf } from "./clusterRights.ts";
import { applyPlan } from "./clusterSteps.ts";
import type { ChainContext } from "./context.ts";
import type { OwnersStep } from "./managerText.ts";

type Publication = Extract<OwnersStep, { readonly act: "publish" }>;

/**
 * What a publication changes on the chain, line by line.
 *
 * @throws PleiadError PUBLISH_FROM_OTHER where the chain is not what the step starts from; those of `cluster diff`
 */
export async function changesOf(step: Publication, chain: ChainContext): Promise<ClusterPlan["lines"]> {
  const plan = await planCluster(chain, parseBlueprint(step.yaml, `${step.slug}.yaml`));
  if (!isPublished(plan)) requireFrom(step, plan);
  return plan.lines;
}

/** What can be known before a step is taken up: so a wrong key or slug costs no reservation. @throws as `carryOutStep` */
export async function checkStep(step: OwnersStep, chain: ChainContext, sender: Sender): Promise<void> {
  if (step.act !== "publish") return;
  const plan = await planCluster(chain, parseBlueprint(step.yaml, `${step.slug}.yaml`));
  if (isPublished(plan)) return;
  requireFrom(step, plan);
  requireOwner(step, sender.address);
  requireRights(await rightsOf(chain, plan, sender.address), sender.address);
}

/** Whether the chain is what the file says: it was sent before. */
function isPublished(plan: ClusterPlan): plan is ClusterPlan & { readonly cluster: Cluster } {
  return plan.steps.length === 0 && plan.cluster !== undefined;
}

/** The slug may be that of a cluster that the manager never saw: nothing of it is to be rewritten. */
function requireFrom({ slug, from }: Publication, { cluster }: ClusterPlan): void {
  if ((cluster?.versions ?? 0n) === BigInt(from) && (cluster === undefined) === (from === 0)) return;
  const is =
    cluster === undefined
      ? "there is no such cluster"
      : `cluster ${cluster.cluster} has the slug, at version ${cluster.versions}`;
  const expected = from === 0 ? "forms a new cluster" : `starts from version ${from}`;
  throw cliError("PUBLISH_FROM_OTHER", `the plan ${expected} with the slug ${slug}, and ${is}`, {
    details: { slug, from, cluster: cluster?.cluster, version: cluster?.versions },
  });
}

function requireOwner({ slug, owner }: Publication, signer: Address): void {
  if (owner === undefined || isAddressEqual(owner as Address, signer)) return;
  throw cliError(
    "PUBLISH_OWNER_OTHER",
    `the plan forms ${slug} for ${owner}, and the key is that of ${signer}`,
    {
      details: { slug, owner, signer },
    },
  );
}

/**
 * Carries out a step of a manager's plan with the caller's own key. Done again after it was done, it finds the chain as it is to be.
 *
 * @returns what the manager is told: the cluster's id, a transaction's hash
 * @throws ContractError as the chain refuses; PleiadError PUBLISH_FROM_OTHER, PUBLISH_OWNER_OTHER, those of `cluster apply`;
 * MANAGER_STEP_OFFERED where the other side's owner has to bring it, too
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
    if (isPublished(plan)) return String(plan.cluster.cluster);
    requireFrom(step, plan);
    requireOwner(step, sender.address);
    requireRights(await rightsOf(chain, plan, sender.address), sender.address);
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
