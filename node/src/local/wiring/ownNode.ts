import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, isAddressEqual } from "viem";
import type { Projection } from "../../chain/projection.ts";
import type { Signer } from "../../chain/signer.ts";
import type { Config } from "../../config/table.ts";

/** The node this daemon runs, by its key. */
export function nodeOf(config: Config, projection: Projection, signer: Signer): bigint {
  const node = config.node.id ?? projection.nodeOfKey(signer.address);
  const state = projection.node(node);
  if (state === undefined) {
    throw new PleiadError(`the key ${signer.address} belongs to no registered node`, {
      code: "NODE_UNREGISTERED",
      hint: "register the node with this key, or set node.id",
      details: { key: signer.address, node },
    });
  }
  if (!isAddressEqual(state.key, signer.address)) throw otherKey(node, state.key, signer);
  return node;
}

/** Rejects when the node gets another key: what this daemon would sign from then on is void. */
export function untilRotated(projection: Projection, node: bigint, signer: Signer): Promise<never> {
  return new Promise((_resolve, reject) => {
    projection.on("node", (changed) => {
      const key = changed === node ? projection.node(node)?.key : undefined;
      if (key !== undefined && !isAddressEqual(key, signer.address)) reject(otherKey(node, key, signer));
    });
  });
}

function otherKey(node: bigint, registered: Address, signer: Signer): PleiadError {
  return new PleiadError(`node ${node} has the key ${registered}; this daemon signs with ${signer.address}`, {
    code: "NODE_KEY_OTHER",
    hint: "name the keystore, or the address at the signer, of the node's present key, or rotate the node to this one",
    details: { node, registered, own: signer.address },
  });
}
