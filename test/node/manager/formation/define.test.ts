import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { GOAL_CHARS_MAX } from "@pleiad/sdk/manager/limits";
import { requestSchema } from "@pleiad/sdk/manager/schemas";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { FormationRequest } from "../../../../node/src/manager/face.ts";
import { checkFormation } from "../../../../node/src/manager/formation/check.ts";
import { define } from "../../../../node/src/manager/formation/define.ts";
import { formationDraft, promisedAgents } from "../../../../node/src/manager/formation/formation.ts";
import { identify } from "../../../../node/src/manager/formation/identify.ts";
import { AGENT, CLUSTER, costOf, fleetOf, MODEL, NODE, OWNER } from "../planning/world.ts";
import { failureOf } from "./support.ts";

const SEED = 41;

const REQUEST: FormationRequest = {
  kind: "FORMATION",
  goal: "Write a brief of each document.",
  slug: "brief-writers",
  needs: [
    { capability: "read", count: 2 },
    { capability: "write", count: 1 },
  ],
  size: { min: 1, max: 32 },
  budgetWei: 1_000_000n,
  limits: { priceWeiMax: 1_000n, ratingMin: 0, ratingsMin: 0, roundTripMsMax: undefined },
  owner: OWNER,
};

const NODES = [NODE, { ...NODE, node: 2n, isUp: false }, { ...NODE, node: 3n }];

function fleetWith(names: readonly string[], capabilities: readonly string[] = ["read", "write"]) {
  const agents = names.map((name, index) => ({ ...AGENT, agent: BigInt(index), name, capabilities }));
  return fleetOf({ nodes: NODES, models: [{ ...MODEL, nodes: [3n, 2n, 1n] }], agents, clusters: [CLUSTER] });
}

/** Any code points, halves of pairs included; many of them such as mean something to a file. */
function anyText(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const code = fc.oneof(fc.integer({ min: 0, max: 0x10ffff }), fc.integer({ min: 0, max: 0x7f }));
  return fc
    .array(code, { minLength, maxLength, size: "max" })
    .map((codes) => String.fromCodePoint(...codes).slice(0, maxLength));
}

describe("defining a cluster", () => {
  it("writes a cluster.yaml with the members and a task for each place, in the order of the needs", () => {
    const fleet = fleetWith(["ann", "ben", "cleo"]);
    const blueprint = parseBlueprint(define(REQUEST, identify(REQUEST, fleet)));
    expect(blueprint).to.include({ slug: "brief-writers", name: "Brief writers", description: REQUEST.goal });
    expect(blueprint.agents.map(({ name, id }) => [name, id])).to.deep.equal([
      ["ann", 0n],
      ["ben", 1n],
      ["cleo", 2n],
    ]);
    expect(blueprint.tasks.map(({ name, agent, dependsOn }) => [name, agent, dependsOn])).to.deep.equal([
      ["1 read", "ann", []],
      ["2 read", "ben", []],
      ["3 write", "cleo", [0, 1]],
    ]);
    for (const { prompt } of blueprint.tasks) expect(prompt).to.include(REQUEST.goal);
  });

  it("names a member without a task where the size wants one", () => {
    const request = { ...REQUEST, size: { min: 4, max: 4 } };
    const blueprint = parseBlueprint(define(request, identify(request, fleetWith(["a", "b", "c", "d"]))));
    expect(blueprint.agents.map(({ name }) => name)).to.deep.equal(["a", "b", "c", "d"]);
    expect(blueprint.tasks.map(({ agent }) => agent)).to.deep.equal(["a", "b", "c"]);
  });

  const hostile = [
    'x"\nagents: []\n#',
    "*alias &anchor !!js/function 'x'",
    "{{ goal }} $(goal) <% %>",
    "\u0000\u0007\u001b[2J\u2028\u202e",
    "\ud800 alone",
    "---\n...\n- a: b",
    "null",
    "0x10",
    "a: b",
    "|-\n  text",
    "🦜".repeat(500),
    "   # comment",
    "%YAML 1.1",
    "? key\n: value",
  ];
  for (const [index, text] of hostile.entries()) {
    it(`takes a hostile goal or name for data (${index})`, () => {
      const request = checkFormation({ ...REQUEST, goal: text.slice(0, 1_000) });
      const fleet = fleetWith([text, text, "plain"]);
      const blueprint = parseBlueprint(define(request, identify(request, fleet)));
      expect(blueprint.agents.map(({ id }) => id)).to.deep.equal([0n, 1n, 2n]);
      expect(blueprint.tasks.length).to.equal(3);
      const goal = text.toWellFormed().trim();
      if (new TextEncoder().encode(goal).length <= 1_000) expect(blueprint.description).to.equal(goal);
      else expect(goal.startsWith(blueprint.description.slice(0, -1))).to.equal(true);
    });
  }

  it(`writes what can be read for any goal, names, capabilities and slug (seed ${SEED})`, () => {
    const text = anyText(0, 60);
    fc.assert(
      fc.property(
        anyText(1, 1_000).filter((goal) => goal.trim() !== ""),
        fc.array(fc.oneof(text, fc.constantFrom("agent-1", "agent-0", "agent-0-1", "same")), {
          minLength: 4,
          maxLength: 4,
        }),
        fc.array(
          text.filter((name) => name.trim() !== "" && name.toLowerCase().length <= 60),
          {
            minLength: 1,
            maxLength: 2,
          },
        ),
        fc.stringMatching(/^[a-z0-9-]{3,31}$/),
        (goal, names, capabilities, slug) => {
          const needs = capabilities.map((capability) => ({ capability, count: 2 }));
          const request = checkFormation({ ...REQUEST, goal, slug, needs });
          const fleet = fleetWith(
            names,
            request.needs.map(({ capability }) => capability),
          );
          const blueprint = parseBlueprint(define(request, identify(request, fleet)));
          expect(blueprint.slug).to.equal(slug);
          expect(blueprint.tasks.length).to.equal(needs.length * 2);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it("takes a goal as long as the API does, and no longer", () => {
    const { budgetWei: _, limits: __, ...rest } = REQUEST;
    const asked = (goal: string) =>
      requestSchema.safeParse({ ...rest, goal, budgetWei: "1", limits: { priceWeiMax: "1" } }).success;
    const longest = "g".repeat(GOAL_CHARS_MAX);
    expect([asked(longest), checkFormation({ ...REQUEST, goal: longest }).goal]).to.deep.equal([
      true,
      longest,
    ]);
    expect(asked(`${longest}g`)).to.equal(false);
    expect(failureOf(() => checkFormation({ ...REQUEST, goal: `${longest}g` })).code).to.equal(
      "FORMATION_REQUEST_INVALID",
    );
  });

  it("keeps the largest cluster with the longest goal within what a version holds", () => {
    const goal = "字".repeat(1_000);
    const request = checkFormation({ ...REQUEST, goal, needs: [{ capability: "read", count: 32 }] });
    const fleet = fleetWith(Array.from({ length: 32 }, (_, index) => `${"n".repeat(40)}${index}`));
    expect(parseBlueprint(define(request, identify(request, fleet))).agents.length).to.equal(32);
    const chain = Array.from({ length: 32 }, (_, index) => ({
      capability: `${"c".repeat(60)}${index}`,
      count: 1,
    }));
    const wide = checkFormation({ ...REQUEST, goal, needs: chain });
    const able = fleetWith(
      Array.from({ length: 32 }, () => "same"),
      wide.needs.map(({ capability }) => capability),
    );
    expect(parseBlueprint(define(wide, identify(wide, able))).tasks.length).to.equal(32);
  });
});

describe("a plan that forms a cluster", () => {
  it("publishes, connects the nodes that are up, and gives rules and the first context, in this order", () => {
    const { steps, cluster, kind } = formationDraft(REQUEST, fleetWith(["a", "b", "c"]), new Set());
    expect({ cluster, kind }).to.deep.equal({ cluster: 0n, kind: "FORMATION" });
    expect(steps.map(({ step }) => step.act)).to.deep.equal([
      "publish",
      "connect",
      "write-rules",
      "write-context",
    ]);
    expect(steps[1]?.step).to.deep.equal({ act: "connect", cluster: 0n, nodes: [1n, 3n] });
    expect(steps[3]?.step).to.deep.equal({
      act: "write-context",
      cluster: 0n,
      key: "goal",
      value: REQUEST.goal,
    });
  });

  it("tells which agents it takes, so that no other plan does", () => {
    const { steps } = formationDraft(REQUEST, fleetWith(["a", "b", "c", "d"]), new Set([0n]));
    expect(promisedAgents([{ steps: steps.map((step) => ({ ...step, cost: costOf(0n) })) }])).to.deep.equal(
      new Set([1n, 2n, 3n]),
    );
  });

  it("writes nothing into a cluster that this manager's nodes serve no member of", () => {
    const fleet = fleetWith(["a", "b", "c"]);
    const nodes = new Map([...fleet.nodes].map(([id, node]) => [id, { ...node, isOwn: false }]));
    const { steps } = formationDraft(REQUEST, { ...fleet, nodes }, new Set());
    expect(steps.map(({ step }) => step.act)).to.deep.equal(["publish", "connect"]);
  });

  it("names the owner that it is for", () => {
    const { steps } = formationDraft(REQUEST, fleetWith(["a", "b", "c"]), new Set());
    expect(steps[0]?.step).to.include({ act: "publish", owner: REQUEST.owner });
  });

  it("takes no slug of a cluster that somebody else manages", () => {
    const fleet = { ...fleetWith(["a", "b", "c"]), slugs: new Map([[REQUEST.slug, 99n]]) };
    const error = failureOf(() => formationDraft(REQUEST, fleet, new Set()));
    expect(error.code).to.equal("FORMATION_IMPOSSIBLE");
    expect(error.message).to.include("cluster 99");
  });

  it("takes no slug that a cluster has", () => {
    const request = { ...REQUEST, slug: CLUSTER.slug };
    const error = failureOf(() => formationDraft(request, fleetWith(["a", "b", "c"]), new Set()));
    expect(error.code).to.equal("FORMATION_IMPOSSIBLE");
    expect(error.message).to.include("cluster 7");
  });
});

describe("a request for a cluster", () => {
  it("is refused with the key of what is wrong", () => {
    const wrong: readonly (readonly [key: string, changes: Partial<FormationRequest>])[] = [
      ["slug", { slug: "No" }],
      ["goal", { goal: " \n" }],
      ["goal", { goal: "x".repeat(1_001) }],
      ["size", { size: { min: 0, max: 3 } }],
      ["size", { size: { min: 4, max: 3 } }],
      ["size", { size: { min: 1, max: 33 } }],
      ["needs", { needs: [] }],
      ["needs.count", { needs: [{ capability: "a", count: 0 }] }],
      ["needs.count", { needs: [{ capability: "a", count: 1.5 }] }],
      ["needs.capability", { needs: [{ capability: " ", count: 1 }] }],
      ["needs.capability", { needs: [{ capability: "x".repeat(65), count: 1 }] }],
      ["budgetWei", { budgetWei: -1n }],
      ["limits.priceWeiMax", { limits: { ...REQUEST.limits, priceWeiMax: -1n } }],
      ["limits.ratingMin", { limits: { ...REQUEST.limits, ratingMin: Number.NaN } }],
      ["limits.ratingMin", { limits: { ...REQUEST.limits, ratingMin: 1.1 } }],
      ["limits.ratingsMin", { limits: { ...REQUEST.limits, ratingsMin: -1 } }],
      ["limits.roundTripMsMax", { limits: { ...REQUEST.limits, roundTripMsMax: 0 } }],
    ];
    for (const [key, changes] of wrong) {
      const error = failureOf(() => checkFormation({ ...REQUEST, ...changes }));
      expect(error.code, key).to.equal("FORMATION_REQUEST_INVALID");
      expect(error.details.key, error.message).to.equal(key);
    }
    const { needs } = checkFormation({ ...REQUEST, needs: [{ capability: " Write ", count: 1 }] });
    expect(needs).to.deep.equal([{ capability: "write", count: 1 }]);
  });
});
