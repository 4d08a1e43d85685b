import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, isAddressEqual } from "viem";
import type { Agreement, FollowedBlock } from "../../chain/agreement.ts";
import type { Projection } from "../../chain/projection.ts";
import type { Signer } from "../../chain/signer.ts";
import type { Config } from "../../config/table.ts";
import type { ChainView } from "../../work/ports.ts";

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

/**
 * Rejects when the node gets another key: what this daemon would sign from then on is void. Not before the endpoints agree on
 * the block that says so, as one of them could end the daemon by making it up.
 */
export function untilRotated(
  modules: {
    readonly projection: Pick<Projection, "head" | "node" | "on">;
    readonly view: Pick<ChainView, "onChange">;
    readonly isAgreed: Agreement["isAgreed"];
  },
  node: bigint,
  signer: Pick<Signer, "address">,
): Promise<never> {
  const { projection, view, isAgreed } = modules;
  return new Promise((_resolve, reject) => {
    /** In which the node got another key. */
    let block: FollowedBlock | undefined;
    const endings = [
      projection.on("node", (changed) => {
        const head = projection.head();
        if (changed !== node || head === undefined) return;
        block = { blockNumber: head.number, blockHash: head.hash };
        look();
      }),
      view.onChange(look),
    ];

    function look(): void {
      const key = projection.node(node)?.key;
      if (block === undefined || key === undefined) return;
      if (isAddressEqual(key, signer.address)) block = undefined;
      else if (isAgreed(block)) {
        for (const end of endings) end();
        reject(otherKey(node, key, signer));
      }
    }
  });
}

function otherKey(node: bigint, registered: Address, signer: Pick<Signer, "address">): PleiadError {
  return new PleiadError(`node ${node} has the key ${registered}; this daemon signs with ${signer.address}`, {
    code: "NODE_KEY_OTHER",
    hint: "name the keystore, or the address at the signer, of the node's present key, or rotate the node to this one",
    details: { node, registered, own: signer.address },
  });
}
