import { type Address, type Hex, type TransactionReceipt, zeroHash } from "viem";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { ValidationDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

/** One accepted completion of an execution. */
export interface CompletionToValidate {
  readonly execution: bigint;
  /** Index of the task in its version, from 0. */
  readonly task: number;
  /** keccak256 of the accepted output. */
  readonly outputDigest: Hex;
  /** Any value; another one makes another request about the same. @default zero */
  readonly salt?: Hex;
  /** For a run that has ended: digests of its input and of the outputs of all its tasks, zero for none. */
  readonly run?: { readonly inputDigest: Hex; readonly outputDigests: readonly Hex[] };
}

/** By a hash that names the request, or about a completion, which names it. */
export type RequestValidationParameters = WriteOptions & {
  readonly deployment: ValidationDeployment;
  readonly agent: bigint;
  readonly validator: Address;
  /** Where the validator finds what it needs, at most 2,048 bytes. @default empty */
  readonly uri?: string;
} & (
    | {
        /** keccak256 of what is at the URI; names the request. */
        readonly request: Hex;
        readonly completion?: undefined;
      }
    | { readonly request?: undefined; readonly completion: CompletionToValidate }
  );

export interface RequestValidationResult extends Sent {
  /** The hash that names the request. */
  readonly request: Hex;
}

/**
 * Asks a validator to check an agent's work (ERC-8004), or one accepted completion of it. The agent's owner may, or whom
 * the owner approved.
 *
 * @throws ContractError `ERC721_NONEXISTENT_TOKEN`, `EXECUTION_UNKNOWN`, `VALIDATION_TASK_NOT_OF_AGENT`,
 * `VALIDATION_OUTPUT_NOT_ACCEPTED`, `VALIDATION_RUN_DIGEST_WRONG`, `VALIDATION_TEXT_TOO_LONG`; PleiadError
 * `AGENT_NOT_AUTHORIZED`, `VALIDATION_EXISTS`, `VALIDATOR_INVALID`.
 */
export async function requestValidation(
  client: WriteClient,
  parameters: RequestValidationParameters,
): Promise<RequestValidationResult> {
  const receipt = await send(client, parameters);
  const { deployment } = parameters;
  const contract = { address: deployment.validationRegistry, abi: validationRegistryAbi };
  const { requestHash } = eventOf(receipt, { ...contract, eventName: "ValidationRequest" }).args;
  return { ...sentOf(receipt), request: requestHash };
}

function send(client: WriteClient, parameters: RequestValidationParameters): Promise<TransactionReceipt> {
  const { deployment, agent, validator, uri = "", completion, timeoutMs } = parameters;
  const call = {
    deployment,
    address: deployment.validationRegistry,
    abi: validationRegistryAbi,
    timeoutMs,
  } as const;
  if (completion === undefined) {
    const args = [validator, agent, uri, parameters.request] as const;
    return write(client, { ...call, functionName: "validationRequest", args });
  }
  const { execution, task, outputDigest, salt = zeroHash, run } = completion;
  const proof = run ?? { inputDigest: zeroHash, outputDigests: [] };
  const about = { execution, task: BigInt(task), outputDigest };
  const args = [validator, agent, uri, about, salt, proof] as const;
  return write(client, { ...call, functionName: "requestCompletionValidation", args });
}
