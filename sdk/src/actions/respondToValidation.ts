import { type Hex, zeroHash } from "viem";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { ValidationDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RespondToValidationParameters extends WriteOptions {
  readonly deployment: ValidationDeployment;
  /** The request, as `requestValidation` answered it. */
  readonly request: Hex;
  /** 0 for failed to 100 for passed. */
  readonly response: number;
  /** Where the evidence is, at most 2,048 bytes. @default empty */
  readonly uri?: string;
  /** keccak256 of the evidence. @default zero */
  readonly hash?: Hex;
  /** At most 64 bytes. @default empty */
  readonly tag?: string;
}

/**
 * Answers a request to the client's account as a validator (ERC-8004), for the first time or anew.
 *
 * @throws ContractError `VALIDATION_TEXT_TOO_LONG`; PleiadError `VALIDATION_UNKNOWN`, `VALIDATION_NOT_YOURS`,
 * `VALIDATION_RESPONSE_INVALID`.
 */
export async function respondToValidation(
  client: WriteClient,
  parameters: RespondToValidationParameters,
): Promise<Sent> {
  const { deployment, request, response, uri = "", hash = zeroHash, tag = "", timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.validationRegistry,
    abi: validationRegistryAbi,
    functionName: "validationResponse",
    args: [request, response, uri, hash, tag],
    timeoutMs,
  });
  return sentOf(receipt);
}
