import { getNode } from "../actions/getNode.ts";
import { getNodeOfKey } from "../actions/getNodeOfKey.ts";
import { getVersion } from "../actions/getVersion.ts";
import { listDelegates } from "../actions/listDelegates.ts";
import { listServingNodes } from "../actions/listServingNodes.ts";
import { PleiadError } from "../errors/base.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { BlockHead } from "./head.ts";

/**
 * Who is a member of a cluster as of a block: the active nodes that serve a model of its current version, and those whose
 * present or former key the cluster's owner named a delegate. Ascending.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`; the RPC errors
 */
export async function logMembers(
  client: ReadClient,
  { deployment, cluster }: { readonly deployment: Deployment; readonly cluster: bigint },
  head: BlockHead,
): Promise<readonly bigint[]> {
  const at = { blockHash: head.hash, requireCanonical: true } as const;
  const call = { deployment, at } as const;
  const models = new Set(await modelsOf(client, { ...call, cluster }));
  const nodes = new Set<bigint>();
  for (const model of models) {
    for (const { node, active } of await listServingNodes(client, { ...call, model }))
      if (active) nodes.add(node);
  }
  for (const { account, roles, expiresAt } of await listDelegates(client, {
    ...call,
    kind: "cluster",
    token: cluster,
  })) {
    if (roles.length === 0 || (expiresAt !== undefined && expiresAt < head.timestamp)) continue;
    const node = await getNodeOfKey(client, { ...call, key: account });
    if (node !== undefined) nodes.add(node);
  }
  const members: bigint[] = [];
  for (const node of nodes) {
    if ((await getNode(client, { ...call, node })).status === "Active") members.push(node);
  }
  return members.sort((a, b) => (a < b ? -1 : 1));
}

async function modelsOf(
  client: ReadClient,
  parameters: Parameters<typeof getVersion>[1],
): Promise<readonly bigint[]> {
  try {
    const { tasks } = await getVersion(client, parameters);
    return tasks.map(({ model }) => model);
  } catch (error) {
    if (error instanceof PleiadError && error.code === "CLUSTER_UNPUBLISHED") return [];
    throw error;
  }
}
