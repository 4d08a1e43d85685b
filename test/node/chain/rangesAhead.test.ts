import { expect } from "chai";
import { describe, it } from "mocha";
import type { BlockRange, BlockSource } from "../../../node/src/chain/blockSource.ts";
import { chainFailure } from "../../../node/src/chain/errors.ts";
import { RANGE_BLOCKS_FIRST, RANGE_LOGS_AIM } from "../../../node/src/chain/rangeSizes.ts";
import { createRangesAhead, LOGS_AHEAD_MAX, RANGES_AHEAD_MAX } from "../../../node/src/chain/rangesAhead.ts";
import { failure } from "./helpers.ts";

const LAST = 100_000n;

/** A source whose ranges the test answers. */
function heldSource() {
  const asked: { from: bigint; to: bigint; answer(weight: number): void; fail(error: Error): void }[] = [];
  const source = {
    range(from: bigint, to: bigint) {
      const { promise, resolve, reject } = Promise.withResolvers<BlockRange>();
      const answer = (weight: number) =>
        resolve({ blocks: [], end: { number: to } as BlockRange["end"], weight });
      asked.push({ from, to, answer, fail: reject });
      return promise;
    },
  } as unknown as BlockSource;
  return { source, asked, ranges: createRangesAhead({ source }) };
}

/** Lets everything run that can. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("ranges ahead", () => {
  it("come strictly in their order, without a gap, in whichever order they were read", async () => {
    const { asked, ranges } = heldSource();
    let from = 1n;
    for (let step = 0; step < 20; step += 1) {
      const next = ranges.next(from, LAST);
      // What was begun last comes first.
      for (const range of asked.toReversed()) range.answer(RANGE_LOGS_AIM);
      const { end } = await next;
      expect(asked.find(({ to }) => to === end.number)?.from, `step ${step}`).to.equal(from);
      from = end.number + 1n;
    }
    for (const [index, range] of asked.entries())
      expect(range.from).to.equal((asked[index - 1]?.to ?? 0n) + 1n);
  });

  it("lose nothing of the ranges before and after one that fails", async () => {
    const { asked, ranges } = heldSource();
    const first = ranges.next(1n, LAST);
    asked[0]?.answer(RANGE_LOGS_AIM);
    const { end } = await first;
    expect(asked).to.have.length(1 + RANGES_AHEAD_MAX);
    asked[2]?.fail(chainFailure("RPC_UNREACHABLE", "gone"));
    asked[3]?.answer(RANGE_LOGS_AIM);
    asked[1]?.answer(RANGE_LOGS_AIM);
    const second = await ranges.next(end.number + 1n, LAST);
    expect(second.end.number).to.equal(asked[1]?.to);
    const failed = second.end.number + 1n;
    await failure(ranges.next(failed, LAST), "RPC_UNREACHABLE");
    // The same place again: what had been read after it is read anew.
    const before = asked.length;
    const again = ranges.next(failed, LAST);
    expect(asked.slice(before).map(({ from }) => from)).to.deep.equal([failed]);
    asked[before]?.answer(RANGE_LOGS_AIM);
    expect((await again).end.number).to.equal(asked[before]?.to);
  });

  it("are begun anew from wherever the asker has gone, and end where it says", async () => {
    const { asked, ranges } = heldSource();
    const first = ranges.next(1n, LAST);
    asked[0]?.answer(0);
    await first;
    const before = asked.length;
    const elsewhere = ranges.next(500n, 503n);
    expect(asked[before]).to.include({ from: 500n, to: 503n });
    asked[before]?.answer(0);
    await elsewhere;
    expect(asked).to.have.length(before + 1);
  });

  it("are at most so many, and none is begun while many logs wait for their turn", async () => {
    const { asked, ranges } = heldSource();
    const first = ranges.next(1n, LAST);
    expect(asked).to.have.length(1);
    asked[0]?.answer(0);
    let { end } = await first;
    await turn();
    expect(asked).to.have.length(1 + RANGES_AHEAD_MAX);
    // Far more than was to be expected, in each that was read ahead.
    for (const range of asked.slice(1)) range.answer(LOGS_AHEAD_MAX);
    await turn();
    for (let taken = 1; taken < RANGES_AHEAD_MAX; taken += 1) {
      ({ end } = await ranges.next(end.number + 1n, LAST));
      expect(asked, `after ${taken}`).to.have.length(1 + RANGES_AHEAD_MAX);
    }
    // The last one that waited is taken.
    await ranges.next(end.number + 1n, LAST);
    expect(asked.length).to.be.greaterThan(1 + RANGES_AHEAD_MAX);
  });

  it("are halved where they are refused as too large", async () => {
    const { asked, ranges } = heldSource();
    const first = ranges.next(1n, LAST);
    expect(asked[0]?.to).to.equal(RANGE_BLOCKS_FIRST);
    asked[0]?.fail(chainFailure("RPC_RANGE_TOO_LARGE", "too many"));
    await failure(first, "RPC_RANGE_TOO_LARGE");
    void ranges.next(1n, LAST);
    expect(asked[1]?.to).to.equal(RANGE_BLOCKS_FIRST / 2n);
  });
});
