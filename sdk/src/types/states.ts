/**
 * The contracts' enums, by name. The index of a name is the number that stands on chain, so the order is final.
 */

/** What a node may do. */
export const NODE_STATUSES = ["None", "Active", "Suspended"] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

/** Whether a version takes new executions. `Unknown`: never published. */
export const VERSION_STATUSES = ["Unknown", "Accepting", "Restricted", "Stopped", "Closed"] as const;
export type VersionStatus = (typeof VERSION_STATUSES)[number];

/** Where an execution is. `None`: never created. */
export const EXECUTION_STATES = ["None", "Running", "Succeeded", "Failed", "Cancelled", "Expired"] as const;
export type ExecutionState = (typeof EXECUTION_STATES)[number];

/** In which role a task was answered. */
export const ROLES = ["Node", "ModelOwner", "ClusterOwner"] as const;
export type Role = (typeof ROLES)[number];

/** To whom a credit belongs: to whoever owns that node, model or cluster, or to an account. */
export const CREDIT_KINDS = ["Node", "Model", "Cluster", "Account"] as const;
export type CreditKind = (typeof CREDIT_KINDS)[number];

/** Why an item of a batch was not accepted. */
export const SKIP_REASONS = [
  "None",
  "ExecutionUnknown",
  "ExecutionEnded",
  "DeadlinePassed",
  "TaskUnknown",
  "TaskCompleted",
  "TaskNotReady",
  "ContextStale",
  "OutputInvalid",
  "NotEligible",
  "TooEarly",
  "SignatureInvalid",
  "TipTooHigh",
  "QuorumNeeded",
  "QuorumMissing",
  "QuorumOwnerTwice",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];
