import type { Page } from "playwright-core";
import type { Account } from "viem";
import { sendTransaction } from "viem/actions";
import { type LocalChain, walletOf } from "../../fixtures/chain.ts";

/** A wallet of the browser's as the page meets one: it announces itself (EIP-6963), asks its own endpoint and signs with a key of its own. */
export interface TestWallet {
  /** What it was asked, method by method. */
  readonly asked: string[];
  /** Whose key it signs with; it is asked anew by whoever connects. */
  account: Account;
  /** The chain that it says it is on. */
  chainId: number;
  /** Transactions that its owner says yes to before the next no. @default all */
  yesesLeft: number;
  /** Whether its owner says no to whatever wants a signature. */
  saysNo: boolean;
  install(page: Page): Promise<void>;
}

const SAID_NO = { code: 4_001, message: "User rejected the request." };

export function testWallet(chain: LocalChain, account: Account, name: string): TestWallet {
  const wallet: TestWallet = {
    asked: [],
    account,
    chainId: chain.chainId,
    saysNo: false,
    yesesLeft: Number.POSITIVE_INFINITY,
    async install(page) {
      await page.exposeFunction("testWalletRequest", answer);
      await page.addInitScript(
        (info) => {
          const listeners = new Map<string, Set<(given: unknown) => void>>();
          const provider = {
            async request(asked: { method: string; params?: unknown }) {
              const ask = (
                globalThis as unknown as {
                  testWalletRequest(asked: unknown): Promise<{ error?: object; result?: unknown }>;
                }
              ).testWalletRequest;
              const { error, result } = await ask({ method: asked.method, params: asked.params ?? [] });
              if (error !== undefined) throw Object.assign(new Error("the test's wallet"), error);
              if (asked.method === "wallet_switchEthereumChain") {
                const [{ chainId } = { chainId: "" }] = asked.params as { chainId: string }[];
                for (const listener of listeners.get("chainChanged") ?? []) listener(chainId);
              }
              return result;
            },
            on(event: string, listener: (given: unknown) => void) {
              listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
            },
            removeListener(event: string, listener: (given: unknown) => void) {
              listeners.get(event)?.delete(listener);
            },
          };
          const detail = Object.freeze({
            info: {
              uuid: "0c1e6a0e-8f0c-4c55-9f1b-1f5f6d1b0a01",
              name: info.name,
              icon: "data:,",
              rdns: "test.wallet",
            },
            provider,
          });
          const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
          addEventListener("eip6963:requestProvider", announce);
          announce();
        },
        { name },
      );
    },
  };

  async function answer({ method, params }: { method: string; params: readonly unknown[] }) {
    wallet.asked.push(method);
    if (method === "eth_accounts" || method === "eth_requestAccounts")
      return { result: [wallet.account.address] };
    if (method === "eth_chainId") return { result: `0x${wallet.chainId.toString(16)}` };
    if (wallet.saysNo && /^(wallet_|eth_send)/.test(method)) return { error: SAID_NO };
    if (method === "wallet_switchEthereumChain") {
      wallet.chainId = Number((params[0] as { readonly chainId: string }).chainId);
      return { result: null };
    }
    if (method.startsWith("wallet_")) return { error: { code: 4_200, message: "not supported" } };
    if (method === "eth_sendTransaction") {
      if (wallet.yesesLeft-- <= 0) return { error: SAID_NO };
      const { to, data, value } = params[0] as { to: `0x${string}`; data: `0x${string}`; value?: string };
      return {
        result: await sendTransaction(walletOf(chain, wallet.account), {
          chain: null,
          to,
          data,
          value: BigInt(value ?? 0),
        }),
      };
    }
    const response = await fetch(chain.rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await response.json()) as { error?: object; result?: unknown };
  }
  return wallet;
}
