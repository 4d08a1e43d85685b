import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { execute } from "@pleiad/sdk/actions/execute";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import type { Version } from "@pleiad/sdk/types/version";
import { createTestClient, http, publicActions, sha256, stringToBytes } from "viem";
import { type LocalAccounts, localAccounts } from "../../node/src/local/accounts.ts";
import { type Layout, layoutOf, type OperatorName } from "../../node/src/local/layout.ts";
import { startLocalChain } from "../../node/src/local/localChain.ts";
import { prepareOperators } from "../../node/src/local/operators.ts";
import { freePort } from "../../node/src/local/ports.ts";
import { clientFor, type LocalRegistry, prepareRegistry } from "../../node/src/local/registry.ts";
import { sampleService } from "../../node/src/local/sampleServices.ts";

/** Long, so that nothing is said by windows; both sides are admitted from the first second on. */
const WINDOW_SECONDS = 60;
/** All wait for their answers from the beginning; the last is answered minutes later. Seconds. */
const DURATION_SECONDS = 86_400n;
const TASKS = 3;
const LIMIT_LOOK_MS = 200;
const INPUT = "What does a lighthouse keeper do all day?";

/** A cluster of three tasks on a model that one node alone serves. */
export interface BenchCluster {
  readonly cluster: bigint;
  readonly version: Version;
  readonly model: bigint;
}

/** A chain with one cluster for a daemon and another for a loop of calls. */
export interface Setting {
  readonly rpcUrl: string;
  readonly layout: Layout;
  readonly accounts: LocalAccounts;
  readonly registry: LocalRegistry;
  readonly input: string;
  publishFor(name: OperatorName, slug: string): Promise<BenchCluster>;
  /** Requests executions, all of them mined when it answers. @returns their ids */
  request(cluster: BenchCluster, count: number): Promise<readonly bigint[]>;
  /** Mines on demand, or a block every second that holds so much gas. */
  mine(blockGas: bigint | undefined): Promise<void>;
  stop(): Promise<void>;
}

export async function startSetting(say: (text: string) => void): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-throughput-"));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const layout = layoutOf(folder);
    mkdirSync(layout.chainFolder, { recursive: true });
    const accounts = localAccounts(layout);
    const { mnemonic } = accounts;
    const chain = await startLocalChain({ folder: layout.chainFolder, port: await freePort(0), mnemonic });
    closing.push(() => chain.stop());
    const { rpcUrl } = chain;
    const test = createTestClient({ mode: "anvil", transport: http(rpcUrl) }).extend(publicActions);
    const { gasLimit: usualGas } = await test.getBlock();
    const mine = async (blockGas: bigint | undefined) => {
      await test.setBlockGasLimit({ gasLimit: blockGas ?? usualGas });
      // In this order: an interval of its own ends mining on demand.
      await test.setIntervalMining({ interval: blockGas === undefined ? 0 : 1 });
      await test.setAutomine(blockGas === undefined);
      // The block in the making may still have the limit of before, and a block that is mined meanwhile brings it back.
      while (blockGas !== undefined && (await test.getBlock()).gasLimit !== blockGas) {
        await test.setBlockGasLimit({ gasLimit: blockGas });
        await new Promise((resolve) => setTimeout(resolve, LIMIT_LOOK_MS));
      }
    };
    await mine(undefined);
    const registry = await prepareRegistry({ layout, accounts, rpcUrl, windowSeconds: WINDOW_SECONDS, say });
    const shared = { layout, accounts, registry, rpcUrl, input: INPUT };
    await prepareOperators({ ...shared, networkEnabled: false, serviceOf: (model) => sampleService(model) });
    return {
      ...shared,
      async publishFor(name, slug) {
        const published = await publish(shared, name, slug);
        // A node answers executions of a later second than that in which it joined the model.
        await test.increaseTime({ seconds: 2 });
        await test.mine({ blocks: 1 });
        return published;
      },
      request: (cluster, count) => request(shared, cluster, count),
      mine,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Shared = Pick<Setting, "rpcUrl" | "accounts" | "registry">;

async function publish(shared: Shared, name: OperatorName, slug: string): Promise<BenchCluster> {
  const { rpcUrl, accounts, registry } = shared;
  const { deployment } = registry;
  const operator = clientFor(rpcUrl, accounts.operator(name));
  const terms = { priceWei: 1_000_000_000n, nodeShareBps: 7_000 };
  const { model } = await registerModel(operator, { deployment, name: slug, ...terms });
  await serveModel(operator, { deployment, model, node: registry.nodes[name] });
  const owner = clientFor(rpcUrl, accounts.clusterOwner);
  const agents: bigint[] = [];
  for (let task = 0; task < TASKS; task += 1) {
    const digest = sha256(stringToBytes(`${slug} ${task}`));
    agents.push((await registerAgent(owner, { deployment, digest, model })).agent);
  }
  const { cluster } = await createAndPublish(owner, {
    deployment,
    blueprint: {
      slug,
      name: slug,
      description: "Three tasks, one after the other.",
      agents: agents.map((agent, i) => ({ agent, name: `agent-${i}` })),
      tasks: agents.map((agent, i) => ({ agent, name: `task-${i}`, prompt: "Answer at once." })),
    },
    windowSeconds: WINDOW_SECONDS,
  });
  return { cluster, version: await getVersion(owner, { deployment, cluster }), model };
}

/** The first by the SDK; the others are the same call again, without waiting for the one before. */
async function request(shared: Shared, { cluster }: BenchCluster, count: number): Promise<readonly bigint[]> {
  const client = clientFor(shared.rpcUrl, shared.accounts.requester);
  const first = await execute(client, {
    deployment: shared.registry.deployment,
    cluster,
    input: INPUT,
    durationSeconds: DURATION_SECONDS,
  });
  const { to, input: data, value, gas } = await client.getTransaction({ hash: first.hash });
  let nonce = await client.getTransactionCount({ address: client.account.address });
  const fees = await client.estimateFeesPerGas();
  for (let sent = 1; sent < count; sent += 1, nonce += 1) {
    await client.sendTransaction({ to, data, value, gas: gas * 2n, nonce, chain: null, ...fees });
  }
  return Array.from({ length: count }, (_, i) => first.execution + BigInt(i));
}
