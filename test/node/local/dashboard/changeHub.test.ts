import { expect } from "chai";
import { describe, it } from "mocha";
import { systemClock } from "../../../../node/src/chain/clock.ts";
import {
  type Change,
  type ChangeSources,
  createChangeHub,
} from "../../../../node/src/local/dashboard/changeHub.ts";
import {
  CHANGED_IDS_MAX,
  CHANGES_EVERY_MS,
  CHANGES_FIRST_MS,
} from "../../../../node/src/local/dashboard/limits.ts";
import { lookedAt } from "../../../../node/src/local/dashboard/lookedAt.ts";
import { manualClock } from "../../chain/helpers.ts";

describe("hub of changes", () => {
  function setUp(sources: ChangeSources = {}, clock = systemClock()) {
    const listeners = new Map<string, Set<(id: bigint) => void>>();
    const on = (topic: string, listener: (id: bigint) => void) => {
      const there = listeners.get(topic) ?? new Set();
      listeners.set(topic, there.add(listener));
      return () => void there.delete(listener);
    };
    const hub = createChangeHub({
      clock,
      projection: { on: on as never },
      onBlock: (handler) => on("block", () => handler()),
      head: () => "7",
      sources: {
        approval: (note) => on("approval", (id) => note(String(id))),
        terminal: (note) => on("terminal", (id) => note(String(id))),
        folder: (note) => on("folder", (id) => note(String(id))),
        ...sources,
      },
    });
    return {
      hub,
      tell: (topic: string, id: bigint) => {
        for (const listener of listeners.get(topic) ?? []) listener(id);
      },
      heardBy: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
    };
  }
  const next = (hub: ReturnType<typeof setUp>["hub"]) =>
    new Promise<readonly Change[]>((resolve) => {
      const end = hub.listen((changes) => {
        end();
        resolve(changes);
      });
    });

  it("gathers what changes at once, each id once", async () => {
    const { hub, tell } = setUp();
    const told = next(hub);
    for (const id of [3n, 3n, 4n]) tell("execution", id);
    tell("block", 0n);
    tell("credit", 0n);
    tell("terminal", 5n);
    expect(await told).to.deep.equal([
      { topic: "head", ids: ["7"] },
      { topic: "execution", ids: ["3", "4"] },
      { topic: "terminal", ids: ["5"] },
      { topic: "credit", ids: ["withdrawal"] },
    ]);
  });

  it("tells what is not the chain's within a tenth of a second", async () => {
    const { hub, tell } = setUp();
    const told = next(hub);
    tell("approval", 1n);
    // Of two timers the one that is due first comes first, however busy the machine is.
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("too late"), 90));
    expect(await Promise.race([told, late])).to.deep.equal([{ topic: "approval", ids: ["1"] }]);
  });

  it("tells the first after a rest with what comes along with it, and what follows once in so long, however much", () => {
    const clock = manualClock();
    const { hub, tell } = setUp({}, clock);
    const told: (readonly [number, string])[] = [];
    const end = hub.listen((changes) => {
      told.push([clock.monotonicMs(), changes.flatMap(({ ids }) => ids).join()]);
    });
    const begunMs = 1_000;
    clock.advance(begunMs);
    tell("execution", 1n);
    clock.advance(CHANGES_FIRST_MS - 1);
    tell("execution", 2n);
    for (let id = 3n; id < 100n; id += 1n) {
      clock.advance(1);
      tell("node", id);
    }
    clock.advance(CHANGES_EVERY_MS);
    const first = begunMs + CHANGES_FIRST_MS;
    expect(told.map(([atMs]) => atMs)).to.deep.equal([
      first,
      first + CHANGES_EVERY_MS,
      first + 2 * CHANGES_EVERY_MS,
    ]);
    expect(told[0]?.[1]).to.equal("1,2");
    // Nothing changed since: it rests, and the next is a first one again.
    expect(clock.waits()).to.deep.equal([]);
    clock.advance(CHANGES_EVERY_MS);
    tell("agent", 100n);
    expect(clock.waits()).to.deep.equal([CHANGES_FIRST_MS]);
    end();
    expect(clock.waits()).to.deep.equal([]);
  });

  it("names no ids where too many changed", async () => {
    const { hub, tell } = setUp();
    const told = next(hub);
    for (let id = 0; id <= CHANGED_IDS_MAX; id++) tell("agent", BigInt(id));
    expect(await told).to.deep.equal([{ topic: "agent", ids: null }]);
  });

  it("hears nothing while nobody listens, and not twice for two who do", () => {
    const { hub, heardBy } = setUp();
    expect(heardBy()).to.equal(0);
    const first = hub.listen(() => {});
    const one = heardBy();
    const second = hub.listen(() => {});
    expect(heardBy()).to.equal(one);
    first();
    expect(heardBy()).to.equal(one);
    second();
    expect(heardBy()).to.equal(0);
  });

  it("tells of what it has to look at once that is another than at the look before, and looks no more when nobody listens", async () => {
    const states = new Map([
      ["1", "waiting"],
      ["2", "waiting"],
    ]);
    let looks = 0;
    async function look() {
      looks += 1;
      // The first look has seen how things were.
      if (looks === 2) states.set("2", "working");
      return new Map(states);
    }
    const { hub } = setUp({ presence: lookedAt(look, 5) });
    expect(await next(hub)).to.deep.equal([{ topic: "presence", ids: ["2"] }]);
    const seen = looks;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(looks).to.equal(seen);
  });
});
