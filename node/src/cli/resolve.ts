import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { decodeClusterTexts } from "@pleiad/sdk/actions/decodeClusterTexts";
import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Cluster } from "@pleiad/sdk/types/cluster";
import type { Model } from "@pleiad/sdk/types/model";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";
import { mapParallel } from "../chain/parallel.ts";
import { didYouMean } from "../config/didYouMean.ts";
import { chainCall } from "./chainCall.ts";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { listed } from "./text/amounts.ts";

/** Slugs, and models, that are looked through for one that was meant; the newest, as those are what people type. */
const SLUGS_SEARCHED_MAX = 256n;
const MODELS_SEARCHED_MAX = 256n;
/** Names that are asked for at once; public endpoints slow down who asks for more. */
const NAMES_PARALLEL_MAX = 16;

/**
 * The cluster that somebody names, by id or by slug.
 *
 * @throws ContractError CLUSTER_UNKNOWN; PleiadError CLUSTER_SLUG_UNKNOWN with the slug that may have been meant
 */
export async function resolveCluster(chain: ChainContext, name: string): Promise<Cluster> {
  const { client, deployment } = chain;
  if (/^\d{1,78}$/.test(name)) return getCluster(client, { deployment, cluster: BigInt(name) });
  try {
    return await getCluster(client, { deployment, slug: name });
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "CLUSTER_SLUG_UNKNOWN") throw error;
    const slugs = await newestSlugs(chain);
    throw new PleiadError(error.message, {
      code: error.code,
      details: { ...error.details, ...suggestion(name, slugs) },
      hint: whatToDo(name, slugs, "cluster"),
      cause: error,
    });
  }
}

/**
 * The model that somebody names, by id or, where only one of the newest has it, by its name. Names are anybody's to
 * give, so this is for looking, not for signing.
 *
 * @throws ContractError MODEL_UNKNOWN; PleiadError MODEL_NAME_UNKNOWN, MODEL_NAME_AMBIGUOUS
 */
export async function resolveModel(chain: ChainContext, name: string): Promise<Model> {
  const { client, deployment } = chain;
  if (/^\d{1,78}$/.test(name)) return getModel(client, { deployment, model: BigInt(name) });
  const models = await newestModels(chain);
  const [found, ...others] = models.filter((model) => model.name === name).map(({ id }) => id);
  if (found !== undefined && others.length === 0) return getModel(client, { deployment, model: found });
  const names = [...new Set(models.map((model) => model.name))];
  if (found === undefined) {
    throw cliError("MODEL_NAME_UNKNOWN", `no model has the name "${name}"`, {
      hint: whatToDo(name, names, "model"),
      details: { model: name, ...suggestion(name, names) },
    });
  }
  const ids = [found, ...others];
  throw cliError("MODEL_NAME_AMBIGUOUS", `${ids.length} models have the name "${name}"`, {
    hint: `name it by its id: ${listed(ids.slice(0, NAMES_SHOWN_MAX).map(String), "or")}`,
    details: { model: name, ids },
  });
}

/** The task that somebody names, by its name. @throws PleiadError TASK_NAME_UNKNOWN */
export function resolveTask(version: Version, name: string): VersionTask {
  const found = version.tasks.find((task) => task.name === name);
  if (found !== undefined) return found;
  const names = version.tasks.map((task) => task.name);
  throw cliError("TASK_NAME_UNKNOWN", `version ${version.version} of ${version.slug} has no task "${name}"`, {
    hint: whatToDo(name, names, "task"),
    details: { task: name, ...suggestion(name, names) },
  });
}

/** The agent that somebody names, by its name. @throws PleiadError AGENT_NAME_UNKNOWN */
export function resolveAgent(version: Version, name: string): VersionAgent {
  const found = version.agents.find((agent) => agent.name === name);
  if (found !== undefined) return found;
  const names = version.agents.map((agent) => agent.name);
  throw cliError(
    "AGENT_NAME_UNKNOWN",
    `version ${version.version} of ${version.slug} has no agent "${name}"`,
    {
      hint: whatToDo(name, names, "agent"),
      details: { agent: name, ...suggestion(name, names) },
    },
  );
}

/** Names that fit into a sentence. */
const NAMES_SHOWN_MAX = 8;

function whatToDo(name: string, known: readonly string[], kind: string): string {
  const meant = didYouMean(name, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (known.length === 0) return `there is no ${kind} on this chain yet`;
  const shown = known.slice(0, NAMES_SHOWN_MAX);
  return `there is ${listed(shown)}${known.length > shown.length ? " and more" : ""}`;
}

function suggestion(name: string, known: readonly string[]): { readonly suggestions?: readonly string[] } {
  const meant = didYouMean(name, known);
  return meant === undefined ? {} : { suggestions: [meant] };
}

async function newestSlugs({ client, deployment }: ChainContext): Promise<string[]> {
  const registry = { address: deployment.clusterRegistry, abi: clusterRegistryAbi };
  const count = await chainCall(() => client.readContract({ ...registry, functionName: "clusterCount" }));
  return mapParallel(newestIds(count, SLUGS_SEARCHED_MAX), NAMES_PARALLEL_MAX, async (cluster) => {
    const texts = { ...registry, functionName: "textsOf", args: [cluster] } as const;
    return decodeClusterTexts(await chainCall(() => client.readContract(texts))).slug;
  });
}

async function newestModels({ client, deployment }: ChainContext) {
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi };
  const count = await chainCall(() => client.readContract({ ...registry, functionName: "modelCount" }));
  return mapParallel(newestIds(count, MODELS_SEARCHED_MAX), NAMES_PARALLEL_MAX, async (id) => {
    const named = { ...registry, functionName: "nameOf", args: [id] } as const;
    return { id, name: await chainCall(() => client.readContract(named)) };
  });
}

/** The newest ids of a registry that counts from 1, ascending. */
function newestIds(count: bigint, idsMax: bigint): bigint[] {
  const oldest = count > idsMax ? count - idsMax + 1n : 1n;
  return Array.from({ length: Number(count - oldest + 1n) }, (_, index) => oldest + BigInt(index));
}
