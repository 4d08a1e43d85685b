import { bytesToBigInt, keccak256, zeroAddress } from "viem";
import { contractError } from "../errors/contractError.ts";
import type { WriteClient } from "../types/client.ts";
import type { ExecutionRequest, SignedExecutionRequest } from "../types/executionRequest.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import type { RunParameters } from "../types/run.ts";
import { chainNow } from "./chainTime.ts";
import { preparedRun } from "./preparedRun.ts";

/** Whoever brings the request has this long; the price that is signed never changes. */
export const REQUEST_SECONDS_DEFAULT = 600n;

const NONCE_BYTES = 32;

/** A run that is to be signed. */
export type RequestParameters = RunParameters & {
  readonly deployment: RouterDeployment;
  /** What whoever brings the request gets, in the version's ERC-20. @default 0n */
  readonly relayerFeeWei?: bigint | undefined;
  /** Until when it may be brought, inclusive, unix seconds. @default ten minutes from now, or the run's deadline if sooner */
  readonly validUntil?: bigint | undefined;
  /** @default a random number */
  readonly nonce?: bigint | undefined;
};

/** A number that nobody has used: random where order does not matter. */
export function randomNonce(): bigint {
  return bytesToBigInt(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

/** The request as it is signed, for the client's account, with its input. */
export async function requestOf(
  client: WriteClient,
  parameters: RequestParameters,
): Promise<Omit<SignedExecutionRequest, "signature">> {
  const { deployment, relayerFeeWei = 0n } = parameters;
  const { pinned, input, params, deadline } = await preparedRun(client, parameters);
  if (pinned.currency === zeroAddress && relayerFeeWei !== 0n)
    throw contractError("RequestFeeUnpayable", [relayerFeeWei]);
  const soon = (await chainNow(client)) + REQUEST_SECONDS_DEFAULT;
  const request = {
    executions: deployment.clusterExecutions,
    requester: client.account.address,
    cluster: pinned.cluster,
    version: pinned.version,
    inputDigest: input === "0x" ? params.inputDigest : keccak256(input),
    params,
    currency: pinned.currency,
    quoteWei: pinned.quoteWei,
    relayerFeeWei,
    nonce: parameters.nonce ?? randomNonce(),
    validUntil: parameters.validUntil ?? (soon < deadline ? soon : deadline),
  };
  return { request, input };
}

/** What whoever brings a request sends along: the callback's budget, and the quote in the chain's own currency. */
export function requestValueWei({ currency, quoteWei, params }: ExecutionRequest): bigint {
  return params.callbackBudgetWei + (currency === zeroAddress ? quoteWei : 0n);
}
