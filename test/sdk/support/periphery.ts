import type { Abi, Address, Hex } from "viem";
import { deployContract, waitForTransactionReceipt } from "viem/actions";
import { nodeBondsBytecode } from "../../../sdk/src/abi/bytecode/nodeBonds.ts";
import { reputationRegistryBytecode } from "../../../sdk/src/abi/bytecode/reputationRegistry.ts";
import { validationRegistryBytecode } from "../../../sdk/src/abi/bytecode/validationRegistry.ts";
import { nodeBondsAbi } from "../../../sdk/src/abi/nodeBonds.ts";
import { reputationRegistryAbi } from "../../../sdk/src/abi/reputationRegistry.ts";
import { validationRegistryAbi } from "../../../sdk/src/abi/validationRegistry.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import type {
  BondsDeployment,
  ReputationDeployment,
  ValidationDeployment,
} from "../../../sdk/src/types/periphery.ts";
import { signedRun, startRun, type TestCluster } from "./cluster.ts";
import type { World } from "./world.ts";

/** A deployment with all of the periphery. */
export type FullDeployment = ReputationDeployment & ValidationDeployment & BondsDeployment;

/** A contract that answers 0 to whatever it is asked: an account has no role for any token. */
const NOBODY_IS_A_DELEGATE: Hex = "0x6460206000f36000526005601bf3";

const deployments = new WeakMap<World, Promise<FullDeployment>>();

/** The world's deployment with the periphery; the first to ask deploys it. */
export function withPeriphery(world: World): Promise<FullDeployment> {
  const known = deployments.get(world) ?? deployPeriphery(world);
  deployments.set(world, known);
  return known;
}

async function deployPeriphery({ deployment, connect }: World): Promise<FullDeployment> {
  const client = await connect();
  const { nodeRegistry, modelRegistry, agentRegistry, clusterRegistry, clusterExecutions } = deployment;
  const permissions = await created(client, [], NOBODY_IS_A_DELEGATE, []);
  return {
    ...deployment,
    reputationRegistry: await created(client, reputationRegistryAbi, reputationRegistryBytecode, [
      agentRegistry,
      modelRegistry,
      nodeRegistry,
      clusterRegistry,
      clusterExecutions,
      permissions,
    ]),
    validationRegistry: await created(client, validationRegistryAbi, validationRegistryBytecode, [
      agentRegistry,
      clusterRegistry,
      clusterExecutions,
    ]),
    nodeBonds: await created(client, nodeBondsAbi, nodeBondsBytecode, [
      nodeRegistry,
      clusterExecutions,
      permissions,
    ]),
  };
}

async function created(
  client: WriteClient,
  abi: Abi,
  bytecode: Hex,
  args: readonly Address[],
): Promise<Address> {
  const { account } = client;
  const hash = await deployContract(client, { abi, bytecode, args, account, chain: null });
  const { contractAddress } = await waitForTransactionReceipt(client, { hash });
  if (!contractAddress) throw new Error("a contract of the periphery was not created");
  return contractAddress;
}

/** A run that succeeded. */
export async function settledRun(
  world: World,
  requester: WriteClient,
  cluster: TestCluster,
): Promise<{ execution: bigint; inputDigest: Hex; outputDigests: Hex[] }> {
  const run = await startRun(world, requester, cluster);
  const items = await signedRun(world, cluster, run);
  await submitCompletions(await world.connect(), { deployment: world.deployment, items });
  return { ...run, outputDigests: items.map(({ completion }) => completion.outputDigest) };
}
