import { expect } from "chai";
import { describe, it } from "mocha";
import {
  CARD_HEIGHT,
  CARD_WIDTH,
  layoutKey,
  layoutOf,
  neighbourOf,
  type Placed,
} from "../../../dashboard/src/views/team/layout.ts";
import type { TaskList } from "../../../dashboard/src/views/team/model.ts";

const card = (id: string, spawnedBy?: string): Placed => ({ id, spawnedBy });
const task = (agent: string, ...dependsOn: number[]) => ({ agent, dependsOn });

function at(cards: readonly Placed[], lists: readonly TaskList[], id: string) {
  const found = layoutOf(cards, lists).get(id);
  if (found === undefined) throw new Error(`${id} has no place`);
  return found;
}

/** Two cards that share some of the same ground. */
function overlaps(cards: readonly Placed[], lists: readonly TaskList[]): readonly string[] {
  const places = [...layoutOf(cards, lists)];
  return places.flatMap(([one, a], index) =>
    places
      .slice(index + 1)
      .filter(([, b]) => Math.abs(a.x - b.x) < CARD_WIDTH && Math.abs(a.y - b.y) < CARD_HEIGHT)
      .map(([other]) => `${one} ${other}`),
  );
}

describe("layout of a team", () => {
  const chain = [card("a"), card("b"), card("c"), card("d")];
  const tasks = [task("a"), task("b", 0), task("c", 0), task("d", 1, 2)];

  it("has tasks go from left to right, those that wait for the same beneath each other", () => {
    const x = (id: string) => at(chain, [tasks], id).x;
    expect(x("a")).to.be.lessThan(x("b"));
    expect(x("b")).to.equal(x("c"));
    expect(x("c")).to.be.lessThan(x("d"));
    expect(at(chain, [tasks], "b").y).to.not.equal(at(chain, [tasks], "c").y);
  });

  it("has an agent with several tasks where its first one is", () => {
    const again = [task("a"), task("b", 0), task("a", 1)];
    expect(at(chain, [again], "a").x).to.be.lessThan(at(chain, [again], "b").x);
  });

  it("has helpers below who started them, theirs below them, and all others in a grid", () => {
    const cards = [...chain, card("h1", "a"), card("h2", "a"), card("h3", "h1"), card("lone")];
    const y = (id: string) => at(cards, [tasks], id).y;
    expect(y("h1")).to.be.greaterThan(y("a"));
    expect(y("h2")).to.be.greaterThan(y("a"));
    expect(y("h3")).to.be.greaterThan(y("h1"));
    expect(layoutOf(cards, [tasks])).to.have.lengthOf(cards.length);
    expect(overlaps(cards, [tasks])).to.deep.equal([]);
  });

  it("is the same whatever order agents come in, and of a screen's shape", () => {
    const cards = Array.from({ length: 200 }, (_, index) =>
      card(`agent:${index}`, index < 8 ? undefined : index < 150 ? `agent:${index % 8}` : "node:1"),
    );
    cards.push(card("node:1"));
    const places = layoutOf(cards, [tasks]);
    const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(layoutOf(cards.toReversed(), [tasks]))).to.deep.equal(sorted(places));
    expect(overlaps(cards, [tasks])).to.deep.equal([]);
    const [width, height] = (["x", "y"] as const).map((side) =>
      Math.max(...[...places.values()].map((one) => one[side])),
    );
    expect((width ?? 0) / (height ?? 1)).to.be.within(0.8, 3.5);
  });

  it("places everybody where a log says that some started each other, or one that is not there", () => {
    const cards = [card("a", "b"), card("b", "a"), card("c", "gone"), card("d", "a")];
    expect(layoutOf(cards, [])).to.have.lengthOf(4);
    expect(overlaps(cards, [])).to.deep.equal([]);
    expect(layoutOf([], [])).to.have.lengthOf(0);
  });

  it("is made anew when somebody comes or a task changes, and for nothing else", () => {
    const key = layoutKey(chain, [tasks]);
    expect(layoutKey(chain.toReversed(), [tasks.map((one) => ({ ...one }))])).to.equal(key);
    expect(layoutKey([...chain, card("e")], [tasks])).to.not.equal(key);
    expect(layoutKey(chain, [[...tasks, task("a", 3)]])).to.not.equal(key);
  });

  it("lets arrow keys go to the nearest card that way, and nowhere at an edge", () => {
    const places = layoutOf(chain, [tasks]);
    expect(neighbourOf("a", "ArrowRight", places)).to.equal("b");
    expect(neighbourOf("b", "ArrowDown", places)).to.equal("c");
    expect(neighbourOf("c", "ArrowUp", places)).to.equal("b");
    expect(neighbourOf("b", "ArrowRight", places)).to.equal("d");
    expect(neighbourOf("a", "ArrowLeft", places)).to.equal(undefined);
    expect(neighbourOf("a", "Enter", places)).to.equal(undefined);
  });
});
