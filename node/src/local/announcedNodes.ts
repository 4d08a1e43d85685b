import { announcedAddresses } from "../chain/nodeMetadata.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import type { AnnouncedNode } from "../network/findingTypes.ts";

/** Where the owners of active nodes say, on the chain, that these are reached. Each node's metadata is read once for each change. */
export function createAnnouncedNodes(modules: {
  readonly projection: Pick<ProjectionReader, "node" | "nodes" | "on">;
}): { list(): readonly AnnouncedNode[]; stop(): void } {
  const { projection } = modules;
  const announced = new Map<bigint, AnnouncedNode>();

  function read(node: bigint): void {
    const state = projection.node(node);
    const addresses = state?.status === "Active" ? announcedAddresses(state) : [];
    if (addresses.length === 0) announced.delete(node);
    else announced.set(node, { node, addresses });
  }

  for (const { node } of projection.nodes()) read(node);
  const end = projection.on("node", read);
  return { list: () => [...announced.values()], stop: end };
}
