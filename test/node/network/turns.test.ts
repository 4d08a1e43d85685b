import { expect } from "chai";
import { describe, it } from "mocha";
import { createTurns } from "../../../node/src/network/turns.ts";

describe("turns", () => {
  it("let a bounded number work for each name, and refuse by name who finds too many waiting", async () => {
    const turns = createTurns({ workingMax: 1, waitingMax: 1, full: (name) => new Error(`${name} is full`) });
    const never = new AbortController().signal;
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    const take = (name: string, what: string) =>
      turns.run(name, never, async () => {
        await gate.promise;
        done.push(what);
      });
    const all = [take("a", "first"), take("a", "second"), take("b", "other")];
    const full = await take("a", "third").catch((error: Error) => error.message);
    expect(full).to.equal("a is full");
    gate.resolve();
    await Promise.all(all);
    expect(done).to.deep.equal(["first", "other", "second"]);
    // A name that nobody uses is forgotten, with its place free.
    await take("a", "again");
    expect(done.at(-1)).to.equal("again");
  });
});
