import { encodeFunctionData } from "viem";
import { executionRouterAbi } from "../abi/executionRouter.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface InvalidateRequestNoncesParameters extends WriteOptions {
  readonly deployment: RouterDeployment;
  /** Nonces of requests that the client's account signed. */
  readonly nonces: readonly bigint[];
}

/** The router keeps so many nonces in a word. */
const NONCES_PER_WORD = 256n;

/** Makes signed requests of the client's account worthless that nobody has brought, by their nonces, in one transaction. */
export async function invalidateRequestNonces(
  client: WriteClient,
  parameters: InvalidateRequestNoncesParameters,
): Promise<Sent> {
  const { deployment, nonces, timeoutMs } = parameters;
  const masks = new Map<bigint, bigint>();
  for (const nonce of nonces) {
    const word = nonce / NONCES_PER_WORD;
    masks.set(word, (masks.get(word) ?? 0n) | (1n << (nonce % NONCES_PER_WORD)));
  }
  const calls = [...masks].map((args) =>
    encodeFunctionData({ abi: executionRouterAbi, functionName: "invalidateNonces", args }),
  );
  const receipt = await write(client, {
    deployment,
    address: deployment.executionRouter,
    abi: executionRouterAbi,
    functionName: "multicall",
    args: [calls],
    timeoutMs,
  });
  return sentOf(receipt);
}
