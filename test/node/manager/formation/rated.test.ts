import { expect } from "chai";
import { describe, it } from "mocha";
import type { FormationRequest } from "../../../../node/src/manager/face.ts";
import { rateCandidates } from "../../../../node/src/manager/formation/rated.ts";
import { RATED_CANDIDATES_MAX } from "../../../../node/src/manager/limits.ts";
import type { Ratings } from "../../../../node/src/manager/ports.ts";
import { AGENT, fleetOf, MODEL, NODE, OTHER, OWNER } from "../planning/world.ts";

const REQUEST: FormationRequest = {
  kind: "FORMATION",
  goal: "Write.",
  slug: "writers",
  needs: [{ capability: "write", count: 1 }],
  size: { min: 1, max: 4 },
  budgetWei: 1_000_000n,
  limits: { priceWeiMax: 1_000n, ratingMin: 0.5, ratingsMin: 0, roundTripMsMax: undefined },
  owner: OWNER,
};

function ratingsOf(mean: number): Ratings & { readonly asked: (readonly bigint[])[] } {
  const asked: (readonly bigint[])[] = [];
  return {
    asked,
    async of(agents) {
      asked.push(agents);
      return new Map(agents.map((agent) => [agent, { mean, count: 3 }]));
    },
  };
}

describe("rating candidates", () => {
  it("asks for those alone whom nothing but a rating can keep out", async () => {
    const fleet = fleetOf({
      nodes: [NODE],
      models: [MODEL],
      agents: [
        AGENT,
        { ...AGENT, agent: 2n, cluster: 9n },
        { ...AGENT, agent: 3n, owner: OTHER },
        { ...AGENT, agent: 4n, owner: OTHER, grantees: [OWNER] },
        { ...AGENT, agent: 5n, capabilities: ["read"] },
        { ...AGENT, agent: 6n },
      ],
    });
    const ratings = ratingsOf(0.4);
    const rated = await rateCandidates(REQUEST, fleet, new Set([6n]), ratings);
    expect(ratings.asked).to.deep.equal([[1n, 4n]]);
    expect(rated.agents.get(4n)?.rating).to.deep.equal({ mean: 0.4, count: 3 });
    expect(rated.agents.get(3n)?.rating).to.equal(undefined);
    expect(fleet.agents.get(1n)?.rating, "what was seen stays as it is").to.equal(undefined);
    const nobody = await rateCandidates(
      { ...REQUEST, owner: `0x${"99".repeat(20)}` },
      fleet,
      new Set(),
      ratings,
    );
    expect(nobody).to.equal(fleet);
    expect(ratings.asked.length, "nobody to ask for").to.equal(1);
  });

  it("asks for a bounded number, and takes no other where ratings are demanded", async () => {
    const agents = Array.from({ length: RATED_CANDIDATES_MAX + 1 }, (_, index) => ({
      ...AGENT,
      agent: BigInt(index + 1),
    }));
    const fleet = fleetOf({ nodes: [NODE], models: [MODEL], agents });
    const ratings = ratingsOf(1);
    const strict = await rateCandidates(REQUEST, fleet, new Set(), ratings);
    expect(ratings.asked[0]?.length).to.equal(RATED_CANDIDATES_MAX);
    expect(strict.agents.size).to.equal(RATED_CANDIDATES_MAX);
    const limits = { ...REQUEST.limits, ratingMin: 0 };
    const loose = await rateCandidates({ ...REQUEST, limits }, fleet, new Set(), ratings);
    expect(loose.agents.size).to.equal(RATED_CANDIDATES_MAX + 1);
  });
});
