import { sdkError } from "../errors/sdkError.ts";
import type { ClusterBlueprint, PublishTerms } from "../types/cluster.ts";
import type { Blueprint } from "./blueprint.ts";

/** What `createAndPublish` takes beside the deployment. */
export interface ContractArguments extends PublishTerms {
  readonly blueprint: ClusterBlueprint;
}

/** Ids that the blueprint itself does not say. */
export interface ResolvedNames {
  /** Ids of agents by name, for those that were registered since. @default none */
  readonly agents?: ReadonlyMap<string, bigint> | undefined;
}

/**
 * The blueprint as `createAndPublish` takes it: agents by id, dependencies by index.
 *
 * @throws PleiadError `BLUEPRINT_UNRESOLVED` naming the agents whose ids nobody said; `BLUEPRINT_FEE_UNIT` for a fee in a token that
 * `resolveFee` has not counted.
 *
 * @example
 * await createAndPublish(client, { deployment, ...toContractArguments(blueprint, { agents }) });
 */
export function toContractArguments(blueprint: Blueprint, names: ResolvedNames = {}): ContractArguments {
  const { slug, name, description, inputs, feeWei, windowSeconds, attempts } = blueprint;
  requireFee(blueprint);
  const ids = new Map<string, bigint>();
  for (const agent of blueprint.agents) {
    const id = agent.id ?? names.agents?.get(agent.name);
    if (id !== undefined) ids.set(agent.name, id);
  }
  const missing = blueprint.agents.filter((agent) => !ids.has(agent.name)).map((agent) => agent.name);
  if (missing.length > 0) {
    const message = `no id is known for ${missing.map((agent) => `agent "${agent}"`).join(", ")}`;
    throw sdkError("BLUEPRINT_UNRESOLVED", message, { details: { agents: missing } });
  }
  const idOf = (agent: string): bigint => ids.get(agent) ?? 0n;
  return {
    blueprint: {
      slug,
      name,
      description,
      inputs,
      agents: blueprint.agents.map(({ id: _, model: __, ...agent }) => ({
        ...agent,
        agent: idOf(agent.name),
      })),
      tasks: blueprint.tasks.map((task) => ({ ...task, agent: idOf(task.agent) })),
    },
    feeWei,
    windowSeconds,
    attempts,
  };
}

/** A fee that nobody counted would be none. */
function requireFee({ slug, feeTokens }: Blueprint): void {
  if (feeTokens === undefined) return;
  const message = `the fee of ${slug}, ${feeTokens} of a token, is not counted in its smallest unit yet`;
  throw sdkError("BLUEPRINT_FEE_UNIT", message, { details: { feeTokens } });
}
