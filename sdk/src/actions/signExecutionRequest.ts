import { signTypedData } from "viem/actions";
import { type RequestParameters, requestOf } from "../internal/executionRequest.ts";
import { rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import {
  EXECUTION_REQUEST_TYPES,
  executionRequestDomain,
  type SignedExecutionRequest,
} from "../types/executionRequest.ts";

export type SignExecutionRequestParameters = RequestParameters;

/**
 * Signs a run that anybody may bring to the router (`executeSigned`), so that the requester needs no gas. The exact quote is
 * signed. In an ERC-20 the requester pays, by an allowance for the router (`signPermit`); in the chain's own currency whoever
 * brings it.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_VERSION_UNKNOWN`, `EXECUTION_INPUT_TOO_LARGE`, `REQUEST_FEE_UNPAYABLE`;
 * PleiadError `CLUSTER_UNPUBLISHED`, `INPUTS_INVALID`.
 *
 * @example
 * const signed = await signExecutionRequest(requester, { deployment, cluster: 1n, input: "What is a lighthouse?" });
 * const { execution } = await executeSigned(relayer, { deployment, ...signed });
 */
export async function signExecutionRequest(
  client: WriteClient,
  parameters: SignExecutionRequestParameters,
): Promise<SignedExecutionRequest> {
  const { deployment } = parameters;
  const { request, input } = await requestOf(client, parameters);
  const signature = await rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: executionRequestDomain(deployment.chainId, deployment.executionRouter),
      types: EXECUTION_REQUEST_TYPES,
      primaryType: "ExecutionRequest",
      message: request,
    }),
  );
  return { request, input, signature };
}
