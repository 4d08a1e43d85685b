import { expect } from "chai";
import { describe, it } from "mocha";
import { createDoor } from "../../../node/src/local/door.ts";

describe("a door", () => {
  function setUp() {
    const door = createDoor({ parallelMax: 1, waitingMax: 2 });
    const entered: string[] = [];
    const ends = new Map<string, () => void>();
    const come = (name: string, signal?: AbortSignal) =>
      door(() => {
        entered.push(name);
        return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
      }, signal).catch((error: { readonly code: string }) => error.code);
    return { door, entered, come, end: (name: string) => ends.get(name)?.() };
  }

  it("lets some in, has some wait in their order, and refuses who is one too many", async () => {
    const { entered, come, end } = setUp();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => come(name));
    expect(await d).to.equal("READS_TOO_MANY");
    end("a");
    expect(await a).to.equal("a");
    end("b");
    expect(await b).to.equal("b");
    end("c");
    expect(await c).to.equal("c");
    expect(entered).to.deep.equal(["a", "b", "c"]);
    const again = come("e");
    end("e");
    expect(await again).to.equal("e");
  });

  it("forgets who goes while they wait, and lets the next in after one that failed", async () => {
    const { door, entered, come, end } = setUp();
    let fail = () => {};
    const failing = door(() => new Promise<never>((_, reject) => (fail = () => reject(new Error("away")))));
    const gone = new AbortController();
    const left = come("left", gone.signal);
    const stays = come("stays");
    gone.abort();
    expect(await left).to.equal("READS_TOO_MANY");
    const takesItsPlace = come("takes its place");
    fail();
    expect(await failing.catch((error: Error) => error.message)).to.equal("away");
    end("stays");
    expect(await stays).to.equal("stays");
    end("takes its place");
    expect(await takesItsPlace).to.equal("takes its place");
    expect(entered).to.deep.equal(["stays", "takes its place"]);
    expect(await come("late", gone.signal)).to.equal("READS_TOO_MANY");
  });
});
