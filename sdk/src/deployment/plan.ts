import type { Abi, Address, Hex } from "viem";
import { stringToHex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { agentRegistryBytecode } from "../abi/bytecode/agentRegistry.ts";
import { clusterExecutionsBytecode } from "../abi/bytecode/clusterExecutions.ts";
import { clusterRegistryBytecode } from "../abi/bytecode/clusterRegistry.ts";
import { modelRegistryBytecode } from "../abi/bytecode/modelRegistry.ts";
import { nodeRegistryBytecode } from "../abi/bytecode/nodeRegistry.ts";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import type { DeployedName } from "../types/deployment.ts";

/** The salt of every contract of the plan: with it, an address depends on code and constructor arguments alone. */
export const DEPLOYMENT_SALT: Hex = stringToHex("pleiad", { size: 32 });

/** What a constructor takes: the address of a contract that stands earlier in the plan, or a value. */
export type PlanArgument<name extends string = string> =
  | { readonly addressOf: name }
  | Address
  | bigint
  | boolean;

/** One contract to deploy. */
export interface PlanEntry<name extends string = string> {
  /** Its key in a deployment's file. */
  readonly name: name;
  /** Where its source is, as compilers and block explorers name it. */
  readonly source: `${string}.sol:${string}`;
  readonly abi: Abi;
  readonly creationCode: Hex;
  readonly args: readonly PlanArgument<name>[];
}

/**
 * All contracts, in the order in which they are deployed. A contract more is an entry here and its name in
 * `types/deployment`. No constructor may call another contract: all of them are sent before the first is mined.
 */
export const DEPLOYMENT_PLAN: readonly PlanEntry<DeployedName>[] = [
  {
    name: "nodeRegistry",
    source: "contracts/registry/NodeRegistry.sol:NodeRegistry",
    abi: nodeRegistryAbi,
    creationCode: nodeRegistryBytecode,
    args: [],
  },
  {
    name: "modelRegistry",
    source: "contracts/registry/ModelRegistry.sol:ModelRegistry",
    abi: modelRegistryAbi,
    creationCode: modelRegistryBytecode,
    args: [{ addressOf: "nodeRegistry" }],
  },
  {
    name: "agentRegistry",
    source: "contracts/registry/AgentRegistry.sol:AgentRegistry",
    abi: agentRegistryAbi,
    creationCode: agentRegistryBytecode,
    args: [{ addressOf: "modelRegistry" }],
  },
  {
    name: "clusterRegistry",
    source: "contracts/registry/ClusterRegistry.sol:ClusterRegistry",
    abi: clusterRegistryAbi,
    creationCode: clusterRegistryBytecode,
    args: [{ addressOf: "modelRegistry" }, { addressOf: "agentRegistry" }],
  },
  {
    name: "clusterExecutions",
    source: "contracts/execution/ClusterExecutions.sol:ClusterExecutions",
    abi: clusterExecutionsAbi,
    creationCode: clusterExecutionsBytecode,
    args: [{ addressOf: "nodeRegistry" }, { addressOf: "modelRegistry" }, { addressOf: "clusterRegistry" }],
  },
];
