import { executionRouterAbi } from "../abi/executionRouter.ts";
import { requestValueWei } from "../internal/executionRequest.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { SignedExecutionRequest } from "../types/executionRequest.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { TokenPermit } from "../types/tokenPermit.ts";
import { encodePermitCalls } from "./encodePermitCalls.ts";
import type { ExecuteSignedResult } from "./executeSigned.ts";

export interface ExecuteSignedWithPermitParameters extends WriteOptions, SignedExecutionRequest {
  readonly deployment: RouterDeployment;
  /** What the requester signed beside the request: see `signPermit`. */
  readonly permit: TokenPermit;
}

/**
 * Brings a signed run together with the ERC-2612 permit that pays it, in one transaction (the router's `multicall`). A permit
 * that somebody else brought before is no error.
 *
 * @throws ContractError as `executeSigned`.
 *
 * @example
 * const signed = await signExecutionRequest(requester, { deployment, cluster: 1n, input: "What is a lighthouse?" });
 * const { currency, quoteWei } = signed.request;
 * const permit = await signPermit(requester, { deployment, currency, amountWei: quoteWei });
 * await executeSignedWithPermit(relayer, { deployment, ...signed, permit });
 */
export async function executeSignedWithPermit(
  client: WriteClient,
  parameters: ExecuteSignedWithPermitParameters,
): Promise<ExecuteSignedResult> {
  const { deployment, request, timeoutMs } = parameters;
  const contract = { address: deployment.executionRouter, abi: executionRouterAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "multicall",
    args: [encodePermitCalls(parameters)],
    valueWei: requestValueWei(request),
    timeoutMs,
  });
  const { execution } = eventOf(receipt, { ...contract, eventName: "RequestExecuted" }).args;
  return { ...sentOf(receipt), execution };
}
