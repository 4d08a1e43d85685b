import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  createRoundTrips,
  PROBE_MS,
  PROBES_KEPT,
  PROBES_MISSED_MAX,
} from "../../../../node/src/local/manager/roundTrips.ts";

const NODE = 2n;
const NOTHING = { roundTripMs: undefined, lossShare: undefined };

function world() {
  const timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const turns: string[] = [];
  const connected = new Set<(node: bigint) => void>();
  const state = {
    nowMs: 0,
    /** A round trip, an error's code; nobody is connected where there is none. */
    answers: [] as (number | string)[],
    wanted: [NODE] as readonly bigint[],
    heardMs: undefined as number | undefined,
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
    onConnected(handler) {
      connected.add(handler);
      return () => connected.delete(handler);
    },
    silentMs: () => (state.heardMs === undefined ? undefined : state.nowMs - state.heardMs),
    async ping() {
      const answer = state.answers.shift() ?? "PEER_UNREACHABLE";
      if (typeof answer === "number") return answer;
      throw new PleiadError("no answer", { code: answer, retryable: true });
    },
  });
  trips.onTurn((node, answers) => turns.push(`${node} ${answers ? "answers" : "is gone"}`));
  const settled = () => new Promise(setImmediate);
  return {
    trips,
    turns,
    connected,
    state,
    timers,
    async start() {
      trips.start();
      await settled();
    },
    async pass(probes: number) {
      for (let i = 0; i < probes; i += 1) {
        const [timer] = timers.splice(0, 1);
        state.nowMs = timer?.atMs ?? expect.fail("nothing waits");
        timer?.run();
        await settled();
      }
    },
  };
}

describe("createRoundTrips", () => {
  it("tellsTheMedian_andTheShareThatWasLost", async () => {
    const { trips, state, start, pass, timers } = world();
    expect(trips.of(NODE)).to.deep.equal(NOTHING);
    state.answers = [5, 50, 10, "PEER_IO_FAILED"];
    await start();
    await pass(3);
    expect(state.nowMs).to.equal(3 * PROBE_MS);
    expect(trips.of(NODE)).to.deep.equal({ roundTripMs: 10, lossShare: 0.25 });
    trips.stop();
    expect(timers).to.deep.equal([]);
  });

  it("saysNothingOfANodeThatWasNeverConnected", async () => {
    const { trips, turns, start, pass } = world();
    await start();
    await pass(PROBES_MISSED_MAX);
    expect([trips.of(NODE), turns]).to.deep.equal([NOTHING, []]);
  });

  it("whoStopsAnswering_isGoneAfterSomeProbesInARow_andBackWithTheFirstAnswer", async () => {
    const { trips, turns, state, start, pass } = world();
    state.heardMs = 0;
    state.answers = Array.from({ length: PROBES_KEPT }, () => 7);
    await start();
    await pass(PROBES_KEPT - 1);
    await pass(PROBES_MISSED_MAX - 1);
    expect([trips.of(NODE).lossShare, turns]).to.deep.equal([2 / PROBES_KEPT, []]);
    await pass(1);
    expect([trips.of(NODE).lossShare, turns]).to.deep.equal([1, ["2 is gone"]]);
    state.answers = [9];
    await pass(1);
    expect(trips.of(NODE).lossShare).to.equal(3 / PROBES_KEPT);
    expect(turns).to.deep.equal(["2 is gone", "2 answers"]);
  });

  it("whoHasNoConnectionAnyMore_andIsHeardOfAllTheSame_isNotMeasured", async () => {
    const { trips, turns, state, start, pass } = world();
    state.answers = [7];
    await start();
    await pass(PROBES_MISSED_MAX);
    expect(trips.of(NODE).lossShare).to.equal(1);
    state.heardMs = state.nowMs;
    await pass(1);
    expect([trips.of(NODE), turns]).to.deep.equal([NOTHING, ["2 is gone", "2 answers"]]);
  });

  it("whoHasJustConnected_isProbedAtOnce_andNobodyElse", async () => {
    const { trips, state, connected, start, timers } = world();
    await start();
    state.answers = [4];
    for (const handler of connected) handler(9n);
    for (const handler of connected) handler(NODE);
    await new Promise(setImmediate);
    expect([trips.of(9n), trips.of(NODE).roundTripMs]).to.deep.equal([NOTHING, 4]);
    trips.stop();
    expect([connected.size, timers]).to.deep.equal([0, []]);
  });

  it("forgetsWhoIsNotWantedAnyMore", async () => {
    const { trips, state, start, pass } = world();
    state.answers = [7];
    await start();
    expect(trips.of(NODE).roundTripMs).to.equal(7);
    state.wanted = [];
    await pass(1);
    expect(trips.of(NODE)).to.deep.equal(NOTHING);
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
