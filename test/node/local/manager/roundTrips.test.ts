import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createRoundTrips, PROBE_MS, PROBES_KEPT } from "../../../../node/src/local/manager/roundTrips.ts";

function world() {
  const timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const state = {
    nowMs: 0,
    answers: [] as (number | undefined)[],
    wanted: [2n] as readonly bigint[],
    asked: 0,
  };
  const clock = {
    monotonicMs: () => state.nowMs,
    wallSeconds: () => 0n,
    after(delayMs: number, run: () => void) {
      const timer = { atMs: state.nowMs + delayMs, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const trips = createRoundTrips({
    clock,
    wanted: () => state.wanted,
    async ping() {
      state.asked += 1;
      const tookMs = state.answers.shift();
      if (tookMs === undefined) throw new PleiadError("gone", { code: "PEER_UNREACHABLE", retryable: true });
      return tookMs;
    },
  });
  return {
    trips,
    state,
    timers,
    async tick() {
      const [timer] = timers.splice(0, 1);
      state.nowMs = timer?.atMs ?? expect.fail("nothing waits");
      timer?.run();
      await new Promise(setImmediate);
    },
  };
}

describe("createRoundTrips", () => {
  it("tellsTheMedian_andTheShareThatWasLost", async () => {
    const { trips, state, tick, timers } = world();
    expect(trips.of(2n)).to.deep.equal({ roundTripMs: undefined, lossShare: undefined });
    state.answers = [5, 50, 10, undefined];
    trips.start();
    await new Promise(setImmediate);
    for (let i = 0; i < 3; i += 1) await tick();
    expect(state.nowMs).to.equal(3 * PROBE_MS);
    expect(trips.of(2n)).to.deep.equal({ roundTripMs: 10, lossShare: 0.25 });
    trips.stop();
    expect(timers).to.deep.equal([]);
  });

  it("remembersTheLatest_andForgetsWhoIsNotWantedAnyMore", async () => {
    const { trips, state, tick } = world();
    trips.start();
    await new Promise(setImmediate);
    await tick();
    expect(trips.of(2n)).to.deep.equal({ roundTripMs: undefined, lossShare: 1 });
    state.answers = Array.from({ length: PROBES_KEPT }, () => 7);
    for (let i = 0; i < PROBES_KEPT; i += 1) await tick();
    expect(trips.of(2n)).to.deep.equal({ roundTripMs: 7, lossShare: 0 });
    state.wanted = [];
    await tick();
    expect(trips.of(2n).lossShare).to.equal(undefined);
    trips.stop();
  });

  it("measuresAtOnce_andRejectsWhereNothingComes", async () => {
    const { trips, state } = world();
    state.answers = [3];
    expect(await trips.measure(4n)).to.equal(3);
    const error = await trips.measure(4n).catch((reason: unknown) => reason);
    expect(error).to.include({ code: "PEER_UNREACHABLE" });
    expect(trips.of(4n)).to.deep.equal({ roundTripMs: 3, lossShare: 0.5 });
  });
});
