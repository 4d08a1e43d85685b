import type { Address } from "viem";
import type { Fleet } from "./fleet.ts";
import type { Plan } from "./plans.ts";
import type { ManagerSettings } from "./settings.ts";

/** What a cluster is wanted for. Amounts in the chain's own currency. */
export interface FormationRequest {
  readonly kind: "FORMATION";
  /** One sentence; it becomes the cluster's description and its first context. */
  readonly goal: string;
  readonly slug: string;
  /** Each names what some member must be able to do, and how many of them; in the order in which they work. */
  readonly needs: readonly { readonly capability: string; readonly count: number }[];
  readonly size: { readonly min: number; readonly max: number };
  /** What one run may cost at most. */
  readonly budgetWei: bigint;
  readonly limits: {
    /** Of one model, for one task. */
    readonly priceWeiMax: bigint;
    /** Of agents that were rated at all; 0 for no matter. */
    readonly ratingMin: number;
    readonly ratingsMin: number;
    readonly roundTripMsMax: number | undefined;
  };
  readonly owner: Address;
}

/** Something to be told to members. */
export interface CommunicationRequest {
  readonly kind: "COMMUNICATION";
  readonly cluster: bigint;
  readonly to:
    | { readonly how: "route"; readonly member: string }
    | { readonly how: "broadcast" }
    | { readonly how: "topic"; readonly topic: string }
    /** To a member of another cluster, through a gateway that both owners named. */
    | { readonly how: "gateway"; readonly cluster: bigint; readonly topic: string };
  readonly text: string;
}

/** Asks for a look at a cluster's scale now, or for a certain one. */
export interface ScalingRequest {
  readonly kind: "SCALING";
  readonly cluster: bigint;
  /** Places that are wanted on the own nodes; undefined for what the manager finds right. */
  readonly places: number | undefined;
}

export type ManagerRequest = FormationRequest | CommunicationRequest | ScalingRequest;

/** Who says something, in words for the record: a token's holder, `policy`. */
export type Speaker = string;

export type AlertName = "cluster_size" | "communication_latency" | "resource_usage" | "stability_score";

/** `pending`: crossed, not long enough. `firing`; `acknowledged`: firing, and somebody knows; `resolved`: over. */
export type AlertState = "pending" | "firing" | "acknowledged" | "resolved";

export interface Alert {
  /** The same for the same threshold of the same subject, until it is resolved. */
  readonly id: string;
  readonly name: AlertName;
  /** `cluster/7`, `node/3`. */
  readonly subject: string;
  readonly state: AlertState;
  readonly value: number;
  readonly threshold: number;
  /** One sentence with the figures, and what to do. */
  readonly summary: string;
  readonly sinceMs: number;
  readonly firedAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  readonly acknowledgedBy: Speaker | undefined;
}

/** The score and what it is made of; see `stability/score.ts` for the formula. All from 0 to 1. */
export interface StabilityScore {
  readonly score: number;
  readonly parts: {
    readonly availability: number;
    readonly success: number;
    readonly punctuality: number;
    readonly steadiness: number;
    readonly latency: number;
  };
}

export interface ClusterReport {
  readonly cluster: bigint;
  readonly slug: string;
  readonly version: number;
  readonly members: number;
  readonly ready: number;
  readonly waiting: number;
  readonly running: number;
  readonly places: number;
  readonly stability: StabilityScore;
  /** What it should have and has not: places, members; empty where it is well. */
  readonly wanted: readonly string[];
}

/** For an orchestrator: state, metrics, and the resources that are wanted. */
export interface ManagerStatus {
  readonly id: string;
  readonly name: string;
  readonly settings: ManagerSettings;
  /** Unix milliseconds of the last reconciliation, and what it took; undefined before the first. */
  readonly reconciled: { readonly atMs: number; readonly tookMs: number; readonly block: bigint } | undefined;
  readonly clusters: readonly ClusterReport[];
  readonly alerts: readonly Alert[];
  readonly plans: readonly Plan[];
  /** What keeps the last reconciliation or the last file from counting, in the words of its error. */
  readonly problem: { readonly code: string; readonly message: string } | undefined;
}

/** A route to a member, the nearest that lives first. */
export interface Route {
  readonly cluster: bigint;
  readonly member: string;
  readonly nodes: readonly bigint[];
  readonly changedAtMs: number;
  /** Of the first of `nodes`. */
  readonly roundTripMs: number | undefined;
  readonly lossShare: number | undefined;
}

/** A request for a cluster that was not formed yet, and is tried again. */
export interface StandingRequest {
  readonly request: FormationRequest;
  readonly by: Speaker;
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** The plan that shall form it; null where none was possible yet. */
  readonly plan: string | null;
}

/** What API, MCP, SDK and CLI ask of a manager. */
export interface Manager {
  /** Begins its intervals, after it has taken up plans that a crash left. */
  start(): Promise<void>;
  /** Lets what is being applied end its step, and nothing else begin. */
  stop(): Promise<void>;
  /**
   * Makes a plan, and applies it where the policy allows.
   *
   * @throws PleiadError FORMATION_IMPOSSIBLE with the need that nobody meets and the nearest; BUDGET_EXCEEDED; POLICY_FORBIDS;
   * CLUSTER_UNKNOWN; MEMBER_UNKNOWN; GATEWAY_MISSING; CAPABILITY_MISSING where this manager is not for such requests
   */
  request(request: ManagerRequest, by: Speaker): Promise<Plan>;
  plans(limit: number): Promise<readonly Plan[]>;
  /** @throws PleiadError PLAN_UNKNOWN */
  plan(id: string): Promise<Plan>;
  /** Says yes and applies it. @throws PleiadError PLAN_UNKNOWN, PLAN_STALE, PLAN_OVER, POLICY_FORBIDS, BUDGET_EXCEEDED */
  apply(id: string, by: Speaker): Promise<Plan>;
  refuse(id: string, by: Speaker): Promise<Plan>;
  /**
   * Takes up the next step for somebody with the keys who is about to do it: looked at, priced and counted before they send.
   *
   * @returns with what one gas may cost them, in wei
   * @throws PleiadError PLAN_UNKNOWN, PLAN_OVER, PLAN_STALE, PLAN_NOT_APPROVED, STEP_NOT_NEXT, POLICY_FORBIDS, COST_RISEN, BUDGET_EXCEEDED
   */
  takeStep(
    id: string,
    step: number,
    by: Speaker,
  ): Promise<{ readonly plan: Plan; readonly weiPerGasMax: bigint | undefined }>;
  /**
   * Takes down what somebody with the keys did for a step that this manager has no right to, and goes on behind it. Of a step that they
   * took up before, it is taken down even where the plan is over meanwhile.
   *
   * @throws PleiadError PLAN_UNKNOWN, PLAN_STALE, STEP_NOT_NEXT
   */
  carriedOut(id: string, step: number, outcome: string, by: Speaker): Promise<Plan>;
  /** Clusters that were asked for and are not there yet, by slug. */
  standing(): Promise<readonly StandingRequest[]>;
  /** Tries one no more. @throws PleiadError REQUEST_UNKNOWN; CLUSTER_BUSY where a plan for it is open */
  drop(slug: string, by: Speaker): Promise<StandingRequest>;
  status(): Promise<ManagerStatus>;
  alerts(): Promise<readonly Alert[]>;
  /** @throws PleiadError ALERT_UNKNOWN */
  acknowledge(id: string, by: Speaker): Promise<Alert>;
  routes(cluster: bigint): readonly Route[];
  /** Why a plan was made, an alert fires, or a cluster is as it is: sentences for a person. @throws PleiadError SUBJECT_UNKNOWN */
  explain(subject: string): Promise<readonly string[]>;
  /** The last fleet that was seen; undefined before the first reconciliation. */
  fleet(): Fleet | undefined;
  /** Told after every reconciliation, change of a plan or of an alert. */
  onChange(handler: () => void): () => void;
}
