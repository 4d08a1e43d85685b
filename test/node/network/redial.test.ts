import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { networkError } from "../../../node/src/network/errors.ts";
import { REDIAL_MAX_MS, REDIAL_MIN_MS } from "../../../node/src/network/limits.ts";
import { createRedialer, redialDelayMs } from "../../../node/src/network/redial.ts";
import { fakeClock } from "./support.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setting(dial: () => Promise<string>) {
  const clock = fakeClock();
  const lost = Promise.withResolvers<void>();
  let dials = 0;
  const redialer = createRedialer(
    { addresses: ["/ip4/127.0.0.1/tcp/1"] },
    {
      dial() {
        dials++;
        return dial();
      },
      whenLost: () => lost.promise,
      clock,
      logger: pino({ level: "silent" }),
      random: () => 0.5,
    },
  );
  return { clock, redialer, lose: lost.resolve, dials: () => dials };
}

describe("redialer", () => {
  it("waits twice as long after each failure, up to its most, spread to both sides", () => {
    expect([1, 2, 3].map((failures) => redialDelayMs(failures, 0.5))).to.deep.equal([500, 1_000, 2_000]);
    expect(redialDelayMs(0, 0.5)).to.equal(REDIAL_MIN_MS);
    expect(redialDelayMs(1_000, 0.5)).to.equal(REDIAL_MAX_MS);
    expect(redialDelayMs(1, 0)).to.equal(REDIAL_MIN_MS / 2);
    expect(redialDelayMs(1, 0.999)).to.be.lessThan(REDIAL_MIN_MS * 1.5);
  });

  it("dials until it succeeds, waits while the peer is there, and dials again when it is lost", async () => {
    let reachable = false;
    const { clock, redialer, lose, dials } = setting(async () => {
      if (reachable) return "peer";
      throw networkError("PEER_UNREACHABLE", "nobody there", { retryable: true });
    });
    redialer.start();
    await turn();
    expect(dials()).to.equal(1);
    clock.advance(500);
    await turn();
    expect(dials()).to.equal(2);
    reachable = true;
    clock.advance(1_000);
    await turn();
    expect(dials()).to.equal(3);
    clock.advance(600_000);
    await turn();
    expect(dials()).to.equal(3);
    lose();
    await turn();
    clock.advance(500);
    await turn();
    expect(dials()).to.equal(4);
    redialer.stop();
  });

  it("gives up its own address, and everything when it stops", async () => {
    const self = setting(async () => {
      throw networkError("PEER_IS_SELF", "that is me");
    });
    self.redialer.start();
    await turn();
    self.clock.advance(600_000);
    await turn();
    expect(self.dials()).to.equal(1);

    const other = setting(async () => {
      throw networkError("PEER_UNREACHABLE", "nobody there", { retryable: true });
    });
    other.redialer.start();
    await turn();
    other.redialer.stop();
    other.clock.advance(600_000);
    await turn();
    expect(other.dials()).to.equal(1);
  });
});
