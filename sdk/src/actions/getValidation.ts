import { type Hex, zeroHash } from "viem";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { ValidationDeployment } from "../types/periphery.ts";
import type { Validation } from "../types/validation.ts";

export interface GetValidationParameters extends ReadOptions {
  readonly deployment: ValidationDeployment;
  /** The request, as `requestValidation` answered it. */
  readonly request: Hex;
}

/**
 * A request to check an agent's work, and its validator's last answer (ERC-8004).
 *
 * @throws PleiadError `VALIDATION_UNKNOWN`.
 */
export async function getValidation(
  client: ReadClient,
  parameters: GetValidationParameters,
): Promise<Validation> {
  const { deployment, request, at } = parameters;
  const registry = { address: deployment.validationRegistry, abi: validationRegistryAbi, deployment, at };
  const args = [request] as const;
  const [status, isAnswered, about] = await Promise.all([
    read(client, { ...registry, functionName: "getValidationStatus", args }),
    read(client, { ...registry, functionName: "hasValidationResponse", args }),
    read(client, { ...registry, functionName: "getValidatedCompletion", args }),
  ]);
  const [validator, agent, response, hash, tag, answeredAt] = status;
  const { execution, task, outputDigest } = about;
  return {
    request,
    agent,
    validator,
    completion: outputDigest === zeroHash ? undefined : { execution, task: Number(task), outputDigest },
    answer: isAnswered ? { response, hash, tag, at: answeredAt } : undefined,
  };
}
