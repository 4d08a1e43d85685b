import type { Hex, TransactionReceipt } from "viem";
import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

/** By URI, by digest and model (the cheapest way), or bare. */
export type RegisterAgentParameters = WriteOptions & { readonly deployment: Deployment } & (
    | {
        /** Where the agent's registration file is (ERC-8004), at most 2,048 bytes. */
        readonly uri: string;
        /** At most 16 pieces: keys of at most 64 bytes, not "agentWallet", values of at most 1,024. @default none */
        readonly metadata?: Readonly<Record<string, Hex>>;
        readonly digest?: undefined;
        readonly model?: undefined;
      }
    | {
        readonly uri?: undefined;
        /** SHA-256 of the agent's registration file. */
        readonly digest: Hex;
        /** The model it is on; 0 for none yet. */
        readonly model: bigint;
      }
    | { readonly uri?: undefined; readonly digest?: undefined; readonly model?: undefined }
  );

export interface RegisterAgentResult extends Sent {
  /** Agents count from 0. */
  readonly agent: bigint;
}

/**
 * Registers an agent for the client's account, which is its wallet as well.
 *
 * @throws ContractError `AGENT_MODEL_UNKNOWN`, `AGENT_URI_TOO_LONG`, `AGENT_METADATA_TOO_MANY`,
 * `AGENT_METADATA_KEY_TOO_LONG`, `AGENT_METADATA_VALUE_TOO_LONG`; PleiadError `AGENT_METADATA_KEY_RESERVED`.
 *
 * @example
 * const { agent } = await registerAgent(client, { deployment, digest: sha256(file), model: 1n });
 */
export async function registerAgent(
  client: WriteClient,
  parameters: RegisterAgentParameters,
): Promise<RegisterAgentResult> {
  const receipt = await register(client, parameters);
  const registry = { address: parameters.deployment.agentRegistry, abi: agentRegistryAbi };
  return {
    ...sentOf(receipt),
    agent: eventOf(receipt, { ...registry, eventName: "Registered" }).args.agentId,
  };
}

function register(client: WriteClient, parameters: RegisterAgentParameters): Promise<TransactionReceipt> {
  const { deployment, timeoutMs } = parameters;
  const call = {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    functionName: "register",
    timeoutMs,
  } as const;
  if (parameters.uri !== undefined) {
    const { uri, metadata } = parameters;
    if (metadata === undefined) return write(client, { ...call, args: [uri] });
    const entries = Object.entries(metadata).map(([metadataKey, metadataValue]) => ({
      metadataKey,
      metadataValue,
    }));
    return write(client, { ...call, args: [uri, entries] });
  }
  if (parameters.digest !== undefined)
    return write(client, { ...call, args: [parameters.digest, parameters.model] });
  return write(client, { ...call, args: [] });
}
