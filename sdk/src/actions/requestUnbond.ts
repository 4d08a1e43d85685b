import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { BondsDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RequestUnbondParameters extends WriteOptions {
  readonly deployment: BondsDeployment;
  readonly node: bigint;
  /** From 1 wei to what is bonded. */
  readonly amountWei: bigint;
}

export interface RequestUnbondResult extends Sent {
  /** All that is on its way out now. */
  readonly unbondingWei: bigint;
  /** From when on `withdrawBond` pays it, unix seconds. */
  readonly releasesAt: bigint;
}

/**
 * Sends a part of a node's bond on its way out; what is on its way already waits with it, anew. The node's owner may, or a
 * delegate with the role to withdraw.
 *
 * @throws ContractError `BOND_NODE_UNKNOWN`, `BOND_NOT_YOURS`, `BOND_AMOUNT_OUT_OF_RANGE`.
 */
export async function requestUnbond(
  client: WriteClient,
  parameters: RequestUnbondParameters,
): Promise<RequestUnbondResult> {
  const { deployment, node, amountWei, timeoutMs } = parameters;
  const contract = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "requestUnbond",
    args: [node, amountWei],
    timeoutMs,
  });
  const { unbondingWei, releasesAt } = eventOf(receipt, { ...contract, eventName: "UnbondRequested" }).args;
  return { ...sentOf(receipt), unbondingWei, releasesAt };
}
