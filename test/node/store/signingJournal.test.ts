import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import { createMemoryBackend } from "../../../node/src/store/backend.ts";
import { openRecords } from "../../../node/src/store/records.ts";
import { createSigningJournal } from "../../../node/src/store/signingJournal.ts";
import { until } from "../../fixtures/until.ts";
import { BACKENDS } from "./backends.ts";
import { CHAIN, digest, failure } from "./helpers.ts";

const SIGNING = {
  ...CHAIN,
  execution: 7n,
  task: 1,
  contextHash: digest("context"),
  outputDigest: digest("one"),
};
const OTHER = { ...SIGNING, outputDigest: digest("two") };

for (const [name, open] of BACKENDS) {
  describe(`signing journal ${name}`, () => {
    it("never records two outputs for one context", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const error = await failure(signings.checkAndRecordSigning(OTHER), "SIGNING_CONFLICT");
      expect(error.retryable).to.equal(false);
      expect(error.details.recorded).to.equal(SIGNING.outputDigest);
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
    });

    it("takes the same output again, and after a restart, where another is still refused", async () => {
      await using test = await open();
      await test.store.journal.signings.checkAndRecordSigning(SIGNING);
      const { signings } = (await test.restart()).journal;
      await signings.checkAndRecordSigning(SIGNING);
      await failure(signings.checkAndRecordSigning(OTHER), "SIGNING_CONFLICT");
    });

    it("lets exactly one of two outputs through when both come at once", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      const results = await Promise.allSettled([
        signings.checkAndRecordSigning(SIGNING),
        signings.checkAndRecordSigning(OTHER),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
    });

    it("keeps chain, contract, execution, task and context apart", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const contract: Address = "0x0000000000000000000000000000000000000001";
      for (const change of [
        { chainId: 1 },
        { contract },
        { execution: 8n },
        { task: 2 },
        { contextHash: digest("other context") },
      ]) {
        await signings.checkAndRecordSigning({ ...OTHER, ...change });
      }
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
      expect(await signings.digestOf({ ...SIGNING, execution: 9n })).to.equal(undefined);
    });

    it("knows one context and one output under any spelling", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const upper = (text: string) => `0x${text.slice(2).toUpperCase()}` as const;
      await signings.checkAndRecordSigning({
        ...SIGNING,
        contract: upper(SIGNING.contract),
        contextHash: upper(SIGNING.contextHash),
        outputDigest: upper(SIGNING.outputDigest),
      });
      await failure(
        signings.checkAndRecordSigning({ ...OTHER, contextHash: upper(SIGNING.contextHash) }),
        "SIGNING_CONFLICT",
      );
    });
  });
}

describe("the signing ledger beside the records", () => {
  async function withLedger() {
    const records = await openRecords(
      { create: true, schema: 1, name: "signings", acknowledged: 0 },
      { backend: createMemoryBackend() },
    );
    const writes: { readonly index: number; readonly done: PromiseWithResolvers<void> }[] = [];
    const ledger = {
      write(index: number) {
        const done = Promise.withResolvers<void>();
        writes.push({ index, done });
        return done.promise;
      },
    };
    return { records, writes, signings: createSigningJournal({ records, ledger }) };
  }

  /** Answers whether a promise has settled by the time that everything else has had its turn. */
  async function isPending(promise: Promise<unknown>): Promise<boolean> {
    const later = new Promise((resolve) => setImmediate(resolve, "later"));
    return (await Promise.race([promise, later])) === "later";
  }

  it("is flushed beside the record, and no signing is acknowledged before both are", async () => {
    const { writes, signings } = await withLedger();
    const recording = signings.checkAndRecordSigning(SIGNING);
    await until("the record is there", async () => (await signings.digestOf(SIGNING)) !== undefined);
    expect(writes.map(({ index }) => index)).to.deep.equal([0]);
    expect(await isPending(recording), "the record is there, the ledger is not").to.equal(true);
    writes[0]?.done.resolve();
    await recording;
  });

  it("holds up whoever asks for the same signing while it is on its way", async () => {
    const { writes, signings } = await withLedger();
    const first = signings.checkAndRecordSigning(SIGNING);
    await until("the record is there", async () => (await signings.digestOf(SIGNING)) !== undefined);
    const second = signings.checkAndRecordSigning(SIGNING);
    expect(await isPending(second)).to.equal(true);
    writes[0]?.done.resolve();
    await first;
    await until("the ledger is asked", () => writes.length === 2);
    writes[1]?.done.resolve();
    await second;
    expect(writes.map(({ index }) => index)).to.deep.equal([0, 0]);
  });

  it("is written again where it failed, before the signing is acknowledged", async () => {
    const { writes, signings } = await withLedger();
    const first = signings.checkAndRecordSigning(SIGNING);
    await until("the ledger is asked", () => writes.length === 1);
    writes[0]?.done.reject(new Error("no room"));
    expect(await first.catch((error: Error) => error.message)).to.equal("no room");
    const again = signings.checkAndRecordSigning(SIGNING);
    await until("the ledger is asked", () => writes.length === 2);
    expect(await isPending(again)).to.equal(true);
    writes[1]?.done.resolve();
    await again;
    expect(writes.map(({ index }) => index)).to.deep.equal([0, 0]);
    await failure(signings.checkAndRecordSigning(OTHER), "SIGNING_CONFLICT");
  });
});
