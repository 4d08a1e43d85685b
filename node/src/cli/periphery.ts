import type { Deployment, PeripheryName } from "@pleiad/sdk/types/deployment";
import type { DeploymentWith } from "@pleiad/sdk/types/periphery";
import { cliError } from "./cliError.ts";

/** Makes sure that a deployment names a contract around the core. @throws PleiadError CONTRACT_NOT_NAMED */
export function withContract<Name extends PeripheryName>(
  deployment: Deployment,
  name: Name,
): DeploymentWith<Name> {
  if (deployment[name] !== undefined) return deployment as DeploymentWith<Name>;
  throw cliError("CONTRACT_NOT_NAMED", `the deployment on chain ${deployment.chainId} names no ${name}`, {
    details: { contract: name, chainId: deployment.chainId },
  });
}
