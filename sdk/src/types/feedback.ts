import type { Hex } from "viem";

/** What a client says of an agent (ERC-8004). */
export interface Feedback {
  /** Agents count from 0. */
  readonly agent: bigint;
  /** A number with `decimals` decimals: 9977 with 2 is 99.77. From −10^38 to 10^38. */
  readonly value: bigint;
  /** From 0 to 18. @default 0 */
  readonly decimals?: number;
  /** What was measured, say "starred"; at most 64 bytes. @default empty */
  readonly tag1?: string;
  /** @default empty */
  readonly tag2?: string;
  /** Which endpoint of the agent this is about; at most 2,048 bytes. @default empty */
  readonly endpoint?: string;
  /** Where more is said; at most 2,048 bytes. @default empty */
  readonly uri?: string;
  /** keccak256 of the file there. @default zero */
  readonly hash?: Hex;
}

/** Count and mean of feedback: `value` has `decimals` decimals. */
export interface FeedbackSummary {
  readonly count: bigint;
  readonly value: bigint;
  readonly decimals: number;
}
