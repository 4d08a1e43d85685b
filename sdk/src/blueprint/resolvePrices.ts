import { type Address, zeroAddress } from "viem";
import { sdkError } from "../errors/sdkError.ts";
import type { ModelTerms } from "../types/model.ts";
import type { Blueprint, BlueprintTerms, PricedBlueprint } from "./blueprint.ts";
import { countTokens } from "./countTokens.ts";

/**
 * The blueprint with the prices of the models that it registers in the smallest units of their currencies.
 *
 * @param decimalsOf Digits behind the point of a token, which only the chain knows.
 * @throws PleiadError `BLUEPRINT_PRICE_UNIT` for parts of the smallest unit, or more than 96 bits.
 *
 * @example
 * resolvePrices(parseBlueprint("…\nmodels: { poet: { price: 0.5 token, currency: 0x…, nodeShareBps: 7000 } }\n…"), () => 6);
 */
export function resolvePrices(blueprint: Blueprint, decimalsOf: (token: Address) => number): PricedBlueprint {
  const models = blueprint.models.map((model) =>
    model.terms === undefined
      ? model
      : { name: model.name, terms: priced(model.name, model.terms, decimalsOf) },
  );
  return { ...blueprint, models };
}

function priced(name: string, terms: BlueprintTerms, decimalsOf: (token: Address) => number): ModelTerms {
  if (terms.priceTokens === undefined) return terms;
  const { priceTokens, priceWei: _, ...rest } = terms;
  const { currency = zeroAddress } = rest;
  const decimals = decimalsOf(currency);
  const counted = countTokens(priceTokens, decimals);
  if (typeof counted === "bigint") return { priceWei: counted, ...rest };
  const message = `the price of model ${name} is ${priceTokens} of ${currency}, which ${counted}`;
  throw sdkError("BLUEPRINT_PRICE_UNIT", message, { details: { model: name, currency, decimals } });
}
