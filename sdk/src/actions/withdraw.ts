import type { Address } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { creditArguments } from "../internal/credit.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { CreditOf } from "../types/credit.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export type WithdrawParameters = WriteOptions &
  CreditOf & {
    readonly deployment: Deployment;
    /** Who gets the money. @default the client's account */
    readonly to?: Address | undefined;
  };

export interface WithdrawResult extends Sent {
  readonly amountWei: bigint;
}

/**
 * Pays a credit out, for the client's account, which owns the node, model or cluster, is a delegate of its owner with
 * the role withdraw, or is the account.
 *
 * @throws ContractError `CREDIT_NOT_YOURS`, `CREDIT_EMPTY`, `CREDIT_RECEIVER_INVALID`, `CREDIT_TRANSFER_FAILED`,
 * `ERC721_NONEXISTENT_TOKEN`.
 */
export async function withdraw(client: WriteClient, parameters: WithdrawParameters): Promise<WithdrawResult> {
  const { deployment, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "withdraw",
    args: [...creditArguments(parameters), parameters.to ?? client.account.address],
    timeoutMs,
  });
  const { amountWei } = eventOf(receipt, { ...contract, eventName: "CreditWithdrawn" }).args;
  return { ...sentOf(receipt), amountWei };
}
