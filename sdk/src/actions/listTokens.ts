import { type Address, encodeEventTopics, isAddressEqual, parseEventLogs } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { sdkError } from "../errors/sdkError.ts";
import { headOf } from "../internal/head.ts";
import { logsOf } from "../internal/logs.ts";
import { read } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

/** What is an ERC-721 token. */
export type TokenKind = "Node" | "Model" | "Cluster" | "Agent";

export interface ListTokensParameters {
  readonly deployment: Deployment;
  readonly kind: TokenKind;
  readonly owner: Address;
}

/** All four are ERC-721: any of their ABIs has what is called here. */
const ERC721_ABI = nodeRegistryAbi;

/** Calls for owners under way at once; public endpoints slow down who asks for more. */
const CALLS_PARALLEL_MAX = 16;

/**
 * The nodes, models, clusters or agents that an account owns, by ascending id. They are found in the log of transfers,
 * and compared with what the registry says of each and of their number.
 *
 * @throws PleiadError `RPC_INCONSISTENT` where the log lacks transfers that storage has.
 *
 * @example
 * const nodes = await listTokens(client, { deployment, kind: "Node", owner });
 */
export async function listTokens(client: ReadClient, parameters: ListTokensParameters): Promise<bigint[]> {
  const { deployment, kind, owner } = parameters;
  const address = registryOf(deployment, kind);
  const head = await headOf(client);
  const registry = { deployment, address, abi: ERC721_ABI, at: { blockNumber: head.number } } as const;
  const count = await read(client, { ...registry, functionName: "balanceOf", args: [owner] });
  if (count === 0n) return [];
  const received = await receivedBy(client, deployment, address, owner, head.number);
  const owned: bigint[] = [];
  for (let start = 0; start < received.length; start += CALLS_PARALLEL_MAX) {
    const some = received.slice(start, start + CALLS_PARALLEL_MAX);
    const owners = await Promise.all(
      some.map((token) => read(client, { ...registry, functionName: "ownerOf", args: [token] })),
    );
    owned.push(...some.filter((_, index) => isAddressEqual(owners[index] ?? "0x", owner)));
  }
  if (BigInt(owned.length) === count) return owned;
  const message = `the log up to block ${head.number} has ${owned.length} of the ${count} tokens of ${owner} at ${address}`;
  throw sdkError("RPC_INCONSISTENT", message, { details: { owner, address, found: owned.length, count } });
}

/** Every token that ever came to the account, once each, by ascending id. */
async function receivedBy(
  client: ReadClient,
  deployment: Deployment,
  address: Address,
  owner: Address,
  toBlock: bigint,
): Promise<bigint[]> {
  const [event = null, , to = null] = encodeEventTopics({
    abi: ERC721_ABI,
    eventName: "Transfer",
    args: { to: owner },
  });
  const range = { fromBlock: deployment.fromBlock, toBlock };
  const logs = await logsOf(client, deployment, { address, topics: [event, null, to] }, range);
  const transfers = parseEventLogs({ abi: ERC721_ABI, eventName: "Transfer", logs });
  return [...new Set(transfers.map(({ args }) => args.tokenId))].sort((a, b) => (a < b ? -1 : 1));
}

function registryOf(deployment: Deployment, kind: TokenKind): Address {
  switch (kind) {
    case "Node":
      return deployment.nodeRegistry;
    case "Model":
      return deployment.modelRegistry;
    case "Cluster":
      return deployment.clusterRegistry;
    case "Agent":
      return deployment.agentRegistry;
    default:
      return kind satisfies never;
  }
}
