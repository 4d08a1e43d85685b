import {
  type Address,
  getAddress,
  type Hex,
  keccak256,
  parseEventLogs,
  slice,
  zeroAddress,
  zeroHash,
} from "viem";
import { KIND, ROLE, STATE } from "../fixtures/executions.ts";
import type { Line } from "../fixtures/line.ts";
import { type DecodedVersion, decodeVersion } from "../registry/decodeVersion.ts";

/** A node as the log tells it. */
export interface NodeRecord {
  owner: Address;
  key: Address;
  active: boolean;
}

/** What is between a model and a node, as the log tells it; times in unix seconds. */
export interface PlaceRecord {
  node: bigint;
  joinedAt: bigint;
  leftAt: bigint;
  active: boolean;
}

export interface ModelRecord {
  owner: Address;
  name: string;
  terms: unknown;
  places: PlaceRecord[];
}

export interface ClusterRecord {
  owner: Address;
  slug: string;
  members: bigint[];
  versions: { digest: Hex; code: Address; pins: DecodedVersion }[];
}

export interface ExecutionRecord {
  state: number;
  requester: Address;
  cluster: bigint;
  version: bigint;
  versionDigest: Hex;
  createdAt: bigint;
  deadline: bigint;
  readyAt: bigint;
  completedTasks: bigint;
  ownerMayAnswer: boolean;
  outputsByReference: boolean;
  digest: Hex;
  escrowWei: bigint;
  currency: Address;
  consumer: Address;
  callbackGas: number;
  callbackBudgetWei: bigint;
  /** For each task the places that reported a failure. */
  reports: bigint[];
  outputDigests: Hex[];
  /** How it was told that the execution ended. */
  ends: string[];
}

/** Everything that the contracts hold, rebuilt from their events alone. */
export interface Fold {
  nodes: Map<bigint, NodeRecord>;
  nodeOfKey: Map<Address, bigint>;
  proofsOfKey: Map<Address, bigint>;
  models: Map<bigint, ModelRecord>;
  agents: Map<bigint, { owner: Address; model: bigint }>;
  clusterOfAgent: Map<bigint, bigint>;
  clusters: Map<bigint, ClusterRecord>;
  executions: Map<bigint, ExecutionRecord>;
  /** By `kind:id`. */
  credits: Map<string, bigint>;
  /** How often each event of `ClusterExecutions` came. */
  counts: Map<string, number>;
}

/** Reads the whole log, and of the code only what `VersionPublished` points to. */
export async function foldLog(line: Line): Promise<Fold> {
  const fold: Fold = {
    nodes: new Map(),
    nodeOfKey: new Map(),
    proofsOfKey: new Map(),
    models: new Map(),
    agents: new Map(),
    clusterOfAgent: new Map(),
    clusters: new Map(),
    executions: new Map(),
    credits: new Map(),
    counts: new Map(),
  };
  const { nodes, models, agents, clusters, executions } = line;
  const logs = await line.client.getLogs({ fromBlock: 0n, toBlock: "latest" });
  for (const log of logs) {
    const time = BigInt(
      log.blockTimestamp ?? (await line.client.getBlock({ blockHash: log.blockHash })).timestamp,
    );
    const emitter = getAddress(log.address);
    if (emitter === getAddress(nodes.address)) foldNodes(fold, one(nodes.abi, log));
    else if (emitter === getAddress(models.address)) foldModels(fold, one(models.abi, log), time);
    else if (emitter === getAddress(agents.address)) foldAgents(fold, one(agents.abi, log));
    else if (emitter === getAddress(clusters.address)) await foldClusters(line, fold, one(clusters.abi, log));
    else if (emitter === getAddress(executions.address)) foldExecutions(fold, one(executions.abi, log), time);
  }
  return fold;
}

type Log = Parameters<typeof parseEventLogs>[0]["logs"][number];

/** The event that a log is; every log of a contract is one that its interface explains. */
// biome-ignore lint/suspicious/noExplicitAny: each fold below names the fields that it reads.
function one(abi: readonly unknown[], log: Log): { name: string; args: any } {
  const [event] = parseEventLogs({ abi: abi as never, logs: [log], strict: true }) as unknown as {
    eventName: string;
    args: unknown;
  }[];
  if (event === undefined) throw new Error(`a log of ${log.address} that its interface does not explain`);
  return { name: event.eventName, args: event.args };
}

function known<K, V>(map: Map<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`an event of ${String(key)} came before the one that made it`);
  return value;
}

function foldNodes(fold: Fold, { name, args }: ReturnType<typeof one>): void {
  const prove = (key: Address) => {
    fold.nodeOfKey.set(key, args.node);
    fold.proofsOfKey.set(key, (fold.proofsOfKey.get(key) ?? 0n) + 1n);
  };
  if (name === "NodeRegistered") {
    fold.nodes.set(args.node, { owner: args.owner, key: args.key, active: true });
    prove(args.key);
  } else if (name === "NodeKeyRotated") {
    Object.assign(known(fold.nodes, args.node), { key: args.key, active: true });
    prove(args.key);
  } else if (name === "NodeSuspended") known(fold.nodes, args.node).active = false;
  else if (name === "Transfer" && args.from !== zeroAddress) known(fold.nodes, args.tokenId).owner = args.to;
}

function foldModels(fold: Fold, { name, args }: ReturnType<typeof one>, time: bigint): void {
  if (name === "ModelRegistered") {
    const { owner, terms } = args;
    fold.models.set(args.model, { owner, name: args.name, terms, places: [] });
  } else if (name === "ModelTermsSet") known(fold.models, args.model).terms = args.terms;
  else if (name === "NodeJoinedModel") {
    const { places } = known(fold.models, args.model);
    const old = places[Number(args.place)];
    if (old === undefined) places.push({ node: args.node, joinedAt: time, leftAt: 0n, active: true });
    else old.active = true;
  } else if (name === "NodeLeftModel") {
    Object.assign(known(fold.models, args.model).places[Number(args.place)] ?? {}, {
      leftAt: time,
      active: false,
    });
  } else if (name === "Transfer" && args.from !== zeroAddress)
    known(fold.models, args.tokenId).owner = args.to;
}

function foldAgents(fold: Fold, { name, args }: ReturnType<typeof one>): void {
  if (name === "Registered") fold.agents.set(args.agentId, { owner: args.owner, model: 0n });
  else if (name === "AgentModelSet") known(fold.agents, args.agentId).model = args.model;
  else if (name === "Transfer" && args.from !== zeroAddress) known(fold.agents, args.tokenId).owner = args.to;
}

async function foldClusters(line: Line, fold: Fold, { name, args }: ReturnType<typeof one>): Promise<void> {
  if (name === "ClusterCreated") {
    if (fold.clusters.has(args.cluster)) throw new Error(`cluster ${args.cluster} was created twice`);
    fold.clusters.set(args.cluster, { owner: args.owner, slug: args.slug, members: [], versions: [] });
  } else if (name === "AgentAddedToCluster") {
    known(fold.clusters, args.cluster).members.push(args.agent);
    fold.clusterOfAgent.set(args.agent, args.cluster);
  } else if (name === "VersionPublished") {
    const code = (await line.client.getCode({ address: args.code })) ?? "0x";
    if (keccak256(code) !== args.digest) throw new Error("the code of a version is not what its event says");
    const pins = decodeVersion(slice(code, 1));
    known(fold.clusters, args.cluster).versions.push({ digest: args.digest, code: args.code, pins });
  } else if (name === "Transfer" && args.from !== zeroAddress)
    known(fold.clusters, args.tokenId).owner = args.to;
}

function foldExecutions(fold: Fold, { name, args }: ReturnType<typeof one>, time: bigint): void {
  fold.counts.set(name, (fold.counts.get(name) ?? 0) + 1);
  if (name === "ClusterExecutionCreated") create(fold, args, time);
  else if (name === "CompletionAccepted") accept(fold, args, time);
  else if (name === "CompletionSeconded") throw new Error("no version here has a quorum");
  else if (name === "FailureReported") report(fold, args);
  else if (name === "CallbackRequested") {
    const { consumer, callbackGas, callbackBudgetWei } = args;
    const asked = { consumer, callbackGas: Number(callbackGas), callbackBudgetWei };
    Object.assign(known(fold.executions, args.execution), asked);
  } else if (name === "CallbackDelivered") {
    const execution = known(fold.executions, args.execution);
    credit(fold, KIND.Account, BigInt(args.deliverer), execution.callbackBudgetWei);
    Object.assign(execution, { consumer: zeroAddress, callbackGas: 0, callbackBudgetWei: 0n });
  } else if (name === "TipCredited") credit(fold, KIND.Account, BigInt(args.to), args.amountWei);
  else if (name === "ClusterResponse") {
    const execution = known(fold.executions, args.execution);
    const { feeWei } = versionOf(fold, execution).pins;
    credit(fold, KIND.Cluster, execution.cluster, feeWei);
    execution.escrowWei -= feeWei;
    end(execution, STATE.Succeeded, args.runDigest, name);
  } else if (name === "ClusterExecutionEnded") {
    const execution = known(fold.executions, args.execution);
    credit(fold, KIND.Account, BigInt(execution.requester), args.refundWei);
    execution.escrowWei -= args.refundWei;
    end(execution, args.state, args.runDigest, name);
  } else if (name === "CreditWithdrawn") credit(fold, args.kind, args.id, -BigInt(args.amountWei));
}

/** A new execution, from `ClusterExecutionCreated`. */
// biome-ignore lint/suspicious/noExplicitAny: the event's fields.
function create(fold: Fold, args: any, time: bigint): void {
  const version = versionOf(fold, args);
  fold.executions.set(args.execution, {
    state: STATE.Running,
    requester: args.requester,
    cluster: args.cluster,
    version: args.version,
    versionDigest: version.digest,
    createdAt: time,
    deadline: args.deadline,
    readyAt: time,
    completedTasks: 0n,
    ownerMayAnswer: args.ownerMayAnswer,
    outputsByReference: args.outputsByReference,
    digest: args.inputDigest,
    escrowWei: version.pins.quoteWei,
    currency: version.pins.currency,
    consumer: zeroAddress,
    callbackGas: 0,
    callbackBudgetWei: 0n,
    outputDigests: version.pins.tasks.map(() => zeroHash),
    reports: version.pins.tasks.map(() => 0n),
    ends: [],
  });
}

/** An answer, from `CompletionAccepted`: who earned what follows from the version's pins. */
// biome-ignore lint/suspicious/noExplicitAny: the event's fields.
function accept(fold: Fold, args: any, time: bigint): void {
  const execution = known(fold.executions, args.execution);
  const task = versionOf(fold, execution).pins.tasks[Number(args.task)];
  if (task === undefined) throw new Error(`task ${args.task} is not one of the version's`);
  const bit = 1n << args.task;
  if (execution.completedTasks & bit) throw new Error(`task ${args.task} of ${args.execution} came twice`);
  execution.completedTasks |= bit;
  execution.readyAt = time;
  execution.outputDigests[Number(args.task)] = args.outputDigest;
  execution.escrowWei -= task.priceWei;
  if (args.role === ROLE.ClusterOwner) {
    credit(fold, KIND.Account, BigInt(execution.requester), task.priceWei);
    return;
  }
  const nodeWei = args.role === ROLE.Node ? (task.priceWei * BigInt(task.nodeShareBps)) / 10_000n : 0n;
  if (args.role === ROLE.Node) credit(fold, KIND.Node, args.node, nodeWei - args.tipWei);
  const tipOfModelWei = args.role === ROLE.Node ? 0n : args.tipWei;
  credit(fold, KIND.Model, task.model, task.priceWei - nodeWei - tipOfModelWei);
}

/** A node's report, from `FailureReported`: its place in the model's list follows from who joined. */
// biome-ignore lint/suspicious/noExplicitAny: the event's fields.
function report(fold: Fold, args: any): void {
  const execution = known(fold.executions, args.execution);
  const task = Number(args.task);
  const { places } = known(fold.models, versionOf(fold, execution).pins.tasks[task]?.model ?? 0n);
  const place = places.findIndex(({ node }) => node === args.node);
  execution.reports[task] = (execution.reports[task] ?? 0n) | (1n << BigInt(place));
}

function end(execution: ExecutionRecord, state: number, runDigest: Hex, name: string): void {
  execution.state = state;
  execution.digest = runDigest;
  execution.outputDigests = execution.outputDigests.map(() => zeroHash);
  execution.ends.push(name);
}

function credit(fold: Fold, kind: number, id: bigint, amountWei: bigint): void {
  const key = `${kind}:${id}`;
  fold.credits.set(key, (fold.credits.get(key) ?? 0n) + amountWei);
}

function versionOf(fold: Fold, { cluster, version }: { cluster: bigint; version: bigint }) {
  const found = known(fold.clusters, cluster).versions[Number(version) - 1];
  if (found === undefined) throw new Error(`version ${version} of cluster ${cluster} was never published`);
  return found;
}
