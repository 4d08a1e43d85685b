import { type Address, erc20Abi } from "viem";
import { readContract } from "viem/actions";
import { sdkError } from "../errors/sdkError.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { rpc } from "./read.ts";

/** How much of a token `spender` may take from the client's account. */
export function allowanceOf(client: WriteClient, spender: Address, currency: Address): Promise<bigint> {
  return rpc(() =>
    readContract(client, {
      address: currency,
      abi: erc20Abi,
      functionName: "allowance",
      args: [client.account.address, spender],
    }),
  );
}

/** A payment that the token would refuse is refused here, in words that say what is missing. */
export async function checkAllowance(
  client: WriteClient,
  deployment: Deployment,
  price: { readonly currency: Address; readonly quoteWei: bigint },
): Promise<void> {
  const { currency, quoteWei } = price;
  const allowanceWei = await allowanceOf(client, deployment.clusterExecutions, currency);
  if (allowanceWei >= quoteWei) return;
  const message = `ClusterExecutions may take ${allowanceWei} of ${currency}, the quote is ${quoteWei}`;
  throw sdkError("ALLOWANCE_TOO_LOW", message, { details: { currency, allowanceWei, quoteWei } });
}
