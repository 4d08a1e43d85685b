import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import type { Blueprint, BlueprintAgent } from "@pleiad/sdk/blueprint/blueprint";
import { toContractArguments } from "@pleiad/sdk/blueprint/toContractArguments";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Address, type Hex, sha256, stringToBytes } from "viem";
import type { Signer } from "../../wallet/signer.ts";

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

/** Tries what can be tried, so that nobody signs what would fail. @throws what the chain says is wrong */
export async function rehearsed(blueprint: Blueprint, signer: Signer): Promise<readonly Planned[]> {
  const tried: Planned[] = [];
  const plan = planOf(blueprint, signer);
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
