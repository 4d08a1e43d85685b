import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  createRetries,
  RETRY_AFTER_MS_MAX,
  RETRY_DELAY_MS_MAX,
  RETRY_DELAY_MS_MIN,
  RETRY_JITTER_PART,
  retryDelayMs,
} from "../../../node/src/work/retries.ts";
import { manualClock } from "../chain/helpers.ts";
import { digestOf } from "./fakeChain.ts";

const context = digestOf("context");
const failed = (retryAfterMs?: number) =>
  Object.assign(new PleiadError("it failed", { code: "TEST", retryable: true }), { retryAfterMs });

describe("retryDelayMs", () => {
  it("doubles_upToTheLongest_howeverOftenItFailed", () => {
    expect([1, 2, 3].map((failures) => retryDelayMs(failures))).to.deep.equal([250, 500, 1_000]);
    expect(retryDelayMs(100_000)).to.equal(RETRY_DELAY_MS_MAX);
  });
});

describe("createRetries", () => {
  it("eachFailureWaitsLonger_andTheTimeRunsDown", () => {
    const clock = manualClock();
    const retries = createRetries({ clock, random: () => 0 });
    expect(retries.waitMs(1n, 0, context)).to.equal(0);
    expect(retries.later(1n, 0, context, failed())).to.equal(RETRY_DELAY_MS_MIN);
    clock.advance(200);
    expect(retries.waitMs(1n, 0, context)).to.equal(50);
    clock.advance(50);
    expect(retries.waitMs(1n, 0, context)).to.equal(0);
    expect(retries.later(1n, 0, context, failed())).to.equal(2 * RETRY_DELAY_MS_MIN);
  });

  it("chance_shortensAPause_byAQuarterAtMost", () => {
    let drawn = 0;
    const retries = createRetries({ clock: manualClock(), random: () => drawn });
    drawn = 0.5;
    expect(retries.later(1n, 0, context, failed())).to.equal(
      Math.round(RETRY_DELAY_MS_MIN * (1 - RETRY_JITTER_PART / 2)),
    );
    drawn = 0.999;
    const second = retries.later(1n, 0, context, failed());
    expect(second).to.be.within(2 * RETRY_DELAY_MS_MIN * (1 - RETRY_JITTER_PART), 2 * RETRY_DELAY_MS_MIN);
  });

  it("whatAServerAsksFor_isHeeded_withinReason", () => {
    const retries = createRetries({ clock: manualClock() });
    expect(retries.later(1n, 0, context, failed(7_000))).to.equal(7_000);
    expect(retries.later(1n, 1, context, failed(1e12))).to.equal(RETRY_AFTER_MS_MAX);
  });

  it("aFailure_countsForItsContextAndTaskAlone", () => {
    const retries = createRetries({ clock: manualClock() });
    retries.never(1n, 0, context);
    expect(retries.waitMs(1n, 0, context)).to.equal(Number.POSITIVE_INFINITY);
    expect(retries.waitMs(1n, 0, digestOf("another context"))).to.equal(0);
    expect(retries.waitMs(1n, 1, context)).to.equal(0);
    expect(retries.waitMs(2n, 0, context)).to.equal(0);
    retries.forget(1n);
    expect(retries.waitMs(1n, 0, context)).to.equal(0);
  });
});
