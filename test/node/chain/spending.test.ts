import { expect } from "chai";
import { describe, it } from "mocha";
import type { TransactionJournal, TransactionRecord } from "../../../node/src/chain/journal.ts";
import { createSpending, SPENDING_PERIOD_SECONDS } from "../../../node/src/chain/spending.ts";

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

function spendingOf(limitWei: bigint | undefined, journal: Partial<TransactionJournal> = {}) {
  const world = { nowSeconds: NOW as number | undefined };
  const known = {
    live: async () => [],
    ended: async () => [],
    spentHours: async () => [],
    ...journal,
  } as unknown as TransactionJournal;
  const options = { account: ACCOUNT, limitWei } as const;
  const spending = createSpending(options, { journal: known, nowSeconds: () => world.nowSeconds });
  return { spending, world };
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

  it("refuses what could exceed the limit, to the wei, and says from when on there is room", () => {
    const { spending } = spendingOf(1_000n);
    spending.saw(mined(0, { begunAtSeconds: NOW - 100 }));
    spending.saw(record(1));
    expect(spending.refusal(540n)).to.equal(undefined);
    const refusal = spending.refusal(541n);
    expect(refusal?.code).to.equal("SPENDING_LIMIT_REACHED");
    expect(refusal?.details).to.deep.equal({
      account: ACCOUNT,
      limitWei: 1_000n,
      spentWei: 460n,
      costWei: 541n,
      roomAtSeconds: NOW - 100 + DAY,
    });
    expect(spending.refusal(1_001n)?.details.roomAtSeconds).to.equal(undefined);
  });

  it("counts a mined one at no more than it may have cost, whatever an endpoint says of it", () => {
    const { spending } = spendingOf(1_000n);
    const { inclusion } = mined(0);
    if (inclusion === null) throw new Error("it is mined");
    spending.saw(mined(0, { inclusion: { ...inclusion, effectiveGasPriceWei: 2n ** 200n } }));
    expect(spending.spentWei()).to.equal(300n);
    expect(spending.refusal(700n)).to.equal(undefined);
  });

  it("counts a replacement in place of what it replaces", () => {
    const { spending } = spendingOf(1_000n);
    spending.saw(record(0));
    expect(spending.refusal(1_000n, 0)).to.equal(undefined);
    expect(spending.refusal(1_000n, 1)?.details.spentWei).to.equal(300n);
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

  it("counts one on its way of which an older daemon did not write when", async () => {
    const { spending } = spendingOf(1_000n, { live: async () => [record(0, { begunAtSeconds: null })] });
    await spending.takeUp();
    expect(spending.spentWei()).to.equal(300n);
  });

  it("leaves other accounts' transactions alone, and refuses nothing without a limit", () => {
    const { spending } = spendingOf(undefined);
    spending.saw(record(0, { account: "0x0000000000000000000000000000000000000001" }));
    expect(spending.spentWei()).to.equal(0n);
    expect(spending.refusal(10n ** 30n)).to.equal(undefined);
  });

  it("counts all it knows while no block is known", () => {
    const { spending, world } = spendingOf(300n);
    spending.saw(mined(0, { begunAtSeconds: 1 }));
    world.nowSeconds = undefined;
    expect(spending.spentWei()).to.equal(160n);
  });
});
