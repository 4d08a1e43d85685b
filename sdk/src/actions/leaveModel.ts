import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface LeaveModelParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly model: bigint;
  readonly node: bigint;
}

/**
 * Ends the serving of a model by a node, or takes back an offer. The owner of either may. The place stays.
 *
 * @throws ContractError `MODEL_UNKNOWN`, `MODEL_NODE_UNKNOWN`, `MODEL_SERVING_NOT_YOURS`, `MODEL_NOT_SERVED`.
 */
export async function leaveModel(client: WriteClient, parameters: LeaveModelParameters): Promise<Sent> {
  const { deployment, model, node, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    functionName: "leave",
    args: [model, node],
    timeoutMs,
  });
  return sentOf(receipt);
}
