import { join, resolve } from "node:path";
import { type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import { DEPLOYMENTS } from "@pleiad/sdk/types/deployments";
import { createPublicClient, http, type PublicClient } from "viem";
import { chainCall } from "./chainCall.ts";
import type { ChainOptions } from "./chainOptions.ts";
import { cliError } from "./cliError.ts";
import { type DataFolder, findDataFolder, readDataFolder } from "./dataFolder.ts";
import { readTextFile } from "./inputFile.ts";
import type { Surroundings } from "./surroundings.ts";

/** A deployment has a few hundred bytes. */
const DEPLOYMENT_BYTES_MAX = 65_536;
/** An endpoint that has not answered by then will not. */
export const RPC_TIMEOUT_MS = 10_000;
/** A person watches: chains with quick blocks are asked quickly. */
const POLLING_INTERVAL_MS = 500;

/** The chain and the contracts on it, as a command reads them. */
export interface ChainContext {
  readonly client: PublicClient;
  readonly deployment: Deployment;
  readonly rpcUrl: string;
  /** The data folder, where one was found or named and holds a network. */
  readonly data: DataFolder | undefined;
}

/**
 * Finds chain and contracts: by options, else by the data folder.
 *
 * @throws PleiadError RPC_URL_MISSING, DEPLOYMENT_MISSING, FILE_UNREADABLE, DEPLOYMENT_INVALID, those of
 * `findDataFolder` and `readDataFolder`
 */
export async function openChain(options: ChainOptions, around: Surroundings): Promise<ChainContext> {
  const { rpcUrl, client, data } = openRpc(options, around);
  return { client, rpcUrl, data, deployment: await deploymentOf(options, around, { client, rpcUrl, data }) };
}

/** The chain without contracts. */
export type RpcContext = Omit<ChainContext, "deployment">;

/** Finds the chain alone. @throws PleiadError RPC_URL_MISSING, those of `findDataFolder` and `readDataFolder` */
export function openRpc(options: ChainOptions, around: Surroundings): RpcContext {
  const folder = findDataFolder(options.data, around);
  const data = folder === undefined ? undefined : readDataFolder(folder);
  const rpcUrl = options.rpc ?? data?.rpcUrl;
  if (rpcUrl === undefined) {
    const where = folder === undefined ? "no data folder was found" : `${folder} has no network yet`;
    throw cliError("RPC_URL_MISSING", `no RPC endpoint is named, and ${where}`);
  }
  return { client: clientOf(rpcUrl), rpcUrl, data };
}

/** A client that reads. */
export function clientOf(rpcUrl: string): PublicClient {
  return createPublicClient({
    transport: http(rpcUrl, { timeout: RPC_TIMEOUT_MS, retryCount: 1 }),
    pollingInterval: POLLING_INTERVAL_MS,
  });
}

async function deploymentOf(
  options: ChainOptions,
  around: Surroundings,
  { client, data }: RpcContext,
): Promise<Deployment> {
  if (options.deployment !== undefined) return readDeployment(options.deployment, around.cwd);
  // The data folder's contracts are on its own chain: another endpoint may be of another one.
  if (data !== undefined && (options.rpc === undefined || options.rpc === data.rpcUrl)) {
    return readDeployment(data.deploymentFile, around.cwd);
  }
  const chainId = await chainCall(() => client.getChainId());
  const known = DEPLOYMENTS[chainId];
  if (known !== undefined) return known;
  if (chainId === data?.chainId) return readDeployment(data.deploymentFile, around.cwd);
  throw cliError("DEPLOYMENT_MISSING", `nobody said where the contracts on chain ${chainId} are`, {
    details: { chainId },
  });
}

/** Reads a deployment's file. @throws PleiadError FILE_UNREADABLE, DEPLOYMENT_INVALID */
export async function readDeployment(path: string, cwd: string): Promise<Deployment> {
  return parseDeployment(await readTextFile(resolve(cwd, path), cwd, DEPLOYMENT_BYTES_MAX));
}

/** How a path is shown: from where the command runs, if that is shorter. */
export function shownPath(path: string, cwd: string): string {
  const prefix = join(cwd, "/");
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
