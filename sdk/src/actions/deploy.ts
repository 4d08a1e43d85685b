import { type Abi, type Address, getContractAddress, type Hex, zeroAddress } from "viem";
import { deployContract, getChainId, getTransactionCount } from "viem/actions";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { agentRegistryBytecode } from "../abi/bytecode/agentRegistry.ts";
import { clusterExecutionsBytecode } from "../abi/bytecode/clusterExecutions.ts";
import { clusterRegistryBytecode } from "../abi/bytecode/clusterRegistry.ts";
import { modelRegistryBytecode } from "../abi/bytecode/modelRegistry.ts";
import { nodeRegistryBytecode } from "../abi/bytecode/nodeRegistry.ts";
import { permissionRegistryBytecode } from "../abi/bytecode/permissionRegistry.ts";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import { minedReceipt } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import { CONTRACT_NAMES, type ContractName, type Deployment } from "../types/deployment.ts";
import type { WriteOptions } from "../types/sent.ts";

interface Creation {
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly args: readonly (ContractName | "router")[];
}

/** Each contract with the contracts that its constructor takes. None of them is called there. */
const CREATIONS: Readonly<Record<ContractName, Creation>> = {
  permissionRegistry: { abi: permissionRegistryAbi, bytecode: permissionRegistryBytecode, args: [] },
  nodeRegistry: { abi: nodeRegistryAbi, bytecode: nodeRegistryBytecode, args: ["permissionRegistry"] },
  modelRegistry: {
    abi: modelRegistryAbi,
    bytecode: modelRegistryBytecode,
    args: ["nodeRegistry", "permissionRegistry"],
  },
  agentRegistry: { abi: agentRegistryAbi, bytecode: agentRegistryBytecode, args: ["modelRegistry"] },
  clusterRegistry: {
    abi: clusterRegistryAbi,
    bytecode: clusterRegistryBytecode,
    args: ["modelRegistry", "agentRegistry", "permissionRegistry"],
  },
  clusterExecutions: {
    abi: clusterExecutionsAbi,
    bytecode: clusterExecutionsBytecode,
    args: ["nodeRegistry", "modelRegistry", "clusterRegistry", "permissionRegistry", "router"],
  },
};

export interface DeployOptions extends WriteOptions {
  /** Who may execute in anybody's name, after checking their signature; it may be deployed later. @default nobody */
  readonly router?: Address | undefined;
}

/**
 * Deploys the contracts from the bytecode that comes with the SDK.
 *
 * The addresses follow from the account's nonce, so all are sent at once, in the order of their nonces, and the
 * account must send nothing else meanwhile.
 *
 * @returns Where they are, once all are mined.
 * @throws PleiadError `NONCE_CONFLICT` where another transaction came between; the typed RPC errors.
 */
export async function deploy(client: WriteClient, options: DeployOptions = {}): Promise<Deployment> {
  const { address: from } = client.account;
  const chainId = await rpc(() => getChainId(client));
  const nonce = await rpc(() => getTransactionCount(client, { address: from, blockTag: "pending" }));
  const addresses = predictedAddresses(from, nonce);
  const hashes: Hex[] = [];
  for (const [index, name] of CONTRACT_NAMES.entries()) {
    const { abi, bytecode, args } = CREATIONS[name];
    const request = {
      abi,
      bytecode,
      args: args.map((argument) =>
        argument === "router" ? (options.router ?? zeroAddress) : addresses[argument],
      ),
      nonce: nonce + index,
    };
    hashes.push(
      await rpc(() => deployContract(client, { ...request, account: client.account, chain: null })),
    );
  }
  let fromBlock: bigint | undefined;
  for (const [index, name] of CONTRACT_NAMES.entries()) {
    const hash = hashes[index];
    if (hash === undefined) continue;
    const receipt = await minedReceipt(client, hash, options.timeoutMs);
    checkCreated(name, addresses[name], receipt);
    fromBlock ??= receipt.blockNumber;
  }
  return { chainId, ...addresses, fromBlock: fromBlock ?? 0n };
}

function predictedAddresses(from: Address, nonce: number): Record<ContractName, Address> {
  const at = (name: ContractName): Address =>
    getContractAddress({ from, nonce: BigInt(nonce + CONTRACT_NAMES.indexOf(name)) });
  return {
    permissionRegistry: at("permissionRegistry"),
    nodeRegistry: at("nodeRegistry"),
    modelRegistry: at("modelRegistry"),
    agentRegistry: at("agentRegistry"),
    clusterRegistry: at("clusterRegistry"),
    clusterExecutions: at("clusterExecutions"),
  };
}

interface CreationReceipt {
  readonly transactionHash: Hex;
  readonly status: string;
  readonly contractAddress?: Address | null | undefined;
}

function checkCreated(name: ContractName, address: Address, receipt: CreationReceipt): void {
  const details = { name, hash: receipt.transactionHash };
  if (receipt.status !== "success") {
    throw sdkError("TRANSACTION_REVERTED", `the deployment of ${name} reverted`, { details });
  }
  if (receipt.contractAddress?.toLowerCase() !== address.toLowerCase()) {
    throw sdkError("NONCE_CONFLICT", `${name} came to ${receipt.contractAddress}, not to ${address}`, {
      details,
    });
  }
}
