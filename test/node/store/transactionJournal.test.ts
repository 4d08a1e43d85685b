import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import {
  type Journal,
  REPLACEMENT_FEE_PERCENT_MIN,
  SPENT_HOURS_KEPT,
  TRANSACTION_ATTEMPTS_MAX,
  TRANSACTION_RAW_CHARS_MAX,
  type TransactionKey,
  type TransactionRecord,
  type TransactionState,
} from "../../../node/src/chain/journal.ts";
import { BACKENDS } from "./backends.ts";
import { ACCOUNT, attempt, digest, failure, minedAs, signed } from "./helpers.ts";

const KEY: TransactionKey = { account: ACCOUNT, nonce: 5 };
const FIRST = attempt("first", 100n);
const RAISED = attempt("raised", 115n);
const CANCEL = { ...attempt("cancel", 200n), purpose: "cancel" as const, completions: [] };
const REASON = { code: "REASON", message: "a reason" };

type Reach = "intended" | "sent" | "mined" | "final" | "replaced" | "givenUp" | "cancelMined";

const REACH: Readonly<Record<Reach, (journal: Journal) => Promise<TransactionRecord>>> = {
  intended: ({ transactions }) => transactions.recordIntended(KEY, FIRST),
  sent: async (journal) => {
    await REACH.intended(journal);
    return journal.transactions.recordSent(KEY, FIRST.hash);
  },
  mined: async (journal) => {
    await REACH.sent(journal);
    return journal.transactions.recordMined(KEY, minedAs(FIRST.hash));
  },
  final: async (journal) => {
    await REACH.mined(journal);
    return journal.transactions.recordFinal(KEY);
  },
  replaced: async (journal) => {
    await REACH.sent(journal);
    return journal.transactions.recordReplaced(KEY, REASON);
  },
  givenUp: async (journal) => {
    await REACH.sent(journal);
    return journal.transactions.recordCancelled(KEY, REASON);
  },
  cancelMined: async (journal) => {
    await REACH.sent(journal);
    await journal.transactions.recordAttempt(KEY, CANCEL);
    await journal.transactions.recordMined(KEY, minedAs(CANCEL.hash));
    return journal.transactions.recordFinal(KEY);
  },
};

const CALLS: Readonly<Record<string, (journal: Journal) => Promise<TransactionRecord>>> = {
  recordIntended: ({ transactions }) => transactions.recordIntended(KEY, RAISED),
  recordAttempt: ({ transactions }) => transactions.recordAttempt(KEY, RAISED),
  recordSent: ({ transactions }) => transactions.recordSent(KEY, FIRST.hash),
  recordMined: ({ transactions }) => transactions.recordMined(KEY, minedAs(FIRST.hash)),
  recordUnmined: ({ transactions }) => transactions.recordUnmined(KEY),
  recordFinal: ({ transactions }) => transactions.recordFinal(KEY),
  recordReplaced: ({ transactions }) => transactions.recordReplaced(KEY, REASON),
  recordCancelled: ({ transactions }) => transactions.recordCancelled(KEY, REASON),
};

const NO = "TRANSACTION_TRANSITION";
const TAKEN = "TRANSACTION_NONCE_TAKEN";
const STATES: readonly string[] = ["intended", "sent", "mined", "final", "replaced", "cancelled"];

/** The table of `chain/journal.ts`: the state after each call, or the error's code. */
const TABLE: Readonly<Record<Reach, Readonly<Record<string, TransactionState | string>>>> = {
  intended: {
    recordIntended: TAKEN,
    recordAttempt: "intended",
    recordSent: "sent",
    recordMined: "mined",
    recordUnmined: NO,
    recordFinal: NO,
    recordReplaced: "replaced",
    recordCancelled: "cancelled",
  },
  sent: {
    recordIntended: TAKEN,
    recordAttempt: "intended",
    recordSent: "sent",
    recordMined: "mined",
    recordUnmined: "sent",
    recordFinal: NO,
    recordReplaced: "replaced",
    recordCancelled: "cancelled",
  },
  mined: {
    recordIntended: TAKEN,
    recordAttempt: NO,
    recordSent: NO,
    recordMined: "mined",
    recordUnmined: "sent",
    recordFinal: "final",
    recordReplaced: "replaced",
    recordCancelled: NO,
  },
  final: {
    recordIntended: TAKEN,
    recordAttempt: NO,
    recordSent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: "final",
    recordReplaced: NO,
    recordCancelled: NO,
  },
  replaced: {
    recordIntended: TAKEN,
    recordAttempt: NO,
    recordSent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: NO,
    recordReplaced: "replaced",
    recordCancelled: NO,
  },
  givenUp: {
    recordIntended: "intended",
    recordAttempt: NO,
    recordSent: NO,
    recordMined: "mined",
    recordUnmined: NO,
    recordFinal: NO,
    recordReplaced: NO,
    recordCancelled: "cancelled",
  },
  cancelMined: {
    recordIntended: TAKEN,
    recordAttempt: NO,
    recordSent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: "cancelled",
    recordReplaced: NO,
    recordCancelled: "cancelled",
  },
};

for (const [name, open] of BACKENDS) {
  describe(`transaction journal ${name}`, () => {
    for (const [from, outcomes] of Object.entries(TABLE)) {
      it(`follows the table from ${from}`, async () => {
        for (const [callName, outcome] of Object.entries(outcomes)) {
          await using test = await open();
          const { journal } = test.store;
          const before = await REACH[from as Reach](journal);
          const call = CALLS[callName];
          if (call === undefined) throw new Error(`no call ${callName}`);
          if (STATES.includes(outcome)) {
            const after = await call(journal);
            expect(after.state, `${from} ${callName}`).to.equal(outcome);
            expect(await journal.transactions.get(KEY), `${from} ${callName}`).to.deep.equal(after);
          } else {
            await failure(call(journal), outcome);
            expect(await journal.transactions.get(KEY), `${from} ${callName} changed nothing`).to.deep.equal(
              before,
            );
          }
        }
      });
    }

    it("keeps the signed bytes through a restart", async () => {
      await using test = await open();
      const job = await signed(test.store.journal, { execution: 1n, task: 0 });
      const carrier = attempt("carrier", 7n, [job]);
      const written = await test.store.journal.transactions.recordIntended(KEY, carrier);
      const after = await (await test.restart()).journal.transactions.live();
      expect(after).to.deep.equal([written]);
      expect(after[0]?.attempts).to.deep.equal([carrier]);
    });

    it("repeats an intention without effect", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      const first = await transactions.recordIntended(KEY, FIRST);
      expect(await transactions.recordIntended(KEY, FIRST)).to.deep.equal(first);
      const raised = await transactions.recordAttempt(KEY, RAISED);
      expect(await transactions.recordAttempt(KEY, RAISED)).to.deep.equal(raised);
      expect(raised.attempts).to.have.length(2);
    });

    it("takes a replacement only with both fees raised by 15 %, over the dearest attempt", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      await transactions.recordIntended(KEY, FIRST);
      expect(REPLACEMENT_FEE_PERCENT_MIN).to.equal(115n);
      const cheap = attempt("cheap", 114n);
      await failure(transactions.recordAttempt(KEY, cheap), "TRANSACTION_FEES_TOO_LOW");
      for (const field of ["maxFeePerGasWei", "maxPriorityFeePerGasWei"] as const) {
        const half = { ...RAISED, [field]: FIRST[field] };
        const error = await failure(transactions.recordAttempt(KEY, half), "TRANSACTION_FEES_TOO_LOW");
        expect(error.details.field).to.equal(field);
      }
      await transactions.recordAttempt(KEY, RAISED);
      await failure(transactions.recordAttempt(KEY, attempt("again", 132n)), "TRANSACTION_FEES_TOO_LOW");
      await transactions.recordAttempt(KEY, attempt("again", 133n));
    });

    it("holds a bounded number of attempts", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      let feeWei = 100n;
      await transactions.recordIntended(KEY, attempt("0", feeWei));
      for (let index = 1; index < TRANSACTION_ATTEMPTS_MAX; index += 1) {
        feeWei *= 2n;
        await transactions.recordAttempt(KEY, attempt(`${index}`, feeWei));
      }
      const last = attempt("too many", feeWei * 2n);
      await failure(transactions.recordAttempt(KEY, last), "TRANSACTION_ATTEMPTS_USED_UP");
    });

    it("refuses bytes that are not what their hash says, or too many", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      const wrong = { ...FIRST, hash: digest("another") };
      await failure(transactions.recordIntended(KEY, wrong), "TRANSACTION_ATTEMPT_INVALID");
      const large = attempt("x".repeat(TRANSACTION_RAW_CHARS_MAX / 2));
      await failure(transactions.recordIntended(KEY, large), "TRANSACTION_ATTEMPT_INVALID");
      expect(await transactions.live()).to.deep.equal([]);
    });

    it("knows nothing of a nonce that it never wrote, and says why one ended whose cancel was mined", async () => {
      await using test = await open();
      const { journal } = test.store;
      for (const [name, call] of Object.entries(CALLS)) {
        if (name === "recordIntended") continue;
        const error = await failure(call(journal), "TRANSACTION_UNKNOWN");
        expect(error.details, name).to.include({ nonce: KEY.nonce });
      }
      expect((await REACH.cancelMined(journal)).end?.code).to.equal("CANCEL_MINED");
    });

    it("refuses a hash that it never signed", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      await transactions.recordIntended(KEY, FIRST);
      await failure(transactions.recordSent(KEY, RAISED.hash), "TRANSACTION_HASH_UNKNOWN");
      await failure(transactions.recordMined(KEY, minedAs(RAISED.hash)), "TRANSACTION_HASH_UNKNOWN");
    });

    it("recognises an earlier attempt of a nonce that was given up and used again", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      await REACH.givenUp(test.store.journal);
      await failure(transactions.recordIntended(KEY, attempt("cheap", 100n)), "TRANSACTION_FEES_TOO_LOW");
      await transactions.recordIntended(KEY, RAISED);
      const mined = await transactions.recordMined(KEY, minedAs(FIRST.hash));
      expect(mined.inclusion?.transactionHash).to.equal(FIRST.hash);
    });

    it("knows one account under any spelling, and keeps accounts apart", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      const other: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
      await transactions.recordIntended(KEY, FIRST);
      await transactions.recordIntended({ account: other, nonce: 9 }, RAISED);
      const lower = ACCOUNT.toLowerCase() as Address;
      expect((await transactions.get({ account: lower, nonce: 5 }))?.attempts).to.deep.equal([FIRST]);
      expect(await transactions.highestNonce(lower)).to.equal(5);
      expect(await transactions.highestNonce(other)).to.equal(9);
      expect(await transactions.highestNonce("0x0000000000000000000000000000000000000001")).to.equal(
        undefined,
      );
    });

    it("answers the highest nonce over live and ended transactions", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      for (const nonce of [4, 300, 20]) await transactions.recordIntended({ account: ACCOUNT, nonce }, FIRST);
      await transactions.recordReplaced({ account: ACCOUNT, nonce: 300 }, REASON);
      expect(await transactions.highestNonce(ACCOUNT)).to.equal(300);
      expect((await transactions.live()).map(({ nonce }) => nonce)).to.deep.equal([4, 20]);
    });

    it("moves the jobs that it carries to sent with itself, and no others", async () => {
      await using test = await open();
      const { journal } = test.store;
      const carried = await signed(journal, { execution: 1n, task: 0 });
      const apart = await signed(journal, { execution: 1n, task: 1 });
      const relayed = { execution: 99n, task: 0, node: 8n, outputDigest: digest("other node") };
      const made = attempt("carrier", 100n, [carried]);
      const carrier = { ...made, completions: [...made.completions, relayed] };
      await journal.transactions.recordIntended(KEY, carrier);
      expect((await journal.jobs.get(carried))?.state, "before the broadcast").to.equal("signed");
      await journal.transactions.recordSent(KEY, carrier.hash);
      const after = await journal.jobs.get(carried);
      expect(after?.state).to.equal("sent");
      expect(after?.transaction).to.deep.equal({ account: ACCOUNT.toLowerCase(), nonce: 5 });
      expect(await journal.jobs.get(apart)).to.deep.equal(apart);
      expect(await journal.jobs.get(relayed)).to.equal(undefined);
    });

    it("leaves a job alone that was answered anew since its transaction was signed", async () => {
      await using test = await open();
      const { journal } = test.store;
      const key = { execution: 1n, task: 0 };
      const carrier = attempt("carrier", 100n, [await signed(journal, key)]);
      await journal.transactions.recordIntended(KEY, carrier);
      await signed(journal, key, "other context", "other answer");
      await journal.transactions.recordSent(KEY, carrier.hash);
      expect((await journal.jobs.get(key))?.state).to.equal("signed");
    });

    for (const [ending, end] of [
      ["replaced", (journal: Journal) => journal.transactions.recordReplaced(KEY, REASON)],
      ["given up", (journal: Journal) => journal.transactions.recordCancelled(KEY, REASON)],
      [
        "final without having settled them",
        async (journal: Journal) => {
          await journal.transactions.recordMined(KEY, { ...minedAs(FIRST.hash), status: "reverted" });
          return journal.transactions.recordFinal(KEY);
        },
      ],
    ] as const) {
      it(`frees the jobs it carried when it is ${ending}, and leaves mined ones`, async () => {
        await using test = await open();
        const { journal } = test.store;
        const waiting = await signed(journal, { execution: 1n, task: 0 });
        const accepted = await signed(journal, { execution: 2n, task: 0 });
        const carrier = { ...FIRST, completions: attempt("", 1n, [waiting, accepted]).completions };
        await journal.transactions.recordIntended(KEY, carrier);
        await journal.transactions.recordSent(KEY, carrier.hash);
        await journal.jobs.recordMined(accepted, minedAs(digest("somebody else's transaction")));
        await end(journal);
        const freed = await journal.jobs.get(waiting);
        expect(freed?.state).to.equal("signed");
        expect(freed?.transaction).to.equal(null);
        expect((await journal.jobs.get(accepted))?.state).to.equal("mined");
      });
    }

    it("forgets ended transactions but the latest", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      for (let nonce = 0; nonce < 5; nonce += 1) {
        await transactions.recordIntended({ account: ACCOUNT, nonce }, FIRST);
        if (nonce > 0) await transactions.recordReplaced({ account: ACCOUNT, nonce }, REASON);
      }
      expect(await transactions.prune(ACCOUNT, 1)).to.equal(3);
      expect((await transactions.ended(ACCOUNT, 10)).map(({ nonce }) => nonce)).to.deep.equal([4]);
      expect((await transactions.live()).map(({ nonce }) => nonce)).to.deep.equal([0]);
    });

    it("keeps, by the hour of the chain, what forgotten transactions cost, for a day and the hour it began in", async () => {
      await using test = await open();
      const { transactions } = test.store.journal;
      const end = async (nonce: number, begunAtSeconds: number | undefined) => {
        const key = { account: ACCOUNT, nonce };
        const { hash, ...rest } = attempt(`settle ${nonce}`);
        await transactions.recordIntended(key, { hash, ...rest }, begunAtSeconds);
        await transactions.recordSent(key, hash);
        await transactions.recordMined(key, minedAs(hash));
        await transactions.recordFinal(key);
      };
      const costWei = 200_000n * 100n;
      const hour = 3_600;
      await end(0, 100 * hour);
      await end(1, 100 * hour + 3_599);
      await end(2, 101 * hour);
      // Of an older daemon: nobody knows when.
      await end(3, undefined);
      await end(4, 101 * hour);
      expect(await transactions.spentHours(ACCOUNT)).to.deep.equal([]);
      expect(await transactions.prune(ACCOUNT, 1)).to.equal(4);
      const first = { fromSeconds: 100 * hour, costWei: 2n * costWei };
      expect(await transactions.spentHours(ACCOUNT)).to.deep.equal([
        first,
        { fromSeconds: 101 * hour, costWei },
      ]);
      await end(5, (100 + SPENT_HOURS_KEPT) * hour);
      expect(await transactions.prune(ACCOUNT, 0)).to.equal(2);
      expect(await transactions.spentHours(ACCOUNT)).to.deep.equal([
        { fromSeconds: 101 * hour, costWei: 2n * costWei },
        { fromSeconds: (100 + SPENT_HOURS_KEPT) * hour, costWei },
      ]);
    });
  });
}
