import { sdkError } from "../errors/sdkError.ts";
import type { Deployment } from "./deployment.ts";

/** The public deployments, by chain id. There is none yet; a local one is a file that `parseDeployment` reads. */
export const DEPLOYMENTS: Readonly<Record<number, Deployment>> = {};

/**
 * The deployment on a chain.
 *
 * @param chainId Id of the chain, as EIP-155 counts them.
 * @param deployments Where to look. @default DEPLOYMENTS
 * @throws PleiadError `DEPLOYMENT_UNKNOWN` where there is none.
 */
export function deploymentOf(
  chainId: number,
  deployments: Readonly<Record<number, Deployment>> = DEPLOYMENTS,
): Deployment {
  const deployment = deployments[chainId];
  if (deployment === undefined) {
    throw sdkError("DEPLOYMENT_UNKNOWN", `no deployment is known on chain ${chainId}`, {
      details: { chainId },
    });
  }
  return deployment;
}
