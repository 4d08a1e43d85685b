import { expect } from "chai";
import { describe, it } from "mocha";
import { playKills } from "./kills.ts";

const SEED = 20_261_126;

describe("helpers at work, while daemon, guards, agents and bridges are killed", function () {
  this.timeout(180_000);

  it("lose no message, leave no process, and change nothing outside of their copies", async () => {
    console.log(`      seed ${SEED}: npm run sim:team -- --seed ${SEED} --kills 6 --helpers 3`);
    const { killed, sent, processes, ...wrong } = await playKills({ seed: SEED, kills: 6, helpers: 3 });
    expect(Object.values(killed).reduce((sum, count) => sum + count, 0)).to.equal(6);
    expect(sent).to.be.at.least(6);
    expect(processes).to.be.at.least(9);
    const { lost, unread, restless, orphans, changed, left, ended } = wrong;
    expect({ lost, unread, restless, orphans, changed, left, ended }).to.deep.equal({
      lost: [],
      unread: [],
      restless: [],
      orphans: [],
      changed: [],
      left: [],
      ended: [],
    });
  });
});
