import { expect } from "chai";
import { describe, it } from "mocha";
import { createClusterTimes, LATENCIES_KEPT_MS } from "../../../node/src/work/clusterTimes.ts";
import { manualClock } from "../chain/helpers.ts";

function timesAt() {
  const clock = manualClock();
  return { clock, times: createClusterTimes({ clock }) };
}

describe("times of clusters", () => {
  it("tells how long the oldest task of each cluster waits, since when it began to", () => {
    const { clock, times } = timesAt();
    times.wait(1n, 7n, [0, 1]);
    clock.advance(1_000);
    times.wait(1n, 7n, [1, 2]);
    times.wait(2n, 8n, [0]);
    clock.advance(500);
    expect(times.oldestMs()).to.deep.equal(
      new Map([
        [7n, 1_500],
        [8n, 500],
      ]),
    );
    const startMs = clock.monotonicMs() - 1_500;
    expect(times.begin(1n, 1), "whoever waited before waits since then").to.equal(startMs);
    expect(times.begin(1n, 2)).to.equal(startMs + 1_000);
    expect(times.begin(1n, 0), "it did not wait any more").to.equal(startMs + 1_500);
    times.wait(1n, 7n, []);
    times.forget(2n);
    expect(times.oldestMs()).to.deep.equal(new Map());
  });

  it("tells the 95th percentile of answers of late, of each cluster by itself", () => {
    const { clock, times } = timesAt();
    expect(times.latencyMs(7n)).to.equal(undefined);
    for (let tookMs = 1; tookMs <= 100; tookMs += 1) times.answered(7n, tookMs);
    times.answered(8n, 5);
    expect([times.latencyMs(7n), times.latencyMs(8n)]).to.deep.equal([95, 5]);
    clock.advance(LATENCIES_KEPT_MS - 1);
    times.answered(7n, 1_000);
    clock.advance(1);
    expect([times.latencyMs(7n), times.latencyMs(8n)]).to.deep.equal([1_000, undefined]);
  });

  it("remembers a bounded number of answers and of clusters, those that were answered last", () => {
    const { times } = timesAt();
    for (let index = 0; index < 128; index += 1) times.answered(7n, 1_000);
    for (let index = 0; index < 128; index += 1) times.answered(7n, 1);
    expect(times.latencyMs(7n)).to.equal(1);
    for (let cluster = 100n; cluster < 355n; cluster += 1n) times.answered(cluster, 1);
    expect(times.clusters().length).to.equal(256);
    times.answered(7n, 1);
    times.answered(999n, 1);
    expect(times.clusters()).to.include.members([7n, 999n]).and.not.include(100n);
  });
});
