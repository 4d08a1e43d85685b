import { type Address, type Hex, zeroHash } from "viem";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RegisterNodeParameters extends WriteOptions {
  readonly deployment: Deployment;
  /** Address of the node key. It must never have been a node's key before. */
  readonly key: Address;
  /** What `signNodeKeyProof` made for the client's account. */
  readonly proof: Hex;
  /** SHA-256 of the node's metadata file. @default none */
  readonly metadataDigest?: Hex | undefined;
  /** Where that file may be had, at most 256 bytes. @default "" */
  readonly metadataURI?: string | undefined;
}

export interface RegisterNodeResult extends Sent {
  /** Nodes count from 1. */
  readonly node: bigint;
}

/**
 * Registers a node for the client's account.
 *
 * @throws ContractError `NODE_KEY_TAKEN`, `NODE_KEY_PROOF_INVALID`, `NODE_METADATA_TOO_LONG`.
 */
export async function registerNode(
  client: WriteClient,
  parameters: RegisterNodeParameters,
): Promise<RegisterNodeResult> {
  const { deployment, key, proof, metadataDigest = zeroHash, metadataURI = "", timeoutMs } = parameters;
  const registry = { address: deployment.nodeRegistry, abi: nodeRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "register",
    args: [key, proof, metadataDigest, metadataURI],
    timeoutMs,
  });
  return {
    ...sentOf(receipt),
    node: eventOf(receipt, { ...registry, eventName: "NodeRegistered" }).args.node,
  };
}
