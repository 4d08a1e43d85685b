import { zeroAddress } from "viem";
import { signTypedData } from "viem/actions";
import { sdkError } from "../errors/sdkError.ts";
import { type RequestParameters, randomNonce, requestOf } from "../internal/executionRequest.ts";
import { rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import {
  EXECUTION_PERMIT2_TYPES,
  permit2Domain,
  type SignedExecutionPermit2,
} from "../types/executionRequest.ts";

export type SignExecutionPermit2Parameters = RequestParameters & {
  /** A number that the account has not used with Permit2. @default a random number */
  readonly permitNonce?: bigint | undefined;
  /** Until when Permit2 takes the signature, unix seconds. @default the request's `validUntil` */
  readonly permitDeadline?: bigint | undefined;
};

/**
 * Signs a run and its payment at once, for whoever brings it (`executeWithPermit2`). The account has to have given Permit2 an
 * allowance of the token before.
 *
 * @throws ContractError as `signExecutionRequest`; PleiadError `CURRENCY_IS_NATIVE` for a version in the chain's own currency,
 * of which Permit2 moves none.
 */
export async function signExecutionPermit2(
  client: WriteClient,
  parameters: SignExecutionPermit2Parameters,
): Promise<SignedExecutionPermit2> {
  const { deployment, permitNonce = randomNonce() } = parameters;
  const { request, input } = await requestOf(client, parameters);
  const { currency, quoteWei, relayerFeeWei, cluster, version } = request;
  if (currency === zeroAddress) {
    const message = `version ${version} of cluster ${cluster} is paid in the chain's own currency`;
    throw sdkError("CURRENCY_IS_NATIVE", message, { details: { cluster, version } });
  }
  const permitDeadline = parameters.permitDeadline ?? request.validUntil;
  const signature = await rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: permit2Domain(deployment.chainId),
      types: EXECUTION_PERMIT2_TYPES,
      primaryType: "PermitWitnessTransferFrom",
      message: {
        permitted: { token: currency, amount: quoteWei + relayerFeeWei },
        spender: deployment.executionRouter,
        nonce: permitNonce,
        deadline: permitDeadline,
        witness: request,
      },
    }),
  );
  return { request, input, permitNonce, permitDeadline, signature };
}
