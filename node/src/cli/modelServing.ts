import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getNode } from "@pleiad/sdk/actions/getNode";
import type { Model } from "@pleiad/sdk/types/model";
import type { NodeRecord } from "@pleiad/sdk/types/node";
import type { Command } from "commander";
import { type ActionContext, idOf } from "./define.ts";
import type { Fact } from "./output.ts";
import type { ContractCall } from "./sending.ts";
import { addSigningOptions, openSigning, type Signing, type SigningOptions } from "./signing.ts";
import { printableLine } from "./text/printable.ts";

/** A model, a node, and who speaks for one of them. */
export interface Serving extends Signing {
  readonly model: Model;
  readonly node: NodeRecord;
  /** The call of that name about the two. */
  call(functionName: "serve" | "leave"): ContractCall;
}

/** Adds what `model serve` and `model leave` take. */
export function addServingArguments(command: Command): void {
  command.argument("<model>", "the model's id").argument("<node>", "the node's id");
  addSigningOptions(command);
}

/** Both for a program. */
export function servingJson({ model, node }: Serving) {
  return { modelId: Number(model.model), node: Number(node.node) };
}

/** Both for a person. */
export function servingFacts({ model, node }: Serving): Fact[] {
  return [
    ["model", `${model.model}  ${printableLine(model.name)}`],
    ["node", `${node.node}`],
  ];
}

/** Finds both. @throws ContractError MODEL_UNKNOWN, NODE_UNKNOWN; PleiadError USAGE_INVALID and those of the chain */
export async function openServing(
  context: ActionContext<SigningOptions>,
  [modelText, nodeText]: readonly (string | undefined)[],
): Promise<Serving> {
  const [modelId, nodeId] = [idOf(modelText), idOf(nodeText)];
  const { chain, sender } = await openSigning(context);
  const { client, deployment } = chain;
  const [model, node] = await Promise.all([
    getModel(client, { deployment, model: modelId }),
    getNode(client, { deployment, node: nodeId }),
  ]);
  const registry = { address: deployment.modelRegistry, abi: modelRegistryAbi };
  return {
    chain,
    sender,
    model,
    node,
    call: (functionName) => ({ ...registry, functionName, args: [modelId, nodeId] }),
  };
}
