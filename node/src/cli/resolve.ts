import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { decodeClusterTexts } from "@pleiad/sdk/actions/decodeClusterTexts";
import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Cluster } from "@pleiad/sdk/types/cluster";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";
import { didYouMean } from "../config/didYouMean.ts";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { listed } from "./text/amounts.ts";

/** Slugs that are looked through for one that was meant; the newest, as those are what people type. */
const SLUGS_SEARCHED_MAX = 256n;

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
  const count = await client.readContract({ ...registry, functionName: "clusterCount" });
  const oldest = count > SLUGS_SEARCHED_MAX ? count - SLUGS_SEARCHED_MAX + 1n : 1n;
  const ids = Array.from({ length: Number(count - oldest + 1n) }, (_, index) => oldest + BigInt(index));
  const described = await Promise.all(
    ids.map((cluster) => client.readContract({ ...registry, functionName: "textsOf", args: [cluster] })),
  );
  return described.map((texts) => decodeClusterTexts(texts).slug);
}
