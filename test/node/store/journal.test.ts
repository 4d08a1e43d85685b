import { expect } from "chai";
import { describe, it } from "mocha";
import { type Backend, createMemoryBackend } from "../../../node/src/store/backend.ts";
import { createCursor } from "../../../node/src/store/cursor.ts";
import { createJournal } from "../../../node/src/store/journal.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { ACCOUNT, attempt, CHAIN, digest, GENESIS, headersAfter, LEASE, minedAs, signed } from "./helpers.ts";

describe("journal", () => {
  it("flushes every step of a job, a signing and a transaction before it answers, but two that go with the next", async () => {
    const backend = createMemoryBackend();
    const flushes: boolean[] = [];
    const watched: Backend = {
      ...backend,
      write: (operations, flush) => {
        flushes.push(flush);
        return backend.write(operations, flush);
      },
    };
    const options = { create: true, schema: 1, name: "journal", acknowledged: 0 };
    const records = await openRecords(options, { backend: watched });
    const { journal } = createJournal(CHAIN, { records });
    const { jobs, transactions } = journal;
    const transaction = { account: ACCOUNT, nonce: 0 };
    const reason = { code: "REASON", message: "a reason" };

    const job = await signed(journal, { execution: 1n, task: 0 });
    const carrier = attempt("carrier", 100n, [job]);
    const raised = attempt("raised", 200n, [job]);
    await transactions.recordIntended(transaction, carrier);
    await transactions.recordSent(transaction, carrier.hash);
    await transactions.recordAttempt(transaction, raised);
    await transactions.recordMined(transaction, minedAs(raised.hash));
    await transactions.recordUnmined(transaction);
    await transactions.recordMined(transaction, minedAs(raised.hash));
    await jobs.recordMined(job, minedAs(raised.hash));
    await jobs.recordUnmined(job);
    await jobs.recordMined(job, minedAs(raised.hash));
    await jobs.recordFinal(job);
    await transactions.recordFinal(transaction);
    const other = { execution: 2n, task: 0 };
    const { lease } = await jobs.lease(other, { ...LEASE, contextHash: digest("context") });
    await jobs.recordAttemptFailed(other, lease.id, reason);
    await jobs.recordDropped(other, reason);
    await createCursor({ records }).start(GENESIS.hash, GENESIS);
    await createCursor({ records }).rollBack(GENESIS);
    expect(flushes).to.have.length(22);
    // The first opens the records; then lease, running, output, signing, signed, intended, …
    const waiting = flushes.flatMap((flush, index) => (flush ? [] : [index]));
    expect(waiting, "running and signed, each with a flushed step behind it").to.deep.equal([2, 5]);

    await createCursor({ records }).advance(headersAfter(GENESIS, 1));
    expect(flushes.at(-1), "following a block").to.equal(false);
  });

  it("names every opening anew", async () => {
    const options = { create: true, schema: 1, name: "journal", acknowledged: 0 };
    const records = await openRecords(options, { backend: createMemoryBackend() });
    const names = [createJournal(CHAIN, { records }).session, createJournal(CHAIN, { records }).session];
    expect(new Set(names).size).to.equal(2);
  });
});
