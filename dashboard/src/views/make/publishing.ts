import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { getGrant } from "@pleiad/sdk/actions/getGrant";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import type { Blueprint, BlueprintAgent } from "@pleiad/sdk/blueprint/blueprint";
import { resolveFee } from "@pleiad/sdk/blueprint/resolveFee";
import { toContractArguments } from "@pleiad/sdk/blueprint/toContractArguments";
import { contractError } from "@pleiad/sdk/errors/contractError";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Address, erc20Abi, type Hex, isAddressEqual, sha256, stringToBytes, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import type { Signer } from "../../wallet/signer.ts";

const ETHER_DECIMALS = 18;

/** One transaction that publishing takes. */
export interface Planned {
  readonly title: string;
  readonly contract: "agentRegistry" | "clusterRegistry";
  readonly to: Address;
  /** The agent that it registers; undefined for the one that publishes. */
  readonly agent: BlueprintAgent | undefined;
  /** As it was tried; undefined where that takes what those before it make. */
  readonly gas: bigint | undefined;
}

/** What publishing a blueprint takes: each new agent is registered, then all of it is built and published at once. */
export function planOf(blueprint: Blueprint, { deployment }: Pick<Signer, "deployment">): readonly Planned[] {
  return [
    ...blueprint.agents
      .filter(({ id }) => id === undefined)
      .map(
        (agent): Planned => ({
          title: `Register agent ${agent.name}`,
          contract: "agentRegistry",
          to: deployment.agentRegistry,
          agent,
          gas: undefined,
        }),
      ),
    {
      title: `Create and publish ${blueprint.slug}`,
      contract: "clusterRegistry",
      to: deployment.clusterRegistry,
      agent: undefined,
      gas: undefined,
    },
  ];
}

/**
 * Tries what can be tried, so that nobody signs what would fail: where agents are registered first, the slug and the agents that are
 * there already in a version of their own, and whether the new ones may be on their models.
 *
 * @throws what the chain says is wrong
 */
export async function rehearsed(blueprint: Blueprint, signer: Signer): Promise<readonly Planned[]> {
  const tried: Planned[] = [];
  const plan = planOf(blueprint, signer);
  if (plan.length > 1) {
    await checkModels(blueprint, signer);
    const known = knownPart(blueprint);
    if (known !== undefined) await signer.rehearse((client) => publishOne(client, signer, known, new Map()));
  }
  for (const planned of plan) {
    const { agent } = planned;
    // Its agents have no ids yet: it is tried again when they have.
    if (agent === undefined && plan.length > 1) tried.push(planned);
    else
      tried.push({
        ...planned,
        gas: (
          await signer.rehearse((client) =>
            agent === undefined
              ? publishOne(client, signer, blueprint, new Map())
              : registerOne(client, signer, agent),
          )
        ).gas,
      });
  }
  return tried;
}

/** The blueprint with its fee counted in what its models are paid in, whose digits only the chain knows. @throws PleiadError BLUEPRINT_FEE_UNIT */
export async function withFee(
  blueprint: Blueprint,
  { client }: Pick<Signer, "client">,
  currency: Address,
): Promise<Blueprint> {
  const decimals =
    currency === zeroAddress
      ? ETHER_DECIMALS
      : await readContract(client, { address: currency, abi: erc20Abi, functionName: "decimals" });
  return resolveFee(blueprint, { address: currency, decimals });
}

/** The blueprint with those agents alone that are registered, each with a task. */
function knownPart(blueprint: Blueprint): Blueprint | undefined {
  const agents = blueprint.agents.filter(({ id }) => id !== undefined);
  if (agents.length === 0) return undefined;
  const plain = { prompt: "Answer.", tool: "", toolArguments: "", dependsOn: [], quorum: 1 };
  return { ...blueprint, agents, tasks: agents.map(({ name }) => ({ ...plain, name, agent: name })) };
}

/** A model may be for its owner's agents alone, or for those of whom its owner lets. */
async function checkModels({ agents }: Blueprint, { client, deployment, address }: Signer): Promise<void> {
  const models = new Set(
    agents.flatMap(({ id, model }) => (id === undefined && model !== undefined ? [model] : [])),
  );
  for (const model of models) {
    if (typeof model !== "bigint") continue;
    const { open, owner } = await getModel(client, { deployment, model });
    if (open || isAddressEqual(owner, address)) continue;
    const { uses } = await getGrant(client, { deployment, kind: "model", token: model, grantee: address });
    const { modelRegistry, clusterRegistry } = deployment;
    if (uses === 0) throw contractError("GrantMissing", [modelRegistry, model, clusterRegistry, address]);
  }
}

export function registerOne(client: WriteClient, { deployment }: Signer, agent: BlueprintAgent) {
  if (typeof agent.model !== "bigint") throw new Error("the form names models by their ids");
  return registerAgent(client, { deployment, digest: registrationDigest(agent), model: agent.model });
}

export function publishOne(
  client: WriteClient,
  { deployment }: Signer,
  blueprint: Blueprint,
  agents: ReadonlyMap<string, bigint>,
) {
  return createAndPublish(client, { deployment, ...toContractArguments(blueprint, { agents }) });
}

/** The digest of the agent's registration file, as `pleiad cluster apply` makes it of what the blueprint says. */
function registrationDigest({ name, role, goal, backstory }: BlueprintAgent): Hex {
  return sha256(stringToBytes(JSON.stringify({ type: "pleiad-agent", name, role, goal, backstory })));
}
