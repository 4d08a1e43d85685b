import { type Address, type Hex, parseAbi, sha256, stringToHex } from "viem";
import { waitForTransactionReceipt, writeContract } from "viem/actions";
import { createAndPublish } from "../../../sdk/src/actions/createAndPublish.ts";
import { getVersion } from "../../../sdk/src/actions/getVersion.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { deployArtifact } from "./artifact.ts";
import {
  blueprintOf,
  createNode,
  FEE_WEI,
  NODE_SHARE_BPS,
  PRICE_WEI,
  type TestCluster,
  WINDOW_SECONDS,
} from "./cluster.ts";
import type { ClientKind, World } from "./world.ts";

const TOKEN_ABI = parseAbi([
  "function mint(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
]);

/** What a run of the cluster below costs. */
export const TOKEN_QUOTE_WEI = 3n * PRICE_WEI + FEE_WEI;

/** A cluster that is paid in a token with ERC-2612. */
export interface TokenCluster extends TestCluster {
  readonly currency: Address;
}

/** Builds such a cluster: as `createTestCluster`, on a model in a token of its own. */
export async function createTokenCluster(world: World, kind: ClientKind = "viem"): Promise<TokenCluster> {
  const { deployment } = world;
  const { node, owner, key } = await createNode(world, kind);
  const currency = await deployArtifact(owner, "contracts/test/Token__MockForRouter.sol");
  const terms = { priceWei: PRICE_WEI, nodeShareBps: NODE_SHARE_BPS, currency };
  const { model } = await registerModel(owner, { deployment, name: "paid", ...terms });
  await serveModel(owner, { deployment, model, node });
  const agents: bigint[] = [];
  for (const name of ["reader", "writer", "critic"])
    agents.push((await registerAgent(owner, { deployment, digest: sha256(stringToHex(name)), model })).agent);
  const { cluster } = await createAndPublish(owner, {
    ...{ deployment, blueprint: blueprintOf(agents), feeWei: FEE_WEI, windowSeconds: WINDOW_SECONDS },
  });
  const version = await getVersion(owner, { deployment, cluster });
  // A node answers only executions that were created after it joined, by the block's time.
  await world.passSeconds(1);
  return { node, owner, key, model, agents, cluster, version, currency };
}

/** Gives an account so much of the token. */
export function mintToken(client: WriteClient, currency: Address, amountWei: bigint): Promise<void> {
  return sent(client, { address: currency, functionName: "mint", args: [client.account.address, amountWei] });
}

/** Lets somebody take so much of the token from the client's account. */
export function allowToken(
  client: WriteClient,
  currency: Address,
  spender: Address,
  amountWei: bigint,
): Promise<void> {
  return sent(client, { address: currency, functionName: "approve", args: [spender, amountWei] });
}

async function sent(
  client: WriteClient,
  call: { address: Address; functionName: "mint" | "approve"; args: readonly [Address, bigint] },
): Promise<void> {
  const { account } = client;
  const hash: Hex = await writeContract(client, { ...call, abi: TOKEN_ABI, account, chain: null });
  await waitForTransactionReceipt(client, { hash });
}
