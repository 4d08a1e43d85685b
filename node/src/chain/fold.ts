import { EXECUTION_STATES, type NodeStatus, ROLES } from "@pleiad/sdk/types/states";
import { type Address, type Hex, hexToBytes, keccak256, zeroAddress } from "viem";
import type { BlockHeader } from "./cursor.ts";
import type { ChainEvent } from "./events.ts";
import type {
  AcceptedState,
  AgentState,
  ChainPlace,
  ClusterState,
  DelegateState,
  ExecutionRecord,
  GrantState,
  ModelState,
  NodeState,
} from "./state.ts";
import type { UndoTable } from "./undoTables.ts";

const ACTIVE: NodeStatus = "Active";
const SUSPENDED: NodeStatus = "Suspended";

/** Grants that are kept of one token: each costs gas, but a token of one's own can be granted to anybody. The newest are kept. */
export const GRANTS_KEPT_MAX = 64;

/** What the log comes to: one table for each kind of thing. */
export interface ChainTables {
  readonly nodes: UndoTable<bigint, NodeState>;
  /** Node by key, also by keys it no longer has: a key belongs to one node for ever. Small letters. */
  readonly nodeOfKey: UndoTable<string, bigint>;
  readonly models: UndoTable<bigint, ModelState>;
  readonly agents: UndoTable<bigint, AgentState>;
  readonly clusters: UndoTable<bigint, ClusterState>;
  readonly clusterOfSlug: UndoTable<string, bigint>;
  /** How often a cluster has changed hands: delegates of an earlier owner are none. */
  readonly clusterTenures: UndoTable<bigint, bigint>;
  /** Delegates by `registry/token`, in small letters, in the order in which they were named. */
  readonly delegates: UndoTable<string, readonly DelegateState[]>;
  /** How often an agent has changed hands: grants of an earlier owner are none. */
  readonly agentTenures: UndoTable<bigint, bigint>;
  /** Grants with uses left by `registry/token`, in small letters, in the order in which they were last said. */
  readonly grants: UndoTable<string, readonly GrantState[]>;
  readonly executions: UndoTable<bigint, ExecutionRecord>;
  /** Ids of running executions. */
  readonly running: UndoTable<bigint, bigint>;
  /** Ids of ended executions by the order in which they ended, from 0. */
  readonly ended: UndoTable<number, bigint>;
  /** How many executions ever ended, under "ended". */
  readonly counts: UndoTable<"ended", number>;
  /** How many credits were ever paid out, so that whoever shows credits hears of it: what stands on each the chain knows. */
  readonly withdrawals: UndoTable<"paid", number>;
}

/** What only one kind of contract's event can be. */
type EventFrom<Name extends ChainEvent["contract"]> = Extract<ChainEvent, { readonly contract: Name }>;

/**
 * Applies one event. An event about something that is not in the tables (it was registered before the block from
 * which the log is followed, or was forgotten) changes nothing.
 */
export function foldEvent(tables: ChainTables, block: BlockHeader, event: ChainEvent): void {
  switch (event.contract) {
    case "permissionRegistry":
      foldPermissionEvent(tables, event);
      return;
    case "nodeRegistry":
      foldNodeEvent(tables, block, event);
      return;
    case "modelRegistry":
      foldModelEvent(tables, block, event);
      return;
    case "agentRegistry":
      foldAgentEvent(tables, event);
      return;
    case "clusterRegistry":
      foldClusterEvent(tables, block, event);
      return;
    case "clusterExecutions":
      foldExecutionEvent(tables, block, event);
      return;
    default:
      event satisfies never;
  }
}

/** Forgets the executions that ended first, until at most `endedMax` ended ones are left. */
export function forgetEnded({ executions, ended }: ChainTables, endedMax: number): void {
  if (ended.size <= endedMax) return;
  const oldestFirst = [...ended.entries()].sort(([a], [b]) => a - b);
  for (const [order, execution] of oldestFirst.slice(0, ended.size - endedMax)) {
    ended.delete(order);
    executions.delete(execution);
  }
}

function change<Value>(
  table: UndoTable<bigint, Value>,
  id: bigint,
  changed: (value: Value) => Partial<NoInfer<Value>>,
): void {
  const value = table.get(id);
  if (value !== undefined) table.set(id, { ...value, ...changed(value) });
}

/** A token that changes hands. Minting comes as an event of its own, which says more. */
function transfer<Value extends { readonly owner: Address }>(
  table: UndoTable<bigint, Value>,
  { from, to, tokenId }: { readonly from: Address; readonly to: Address; readonly tokenId: bigint },
): void {
  if (from === zeroAddress) return;
  const value = table.get(tokenId);
  if (value !== undefined) table.set(tokenId, { ...value, owner: to });
}

/** As the contracts count: minting begins tenure 0, and a transfer to oneself changes no hands. */
function countTenure(
  tenures: UndoTable<bigint, bigint>,
  { from, to, tokenId }: { readonly from: Address; readonly to: Address; readonly tokenId: bigint },
): void {
  if (from !== zeroAddress && from !== to) tenures.set(tokenId, (tenures.get(tokenId) ?? 0n) + 1n);
}

/** Delegates name a cluster's further nodes, grants whose agents may join it. Invitations that nobody accepted are in no log. */
function foldPermissionEvent(
  { delegates, grants }: ChainTables,
  event: EventFrom<"permissionRegistry">,
): void {
  switch (event.eventName) {
    case "DelegateSet": {
      const { registry, token, delegate, roles, expiresAt, tenure } = event.args;
      const key = permissionsKey(registry, token);
      const others = (delegates.get(key) ?? []).filter((known) => known.delegate !== delegate);
      delegates.set(key, [...others, { delegate, roles, expiresAt, tenure }]);
      return;
    }
    case "GrantSet": {
      const { registry, token, grantee, gate, uses, expiresAt, tenure } = event.args;
      const key = permissionsKey(registry, token);
      const others = (grants.get(key) ?? []).filter((one) => one.grantee !== grantee || one.gate !== gate);
      const granted = uses === 0 ? [] : [{ grantee, gate, uses, expiresAt, tenure }];
      keepGrants(grants, key, [...others, ...granted].slice(-GRANTS_KEPT_MAX));
      return;
    }
    case "GrantUsed": {
      const { registry, token, grantee, gate, usesLeft: uses } = event.args;
      const key = permissionsKey(registry, token);
      const left = (grants.get(key) ?? []).flatMap((one) => {
        if (one.grantee !== grantee || one.gate !== gate) return [one];
        return uses === 0 ? [] : [{ ...one, uses }];
      });
      keepGrants(grants, key, left);
      return;
    }
    default:
  }
}

function keepGrants(grants: ChainTables["grants"], key: string, kept: readonly GrantState[]): void {
  if (kept.length > 0) grants.set(key, kept);
  else grants.delete(key);
}

/** Under what `delegates` and `grants` keep those of a token. */
export function permissionsKey(registry: Address, token: bigint): string {
  return `${registry.toLowerCase()}/${token}`;
}

function foldNodeEvent(
  { nodes, nodeOfKey }: ChainTables,
  block: BlockHeader,
  event: EventFrom<"nodeRegistry">,
): void {
  switch (event.eventName) {
    case "NodeRegistered":
      nodes.set(event.args.node, { ...event.args, status: ACTIVE, registeredAt: block.timestamp });
      nodeOfKey.set(event.args.key.toLowerCase(), event.args.node);
      return;
    case "NodeKeyRotated":
      change(nodes, event.args.node, () => ({ key: event.args.key, status: ACTIVE }));
      nodeOfKey.set(event.args.key.toLowerCase(), event.args.node);
      return;
    case "NodeSuspended":
      change(nodes, event.args.node, () => ({ status: SUSPENDED }));
      return;
    case "NodeMetadataSet": {
      const { node, metadataDigest, metadataURI } = event.args;
      change(nodes, node, () => ({ metadataDigest, metadataURI }));
      return;
    }
    case "Transfer":
      transfer(nodes, event.args);
      return;
    default:
  }
}

function foldModelEvent(
  { models }: ChainTables,
  { timestamp }: BlockHeader,
  event: EventFrom<"modelRegistry">,
): void {
  switch (event.eventName) {
    case "ModelRegistered": {
      const { model, owner, name, terms } = event.args;
      models.set(model, { model, owner, name, ...terms, places: [], lastLeftAt: 0n });
      return;
    }
    case "ModelTermsSet":
      change(models, event.args.model, () => event.args.terms);
      return;
    case "NodeJoinedModel": {
      const { model, node, place } = event.args;
      change(models, model, ({ places }) => {
        const there = places[Number(place)];
        // Who comes back gets its old place, with the time it first joined.
        const joined = { node, joinedAt: timestamp, leftAt: null, ...there, active: true };
        return { places: places.toSpliced(Number(place), 1, joined) };
      });
      return;
    }
    case "NodeLeftModel": {
      const { model, place } = event.args;
      change(models, model, ({ places }) => {
        const there = places[Number(place)];
        if (there === undefined) return {};
        const left = { ...there, leftAt: timestamp, active: false };
        return { places: places.toSpliced(Number(place), 1, left), lastLeftAt: timestamp };
      });
      return;
    }
    case "Transfer":
      transfer(models, event.args);
      return;
    default:
  }
}

function foldAgentEvent({ agents, agentTenures }: ChainTables, event: EventFrom<"agentRegistry">): void {
  switch (event.eventName) {
    case "Registered": {
      const { agentId: agent, owner, agentURI: uri } = event.args;
      agents.set(agent, { agent, owner, uri, model: 0n, cluster: 0n });
      return;
    }
    case "URIUpdated":
      change(agents, event.args.agentId, () => ({ uri: event.args.newURI }));
      return;
    case "AgentModelSet":
      change(agents, event.args.agentId, () => ({ model: event.args.model }));
      return;
    case "Transfer":
      transfer(agents, event.args);
      countTenure(agentTenures, event.args);
      return;
    default:
  }
}

function foldClusterEvent(
  { agents: allAgents, clusters, clusterOfSlug, clusterTenures }: ChainTables,
  block: BlockHeader,
  event: EventFrom<"clusterRegistry">,
): void {
  switch (event.eventName) {
    case "ClusterCreated":
      clusters.set(event.args.cluster, { ...event.args, agents: [], versions: [] });
      clusterOfSlug.set(event.args.slug, event.args.cluster);
      return;
    case "AgentAddedToCluster": {
      const { cluster, agent, name } = event.args;
      change(clusters, cluster, ({ agents }) => ({ agents: [...agents, { agent, name }] }));
      change(allAgents, agent, () => ({ cluster }));
      return;
    }
    case "AgentRemovedFromCluster": {
      const { cluster, agent } = event.args;
      change(clusters, cluster, ({ agents }) => ({
        agents: agents.filter((member) => member.agent !== agent),
      }));
      change(allAgents, agent, () => ({ cluster: 0n }));
      return;
    }
    case "ClusterDescribed": {
      const { cluster, name, description } = event.args;
      change(clusters, cluster, () => ({ name, description }));
      return;
    }
    case "VersionPublished": {
      const { cluster, version, digest, code } = event.args;
      change(clusters, cluster, ({ versions }) => ({
        versions: [...versions, { version, digest, code, publishedAt: block.timestamp }],
      }));
      return;
    }
    case "Transfer":
      transfer(clusters, event.args);
      countTenure(clusterTenures, event.args);
      return;
    default:
  }
}

function foldExecutionEvent(
  tables: ChainTables,
  block: BlockHeader,
  event: EventFrom<"clusterExecutions">,
): void {
  const { executions, running } = tables;
  const place = placeOf(block, event);
  switch (event.eventName) {
    case "ClusterExecutionCreated":
      executions.set(event.args.execution, createdExecution(event.args, place));
      running.set(event.args.execution, event.args.execution);
      return;
    case "CompletionAccepted": {
      const accepted = acceptedState(event.args, place);
      change(executions, event.args.execution, ({ completions }) => ({
        completions: new Map([...completions, [accepted.task, accepted]]),
        readyAt: place.timestamp,
      }));
      return;
    }
    case "CompletionSeconded": {
      const { execution, task, node } = event.args;
      change(executions, execution, ({ seconds }) => ({ seconds: withNode(seconds, task, node) }));
      return;
    }
    case "FailureReported": {
      const { execution, task, node } = event.args;
      change(executions, execution, ({ failures }) => ({ failures: withNode(failures, task, node) }));
      return;
    }
    case "CallbackRequested": {
      const { execution, consumer, callbackGas, callbackBudgetWei } = event.args;
      const callback = { consumer, gas: Number(callbackGas), budgetWei: callbackBudgetWei };
      change(executions, execution, () => ({ callback }));
      return;
    }
    case "CallbackDelivered":
      change(executions, event.args.execution, () => ({ callback: null }));
      return;
    case "CreditWithdrawn":
      tables.withdrawals.set("paid", (tables.withdrawals.get("paid") ?? 0) + 1);
      return;
    case "ClusterResponse": {
      const { execution, responseDigest, runDigest } = event.args;
      end(tables, execution, { state: "Succeeded", responseDigest, runDigest, endedIn: place });
      return;
    }
    case "ClusterExecutionEnded": {
      const { execution, state, refundWei, runDigest } = event.args;
      const name = EXECUTION_STATES[state] ?? "None";
      end(tables, execution, { state: name, refundWei, runDigest, endedIn: place });
      return;
    }
    default:
  }
}

function end(
  { executions, running, ended, counts }: ChainTables,
  execution: bigint,
  changed: Partial<ExecutionRecord>,
): void {
  if (running.get(execution) === undefined) return;
  change(executions, execution, () => changed);
  running.delete(execution);
  const order = counts.get("ended") ?? 0;
  ended.set(order, execution);
  counts.set("ended", order + 1);
}

/** The lists with one node more at a task. */
function withNode(
  lists: ReadonlyMap<number, readonly bigint[]>,
  task: bigint,
  node: bigint,
): ReadonlyMap<number, readonly bigint[]> {
  return new Map([...lists, [Number(task), [...(lists.get(Number(task)) ?? []), node]]]);
}

function placeOf(block: BlockHeader, { transactionHash, logIndex }: ChainEvent): ChainPlace {
  return {
    blockNumber: block.number,
    blockHash: block.hash,
    timestamp: block.timestamp,
    transactionHash,
    logIndex,
  };
}

type ExecutionEvent<Name> = Extract<EventFrom<"clusterExecutions">, { readonly eventName: Name }>["args"];

function createdExecution(
  args: ExecutionEvent<"ClusterExecutionCreated">,
  place: ChainPlace,
): ExecutionRecord {
  return {
    ...args,
    input: args.input === "0x" ? null : args.input,
    state: "Running",
    createdAt: place.timestamp,
    readyAt: place.timestamp,
    createdIn: place,
    completions: new Map(),
    seconds: new Map(),
    failures: new Map(),
    callback: null,
    responseDigest: null,
    runDigest: null,
    refundWei: 0n,
    endedIn: null,
  };
}

function acceptedState(args: ExecutionEvent<"CompletionAccepted">, place: ChainPlace): AcceptedState {
  const { node, outputDigest, evidenceDigest, tipWei } = args;
  const isInline = keccak256(args.output) === outputDigest;
  return {
    task: Number(args.task),
    role: ROLES[args.role] ?? "Node",
    node,
    outputDigest,
    evidenceDigest,
    tipWei,
    output: isInline ? args.output : null,
    outputURI: isInline ? "" : textOf(args.output),
    place,
  };
}

function textOf(bytes: Hex): string {
  return new TextDecoder().decode(hexToBytes(bytes));
}
