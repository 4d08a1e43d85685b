import { type Hex, parseSignature, serializeCompactSignature, signatureToCompactSignature, size } from "viem";
import { signTypedData } from "viem/actions";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import { COMPLETION_TYPES, type Completion, completionDomain } from "../types/completion.ts";
import type { Deployment } from "../types/deployment.ts";

export interface SignCompletionParameters {
  readonly deployment: Deployment;
  readonly completion: Completion;
}

/** Bytes of a compact signature (EIP-2098) and of an ordinary one. */
const COMPACT_BYTES = 64;
const ORDINARY_BYTES = 65;

/**
 * Signs a completion with the client's account: the node key, or the owner of the model or cluster.
 *
 * @returns A compact signature of 64 bytes (EIP-2098), for `submitCompletions`.
 * @throws PleiadError `SIGNATURE_INVALID` where the signer answers anything but a signature of a key.
 */
export async function signCompletion(
  client: WriteClient,
  parameters: SignCompletionParameters,
): Promise<Hex> {
  const { deployment, completion } = parameters;
  const signature = await rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain: completionDomain(deployment.chainId, deployment.clusterExecutions),
      types: COMPLETION_TYPES,
      primaryType: "Completion",
      message: { ...completion },
    }),
  );
  if (size(signature) === COMPACT_BYTES) return signature;
  if (size(signature) === ORDINARY_BYTES) {
    return serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)));
  }
  const message = `a signature has 64 or 65 bytes, the signer answered ${size(signature)}`;
  throw sdkError("SIGNATURE_INVALID", message, { details: { bytes: size(signature) } });
}
