import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { eventsOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ServeModelParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly model: bigint;
  readonly node: bigint;
}

export interface ServeModelResult extends Sent {
  /** Whether both sides agree now. If not, the other side's owner has to call the same. */
  readonly joined: boolean;
  /** The node's place in the model's list, from 0; undefined until it has joined. */
  readonly place: number | undefined;
}

/**
 * Says that a node shall serve a model. The owner of either says it; the node joins as soon as both have.
 *
 * @throws ContractError `MODEL_UNKNOWN`, `MODEL_NODE_UNKNOWN`, `MODEL_SERVING_NOT_YOURS`, `MODEL_ALREADY_SERVED`,
 * `MODEL_PLACES_FULL`.
 */
export async function serveModel(
  client: WriteClient,
  parameters: ServeModelParameters,
): Promise<ServeModelResult> {
  const { deployment, model, node, timeoutMs } = parameters;
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "serve",
    args: [model, node],
    timeoutMs,
  });
  const [joined] = eventsOf(receipt, { ...registry, eventName: "NodeJoinedModel" });
  const place = joined === undefined ? undefined : Number(joined.args.place);
  return { ...sentOf(receipt), joined: joined !== undefined, place };
}
