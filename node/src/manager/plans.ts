import type { Address, Hex } from "viem";

/** What can be asked of a manager. */
export type RequestKind = "FORMATION" | "COMMUNICATION" | "SCALING";
/** What a plan is for: a request's kind, or what the manager does by itself to keep a cluster healthy. */
export type PlanKind = RequestKind | "STABILITY";

/**
 * One act. Steps of a plan are done in their order; each names what it changes from and to, so that it can be shown, found stale,
 * and taken back.
 */
export type Step =
  /** Publishes a cluster, or its next version, from its `cluster.yaml`. */
  | {
      readonly act: "publish";
      readonly slug: string;
      readonly yaml: string;
      /** The last version before it; 0 for a cluster that is not there. */
      readonly from: number;
      /** Who is to own it. @default whoever does already */
      readonly owner?: Address | undefined;
    }
  | { readonly act: "serve-model"; readonly node: bigint; readonly model: bigint }
  | { readonly act: "leave-model"; readonly node: bigint; readonly model: bigint }
  /** How many agents a node runs at once. */
  | { readonly act: "set-places"; readonly node: bigint; readonly from: number; readonly to: number }
  /** How many of a node's places a cluster may use when others want them, too. */
  | {
      readonly act: "set-share";
      readonly node: bigint;
      readonly cluster: bigint;
      readonly from: number | undefined;
      /** Undefined takes the share away: then the cluster uses what it gets, as one that was never given any. */
      readonly to: number | undefined;
    }
  | {
      readonly act: "start-helper";
      readonly cluster: bigint;
      readonly name: string;
      readonly service: string;
    }
  | { readonly act: "stop-helper"; readonly cluster: bigint; readonly name: string; readonly service: string }
  | { readonly act: "restart-member"; readonly cluster: bigint; readonly name: string }
  /** Lets a node end what it does and take nothing new. */
  | { readonly act: "drain-node"; readonly node: bigint }
  | { readonly act: "resume-node"; readonly node: bigint }
  /** Asks for a member at these nodes, the first first; what it is told goes by the log to all. */
  | {
      readonly act: "set-route";
      readonly cluster: bigint;
      readonly member: string;
      readonly from: readonly bigint[];
      readonly to: readonly bigint[];
    }
  /** Waits until every node of the cluster is present with a valid certificate, and measures the way to it. */
  | { readonly act: "connect"; readonly cluster: bigint; readonly nodes: readonly bigint[] }
  | { readonly act: "write-rules"; readonly cluster: bigint; readonly text: string }
  | { readonly act: "write-context"; readonly cluster: bigint; readonly key: string; readonly value: string }
  /** A cluster that does not exist before an earlier `publish` of the same plan is named by 0. */
  | {
      readonly act: "broadcast";
      readonly cluster: bigint;
      /** Its subscribers get it; empty for all members. */
      readonly topic: string;
      readonly text: string;
      /** The member that alone gets it. @default all that `topic` says */
      readonly to?: string | undefined;
    };

export type Act = Step["act"];

/** What a step costs at most. */
export interface StepCost {
  readonly gas: bigint;
  /** Gas at the price of the moment. */
  readonly gasWei: bigint;
  /** What others are paid, in `currency`. */
  readonly feesWei: bigint;
  readonly currency: Address;
}

export interface PlannedStep {
  readonly step: Step;
  /** One sentence: why. */
  readonly why: string;
  readonly cost: StepCost;
}

/**
 * `proposed`: waits for a person. `approved`: may be applied. `applying`: its first step was begun. `applied`: all steps are done.
 * `verified`: seen to have helped. `reverted`: it made things worse, and was taken back. `failed`: a step could not be done, and
 * those before it were taken back (or are named in `problem` where they cannot be). `refused`: by a person or the policy.
 * `stale`: the fleet is not any more what it was made for. `expired`: nobody answered in time.
 */
export type PlanState =
  | "proposed"
  | "approved"
  | "applying"
  | "applied"
  | "verified"
  | "reverted"
  | "failed"
  | "refused"
  | "stale"
  | "expired";

export interface Plan {
  /** Short, sortable and unique in this manager. */
  readonly id: string;
  readonly kind: PlanKind;
  /** 0 for a cluster that is to be formed. */
  readonly cluster: bigint;
  /** What it does and why, one sentence. */
  readonly title: string;
  readonly steps: readonly PlannedStep[];
  /** Digest of the facts that it rests on; see `basisOf`. A plan is stale when these have changed. */
  readonly basis: Hex;
  /** Unix milliseconds. */
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
  readonly state: PlanState;
  /** Why somebody has to say yes; undefined where the policy lets it go by itself. */
  readonly consent: string | undefined;
  /** How many steps are done. */
  readonly done: number;
  /** What a step's being done led to (a transaction, a cluster's id), by its index. */
  readonly outcomes: readonly (string | undefined)[];
  /** What went wrong; in the words of the error. */
  readonly problem: { readonly code: string; readonly message: string } | undefined;
}
