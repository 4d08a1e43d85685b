import { type Address, type Hex, isAddressEqual } from "viem";
import { type BlockHeader, CURSOR_HEADERS_MAX } from "./cursor.ts";
import { chainFailure } from "./errors.ts";
import type { ChainEvent } from "./events.ts";
import { type ChainTables, foldEvent, forgetEnded, permissionsKey } from "./fold.ts";
import type {
  AgentState,
  ClusterState,
  DelegateState,
  ExecutionRecord,
  ModelState,
  NodeState,
  VersionState,
} from "./state.ts";
import { createUndoTables } from "./undoTables.ts";

/** Executions that have ended are remembered for a while, for whoever asks what became of them. */
export const ENDED_EXECUTIONS_MAX_DEFAULT = 256;

/** What listeners can hear of. Of `credit`, that some were paid out: its id is always 0. */
export type ProjectionTopic = "execution" | "node" | "model" | "agent" | "cluster" | "delegates" | "credit";

/** What reads the projection. Answers are values: they never change after they were given. */
export interface ProjectionReader {
  /** The last block that was applied; undefined before the first. */
  head(): BlockHeader | undefined;
  node(node: bigint): NodeState | undefined;
  /** The node to which `key` belongs or once belonged; 0n for none. */
  nodeOfKey(key: Address): bigint;
  model(model: bigint): ModelState | undefined;
  agent(agent: bigint): AgentState | undefined;
  cluster(cluster: bigint): ClusterState | undefined;
  clusterOfSlug(slug: string): ClusterState | undefined;
  /**
   * Everybody whom an owner of the cluster ever named a delegate, as the log last said; of an earlier owner, or revoked, or
   * expired, among them: see `isDelegate`.
   *
   * @param clusterRegistry delegates are named per contract and token
   */
  clusterDelegates(clusterRegistry: Address, cluster: bigint): readonly DelegateState[];
  /** Whether a delegate of a cluster is one at a time, in unix seconds. */
  isDelegate(cluster: bigint, delegate: DelegateState, atSeconds: bigint): boolean;
  /**
   * Who may put an agent into a cluster of theirs, by a grant of its owner.
   *
   * @param at the agents' contract, and the one that asks for the grant, as grants are per contract; the time in unix seconds
   */
  agentGrantees(
    agent: bigint,
    at: { readonly agentRegistry: Address; readonly gate: Address; readonly seconds: bigint },
  ): readonly Address[];
  version(cluster: bigint, version: bigint): VersionState | undefined;
  /** An execution that runs, or that is among the last to have ended. */
  execution(execution: bigint): ExecutionRecord | undefined;
  /** All executions that run, by id. */
  runningExecutions(): readonly ExecutionRecord[];
  /** Executions that ended and are remembered, in no order. */
  endedExecutions(): readonly ExecutionRecord[];
  /** Executions that ended, are remembered, and of whose end a consumer is still to be told, by id. */
  undelivered(): readonly ExecutionRecord[];
  nodes(): readonly NodeState[];
  models(): readonly ModelState[];
  agents(): readonly AgentState[];
  clusters(): readonly ClusterState[];
  /**
   * Hears, after each block and each rollback, the id of everything of a kind that it changed, once. The answer
   * ends it.
   */
  on(topic: ProjectionTopic, listener: (id: bigint) => void): () => void;
}

/**
 * The contracts' state as a fold of their events. Holds nothing that cannot be had again by folding the same
 * blocks from empty (N5), and takes blocks back in the order in which they came.
 */
export interface Projection extends ProjectionReader {
  /**
   * Applies a block. One that was applied already changes nothing.
   *
   * @param block The block after the last one; blocks without events may be left out.
   * @param events Its events, in the order of the log.
   * @throws PleiadError PROJECTION_UNLINKED when it does not follow the last one.
   */
  apply(block: BlockHeader, events: readonly ChainEvent[]): void;
  /**
   * Takes back all blocks after `target`, of which at most `CURSOR_HEADERS_MAX` are remembered.
   *
   * @throws PleiadError PROJECTION_UNLINKED when they are not remembered any more.
   */
  rollback(target: BlockHeader): void;
  /** Everything it holds, in a form that two projections can be compared by. */
  dump(): Readonly<Record<string, unknown>>;
}

export interface ProjectionOptions {
  /** How many ended executions are remembered. @default ENDED_EXECUTIONS_MAX_DEFAULT */
  readonly endedExecutionsMax?: number;
}

/** A block that can be taken back. */
interface Applied {
  readonly header: BlockHeader;
  readonly undo: () => void;
}

export function createProjection(options: ProjectionOptions = {}): Projection {
  const { endedExecutionsMax = ENDED_EXECUTIONS_MAX_DEFAULT } = options;
  const listeners = new Map<ProjectionTopic, Set<(id: bigint) => void>>();
  const changed = new Map<ProjectionTopic, Set<bigint>>();
  const undoTables = createUndoTables();
  const noting = (topic: ProjectionTopic) => (id: bigint) => {
    const ids = changed.get(topic) ?? new Set();
    changed.set(topic, ids.add(id));
  };
  const tables: ChainTables = {
    nodes: undoTables.table(noting("node")),
    nodeOfKey: undoTables.table(),
    models: undoTables.table(noting("model")),
    agents: undoTables.table(noting("agent")),
    clusters: undoTables.table(noting("cluster")),
    clusterOfSlug: undoTables.table(),
    clusterTenures: undoTables.table(noting("cluster")),
    agentTenures: undoTables.table(),
    grants: undoTables.table(),
    delegates: undoTables.table((key) => noting("delegates")(BigInt(key.slice(key.indexOf("/") + 1)))),
    executions: undoTables.table(noting("execution")),
    running: undoTables.table(),
    ended: undoTables.table(),
    counts: undoTables.table(),
    withdrawals: undoTables.table(() => noting("credit")(0n)),
  };
  let head: BlockHeader | undefined;
  /** Oldest first. */
  let applied: Applied[] = [];

  function tellListeners(): void {
    const told = [...changed];
    changed.clear();
    for (const [topic, ids] of told) {
      for (const listener of [...(listeners.get(topic) ?? [])]) for (const id of ids) listener(id);
    }
  }

  function cluster(id: bigint | undefined): ClusterState | undefined {
    return id === undefined ? undefined : tables.clusters.get(id);
  }

  function endedExecutions(): ExecutionRecord[] {
    return [...tables.ended.values()].flatMap((id) => tables.executions.get(id) ?? []);
  }

  return {
    head: () => head,
    node: (id) => tables.nodes.get(id),
    nodeOfKey: (key) => tables.nodeOfKey.get(key.toLowerCase()) ?? 0n,
    model: (id) => tables.models.get(id),
    agent: (id) => tables.agents.get(id),
    cluster,
    clusterOfSlug: (slug) => cluster(tables.clusterOfSlug.get(slug)),
    clusterDelegates: (registry, id) => tables.delegates.get(permissionsKey(registry, id)) ?? [],
    isDelegate: (id, { roles, expiresAt, tenure }, atSeconds) =>
      roles !== 0 &&
      tenure === (tables.clusterTenures.get(id) ?? 0n) &&
      (expiresAt === 0 || atSeconds <= BigInt(expiresAt)),
    agentGrantees(id, { agentRegistry, gate, seconds }) {
      const granted = tables.grants.get(permissionsKey(agentRegistry, id));
      if (granted === undefined) return [];
      const tenureNow = tables.agentTenures.get(id) ?? 0n;
      return granted
        .filter(
          (one) =>
            isAddressEqual(one.gate, gate) &&
            one.tenure === tenureNow &&
            (one.expiresAt === 0 || seconds <= BigInt(one.expiresAt)),
        )
        .map(({ grantee }) => grantee);
    },
    version: (id, version) => cluster(id)?.versions.find((candidate) => candidate.version === version),
    execution: (id) => tables.executions.get(id),
    runningExecutions() {
      const ids = [...tables.running.values()].sort((a, b) => (a < b ? -1 : 1));
      return ids.flatMap((id) => tables.executions.get(id) ?? []);
    },
    endedExecutions,
    undelivered() {
      return endedExecutions()
        .filter(({ callback }) => callback !== null)
        .sort((a, b) => (a.execution < b.execution ? -1 : 1));
    },
    nodes: () => [...tables.nodes.values()],
    models: () => [...tables.models.values()],
    agents: () => [...tables.agents.values()],
    clusters: () => [...tables.clusters.values()],
    on(topic, listener) {
      const there = listeners.get(topic) ?? new Set();
      listeners.set(topic, there.add(listener));
      return () => void there.delete(listener);
    },
    apply(block, events) {
      if (head !== undefined && block.number <= head.number) {
        const known = applied.find(({ header }) => header.number === block.number);
        if (known?.header.hash === block.hash) return;
        throw unlinked(block, head);
      }
      if (head !== undefined && block.number === head.number + 1n && block.parentHash !== head.hash) {
        throw unlinked(block, head);
      }
      for (const event of events) foldEvent(tables, block, event);
      forgetEnded(tables, endedExecutionsMax);
      const { number, hash, parentHash, timestamp } = block;
      head = { number, hash, parentHash, timestamp };
      applied.push({ header: head, undo: undoTables.takeUndo() });
      const oldest = number - BigInt(CURSOR_HEADERS_MAX);
      if ((applied[0]?.header.number ?? number) <= oldest) {
        applied = applied.filter(({ header }) => header.number > oldest);
      }
      tellListeners();
    },
    rollback(target) {
      if (head === undefined || head.number < target.number) return;
      const first = applied.findIndex(({ header }) => header.number > target.number);
      const known = applied.findLast(({ header }) => header.number <= target.number)?.header;
      const isThere = known !== undefined && (known.number < target.number || known.hash === target.hash);
      const isBefore = applied[0]?.header.parentHash === target.hash;
      if (!isThere && !isBefore) throw unlinked(target, head);
      if (first === -1) return;
      for (const { undo } of applied.splice(first).reverse()) undo();
      const { number, hash, parentHash, timestamp } = target;
      head = { number, hash, parentHash, timestamp };
      tellListeners();
    },
    dump() {
      const sorted = Object.entries(tables).map(([name, table]) => {
        const rows: [string, unknown][] = [...table.entries()].map(([key, value]) => [String(key), value]);
        return [name, rows.sort(([a], [b]) => (a < b ? -1 : 1))];
      });
      return { head, ...Object.fromEntries(sorted) };
    },
  };
}

function unlinked(block: { readonly number: bigint; readonly hash: Hex }, head: BlockHeader): Error {
  const what = `block ${block.number} (${block.hash}) does not go with ${head.number} (${head.hash})`;
  return chainFailure("PROJECTION_UNLINKED", what, { details: { block: block.number, head: head.number } });
}
