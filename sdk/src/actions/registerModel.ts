import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { modelTerms } from "../internal/modelTerms.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ModelTerms } from "../types/model.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RegisterModelParameters extends WriteOptions, ModelTerms {
  readonly deployment: Deployment;
  /** 1 to 31 bytes that people know it by; need not be unique. */
  readonly name: string;
}

export interface RegisterModelResult extends Sent {
  /** Models count from 1. */
  readonly model: bigint;
}

/**
 * Registers a model for the client's account.
 *
 * @throws ContractError `MODEL_NAME_LENGTH`, `MODEL_SHARE_TOO_HIGH`, `MODEL_CURRENCY_UNSUPPORTED`.
 *
 * @example
 * const { model } = await registerModel(client, {
 *   deployment, name: "reader", priceWei: parseEther("0.001"), nodeShareBps: 8_000,
 * });
 */
export async function registerModel(
  client: WriteClient,
  parameters: RegisterModelParameters,
): Promise<RegisterModelResult> {
  const { deployment, name, timeoutMs } = parameters;
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "register",
    args: [name, modelTerms(parameters)],
    timeoutMs,
  });
  return {
    ...sentOf(receipt),
    model: eventOf(receipt, { ...registry, eventName: "ModelRegistered" }).args.model,
  };
}
