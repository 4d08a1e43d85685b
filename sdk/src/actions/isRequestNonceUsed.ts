import type { Address } from "viem";
import { executionRouterAbi } from "../abi/executionRouter.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { RouterDeployment } from "../types/periphery.ts";

export interface IsRequestNonceUsedParameters extends ReadOptions {
  readonly deployment: RouterDeployment;
  readonly requester: Address;
  readonly nonce: bigint;
}

/** Whether a signed request's nonce was used, or made invalid. */
export function isRequestNonceUsed(
  client: ReadClient,
  parameters: IsRequestNonceUsedParameters,
): Promise<boolean> {
  const { deployment, requester, nonce, at } = parameters;
  return read(client, {
    deployment,
    address: deployment.executionRouter,
    abi: executionRouterAbi,
    functionName: "isNonceUsed",
    args: [requester, nonce],
    at,
  });
}
