import type { Address, Hex } from "viem";
import type { Content } from "./content.ts";
import type { Deployment } from "./deployment.ts";

/** Most bytes of an inline input; `ClusterExecutions` says the same. */
export const INPUT_BYTES_MAX = 8_192;

/** Enough for agents that think for minutes; unspent escrow is locked for no longer than this. */
export const DURATION_SECONDS_DEFAULT = 3_600n;

/** The longest run that `ClusterExecutions` takes: 30 days. */
export const DURATION_SECONDS_MAX = 2_592_000n;

/** A contract that is told of the end. */
export interface Callback {
  readonly consumer: Address;
  /** With exactly how much gas it is called, 1 to 2,000,000. */
  readonly gas: number;
  /** What whoever delivers the call earns, in the chain's own currency, on top of the quote. */
  readonly budgetWei: bigint;
}

/** What to run. The input is inline (bytes, or text as UTF-8), or elsewhere by digest and URI. */
export type RunParameters = {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default the newest */
  readonly version?: bigint | undefined;
  /** Unix seconds up to and at which completions are accepted. @default see `durationSeconds` */
  readonly deadline?: bigint | undefined;
  /** How long the run may take, where no deadline is given. @default an hour, or four windows a task if longer */
  readonly durationSeconds?: bigint | undefined;
  /** The conversation this run belongs to. @default none */
  readonly thread?: Hex | undefined;
  /** Whether the cluster's owner may answer in place of a silent model. @default false */
  readonly ownerMayAnswer?: boolean | undefined;
  /** Whether outputs may be given as digest and URI; then `waitForResponse` may need a `fetchBlob`. @default false */
  readonly outputsByReference?: boolean | undefined;
  /** Who is told of the end by `deliver` (a contract, `IClusterConsumer`). @default nobody */
  readonly callback?: Callback | undefined;
} & (
  | {
      /** 1 to 8,192 bytes. Public, as everything on a chain. */
      readonly input: Content;
      readonly inputs?: undefined;
      readonly inputDigest?: undefined;
      readonly inputURI?: undefined;
    }
  | {
      /** A text for each variable that the version names: see `encodeInputs`. */
      readonly inputs: Readonly<Record<string, string>>;
      readonly input?: undefined;
      readonly inputDigest?: undefined;
      readonly inputURI?: undefined;
    }
  | {
      readonly input?: undefined;
      readonly inputs?: undefined;
      /** keccak-256 of the input. */
      readonly inputDigest: Hex;
      /** Where the nodes may have it, at most 256 bytes. */
      readonly inputURI: string;
    }
);
