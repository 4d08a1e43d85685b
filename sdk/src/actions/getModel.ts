import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Model } from "../types/model.ts";

export interface GetModelParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly model: bigint;
}

/**
 * Reads a model: name, owner and present terms. Published versions keep the terms that they pinned.
 *
 * @throws ContractError `MODEL_UNKNOWN`.
 */
export async function getModel(client: ReadClient, parameters: GetModelParameters): Promise<Model> {
  const { deployment, model, at } = parameters;
  const call = {
    deployment,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    args: [model],
    at,
  } as const;
  const [[terms, owner, isClosed], name] = await Promise.all([
    read(client, { ...call, functionName: "termsAndOwnerOf" }),
    read(client, { ...call, functionName: "nameOf" }),
  ]);
  return { model, owner, name, ...terms, isClosed };
}
