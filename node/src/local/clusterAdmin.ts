import type { ProjectionReader } from "../chain/projection.ts";
import { workspaceError } from "../workspace/errors.ts";
import type { ClusterAdmin } from "../workspace/mcp/clusterTools.ts";

/**
 * What an operator's tools do with clusters. They are made and changed by their owners' keys, which no daemon has: the tools that
 * would say which command does it.
 */
export function createClusterAdmin(modules: {
  readonly projection: Pick<ProjectionReader, "cluster" | "agent">;
  /** Clusters that are open here. @throws PleiadError API_STARTING, WORKSPACE_OFF */
  readonly openHere: () => readonly bigint[];
}): Required<ClusterAdmin> {
  const { projection, openHere } = modules;
  return {
    async list() {
      return openHere().flatMap((cluster) => {
        const found = projection.cluster(cluster);
        if (found === undefined) return [];
        return [{ cluster, name: found.slug, owner: found.owner, agents: found.agents }];
      });
    },
    async create({ name }) {
      throw ownerNeeded(
        "a cluster is created by its owner's key, which no daemon has",
        `let its owner write it down and send it: pleiad init my-cluster, write the slug ${JSON.stringify(name)} into my-cluster/cluster.yaml, pleiad cluster apply my-cluster/cluster.yaml --key owner.key`,
      );
    },
    async addAgent({ cluster, agent }) {
      const found = projection.cluster(cluster);
      if (found === undefined) {
        throw workspaceError("CLUSTER_UNKNOWN", `there is no cluster ${cluster}`, {
          hint: "clusters.list says which are open here",
          details: { cluster },
        });
      }
      if (projection.agent(agent) === undefined) {
        throw workspaceError("AGENT_UNKNOWN", `there is no agent ${agent}`, {
          hint: "register it: pleiad agent register --model ID",
          details: { agent },
        });
      }
      throw ownerNeeded(
        `cluster ${cluster} is changed by the key of its owner, ${found.owner}, which no daemon has`,
        `let its owner add "- { name: NAME, id: ${agent} }" to the agents of the cluster.yaml of ${found.slug}, and send it: pleiad cluster apply cluster.yaml --key owner.key`,
      );
    },
  };
}

function ownerNeeded(message: string, hint: string) {
  return workspaceError("OWNER_KEY_NEEDED", message, { hint });
}
