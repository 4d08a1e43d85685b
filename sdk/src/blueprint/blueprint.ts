import type { ModelTerms } from "../types/model.ts";

/** Terms as a file says them; a price in whole units of a token, as "0.5", is counted by `resolvePrices`. */
export type BlueprintTerms =
  | (ModelTerms & { readonly priceTokens?: undefined })
  | (Omit<ModelTerms, "priceWei"> & { readonly priceWei?: undefined; readonly priceTokens: string });

/** A model as a blueprint names it: registered, or to be registered on these terms. */
export type BlueprintModel<Terms = BlueprintTerms> = { readonly name: string } & (
  | { readonly id: bigint; readonly terms?: undefined }
  | { readonly id?: undefined; readonly terms: Terms }
);

/** An agent as a blueprint names it. */
export interface BlueprintAgent {
  readonly name: string;
  /** Its id, or undefined where it is to be registered. */
  readonly id: bigint | undefined;
  /** The id of its model, or its name in `models`; undefined only for a registered agent. */
  readonly model: bigint | string | undefined;
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
  /** Most tokens of an answer; undefined for no say. */
  readonly tokensMax: number | undefined;
  /** Sampling temperature; undefined for no say. */
  readonly temperature: number | undefined;
}

/** A task of a blueprint, with its dependencies resolved. */
export interface BlueprintTask {
  readonly name: string;
  /** Name of its agent. */
  readonly agent: string;
  readonly prompt: string;
  readonly tool: string;
  readonly toolArguments: string;
  /** Indices of the tasks it depends on, ascending. */
  readonly dependsOn: readonly number[];
  /** How many nodes must agree. */
  readonly quorum: number;
}

/** What a fee is written in: `wei` is the smallest unit of any currency, `token` a whole unit of an ERC-20. */
export type FeeUnit = "wei" | "gwei" | "ether" | "token";

/** A cluster as code: what `cluster.yaml` says, checked. */
export interface Blueprint {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** In the smallest unit of the version's currency; 0 where `feeTokens` says it. */
  readonly feeWei: bigint;
  /** The unit that the file writes the fee in. */
  readonly feeUnit: FeeUnit;
  /** The fee in whole units of the version's token, as "0.5", until `resolveFee` has counted it; else undefined. */
  readonly feeTokens: string | undefined;
  readonly windowSeconds: number;
  readonly attempts: number;
  /** Names of the variables that an input brings; empty where an input is one text. */
  readonly inputs: readonly string[];
  readonly models: readonly BlueprintModel[];
  readonly agents: readonly BlueprintAgent[];
  readonly tasks: readonly BlueprintTask[];
}

/** One in which every price is counted. */
export interface PricedBlueprint extends Blueprint {
  readonly models: readonly BlueprintModel<ModelTerms>[];
}
