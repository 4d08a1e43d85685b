import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { FormationRequest } from "../../../../node/src/manager/face.ts";
import type { Fleet, FleetAgent, FleetModel } from "../../../../node/src/manager/fleet.ts";
import { identify } from "../../../../node/src/manager/formation/identify.ts";
import { AGENT, fleetOf, MODEL, NODE, OTHER, OWNER } from "../planning/world.ts";
import { failureOf } from "./support.ts";

const SEED = 31;

const REQUEST: FormationRequest = {
  kind: "FORMATION",
  goal: "Write a brief of each document.",
  slug: "brief-writers",
  needs: [{ capability: "write", count: 1 }],
  size: { min: 1, max: 10 },
  budgetWei: 1_000_000n,
  limits: { priceWeiMax: 1_000n, ratingMin: 0, ratingsMin: 0, roundTripMsMax: undefined },
  owner: OWNER,
};

function asking(changes: Partial<FormationRequest>): FormationRequest {
  return { ...REQUEST, ...changes };
}

function limited(limits: Partial<FormationRequest["limits"]>): FormationRequest {
  return asking({ limits: { ...REQUEST.limits, ...limits } });
}

/** Agent 1 and 2 can write; 2 is cheaper. */
const CHEAP: FleetModel = { ...MODEL, model: 2n, priceWei: 50n };
const SECOND: FleetAgent = { ...AGENT, agent: 2n, name: "second", model: 2n };
const PARTS = { nodes: [NODE], models: [MODEL, CHEAP], agents: [AGENT, SECOND] };

function chosen(request: FormationRequest, fleet: Fleet, promised = new Set<bigint>()): bigint[][] {
  return identify(request, fleet, promised).needs.map((list) => list.map(({ agent }) => agent.agent));
}

describe("identifying agents", () => {
  it("takes the cheaper, then the better rated, then the more often rated, then the nearer, then the older", () => {
    const nodes = [
      { ...NODE, isOwn: false, roundTripMs: 80 },
      { ...NODE, node: 2n, isOwn: false, roundTripMs: 20 },
    ];
    const same = { ...CHEAP, priceWei: 100n, nodes: [2n] };
    const pairs: readonly (readonly [better: Partial<FleetAgent>, worse: Partial<FleetAgent>])[] = [
      [
        { model: 1n, rating: { mean: 0.9, count: 1 } },
        { model: 2n, rating: { mean: 0.8, count: 50 } },
      ],
      [
        { model: 1n, rating: { mean: 0.9, count: 9 } },
        { model: 2n, rating: { mean: 0.9, count: 8 } },
      ],
      [{ model: 1n }, { model: 2n, rating: { mean: 0.4, count: 8 } }],
      [{ model: 2n }, { model: 1n }],
    ];
    expect(chosen(REQUEST, fleetOf(PARTS)), "the cheaper").to.deep.equal([[2n]]);
    for (const [index, [better, worse]] of pairs.entries()) {
      const agents = [
        { ...AGENT, ...worse, agent: 1n },
        { ...AGENT, ...better, agent: 2n },
      ];
      expect(
        chosen(REQUEST, fleetOf({ nodes, models: [MODEL, same], agents })),
        `pair ${index}`,
      ).to.deep.equal([[2n]]);
    }
    const equal = [3n, 1n, 2n].map((agent) => ({ ...AGENT, agent }));
    expect(chosen(REQUEST, fleetOf({ ...PARTS, agents: equal })), "the older").to.deep.equal([[1n]]);
  });

  const reasons: readonly (readonly [
    limit: string,
    agent: Partial<FleetAgent>,
    model: Partial<FleetModel>,
    request: FormationRequest,
    words: string,
  ])[] = [
    ["taken", { cluster: 9n }, {}, REQUEST, "in cluster 9"],
    ["owner", { owner: OTHER }, {}, REQUEST, OTHER],
    ["model", { model: 0n }, {}, REQUEST, "without a model"],
    ["closed", {}, { isOpen: false, owner: OTHER }, REQUEST, "not open"],
    ["currency", {}, { currency: OTHER }, REQUEST, "paid in a token"],
    ["down", {}, { nodes: [] }, REQUEST, "no node is up"],
    ["down", {}, { nodes: [2n] }, REQUEST, "no node is up"],
    ["price", {}, { priceWei: 1_001n }, REQUEST, "0.000000000000001001 ether"],
    ["ratings", { rating: { mean: 1, count: 2 } }, {}, limited({ ratingsMin: 3 }), "has 2 ratings"],
    ["ratings", {}, {}, limited({ ratingsMin: 1 }), "has 0 ratings"],
    ["rating", { rating: { mean: 0.4, count: 2 } }, {}, limited({ ratingMin: 0.5 }), "is rated 0.40"],
    ["round trip", {}, { nodes: [3n] }, limited({ roundTripMsMax: 99 }), "100 ms away"],
    ["round trip", {}, { nodes: [4n] }, limited({ roundTripMsMax: 99 }), "not measured"],
  ];
  const nodes = [
    NODE,
    { ...NODE, node: 2n, isUp: false },
    { ...NODE, node: 3n, isOwn: false, roundTripMs: 100 },
    { ...NODE, node: 4n, isOwn: false },
  ];
  for (const [index, [limit, agent, model, request, words]] of reasons.entries()) {
    it(`takes none that a limit keeps out, and says which and by how much (${limit}, ${index})`, () => {
      const fleet = fleetOf({ nodes, models: [{ ...MODEL, ...model }], agents: [{ ...AGENT, ...agent }] });
      const error = failureOf(() => identify(request, fleet));
      expect(error.code).to.equal("FORMATION_IMPOSSIBLE");
      expect(error.details.limits).to.deep.equal({ [limit]: 1 });
      expect(error.message).to.include('"write"').and.include("agent 1").and.include(words);
      expect(error.hint).to.include("agent 1");
      const near = {
        ...fleet,
        agents: new Map(fleet.agents).set(5n, {
          ...AGENT,
          agent: 5n,
          model: 6n,
          rating: { mean: 1, count: 3 },
        }),
      };
      const open = { ...near, models: new Map(near.models).set(6n, { ...MODEL, model: 6n }) };
      expect(chosen(request, open), "one that no limit keeps out").to.deep.equal([[5n]]);
    });
  }

  it("takes agents of others whose owner gave leave, and unrated ones where only a rating is asked", () => {
    const agents = [{ ...AGENT, owner: OTHER, grantees: [OWNER] } as const];
    expect(chosen(limited({ ratingMin: 0.9 }), fleetOf({ ...PARTS, agents }))).to.deep.equal([[1n]]);
  });

  it("takes none that an open plan is about to take", () => {
    expect(chosen(REQUEST, fleetOf(PARTS), new Set([2n]))).to.deep.equal([[1n]]);
    const error = failureOf(() => identify(REQUEST, fleetOf(PARTS), new Set([1n, 2n])));
    expect(error.message).to.include("promised to another cluster");
  });

  it("says of needs that stand in each other's way that they do, and how many there are", () => {
    const request = asking({
      needs: [
        { capability: "write", count: 2 },
        { capability: "check", count: 1 },
      ],
    });
    const agents = [AGENT, { ...SECOND, capabilities: ["write", "check"] }];
    const error = failureOf(() => identify(request, fleetOf({ ...PARTS, agents })));
    expect(error.message).to.include('"write" and "check" together want 3 agents, and 2 can be had');
    expect(error.details.needs).to.deep.equal(["write", "check"]);
  });

  it("names the nearest: who lacks least, and of these the preferred", () => {
    const agents = [
      { ...AGENT, agent: 1n, cluster: 9n, owner: OTHER } as const,
      { ...AGENT, agent: 2n, cluster: 9n },
      { ...AGENT, agent: 3n, cluster: 9n, model: 2n },
    ];
    const error = failureOf(() => identify(REQUEST, fleetOf({ ...PARTS, agents })));
    expect(error.details.limits).to.deep.equal({ taken: 3, owner: 1 });
    expect(error.details.nearest).to.deep.equal([
      { agent: 3n, limits: ["taken"] },
      { agent: 2n, limits: ["taken"] },
      { agent: 1n, limits: ["taken", "owner"] },
    ]);
  });

  it("asks not whether a word is meant that agents say, only too few of them", () => {
    const needs = [{ capability: "write", count: 3 }];
    const { message, hint } = failureOf(() => identify(asking({ needs }), fleetOf(PARTS)));
    expect(message).to.match(/^"write" wants 3 agents, and \d can be had/);
    expect(hint).to.not.include("is that what is meant");
    expect(hint).to.include('pleiad agent register --capability "write"');
  });

  it("says what nobody can do, and what agents say that is spelt like it", () => {
    const misspelt = failureOf(() =>
      identify(asking({ needs: [{ capability: "wrtie", count: 1 }] }), fleetOf(PARTS)),
    );
    expect(misspelt.hint).to.include('"write"');
    const strange = failureOf(() =>
      identify(asking({ needs: [{ capability: "yodel", count: 1 }] }), fleetOf(PARTS)),
    );
    expect(strange.message).to.include("no agent says");
    expect(strange.hint).to.include("register");
  });

  it("says what the cheapest would cost where the budget is too small, and fits one that is just enough", () => {
    const request = asking({ needs: [{ capability: "write", count: 2 }], budgetWei: 150n });
    expect(identify(request, fleetOf(PARTS)).costWei).to.equal(150n);
    const error = failureOf(() => identify({ ...request, budgetWei: 149n }, fleetOf(PARTS)));
    expect(error.details).to.include({ limit: "budget", costWei: 150n });
  });

  it("fills up to the least size with agents that can do anything that is needed, at no cost of a run", () => {
    const request = asking({ size: { min: 2, max: 3 } });
    const { reserve, costWei } = identify(request, fleetOf(PARTS));
    expect(reserve.map(({ agent }) => agent.agent)).to.deep.equal([1n]);
    expect(costWei).to.equal(50n);
    const few = failureOf(() => identify(asking({ size: { min: 3, max: 3 } }), fleetOf(PARTS)));
    expect(few.message).to.include("at least 3");
    const many = asking({ needs: [{ capability: "write", count: 4 }], size: { min: 1, max: 3 } });
    expect(failureOf(() => identify(many, fleetOf(PARTS))).message).to.include("at most 3");
  });

  it(`finds the cheapest assignment whenever there is one, as trying everything does (seed ${SEED})`, () => {
    const capabilities = ["a", "b", "c"];
    const agent = fc.record({
      capabilities: fc.subarray(capabilities, { minLength: 1 }),
      priceWei: fc.bigInt({ min: 1n, max: 6n }),
      isFree: fc.boolean(),
    });
    const need = fc.record({
      capability: fc.constantFrom(...capabilities),
      count: fc.integer({ min: 1, max: 2 }),
    });
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(agent, { maxLength: 7 }),
        fc.array(need, { minLength: 1, maxLength: 3 }),
        fc.bigInt({ min: 1n, max: 20n }),
        (kinds, needs, budgetWei) => {
          const models = [1n, 2n, 3n, 4n, 5n, 6n].map((price) => ({
            ...MODEL,
            model: price,
            priceWei: price,
          }));
          const agents = kinds.map(({ capabilities: can, priceWei, isFree }, index) => ({
            ...AGENT,
            agent: BigInt(index),
            capabilities: can,
            model: priceWei,
            cluster: isFree ? 0n : 5n,
          }));
          const fleet = fleetOf({ nodes: [NODE], models, agents });
          const request = asking({ needs, budgetWei });
          const places = needs.flatMap(({ capability, count }) => Array<string>(count).fill(capability));
          const cheapest = cheapestOf(
            places,
            agents.filter(({ cluster }) => cluster === 0n),
          );
          if (cheapest === undefined || cheapest > budgetWei) {
            expect(failureOf(() => identify(request, fleet)).code).to.equal("FORMATION_IMPOSSIBLE");
            return;
          }
          found += 1;
          const identified = identify(request, fleet);
          expect(identified.costWei).to.equal(cheapest);
          for (const [index, list] of identified.needs.entries()) {
            expect(list.length).to.equal(needs[index]?.count);
            for (const { agent: member } of list)
              expect(member.capabilities).to.include(needs[index]?.capability);
          }
        },
      ),
      { seed: SEED, numRuns: 1_000 },
    );
    expect(found, "cases with an assignment").to.be.greaterThan(100);
  });

  it("chooses the same whatever the order in which the fleet was read", () => {
    const agents = Array.from({ length: 20 }, (_, index) => ({
      ...AGENT,
      agent: BigInt(index),
      capabilities: index % 2 === 0 ? ["write"] : ["write", "check"],
    }));
    const request = asking({
      needs: [
        { capability: "check", count: 3 },
        { capability: "write", count: 3 },
      ],
    });
    const one = chosen(request, fleetOf({ ...PARTS, agents }));
    expect(chosen(request, fleetOf({ ...PARTS, agents: agents.toReversed() }))).to.deep.equal(one);
  });
});

/** The cheapest way to give each place an agent of its own, by trying everything; undefined where there is none. */
function cheapestOf(places: readonly string[], agents: readonly FleetAgent[]): bigint | undefined {
  const [first, ...rest] = places;
  if (first === undefined) return 0n;
  let best: bigint | undefined;
  for (const agent of agents) {
    if (!agent.capabilities.includes(first)) continue;
    const others = cheapestOf(
      rest,
      agents.filter((other) => other !== agent),
    );
    const price = others === undefined ? undefined : others + agent.model;
    if (price !== undefined && (best === undefined || price < best)) best = price;
  }
  return best;
}
