import { expect } from "chai";
import { describe, it } from "mocha";
import { createLifetime } from "../../../node/src/local/lifetime.ts";

describe("lifetime", () => {
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );

  it("close_oneFails_closesTheOthersInOrderAndTells", async () => {
    const closed: string[] = [];
    const lifetime = createLifetime();
    const failure = new Error("the engine cannot be closed");
    lifetime.keep("store", async (name) => closed.push(name));
    lifetime.keep("engine", () => Promise.reject(failure));
    lifetime.keep("api", async (name) => closed.push(name));
    expect(await failureOf(lifetime.close())).to.equal(failure);
    expect(closed).to.deep.equal(["api", "store"]);
  });

  it("endsWith_oneBreaks_closesEverythingBeforeItTells", async () => {
    const closed: string[] = [];
    const lifetime = createLifetime();
    lifetime.keep("store", async (name) => closed.push(name));
    const failure = new Error("the chain was replaced");
    const ended = lifetime.endsWith([new Promise(() => {}), Promise.reject(failure)]);
    expect(await failureOf(ended)).to.equal(failure);
    expect(closed).to.deep.equal(["store"]);
    await lifetime.close();
    expect(closed).to.deep.equal(["store"]);
  });
});
