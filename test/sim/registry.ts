import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { sha256, stringToBytes } from "viem";
import { accountOf, deployAll, type LocalChain, testClientOf, walletOf } from "../fixtures/chain.ts";

/** Enough that one may be dead, one slow, and one at work. */
export const OPERATOR_COUNT = 3;
/** A task each, after one another, so that answers are built on answers. */
const MODEL_NAMES = ["first", "second", "third"] as const;
/** Odd numbers, so that shares do not come out even and a lost wei shows. */
export const PRICE_WEI = 1_000_003n;
export const NODE_SHARE_BPS = 7_001;
export const FEE_WEI = 50_021n;
/** At least three block times, by the contracts. */
const WINDOW_SECONDS = 3;
/** Blocks on the last registration: no reorganisation of a simulation may reach it. */
const SETTLED_BLOCKS = 16;

/** Accounts of the chain, by what they do. Beyond the tenth they have no money, and need none. */
export const ACCOUNTS = {
  operator: (index: number) => accountOf(index),
  nodeKey: (index: number) => accountOf(OPERATOR_COUNT + index),
  requesters: [accountOf(6), accountOf(7)],
  clusterOwner: accountOf(8),
  hostileKey: accountOf(10),
} as const;

/** What stands on the chain of a simulation. */
export interface SimRegistry {
  readonly deployment: Deployment;
  /** Node of each operator. */
  readonly nodes: readonly bigint[];
  /** A registered node that serves nothing and means harm. */
  readonly hostileNode: bigint;
  readonly models: readonly { readonly name: string; readonly model: bigint }[];
  readonly cluster: bigint;
  readonly version: bigint;
}

/** Deploys the contracts and registers three operators, their models and a cluster of three tasks. */
export async function registerAll(chain: LocalChain): Promise<SimRegistry> {
  const deployment = await deployAll(chain);
  const owners = Array.from({ length: OPERATOR_COUNT }, (_, index) =>
    walletOf(chain, ACCOUNTS.operator(index)),
  );
  const clusterOwner = walletOf(chain, ACCOUNTS.clusterOwner);
  const nodes: bigint[] = [];
  for (const [index, owner] of owners.entries()) {
    nodes.push(await registerKey(chain, deployment, owner, ACCOUNTS.nodeKey(index)));
  }
  const hostileNode = await registerKey(chain, deployment, clusterOwner, ACCOUNTS.hostileKey);
  const models: { name: string; model: bigint }[] = [];
  for (const [index, name] of MODEL_NAMES.entries()) {
    const owner = owners[index % OPERATOR_COUNT] as (typeof owners)[number];
    const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS };
    const { model } = await registerModel(owner, { deployment, name, ...terms });
    for (const node of nodes) await serveModel(owner, { deployment, model, node });
    for (const [other, wallet] of owners.entries()) {
      if (wallet !== owner) await serveModel(wallet, { deployment, model, node: nodes[other] as bigint });
    }
    models.push({ name, model });
  }
  const agents: bigint[] = [];
  for (const { name, model } of models) {
    const digest = sha256(stringToBytes(name));
    agents.push((await registerAgent(clusterOwner, { deployment, digest, model })).agent);
  }
  const { cluster, version } = await createAndPublish(clusterOwner, {
    deployment,
    blueprint: {
      slug: "simulated",
      name: "Simulated",
      description: "",
      agents: agents.map((agent, index) => ({ agent, name: `agent-${index}` })),
      tasks: agents.map((agent, index) => ({ agent, name: `task-${index}`, prompt: "Answer." })),
    },
    feeWei: FEE_WEI,
    windowSeconds: WINDOW_SECONDS,
  });
  // Only nodes that joined in an earlier second than the run's may answer it.
  const time = testClientOf(chain);
  await time.increaseTime({ seconds: 1 });
  await time.mine({ blocks: SETTLED_BLOCKS });
  return { deployment, nodes, hostileNode, models, cluster, version };
}

async function registerKey(
  chain: LocalChain,
  deployment: Deployment,
  owner: ReturnType<typeof walletOf>,
  key: ReturnType<typeof accountOf>,
): Promise<bigint> {
  const proof = await signNodeKeyProof(walletOf(chain, key), { deployment, owner: owner.account.address });
  return (await registerNode(owner, { deployment, key: key.address, proof })).node;
}
