import { type Account, createWalletClient, custom, type EIP1193Parameters, http } from "viem";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { type LocalChain, POLLING_MS } from "../../fixtures/chain.ts";

/** A request of JSON-RPC as a hook sees it. */
export type HookedRequest = EIP1193Parameters & { readonly params?: readonly unknown[] };

/**
 * A client whose requests a test may answer itself: by what `hook` answers, or, where that is undefined, by the chain.
 * A hook may also do something first, and may throw.
 */
export function hookedClient(
  chain: LocalChain,
  account: Account,
  hook: (request: HookedRequest) => Promise<unknown>,
): WriteClient {
  const { request } = http(chain.rpcUrl)({ retryCount: 0 });
  return createWalletClient({
    account,
    pollingInterval: POLLING_MS,
    transport: custom(
      { request: async (asked) => (await hook(asked as HookedRequest)) ?? request(asked as never) },
      { retryCount: 0 },
    ),
  });
}

/** What an endpoint answers that refuses a request. */
export function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}
