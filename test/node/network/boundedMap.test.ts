import { expect } from "chai";
import { describe, it } from "mocha";
import { createBoundedMap } from "../../../node/src/network/boundedMap.ts";
import { fakeClock } from "./support.ts";

describe("bounded map", () => {
  it("forgets the least recently used entry when it is full", () => {
    const map = createBoundedMap<string, number>({ entriesMax: 2 }, { clock: fakeClock() });
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).to.equal(1);
    map.set("c", 3);
    expect([...map.entries()]).to.deep.equal([
      ["a", 1],
      ["c", 3],
    ]);
    map.set("a", 4);
    expect(map.size).to.equal(2);
    expect(map.get("a")).to.equal(4);
  });

  it("forgets an entry when its time is over, its own or the map's", () => {
    const clock = fakeClock();
    const map = createBoundedMap<string, number>({ entriesMax: 9, ttlMs: 100 }, { clock });
    map.set("a", 1);
    map.set("b", 2, 50);
    clock.advance(50);
    expect([...map.entries()]).to.deep.equal([["a", 1]]);
    expect(map.get("b")).to.equal(undefined);
    clock.advance(50);
    expect(map.get("a")).to.equal(undefined);
    expect(map.size).to.equal(0);
  });
});
