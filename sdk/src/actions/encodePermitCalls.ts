import { encodeFunctionData, type Hex, parseSignature } from "viem";
import { executionRouterAbi } from "../abi/executionRouter.ts";
import type { SignedExecutionRequest } from "../types/executionRequest.ts";
import type { TokenPermit } from "../types/tokenPermit.ts";

export interface EncodePermitCallsParameters extends SignedExecutionRequest {
  /** What the requester signed beside the request: see `signPermit`. */
  readonly permit: TokenPermit;
}

/** The two calls of the router's `multicall` that bring a permit, and the signed request that it pays. Pure. */
export function encodePermitCalls(parameters: EncodePermitCallsParameters): readonly [Hex, Hex] {
  const { request, input, signature, permit } = parameters;
  const { r, s, yParity } = parseSignature(permit.signature);
  const { token, owner, valueWei, deadline } = permit;
  return [
    encodeFunctionData({
      abi: executionRouterAbi,
      functionName: "permit",
      args: [token, owner, valueWei, deadline, 27 + yParity, r, s],
    }),
    encodeFunctionData({
      abi: executionRouterAbi,
      functionName: "executeSigned",
      args: [request, input, signature],
    }),
  ];
}
