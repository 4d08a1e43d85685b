import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { modelTerms } from "../internal/modelTerms.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ModelTerms } from "../types/model.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetModelTermsParameters extends WriteOptions, ModelTerms {
  readonly deployment: Deployment;
  readonly model: bigint;
}

/**
 * Changes the terms of a model of the client's account, for versions that are published from now on.
 *
 * @throws ContractError `MODEL_UNKNOWN`, `MODEL_NOT_OWNED`, `MODEL_SHARE_TOO_HIGH`, `MODEL_CURRENCY_UNSUPPORTED`.
 */
export async function setModelTerms(client: WriteClient, parameters: SetModelTermsParameters): Promise<Sent> {
  const { deployment, model, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    functionName: "setTerms",
    args: [model, modelTerms(parameters)],
    timeoutMs,
  });
  return sentOf(receipt);
}
