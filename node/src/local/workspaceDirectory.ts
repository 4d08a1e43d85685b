import type { Address } from "viem";
import { isAddressEqual } from "viem";
import type { ProjectionReader } from "../chain/projection.ts";
import type { WorkspaceDirectory } from "../workspace/ports.ts";

/** Roles of a delegate that may edit a cluster. */
const EDIT = 1;

/** Who is in which cluster, as the chain is seen here. */
export function createWorkspaceDirectory(
  options: { readonly node: bigint; readonly clusterRegistry: Address },
  modules: { readonly projection: ProjectionReader },
): WorkspaceDirectory {
  const { node, clusterRegistry } = options;
  const { projection } = modules;

  function edits(cluster: bigint, account: Address): boolean {
    const atSeconds = projection.head()?.timestamp ?? 0n;
    return projection
      .clusterDelegates(clusterRegistry, cluster)
      .some(
        (delegate) =>
          isAddressEqual(delegate.delegate, account) &&
          (delegate.roles & EDIT) !== 0 &&
          projection.isDelegate(cluster, delegate, atSeconds),
      );
  }

  return {
    clustersOf(agent) {
      const cluster = projection.agent(agent)?.cluster ?? 0n;
      return cluster === 0n ? [] : [cluster];
    },
    agentsOf: (cluster) => projection.cluster(cluster)?.agents ?? [],
    agentExists: (agent) => projection.agent(agent) !== undefined,
    clusterExists: (cluster) => projection.cluster(cluster) !== undefined,
    serves(agent) {
      const model = projection.agent(agent)?.model ?? 0n;
      const places = projection.model(model)?.places ?? [];
      return places.some((place) => place.node === node && place.active);
    },
    roleOf(cluster, user) {
      const state = projection.cluster(cluster);
      if (state === undefined) return undefined;
      if (isAddressEqual(state.owner, user) || edits(cluster, user)) return "owner";
      // Whoever may execute a cluster talks to it; an operator gives tokens for this node to nobody else.
      return "user";
    },
  };
}
