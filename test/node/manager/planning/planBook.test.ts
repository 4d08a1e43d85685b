import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createPlanBook, type PlanRecords } from "../../../../node/src/manager/planning/planBook.ts";
import { NEW_PROGRESS } from "../../../../node/src/manager/planning/records.ts";
import { createSpending } from "../../../../node/src/manager/planning/spending.ts";
import type { Plan, PlanState, Step } from "../../../../node/src/manager/plans.ts";
import { failure } from "../../chain/helpers.ts";
import { Crash, costOf, crashPoints, memoryTable } from "./world.ts";

const SEED = 5;
const DAY_MS = 86_400_000;

function planOf(id: string, state: PlanState, steps: readonly Step[] = []): Plan {
  return {
    id,
    kind: "SCALING",
    cluster: 7n,
    title: "Does what a test wants.",
    steps: steps.map((step) => ({ step, why: "A test wants it.", cost: costOf(2n ** 200n, 3n) })),
    basis: `0x${"ab".repeat(32)}`,
    madeAtMs: 1,
    expiresAtMs: 2,
    state,
    consent: undefined,
    done: 0,
    outcomes: steps.map((_, index) => (index % 2 === 0 ? undefined : "0xabc")),
    problem: undefined,
  };
}

async function filled(book: PlanRecords, states: readonly PlanState[]): Promise<string[]> {
  const ids: string[] = [];
  for (const state of states) {
    const id = await book.newId(1_700_000_000_000);
    ids.push(id);
    await book.put(planOf(id, state));
  }
  return ids;
}

describe("the book of plans", () => {
  it("reads every kind of step again as it was written, in a new process", async () => {
    const steps: readonly Step[] = [
      { act: "publish", slug: "s", yaml: "a: 1\n", from: 0 },
      { act: "serve-model", node: 2n ** 255n, model: 1n },
      { act: "leave-model", node: 1n, model: 1n },
      { act: "set-places", node: 1n, from: 1, to: 2 },
      { act: "set-share", node: 1n, cluster: 2n, from: undefined, to: 0.25 },
      { act: "set-share", node: 1n, cluster: 2n, from: 0.25, to: 3 },
      { act: "set-share", node: 1n, cluster: 2n, from: 3, to: undefined },
      { act: "start-helper", cluster: 1n, name: "a", service: "b" },
      { act: "stop-helper", cluster: 1n, name: "a", service: "b" },
      { act: "restart-member", cluster: 1n, name: "a" },
      { act: "drain-node", node: 1n },
      { act: "resume-node", node: 1n },
      { act: "set-route", cluster: 1n, member: "a", from: [], to: [1n, 2n] },
      { act: "connect", cluster: 0n, nodes: [1n] },
      { act: "write-rules", cluster: 0n, text: "\u0000\n" },
      { act: "write-context", cluster: 0n, key: "a", value: "" },
      { act: "broadcast", cluster: 0n, topic: "t", text: "x" },
      { act: "broadcast", cluster: 0n, topic: "", text: "x", to: "ann" },
    ];
    const table = memoryTable();
    const plan = planOf("a", "applying", steps);
    const record = {
      plan: { ...plan, consent: "Why.", problem: { code: "A", message: "B" } },
      progress: {
        ...NEW_PROGRESS,
        by: "a person",
        planner: "scaling",
        before: { latencyMs: 1.5 },
        begun: 3,
        back: { to: "failed", why: { code: "A", message: "B" }, next: 2, stays: ["x"] },
      },
    } as const;
    await createPlanBook({}, { table }).write(record);
    expect(await createPlanBook({}, { table }).record("a")).to.deep.equal(record);
  });

  it("says what is damaged by its key", async () => {
    const table = memoryTable();
    await table.put([["plan/a", { plan: { id: "a" } }]]);
    const error = await failure(createPlanBook({}, { table }).get("a"), "STORE_DAMAGED");
    expect(error.message).to.include("plan/a");
  });

  it(`gives ids that are unique and ascending, also where the clock is set back and over restarts (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: 2, maxLength: 40 }),
        async (times) => {
          const table = memoryTable();
          let book = createPlanBook({}, { table });
          const ids: string[] = [];
          for (const [atMs, restarts] of times) {
            const id = await book.newId(1_700_000_000_000 + atMs);
            await book.put(planOf(id, "proposed"));
            ids.push(id);
            if (restarts) book = createPlanBook({}, { table });
          }
          expect(ids).to.deep.equal([...new Set(ids)].sort());
        },
      ),
      { seed: SEED, numRuns: 50 },
    );
  });

  it("goes on with ids where more plans are made in a millisecond than its digits hold", async () => {
    const book = createPlanBook({}, { table: memoryTable() });
    const ids: string[] = [];
    for (let index = 0; index < 1_400; index++) ids.push(await book.newId(1_700_000_000_000));
    expect(ids).to.deep.equal([...new Set(ids)].sort());
  });

  it("keeps so many plans that are over, the newest, and all that are open", async () => {
    const table = memoryTable();
    const book = createPlanBook({ endedKeptMax: 2 }, { table });
    const ids = await filled(book, ["proposed", "failed", "applied", "stale", "verified", "expired"]);
    expect((await book.list(100)).map(({ id }) => id)).to.deep.equal([ids[5], ids[4], ids[2], ids[0]]);
    expect(await book.get(ids[1] as string)).to.equal(undefined);
    expect((await book.open()).map(({ id }) => id)).to.deep.equal([ids[0], ids[2]]);
    expect((await book.list(1)).map(({ id }) => id)).to.deep.equal([ids[5]]);
    expect(await book.list(0)).to.deep.equal([]);
  });

  it("takes no more open plans than its limit, and says what to do", async () => {
    const book = createPlanBook({ openMax: 2 }, { table: memoryTable() });
    const [first = ""] = await filled(book, ["proposed", "applied"]);
    const error = await failure(book.put(planOf("zz", "proposed")), "PLANS_FULL");
    expect(error.hint).to.include("pleiad manager plan");
    await book.put(planOf(first, "refused"));
    await book.put(planOf("zz", "proposed"));
  });

  it("changes nothing in memory that could not be written", async () => {
    const points = crashPoints();
    const book = createPlanBook({}, { table: memoryTable(points) });
    await book.put(planOf("a", "proposed"));
    points.at = points.passed;
    const error = await book.put(planOf("a", "refused")).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Crash);
    expect((await book.open()).map(({ state }) => state)).to.deep.equal(["proposed"]);
  });
});

describe("the spending of a day", () => {
  it("counts each amount with what it was spent for, or neither", async () => {
    const points = crashPoints();
    const table = memoryTable(points);
    const spending = createSpending({ table });
    await spending.charge({ wei: 5n, nowMs: 0 }, (entries) => table.put([...entries, ["x", 1]]));
    points.at = points.passed;
    const lost = spending.charge({ wei: 6n, nowMs: 0 }, (entries) => table.put([...entries, ["y", 1]]));
    expect(await lost.catch((reason: unknown) => reason)).to.be.instanceOf(Crash);
    expect(await createSpending({ table }).ofDay(0)).to.equal(5n);
    expect(await table.get("y")).to.equal(undefined);
  });

  it("adds up what comes at once, and refuses what is more than the day has, writing nothing", async () => {
    const table = memoryTable();
    const spending = createSpending({ table });
    let written = 0;
    const charges = Array.from({ length: 10 }, () =>
      spending.charge({ wei: 3n, nowMs: 5, dayWeiMax: 14n }, async (entries) => {
        written += 1;
        await table.put(entries);
      }),
    );
    const refused = (await Promise.all(charges)).filter((error) => error?.code === "BUDGET_EXCEEDED");
    expect(refused.map((error) => error?.retryable)).to.deep.equal(Array(6).fill(true));
    expect(written).to.equal(4);
    expect(await spending.ofDay(5)).to.equal(12n);
  });

  it("begins anew with each day, and forgets old ones", async () => {
    const table = memoryTable();
    const spending = createSpending({ table });
    for (let day = 0; day < 20; day++) {
      await spending.charge({ wei: 1n, nowMs: day * DAY_MS }, (entries) => table.put(entries));
    }
    expect(await spending.ofDay(19 * DAY_MS)).to.equal(1n);
    expect(await spending.ofDay(20 * DAY_MS)).to.equal(0n);
    expect(table.entries.size).to.equal(8);
  });
});
