import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { serveModel } from "@pleiad/sdk/actions/serveModel";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { type Address, parseAbi, sha256, stringToBytes, zeroAddress } from "viem";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { accountOf, deployAll, type LocalChain, testClientOf, walletOf } from "../fixtures/chain.ts";
import { deployArtifact } from "../sdk/support/artifact.ts";

/** Enough that one may be dead, one slow, and one at work. */
export const OPERATOR_COUNT = 3;
/** Tasks of each cluster, after one another, so that answers are built on answers. */
export const TASK_COUNT = 3;
/** Clusters that runs are asked of: in the chain's own currency, in a token, and with tasks on which nodes must agree. */
export const OFFER_NAMES = ["plain", "token", "agreeing"] as const;
export type OfferName = (typeof OFFER_NAMES)[number];

/** By cluster, the model of each task, and of how many nodes its answer must be the same. Two of three: one may fail, and the others go on. */
const OFFERS = {
  plain: { models: ["first", "second", "third"], quorums: [1, 1, 1] },
  token: { models: ["priced", "priced", "priced"], quorums: [1, 1, 1] },
  agreeing: { models: ["agreed", "second", "agreed"], quorums: [2, 1, 2] },
} as const satisfies Record<OfferName, object>;
/** Those whose answers every node gives alike are what nodes can agree on. */
const MODELS = {
  first: "different",
  second: "different",
  third: "different",
  priced: "different",
  agreed: "alike",
} as const;
/** Odd numbers, so that shares do not come out even and a lost wei shows. */
export const PRICE_WEI = 1_000_003n;
export const NODE_SHARE_BPS = 7_001;
export const FEE_WEI = 50_021n;
/** What a run costs, in units of its currency. */
export const QUOTE_WEI = BigInt(TASK_COUNT) * PRICE_WEI + FEE_WEI;
/** Units of the token that each requester has. */
const TOKENS = 10n ** 24n;
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

/** A cluster that runs are asked of. */
export interface SimOffer {
  readonly name: OfferName;
  readonly cluster: bigint;
  readonly version: bigint;
  /** Zero is the chain's own. */
  readonly currency: Address;
  readonly tasks: readonly { readonly model: bigint; readonly quorum: number }[];
}

export interface SimModel {
  readonly name: keyof typeof MODELS;
  readonly model: bigint;
  /** Whether nodes answer alike. */
  readonly answers: "different" | "alike";
}

/** What stands on the chain of a simulation. */
export interface SimRegistry {
  readonly deployment: Deployment;
  /** Node of each operator. */
  readonly nodes: readonly bigint[];
  /** A registered node that serves nothing and means harm. */
  readonly hostileNode: bigint;
  readonly models: readonly SimModel[];
  /** The plain one first. */
  readonly offers: readonly [SimOffer, ...SimOffer[]];
  /** What one of the offers is paid in. */
  readonly token: Address;
}

/** Deploys the contracts and registers three operators, their models and the clusters. */
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
  const token = await deployToken(chain, deployment);
  const models: SimModel[] = [];
  for (const [index, [name, answers]] of Object.entries(MODELS).entries()) {
    const owner = owners[index % OPERATOR_COUNT] as (typeof owners)[number];
    const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS };
    const currency = name === "priced" ? token : zeroAddress;
    const { model } = await registerModel(owner, { deployment, name, ...terms, currency });
    for (const node of nodes) await serveModel(owner, { deployment, model, node });
    for (const [other, wallet] of owners.entries()) {
      if (wallet !== owner) await serveModel(wallet, { deployment, model, node: nodes[other] as bigint });
    }
    models.push({ name: name as SimModel["name"], model, answers });
  }
  const [plain, ...others] = OFFER_NAMES;
  const stands = { deployment, models, token };
  const offers: [SimOffer, ...SimOffer[]] = [await publishOffer(plain, clusterOwner, stands)];
  for (const name of others) offers.push(await publishOffer(name, clusterOwner, stands));
  // Only nodes that joined in an earlier second than the run's may answer it.
  const time = testClientOf(chain);
  await time.increaseTime({ seconds: 1 });
  await time.mine({ blocks: SETTLED_BLOCKS });
  return { deployment, nodes, hostileNode, models, offers, token };
}

async function publishOffer(
  name: OfferName,
  owner: ReturnType<typeof walletOf>,
  { deployment, models, token }: Pick<SimRegistry, "deployment" | "models" | "token">,
): Promise<SimOffer> {
  const { models: names, quorums } = OFFERS[name];
  const tasks: { agent: bigint; model: bigint; quorum: number }[] = [];
  for (const [task, modelName] of names.entries()) {
    const model = models.find((candidate) => candidate.name === modelName)?.model ?? 0n;
    const digest = sha256(stringToBytes(`${name} ${task}`));
    const { agent } = await registerAgent(owner, { deployment, digest, model });
    tasks.push({ agent, model, quorum: quorums[task] ?? 1 });
  }
  const { cluster, version } = await createAndPublish(owner, {
    deployment,
    blueprint: {
      slug: name,
      name,
      description: "",
      agents: tasks.map(({ agent }, index) => ({ agent, name: `agent-${index}` })),
      tasks: tasks.map(({ agent, quorum }, index) => ({
        agent,
        name: `task-${index}`,
        prompt: "Answer.",
        quorum,
      })),
    },
    feeWei: FEE_WEI,
    windowSeconds: WINDOW_SECONDS,
  });
  return { name, cluster, version, currency: name === "token" ? token : zeroAddress, tasks };
}

/** A token of which the requesters have enough, and which the contract may take from them. */
async function deployToken(chain: LocalChain, { clusterExecutions }: Deployment): Promise<Address> {
  const owner = walletOf(chain, ACCOUNTS.clusterOwner);
  const token = await deployArtifact(owner, "contracts/test/Token__MockForExecutions.sol");
  const abi = parseAbi([
    "function setBalance(address holder, uint256 value)",
    "function approve(address spender, uint256 value) returns (bool)",
  ]);
  const contract = { address: token, abi, chain: null } as const;
  for (const account of ACCOUNTS.requesters) {
    const wallet = walletOf(chain, account);
    const funded = {
      ...contract,
      account,
      functionName: "setBalance",
      args: [account.address, TOKENS],
    } as const;
    const allowed = {
      ...contract,
      account,
      functionName: "approve",
      args: [clusterExecutions, TOKENS],
    } as const;
    await waitForTransactionReceipt(wallet, { hash: await writeContract(wallet, funded) });
    await waitForTransactionReceipt(wallet, { hash: await writeContract(wallet, allowed) });
  }
  return token;
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
