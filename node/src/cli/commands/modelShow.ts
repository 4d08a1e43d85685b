import { getNode } from "@pleiad/sdk/actions/getNode";
import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import type { ServingNode } from "@pleiad/sdk/types/model";
import type { NodeRecord } from "@pleiad/sdk/types/node";
import { mapParallel } from "../../chain/parallel.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { currencyOf } from "../currencies.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { modelFacts, modelJson } from "../modelText.ts";
import type { Output } from "../output.ts";
import { resolveModel } from "../resolve.ts";
import { timeText } from "../text/amounts.ts";

/** Nodes that are asked about at once; a model has at most 64. */
const NODES_PARALLEL_MAX = 16;

type Place = ServingNode & Pick<NodeRecord, "owner" | "status">;

/** `pleiad model show MODEL`: terms, and who serves it. */
export const define: DefineCommand = (command, around) => {
  command.argument("<model>", "the model's id, or its name where only one has it");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad model show 1", "its owner, terms and nodes"],
    ["pleiad model show writer", "by its name, which need not be unique"],
    ["pleiad model show 1 --json", "for a program"],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, name = "") => {
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const model = await resolveModel(chain, name);
    const list = await listServingNodes(client, { deployment, model: model.model });
    const places = await mapParallel(list, NODES_PARALLEL_MAX, async (place): Promise<Place> => {
      const { owner, status } = await getNode(client, { deployment, node: place.node });
      return { ...place, owner, status };
    });
    output.json({
      ...modelJson(model),
      nodes: places.map(({ node, place, joinedAt, active, owner, status }) => ({
        node: Number(node),
        place,
        joinedAt: Number(joinedAt),
        active,
        owner,
        status,
      })),
    });
    output.facts(modelFacts(model, await currencyOf(chain, model.currency), output));
    output.line();
    printNodes(places, output);
    return 0;
  });
};

function printNodes(places: readonly Place[], output: Output): void {
  if (places.length === 0) {
    output.prose("No node has ever served it, so its owner alone may answer.");
    return;
  }
  output.table(
    [
      { header: "place", align: "right" },
      { header: "node", align: "right" },
      { header: "state" },
      { header: "since" },
      { header: "owner" },
    ],
    places.map(({ place, node, active, joinedAt, owner, status }) => [
      `${place}`,
      `${node}`,
      stateText(active, status),
      timeText(joinedAt),
      owner,
    ]),
  );
}

function stateText(active: boolean, status: NodeRecord["status"]): string {
  if (!active) return "left";
  return status === "Active" ? "serves" : status.toLowerCase();
}
