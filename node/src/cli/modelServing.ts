import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getNode } from "@pleiad/sdk/actions/getNode";
import type { Model } from "@pleiad/sdk/types/model";
import type { NodeRecord } from "@pleiad/sdk/types/node";
import type { Command } from "commander";
import { openSender, type Sender } from "./account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "./chainOptions.ts";
import { type ChainContext, openChain } from "./context.ts";
import { idOf } from "./define.ts";
import type { Output } from "./output.ts";
import { addYesOption, type ContractCall, type SendOptions } from "./sending.ts";
import type { Surroundings } from "./surroundings.ts";

/** Options of the commands about a model and a node. */
export interface ServingOptions extends ChainOptions, KeyOptions, SendOptions {}

/** A model, a node, and who speaks for one of them. */
export interface Serving {
  readonly chain: ChainContext;
  readonly sender: Sender;
  readonly model: Model;
  readonly node: NodeRecord;
  /** The call of that name about the two. */
  call(functionName: "serve" | "leave"): ContractCall;
}

/** Adds what `model serve` and `model leave` take. */
export function addServingArguments(command: Command): void {
  command.argument("<model>", "the model's id").argument("<node>", "the node's id");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
}

/** Finds both. @throws ContractError MODEL_UNKNOWN, NODE_UNKNOWN; PleiadError USAGE_INVALID and those of the chain */
export async function openServing(
  options: ServingOptions,
  output: Output,
  around: Surroundings,
  [modelText, nodeText]: readonly (string | undefined)[],
): Promise<Serving> {
  const [modelId, nodeId] = [idOf(modelText), idOf(nodeText)];
  const chain = await openChain(options, around);
  const { client, deployment } = chain;
  const [model, node] = await Promise.all([
    getModel(client, { deployment, model: modelId }),
    getNode(client, { deployment, node: nodeId }),
  ]);
  const sender = await openSender(options, chain, output, around);
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi };
  return {
    chain,
    sender,
    model,
    node,
    call: (functionName) => ({ ...registry, functionName, args: [modelId, nodeId] }),
  };
}
