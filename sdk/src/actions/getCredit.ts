import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { creditArguments } from "../internal/credit.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { CreditOf } from "../types/credit.ts";
import type { Deployment } from "../types/deployment.ts";

export type GetCreditParameters = ReadOptions & CreditOf & { readonly deployment: Deployment };

/**
 * What `withdraw` would pay, in units of the currency.
 *
 * @example
 * await getCredit(client, { deployment, kind: "Node", id: 1n });
 * await getCredit(client, { deployment, kind: "Account", account: requester, currency: token });
 */
export async function getCredit(client: ReadClient, parameters: GetCreditParameters): Promise<bigint> {
  const { deployment, at } = parameters;
  return read(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "creditOf",
    args: creditArguments(parameters),
    at,
  });
}
