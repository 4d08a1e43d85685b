import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface CloseModelParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly model: bigint;
  /** @default true; false opens it again */
  readonly closed?: boolean | undefined;
}

/**
 * Lets a model get into no new version, whoever publishes it, or into new ones again.
 *
 * @throws ContractError `MODEL_UNKNOWN`, `MODEL_NOT_OWNED`.
 */
export async function closeModel(client: WriteClient, parameters: CloseModelParameters): Promise<Sent> {
  const { deployment, model, closed = true, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    functionName: "setClosed",
    args: [model, closed],
    timeoutMs,
  });
  return sentOf(receipt);
}
