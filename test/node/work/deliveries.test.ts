import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { zeroHash } from "viem";
import {
  createDeliveries,
  DELIVER_RETRY_MS_MAX,
  DELIVER_SPREAD_MS_MAX,
  DELIVERIES_PARALLEL_MAX,
} from "../../../node/src/work/deliveries.ts";
import type { CallbackDeliverer, CallbackFacts } from "../../../node/src/work/ports.ts";
import { spreadOf } from "../../../node/src/work/spread.ts";
import { logger, manualClock } from "../chain/helpers.ts";

type Result = Awaited<ReturnType<CallbackDeliverer["deliver"]>> | PleiadError | "never";
const SENT = { transactionHash: zeroHash };
const NOT_WORTH = new PleiadError("too little", { code: "DELIVERY_NOT_WORTH", retryable: true });

/** A daemon beside a chain whose callbacks a test decides. */
function setting(node = 1n) {
  const clock = manualClock();
  const callbacks = new Map<bigint, CallbackFacts>();
  const listeners = new Set<() => void>();
  const flush = async () => {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const state = { tried: [] as bigint[], result: SENT as Result };
  const world = Object.assign(state, {
    clock,
    callbacks,
    show: () => listeners.forEach((listener) => void listener()),
    async pass(ms: number) {
      await flush();
      const endMs = clock.monotonicMs() + ms;
      while (clock.monotonicMs() < endMs) {
        clock.advance(Math.max(0, Math.min(endMs - clock.monotonicMs(), ...clock.waits())));
        await flush();
      }
    },
    deliveries: createDeliveries(
      { node },
      {
        chain: {
          undelivered: () => [...callbacks.keys()],
          callback: (execution) => callbacks.get(execution),
          onChange(handler) {
            listeners.add(handler);
            return () => listeners.delete(handler);
          },
        },
        deliverer: {
          async deliver(execution): Promise<Exclude<Result, PleiadError | "never">> {
            state.tried.push(execution);
            if (state.result instanceof PleiadError) throw state.result;
            if (state.result === "never") return new Promise<never>(() => {});
            return state.result;
          },
        },
        clock,
        logger,
      },
    ),
  });
  world.deliveries.start();
  return world;
}

const FACTS: CallbackFacts = { settled: true, windowMs: 10_000 };

describe("createDeliveries", () => {
  it("anEnd_isDeliveredAtTheNodesOwnTimeWithinAWindow_once", async () => {
    for (const node of [1n, 2n, 3n]) {
      const world = setting(node);
      world.callbacks.set(7n, FACTS);
      world.show();
      const turnMs = spreadOf(7n, node) * 10_000;
      await world.pass(Math.floor(turnMs) - 1);
      expect(world.tried, `node ${node}, before its turn`).to.deep.equal([]);
      await world.pass(3);
      expect(world.tried, `node ${node}`).to.deep.equal([7n]);
      world.callbacks.delete(7n);
      world.show();
      await world.pass(DELIVER_RETRY_MS_MAX);
      expect(world.tried, `node ${node}`).to.deep.equal([7n]);
      expect(world.clock.waits()).to.deep.equal([]);
      world.deliveries.stop();
    }
  });

  it("whatSomebodyElseDeliveredMeanwhile_isNotTried", async () => {
    const world = setting();
    world.callbacks.set(7n, FACTS);
    world.show();
    world.callbacks.delete(7n);
    await world.pass(DELIVER_SPREAD_MS_MAX);
    expect(world.tried).to.deep.equal([]);
    world.deliveries.stop();
  });

  it("anEndThatIsNotDeepEnough_waitsForItsBlocks", async () => {
    const world = setting();
    world.callbacks.set(7n, { ...FACTS, settled: false });
    world.show();
    await world.pass(DELIVER_SPREAD_MS_MAX);
    expect(world.tried).to.deep.equal([]);
    world.callbacks.set(7n, FACTS);
    world.show();
    await world.pass(10_000);
    expect(world.tried).to.deep.equal([7n]);
    world.deliveries.stop();
  });

  it("whatIsNotWorthItsGas_isLookedAtAgain_lessAndLessOften_untilItIs", async () => {
    const world = setting();
    world.result = NOT_WORTH;
    world.callbacks.set(7n, FACTS);
    world.show();
    await world.pass(6 * DELIVER_RETRY_MS_MAX);
    expect(world.tried.length).to.be.within(6, 16);
    world.tried.length = 0;
    world.result = SENT;
    await world.pass(2 * DELIVER_RETRY_MS_MAX);
    expect(world.tried.length).to.be.greaterThan(0);
    world.deliveries.stop();
    expect(world.clock.waits()).to.deep.equal([]);
  });

  it("whatTheContractWillNeverTake_isNotTriedAgain", async () => {
    const world = setting();
    world.result = new PleiadError("would be refused", { code: "SUBMISSION_REFUSED" });
    world.callbacks.set(7n, FACTS);
    world.show();
    await world.pass(3 * DELIVER_RETRY_MS_MAX);
    expect(world.tried).to.deep.equal([7n]);
    world.deliveries.stop();
  });

  it("oneThatHangs_isNotHandedOverTwice_andOfManyOnlySomeAreAtOnce", async () => {
    const world = setting();
    world.result = "never";
    for (let id = 1n; id <= 5n; id++) world.callbacks.set(id, FACTS);
    world.show();
    await world.pass(DELIVER_RETRY_MS_MAX);
    expect(world.tried).to.have.length(DELIVERIES_PARALLEL_MAX);
    expect(new Set(world.tried).size).to.equal(DELIVERIES_PARALLEL_MAX);
    world.deliveries.stop();
  });
});
