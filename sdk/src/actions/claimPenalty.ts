import type { Address } from "viem";
import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { BondsDeployment } from "../types/periphery.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { WithdrawResult } from "./withdraw.ts";

export interface ClaimPenaltyParameters extends WriteOptions {
  readonly deployment: BondsDeployment;
  /** Who gets it. @default the client's account */
  readonly to?: Address;
}

/**
 * Pays out what equivocations about executions of the client's account took from bonds.
 *
 * @throws ContractError `BOND_NOTHING_TO_CLAIM`, `BOND_RECEIVER_ZERO`, `BOND_TRANSFER_FAILED`.
 */
export async function claimPenalty(
  client: WriteClient,
  parameters: ClaimPenaltyParameters,
): Promise<WithdrawResult> {
  const { deployment, to = client.account.address, timeoutMs } = parameters;
  const contract = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "claim",
    args: [to],
    timeoutMs,
  });
  const { amountWei } = eventOf(receipt, { ...contract, eventName: "Claimed" }).args;
  return { ...sentOf(receipt), amountWei };
}
