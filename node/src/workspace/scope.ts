import type { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import type { Author } from "./author.ts";
import { workspaceError } from "./errors.ts";
import type { ClusterMembership } from "./log/ports.ts";
import type { WorkspaceDirectory } from "./ports.ts";
import type { Credential, PartyId, WorkspaceOperations } from "./types.ts";
import type { StoredReservation } from "./views/files.ts";
import type { JobStanding, StoredJob } from "./views/jobs.ts";
import type { MessagesView, StoredMessage } from "./views/messages.ts";
import { partyOf } from "./views/party.ts";
import type { PresenceView } from "./views/presence.ts";

/** What a credential may ask for: its operations, and the whole log. */
export type Operation = keyof WorkspaceOperations | "exportLog";
export type Role = "agent" | "helper" | "node" | "owner" | "user";

/** What a credential comes to: as whom it speaks, where, and whose memory and threads it sees. */
export interface Grant {
  readonly role: Role;
  readonly cluster: bigint;
  readonly author: Author;
  readonly party: PartyId;
  readonly user: Address;
}

/** An agent that is in no cluster: it has its own memory, and nothing else. */
export interface LoneGrant {
  readonly role: "lone";
  readonly agent: bigint;
  readonly user: Address;
}

/** Who may call what. An operator speaks for its node; a user that does not own the cluster has its own things in it. */
const ALLOWED: Readonly<Record<Operation, readonly (Role | "lone")[]>> = {
  registerAgent: ["agent", "helper"],
  ping: ["agent", "helper", "node", "owner", "user"],
  listAgents: ["agent", "helper", "node", "owner", "user"],
  spawnAgent: ["agent", "node", "owner"],
  restartAgent: ["agent", "node", "owner"],
  endAgent: ["agent", "node", "owner"],
  sendMessage: ["agent", "helper", "node", "owner", "user"],
  readMessages: ["agent", "helper", "node", "owner", "user"],
  ackMessage: ["agent", "helper", "node", "owner", "user"],
  readFeed: ["agent", "helper", "node", "owner", "user"],
  inboxCounts: ["agent", "helper", "node", "owner", "user"],
  subscribeTopic: ["agent", "helper", "node", "owner"],
  unsubscribeTopic: ["agent", "helper", "node", "owner"],
  listTopics: ["agent", "helper", "node", "owner"],
  readContext: ["agent", "helper", "node", "owner"],
  writeContext: ["agent", "helper", "node", "owner"],
  deleteContext: ["agent", "helper", "node", "owner"],
  listContext: ["agent", "helper", "node", "owner"],
  readContextHistory: ["agent", "helper", "node", "owner"],
  watchContext: ["agent", "helper", "node", "owner"],
  remember: ["agent", "helper", "node", "owner", "user", "lone"],
  recall: ["agent", "helper", "node", "owner", "user", "lone"],
  forget: ["agent", "helper", "node", "owner", "user", "lone"],
  listMemories: ["agent", "helper", "node", "owner", "user", "lone"],
  readThread: ["agent", "helper", "node", "owner", "user"],
  postToThread: ["agent", "helper", "node", "owner", "user"],
  listThreads: ["agent", "helper", "node", "owner", "user"],
  spawnJob: ["agent", "helper", "node", "owner"],
  updateJob: ["agent", "helper", "node", "owner"],
  listJobs: ["agent", "helper", "node", "owner"],
  seeChanges: ["agent", "helper", "node", "owner", "user"],
  readRules: ["agent", "helper", "node", "owner", "user"],
  readRulesHistory: ["agent", "helper", "node", "owner", "user"],
  updateRules: ["agent", "helper", "node", "owner"],
  reserveFiles: ["agent", "helper", "node", "owner"],
  releaseFiles: ["agent", "helper", "node", "owner"],
  listReservations: ["agent", "helper", "node", "owner"],
  readTalk: ["node", "owner"],
  aboutAgent: ["node", "owner"],
  exportLog: ["node", "owner"],
};

/**
 * The one place that decides every read and write: first from the credential to a cluster and a role, then whether that role
 * may do it, then, for what belongs to somebody, whether it is theirs. Asked anew at each call. There is no way to name another cluster.
 */
export interface Scope {
  /**
   * @throws PleiadError AGENT_UNKNOWN, AGENT_IN_TWO_CLUSTERS, AGENT_NOT_IN_CLUSTER, AGENT_NOT_SERVED, CLUSTER_UNKNOWN,
   * CLUSTER_FOREIGN, NOT_A_MEMBER (retryable), HELPER_UNKNOWN, HELPER_OF_OTHER_NODE, USER_NOT_ADMITTED, OPERATION_NOT_ALLOWED
   */
  decide(credential: Credential, operation: Operation): Grant | LoneGrant;
  /** As `decide`, for what only members of a cluster do. @throws PleiadError as `decide` */
  decideInCluster(credential: Credential, operation: Operation): Grant;
}

export interface ScopeModules {
  readonly directory: WorkspaceDirectory;
  readonly membership: Pick<ClusterMembership, "members" | "mayVoice">;
  /** The helpers that are known in an open cluster. @throws PleiadError CLUSTER_NOT_OPEN */
  readonly presenceOf: (cluster: bigint) => Pick<PresenceView, "helper" | "helpers">;
}

export function createScope(
  options: { readonly node: bigint; readonly operator: Address },
  modules: ScopeModules,
): Scope {
  const { node } = options;
  const { directory, membership, presenceOf } = modules;

  function requireCluster(cluster: bigint): void {
    if (!directory.clusterExists(cluster)) {
      throw denied("CLUSTER_UNKNOWN", `there is no cluster ${cluster}`, {
        hint: "see which are open on the node with `pleiad workspace status`",
        details: { cluster },
      });
    }
    if (membership.members(cluster).includes(node)) return;
    throw workspaceError("NOT_A_MEMBER", `node ${node} is no member of cluster ${cluster}`, {
      retryable: true,
      hint: "a member serves a model of the cluster's current version, or is named by the cluster's owner",
      details: { cluster, node },
    });
  }

  function ofAgent({ agent, user, cluster: named }: Credential & { kind: "agent" }): Grant | LoneGrant {
    if (!directory.agentExists(agent))
      throw denied("AGENT_UNKNOWN", `there is no agent ${agent}`, { details: { agent } });
    const [cluster, second] = directory.clustersOf(agent);
    if (cluster !== undefined && second !== undefined) {
      throw denied("AGENT_IN_TWO_CLUSTERS", `agent ${agent} is in cluster ${cluster} already`, {
        hint: `let it leave cluster ${cluster} or cluster ${second}`,
        details: { agent, cluster, second },
      });
    }
    if (cluster === undefined) {
      if (named !== undefined) throw notInCluster(agent, named);
      if (!directory.serves(agent)) throw notServed(agent, node);
      return { role: "lone", agent, user: lower(user) };
    }
    if (named !== undefined && named !== cluster) throw notInCluster(agent, named);
    requireCluster(cluster);
    if (!membership.mayVoice(cluster, node, agent)) throw notServed(agent, node);
    return grantOf("agent", cluster, { kind: "agent", agent }, user);
  }

  function ofHelper({ cluster, name, user }: Credential & { kind: "helper" }): Grant {
    requireCluster(cluster);
    const presence = presenceOf(cluster);
    if (presence.helper(node, name)?.spawned !== undefined)
      return grantOf("helper", cluster, { kind: "helper", name }, user);
    const other = presence.helpers().find((helper) => helper.name === name);
    if (other !== undefined) {
      throw denied("HELPER_OF_OTHER_NODE", `helper ${name} is one of node ${other.node}, not of this one`, {
        hint: "a helper speaks through the node that spawned it",
        details: { cluster, name, node: other.node },
      });
    }
    throw denied("HELPER_UNKNOWN", `node ${node} has no helper ${name} in cluster ${cluster}`, {
      hint: "spawn it with spawn_agent; one that has ended speaks no more",
      details: { cluster, name, node },
    });
  }

  function ofUser({ cluster, user }: Credential & { kind: "user" }): Grant {
    requireCluster(cluster);
    const role = directory.roleOf(cluster, user);
    if (role !== undefined) return grantOf(role, cluster, { kind: "user", user: lower(user) }, user);
    throw denied("USER_NOT_ADMITTED", `${user} has no part in cluster ${cluster}`, {
      hint: "the cluster's owner admits users on the chain; see `pleiad cluster show`",
      details: { cluster, user },
    });
  }

  function ofNode({ cluster }: Credential & { kind: "node" }): Grant {
    requireCluster(cluster);
    return grantOf("node", cluster, { kind: "node" }, options.operator);
  }

  function grantOf(role: Role, cluster: bigint, author: Author, user: Address): Grant {
    return { role, cluster, author, party: partyOf(author, node), user: lower(user) };
  }

  function identify(credential: Credential): Grant | LoneGrant {
    switch (credential.kind) {
      case "agent":
        return ofAgent(credential);
      case "helper":
        return ofHelper(credential);
      case "user":
        return ofUser(credential);
      case "node":
        return ofNode(credential);
      default:
        return credential satisfies never;
    }
  }

  function decide(credential: Credential, operation: Operation): Grant | LoneGrant {
    const grant = identify(credential);
    if (ALLOWED[operation].includes(grant.role)) return grant;
    if (grant.role === "lone") throw notInCluster(grant.agent, undefined);
    throw denied("OPERATION_NOT_ALLOWED", `${grant.party} may not ${operation} in cluster ${grant.cluster}`, {
      hint: "the table of who may do what is in node/src/workspace/README.md",
      details: { operation, role: grant.role, cluster: grant.cluster },
    });
  }

  return {
    decide,
    decideInCluster(credential, operation) {
      const grant = decide(credential, operation);
      if (grant.role === "lone") throw notInCluster(grant.agent, undefined);
      return grant;
    },
  };
}

/* What belongs to somebody */

/** Whoever owns the cluster, or runs the node on which something is, tidies up behind others. */
function isKeeper({ role }: Grant): boolean {
  return role === "node" || role === "owner";
}

/** Whether somebody's role lets it do something at all. */
export function mayDo({ role }: Grant, operation: Operation): boolean {
  return ALLOWED[operation].includes(role);
}

/** A message is acknowledged by who gets it. @throws PleiadError MESSAGE_NOT_YOURS */
export function requireRecipient(grant: Grant, message: StoredMessage, messages: MessagesView): void {
  if (messages.isFor(message, grant.party)) return;
  throw denied("MESSAGE_NOT_YOURS", `message ${message.id} is not for ${grant.party}`, {
    hint: "only who gets a message acknowledges it",
    details: { message: message.id },
  });
}

/** A message can be answered by who can read it: direct ones by both ends. @throws PleiadError MESSAGE_NOT_YOURS */
export function requireParticipant(grant: Grant, message: StoredMessage, messages: MessagesView): void {
  if (!isParticipant(grant, message, messages)) requireRecipient(grant, message, messages);
}

/** A message is seen by who sent it and by who gets it. */
export function isParticipant(grant: Grant, message: StoredMessage, messages: MessagesView): boolean {
  return message.party === grant.party || messages.isFor(message, grant.party);
}

/** In a feed: by who keeps the cluster all of it, as in an export; by others what they sent and got. */
export function isInFeed(grant: Grant, message: StoredMessage, messages: MessagesView): boolean {
  return isKeeper(grant) || isParticipant(grant, message, messages);
}

/** A user that does not own the cluster writes to one at a time: it is a guest. @throws PleiadError OPERATION_NOT_ALLOWED */
export function requireMayAddress(grant: Grant, kind: "direct" | "broadcast" | "topic"): void {
  if (grant.role !== "user" || kind === "direct") return;
  throw denied("OPERATION_NOT_ALLOWED", `${grant.party} may not write to all of cluster ${grant.cluster}`, {
    hint: "write to one agent by its name",
    details: { operation: "sendMessage", kind, cluster: grant.cluster },
  });
}

/** A job is seen by those who work for its user, and by who keeps the cluster. To others there is none. */
export function isOfUser(grant: Grant, job: Pick<StoredJob, "user">): boolean {
  return job.user === grant.user || isKeeper(grant);
}

/**
 * Who may say what of a job: its worker anything, who spawned it that it failed, and nobody anything of one that has ended.
 *
 * @throws PleiadError JOB_NOT_YOURS, JOB_ENDED
 */
export function requireMayUpdateJob(
  grant: Grant,
  job: StoredJob,
  state: "running" | "done" | "failed",
  standing: JobStanding,
): void {
  const isWorker = job.worker === grant.party;
  if (!isWorker && !(job.party === grant.party && state === "failed")) {
    throw denied("JOB_NOT_YOURS", `job ${job.id} is not for ${grant.party} to call ${state}`, {
      hint: "its worker says how it goes; who spawned it may call it failed",
      details: { job: job.id, worker: job.worker, state },
    });
  }
  if (standing.state !== "done" && standing.state !== "failed") return;
  throw denied("JOB_ENDED", `job ${job.id} is ${standing.state} already`, {
    details: { job: job.id, state: standing.state },
  });
}

/** A job is handed on by who works at it. @throws PleiadError JOB_NOT_YOURS, JOB_ENDED */
export function requireWorksAt(grant: Grant, job: StoredJob, standing: JobStanding): void {
  requireMayUpdateJob(grant, { ...job, party: "" }, "running", standing);
}

/** @throws PleiadError RESERVATION_NOT_YOURS */
export function requireMayRelease(grant: Grant, reservation: StoredReservation, node: bigint): void {
  if (reservation.party === grant.party) return;
  if (grant.role === "node" && reservation.node === node) return;
  throw denied("RESERVATION_NOT_YOURS", `reservation ${reservation.id} is held by ${reservation.party}`, {
    hint: "its holder releases it, or the operator of the node that has the folder; it ends by itself when it expires",
    details: { reservation: reservation.id, holder: reservation.party },
  });
}

/** A helper is ended by who spawned it, by the operator or by the cluster's owner. @throws PleiadError OPERATION_NOT_ALLOWED */
export function requireMayEnd(
  grant: Grant,
  helper: { readonly name: string; readonly party: PartyId },
): void {
  if (isKeeper(grant) || helper.party === grant.party) return;
  throw denied("OPERATION_NOT_ALLOWED", `${grant.party} did not spawn helper ${helper.name}`, {
    hint: "who spawned a helper ends it",
    details: { operation: "endAgent", name: helper.name, spawnedBy: helper.party },
  });
}

function notInCluster(agent: bigint, cluster: bigint | undefined): PleiadError {
  const where = cluster === undefined ? "in no cluster" : `not in cluster ${cluster}`;
  return denied("AGENT_NOT_IN_CLUSTER", `agent ${agent} is ${where}`, {
    hint: "what a cluster shares is for its present agents; an agent without one has its own memory",
    details: { agent, ...(cluster === undefined ? {} : { cluster }) },
  });
}

function notServed(agent: bigint, node: bigint): PleiadError {
  return denied("AGENT_NOT_SERVED", `node ${node} does not serve the model of agent ${agent}`, {
    hint: "see `pleiad model show` and `pleiad model serve`",
    details: { agent, node },
  });
}

function lower(address: Address): Address {
  return address.toLowerCase() as Address;
}

function denied(
  code: string,
  message: string,
  options: { readonly hint?: string; readonly details?: Readonly<Record<string, unknown>> },
): PleiadError {
  return workspaceError(code, message, options);
}
