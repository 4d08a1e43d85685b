import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { zeroAddress } from "viem";
import type { Fleet } from "../../../../node/src/manager/fleet.ts";
import { basisOf } from "../../../../node/src/manager/planning/basis.ts";
import { digestOf } from "../../../../node/src/manager/planning/digest.ts";
import type { Step } from "../../../../node/src/manager/plans.ts";
import { AGENT, CLUSTER, type FleetParts, fleetOf, MODEL, NODE, OTHER } from "./world.ts";

const SEED = 11;

const PARTS = {
  nodes: [NODE, { ...NODE, node: 2n }, { ...NODE, node: 3n }],
  models: [MODEL, { ...MODEL, model: 2n, nodes: [2n, 3n] }],
  agents: [AGENT, { ...AGENT, agent: 2n, model: 2n }],
  clusters: [CLUSTER, { ...CLUSTER, cluster: 8n, slug: "eight", members: [] }],
} satisfies FleetParts;
const FLEET = fleetOf(PARTS);

const YAML = `slug: new-one
name: New one
windowSeconds: 30
agents: [{ name: writer, id: 2 }]
tasks: [{ name: write, agent: writer, prompt: Write. }]
`;

/** Of each act one step, a change that makes it stale, and one of the same kind of thing that does not. */
const CASES: readonly (readonly [step: Step, changed: FleetParts, unrelated: FleetParts])[] = [
  [
    { act: "publish", slug: "new-one", yaml: YAML, from: 0 },
    { agents: [AGENT, { ...AGENT, agent: 2n, model: 2n, cluster: 9n }] },
    {
      agents: [
        { ...AGENT, cluster: 9n },
        { ...AGENT, agent: 2n, model: 2n, rating: { mean: 1, count: 1 } },
      ],
    },
  ],
  [
    { act: "publish", slug: "new-one", yaml: YAML, from: 0 },
    { agents: [AGENT, { ...AGENT, agent: 2n, model: 2n, grantees: [OTHER] }] },
    {
      agents: [
        { ...AGENT, grantees: [OTHER] },
        { ...AGENT, agent: 2n, model: 2n },
      ],
    },
  ],
  [
    { act: "publish", slug: "new-one", yaml: YAML, from: 0 },
    { models: [MODEL, { ...MODEL, model: 2n, nodes: [2n, 3n], priceWei: 101n }] },
    {
      models: [
        { ...MODEL, priceWei: 999n },
        { ...MODEL, model: 2n, nodes: [3n] },
      ],
    },
  ],
  [
    { act: "publish", slug: "new-one", yaml: YAML, from: 0 },
    { slugs: new Map([["new-one", 99n]]) },
    { nodes: PARTS.nodes.map((node) => ({ ...node, isUp: false })), slugs: new Map([["other", 99n]]) },
  ],
  [
    { act: "publish", slug: "eight", yaml: YAML, from: 1 },
    { clusters: [CLUSTER, { ...CLUSTER, cluster: 8n, slug: "eight", version: 2 }] },
    {
      clusters: [
        { ...CLUSTER, version: 5 },
        { ...CLUSTER, cluster: 8n, slug: "eight", weight: 3 },
      ],
    },
  ],
  [
    { act: "serve-model", node: 1n, model: 2n },
    { models: [MODEL, { ...MODEL, model: 2n, nodes: [1n, 2n, 3n] }] },
    {
      models: [
        { ...MODEL, nodes: [] },
        { ...MODEL, model: 2n, nodes: [2n] },
      ],
    },
  ],
  [
    { act: "leave-model", node: 2n, model: 2n },
    { models: [MODEL, { ...MODEL, model: 2n, nodes: [3n] }] },
    { models: [MODEL, { ...MODEL, model: 2n, nodes: [2n] }] },
  ],
  [
    { act: "set-places", node: 1n, from: 4, to: 6 },
    { nodes: [{ ...NODE, places: { total: 5, taken: 1 } }] },
    { nodes: [{ ...NODE, places: { total: 4, taken: 4 }, resourceShare: 0.9 }] },
  ],
  [
    { act: "set-share", node: 1n, cluster: 7n, from: undefined, to: 0.5 },
    { clusters: [{ ...CLUSTER, weight: 2 }] },
    { clusters: [{ ...CLUSTER, queue: { waiting: 9, running: 1, oldestMs: 5 } }] },
  ],
  [
    { act: "start-helper", cluster: 7n, name: "scout", service: "local" },
    { clusters: [{ ...CLUSTER, members: [...CLUSTER.members, { ...CLUSTER.members[0]!, name: "scout" }] }] },
    { clusters: [{ ...CLUSTER, members: [...CLUSTER.members, { ...CLUSTER.members[0]!, name: "other" }] }] },
  ],
  [
    { act: "stop-helper", cluster: 7n, name: "writer", service: "local" },
    { clusters: [{ ...CLUSTER, members: [] }] },
    { clusters: [{ ...CLUSTER, members: [{ ...CLUSTER.members[0]!, state: "done" }] }] },
  ],
  [
    { act: "restart-member", cluster: 7n, name: "writer" },
    { clusters: [{ ...CLUSTER, members: [{ ...CLUSTER.members[0]!, state: "ready" }] }] },
    { clusters: [{ ...CLUSTER, members: [{ ...CLUSTER.members[0]!, sinceMs: 9_000 }] }] },
  ],
  [
    { act: "drain-node", node: 1n },
    { nodes: [{ ...NODE, isDraining: true }] },
    { nodes: [{ ...NODE, roundTripMs: 77 }] },
  ],
  [
    { act: "resume-node", node: 1n },
    { nodes: [{ ...NODE, status: "Suspended" }] },
    { nodes: [{ ...NODE, isUp: false }] },
  ],
  [
    { act: "set-route", cluster: 7n, member: "writer", from: [], to: [1n] },
    { nodes: [{ ...NODE, isUp: false }] },
    { nodes: [NODE, { ...NODE, node: 2n, isUp: false }] },
  ],
  [
    { act: "connect", cluster: 7n, nodes: [1n] },
    { nodes: [{ ...NODE, status: "Suspended" }] },
    { nodes: [{ ...NODE, isUp: false }] },
  ],
  [
    { act: "write-rules", cluster: 7n, text: "x" },
    { clusters: [] },
    { clusters: [{ ...CLUSTER, version: 9 }] },
  ],
  [{ act: "write-context", cluster: 7n, key: "k", value: "v" }, { clusters: [] }, { nodes: [] }],
  [
    { act: "set-share", node: 1n, cluster: 7n, from: 1, to: 2 },
    { nodes: [{ ...NODE, shares: new Map([[7n, 1]]) }] },
    { nodes: [{ ...NODE, shares: new Map([[8n, 1]]) }] },
  ],
  [
    { act: "broadcast", cluster: 7n, topic: "", text: "x", to: "writer" },
    { clusters: [{ ...CLUSTER, members: [] }] },
    { clusters: [{ ...CLUSTER, version: 9 }] },
  ],
  [{ act: "broadcast", cluster: 7n, topic: "t", text: "x" }, { clusters: [] }, { agents: [] }],
];

function withParts(parts: FleetParts): Fleet {
  return fleetOf({ ...PARTS, ...parts, block: 999n, atMs: 1_800_000_000_000 });
}

describe("what a plan rests on", () => {
  for (const [index, [step, changed, unrelated]] of CASES.entries()) {
    const what = Object.keys(changed).join();
    it(`makes "${step.act}" stale by its own facts alone (${what}, case ${index})`, () => {
      const basis = basisOf(FLEET, [step]);
      expect(basisOf(withParts({}), [step]), "a new block").to.equal(basis);
      expect(basisOf(withParts(unrelated), [step]), "what it does not rest on").to.equal(basis);
      expect(basisOf(withParts(changed), [step]), "what it rests on").not.to.equal(basis);
    });
  }

  it(`never depends on what its steps do not name, whatever happens to that (seed ${SEED})`, () => {
    const steps = CASES.map(([step]) => step).filter((step) => step.act !== "publish");
    const odd = fc.record({
      id: fc.bigInt({ min: 20n, max: 25n }),
      isUp: fc.boolean(),
      figure: fc.nat(9),
      name: fc.string({ maxLength: 5 }),
    });
    fc.assert(
      fc.property(
        fc.subarray(steps, { minLength: 1 }),
        fc.array(odd, { maxLength: 8 }),
        fc.nat(),
        (some, others, block) => {
          const fleet = fleetOf({
            nodes: [
              ...PARTS.nodes,
              ...others.map(({ id, isUp, figure }) => ({
                ...NODE,
                node: id,
                isUp,
                places: { total: figure, taken: 0 },
              })),
            ],
            models: [
              ...PARTS.models,
              ...others.map(({ id, figure }) => ({ ...MODEL, model: id, priceWei: BigInt(figure) })),
            ],
            agents: others.map(({ id, name, figure }) => ({
              ...AGENT,
              agent: id,
              name,
              cluster: BigInt(figure),
            })),
            clusters: [
              ...PARTS.clusters,
              ...others.map(({ id, name, figure }) => ({
                ...CLUSTER,
                cluster: id,
                slug: name,
                version: figure,
              })),
            ],
            block: BigInt(block),
            atMs: block,
          });
          expect(basisOf(fleet, some)).to.equal(basisOf(FLEET, some));
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("is found again whatever the order in which the fleet was read", () => {
    const reversed = fleetOf({
      nodes: PARTS.nodes.toReversed(),
      models: PARTS.models.toReversed(),
      agents: PARTS.agents.toReversed(),
      clusters: PARTS.clusters.toReversed(),
    });
    const steps = CASES.map(([step]) => step);
    expect(basisOf(reversed, steps)).to.equal(basisOf(FLEET, steps));
  });

  it("does not change by how an address is spelt", () => {
    const step: Step = { act: "publish", slug: "new-one", yaml: YAML, from: 0 };
    const models = PARTS.models.map((model) => ({
      ...model,
      currency: OTHER.toUpperCase().replace("X", "x"),
    }));
    const upper = withParts({ models: models as typeof PARTS.models });
    const lower = withParts({ models: PARTS.models.map((model) => ({ ...model, currency: OTHER })) });
    expect(basisOf(upper, [step])).to.equal(basisOf(lower, [step]));
    expect(basisOf(lower, [step])).not.to.equal(basisOf(FLEET, [step]));
    expect(zeroAddress).not.to.equal(OTHER);
  });

  it(`tells any two values apart, and no two that are equal (seed ${SEED})`, () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.integer(),
        fc.bigInt({ min: -9n, max: 9n }),
        fc.boolean(),
        fc.constant(undefined),
        fc.constant(null),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.string({ maxLength: 3 }), tie("any"), { maxKeys: 3 }),
      ),
    })).any as fc.Arbitrary<Parameters<typeof digestOf>[0]>;
    fc.assert(
      fc.property(value, value, (left, right) => {
        const isSame = fc.stringify(left) === fc.stringify(right);
        if (isSame) expect(digestOf(left)).to.equal(digestOf(right));
        else if (digestOf(left) === digestOf(right)) expect(sorted(left)).to.deep.equal(sorted(right));
      }),
      { seed: SEED, numRuns: 1_000 },
    );
    expect(new Set([1, 1n, "1", true, [1], { 1: 1 }, null, undefined].map(digestOf)).size).to.equal(8);
    expect(digestOf({ a: 1, b: 2 })).to.equal(digestOf({ b: 2, a: 1 }));
  });
});

/** Keys in order, which is all that two spellings of one value may differ in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([key, held]) => [key, sorted(held)]),
  );
}
