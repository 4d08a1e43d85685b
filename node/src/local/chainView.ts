import type { Version } from "@pleiad/sdk/types/version";
import { hexToBytes } from "viem";
import type { Agreement, FollowedBlock } from "../chain/agreement.ts";
import type { Clock } from "../chain/clock.ts";
import { nodeWindow } from "../chain/eligibility.ts";
import type { Finality } from "../chain/finality.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import type { AcceptedState, ExecutionRecord } from "../chain/state.ts";
import type { Versions } from "../chain/versions.ts";
import type { AcceptedFacts, ChainView, ExecutionFacts, VersionFacts } from "../work/ports.ts";

export interface ChainViewOptions {
  /** How many blocks must stand on top of one before nothing can take it any more. */
  readonly finalDepth: number;
}

export interface ChainViewModules {
  readonly projection: ProjectionReader;
  readonly versions: Versions;
  /** Number of the last block that the node may act on, as of the one that was followed last. */
  readonly settledUpTo: Finality["settledUpTo"];
  /** Whether the endpoints agree on a block. */
  readonly isAgreed: Agreement["isAgreed"];
  readonly clock: Clock;
}

/** The follower's state in the words of the work layer. */
export interface FollowedChainView extends ChainView {
  /** To be called after each block that was followed: starts the count of the time since. */
  sawBlock(): void;
}

/** Creates the view; see `ChainView`. */
export function createChainView(options: ChainViewOptions, modules: ChainViewModules): FollowedChainView {
  const { projection, versions, settledUpTo, isAgreed, clock } = modules;
  const listeners = new Set<(execution: bigint | undefined) => void>();
  let head = projection.head();
  let headSinceMs = clock.monotonicMs();
  projection.on("execution", (execution) => {
    for (const listener of listeners) listener(execution);
  });

  /** The head, and since when it is that: it changes before `sawBlock` is called, and listeners ask in between. */
  function lookAtHead(): void {
    const now = projection.head();
    if (now?.hash === head?.hash) return;
    head = now;
    headSinceMs = clock.monotonicMs();
  }

  /** Whether a block is as deep as the policy demands, and the endpoints agree on it. */
  const isSettled = (block: FollowedBlock): boolean => {
    const last = settledUpTo(projection.head());
    return last !== undefined && block.blockNumber <= last && isAgreed(block);
  };
  const isFinal = (block: FollowedBlock): boolean => {
    const top = projection.head();
    return (
      top !== undefined && top.number >= block.blockNumber + BigInt(options.finalDepth) && isSettled(block)
    );
  };

  return {
    running: () => projection.runningExecutions().map((record) => record.execution),
    execution(id) {
      const record = projection.execution(id);
      return record === undefined ? undefined : factsOf(record, { isSettled, isFinal });
    },
    version: async (cluster, version) => versionFacts(await versions.get(cluster, version)),
    rankOf(id, task, model, node) {
      const record = projection.execution(id);
      const state = projection.model(model);
      const version = record === undefined ? undefined : versions.peek(record.cluster, record.version);
      if (record === undefined || state === undefined || version === undefined) return undefined;
      if (projection.node(node)?.status !== "Active") return undefined;
      return nodeWindow(record, task, version, state, node)?.windows;
    },
    ownerOf: (node) => projection.node(node)?.owner,
    now() {
      lookAtHead();
      const seconds = Math.floor((clock.monotonicMs() - headSinceMs) / 1_000);
      return (head?.timestamp ?? 0n) + BigInt(seconds);
    },
    onChange(handler) {
      listeners.add(handler);
      return () => listeners.delete(handler);
    },
    onStanding(handler) {
      const ends = (["node", "model"] as const).map((kind) =>
        projection.on(kind, (id) => handler({ kind, id })),
      );
      return () => {
        for (const end of ends) end();
      };
    },
    sawBlock() {
      lookAtHead();
      for (const listener of listeners) listener(undefined);
    },
  };
}

interface Depths {
  /** Whether a block is deep enough, and agreed on, to act on what is in it. */
  readonly isSettled: (block: FollowedBlock) => boolean;
  /** Whether a block can no longer be removed. */
  readonly isFinal: (block: FollowedBlock) => boolean;
}

function factsOf(record: ExecutionRecord, { isSettled, isFinal }: Depths): ExecutionFacts {
  return {
    id: record.execution,
    cluster: record.cluster,
    version: record.version,
    running: record.state === "Running",
    settled: isSettled(record.createdIn),
    createdAt: record.createdAt,
    readyAt: record.readyAt,
    deadline: record.deadline,
    inputDigest: record.inputDigest,
    input: record.input === null ? undefined : hexToBytes(record.input),
    outputsByReference: record.outputsByReference,
    failures: record.failures,
    completed: new Map(
      [...record.completions].map(([task, accepted]) => {
        const seconds = record.seconds.get(task) ?? [];
        return [task, { ...acceptedFacts(accepted, isFinal), seconds }];
      }),
    ),
  };
}

function acceptedFacts(accepted: AcceptedState, isFinal: (block: FollowedBlock) => boolean): AcceptedFacts {
  return {
    node: accepted.node,
    outputDigest: accepted.outputDigest,
    output: accepted.output === null ? undefined : hexToBytes(accepted.output),
    transactionHash: accepted.place.transactionHash,
    blockNumber: accepted.place.blockNumber,
    blockHash: accepted.place.blockHash,
    final: isFinal(accepted.place),
  };
}

function versionFacts(version: Version): VersionFacts {
  return {
    digest: version.digest,
    windowSeconds: BigInt(version.windowSeconds),
    currency: version.currency,
    tasks: version.tasks.map((task) => {
      const agent = version.agents[task.agentIndex];
      if (agent === undefined) throw new Error(`version ${version.digest} has no agent ${task.agentIndex}`);
      const dependsOn = task.dependsOn.reduce((mask, earlier) => mask | (1 << earlier), 0);
      return {
        name: task.name,
        prompt: task.prompt,
        tool: task.tool,
        toolArguments: task.toolArguments,
        inputs: version.inputs,
        model: task.model,
        priceWei: task.priceWei,
        nodeShareBps: task.nodeShareBps,
        dependsOn,
        quorum: task.quorum,
        agent,
      };
    }),
  };
}
