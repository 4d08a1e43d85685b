import { expect } from "chai";
import { describe, it } from "mocha";
import { createWakeTimers, WAKE_DELAY_MS_MAX } from "../../../node/src/work/wakeTimers.ts";
import { manualClock } from "../chain/helpers.ts";

function create() {
  const clock = manualClock();
  const woken: bigint[] = [];
  return { clock, woken, timers: createWakeTimers({ clock, wake: (id) => void woken.push(id) }) };
}

describe("createWakeTimers", () => {
  it("ofSeveralWishes_theEarliestCounts", () => {
    const { clock, woken, timers } = create();
    timers.in(1n, 500);
    timers.in(1n, 100);
    timers.in(1n, 900);
    expect(clock.waits()).to.deep.equal([100]);
    clock.advance(1_000);
    expect(woken).to.deep.equal([1n]);
  });

  it("aWaitOfWeeks_isCutIntoShorterOnes", () => {
    const { clock, timers } = create();
    timers.in(1n, 2 ** 31 + 5);
    expect(clock.waits()).to.deep.equal([WAKE_DELAY_MS_MAX]);
  });

  it("cancelAndStop_leaveNoTimer_andStopTakesNoFurtherWish", () => {
    const { clock, woken, timers } = create();
    timers.in(1n, 100);
    timers.in(2n, 100);
    timers.cancel(1n);
    expect(clock.waits()).to.have.length(1);
    timers.stop();
    timers.in(3n, 100);
    expect(clock.waits()).to.deep.equal([]);
    clock.advance(1_000);
    expect(woken).to.deep.equal([]);
  });
});
