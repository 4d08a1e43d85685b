import { existsSync, readFileSync } from "node:fs";
import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { deploy } from "@pleiad/sdk/actions/deploy";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { publish } from "@pleiad/sdk/actions/publish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Deployment, parseDeployment, serializeDeployment } from "@pleiad/sdk/types/deployment";
import {
  type Account,
  createWalletClient,
  http,
  parseGwei,
  publicActions,
  sha256,
  stringToBytes,
} from "viem";
import { writeFileAtomic } from "../config/files.ts";
import type { LocalAccounts } from "./accounts.ts";
import { type Layout, OPERATOR_NAMES, type OperatorName } from "./layout.ts";
import { SAMPLE_AGENTS, SAMPLE_CLUSTER, SAMPLE_TASKS } from "./sampleCluster.ts";

/** What a completion of a sample model costs; a run of three tasks stays below a cent of play money. */
const PRICE_WEI = parseGwei("100000");
const NODE_SHARE_BPS = 7_000;
const FEE_WEI = parseGwei("10000");
/** The contract takes no longer slug. Characters. */
const SLUG_CHARS_MAX = 31;
/** Clusters of one name on one chain; more are a mistake, which the contract then names. */
const SLUG_NUMBER_MAX = 99;
/** A local chain answers at once; asking more often only costs. */
const POLLING_INTERVAL_MS = 50;

/** What stands on the local chain. */
export interface LocalRegistry {
  readonly deployment: Deployment;
  readonly nodes: Readonly<Record<OperatorName, bigint>>;
  /** In the order of the sample agents. */
  readonly models: readonly { readonly name: string; readonly model: bigint; readonly owner: OperatorName }[];
  readonly cluster: { readonly id: bigint; readonly slug: string; readonly version: bigint };
}

/** What people call a cluster by. */
export interface ClusterNames {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
}

export interface RegistryOptions {
  /** @default the sample cluster's */
  readonly cluster?: ClusterNames;
  readonly layout: Layout;
  readonly accounts: LocalAccounts;
  readonly rpcUrl: string;
  /** Length of a step-in window; a new version is published where the newest has another. Seconds. */
  readonly windowSeconds: number;
  readonly say: (text: string) => void;
}

/** A client for one of the local accounts. */
export function clientFor<A extends Account>(
  rpcUrl: string,
  account: A,
  pollingInterval = POLLING_INTERVAL_MS,
) {
  const wallet = createWalletClient({
    account,
    transport: http(rpcUrl),
    pollingInterval,
  });
  return wallet.extend(publicActions);
}

/**
 * Deploys the contracts and registers the sample network, or finds both on the chain as an earlier start left them.
 *
 * @throws PleiadError LOCAL_CHAIN_RESTORED where the folder remembers what the chain does not have
 */
export async function prepareRegistry(options: RegistryOptions): Promise<LocalRegistry> {
  const known = await readKnown(options);
  const registry = known ?? (await registerAll(options));
  return withWindow(registry, options);
}

/** What an earlier start wrote down, checked against the chain. */
async function readKnown({ layout, rpcUrl, accounts }: RegistryOptions): Promise<LocalRegistry | undefined> {
  const path = registryFile(layout);
  if (!existsSync(layout.deploymentFile) || !existsSync(path)) return undefined;
  const deployment = parseDeployment(readFileSync(layout.deploymentFile, "utf8"));
  const code = await clientFor(rpcUrl, accounts.requester).getCode({ address: deployment.clusterExecutions });
  if (code === undefined) {
    throw new PleiadError(
      `the chain has no contract at ${deployment.clusterExecutions}, where this folder's registry is`,
      {
        code: "LOCAL_CHAIN_RESTORED",
        hint: 'the chain was replaced or restored to an older state; begin anew with "npm start -- --reset", in a project with "pleiad up --reset"',
        details: { clusterExecutions: deployment.clusterExecutions },
      },
    );
  }
  return readRegistry(layout);
}

/** What an earlier start wrote down. */
export function readRegistry(layout: Layout): LocalRegistry {
  return JSON.parse(readFileSync(registryFile(layout), "utf8"), revive) as LocalRegistry;
}

async function registerAll(options: RegistryOptions): Promise<LocalRegistry> {
  const { accounts, rpcUrl, layout, say } = options;
  const owner = clientFor(rpcUrl, accounts.clusterOwner);
  say("deploying the contracts");
  // Found where a start before this one did not get further. The chain is young and all of it is followed then.
  const deployment = await deploy(owner, { fromBlock: 0n });
  say("registering three nodes and three models, each model served by all nodes");
  const nodes: (readonly [OperatorName, bigint])[] = [];
  const models: LocalRegistry["models"][number][] = [];
  // One after the other, so that the ids are the same at every first start.
  for (const name of OPERATOR_NAMES) nodes.push(await registerOperator(name, deployment, options));
  for (const [i, agent] of SAMPLE_AGENTS.entries()) {
    models.push(await registerSampleModel(agent.name, i, deployment, options));
  }
  await serveAll(
    nodes.map(([, node]) => node),
    models,
    deployment,
    options,
  );
  say("registering three agents, building and publishing the cluster");
  const agents: bigint[] = [];
  for (const [i, agent] of SAMPLE_AGENTS.entries()) {
    const digest = sha256(stringToBytes(JSON.stringify({ type: "pleiad-agent", ...agent })));
    agents.push((await registerAgent(owner, { deployment, digest, model: models[i]?.model ?? 0n })).agent);
  }
  const { cluster = SAMPLE_CLUSTER } = options;
  const slug = await freeSlug(cluster.slug, deployment, options);
  const published = await createAndPublish(owner, {
    deployment,
    blueprint: {
      ...cluster,
      slug,
      agents: SAMPLE_AGENTS.map((agent, i) => ({ agent: agents[i] as bigint, ...agent })),
      tasks: SAMPLE_TASKS.map((task, i) => ({ agent: agents[i] as bigint, ...task })),
    },
    feeWei: FEE_WEI,
    windowSeconds: options.windowSeconds,
  });
  const registry: LocalRegistry = {
    deployment,
    nodes: Object.fromEntries(nodes) as Record<OperatorName, bigint>,
    models,
    cluster: { id: published.cluster, slug, version: published.version },
  };
  await writeFileAtomic(layout.deploymentFile, serializeDeployment(deployment));
  await writeRegistry(layout, registry);
  return registry;
}

/** The wished slug, or with the first number behind it that nobody has: a chain that was given may know it already. */
async function freeSlug(
  wished: string,
  deployment: Deployment,
  { rpcUrl, accounts }: RegistryOptions,
): Promise<string> {
  const client = clientFor(rpcUrl, accounts.requester);
  for (let number = 1; number <= SLUG_NUMBER_MAX; number++) {
    const slug = number === 1 ? wished : `${wished.slice(0, SLUG_CHARS_MAX - 4)}-${number}`;
    const taken = await client.readContract({
      address: deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "clusterOfSlug",
      args: [slug],
    });
    if (taken === 0n) return slug;
  }
  return wished;
}

async function registerOperator(
  name: OperatorName,
  deployment: Deployment,
  { rpcUrl, accounts }: RegistryOptions,
) {
  const operator = clientFor(rpcUrl, accounts.operator(name));
  const key = accounts.nodeKey(name);
  const proof = await signNodeKeyProof(clientFor(rpcUrl, key), {
    deployment,
    owner: operator.account.address,
  });
  const { node } = await registerNode(operator, { deployment, key: key.address, proof });
  return [name, node] as const;
}

async function registerSampleModel(
  name: string,
  index: number,
  deployment: Deployment,
  options: RegistryOptions,
) {
  const owner = OPERATOR_NAMES[index % OPERATOR_NAMES.length] as OperatorName;
  const client = clientFor(options.rpcUrl, options.accounts.operator(owner));
  const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS };
  const { model } = await registerModel(client, { deployment, name, ...terms });
  return { name, model, owner };
}

/** Every node serves every model: the model's owner and the node's both say so. */
async function serveAll(
  nodes: readonly bigint[],
  models: LocalRegistry["models"],
  deployment: Deployment,
  { rpcUrl, accounts }: RegistryOptions,
): Promise<void> {
  // One account's transactions go one after the other, different accounts' at once.
  const owners = OPERATOR_NAMES.map((name) => ({ name, client: clientFor(rpcUrl, accounts.operator(name)) }));
  await Promise.all(
    owners.map(async ({ name, client }) => {
      for (const { model } of models.filter(({ owner }) => owner === name)) {
        for (const node of nodes) await serveModel(client, { deployment, model, node });
      }
    }),
  );
  await Promise.all(
    owners.map(async ({ name, client }, index) => {
      for (const { model } of models.filter(({ owner }) => owner !== name)) {
        await serveModel(client, { deployment, model, node: nodes[index] as bigint });
      }
    }),
  );
}

/** The registry with a newest version that has the wanted window. */
async function withWindow(registry: LocalRegistry, options: RegistryOptions): Promise<LocalRegistry> {
  const owner = clientFor(options.rpcUrl, options.accounts.clusterOwner);
  const { deployment, cluster } = registry;
  const newest = await getVersion(owner, { deployment, cluster: cluster.id });
  if (newest.windowSeconds === options.windowSeconds) {
    return { ...registry, cluster: { ...cluster, version: newest.version } };
  }
  options.say(`publishing a version with windows of ${options.windowSeconds} s`);
  const { version } = await publish(owner, {
    deployment,
    cluster: cluster.id,
    feeWei: FEE_WEI,
    windowSeconds: options.windowSeconds,
  });
  return { ...registry, cluster: { ...cluster, version } };
}

function registryFile(layout: Layout): string {
  return `${layout.folder}/registry.json`;
}

async function writeRegistry(layout: Layout, registry: LocalRegistry): Promise<void> {
  const text = JSON.stringify(
    registry,
    (_key, value) => (typeof value === "bigint" ? `${value}n` : value),
    2,
  );
  await writeFileAtomic(registryFile(layout), `${text}\n`);
}

function revive(_key: string, value: unknown): unknown {
  return typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}
