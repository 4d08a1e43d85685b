import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { BondsDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface BondParameters extends WriteOptions {
  readonly deployment: BondsDeployment;
  readonly node: bigint;
  /** What is put behind the node, in wei; at least 1. It is the node's from then on. */
  readonly valueWei: bigint;
}

/**
 * Puts money behind a node's word. Anybody may, for any node.
 *
 * @throws ContractError `BOND_NODE_UNKNOWN`, `BOND_VALUE_OUT_OF_RANGE`.
 */
export async function bond(client: WriteClient, parameters: BondParameters): Promise<Sent> {
  const { deployment, node, valueWei, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.nodeBonds,
    abi: nodeBondsAbi,
    functionName: "bond",
    args: [node],
    valueWei,
    timeoutMs,
  });
  return sentOf(receipt);
}
