import { createPublicClient, custom, type PublicClient } from "viem";
import { hasCode } from "./errors.ts";
import type { Ask } from "./rpcAsk.ts";

/** viem over `ask`. viem finds a revert by its numeric code; everything else it keeps as the cause of its own error. */
export function clientOf(ask: Ask): PublicClient {
  const transport = custom(
    {
      async request({ method, params }: { method: string; params?: readonly unknown[] }) {
        try {
          return await ask(method, params ?? [], (value) => value);
        } catch (error) {
          if (!hasCode(error, "RPC_REVERTED")) throw error;
          throw Object.assign(new Error(error.message, { cause: error }), {
            code: 3,
            data: error.details.data,
          });
        }
      },
    },
    { retryCount: 0 },
  );
  return createPublicClient({ transport });
}
