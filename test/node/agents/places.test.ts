import { expect } from "chai";
import { describe, it } from "mocha";
import { createPlaces, WAITING_MAX } from "../../../node/src/agents/places.ts";
import { expectCode } from "./fixtures/world.ts";

const never = new AbortController().signal;
const LONG_MS = 60_000;

describe("places", () => {
  it("go to those who wait in the order in which they came", async () => {
    const places = createPlaces(1);
    const first = await places.take(never, LONG_MS);
    const order: number[] = [];
    const others = [1, 2, 3].map(async (number) => {
      const giveBack = await places.take(never, LONG_MS);
      order.push(number);
      giveBack();
    });
    first();
    await Promise.all(others);
    expect(order).to.deep.equal([1, 2, 3]);
  });

  it("given back twice count once", async () => {
    const places = createPlaces(1);
    const first = await places.take(never, LONG_MS);
    first();
    const second = await places.take(never, LONG_MS);
    first();
    await expectCode(places.take(never, 1), "AGENT_BUSY");
    second();
    (await places.take(never, LONG_MS))();
  });

  it("are not lost when somebody leaves the line", async () => {
    const places = createPlaces(1);
    const first = await places.take(never, LONG_MS);
    const controller = new AbortController();
    const leaving = places.take(controller.signal, LONG_MS);
    const staying = places.take(never, LONG_MS);
    controller.abort();
    await expectCode(leaving, "AGENT_STOPPED");
    await expectCode(places.take(never, 1), "AGENT_BUSY");
    first();
    (await staying)();
    (await places.take(never, LONG_MS))();
  });

  it("have a line of a limited length", async () => {
    const places = createPlaces(1);
    const giveBack = await places.take(never, LONG_MS);
    const controller = new AbortController();
    const line = Array.from({ length: WAITING_MAX }, () => places.take(controller.signal, LONG_MS));
    const left = Promise.allSettled(line);
    await expectCode(places.take(never, LONG_MS), "AGENT_BUSY");
    controller.abort();
    expect((await left).every(({ status }) => status === "rejected")).to.equal(true);
    giveBack();
  });
});
