import { executionRouterAbi } from "../abi/executionRouter.ts";
import { requestValueWei } from "../internal/executionRequest.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { SignedExecutionPermit2 } from "../types/executionRequest.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { ExecuteSignedResult } from "./executeSigned.ts";

export interface ExecuteWithPermit2Parameters extends WriteOptions, SignedExecutionPermit2 {
  readonly deployment: RouterDeployment;
}

/**
 * Brings a run that its requester signed together with its payment (`signExecutionPermit2`).
 *
 * @throws ContractError as `executeSigned`; PleiadError `CONTRACT_REVERTED` with Permit2's own reasons.
 */
export async function executeWithPermit2(
  client: WriteClient,
  parameters: ExecuteWithPermit2Parameters,
): Promise<ExecuteSignedResult> {
  const { deployment, request, input, permitNonce, permitDeadline, signature, timeoutMs } = parameters;
  const contract = { address: deployment.executionRouter, abi: executionRouterAbi };
  const receipt = await write(client, {
    ...contract,
    deployment,
    functionName: "executeWithPermit2",
    args: [request, input, permitNonce, permitDeadline, signature],
    valueWei: requestValueWei(request),
    timeoutMs,
  });
  const { execution } = eventOf(receipt, { ...contract, eventName: "RequestExecuted" }).args;
  return { ...sentOf(receipt), execution };
}
