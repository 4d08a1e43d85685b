import { requireContract } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";
import { CONTRACT_NAMES, type Deployment } from "../types/deployment.ts";

/**
 * Makes sure that the endpoint is on the deployment's chain and that each of its addresses holds a contract.
 *
 * @throws PleiadError `CHAIN_ID_MISMATCH`, `CONTRACT_MISSING`; the RPC errors.
 */
export async function checkDeployment(
  client: ReadClient,
  parameters: { readonly deployment: Deployment },
): Promise<void> {
  const { deployment } = parameters;
  for (const name of CONTRACT_NAMES) await requireContract(client, deployment, deployment[name]);
}
