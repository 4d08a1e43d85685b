import { agentRegistryAbi } from "@pleiad/sdk/abi/agentRegistry";
import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { nodeRegistryAbi } from "@pleiad/sdk/abi/nodeRegistry";
import { permissionRegistryAbi } from "@pleiad/sdk/abi/permissionRegistry";
import { CONTRACT_NAMES, type ContractName, type Deployment } from "@pleiad/sdk/types/deployment";
import {
  type Abi,
  type AbiEvent,
  type Address,
  BaseError,
  type DecodeEventLogReturnType,
  decodeEventLog,
  getAddress,
  type Hex,
  toEventSelector,
} from "viem";
import { chainFailure } from "./errors.ts";
import { createEventReader, type EventReader } from "./eventReader.ts";
import type { RpcLog } from "./parseLog.ts";

/** ABIs of the contracts that are followed, by their name in a deployment. */
export const CONTRACT_ABIS = {
  permissionRegistry: permissionRegistryAbi,
  nodeRegistry: nodeRegistryAbi,
  modelRegistry: modelRegistryAbi,
  agentRegistry: agentRegistryAbi,
  clusterRegistry: clusterRegistryAbi,
  clusterExecutions: clusterExecutionsAbi,
} as const satisfies Readonly<Record<ContractName, unknown>>;

/** Where an event stands. Together with the block's hash it is the event's key: the same key is the same event. */
export interface EventPlace {
  readonly transactionHash: Hex;
  /** Index in the block. */
  readonly logIndex: number;
}

/** An event of one contract: `eventName` and `args`, as its ABI names them. */
export type EventOf<Name extends ContractName> = DecodeEventLogReturnType<(typeof CONTRACT_ABIS)[Name]>;

/** An event of any of the contracts; `contract` and `eventName` tell which. */
export type ChainEvent = {
  [Name in ContractName]: { readonly contract: Name } & EventOf<Name> & EventPlace;
}[ContractName];

/** Decodes the contracts' logs. */
export interface EventDecoder {
  /** The contracts that are followed. */
  readonly addresses: readonly Address[];
  /**
   * The event that a log of one of `addresses` tells; undefined for an unknown topic: it cannot be about anything we know.
   *
   * @throws PleiadError RPC_INVALID_ANSWER for a log with a known topic that is not as its ABI says.
   */
  event(log: RpcLog): ChainEvent | undefined;
  /** The events that logs tell, in their order. @throws as `event` */
  decode(logs: readonly RpcLog[]): readonly ChainEvent[];
}

/** A decoder for the contracts of a deployment. */
export function createEventDecoder(deployment: Deployment): EventDecoder {
  const names = new Map(CONTRACT_NAMES.map((name) => [getAddress(deployment[name]), name]));

  function event(log: RpcLog): ChainEvent | undefined {
    const contract = names.get(log.address);
    return contract === undefined ? undefined : decodeLog(contract, log);
  }

  return {
    addresses: CONTRACT_NAMES.map((name) => deployment[name]),
    event,
    decode: (logs) => logs.flatMap((log) => event(log) ?? []),
  };
}

/** An event, and what reads it quickly in its usual encoding. */
interface KnownEvent {
  readonly event: AbiEvent;
  readonly read: EventReader | undefined;
}

/** Each contract's events by their topic: viem would hash the names of all of them for each log. */
const EVENTS_BY_TOPIC: Readonly<Record<ContractName, ReadonlyMap<Hex, KnownEvent>>> = mapContracts(
  (abi) =>
    new Map(
      abi.filter(isEvent).map((event) => [toEventSelector(event), { event, read: createEventReader(event) }]),
    ),
);

function decodeLog(contract: ContractName, log: RpcLog): ChainEvent | undefined {
  const { topics, data, transactionHash, logIndex } = log;
  const topic = topics[0];
  const known = topic === undefined ? undefined : EVENTS_BY_TOPIC[contract].get(topic);
  if (topic === undefined || known === undefined) return undefined;
  const args = known.read?.(topics, data);
  // The pair (contract, event) is one of the union's: the ABI was chosen by the contract.
  if (args !== undefined)
    return { contract, eventName: known.event.name, args, transactionHash, logIndex } as ChainEvent;
  try {
    const event = decodeEventLog({
      abi: [known.event],
      data,
      topics: [topic, ...topics.slice(1)],
      strict: true,
    });
    return { contract, ...event, transactionHash, logIndex } as ChainEvent;
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const place = `log ${logIndex} of block ${log.blockNumber} (${log.blockHash})`;
    throw chainFailure("RPC_INVALID_ANSWER", `${place} is no event of ${contract}: ${error.shortMessage}`, {
      details: { contract, blockHash: log.blockHash, blockNumber: log.blockNumber, logIndex },
      cause: error,
    });
  }
}

function mapContracts<T>(map: (abi: Abi) => T): Readonly<Record<ContractName, T>> {
  const mapped = CONTRACT_NAMES.map((name) => [name, map(CONTRACT_ABIS[name] as Abi)] as const);
  return Object.fromEntries(mapped) as Record<ContractName, T>;
}

function isEvent(item: Abi[number]): item is AbiEvent {
  return item.type === "event";
}
