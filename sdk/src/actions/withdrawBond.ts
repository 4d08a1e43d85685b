import type { Address } from "viem";
import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { BondsDeployment } from "../types/periphery.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { WithdrawResult } from "./withdraw.ts";

export interface WithdrawBondParameters extends WriteOptions {
  readonly deployment: BondsDeployment;
  readonly node: bigint;
  /** Who gets it. @default the client's account */
  readonly to?: Address;
}

/**
 * Pays out all of a node's bond that is on its way out, once its 21 days are over. The node's owner may, or a delegate
 * with the role to withdraw.
 *
 * @throws ContractError `BOND_NODE_UNKNOWN`, `BOND_NOT_YOURS`, `BOND_NOTHING_UNBONDING`, `BOND_NOT_RELEASED`,
 * `BOND_RECEIVER_ZERO`, `BOND_TRANSFER_FAILED`.
 */
export async function withdrawBond(
  client: WriteClient,
  parameters: WithdrawBondParameters,
): Promise<WithdrawResult> {
  const { deployment, node, to = client.account.address, timeoutMs } = parameters;
  const contract = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "withdrawBond",
    args: [node, to],
    timeoutMs,
  });
  const { amountWei } = eventOf(receipt, { ...contract, eventName: "BondWithdrawn" }).args;
  return { ...sentOf(receipt), amountWei };
}
