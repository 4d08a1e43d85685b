import { write } from "../api/client.ts";

/** What every wallet offers (EIP-1193), as far as this page wants it. */
export interface Provider {
  request(asked: { readonly method: string; readonly params?: unknown }): Promise<unknown>;
  on(event: string, listener: (...given: never[]) => void): void;
  removeListener(event: string, listener: (...given: never[]) => void): void;
}

/** A wallet says no in this way (EIP-1193). */
const UNSUPPORTED = 4_200;

/** What the chain or a wallet said no to, with the number by which viem finds a revert. */
export class ProviderFailure extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, code: number, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** The account that a daemon lends to its page on a local development chain. Chain and account never change, so there are no events. */
export function localProvider(): Provider {
  return {
    async request({ method, params }) {
      // What asks for a permission has it: the account is the page's.
      if (method.startsWith("wallet_"))
        throw new ProviderFailure(`${method} is for other wallets`, UNSUPPORTED);
      const { result, error } = await write("POST /chain/rpc", {}, { method, params: paramsOf(params) });
      if (error !== undefined) throw new ProviderFailure(error.message, error.code, error.data);
      return result;
    },
    on() {},
    removeListener() {},
  };
}

function paramsOf(params: unknown): readonly unknown[] {
  return Array.isArray(params) ? params : [];
}
