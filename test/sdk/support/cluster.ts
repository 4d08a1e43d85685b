import { keccak256, sha256, stringToHex } from "viem";
import { contextHashOf } from "../../../sdk/src/actions/contextHashOf.ts";
import { createAndPublish } from "../../../sdk/src/actions/createAndPublish.ts";
import { type Callback, execute } from "../../../sdk/src/actions/execute.ts";
import { getVersion } from "../../../sdk/src/actions/getVersion.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { registerNode } from "../../../sdk/src/actions/registerNode.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import type { SignedCompletion } from "../../../sdk/src/actions/submitCompletions.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import type { Completion } from "../../../sdk/src/types/completion.ts";
import type { Version } from "../../../sdk/src/types/version.ts";
import type { ClientKind, World } from "./world.ts";

/** What an answer of the test models costs, and what the cluster's owner takes. */
export const PRICE_WEI = 1_000n;
export const FEE_WEI = 50n;
export const NODE_SHARE_BPS = 8_000;
export const WINDOW_SECONDS = 60;

let slugs = 0;

/** A slug that no other test has. */
export function freshSlug(): string {
  slugs += 1;
  return `test-${slugs}`;
}

/** A node with its owner's and its key's client. */
export interface TestNode {
  readonly node: bigint;
  readonly owner: WriteClient;
  readonly key: WriteClient;
}

/** Registers a node for a fresh account. */
export async function createNode(world: World, kind: ClientKind = "viem"): Promise<TestNode> {
  const { deployment } = world;
  const [owner, key] = [await world.connect(kind), await world.connect(kind)];
  const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
  const { node } = await registerNode(owner, { deployment, key: key.account.address, proof });
  return { node, owner, key };
}

/** A published cluster of three tasks in a row on one model that one node serves; one account owns all of it. */
export interface TestCluster extends TestNode {
  readonly model: bigint;
  readonly agents: readonly bigint[];
  readonly cluster: bigint;
  readonly version: Version;
}

/** Builds such a cluster. */
export async function createTestCluster(world: World, kind: ClientKind = "viem"): Promise<TestCluster> {
  const { deployment } = world;
  const { node, owner, key } = await createNode(world, kind);
  const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS };
  const { model } = await registerModel(owner, { deployment, name: "echo", ...terms });
  await serveModel(owner, { deployment, model, node });
  const agents: bigint[] = [];
  for (const name of ["reader", "writer", "critic"]) {
    const digest = sha256(stringToHex(name));
    agents.push((await registerAgent(owner, { deployment, digest, model })).agent);
  }
  const { cluster } = await createAndPublish(owner, {
    deployment,
    blueprint: blueprintOf(agents),
    feeWei: FEE_WEI,
    windowSeconds: WINDOW_SECONDS,
  });
  const version = await getVersion(owner, { deployment, cluster });
  // A node answers only executions that were created after it joined, by the block's time.
  await world.passSeconds(1);
  return { node, owner, key, model, agents, cluster, version };
}

/** A blueprint of three agents and three tasks in a row. */
export function blueprintOf(agents: readonly bigint[]) {
  const [reader = 0n, writer = 0n, critic = 0n] = agents;
  return {
    slug: freshSlug(),
    name: "Brief",
    description: "Makes a brief of a document.",
    agents: [
      {
        agent: reader,
        name: "reader",
        role: "Reader",
        goal: "Find what matters",
        backstory: "Reads all night",
      },
      { agent: writer, name: "writer" },
      { agent: critic, name: "critic" },
    ],
    tasks: [
      { name: "read", agent: reader, prompt: "Read it.", tool: "library" },
      { name: "write", agent: writer, prompt: "Write it." },
      { name: "check", agent: critic, prompt: "Check it." },
    ],
  };
}

/** Runs a cluster for a requester. */
export async function startRun(
  world: World,
  requester: WriteClient,
  cluster: TestCluster,
  options: {
    readonly input?: string;
    readonly outputsByReference?: boolean;
    readonly durationSeconds?: bigint;
    readonly callback?: Callback;
  } = {},
): Promise<{ execution: bigint; inputDigest: `0x${string}` }> {
  const { input = "a document", ...rest } = options;
  const { deployment } = world;
  const { execution } = await execute(requester, { deployment, cluster: cluster.cluster, input, ...rest });
  return { execution, inputDigest: keccak256(stringToHex(input)) };
}

/** The completions of all tasks of a run, one after the other, signed by the cluster's node. */
export async function signedRun(
  world: World,
  cluster: TestCluster,
  run: { readonly execution: bigint; readonly inputDigest: `0x${string}` },
  outputs: readonly string[] = ["notes", "a brief", "a checked brief"],
): Promise<SignedCompletion[]> {
  const items: SignedCompletion[] = [];
  for (const [task, output] of outputs.entries()) {
    const completion = completionOf(cluster, run, outputs, task);
    const signature = await signCompletion(cluster.key, { deployment: world.deployment, completion });
    items.push({ completion, output, signature });
  }
  return items;
}

/** The completion of one task of a run, as the cluster's node answers it. */
export function completionOf(
  cluster: TestCluster,
  run: { readonly execution: bigint; readonly inputDigest: `0x${string}` },
  outputs: readonly string[],
  task: number,
): Completion {
  const digests = outputs.map((output) => keccak256(stringToHex(output)));
  const dependencies = cluster.version.tasks[task]?.dependsOn ?? [];
  return {
    execution: run.execution,
    task,
    contextHash: contextHashOf({
      versionDigest: cluster.version.digest,
      task,
      inputDigest: run.inputDigest,
      dependencyDigests: dependencies.map((index) => digests[index] ?? "0x"),
    }),
    outputDigest: digests[task] ?? "0x",
    evidenceDigest: keccak256("0x"),
    node: cluster.node,
    tip: 0n,
  };
}
