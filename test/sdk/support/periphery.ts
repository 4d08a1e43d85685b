import type { Hex } from "viem";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { type Deployment, PERIPHERY_NAMES, type PeripheryName } from "../../../sdk/src/types/deployment.ts";
import type { DeploymentWith } from "../../../sdk/src/types/periphery.ts";
import { signedRun, startRun, type TestCluster } from "./cluster.ts";
import type { World } from "./world.ts";

/** A deployment with all of the periphery. */
export type FullDeployment = DeploymentWith<PeripheryName>;

/** The world's deployment, of which it is made sure that it has all of the periphery. */
export async function withPeriphery({ deployment }: World): Promise<FullDeployment> {
  if (isFull(deployment)) return deployment;
  throw new Error("the world is deployed without its periphery");
}

function isFull(deployment: Deployment): deployment is FullDeployment {
  return PERIPHERY_NAMES.every((name) => deployment[name] !== undefined);
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
