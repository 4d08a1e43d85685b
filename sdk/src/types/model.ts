import type { Address } from "viem";

/** What an answer costs and who gets it. */
export interface ModelTerms {
  /** Price of one completion. */
  readonly priceWei: bigint;
  /** Share of the serving node in basis points, 0 to 10,000; the model keeps the rest. */
  readonly nodeShareBps: number;
  /** Whether anybody's agent may use the model, or only its owner's. @default true */
  readonly open?: boolean | undefined;
  /** Currency of the price: zero, the chain's own, or an ERC-20's address. @default zeroAddress */
  readonly currency?: Address | undefined;
}

/** A model as it stands. */
export interface Model extends Required<ModelTerms> {
  readonly open: boolean;
  readonly currency: Address;
  readonly model: bigint;
  readonly owner: Address;
  readonly name: string;
  /** Whether it gets into no new version. */
  readonly isClosed: boolean;
}

/** One place in a model's list of serving nodes. */
export interface ServingNode {
  readonly node: bigint;
  /** Place in the list, from 0; kept for ever. */
  readonly place: number;
  /** Unix seconds. */
  readonly joinedAt: bigint;
  /** False for a node that left. */
  readonly active: boolean;
}
