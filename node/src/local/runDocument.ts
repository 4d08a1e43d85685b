import { execute } from "@pleiad/sdk/actions/execute";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getWindow } from "@pleiad/sdk/actions/getWindow";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { PleiadError } from "@pleiad/sdk/errors";
import type { WriteClient } from "@pleiad/sdk/types/client";
import type { Role } from "@pleiad/sdk/types/states";
import type { Version } from "@pleiad/sdk/types/version";
import { type Hex, keccak256 } from "viem";
import type { LocalAccounts } from "./accounts.ts";
import { type DaemonAccess, type DaemonExecution, daemonClient } from "./daemonClient.ts";
import { responseUnlessGivenUp } from "./givenUp.ts";
import { clientFor, type LocalRegistry } from "./registry.ts";

/** How long a run may take before it can be expired, in seconds. */
const DURATION_SECONDS = 3_600n;
const POLLING_INTERVAL_MS = 100;
/** More terminals than this do not ask at the same moment. */
const NONCE_TRIES_MAX = 10;

/** What of a local network is needed to run a document on it; a second terminal reads it from the data folder. */
export interface RunTarget {
  readonly rpcUrl: string;
  readonly registry: LocalRegistry;
  readonly accounts: LocalAccounts;
  readonly daemons: readonly DaemonAccess[];
  /** Whether the daemons have peers; without, outputs have to stand in the transactions. */
  readonly networkEnabled: boolean;
}

/** One task of a finished run. */
export interface TaskResult {
  readonly name: string;
  readonly agent: string;
  readonly model: bigint;
  readonly modelName: string;
  readonly node: bigint;
  readonly role: Role;
  /** The node's place in the rotation; above 0 it stepped in. */
  readonly rank: number;
  readonly digest: Hex;
  readonly transaction: Hex;
  /** An equal part of its transaction's gas. */
  readonly gas: bigint;
  /** From taking the job up to its signature; undefined where the node cannot be asked any more. */
  readonly elapsedMs: number | undefined;
  readonly nodeEarnedWei: bigint;
  readonly modelEarnedWei: bigint;
}

/** A finished run. */
export interface RunResult {
  readonly executionId: bigint;
  readonly clusterId: bigint;
  readonly response: string;
  readonly responseDigest: Hex;
  /** The SDK's own check of the response against the chain. */
  readonly verified: boolean;
  readonly elapsedMs: number;
  /** Transactions that settled completions. */
  readonly settlements: number;
  readonly gas: { readonly execute: bigint; readonly settle: bigint };
  readonly feeWei: bigint;
  readonly tasks: readonly TaskResult[];
}

export interface RunHooks {
  readonly say: (text: string) => void;
  /** Called when the execution is on chain. */
  readonly onExecution?: (execution: bigint) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Runs the local cluster on a document and waits for the response: gives the document to a daemon, requests the run
 * by the document's digest, follows it, and checks what comes back against the chain.
 */
export async function runDocument(
  target: RunTarget,
  document: Uint8Array,
  hooks: RunHooks,
): Promise<RunResult> {
  const { registry, accounts, rpcUrl } = target;
  const { deployment, cluster } = registry;
  const client = clientFor(rpcUrl, accounts.requester);
  const daemons = target.daemons.map(daemonClient);
  const inputDigest = await putEverywhere(daemons, document);
  const version = await getVersion(client, { deployment, cluster: cluster.id });
  const startedAtMs = performance.now();
  const requested = await executeNext(client, {
    deployment,
    cluster: cluster.id,
    version: version.version,
    inputDigest,
    inputURI: "pleiad:",
    outputsByReference: target.networkEnabled,
    durationSeconds: DURATION_SECONDS,
  });
  const { execution } = requested;
  hooks.say(`execution ${execution} is on chain: ${version.tasks.length} tasks, ${daemons.length} nodes`);
  const ranks = await ranksOf(target, execution, version);
  await hooks.onExecution?.(execution);
  const fetchBlob = async ({ digest }: { digest: Hex }) =>
    firstOf(daemons, (daemon) => daemon.getBlob(digest));
  const response = await responseUnlessGivenUp(
    client,
    {
      deployment,
      execution,
      pollingIntervalMs: POLLING_INTERVAL_MS,
      fetchBlob,
      onCompletion: ({ task, node }) =>
        hooks.say(`task ${version.tasks[task]?.name} answered by node ${node}`),
      ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
    },
    (id) => reportsOf(target.daemons.map(daemonClient), id),
  );
  const elapsedMs = Math.round(performance.now() - startedAtMs);
  const verification = await verifyResponse(client, {
    deployment,
    execution,
    response: response.response,
    fetchBlob,
  });
  const gas = await gasOf(
    target,
    requested.hash,
    response.completions.map((completion) => completion.transactionHash),
  );
  const times = await timesOf(daemons, execution);
  const tasks = version.tasks.map((task): TaskResult => {
    const completion = response.completions.find((one) => one.task === task.task);
    if (completion === undefined)
      throw new Error(`a succeeded execution has a completion of task ${task.task}`);
    const shared = response.completions.filter(
      (one) => one.transactionHash === completion.transactionHash,
    ).length;
    const nodeEarnedWei =
      completion.role === "Node" ? (task.priceWei * BigInt(task.nodeShareBps)) / 10_000n : 0n;
    return {
      name: task.name,
      agent: version.agents[task.agentIndex]?.name ?? "",
      model: task.model,
      modelName: registry.models.find(({ model }) => model === task.model)?.name ?? "",
      node: completion.node,
      role: completion.role,
      rank: ranks.get(`${task.task}/${completion.node}`) ?? 0,
      digest: completion.outputDigest,
      transaction: completion.transactionHash,
      gas: (gas.byTransaction.get(completion.transactionHash) ?? 0n) / BigInt(shared),
      elapsedMs: times.get(`${completion.node}/${task.task}`),
      nodeEarnedWei,
      modelEarnedWei: completion.role === "ClusterOwner" ? 0n : task.priceWei - nodeEarnedWei,
    };
  });
  return {
    executionId: execution,
    clusterId: response.cluster,
    response: response.text,
    responseDigest: keccak256(response.response),
    verified: verification.verified,
    elapsedMs,
    settlements: gas.byTransaction.size,
    gas: { execute: gas.execute, settle: gas.settle },
    feeWei: version.feeWei,
    tasks,
  };
}

/** Other terminals pay from the same account: one of them may take the nonce, and then nothing of this was sent. */
async function executeNext(
  client: WriteClient,
  parameters: Parameters<typeof execute>[1],
): ReturnType<typeof execute> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await execute(client, parameters);
    } catch (error) {
      const isTaken = error instanceof PleiadError && error.code === "NONCE_CONFLICT";
      if (!isTaken || attempt >= NONCE_TRIES_MAX) throw error;
    }
  }
}

/** Each node's place in the rotation of each task, as it stands before anything is answered. */
async function ranksOf({ registry, accounts, rpcUrl }: RunTarget, execution: bigint, version: Version) {
  const client = clientFor(rpcUrl, accounts.requester);
  const { deployment } = registry;
  const ranks = new Map<string, number>();
  for (const { task } of version.tasks) {
    const windows = await Promise.all(
      Object.values(registry.nodes).map(async (node) => ({
        node,
        ...(await getWindow(client, { deployment, execution, task, node })),
      })),
    );
    const eligible = windows
      .filter((window) => window.eligible)
      .sort((a, b) => Number(a.opensAt - b.opensAt));
    for (const [rank, { node }] of eligible.entries()) ranks.set(`${task}/${node}`, rank);
  }
  return ranks;
}

async function gasOf({ rpcUrl, accounts }: RunTarget, executeHash: Hex, settleHashes: readonly Hex[]) {
  const client = clientFor(rpcUrl, accounts.requester);
  const used = async (hash: Hex) => (await client.getTransactionReceipt({ hash })).gasUsed;
  const byTransaction = new Map<Hex, bigint>();
  for (const hash of new Set(settleHashes)) byTransaction.set(hash, await used(hash));
  const settle = [...byTransaction.values()].reduce((sum, gas) => sum + gas, 0n);
  return { execute: await used(executeHash), settle, byTransaction };
}

/** What each daemon that answers says of an execution. */
async function reportsOf(
  daemons: readonly ReturnType<typeof daemonClient>[],
  execution: bigint,
): Promise<DaemonExecution[]> {
  const reports = await Promise.allSettled(daemons.map((daemon) => daemon.execution(execution)));
  // One that was killed meanwhile says nothing, and nothing is concluded from that.
  return reports.flatMap((report) => (report.status === "fulfilled" ? [report.value] : []));
}

/** How long each node took for each task, by its own word. */
async function timesOf(daemons: readonly ReturnType<typeof daemonClient>[], execution: bigint) {
  const times = new Map<string, number>();
  for (const { node, jobs } of await reportsOf(daemons, execution)) {
    for (const { task, elapsedMs } of jobs) if (elapsedMs !== null) times.set(`${node}/${task}`, elapsedMs);
  }
  return times;
}

/** Gives the document to every daemon that answers, so that the death of one loses nothing. At least one has to. */
async function putEverywhere(
  daemons: readonly ReturnType<typeof daemonClient>[],
  document: Uint8Array,
): Promise<Hex> {
  const puts = await Promise.allSettled(daemons.map((daemon) => daemon.putBlob(document)));
  const [digest] = puts.flatMap((put) => (put.status === "fulfilled" ? [put.value] : []));
  if (digest !== undefined) return digest;
  throw puts.find((put) => put.status === "rejected")?.reason ?? new Error("there is no daemon to ask");
}

/** The first daemon's answer that is one; they are asked in turn. */
async function firstOf<D, T>(daemons: readonly D[], ask: (daemon: D) => Promise<T>): Promise<T> {
  let last: unknown = new Error("there is no daemon to ask");
  for (const daemon of daemons) {
    try {
      return await ask(daemon);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
