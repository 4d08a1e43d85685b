import type { Address, Hex } from "viem";
import { signTypedData } from "viem/actions";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { read, rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { NODE_KEY_PROOF_TYPES, nodeKeyProofDomain } from "../types/nodeKeyProof.ts";

export interface SignNodeKeyProofParameters {
  readonly deployment: Deployment;
  /** The account that will send `registerNode` or `rotateNodeKey`. */
  readonly owner: Address;
  /** How many proofs the key has given before. @default read from the registry */
  readonly nonce?: bigint | undefined;
}

/**
 * Signs, with a node key, the proof by which it asks to belong to a node of `owner`. It works once, for this owner,
 * on this chain.
 *
 * @param client A client whose account is the **node key**.
 * @returns The signature, for `registerNode` or `rotateNodeKey`.
 *
 * @example
 * const proof = await signNodeKeyProof(keyClient, { deployment, owner: operator.account.address });
 * const { node } = await registerNode(operator, { deployment, key: keyClient.account.address, proof });
 */
export async function signNodeKeyProof(
  client: WriteClient,
  parameters: SignNodeKeyProofParameters,
): Promise<Hex> {
  const { deployment, owner } = parameters;
  const nonce =
    parameters.nonce ??
    (await read(client, {
      deployment,
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "keyProofNonce",
      args: [client.account.address],
    }));
  return rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: nodeKeyProofDomain(deployment.chainId, deployment.nodeRegistry),
      types: NODE_KEY_PROOF_TYPES,
      primaryType: "NodeKeyProof",
      message: { owner, nonce },
    }),
  );
}
