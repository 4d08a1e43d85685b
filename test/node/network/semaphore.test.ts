import { expect } from "chai";
import { describe, it } from "mocha";
import { createSemaphore } from "../../../node/src/network/semaphore.ts";

describe("semaphore", () => {
  it("lets a bounded number work, a bounded number wait in order, and refuses the rest", async () => {
    const semaphore = createSemaphore({ workingMax: 2, waitingMax: 2, full: () => new Error("full") });
    const { signal } = new AbortController();
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const started: number[] = [];
    const runs = gates.map(({ promise }, index) =>
      semaphore.run(signal, async () => {
        started.push(index);
        await promise;
      }),
    );
    const refused = await semaphore.run(signal, async () => undefined).catch((error: Error) => error.message);
    expect(refused).to.equal("full");
    expect(started).to.deep.equal([0, 1]);
    gates[1]?.resolve();
    await runs[1];
    await Promise.resolve();
    expect(started).to.deep.equal([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    await Promise.all(runs);
    expect(started).to.deep.equal([0, 1, 2, 3]);
  });

  it("lets go of one that waits when its signal ends", async () => {
    const semaphore = createSemaphore({ workingMax: 1, waitingMax: 1, full: () => new Error("full") });
    const gate = Promise.withResolvers<void>();
    const first = semaphore.run(new AbortController().signal, () => gate.promise);
    const waiter = new AbortController();
    const second = semaphore.run(waiter.signal, async () => "never").catch((error: Error) => error.message);
    waiter.abort(new Error("enough"));
    expect(await second).to.equal("enough");
    const third = semaphore.run(new AbortController().signal, async () => "third");
    gate.resolve();
    await first;
    expect(await third).to.equal("third");
  });
});
