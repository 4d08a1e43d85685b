import type { Address } from "viem";

/** An agent: an ERC-8004 identity on a model. */
export interface Agent {
  /** Agents count from 0. */
  readonly agent: bigint;
  readonly owner: Address;
  /** The model it is on; 0 for none. */
  readonly model: bigint;
  /** Where its registration file is; empty for none. */
  readonly uri: string;
  /** The cluster it is in; 0 for none. */
  readonly cluster: bigint;
}
