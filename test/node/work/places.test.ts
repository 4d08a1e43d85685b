import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createDurations, DURATIONS_PER_MODEL } from "../../../node/src/work/durations.ts";
import { type Candidate, createPlaces, type ModelLimits } from "../../../node/src/work/places.ts";

const NOW = 1_000n;
const MODEL = 1n;
const CLUSTER = 3n;
const LIMITS: ModelLimits = { parallelMax: 64, queueMax: 1_000 };

function candidate(execution: bigint, change: Partial<Candidate> = {}): Candidate {
  return {
    cluster: CLUSTER,
    execution,
    task: 0,
    model: MODEL,
    deadline: NOW + 10_000n,
    earnsWei: 0n,
    currency: "0x0",
    ...change,
  };
}

function placesOf(parallelMax: number, limits: ReadonlyMap<bigint, ModelLimits> = new Map()) {
  const durations = createDurations();
  const time = { now: NOW };
  const limitsOf = (model: bigint) => limits.get(model) ?? LIMITS;
  const places = createPlaces({ parallelMax, limitsOf }, { durations, now: () => time.now });
  return { places, durations, time };
}

/** Frees places one by one; the order in which those that waited got them. */
function drain({ places }: ReturnType<typeof placesOf>, waiting: readonly Candidate[]): bigint[] {
  const order: bigint[] = [];
  for (;;) {
    places.free({ model: MODEL, cluster: CLUSTER });
    const next = places.next();
    if (next === undefined) return order;
    const one = waiting.find(({ execution }) => execution === next);
    if (one === undefined) throw new Error(`${next} does not wait`);
    expect(places.take(one), `${next}`).to.equal("taken");
    order.push(next);
  }
}

describe("createPlaces", () => {
  it("takesWhileThereArePlaces_thenWaits", () => {
    const { places } = placesOf(2);
    expect([1n, 2n, 3n].map((id) => places.take(candidate(id)))).to.deep.equal(["taken", "taken", "waiting"]);
    expect([places.count(), places.waiting()]).to.deep.equal([2, 1]);
  });

  it("aFreePlaceIsForWhoIsFirst_notForWhoAsksNext", () => {
    const { places } = placesOf(1);
    places.take(candidate(1n));
    places.take(candidate(2n, { earnsWei: 5n }));
    places.free({ model: MODEL, cluster: CLUSTER });
    expect(places.take(candidate(3n, { earnsWei: 1n }))).to.equal("waiting");
    expect(places.next()).to.equal(2n);
    expect(places.take(candidate(2n, { earnsWei: 5n }))).to.equal("taken");
  });

  it("theBestPaidComeFirst_thenTheEarliestDeadline_thenTheOldest", () => {
    const world = placesOf(1);
    world.places.take(candidate(9n));
    const waiting = [
      candidate(4n, { earnsWei: 1n }),
      candidate(3n, { earnsWei: 1n, deadline: NOW + 9_000n }),
      candidate(2n, { earnsWei: 7n }),
      candidate(1n, { earnsWei: 1n }),
    ];
    for (const one of waiting) world.places.take(one);
    expect(drain(world, waiting)).to.deep.equal([2n, 3n, 1n, 4n]);
  });

  it("pricesOfOtherCurrencies_areNotCompared", () => {
    const world = placesOf(1);
    world.places.take(candidate(9n));
    const waiting = [candidate(2n, { earnsWei: 9n, currency: "0x1" }), candidate(1n, { earnsWei: 1n })];
    for (const one of waiting) world.places.take(one);
    expect(drain(world, waiting)).to.deep.equal([1n, 2n]);
  });

  it("whatIsNearerToItsDeadlineThanTwiceTheUsualTime_comesBeforeTheBestPaid", () => {
    const world = placesOf(1);
    world.durations.add(MODEL, 60_000);
    world.places.take(candidate(9n));
    const waiting = [
      candidate(1n, { earnsWei: 9n }),
      candidate(2n, { deadline: NOW + 119n }),
      candidate(3n, { deadline: NOW + 100n }),
    ];
    for (const one of waiting) world.places.take(one);
    expect(drain(world, waiting)).to.deep.equal([3n, 2n, 1n]);
  });

  it("aModelsOwnLimit_leavesTheOtherPlacesToOthers", () => {
    const { places } = placesOf(3, new Map([[MODEL, { parallelMax: 1, queueMax: 10 }]]));
    expect(places.take(candidate(1n))).to.equal("taken");
    expect(places.take(candidate(2n))).to.equal("waiting");
    expect(places.take(candidate(3n, { model: 2n }))).to.equal("taken");
    expect(places.next()).to.equal(undefined);
    places.free({ model: MODEL, cluster: CLUSTER });
    expect(places.next()).to.equal(2n);
  });

  it("aFullQueue_declinesWhoWouldBeLast_andTakesWhoIsBefore", () => {
    const { places } = placesOf(1, new Map([[MODEL, { parallelMax: 1, queueMax: 2 }]]));
    places.take(candidate(1n));
    for (const id of [2n, 3n]) expect(places.take(candidate(id, { earnsWei: 5n }))).to.equal("waiting");
    expect(places.take(candidate(4n, { earnsWei: 5n }))).to.equal("queueFull");
    expect(places.take(candidate(5n, { earnsWei: 6n }))).to.equal("waiting");
    expect(places.take(candidate(3n, { earnsWei: 5n })), "asked again, it is beyond now").to.equal(
      "queueFull",
    );
  });

  it("aQueueOfNone_declinesWhatFindsNoPlace", () => {
    const { places } = placesOf(1, new Map([[MODEL, { parallelMax: 1, queueMax: 0 }]]));
    expect(places.take(candidate(1n))).to.equal("taken");
    expect(places.take(candidate(2n))).to.equal("queueFull");
  });

  it("declinesWhatTheQuickestAnswerWouldBringTooLate_andNothingWhileItKnowsNothing", () => {
    const { places, durations } = placesOf(1);
    expect(places.take(candidate(1n, { deadline: NOW + 1n }))).to.equal("taken");
    for (const tookMs of [90_000, 30_000]) durations.add(MODEL, tookMs);
    expect(places.take(candidate(2n, { deadline: NOW + 29n }))).to.equal("tooLate");
    expect(places.take(candidate(2n, { deadline: NOW + 30n }))).to.equal("waiting");
  });

  it("countsWhatIsBeforeIt", () => {
    const { places, durations } = placesOf(2);
    durations.add(MODEL, 10_000);
    for (const id of [1n, 2n]) places.take(candidate(id));
    for (const id of [3n, 4n]) places.take(candidate(id, { earnsWei: 9n, deadline: NOW + 500n }));
    const third = { deadline: NOW + 20n };
    expect(
      places.take(candidate(5n, { ...third, deadline: NOW + 25n })),
      "urgent: before the paid ones",
    ).to.equal("waiting");
    for (const id of [6n, 7n]) expect(places.take(candidate(id, third)), `${id}`).to.equal("waiting");
    expect(places.take(candidate(8n, { deadline: NOW + 19n })), "a round of its own").to.equal("waiting");
    expect(places.take(candidate(9n, { deadline: NOW + 9n }))).to.equal("tooLate");
  });

  it("aClusterOverItsShare_usesWhatNobodyElseWants_andGivesWayToWhoIsBelowTheirs", () => {
    const { places } = placesOf(3);
    const [greedy, modest] = [1n, 2n];
    const [of, byOther] = [{ cluster: greedy, earnsWei: 9n }, { cluster: modest }];
    places.setShare(greedy, 1);
    places.setShare(modest, 2);
    for (const id of [1n, 2n, 3n]) expect(places.take(candidate(id, of)), `${id}`).to.equal("taken");
    for (const id of [4n, 5n]) expect(places.take(candidate(id, of)), `${id}`).to.equal("waiting");
    for (const id of [6n, 7n, 8n]) expect(places.take(candidate(id, byOther)), `${id}`).to.equal("waiting");
    const order: bigint[] = [];
    for (let ended = 0; ended < 3; ended += 1) {
      places.free({ model: MODEL, cluster: greedy });
      const next = places.next() ?? expect.fail("a place is free, and nobody gets it");
      expect(places.take(candidate(next, next < 6n ? of : byOther))).to.equal("taken");
      order.push(next);
    }
    expect(order, "the better paid one has no claim on what is above its share").to.deep.equal([6n, 7n, 4n]);
    places.setShare(greedy, undefined);
    places.free({ model: MODEL, cluster: modest });
    expect(places.next(), "without a share the better paid comes first again").to.equal(5n);
  });

  it("oneThatIsOverItsShare_doesNotWaitForWhoCannotUseThePlace", () => {
    const other = 2n;
    const { places } = placesOf(3, new Map([[other, { parallelMax: 1, queueMax: 10 }]]));
    places.setShare(1n, 1);
    expect(places.take(candidate(1n, { cluster: 2n, model: other }))).to.equal("taken");
    expect(places.take(candidate(2n, { cluster: 2n, model: other }))).to.equal("waiting");
    for (const id of [3n, 4n]) expect(places.take(candidate(id, { cluster: 1n })), `${id}`).to.equal("taken");
    expect([...places.clusters()]).to.deep.equal([
      [2n, { running: 1, waiting: 1 }],
      [1n, { running: 2, waiting: 0 }],
    ]);
  });

  it("placesCanBecomeMoreAndFewer_andWhatRunsIsLeftAlone", () => {
    const { places } = placesOf(1);
    for (const id of [1n, 2n, 3n]) places.take(candidate(id));
    places.setTotal(2);
    expect(places.next()).to.equal(2n);
    expect(places.take(candidate(2n))).to.equal("taken");
    places.setTotal(1);
    expect([places.count(), places.total(), places.next()]).to.deep.equal([2, 1, undefined]);
    places.free({ model: MODEL, cluster: CLUSTER });
    expect(places.next(), "one still runs").to.equal(undefined);
    places.free({ model: MODEL, cluster: CLUSTER });
    expect(places.next()).to.equal(3n);
  });

  it("neverRunsMoreThanThereArePlaces_andForgetsNobodyWhoWaits", () => {
    const actions = fc.array(
      fc.oneof(
        fc.record({ take: fc.bigInt({ min: 1n, max: 30n }), earnsWei: fc.bigInt({ min: 0n, max: 3n }) }),
        fc.record({ free: fc.constant(true) }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(actions, (steps) => {
        const limits = { parallelMax: 2, queueMax: 1_000 };
        const { places } = placesOf(3, new Map([[MODEL, limits]]));
        const running: bigint[] = [];
        const waiting = new Map<bigint, Candidate>();
        const take = (one: Candidate) => {
          const placement = places.take(one);
          waiting.delete(one.execution);
          if (placement === "taken") running.push(one.execution);
          else waiting.set(one.execution, one);
        };
        for (const step of steps) {
          if ("take" in step) {
            if (!running.includes(step.take)) take(candidate(step.take, { earnsWei: step.earnsWei }));
          } else if (running.pop() !== undefined) places.free({ model: MODEL, cluster: CLUSTER });
          for (let next = places.next(); next !== undefined; next = places.next()) {
            take(waiting.get(next) ?? expect.fail(`${next} does not wait`));
          }
          expect(places.count()).to.equal(running.length);
          expect(running.length).to.be.at.most(2);
          expect(places.waiting()).to.equal(waiting.size);
          expect(running.length === 2 || waiting.size === 0, "a place is free while somebody waits").to.equal(
            true,
          );
        }
      }),
      { seed: 20251, numRuns: 200 },
    );
  });
});

describe("createDurations", () => {
  it("knowsTheQuickestAndTheMiddleOne_ofTheLatest", () => {
    const durations = createDurations();
    expect([durations.quickestMs(MODEL), durations.usualMs(MODEL)]).to.deep.equal([0, 0]);
    for (const tookMs of [1, 50, 40, 60]) durations.add(MODEL, tookMs);
    expect([durations.quickestMs(MODEL), durations.usualMs(MODEL)]).to.deep.equal([1, 50]);
    for (let i = 0; i < DURATIONS_PER_MODEL - 1; i += 1) durations.add(MODEL, 100);
    expect([durations.quickestMs(MODEL), durations.usualMs(MODEL)]).to.deep.equal([60, 100]);
    expect(durations.quickestMs(2n)).to.equal(0);
  });
});
