import type { Provider } from "ethers";
import { createClient } from "viem";
import type { ReadClient } from "../types/client.ts";
import { senderOf, transportOf } from "./transport.ts";

/** ethers' own default, for a provider that does not say. */
const POLLING_MS_DEFAULT = 4_000;

/**
 * A client for every action that reads, from an ethers provider.
 *
 * @param provider One that sends JSON-RPC requests: `JsonRpcProvider`, `BrowserProvider`, `WebSocketProvider`.
 * @throws PleiadError `SIGNER_UNSUPPORTED` for any other.
 *
 * @example
 * const client = fromEthersProvider(new JsonRpcProvider(url));
 * const cluster = await getCluster(client, { deployment, slug: "briefs" });
 */
export function fromEthersProvider(provider: Provider): ReadClient {
  return createClient({ transport: transportOf(senderOf(provider)), pollingInterval: pollingMsOf(provider) });
}

/** How often the provider looks for news itself. */
export function pollingMsOf(provider: Provider | null): number {
  const { pollingInterval } = (provider ?? {}) as { readonly pollingInterval?: unknown };
  return typeof pollingInterval === "number" ? pollingInterval : POLLING_MS_DEFAULT;
}
