import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { TransactionJournal, TransactionRecord } from "../../../node/src/chain/journal.ts";
import { createSpending, SPENDING_PERIOD_SECONDS, type Spending } from "../../../node/src/chain/spending.ts";
import type { SpendingFile, SpendingHour } from "../../../node/src/chain/spendingMemory.ts";
import { failure } from "./helpers.ts";

const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const DAY = SPENDING_PERIOD_SECONDS;
const NOW = 1_000 * DAY;
const HASH = `0x${"11".repeat(32)}` as const;

/** A transaction with one attempt of 100 gas at 3 wei: 300 wei at most. */
function record(nonce: number, change: Partial<TransactionRecord> = {}): TransactionRecord {
  return {
    account: ACCOUNT,
    nonce,
    state: "sent",
    attempts: [
      {
        hash: HASH,
        raw: "0x02",
        purpose: "settle",
        completions: [],
        gasLimit: 100n,
        maxFeePerGasWei: 3n,
        maxPriorityFeePerGasWei: 1n,
      },
    ],
    inclusion: null,
    end: null,
    begunAtSeconds: NOW,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...change,
  };
}

/** Mined, for 80 gas at 2 wei: 160 wei. */
function mined(nonce: number, change: Partial<TransactionRecord> = {}): TransactionRecord {
  const inclusion = {
    transactionHash: HASH,
    blockNumber: 1n,
    blockHash: HASH,
    status: "success",
    gasUsed: 80n,
    effectiveGasPriceWei: 2n,
  } as const;
  return record(nonce, { state: "mined", inclusion, ...change });
}

function spendingOf(
  limitWei: bigint | undefined,
  journal: Partial<TransactionJournal> = {},
  file?: SpendingFile,
) {
  const world = { nowSeconds: NOW as number | undefined };
  const known = {
    live: async () => [],
    ended: async () => [],
    spentHours: async () => [],
    ...journal,
  } as unknown as TransactionJournal;
  const options = { account: ACCOUNT, limitWei } as const;
  const spending = createSpending(options, { journal: known, file, nowSeconds: () => world.nowSeconds });
  return { spending, world };
}

const refusalOf = (spending: Spending, costWei: bigint, nonce?: number) =>
  spending.refusal({ costWei, isSettlement: true, ...(nonce === undefined ? {} : { nonce }) });

/** One that carries a completion. */
function settlement(nonce: number): TransactionRecord {
  const { attempts, ...rest } = record(nonce);
  const completions = [{ execution: 1n, task: 0, node: 1n, outputDigest: HASH }];
  return { ...rest, attempts: attempts.map((attempt) => ({ ...attempt, completions })) };
}

/** A file in memory, with all that was ever written to it. */
function fakeFile(hours: readonly SpendingHour[] = []) {
  const written: (readonly SpendingHour[])[] = [hours];
  const world = { failure: undefined as Error | undefined };
  const file: SpendingFile = {
    read: async () => written.at(-1) ?? [],
    async write(_account, next) {
      if (world.failure !== undefined) throw world.failure;
      written.push(next);
    },
  };
  return { file, written, world };
}

describe("spending", () => {
  it("counts one on its way at its highest fee, a mined one at what it cost, one that ended unmined not at all", () => {
    const { spending } = spendingOf(undefined);
    spending.saw(record(0));
    spending.saw(mined(1));
    spending.saw(record(2, { state: "replaced" }));
    expect(spending.spentWei()).to.equal(460n);
    spending.saw(mined(0, { state: "final" }));
    expect(spending.spentWei()).to.equal(320n);
  });

  it("refuses what could exceed the limit, to the wei, and says from when on there is room", async () => {
    const { spending } = spendingOf(1_000n);
    spending.saw(mined(0, { begunAtSeconds: NOW - 100 }));
    spending.saw(record(1));
    expect(await refusalOf(spending, 540n)).to.equal(undefined);
    const refusal = await refusalOf(spending, 541n);
    expect(refusal?.code).to.equal("SPENDING_LIMIT_REACHED");
    expect(refusal?.details).to.deep.equal({
      account: ACCOUNT,
      limitWei: 1_000n,
      spentWei: 460n,
      costWei: 541n,
      roomAtSeconds: NOW - 100 + DAY,
    });
    expect((await refusalOf(spending, 1_001n))?.details.roomAtSeconds).to.equal(undefined);
  });

  it("counts a mined one at no more than it may have cost, whatever an endpoint says of it", async () => {
    const { spending } = spendingOf(1_000n);
    const { inclusion } = mined(0);
    if (inclusion === null) throw new Error("it is mined");
    spending.saw(mined(0, { inclusion: { ...inclusion, effectiveGasPriceWei: 2n ** 200n } }));
    expect(spending.spentWei()).to.equal(300n);
    expect(await refusalOf(spending, 700n)).to.equal(undefined);
  });

  it("counts a replacement in place of what it replaces", async () => {
    const { spending } = spendingOf(1_000n);
    spending.saw(record(0));
    expect(await refusalOf(spending, 1_000n, 0)).to.equal(undefined);
    expect((await refusalOf(spending, 1_000n, 1))?.details.spentWei).to.equal(300n);
  });

  it("forgets what is a day of the chain old, and nothing a second before", () => {
    const { spending, world } = spendingOf(300n);
    spending.saw(mined(0));
    world.nowSeconds = NOW + DAY - 1;
    expect(spending.spentWei()).to.equal(160n);
    world.nowSeconds = NOW + DAY;
    expect(spending.spentWei()).to.equal(0n);
  });

  it("takes up what the journal knows: live, ended, and the hours of what it has forgotten", async () => {
    const { spending, world } = spendingOf(1_000n, {
      live: async () => [record(2)],
      ended: async () => [mined(1, { state: "final" }), mined(0, { state: "final", begunAtSeconds: null })],
      spentHours: async () => [{ fromSeconds: NOW - 7_200, costWei: 7n }],
    });
    await spending.takeUp();
    expect(spending.spentWei()).to.equal(467n);
    // Whatever was begun in that hour is a day old only when its last second is.
    world.nowSeconds = NOW - 3_600 + DAY - 1;
    expect(spending.spentWei()).to.equal(467n);
    world.nowSeconds += 1;
    expect(spending.spentWei()).to.equal(460n);
  });

  it("takes up anew what the journal knows, and nothing of what it knew before", async () => {
    let live = [record(2)];
    let hours: { fromSeconds: number; costWei: bigint }[] = [];
    const { spending } = spendingOf(1_000n, { live: async () => live, spentHours: async () => hours });
    await spending.takeUp();
    expect(spending.spentWei()).to.equal(300n);
    live = [];
    hours = [{ fromSeconds: NOW - 3_600, costWei: 160n }];
    await spending.takeUp();
    expect(spending.spentWei(), "what was on its way has become an hour's").to.equal(160n);
  });

  it("counts one on its way of which an older daemon did not write when", async () => {
    const { spending } = spendingOf(1_000n, { live: async () => [record(0, { begunAtSeconds: null })] });
    await spending.takeUp();
    expect(spending.spentWei()).to.equal(300n);
  });

  it("leaves other accounts' transactions alone, and refuses nothing without a limit", async () => {
    const { spending } = spendingOf(undefined);
    spending.saw(record(0, { account: "0x0000000000000000000000000000000000000001" }));
    expect(spending.spentWei()).to.equal(0n);
    expect(await refusalOf(spending, 10n ** 30n)).to.equal(undefined);
  });

  it("counts all it knows while no block is known", () => {
    const { spending, world } = spendingOf(300n);
    spending.saw(mined(0, { begunAtSeconds: 1 }));
    world.nowSeconds = undefined;
    expect(spending.spentWei()).to.equal(160n);
  });

  describe("of what settles nothing", () => {
    const other = (spending: Spending, costWei: bigint) => spending.refusal({ costWei, isSettlement: false });

    it("no more than half of the limit is spent, so that settlements have the rest", async () => {
      const { spending } = spendingOf(1_000n);
      expect(await other(spending, 500n)).to.equal(undefined);
      expect((await other(spending, 501n))?.details).to.include({ limitWei: 500n, spentWei: 0n });
      spending.saw(record(0));
      expect((await other(spending, 201n))?.code).to.equal("SPENDING_LIMIT_REACHED");
      expect(await other(spending, 200n)).to.equal(undefined);
      expect(await refusalOf(spending, 700n)).to.equal(undefined);
    });

    it("what settlements cost does not count, but that all together stay within the limit", async () => {
      const { spending } = spendingOf(1_000n);
      for (const nonce of [0, 1, 2]) spending.saw(settlement(nonce));
      expect(await other(spending, 100n)).to.equal(undefined);
      expect((await other(spending, 101n))?.details).to.include({ limitWei: 1_000n, spentWei: 900n });
    });
  });

  describe("beside the journal", () => {
    const hour = NOW - (NOW % 3_600);

    it("is written down before what is to be spent can be seen, and corrected when it is known", async () => {
      const { file, written } = fakeFile();
      const { spending } = spendingOf(1_000n, {}, file);
      await spending.takeUp();
      expect(await refusalOf(spending, 300n)).to.equal(undefined);
      expect(written.at(-1)).to.deep.equal([{ fromSeconds: hour, costWei: 300n, otherWei: 0n }]);
      const { inclusion } = mined(0);
      spending.saw(settlement(0));
      expect(written, "nothing has changed").to.have.length(2);
      spending.saw({ ...settlement(0), state: "mined", inclusion });
      await spending.stop();
      expect(written.at(-1)).to.deep.equal([{ fromSeconds: hour, costWei: 160n, otherWei: 0n }]);
    });

    it("counts on where the journal begins anew, for a day, and nothing twice that both know", async () => {
      const { file } = fakeFile([
        { fromSeconds: hour - 3_600, costWei: 400n, otherWei: 400n },
        { fromSeconds: hour, costWei: 200n, otherWei: 0n },
      ]);
      const known = { ...settlement(0), begunAtSeconds: hour + 60 };
      const { spending, world } = spendingOf(1_000n, { live: async () => [known] }, file);
      await spending.takeUp();
      // The hour's 200 are in the 300 of the one that the journal knows.
      expect(spending.spentWei()).to.equal(700n);
      expect((await spending.refusal({ costWei: 101n, isSettlement: false }))?.details).to.include({
        limitWei: 500n,
        spentWei: 400n,
      });
      world.nowSeconds = hour + DAY;
      expect(spending.spentWei()).to.equal(300n);
    });

    it("stays the same over any number of lives", async () => {
      const { file, written } = fakeFile([{ fromSeconds: hour, costWei: 400n, otherWei: 100n }]);
      for (let life = 0; life < 3; life++) {
        const { spending } = spendingOf(1_000n, {}, file);
        await spending.takeUp();
        expect(spending.spentWei(), `life ${life}`).to.equal(400n + BigInt(life) * 10n);
        expect(await refusalOf(spending, 10n)).to.equal(undefined);
      }
      expect(written.at(-1)).to.deep.equal([{ fromSeconds: hour, costWei: 430n, otherWei: 100n }]);
    });

    it("lets nothing be sent that it cannot write down", async () => {
      const { file, world } = fakeFile();
      const { spending } = spendingOf(1_000n, {}, file);
      await spending.takeUp();
      world.failure = new PleiadError("the disk is full", { code: "STORE_FULL", retryable: true });
      await failure(refusalOf(spending, 300n), "STORE_FULL");
      world.failure = undefined;
      expect(await refusalOf(spending, 300n)).to.equal(undefined);
    });
  });
});
