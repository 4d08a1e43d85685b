import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { creditArguments } from "../internal/credit.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { CreditOf } from "../types/credit.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export type WithdrawParameters = WriteOptions & CreditOf & { readonly deployment: Deployment };

export interface WithdrawResult extends Sent {
  readonly amountWei: bigint;
}

/**
 * Pays a credit out to the client's account, which owns the node, model or cluster, or is the account.
 *
 * @throws ContractError `CREDIT_NOT_YOURS`, `CREDIT_EMPTY`, `CREDIT_TRANSFER_FAILED`, `ERC721_NONEXISTENT_TOKEN`.
 */
export async function withdraw(client: WriteClient, parameters: WithdrawParameters): Promise<WithdrawResult> {
  const { deployment, timeoutMs } = parameters;
  const contract = { address: deployment.clusterExecutions, abi: clusterExecutionsAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "withdraw",
    args: creditArguments(parameters),
    timeoutMs,
  });
  const { amountWei } = eventOf(receipt, { ...contract, eventName: "CreditWithdrawn" }).args;
  return { ...sentOf(receipt), amountWei };
}
