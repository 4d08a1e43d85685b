import type { Model } from "@pleiad/sdk/types/model";
import { amountText, type Currency } from "./currencies.ts";
import type { Fact, Output } from "./output.ts";
import { printableLine } from "./text/printable.ts";

/** Basis points in a percent. */
const BPS_PER_PERCENT = 100;

/** A model for a program. */
export function modelJson({ model, name, owner, priceWei, currency, nodeShareBps, open, isClosed }: Model) {
  return { modelId: Number(model), name, owner, priceWei, currency, nodeShareBps, open, closed: isClosed };
}

/** A model for a person. */
export function modelFacts(
  { model, name, owner, priceWei, nodeShareBps, open, isClosed }: Model,
  currency: Currency,
  { style }: Output,
): Fact[] {
  return [
    ["model", `${style.title(`${model}`)}  ${printableLine(name)}`],
    ["owner", owner],
    [
      "price",
      `${amountText(priceWei, currency)} an answer, of which ${nodeShareBps / BPS_PER_PERCENT} % to the node`,
    ],
    ["for", open ? "everybody's agents" : "its owner's agents and who has a grant"],
    ["state", isClosed ? style.warning("gets into no new version") : ""],
  ];
}
