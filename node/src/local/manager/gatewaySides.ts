import type { Address } from "viem";
import type { GatewaySides } from "../../manager/communication/gateways.ts";
import type { PartyId, Workspace } from "../../workspace/types.ts";

/** Under these keys a cluster's whiteboard holds which ways its owner lets messages go: `gateways/FROM/TO`, topics with commas between. */
export const GATEWAYS_PREFIX = "gateways/";
/** Topics of one way that are read; the manager's file takes no more either. */
const TOPICS_READ_MAX = 32;

/** What owners say of gateways, as their clusters' whiteboards had it at the last look. */
export interface ReadGatewaySides extends GatewaySides {
  /** Reads the whiteboards of these clusters, as far as they are open here. */
  read(clusters: readonly bigint[]): Promise<void>;
}

/**
 * Only what a cluster's owner wrote counts: by a token of the owner's, or at a node that is the owner's. The last of it does, whatever others
 * wrote over it: what they say neither opens a way nor closes one.
 */
export function createGatewaySides(modules: {
  readonly workspace: Pick<Workspace, "clusters" | "as">;
  readonly ownerOf: (cluster: bigint) => Address | undefined;
  readonly ownerOfNode: (node: bigint) => Address | undefined;
}): ReadGatewaySides {
  const { workspace, ownerOf, ownerOfNode } = modules;
  let said = new Map<string, readonly string[]>();

  function isOwners(cluster: bigint, writer: PartyId): boolean {
    const owner = ownerOf(cluster)?.toLowerCase();
    const [, user] = /^user:(0x[0-9a-f]{40})$/.exec(writer) ?? [];
    const [, node] = /^node:(\d+)$/.exec(writer) ?? [];
    const by = node === undefined ? user : ownerOfNode(BigInt(node))?.toLowerCase();
    return owner !== undefined && by === owner;
  }

  return {
    topics: (side, { from, to }) => said.get(`${side}/${GATEWAYS_PREFIX}${from}/${to}`),
    async read(clusters) {
      const next = new Map<string, readonly string[]>();
      const open = new Set(workspace.clusters());
      for (const cluster of clusters.filter((one) => open.has(one))) {
        const values = await workspace.as({ kind: "node", cluster }).readContext({
          prefix: GATEWAYS_PREFIX,
          writtenBy: (writer) => isOwners(cluster, writer),
        });
        for (const value of values) {
          if (value.value === null) continue;
          const topics = value.value.split(",", TOPICS_READ_MAX).map((topic) => topic.trim());
          next.set(`${cluster}/${value.key}`, topics);
        }
      }
      said = next;
    },
  };
}
