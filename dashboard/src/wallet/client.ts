import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Address, type Chain, createClient, custom, type Hex } from "viem";
import { type Provider, ProviderFailure } from "./provider.ts";

/** Between two looks for a receipt. Milliseconds. */
const POLL_MS = 400;
/** A wallet says by it that its owner said no (EIP-1193). */
export const SAID_NO = 4_001;

/** What is told of a transaction before it is mined. */
export interface SendEvents {
  /** The wallet is asked to sign it. */
  readonly onAsked?: () => void;
  readonly onSent?: (hash: Hex) => void;
}

/** A transaction as a wallet is asked to sign it. */
export interface AskedTransaction {
  readonly from: Address;
  readonly to: Address;
  readonly data?: Hex;
  readonly value?: Hex;
}

/** A client of the SDK's kind over a wallet: it reads and sends through nothing else. */
export function clientOver(
  provider: Pick<Provider, "request">,
  account: Address,
  chain: Chain,
  { onAsked, onSent }: SendEvents = {},
): WriteClient {
  return createClient({
    account,
    chain,
    pollingInterval: POLL_MS,
    cacheTime: 0,
    transport: custom(
      {
        async request(asked: { readonly method: string; readonly params?: unknown }) {
          if (!isSending(asked.method)) return provider.request(asked);
          onAsked?.();
          const hash = (await provider.request(asked)) as Hex;
          onSent?.(hash);
          return hash;
        },
      },
      { retryCount: 0 },
    ),
  });
}

/**
 * What an action of the SDK would have signed: it is simulated as ever, and stops where the wallet would be asked.
 *
 * @throws what the action throws before
 */
export async function transactionOf(
  provider: Pick<Provider, "request">,
  account: Address,
  chain: Chain,
  act: (client: WriteClient) => Promise<unknown>,
): Promise<AskedTransaction> {
  let found: AskedTransaction | undefined;
  const dry = {
    async request(asked: { readonly method: string; readonly params?: unknown }) {
      if (!isSending(asked.method)) return provider.request(asked);
      found = (asked.params as readonly AskedTransaction[])[0];
      throw new ProviderFailure("this is a rehearsal", SAID_NO);
    },
  };
  try {
    await act(clientOver(dry, account, chain));
  } catch (error) {
    if (found === undefined) throw error;
  }
  if (found === undefined) throw new Error("the action ended without a transaction");
  return found;
}

function isSending(method: string): boolean {
  return method === "eth_sendTransaction" || method === "wallet_sendTransaction";
}
