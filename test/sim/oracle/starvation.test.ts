import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { expect } from "chai";
import { describe, it } from "mocha";
import { AGREEMENT_MS_MAX, isLate } from "./agreement.ts";
import { createStarvationMeter, starvedMs } from "./starvation.ts";

/** Twice as many as there are processors: each waits half of its time. */
const BUSY = 2 * availableParallelism();
const BUSY_MS = 400;

describe("the time for which there is no processor", function () {
  this.timeout(20_000);

  it("is told of a process that waits for one, and of one that is gone not", async function () {
    if (starvedMs("self") === undefined) return this.skip();
    const spin = `const end = Date.now() + ${BUSY_MS}; while (Date.now() < end); process.stdin.resume();`;
    const children = Array.from({ length: BUSY }, () =>
      spawn(process.execPath, ["-e", spin], { stdio: ["pipe", "ignore", "inherit"] }),
    );
    const meter = createStarvationMeter(
      children.map(
        ({ pid }) =>
          () =>
            pid,
      ),
    );
    const gone = Promise.all(children.map((child) => once(child, "exit")));
    while (meter.longestMs() < BUSY_MS / 4) {
      meter.look();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const { stdin } of children) stdin?.end();
    await gone;
    expect(starvedMs(children[0]?.pid ?? 0)).to.equal(undefined);
  });

  it("is added up over the processes that somebody was, and counts of the one who waited longest", () => {
    const pids: (number | "self" | undefined)[] = [undefined, "self"];
    const meter = createStarvationMeter(pids.map((_, index) => () => pids[index]));
    meter.look();
    const before = meter.longestMs();
    pids[0] = process.pid;
    meter.look();
    expect(meter.longestMs()).to.be.at.least(Math.max(before, starvedMs("self") === undefined ? 0 : 0.001));
    pids[0] = undefined;
    const kept = meter.longestMs();
    meter.look();
    expect(meter.longestMs()).to.be.at.least(kept);
  });

  it("does not count against a daemon, and nothing else is overlooked", () => {
    expect(isLate({ tookMs: AGREEMENT_MS_MAX, starvedMs: 0 })).to.equal(false);
    expect(isLate({ tookMs: AGREEMENT_MS_MAX + 1, starvedMs: 0 })).to.equal(true);
    expect(isLate({ tookMs: AGREEMENT_MS_MAX + 1, starvedMs: 1 })).to.equal(false);
    expect(isLate({ tookMs: 2 * AGREEMENT_MS_MAX, starvedMs: AGREEMENT_MS_MAX - 1 })).to.equal(true);
  });
});
