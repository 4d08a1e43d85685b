import type { Abi, Address, Hex } from "viem";
import { stringToHex } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { agentRegistryBytecode } from "../abi/bytecode/agentRegistry.ts";
import { clusterExecutionsBytecode } from "../abi/bytecode/clusterExecutions.ts";
import { clusterLensBytecode } from "../abi/bytecode/clusterLens.ts";
import { clusterRegistryBytecode } from "../abi/bytecode/clusterRegistry.ts";
import { executionRouterBytecode } from "../abi/bytecode/executionRouter.ts";
import { modelRegistryBytecode } from "../abi/bytecode/modelRegistry.ts";
import { nodeBondsBytecode } from "../abi/bytecode/nodeBonds.ts";
import { nodeRegistryBytecode } from "../abi/bytecode/nodeRegistry.ts";
import { permissionRegistryBytecode } from "../abi/bytecode/permissionRegistry.ts";
import { reputationRegistryBytecode } from "../abi/bytecode/reputationRegistry.ts";
import { validationRegistryBytecode } from "../abi/bytecode/validationRegistry.ts";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { clusterLensAbi } from "../abi/clusterLens.ts";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { executionRouterAbi } from "../abi/executionRouter.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { nodeBondsAbi } from "../abi/nodeBonds.ts";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { permissionRegistryAbi } from "../abi/permissionRegistry.ts";
import { reputationRegistryAbi } from "../abi/reputationRegistry.ts";
import { validationRegistryAbi } from "../abi/validationRegistry.ts";
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
    name: "permissionRegistry",
    source: "contracts/registry/PermissionRegistry.sol:PermissionRegistry",
    abi: permissionRegistryAbi,
    creationCode: permissionRegistryBytecode,
    args: [],
  },
  {
    name: "nodeRegistry",
    source: "contracts/registry/NodeRegistry.sol:NodeRegistry",
    abi: nodeRegistryAbi,
    creationCode: nodeRegistryBytecode,
    args: [{ addressOf: "permissionRegistry" }],
  },
  {
    name: "modelRegistry",
    source: "contracts/registry/ModelRegistry.sol:ModelRegistry",
    abi: modelRegistryAbi,
    creationCode: modelRegistryBytecode,
    args: [{ addressOf: "nodeRegistry" }, { addressOf: "permissionRegistry" }],
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
    args: [
      { addressOf: "modelRegistry" },
      { addressOf: "agentRegistry" },
      { addressOf: "permissionRegistry" },
    ],
  },
  {
    name: "executionRouter",
    source: "contracts/periphery/ExecutionRouter.sol:ExecutionRouter",
    abi: executionRouterAbi,
    creationCode: executionRouterBytecode,
    args: [],
  },
  {
    name: "clusterExecutions",
    source: "contracts/execution/ClusterExecutions.sol:ClusterExecutions",
    abi: clusterExecutionsAbi,
    creationCode: clusterExecutionsBytecode,
    args: [
      { addressOf: "nodeRegistry" },
      { addressOf: "modelRegistry" },
      { addressOf: "clusterRegistry" },
      { addressOf: "permissionRegistry" },
      { addressOf: "executionRouter" },
    ],
  },
  {
    name: "clusterLens",
    source: "contracts/periphery/ClusterLens.sol:ClusterLens",
    abi: clusterLensAbi,
    creationCode: clusterLensBytecode,
    args: [{ addressOf: "clusterRegistry" }],
  },
  {
    name: "reputationRegistry",
    source: "contracts/periphery/ReputationRegistry.sol:ReputationRegistry",
    abi: reputationRegistryAbi,
    creationCode: reputationRegistryBytecode,
    args: [
      { addressOf: "agentRegistry" },
      { addressOf: "modelRegistry" },
      { addressOf: "nodeRegistry" },
      { addressOf: "clusterRegistry" },
      { addressOf: "clusterExecutions" },
      { addressOf: "permissionRegistry" },
    ],
  },
  {
    name: "validationRegistry",
    source: "contracts/periphery/ValidationRegistry.sol:ValidationRegistry",
    abi: validationRegistryAbi,
    creationCode: validationRegistryBytecode,
    args: [
      { addressOf: "agentRegistry" },
      { addressOf: "clusterRegistry" },
      { addressOf: "clusterExecutions" },
    ],
  },
  {
    name: "nodeBonds",
    source: "contracts/periphery/NodeBonds.sol:NodeBonds",
    abi: nodeBondsAbi,
    creationCode: nodeBondsBytecode,
    args: [
      { addressOf: "nodeRegistry" },
      { addressOf: "clusterExecutions" },
      { addressOf: "permissionRegistry" },
    ],
  },
];
