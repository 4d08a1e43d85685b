import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { getWindow } from "@pleiad/sdk/actions/getWindow";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { signCompletion } from "@pleiad/sdk/actions/signCompletion";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { submitCompletions } from "@pleiad/sdk/actions/submitCompletions";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import { bytesToHex, type Hex, keccak256, stringToHex, zeroHash } from "viem";
import type { HDAccount } from "viem/accounts";
import { accountOf, type LocalChain, startChain, testClientOf, walletOf } from "../../../fixtures/chain.ts";
import { runAfterFile } from "../../../fixtures/hooks.ts";
import { callCli, callJson, type Ran, type RunOptions, runCli } from "./run.ts";

/** Price of an answer and the share of the node, as the tests' models have them. */
export const PRICE_WEI = 1_000_000_000_000n;
export const NODE_SHARE_BPS = 7_000;
export const WINDOW_SECONDS = 10;

/** Accounts of the chain by what they do; 0 deploys, as the first one that the chain holds unlocked. */
const REQUESTER = 1;
const OPERATORS = [2, 3] as const;
const NODE_KEYS = [4, 5] as const;

/** A node of the test network. */
export interface TestNode {
  readonly node: bigint;
  readonly key: WriteClient;
}

/** A chain with the contracts, two nodes that serve three models, and a folder in which every command finds them. */
export interface CliNetwork {
  readonly chain: LocalChain;
  readonly deployment: Deployment;
  /** Holds `.pleiad`; commands run here. */
  readonly folder: string;
  readonly requester: HDAccount;
  readonly nodes: readonly TestNode[];
  /** What `pleiad deploy` said. */
  readonly deployed: Ran;
  /** Runs a command there, in this process. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>;
  /** Lets the chain's time pass, in a block. */
  passSeconds(seconds: number): Promise<void>;
  /** Answers tasks of an execution as the node that is `rank` in turn, all in one transaction. */
  answer(execution: number, outputs: Readonly<Record<number, string>>, rank?: number): Promise<Hex>;
}

let shared: Promise<CliNetwork> | undefined;

/** The network that all suites of a file share; the first to ask starts it. */
export function sharedNetwork(): Promise<CliNetwork> {
  if (shared === undefined) {
    shared = createNetwork();
    runAfterFile(stopNetwork);
  }
  return shared;
}

async function stopNetwork(): Promise<void> {
  const network = await shared;
  shared = undefined;
  await network?.chain.stop();
  if (network !== undefined) rmSync(network.folder, { recursive: true, force: true });
}

/** The private key of an account of the chain. */
export function keyOf(account: HDAccount): Hex {
  return bytesToHex(account.getHdKey().privateKey ?? new Uint8Array());
}

async function createNetwork(): Promise<CliNetwork> {
  const chain = await startChain();
  const folder = mkdtempSync(join(tmpdir(), "pleiad-cli-network-"));
  const data = join(folder, ".pleiad");
  mkdirSync(data);
  const deploymentFile = join(data, "deployment.json");
  const deployed = await runCli(["deploy", "--rpc", chain.rpcUrl, "--out", deploymentFile], { cwd: folder });
  const deployment = parseDeployment(readFileSync(deploymentFile, "utf8"));
  const requester = accountOf(REQUESTER);
  writeSecret(join(data, "requester.key"), keyOf(requester));
  writeFileSync(
    join(data, "network.json"),
    JSON.stringify({
      rpcUrl: chain.rpcUrl,
      chainId: chain.chainId,
      operators: [],
      requester: { keyFile: join(data, "requester.key") },
    }),
  );
  const nodes = await registerAll(chain, deployment);
  const testClient = testClientOf(chain);
  const passSeconds = async (seconds: number): Promise<void> => {
    await testClient.increaseTime({ seconds });
    await testClient.mine({ blocks: 1 });
  };
  // A node answers only executions that were created after it joined, by the block's time.
  await passSeconds(1);
  const run = (args: readonly string[], options: RunOptions = {}) =>
    callCli(args, { cwd: folder, ...options });
  return {
    chain,
    deployment,
    folder,
    requester,
    nodes,
    deployed,
    run,
    json: <T>(args: readonly string[], options: RunOptions = {}) =>
      callJson<T>(args, { cwd: folder, ...options }),
    passSeconds,
    answer: (execution, outputs, rank = 0) =>
      answer({ chain, deployment, nodes }, BigInt(execution), outputs, rank),
  };
}

/** Two operators with a node each, and three models of the first that both nodes serve. */
async function registerAll(chain: LocalChain, deployment: Deployment): Promise<TestNode[]> {
  const owners = OPERATORS.map((index) => walletOf(chain, accountOf(index)));
  const nodes: TestNode[] = [];
  for (const [index, owner] of owners.entries()) {
    const key = walletOf(chain, accountOf(NODE_KEYS[index] ?? 0));
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const { node } = await registerNode(owner, { deployment, key: key.account.address, proof });
    nodes.push({ node, key });
  }
  const [first, second] = owners as [WriteClient, WriteClient];
  for (const name of ["reader", "writer", "critic"]) {
    const { model } = await registerModel(first, {
      deployment,
      name,
      priceWei: PRICE_WEI,
      nodeShareBps: NODE_SHARE_BPS,
    });
    for (const { node } of nodes) await serveModel(first, { deployment, model, node });
    await serveModel(second, { deployment, model, node: nodes[1]?.node ?? 0n });
  }
  return nodes;
}

/** As `CliNetwork.answer`. */
async function answer(
  { chain, deployment, nodes }: Pick<CliNetwork, "chain" | "deployment" | "nodes">,
  execution: bigint,
  outputs: Readonly<Record<number, string>>,
  rank: number,
): Promise<Hex> {
  const relayer = walletOf(chain, accountOf(REQUESTER));
  const {
    cluster,
    version: number,
    created,
    completions,
    readyAt,
  } = await getExecution(relayer, { deployment, execution });
  const version = await getVersion(relayer, { deployment, cluster, version: number });
  const digests = new Map(completions.map(({ task, outputDigest }) => [task, outputDigest]));
  const items = [];
  for (const [index, output] of Object.entries(outputs)) {
    const task = Number(index);
    digests.set(task, keccak256(stringToHex(output)));
    const signer = await inTurn(relayer, deployment, nodes, { execution, task, rank, readyAt });
    const completion = {
      execution,
      task,
      contextHash: contextHashOf({
        versionDigest: version.digest,
        task,
        inputDigest: created.inputDigest,
        dependencyDigests: (version.tasks[task]?.dependsOn ?? []).map(
          (before) => digests.get(before) ?? zeroHash,
        ),
      }),
      outputDigest: digests.get(task) ?? zeroHash,
      evidenceDigest: zeroHash,
      node: signer.node,
      tip: 0n,
    };
    items.push({
      completion,
      output,
      signature: await signCompletion(signer.key, { deployment, completion }),
    });
  }
  return (await submitCompletions(relayer, { deployment, items })).hash;
}

/** The node that is so many windows after the first in turn. */
async function inTurn(
  client: WriteClient,
  deployment: Deployment,
  nodes: readonly TestNode[],
  { execution, task, rank, readyAt }: { execution: bigint; task: number; rank: number; readyAt: bigint },
): Promise<TestNode> {
  for (const candidate of nodes) {
    const { opensAt } = await getWindow(client, { deployment, execution, task, node: candidate.node });
    if (opensAt - readyAt === BigInt(rank * WINDOW_SECONDS)) return candidate;
  }
  throw new Error(`no node has rank ${rank} for task ${task} of execution ${execution}`);
}

function writeSecret(path: string, text: string): void {
  writeFileSync(path, `${text}\n`);
  chmodSync(path, 0o600);
}
