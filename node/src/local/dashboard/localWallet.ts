import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, type Hex, numberToHex } from "viem";
import {
  LOCAL_WALLET_ANSWER_BYTES_MAX,
  LOCAL_WALLET_CALLS_PER_SECOND_MAX,
  LOCAL_WALLET_PARALLEL_MAX,
  LOCAL_WALLET_SENDS_PER_MINUTE_MAX,
  LOCAL_WALLET_TIMEOUT_MS,
} from "./limits.ts";
import {
  isLocalWalletMethod,
  LOCAL_WALLET_CALLS,
  type LocalTransaction,
  type LocalWalletMethod,
} from "./localWalletCalls.ts";

/** What the chain answered: a result, or its own error, which says why a call would revert. */
export type LocalWalletAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } };

export interface LocalWallet {
  /** Who signs; undefined where there is none. */
  readonly account: Address | undefined;
  /** @throws PleiadError LOCAL_WALLET_OFF, LOCAL_WALLET_REFUSED, LOCAL_WALLET_INVALID, LOCAL_WALLET_BUSY, LOCAL_WALLET_SILENT */
  request(method: string, params: readonly unknown[]): Promise<LocalWalletAnswer>;
}

export interface LocalWalletModules {
  /** Whether an address is the key or the owner of a node: such an account is nobody's to lend. */
  readonly isNodes: (account: Address) => boolean;
  /** A block that this node has followed, by which its chain is known from every other; undefined before the first. */
  readonly followed: () => { readonly number: bigint; readonly hash: Hex } | undefined;
  /** @default fetch */
  readonly post?: (body: string) => Promise<string>;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/**
 * A wallet for a page on a local development chain, whose accounts are worth nothing and which signs for them itself: this node has no
 * key for it. Of the chain's methods a few are let through, and transactions from one account alone, which is no node's.
 *
 * @param options none where this is no such chain: then everything is refused
 */
export function createLocalWallet(
  options: { readonly rpcUrl: string; readonly chainId: number; readonly account: Address } | undefined,
  modules: LocalWalletModules,
): LocalWallet {
  if (options === undefined) {
    return {
      account: undefined,
      async request() {
        throw walletOff("this node lends no account: that is for the local chain that pleiad up starts");
      },
    };
  }
  const { rpcUrl, chainId, account } = options;
  const { isNodes, followed, nowMs, post = (body) => postTo(rpcUrl, body) } = modules;
  const calls = createRate(LOCAL_WALLET_CALLS_PER_SECOND_MAX, 1_000, nowMs);
  const sends = createRate(LOCAL_WALLET_SENDS_PER_MINUTE_MAX, 60_000, nowMs);
  let inFlight = 0;
  let signs: Promise<void> | undefined;

  async function ask(method: LocalWalletMethod, params: unknown): Promise<LocalWalletAnswer> {
    if (inFlight >= LOCAL_WALLET_PARALLEL_MAX) throw busy("too many questions to the chain at once");
    inFlight++;
    try {
      return answerIn(await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })));
    } finally {
      inFlight--;
    }
  }

  async function resultOf(method: LocalWalletMethod, params: unknown): Promise<unknown> {
    const answer = await ask(method, params);
    return "result" in answer ? answer.result : undefined;
  }

  /**
   * The chain is the one that this node follows: another may have taken its port since, on which the same bytes would do something else.
   * So it is asked before each signature.
   */
  async function requireChain(): Promise<void> {
    const known = followed();
    if (known === undefined) throw busy("this node has not read the chain yet");
    const [id, block] = await Promise.all([
      resultOf("eth_chainId", []),
      resultOf("eth_getBlockByNumber", [numberToHex(known.number), false]),
    ]);
    const { hash } = (block ?? {}) as { readonly hash?: unknown };
    if (Number(id) !== chainId || hash !== known.hash)
      throw walletOff("the chain at the endpoint is another than the one that this node follows");
  }

  /** It signs for the account itself: of one chain that stays so. */
  async function requireAccount(): Promise<void> {
    const accounts = await resultOf("eth_accounts", []);
    const known = Array.isArray(accounts) ? accounts : [];
    if (!known.some((one) => String(one).toLowerCase() === account.toLowerCase()))
      throw walletOff("the chain is no local development chain that signs for this account");
  }

  async function requireSender({ from }: LocalTransaction): Promise<void> {
    if (from.toLowerCase() !== account.toLowerCase())
      throw refused(`transactions are from ${account} alone`, "connect again and send from that account");
    if (isNodes(account)) throw refused("the account is a node's", "name another in chain.pageAccount");
    if (!sends.take()) throw busy("too many transactions within a minute");
    await requireChain();
    signs ??= requireAccount();
    try {
      await signs;
    } catch (error) {
      signs = undefined;
      throw error;
    }
  }

  return {
    account,
    async request(method, params) {
      if (!isLocalWalletMethod(method))
        throw refused(`${method.slice(0, 80)} is not among what a page may ask`, "see docs/openapi.json");
      const given = LOCAL_WALLET_CALLS[method].safeParse(params);
      if (!given.success) {
        throw new PleiadError(`${method}: ${given.error.issues[0]?.message ?? "wrong parameters"}`, {
          code: "LOCAL_WALLET_INVALID",
          hint: "ask as the chain's JSON-RPC wants it, for less at once",
        });
      }
      if (!calls.take()) throw busy("too many questions within a second");
      // The chain has more accounts, which are not the page's.
      if (method === "eth_accounts" || method === "eth_requestAccounts") return { result: [account] };
      if (method === "eth_sendTransaction") await requireSender(given.data[0] as LocalTransaction);
      return ask(method, given.data);
    },
  };
}

/** So many within so long. */
function createRate(countMax: number, everyMs: number, nowMs: () => number) {
  let beganAtMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    take(): boolean {
      const now = nowMs();
      if (now - beganAtMs >= everyMs) {
        beganAtMs = now;
        count = 0;
      }
      if (count >= countMax) return false;
      count++;
      return true;
    },
  };
}

async function postTo(rpcUrl: string, body: string): Promise<string> {
  try {
    const response = await fetch(rpcUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(LOCAL_WALLET_TIMEOUT_MS),
    });
    return await boundedText(response);
  } catch (cause) {
    if (cause instanceof PleiadError) throw cause;
    throw new PleiadError("the local chain does not answer", {
      code: "LOCAL_WALLET_SILENT",
      retryable: true,
      hint: "see whether pleiad up still runs",
      cause,
    });
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > LOCAL_WALLET_ANSWER_BYTES_MAX) {
      throw new PleiadError(`the answer has more than ${LOCAL_WALLET_ANSWER_BYTES_MAX} bytes`, {
        code: "LOCAL_WALLET_INVALID",
        hint: "ask for less at once",
      });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** A chain that answers something else is as good as silent. */
function answerIn(text: string): LocalWalletAnswer {
  const answer = jsonIn(text);
  if (answer?.error !== undefined) {
    const { code, message, data } = answer.error as { code?: unknown; message?: unknown; data?: unknown };
    return {
      error: {
        code: typeof code === "number" ? code : -32_603,
        message: String(message ?? "the chain refused"),
        ...(data === undefined ? {} : { data }),
      },
    };
  }
  if (answer !== undefined && "result" in answer) return { result: answer.result };
  throw new PleiadError("the local chain answers something that is no JSON-RPC", {
    code: "LOCAL_WALLET_SILENT",
    retryable: true,
    hint: "see whether pleiad up still runs",
  });
}

function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function walletOff(message: string): PleiadError {
  return new PleiadError(message, {
    code: "LOCAL_WALLET_OFF",
    hint: "sign with a wallet of your browser's, or with the command line",
  });
}

function refused(message: string, hint: string): PleiadError {
  return new PleiadError(message, { code: "LOCAL_WALLET_REFUSED", hint });
}

function busy(message: string): PleiadError {
  return new PleiadError(message, {
    code: "LOCAL_WALLET_BUSY",
    retryable: true,
    hint: "wait a moment, then try again",
  });
}
