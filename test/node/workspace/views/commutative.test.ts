import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { LogEntry } from "../../../../node/src/workspace/log/types.ts";
import { ENTRY_TYPES } from "../../../../node/src/workspace/views/entryTypes.ts";
import { createRegisters } from "../../../../node/src/workspace/views/registers.ts";
import { createShelf } from "../../../../node/src/workspace/views/shelf.ts";
import { createViews, type Views } from "../../../../node/src/workspace/views/views.ts";
import { ALL_IDS, feeds, NOW_MS, OTHER_USER, USER } from "./support.ts";

const SEED = 20_260_929;
const RUNS = { seed: SEED, numRuns: 256 };

/** @param asked before each entry: what is made when it is asked for must be right afterwards, too */
function fold(entries: readonly LogEntry[], asked?: (views: Views) => unknown): Views {
  const views = createViews();
  for (const entry of entries) {
    asked?.(views);
    views.apply(entry);
  }
  return views;
}

/** Entries sorted by numbers that somebody drew: any order at all. */
function shuffled<T>(items: readonly T[], numbers: readonly number[]): readonly T[] {
  return items
    .map((item, index) => [numbers[index % numbers.length] ?? 0, index, item] as const)
    .sort(([a, i], [b, j]) => a - b || i - j)
    .map(([, , item]) => item);
}

/** What the queries answer, beside what the dump holds. */
function answers({ messages, context, memory, threads, jobs, files, presence, requests, rules }: Views) {
  const parties = ["agent:1", "agent:2", "agent:3", "helper:1/scout", `user:${USER}`];
  return [
    parties.map((party) =>
      messages.inboxOf(party, NOW_MS).map(({ id }) => [id, messages.receiptOf(id, party)]),
    ),
    parties.map((party) => presence.standingOf(party)),
    ALL_IDS.map((id) => messages.receiptsOf(id)),
    messages.topics().map((topic) => messages.subscribersOf(topic)),
    context.values(""),
    ["alpha", "beta"].map((key) => context.history(key)),
    rules.history(),
    [USER, OTHER_USER].map((user) => memory.of(user)),
    [USER, OTHER_USER].map((user) => threads.threadsOf(user).map(({ thread }) => threads.of(user, thread))),
    jobs.all().map((job) => [jobs.standing(job, NOW_MS), jobs.chainOf(job)]),
    files.held(NOW_MS),
    presence.helpers(),
    parties.map((party) => requests.find(party, "r1")),
  ];
}

const order = fc.array(fc.nat(), { minLength: 36, maxLength: 36 });

describe("views", () => {
  it("come to the same whatever the order in which entries of all feeds come", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(feeds, order, (all, numbers) => {
        const entries = all.flat();
        for (const { type } of entries) seen.add(type);
        const one = fold(entries);
        const other = fold(shuffled(entries, numbers), answers);
        expect(other.dump()).to.equal(one.dump());
        expect(answers(other)).to.deep.equal(answers(one));
      }),
      RUNS,
    );
    // Should the entries stop meeting the types, this test would promise nothing.
    for (const type of Object.keys(ENTRY_TYPES)) expect(seen.has(type), type).to.equal(true);
  });

  it("are the same when they are dropped and made again, and when an entry is told twice", () => {
    fc.assert(
      fc.property(feeds, order, (all, numbers) => {
        const entries = all.flat().filter(({ type, data }) => type !== "later.version" && data.value !== 5);
        const views = fold(shuffled(entries, numbers));
        const before = views.dump();
        for (const entry of entries) views.apply(entry);
        expect(views.dump()).to.equal(before);
        views.reset();
        expect(views.dump()).to.equal(createViews().dump());
        for (const entry of entries) views.apply(entry);
        expect(views.dump()).to.equal(before);
      }),
      RUNS,
    );
  });

  it("are the same without the entries that they do not hold, whichever feed is pruned of them", () => {
    let dropped = 0;
    fc.assert(
      fc.property(feeds, fc.nat({ max: 7 }), (all, which) => {
        const whole = fold(all.flat());
        const held = whole.held();
        // Some feeds are pruned and others are not, as each node prunes its own when it is time.
        const kept = all.map((feed, index) =>
          (which & (1 << index)) === 0 ? feed : feed.filter(({ id }) => held.has(id)),
        );
        dropped += all.flat().length - kept.flat().length;
        const pruned = fold(kept.flat());
        const viewsOf = (views: Views) => views.dump().split("\n").slice(1).join("\n");
        expect(viewsOf(pruned)).to.equal(viewsOf(whole));
        expect(answers(pruned)).to.deep.equal(answers(whole));
      }),
      RUNS,
    );
    expect(dropped).to.be.greaterThan(100);
  });

  it("count what no view knows, and what is not as its type says, and take nothing of it", () => {
    const entries = fc.sample(feeds, { seed: SEED, numRuns: 40 }).flat(2);
    const wrong = entries.filter(({ data }) => data.value === 5);
    const unknown = entries.filter(({ type }) => type === "later.version");
    const views = fold([...wrong, ...unknown]);
    expect(wrong).to.not.have.length(0);
    expect(views.invalid()).to.equal(wrong.length);
    expect(views.unknown()).to.equal(unknown.length);
    expect(views.context.values("")).to.deep.equal([]);
  });
});

/** Things of three nodes, more of them than are kept. */
const things = fc.uniqueArray(
  fc.record({
    node: fc.constantFrom("1", "2", "3"),
    key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    at: fc.integer({ min: 0, max: 999 }),
  }),
  { selector: ({ node, at }) => `${at}/${node}`, maxLength: 40 },
);
const itemOf = ({ node, key, at }: { node: string; key: string; at: number }) => ({
  id: `${node}/${at}`,
  order: `${String(at).padStart(3, "0")}/${node}`,
  key,
});

describe("what views are made of", () => {
  it("keeps the same so many of each node, whatever came first", () => {
    fc.assert(
      fc.property(
        things,
        order,
        fc.constantFrom("newest" as const, "oldest" as const),
        (all, numbers, keep) => {
          const shelves = [all, shuffled(all, numbers)].map((list) => {
            const shelf = createShelf(4, keep);
            for (const thing of list) shelf.add(thing.node, itemOf(thing));
            return shelf;
          });
          expect(shelves[1]?.all()).to.deep.equal(shelves[0]?.all());
          const ofOne = all.filter(({ node }) => node === "1").map(({ at }) => at);
          const sorted = ofOne.toSorted((a, b) => (keep === "newest" ? b - a : a - b)).slice(0, 4);
          expect(shelves[0]?.of("1").map(({ id }) => Number(id.slice(2)))).to.have.members(sorted);
        },
      ),
      RUNS,
    );
  });

  it("keeps the last that was set of each key, and the keys that a node set last", () => {
    fc.assert(
      fc.property(things, order, (all, numbers) => {
        const both = [all, shuffled(all, numbers)].map((list) => {
          const registers = createRegisters<ReturnType<typeof itemOf>>(3);
          for (const thing of list) registers.set(thing.node, thing.key, itemOf(thing));
          return registers;
        });
        expect(both[1]?.entries()).to.deep.equal(both[0]?.entries());
        const last = all.map(itemOf).sort((a, b) => (a.order < b.order ? 1 : -1))[0];
        if (last !== undefined) expect(both[0]?.get(last.key)).to.deep.equal(last);
      }),
      RUNS,
    );
  });
});
