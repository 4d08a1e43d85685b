import { isUtf8 } from "node:buffer";
import { type Hex, hexToBytes } from "viem";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ChainPlace, ClusterState, ExecutionRecord } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import { TEXT_BYTES_MAX } from "./limits.ts";
import type { ClusterRow, ExecutionRow, ExecutionStory } from "./schemas.ts";

/** What rows are made of. */
export interface RowModules {
  readonly projection: ProjectionReader;
  readonly versions: Pick<Versions, "peek">;
}

/** How many executions of each cluster run: one walk for all rows of an answer. */
export function runningByCluster(projection: Pick<ProjectionReader, "runningExecutions">) {
  const counts = new Map<bigint, number>();
  for (const { cluster } of projection.runningExecutions())
    counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  return counts;
}

export function clusterRow(state: ClusterState, running: ReadonlyMap<bigint, number>): ClusterRow {
  const { cluster, slug, name, description, owner, agents, versions } = state;
  return {
    cluster: String(cluster),
    slug,
    name,
    description,
    owner,
    agents: agents.length,
    versions: versions.length,
    running: running.get(cluster) ?? 0,
  };
}

export function executionRow(record: ExecutionRecord, { projection, versions }: RowModules): ExecutionRow {
  return {
    execution: String(record.execution),
    cluster: String(record.cluster),
    clusterName: projection.cluster(record.cluster)?.name ?? null,
    version: String(record.version),
    requester: record.requester,
    state: record.state,
    createdAt: String(record.createdAt),
    deadline: String(record.deadline),
    endedAt: record.endedIn === null ? null : String(record.endedIn.timestamp),
    tasks: versions.peek(record.cluster, record.version)?.tasks.length ?? null,
    completed: record.completions.size,
    failures: [...record.failures.values()].reduce((sum, nodes) => sum + nodes.length, 0),
  };
}

/** How sure a place in the chain is. */
export interface Depths {
  readonly isSettled: (place: ChainPlace) => boolean;
  readonly isFinal: (place: ChainPlace) => boolean;
}

export function placeRow(place: ChainPlace, { isSettled, isFinal }: Depths): ExecutionStory["created"] {
  return {
    blockNumber: String(place.blockNumber),
    blockHash: place.blockHash,
    transactionHash: place.transactionHash,
    logIndex: place.logIndex,
    timestamp: String(place.timestamp),
    settled: isSettled(place),
    final: isFinal(place),
  };
}

/** Bytes from the chain as a page can show them: as text where they are one, and not more than a person reads. */
export function textRow(digest: Hex, inline: Hex | null, uri: string): ExecutionStory["input"] {
  if (inline === null) return { digest, bytes: null, text: null, isCut: false, uri: uri === "" ? null : uri };
  const bytes = hexToBytes(inline);
  const isText = isUtf8(bytes);
  return {
    digest,
    bytes: bytes.length,
    // A sign that the cut goes through is left out.
    text: isText ? new TextDecoder().decode(bytes.subarray(0, TEXT_BYTES_MAX), { stream: true }) : null,
    isCut: bytes.length > TEXT_BYTES_MAX,
    uri: null,
  };
}
