import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { PleiadError } from "@pleiad/sdk/errors";
import type { CreditOf } from "@pleiad/sdk/types/credit";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { CREDIT_KINDS } from "@pleiad/sdk/types/states";
import { type Address, encodeFunctionData, getAddress, type Hex, isAddressEqual } from "viem";
import type { TransactionJournal } from "../../chain/journal.ts";
import { mapParallel } from "../../chain/parallel.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { SubmissionResult, Submitter } from "../../chain/submitterTypes.ts";
import { isUnderWay } from "../underWay.ts";
import { creditCurrencies } from "./creditCurrencies.ts";
import { emptyCredit, foreignCredit, notDaemons, starting, underWay } from "./creditRefusals.ts";
import type { HeadCache } from "./headCache.ts";
import {
  CHAIN_READS_AT_ONCE_MAX,
  CREDIT_HOLDERS_MAX,
  WITHDRAWAL_WAIT_MS,
  WITHDRAWALS_KEPT_MAX,
} from "./limits.ts";
import type { Credits, CreditsQuery, Withdrawal, WithdrawBody } from "./viewSchemas.ts";

/** What of a daemon at work sends transactions. */
export interface CreditWork {
  readonly node: bigint;
  readonly submitter: Pick<Submitter, "submit" | "status">;
  readonly journal: Pick<TransactionJournal, "live">;
}

interface Holder {
  readonly credit: CreditOf;
  readonly owner: Address;
  readonly name: string;
}

/**
 * Credits of the daemon's account and of the node's owner, and withdrawing what the daemon's own account may. A withdrawal goes
 * through the submitter as everything that the daemon sends: simulated, journaled, counted. It pays its owner, whoever asks.
 */
export function createCreditDesk(
  options: { readonly deployment: Deployment },
  modules: {
    readonly projection: ProjectionReader;
    readonly rpc: Pick<Rpc, "client" | "call">;
    readonly cache: HeadCache;
    /** Undefined while the daemon starts. */
    readonly work: () => CreditWork | undefined;
    /** Unix milliseconds. */
    readonly now: () => number;
  },
) {
  const { deployment } = options;
  const { projection, rpc, cache, work, now } = modules;
  const listeners = new Set<() => void>();
  /** Credits whose withdrawal is being sent by this life of the daemon: who clicks twice sends once. */
  const pending = new Set<string>();
  let withdrawals: readonly Withdrawal[] = [];
  let lastId = 0;

  function record(withdrawal: Withdrawal): void {
    const others = withdrawals.filter(({ id }) => id !== withdrawal.id);
    withdrawals = [withdrawal, ...others].sort((a, b) => b.id - a.id).slice(0, WITHDRAWALS_KEPT_MAX);
    cache.clear();
    for (const listener of listeners) listener();
  }

  function owners(): readonly Address[] {
    const at = work();
    const account = at?.submitter.status().account;
    const owner = at === undefined ? undefined : projection.node(at.node)?.owner;
    const all = [account, owner].flatMap((one) => (one === undefined ? [] : [getAddress(one)]));
    return [...new Set(all)];
  }

  function holders(of: readonly Address[]): readonly Holder[] {
    const isTheirs = ({ owner }: { readonly owner: Address }) => of.some((one) => isAddressEqual(one, owner));
    return [
      ...of.map((account) => ({ credit: { kind: "Account", account } as const, owner: account, name: "" })),
      ...projection
        .nodes()
        .filter(isTheirs)
        .map(({ node, owner }) => ({ credit: { kind: "Node", id: node } as const, owner, name: "" })),
      ...projection
        .models()
        .filter(isTheirs)
        .map(({ model, owner, name }) => ({ credit: { kind: "Model", id: model } as const, owner, name })),
      ...projection
        .clusters()
        .filter(isTheirs)
        .map(({ cluster, owner, name }) => ({
          credit: { kind: "Cluster", id: cluster } as const,
          owner,
          name,
        })),
    ];
  }

  const amountOf = (credit: CreditOf, currency: Address): Promise<bigint> =>
    cache.get(`credit ${keyOf(credit)} ${currency}`, () =>
      getCredit(rpc.client, { deployment, ...credit, currency }),
    );

  function callOf(
    credit: CreditOf,
    currency: Address,
    to: Address,
  ): { readonly to: Address; readonly data: Hex } {
    const id = credit.kind === "Account" ? BigInt(credit.account) : credit.id;
    const args = [CREDIT_KINDS.indexOf(credit.kind), id, currency, to] as const;
    const data = encodeFunctionData({ abi: clusterExecutionsAbi, functionName: "withdraw", args });
    return { to: deployment.clusterExecutions, data };
  }

  /** Whether the chain would let the daemon's account withdraw it: the contract alone knows who may. */
  async function mayWithdraw({ credit, owner }: Holder, currency: Address): Promise<boolean> {
    const account = work()?.submitter.status().account;
    if (account === undefined) return false;
    const call = callOf(credit, currency, owner);
    return cache.get(`may ${keyOf(credit)} ${currency}`, async () => {
      try {
        await rpc.call({ from: account, ...call }, "latest");
        return true;
      } catch (error) {
        if (error instanceof PleiadError && error.code === "RPC_REVERTED") return false;
        throw error;
      }
    });
  }

  async function read(of: readonly Address[]): Promise<Pick<Credits, "credits" | "leftOut">> {
    const own = owners();
    const all = holders(of);
    const asked = all.slice(0, CREDIT_HOLDERS_MAX);
    const among = creditCurrencies(
      projection,
      asked.map(({ credit }) => credit),
    );
    const pairs = asked.flatMap((holder) => among.map((currency) => ({ holder, currency })));
    const rows = await mapParallel(pairs, CHAIN_READS_AT_ONCE_MAX, async ({ holder, currency }) => {
      const amount = await amountOf(holder.credit, currency);
      const { credit, owner, name } = holder;
      return {
        kind: credit.kind,
        id: credit.kind === "Account" ? null : String(credit.id),
        account: credit.kind === "Account" ? credit.account : null,
        name,
        owner,
        currency,
        amountWei: String(amount),
        // What belongs to others this daemon pays to nobody, also where the chain would let it.
        isDaemons:
          amount > 0n &&
          own.some((one) => isAddressEqual(one, owner)) &&
          (await mayWithdraw(holder, currency)),
      };
    });
    return { credits: rows.filter(({ amountWei }) => amountWei !== "0"), leftOut: all.length - asked.length };
  }

  function holderOf({ kind, id, account }: WithdrawBody): Holder {
    const found = holders(owners()).find(({ credit }) =>
      credit.kind === "Account"
        ? kind === "Account" && account !== null && isAddressEqual(credit.account, account as Address)
        : kind === credit.kind && id === String(credit.id),
    );
    if (found !== undefined) return found;
    throw foreignCredit();
  }

  async function send(at: CreditWork, holder: Holder, currency: Address): Promise<Withdrawal> {
    const { credit, owner } = holder;
    const call = callOf(credit, currency, owner);
    if (await isUnderWay(call, at)) throw underWay();
    const amount = await getCredit(rpc.client, { deployment, ...credit, currency });
    if (amount === 0n) throw emptyCredit();
    if (!(await mayWithdraw(holder, currency))) throw notDaemons(credit);
    lastId += 1;
    const sent: Withdrawal = {
      id: lastId,
      kind: credit.kind,
      of: credit.kind === "Account" ? null : String(credit.id),
      currency,
      amountWei: String(amount),
      to: owner,
      state: "sending",
      transactionHash: null,
      reason: null,
      atMs: now(),
    };
    record(sent);
    try {
      const result = await at.submitter.submit({ ...call, purpose: "withdraw", until: "mined" });
      const done = { ...sent, ...endOf(result) };
      record(done);
      return done;
    } catch (error) {
      record({
        ...sent,
        state: "failed",
        reason: error instanceof Error ? error.message : "it was not sent",
      });
      throw error;
    }
  }

  /** What a page is told that waited long enough: it is on its way. */
  async function later(key: string): Promise<Withdrawal> {
    await new Promise((resolve) => setTimeout(resolve, WITHDRAWAL_WAIT_MS).unref());
    const found = withdrawals.find((one) => `${one.kind} ${one.of ?? one.to} ${one.currency}` === key);
    if (found === undefined) throw underWay();
    return found;
  }

  return {
    /** @param query.of whose, in place of the daemon's own */
    async list({ of }: CreditsQuery = {}): Promise<Credits> {
      const at = work();
      const head = projection.head();
      const whose = of === undefined ? [...owners()] : [getAddress(of.toLowerCase())];
      const base = {
        account: at?.submitter.status().account ?? null,
        owners: whose,
        block: head === undefined ? null : String(head.number),
        withdrawals: [...withdrawals],
      };
      try {
        return { ...base, ...(await read(whose)), error: null };
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        return { ...base, credits: [], leftOut: 0, error: error.message };
      }
    },
    /**
     * Pays a credit to its owner. Answers when it is mined, or while it is still on its way.
     *
     * @throws PleiadError CREDIT_NOT_YOURS, CREDIT_EMPTY; SUBMISSION_NOT_YET where the same is on its way; what `submit` throws
     */
    async withdraw(body: WithdrawBody): Promise<Withdrawal> {
      const at = work();
      if (at === undefined) throw starting();
      const holder = holderOf(body);
      const { credit } = holder;
      const currency = getAddress(body.currency);
      const key = `${keyOf(credit)} ${currency}`;
      if (pending.has(key)) throw underWay();
      pending.add(key);
      const told = send(at, holder, currency).finally(() => pending.delete(key));
      // Where nobody waits for it any more, the list tells of its end.
      told.catch(() => {});
      return Promise.race([told, later(key)]);
    },
    /** Hears that a withdrawal was asked for or ended; the answer ends it. */
    onChange(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export type CreditDesk = ReturnType<typeof createCreditDesk>;

function keyOf(credit: CreditOf): string {
  return `${credit.kind} ${credit.kind === "Account" ? credit.account : credit.id}`;
}

function endOf(result: SubmissionResult): Pick<Withdrawal, "state" | "transactionHash" | "reason"> {
  if (result.outcome === "moot" || result.outcome === "givenUp")
    return { state: "failed", transactionHash: null, reason: result.reason.message };
  const { transactionHash } = result.inclusion;
  if (result.outcome === "accepted") return { state: "paid", transactionHash, reason: null };
  return { state: "failed", transactionHash, reason: "it reverted: somebody else was faster" };
}
