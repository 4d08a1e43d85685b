import { executionRouterAbi } from "../abi/executionRouter.ts";
import { requestValueWei } from "../internal/executionRequest.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { SignedExecutionRequest } from "../types/executionRequest.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ExecuteSignedParameters extends WriteOptions, SignedExecutionRequest {
  readonly deployment: RouterDeployment;
}

export interface ExecuteSignedResult extends Sent {
  readonly execution: bigint;
}

/**
 * Brings a run that its requester signed (`signExecutionRequest`). The client's account pays the gas, the callback's budget
 * and, in the chain's own currency, the quote; it gets the relayer's fee.
 *
 * @throws ContractError `REQUEST_EXPIRED`, `REQUEST_NONCE_USED`, `REQUEST_SIGNATURE_INVALID`, `REQUEST_INPUT_MISMATCH`,
 * `REQUEST_QUOTE_MISMATCH`, `REQUEST_FEE_UNPAYABLE`, `REQUEST_PAYMENT_FAILED` where the requester's allowance for the router or
 * its balance is too low, and those of `execute`.
 */
export async function executeSigned(
  client: WriteClient,
  parameters: ExecuteSignedParameters,
): Promise<ExecuteSignedResult> {
  const { deployment, request, input, signature, timeoutMs } = parameters;
  const contract = { address: deployment.executionRouter, abi: executionRouterAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "executeSigned",
    args: [request, input, signature],
    valueWei: requestValueWei(request),
    timeoutMs,
  });
  const { execution } = eventOf(receipt, { ...contract, eventName: "RequestExecuted" }).args;
  return { ...sentOf(receipt), execution };
}
