import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { type Address, zeroAddress } from "viem";
import type { Clock } from "../chain/clock.ts";
import type { Rpc } from "../chain/rpc.ts";

/** What was read is told again for so long: a scrape costs the endpoints nothing. Milliseconds. */
export const MONEY_AGE_MS_MAX = 15_000;
/** Currencies of one node that are asked about; a node serves models in one or two. */
export const MONEY_CURRENCIES_MAX = 8;

/** What an account has, and what its node has earned and nobody has withdrawn. */
export interface Money {
  readonly account: Address;
  /** Transactions that the account has sent. */
  readonly nonce: number;
  readonly balanceWei: bigint;
  /** By currency; zero is the chain's own, and stands first. In the smallest unit of each. */
  readonly credits: readonly { readonly currency: Address; readonly amount: bigint }[];
}

/** The last that was read, or why nothing could be. */
export type MoneyRead =
  | { readonly money: Money; readonly readAtMs: number }
  | { readonly money: undefined; readonly error: PleiadError };

export interface MoneyWatch {
  read(): Promise<MoneyRead>;
  /** What was last read, however long ago; undefined before that. Asks nobody. */
  last(): Money | undefined;
}

/** Reads money no more often than `MONEY_AGE_MS_MAX`, whoever asks. */
export function createMoneyWatch(
  options: { readonly account: Address; readonly node: bigint; readonly deployment: Deployment },
  modules: {
    readonly rpc: Rpc;
    readonly clock: Clock;
    /** Currencies of the models that the node serves. */
    readonly currencies: () => readonly Address[];
  },
): MoneyWatch {
  const { account, node, deployment } = options;
  const { rpc, clock, currencies } = modules;
  let last: { readonly read: Promise<MoneyRead>; readonly atMs: number } | undefined;
  let known: Money | undefined;

  async function readNow(): Promise<MoneyRead> {
    const wanted = [...new Set([zeroAddress, ...currencies()])].slice(0, MONEY_CURRENCIES_MAX);
    try {
      const [nonce, balanceWei, credits] = await Promise.all([
        rpc.transactionCount(account, "latest"),
        rpc.balanceWei(account),
        Promise.all(
          wanted.map(async (currency) => {
            const credit = { deployment, kind: "Node", id: node, currency } as const;
            return { currency, amount: await getCredit(rpc.client, credit) };
          }),
        ),
      ]);
      known = { account, nonce, balanceWei, credits };
      return { money: known, readAtMs: Date.now() };
    } catch (error) {
      if (error instanceof PleiadError) return { money: undefined, error };
      throw error;
    }
  }

  return {
    read() {
      if (last === undefined || clock.monotonicMs() - last.atMs > MONEY_AGE_MS_MAX)
        last = { read: readNow(), atMs: clock.monotonicMs() };
      return last.read;
    },
    last: () => known,
  };
}
