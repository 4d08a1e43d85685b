import {
  type Abi,
  type Address,
  BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  ContractFunctionZeroDataError,
} from "viem";
import { getChainId, getCode, readContract } from "viem/actions";
import { chainError } from "../errors/chainError.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { BlockAt } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

/** A view call of one of a deployment's contracts. */
export interface ReadCall<
  abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, "view" | "pure">,
  args extends ContractFunctionArgs<abi, "view" | "pure", name>,
> {
  readonly deployment: Deployment;
  readonly address: Address;
  readonly abi: abi;
  readonly functionName: name;
  readonly args: args;
  readonly at?: BlockAt | undefined;
}

/**
 * Calls a view, with typed errors: a `ContractError` where the contract reverts, and where the address answers
 * nothing, which of chain and address is wrong.
 */
export async function read<
  const abi extends Abi | readonly unknown[],
  name extends ContractFunctionName<abi, "view" | "pure">,
  const args extends ContractFunctionArgs<abi, "view" | "pure", name>,
>(
  client: ReadClient,
  call: ReadCall<abi, name, args>,
): Promise<ContractFunctionReturnType<abi, "view" | "pure", name, args>> {
  const { address, functionName } = call;
  try {
    const answer = await readContract(client, {
      abi: call.abi as Abi,
      address,
      functionName,
      args: call.args as readonly unknown[],
      ...call.at,
    });
    return answer as ContractFunctionReturnType<abi, "view" | "pure", name, args>;
  } catch (error) {
    if (answeredNothing(error)) await explainNothing(client, call.deployment, address, error);
    throw chainError(error);
  }
}

function answeredNothing(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  return error.walk((cause) => cause instanceof ContractFunctionZeroDataError) !== null;
}

/** Says why an address answered nothing: the wrong chain, no code, or other code. */
async function explainNothing(
  client: ReadClient,
  deployment: Deployment,
  address: Address,
  cause: unknown,
): Promise<never> {
  await requireContract(client, deployment, address);
  const details = { address, chainId: deployment.chainId };
  throw sdkError("CONTRACT_UNEXPECTED", `the contract at ${address} is not the one expected`, {
    details,
    cause,
  });
}

/**
 * Makes sure that the endpoint is on the deployment's chain and that there is code at the address: a call to an
 * address without code succeeds, and would lose what it sends.
 */
export async function requireContract(
  client: ReadClient,
  deployment: Deployment,
  address: Address,
): Promise<void> {
  const [, code] = await Promise.all([
    requireChain(client, deployment),
    rpc(() => getCode(client, { address })),
  ]);
  if (code !== undefined && code !== "0x") return;
  const message = `there is no contract at ${address} on chain ${deployment.chainId}`;
  throw sdkError("CONTRACT_MISSING", message, { details: { address, chainId: deployment.chainId } });
}

/** Makes sure that the endpoint is on the deployment's chain. */
export async function requireChain(client: ReadClient, deployment: Deployment): Promise<void> {
  const chainId = await rpc(() => getChainId(client));
  if (chainId === deployment.chainId) return;
  const message = `the RPC endpoint is on chain ${chainId}, the deployment on chain ${deployment.chainId}`;
  throw sdkError("CHAIN_ID_MISMATCH", message, { details: { chainId, expected: deployment.chainId } });
}

/** Runs a viem call and types its errors. */
export async function rpc<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw chainError(error);
  }
}
