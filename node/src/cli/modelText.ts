import type { Model } from "@pleiad/sdk/types/model";
import type { Fact, Output } from "./output.ts";
import { ether } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** Basis points in a percent. */
const BPS_PER_PERCENT = 100;

/** A model for a program. */
export function modelJson({ model, name, owner, priceWei, nodeShareBps, open }: Model) {
  return { modelId: Number(model), name, owner, priceWei, nodeShareBps, open };
}

/** A model for a person. */
export function modelFacts(
  { model, name, owner, priceWei, nodeShareBps, open }: Model,
  { style }: Output,
): Fact[] {
  return [
    ["model", `${style.title(`${model}`)}  ${printableLine(name)}`],
    ["owner", owner],
    ["price", `${ether(priceWei)} an answer, of which ${nodeShareBps / BPS_PER_PERCENT} % to the node`],
    ["for", open ? "everybody's agents" : "its owner's agents only"],
  ];
}
