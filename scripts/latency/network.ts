import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import type { Version } from "@pleiad/sdk/types/version";
import { pino } from "pino";
import { createTestClient, http, sha256, stringToBytes } from "viem";
import { loadConfig } from "../../node/src/config/load.ts";
import { type LocalAccounts, localAccounts } from "../../node/src/local/accounts.ts";
import { type Daemon, startDaemon } from "../../node/src/local/daemon.ts";
import { type Layout, layoutOf, OPERATOR_NAMES } from "../../node/src/local/layout.ts";
import { startLocalChain } from "../../node/src/local/localChain.ts";
import { configPath, prepareOperators } from "../../node/src/local/operators.ts";
import { freePort } from "../../node/src/local/ports.ts";
import { clientFor, type LocalRegistry, prepareRegistry } from "../../node/src/local/registry.ts";
import { sampleService } from "../../node/src/local/sampleServices.ts";
import type { Answerer } from "../../node/src/work/ports.ts";
import type { Trace } from "./trace.ts";

/** No window opens while a run goes its straight way. Seconds. */
const WINDOW_SECONDS = 60;
const NODE_SHARE_BPS = 7_000;
const PRICE_WEI = 1_000_000_000n;
const LOG_LEVEL = process.env.PLEIAD_BENCH_LOG ?? "silent";

/** Three daemons in this process on a chain of their own, and a cluster beside theirs that they do not answer for. */
export interface LatencyNetwork {
  readonly rpcUrl: string;
  readonly accounts: LocalAccounts;
  readonly registry: LocalRegistry;
  /** Answered by the daemons. */
  readonly cluster: bigint;
  /** Served by the same nodes, whose daemons know nothing of its model. */
  readonly bareCluster: bigint;
  readonly bareVersion: Version;
  /** How often a daemon looks at the chain, in milliseconds. */
  readonly pollIntervalMs: number;
  /** Mines on demand, or a block every so many seconds. */
  mine(mode: { readonly blockSeconds: number | undefined }): Promise<void>;
  stop(): Promise<void>;
}

export async function startLatencyNetwork(
  say: (text: string) => void,
  modules: { readonly trace: Trace },
): Promise<LatencyNetwork> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-latency-"));
  const closing: (() => Promise<unknown> | unknown)[] = [
    () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const layout = layoutOf(folder);
    mkdirSync(layout.chainFolder, { recursive: true });
    const accounts = localAccounts(layout);
    const chain = await startLocalChain({
      folder: layout.chainFolder,
      port: await freePort(0),
      mnemonic: accounts.mnemonic,
    });
    closing.push(() => chain.stop());
    const { rpcUrl } = chain;
    const test = createTestClient({ mode: "anvil", transport: http(rpcUrl) });
    const mine: LatencyNetwork["mine"] = async ({ blockSeconds }) => {
      await test.setIntervalMining({ interval: blockSeconds ?? 0 });
      await test.setAutomine(blockSeconds === undefined);
    };
    await mine({ blockSeconds: undefined });
    const registry = await prepareRegistry({ layout, accounts, rpcUrl, windowSeconds: WINDOW_SECONDS, say });
    const bareCluster = await publishBareCluster({ accounts, rpcUrl, registry });
    const bareVersion = await getVersion(clientFor(rpcUrl, accounts.requester), {
      deployment: registry.deployment,
      cluster: bareCluster,
    });
    const { daemons, pollIntervalMs } = await startDaemons({
      layout,
      accounts,
      registry,
      rpcUrl,
      ...modules,
    });
    closing.push(() => Promise.all(daemons.map((daemon) => daemon.stop())));
    return {
      rpcUrl,
      accounts,
      registry,
      cluster: registry.cluster.id,
      bareCluster,
      bareVersion,
      pollIntervalMs,
      mine,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Setting {
  readonly accounts: LocalAccounts;
  readonly rpcUrl: string;
  readonly registry: LocalRegistry;
}

/** A cluster of three tasks like the daemons', on one model that the same three nodes serve. */
async function publishBareCluster({ accounts, rpcUrl, registry }: Setting): Promise<bigint> {
  const { deployment, nodes } = registry;
  const [first] = OPERATOR_NAMES;
  const modelOwner = clientFor(rpcUrl, accounts.operator(first));
  const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS };
  const { model } = await registerModel(modelOwner, { deployment, name: "by hand", ...terms });
  for (const name of OPERATOR_NAMES) await serveModel(modelOwner, { deployment, model, node: nodes[name] });
  for (const name of OPERATOR_NAMES.slice(1)) {
    await serveModel(clientFor(rpcUrl, accounts.operator(name)), { deployment, model, node: nodes[name] });
  }
  const owner = clientFor(rpcUrl, accounts.clusterOwner);
  const agents: bigint[] = [];
  for (const name of ["one", "two", "three"]) {
    const digest = sha256(stringToBytes(`agent ${name}`));
    agents.push((await registerAgent(owner, { deployment, digest, model })).agent);
  }
  const published = await createAndPublish(owner, {
    deployment,
    blueprint: {
      slug: "by-hand",
      name: "By hand",
      description: "What a loop of calls answers, beside the daemons.",
      agents: agents.map((agent, i) => ({ agent, name: `agent-${i}` })),
      tasks: agents.map((agent, i) => ({ agent, name: `task-${i}`, prompt: "Answer at once." })),
    },
    windowSeconds: WINDOW_SECONDS,
  });
  return published.cluster;
}

async function startDaemons(setting: Setting & { readonly layout: Layout; readonly trace: Trace }) {
  const { layout, registry, trace } = setting;
  await prepareOperators({ ...setting, networkEnabled: true, serviceOf: (model) => sampleService(model) });
  const served = new Set(registry.models.map(({ model }) => model));
  const answerer: Answerer = {
    canAnswer: (model) => served.has(model),
    answer: async ({ task }) => stringToBytes(`answer to ${task.name}`),
  };
  const logger = pino({ level: LOG_LEVEL });
  const daemons: Daemon[] = [];
  let pollIntervalMs = 0;
  try {
    for (const name of OPERATOR_NAMES) {
      const config = await loadConfig(configPath(layout, name));
      pollIntervalMs = config.chain.pollIntervalMs;
      const password = readFileSync(join(layout.operatorFolder(name), "password"), "utf8").trim();
      daemons.push(await startDaemon({ config, password }, { logger, answerer, ...trace.wrappers(name) }));
    }
    return { daemons, pollIntervalMs };
  } catch (error) {
    await Promise.all(daemons.map((daemon) => daemon.stop()));
    throw error;
  }
}
