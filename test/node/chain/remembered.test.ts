import { expect } from "chai";
import { describe, it } from "mocha";
import { createRemembered } from "../../../node/src/chain/remembered.ts";

describe("createRemembered", () => {
  it("makes each answer once, and forgets the oldest beyond its bound", () => {
    const made: string[] = [];
    const remembered = createRemembered<string>({ entriesMax: 2 });
    const ask = (key: string) =>
      remembered.of(key, () => {
        made.push(key);
        return `answer to ${key}`;
      });
    expect([ask("a"), ask("b"), ask("a")]).to.deep.equal(["answer to a", "answer to b", "answer to a"]);
    expect(made).to.deep.equal(["a", "b"]);
    ask("c");
    ask("b");
    expect(made, "the other two are still known").to.deep.equal(["a", "b", "c"]);
    ask("a");
    expect(made).to.deep.equal(["a", "b", "c", "a"]);
  });
});
