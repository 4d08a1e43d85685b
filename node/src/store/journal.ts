import { randomUUID } from "node:crypto";
import type { Address } from "viem";
import type { Journal } from "../chain/journal.ts";
import { createJobJournal } from "./jobJournal.ts";
import type { Records } from "./records.ts";
import { createSigningJournal } from "./signingJournal.ts";
import type { SigningLedger } from "./signingLedger.ts";
import { createTransactionJournal } from "./transactionJournal.ts";
import type { Watermark } from "./watermark.ts";

/** What a journal is about, and its clock. */
export interface JournalOptions {
  readonly chainId: number;
  /** The `ClusterExecutions` contract. */
  readonly contract: Address;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** The journal over records, and the name of this session, under which leases are taken. */
export function createJournal(
  options: JournalOptions,
  modules: {
    readonly records: Records;
    readonly ledger?: Pick<SigningLedger, "write">;
    readonly watermark?: Pick<Watermark, "barrierOf">;
  },
): { readonly journal: Journal; readonly session: string } {
  const { chainId, contract, now = Date.now } = options;
  const { records } = modules;
  const session = randomUUID();
  const signings = createSigningJournal(modules);
  const jobs = createJobJournal({ chainId, contract, session, now }, { records, signings });
  const transactions = createTransactionJournal({ now }, { records });
  return { journal: { jobs, transactions, signings }, session };
}
