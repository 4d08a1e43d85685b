import { expect } from "chai";
import { describe, it } from "mocha";
import { BAN_MS, BAN_POINTS, POINTS_HALF_LIFE_MS } from "../../../node/src/network/limits.ts";
import { createReputation, MISDEED_POINTS } from "../../../node/src/network/reputation.ts";
import { fakeClock } from "./support.ts";

function setting() {
  const clock = fakeClock();
  const banned: string[] = [];
  const reputation = createReputation({ clock, onBan: (peer, node) => banned.push(`${peer} ${node}`) });
  return { clock, reputation, banned };
}

describe("reputation", () => {
  it("bans a peer and its node when its misdeeds add up, and says so once", () => {
    const { reputation, banned } = setting();
    const needed = BAN_POINTS / MISDEED_POINTS.malformed;
    for (let misdeeds = 1; misdeeds < needed; misdeeds++) reputation.penalize("p", 2n, "malformed");
    expect([reputation.isPeerBanned("p"), reputation.isNodeBanned(2n)]).to.deep.equal([false, false]);
    reputation.penalize("p", 2n, "malformed");
    reputation.penalize("p", 2n, "malformed");
    expect([reputation.isPeerBanned("p"), reputation.isNodeBanned(2n)]).to.deep.equal([true, true]);
    expect(reputation.isPeerBanned("q")).to.equal(false);
    expect(banned).to.deep.equal(["p 2"]);
  });

  it("forgets by half each minute, so that rare mishaps never ban", () => {
    const { clock, reputation, banned } = setting();
    expect(reputation.penalize("p", 2n, "lyingBlob")).to.equal(MISDEED_POINTS.lyingBlob);
    clock.advance(POINTS_HALF_LIFE_MS);
    expect(reputation.points("p")).to.be.closeTo(MISDEED_POINTS.lyingBlob / 2, 1e-9);
    for (let minutes = 0; minutes < 100; minutes++) {
      reputation.penalize("p", 2n, "malformed");
      clock.advance(POINTS_HALF_LIFE_MS);
    }
    expect(banned).to.deep.equal([]);
  });

  it("lets a ban end by itself, with a clean book", () => {
    const { clock, reputation } = setting();
    reputation.ban("p", 2n);
    clock.advance(BAN_MS - 1);
    expect([reputation.isPeerBanned("p"), reputation.isNodeBanned(2n)]).to.deep.equal([true, true]);
    clock.advance(1);
    expect([reputation.isPeerBanned("p"), reputation.isNodeBanned(2n)]).to.deep.equal([false, false]);
    expect(reputation.points("p")).to.equal(0);
  });
});
