import { type Address, erc20Abi } from "viem";
import { allowanceOf } from "../internal/currency.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ApproveCurrencyParameters extends WriteOptions {
  readonly deployment: Deployment;
  /** The ERC-20 token that a version is paid in: see `quote`. */
  readonly currency: Address;
  /** Who may take it: the router or Permit2 for signed requests. @default ClusterExecutions */
  readonly spender?: Address;
  /** How much that may take from the client's account from now on. */
  readonly amountWei: bigint;
}

export interface ApproveCurrencyResult {
  /** The transaction; undefined where the allowance is exactly that already. */
  readonly sent: Sent | undefined;
}

/**
 * Lets `ClusterExecutions` take so much of a token, for `execute` of versions that are paid in it, or another `spender`. Only the
 * account's own calls, and for the router and Permit2 its signatures, take from it. Tokens that change an allowance only from zero get it set to zero first.
 *
 * @example
 * const { totalWei, currency } = await quote(client, { deployment, cluster: 1n });
 * await approveCurrency(client, { deployment, currency, amountWei: totalWei });
 * await execute(client, { deployment, cluster: 1n, input: "What is a lighthouse?" });
 */
export async function approveCurrency(
  client: WriteClient,
  parameters: ApproveCurrencyParameters,
): Promise<ApproveCurrencyResult> {
  const { deployment, currency, spender = parameters.deployment.clusterExecutions } = parameters;
  const { amountWei, timeoutMs } = parameters;
  const allowanceWei = await allowanceOf(client, spender, currency);
  if (allowanceWei === amountWei) return { sent: undefined };
  const approve = (amount: bigint) =>
    write(client, {
      deployment,
      address: currency,
      // An answer is not asked for: some tokens have none.
      abi: APPROVE_ABI,
      functionName: "approve",
      args: [spender, amount],
      timeoutMs,
    });
  if (allowanceWei !== 0n && amountWei !== 0n) await approve(0n);
  return { sent: sentOf(await approve(amountWei)) };
}

const APPROVE_ABI = erc20Abi
  .filter((item) => item.type === "function" && item.name === "approve")
  .map((item) => ({ ...item, outputs: [] as const }));
