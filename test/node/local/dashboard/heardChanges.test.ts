import { expect } from "chai";
import { describe, it } from "mocha";
import type { Change } from "../../../../node/src/local/dashboard/changeHub.ts";
import { heardChanges } from "../../../../node/src/local/dashboard/heardChanges.ts";
import { CHANGE_TOPICS } from "../../../../node/src/local/dashboard/schemas.ts";
import type { TokenCredential } from "../../../../node/src/workspace/tokens/credential.ts";

const USER = `0x${"aa".repeat(20)}` as const;
const CHAINS = ["head", "execution", "cluster", "agent", "model", "node"];

describe("changes that somebody hears of", () => {
  const changes: readonly Change[] = CHANGE_TOPICS.map((topic) => ({ topic, ids: ["1", "2"] }));
  const heard = (credential: TokenCredential, given = changes, cluster = credential.cluster) =>
    heardChanges(given, credential, () => cluster);
  const topics = (given: readonly Change[]) => given.map(({ topic }) => topic);

  it("are all of them for the operator", () => {
    expect(heard({ kind: "node" })).to.deep.equal(changes);
  });

  it("are for others none of what the operator alone reads, and of clusters those of their own", () => {
    for (const credential of [
      { kind: "user", cluster: 2n, user: USER },
      { kind: "node", cluster: 2n },
    ] as const) {
      const told = heard(credential);
      expect(topics(told)).to.deep.equal([...CHAINS, "approval", "usage", "manager", "terminal", "presence"]);
      expect(told.slice(-2).map(({ ids }) => ids)).to.deep.equal([["2"], ["2"]]);
      expect(heard(credential, [{ topic: "presence", ids: ["1"] }])).to.deep.equal([]);
      expect(heard(credential, [{ topic: "presence", ids: null }])).to.deep.equal([
        { topic: "presence", ids: ["2"] },
      ]);
    }
  });

  it("are for agents nothing of what people are asked, what is spent and what a manager does, and of clusters the one they are in now", () => {
    const helper = heard({ kind: "helper", cluster: 2n, name: "ada", user: USER });
    expect(topics(helper)).to.deep.equal([...CHAINS, "terminal", "presence"]);
    const agent = heard({ kind: "agent", agent: 5n, user: USER }, changes, 1n);
    expect(agent.slice(-2).map(({ ids }) => ids)).to.deep.equal([["1"], ["1"]]);
    expect(topics(heard({ kind: "agent", agent: 5n, user: USER }))).to.deep.equal(CHAINS);
  });
});
