import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { execute } from "@pleiad/sdk/actions/execute";
import { getCompletions } from "@pleiad/sdk/actions/getCompletions";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getWindow } from "@pleiad/sdk/actions/getWindow";
import { pino } from "pino";
import { bytesToHex, type Hex, keccak256, stringToBytes, toHex, zeroHash } from "viem";
import { loadConfig } from "../node/src/config/load.ts";
import { localAccounts } from "../node/src/local/accounts.ts";
import { startDaemon } from "../node/src/local/daemon.ts";
import { fundAccounts } from "../node/src/local/fund.ts";
import { layoutOf, OPERATOR_NAMES } from "../node/src/local/layout.ts";
import { configPath, prepareOperators } from "../node/src/local/operators.ts";
import { clientFor, type LocalRegistry, prepareRegistry } from "../node/src/local/registry.ts";
import { sampleService } from "../node/src/local/sampleServices.ts";
import { startChain } from "../test/fixtures/chain.ts";
import { createParts, type Parts } from "./benchParts.ts";

/**
 * `npm run bench:latency [-- --runs N] [-- --json]`: how long a run of three tasks takes from the block of
 * `ClusterExecutionCreated` to the block of `ClusterResponse`, with models that answer at once: the daemons beside a
 * bare loop of viem calls that makes the same three submissions by hand. Medians of one run of this script, as ratios.
 */
const RUNS_DEFAULT = 20;
const WINDOW_SECONDS = 60;
const POLLING_INTERVAL_MS = 10;
const BLOCK_SECONDS = 2;
const SECOND_AND_MORE_MS = 1_100;

interface Measured {
  readonly daemonsMs: readonly number[];
  readonly bareMs: readonly number[];
  readonly settlements: readonly number[];
  readonly parts: Parts;
}

/** A model that answers at once, from what it is asked. */
const INSTANT = {
  canAnswer: () => true,
  answer: async ({ task }: { readonly task: { readonly name: string } }) =>
    stringToBytes(`answer to ${task.name}`),
};

const json = process.argv.includes("--json");
const runsAt = process.argv.indexOf("--runs");
const runs = runsAt < 0 ? RUNS_DEFAULT : Number(process.argv[runsAt + 1]);
if (!Number.isInteger(runs) || runs < 1) throw new RangeError("--runs takes a whole number from 1");

const onDemand = await measure(undefined);
const interval = await measure(BLOCK_SECONDS);
report();
process.exit(0);

function report(): void {
  const summary = {
    runs,
    onDemand: summaryOf(onDemand),
    blocksOf2s: summaryOf(interval),
  };
  if (json) {
    console.log(JSON.stringify(summary));
    return;
  }
  for (const [title, one] of [
    ["a chain that mines on demand", summary.onDemand],
    ["2-second blocks", summary.blocksOf2s],
  ] as const) {
    console.log(`\n${title}, median of ${runs}`);
    console.log(`  bare loop of viem calls  ${one.bareMs} ms`);
    console.log(`  three daemons            ${one.daemonsMs} ms, ${one.settlements} settlement(s)`);
    console.log(`  ratio bare / daemons     ${one.ratio}`);
    console.log(
      `  parts of the daemons' time, ms in a run, all three together: ${JSON.stringify(one.partsMs)}`,
    );
  }
}

function summaryOf(measured: Measured) {
  const daemonsMs = median(measured.daemonsMs);
  const bareMs = median(measured.bareMs);
  return {
    bareMs: Math.round(bareMs),
    daemonsMs: Math.round(daemonsMs),
    ratio: Number((bareMs / daemonsMs).toFixed(2)),
    settlements: median(measured.settlements),
    partsMs: measured.parts.perRun(runs),
  };
}

/** One chain, three daemons in this process, `runs` executions by each way. */
async function measure(blockTimeSeconds: number | undefined): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-bench-"));
  const chain = await startChain(blockTimeSeconds === undefined ? {} : { blockTimeSeconds });
  const stops: (() => Promise<void>)[] = [() => chain.stop()];
  try {
    const layout = layoutOf(folder);
    mkdirSync(layout.chainFolder, { recursive: true });
    const accounts = localAccounts(layout);
    await fundAccounts(chain.rpcUrl, accounts);
    const options = { layout, accounts, rpcUrl: chain.rpcUrl, windowSeconds: WINDOW_SECONDS, say: () => {} };
    const registry = await prepareRegistry(options);
    // A node answers only executions created in a later second than it joined.
    await new Promise((resolve) => setTimeout(resolve, SECOND_AND_MORE_MS));
    const bare = [];
    const daemons = [];
    const settlements = [];
    // The bare loop comes first: with daemons there, they would answer its executions.
    for (let run = 0; run < runs; run++)
      bare.push(await bareRun(registry, chain.rpcUrl, layout, blockTimeSeconds));
    const parts = createParts();
    await prepareOperators({
      ...options,
      registry,
      networkEnabled: true,
      serviceOf: (model) => sampleService(model),
    });
    for (const name of OPERATOR_NAMES) {
      const config = await loadConfig(configPath(layout, name));
      const password = readFileSync(join(layout.operatorFolder(name), "password"), "utf8").trim();
      const logger = pino({ level: process.env.PLEIAD_BENCH_LOG ?? "silent" });
      const daemon = await startDaemon(
        { config, password },
        { logger, ...parts.wrappers(name), answerer: INSTANT },
      );
      stops.unshift(() => daemon.stop());
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (let run = 0; run < runs; run++) {
      const measured = await daemonRun(registry, chain.rpcUrl, layout, blockTimeSeconds);
      daemons.push(measured.elapsedMs);
      settlements.push(measured.settlements);
    }
    return { daemonsMs: daemons, bareMs: bare, settlements, parts };
  } finally {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function request(registry: LocalRegistry, rpcUrl: string, layout: ReturnType<typeof layoutOf>) {
  const client = clientFor(rpcUrl, localAccounts(layout).requester, POLLING_INTERVAL_MS);
  const { execution, hash } = await execute(client, {
    deployment: registry.deployment,
    cluster: registry.cluster.id,
    input: "a document",
    durationSeconds: 3_600n,
  });
  const seenAtMs = performance.now();
  const { blockNumber } = await client.getTransactionReceipt({ hash });
  const { timestamp } = await client.getBlock({ blockNumber });
  return { client, execution, seenAtMs, timestamp };
}

/** Time between two blocks: by the wall clock, or with blocks at fixed times by their timestamps. */
function between(
  from: { seenAtMs: number; timestamp: bigint },
  to: { seenAtMs: number; timestamp: bigint },
  blockTimeSeconds: number | undefined,
): number {
  if (blockTimeSeconds === undefined) return to.seenAtMs - from.seenAtMs;
  return Number(to.timestamp - from.timestamp) * 1_000;
}

async function daemonRun(
  registry: LocalRegistry,
  rpcUrl: string,
  layout: ReturnType<typeof layoutOf>,
  blockTimeSeconds: number | undefined,
) {
  const from = await request(registry, rpcUrl, layout);
  const { client, execution } = from;
  for (;;) {
    const { state } = await getExecution(client, { deployment: registry.deployment, execution });
    if (state === "Succeeded") break;
    await new Promise((resolve) => setTimeout(resolve, POLLING_INTERVAL_MS));
  }
  const seenAtMs = performance.now();
  const completions = await getCompletions(client, { deployment: registry.deployment, execution });
  const last = completions.at(-1);
  if (last === undefined) throw new Error("a succeeded execution has completions");
  const { timestamp } = await client.getBlock({ blockNumber: last.blockNumber });
  return {
    elapsedMs: between(from, { seenAtMs, timestamp }, blockTimeSeconds),
    settlements: new Set(completions.map((completion) => completion.transactionHash)).size,
  };
}

/** The same three submissions by hand: each node's owner simulates, sends and waits, one after the other. */
async function bareRun(
  registry: LocalRegistry,
  rpcUrl: string,
  layout: ReturnType<typeof layoutOf>,
  blockTimeSeconds: number | undefined,
): Promise<number> {
  const { deployment } = registry;
  const from = await request(registry, rpcUrl, layout);
  const { client, execution } = from;
  const version = await getVersion(client, { deployment, cluster: registry.cluster.id });
  const digests: Hex[] = [];
  let to = from;
  for (const task of version.tasks) {
    const name = await firstOf(registry, execution, task.task, client);
    const wallet = clientFor(rpcUrl, localAccounts(layout).operator(name), POLLING_INTERVAL_MS);
    const output = toHex(`answer to ${task.name}`);
    const completion = {
      execution,
      task: task.task,
      contextHash: contextHashOf({
        versionDigest: version.digest,
        task: task.task,
        inputDigest: keccak256(bytesToHex(stringToBytes("a document"))),
        dependencyDigests: task.dependsOn.map((earlier) => digests[earlier] as Hex),
      }),
      outputDigest: keccak256(output),
      evidenceDigest: zeroHash,
      node: registry.nodes[name],
      tip: 0n,
    };
    const call = await wallet.simulateContract({
      address: deployment.clusterExecutions,
      abi: clusterExecutionsAbi,
      functionName: "submitCompletionAsNode",
      args: [completion, output],
    });
    const hash = await wallet.writeContract({ ...call.request, chain: null });
    const receipt = await wallet.waitForTransactionReceipt({ hash });
    const seenAtMs = performance.now();
    const { timestamp } = await wallet.getBlock({ blockNumber: receipt.blockNumber });
    digests.push(keccak256(output));
    to = { ...from, seenAtMs, timestamp };
  }
  return between(from, to, blockTimeSeconds);
}

async function firstOf(
  registry: LocalRegistry,
  execution: bigint,
  task: number,
  client: ReturnType<typeof clientFor>,
) {
  const windows = await Promise.all(
    OPERATOR_NAMES.map(async (name) => ({
      name,
      ...(await getWindow(client, {
        deployment: registry.deployment,
        execution,
        task,
        node: registry.nodes[name],
      })),
    })),
  );
  windows.sort((a, b) => Number(a.opensAt - b.opensAt));
  return windows[0]?.name as (typeof OPERATOR_NAMES)[number];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
