import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { getDraft } from "@pleiad/sdk/actions/getDraft";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import { PleiadError } from "@pleiad/sdk/errors";
import { contractError } from "@pleiad/sdk/errors/contractError";
import type { Agent } from "@pleiad/sdk/types/agent";
import type { Cluster, Draft } from "@pleiad/sdk/types/cluster";
import type { Model } from "@pleiad/sdk/types/model";
import type { Version } from "@pleiad/sdk/types/version";
import type { Address } from "viem";
import { chainCall } from "./chainCall.ts";
import type { ChainContext } from "./context.ts";
import { type Currency, currencyOf, OWN_CURRENCY } from "./currencies.ts";

/** What is on the chain already, as far as the file names it. */
export interface Present {
  readonly cluster: Cluster | undefined;
  readonly draft: Draft | undefined;
  readonly version: Version | undefined;
  /** Models by id. */
  readonly models: ReadonlyMap<bigint, Model>;
  /** Models of the file that have an id, or that an agent of the cluster is on under that name. */
  readonly modelIds: ReadonlyMap<string, bigint>;
  readonly agentIds: ReadonlyMap<string, bigint>;
  /** Agents that are registered, by id. */
  readonly agents: ReadonlyMap<bigint, Agent>;
  /** The model of each of them. */
  readonly modelOfAgent: ReadonlyMap<bigint, bigint>;
  /** What is known of a currency that one of the models or the version is paid in. */
  currency(address: Address): Currency;
}

/** Reads it. @throws ContractError MODEL_UNKNOWN, AGENT_UNKNOWN; the RPC errors */
export async function readPresent(chain: ChainContext, blueprint: Blueprint): Promise<Present> {
  const { client, deployment } = chain;
  const cluster = await clusterOf(chain, blueprint.slug);
  const draft =
    cluster === undefined ? undefined : await getDraft(client, { deployment, cluster: cluster.cluster });
  const hasVersion = cluster !== undefined && cluster.versions > 0n;
  const version = hasVersion ? await getVersion(client, { deployment, cluster: cluster.cluster }) : undefined;
  const agentIds = new Map((draft?.agents ?? []).map(({ name, agent }) => [name, agent]));
  for (const { name, id } of blueprint.agents) if (id !== undefined) agentIds.set(name, id);
  const modelOfAgent = new Map<bigint, bigint>();
  const agents = new Map<bigint, Agent>();
  for (const id of agentIds.values()) {
    const agent = await getAgent(client, { deployment, agent: id });
    agents.set(id, agent);
    modelOfAgent.set(id, agent.model);
  }
  const named = blueprint.models.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const direct = blueprint.agents.flatMap(({ model }) => (typeof model === "bigint" ? [model] : []));
  const ids = new Set([...named, ...direct, ...modelOfAgent.values()].filter((id) => id !== 0n));
  const models = new Map<bigint, Model>();
  for (const model of ids) models.set(model, await getModel(client, { deployment, model }));
  const modelIds = modelIdsOf(blueprint, agentIds, modelOfAgent, models);
  const planned = blueprint.models.flatMap(({ terms }) =>
    terms?.currency === undefined ? [] : [terms.currency],
  );
  for (const token of new Set(planned)) await requireToken(chain, token);
  const currency = await currenciesOf(chain, [
    ...models.values(),
    ...(version === undefined ? [] : [version]),
    ...planned.map((token) => ({ currency: token })),
  ]);
  return { cluster, draft, version, models, modelIds, agentIds, agents, modelOfAgent, currency };
}

/** A price counts nothing where there is no token. @throws ContractError MODEL_CURRENCY_UNSUPPORTED */
async function requireToken({ client }: ChainContext, token: Address): Promise<void> {
  const code = await chainCall(() => client.getCode({ address: token }));
  if (code === undefined) throw contractError("ModelCurrencyUnsupported", [token]);
}

async function clusterOf({ client, deployment }: ChainContext, slug: string): Promise<Cluster | undefined> {
  try {
    return await getCluster(client, { deployment, slug });
  } catch (error) {
    if (error instanceof PleiadError && error.code === "CLUSTER_SLUG_UNKNOWN") return undefined;
    throw error;
  }
}

/** A model without an id was registered by an earlier apply if an agent of the cluster is on one of that name. */
function modelIdsOf(
  blueprint: Blueprint,
  agentIds: ReadonlyMap<string, bigint>,
  modelOfAgent: ReadonlyMap<bigint, bigint>,
  models: ReadonlyMap<bigint, Model>,
): Map<string, bigint> {
  const ids = new Map<string, bigint>();
  for (const model of blueprint.models) if (model.id !== undefined) ids.set(model.name, model.id);
  for (const agent of blueprint.agents) {
    if (typeof agent.model !== "string" || ids.has(agent.model)) continue;
    const registered = modelOfAgent.get(agentIds.get(agent.name) ?? -1n);
    if (registered !== undefined && models.get(registered)?.name === agent.model)
      ids.set(agent.model, registered);
  }
  return ids;
}

/** Asks each currency once what it says of itself. */
async function currenciesOf(
  chain: ChainContext,
  paid: readonly { readonly currency: Address }[],
): Promise<Present["currency"]> {
  const known = new Map<Address, Currency>();
  for (const address of new Set(paid.map(({ currency }) => currency)))
    known.set(address, await currencyOf(chain, address));
  return (address) => known.get(address) ?? OWN_CURRENCY;
}
