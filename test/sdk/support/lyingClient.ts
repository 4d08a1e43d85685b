import { createClient, custom, type EIP1193RequestFn, http } from "viem";
import type { ReadClient } from "../../../sdk/src/types/client.ts";
import { POLLING_MS } from "../../fixtures/chain.ts";
import type { World } from "./world.ts";

/** A client whose endpoint lies: `lie` sees each answer and may answer another. */
export function lyingClient(world: World, lie: (method: string, answer: unknown) => unknown): ReadClient {
  const honest = http(world.chain.rpcUrl)({}).request as EIP1193RequestFn;
  const request = async ({ method, params }: { method: string; params?: unknown }) =>
    lie(method, await honest({ method, params } as never));
  return createClient({ transport: custom({ request }), pollingInterval: POLLING_MS });
}
