import { expect } from "chai";
import { describe, it } from "mocha";
import type { HelperPlan } from "../../../../node/src/agents/team/ports.ts";
import {
  createHelperLives,
  LOST_HELPERS_MAX,
  RESTARTED_MEMBERS_MAX,
  RESTARTS_KEPT_MAX,
} from "../../../../node/src/local/manager/helperLives.ts";

const WINDOW_MS = 60_000;

function livesAt() {
  const world = { nowMs: 1_000_000 };
  return { world, lives: createHelperLives({ now: () => world.nowMs }) };
}

function planOf(name: string, cluster = 7n): HelperPlan {
  return { cluster, name, role: "helper", goal: "help", service: "claude", user: "0xaa" };
}

describe("lives of helpers", () => {
  it("keeps whoever ended unasked as it was, until it is there again, and tells who listens", () => {
    const { world, lives } = livesAt();
    const heard: unknown[] = [];
    const end = lives.onLost((...who) => heard.push(who));
    lives.lost(planOf("tester"));
    world.nowMs += 5;
    lives.lost(planOf("tester", 8n));
    expect(lives.lostIn(7n)).to.deep.equal([{ plan: planOf("tester"), atMs: 1_000_000 }]);
    expect(lives.find(8n, "tester")?.atMs).to.equal(1_000_005);
    lives.forget(7n, "tester");
    expect([lives.find(7n, "tester"), lives.lostIn(8n).length]).to.deep.equal([undefined, 1]);
    end();
    lives.lost(planOf("coder"));
    expect(heard).to.deep.equal([
      [7n, "tester"],
      [8n, "tester"],
    ]);
  });

  it("counts restarts of late, its own and those that a program says, each once", () => {
    const { world, lives } = livesAt();
    lives.restarted(7n, "tester");
    lives.programSays(7n, "tester", 2);
    lives.programSays(7n, "tester", 2);
    expect(lives.restarts(7n, "tester", WINDOW_MS)).to.equal(3);
    lives.programSays(7n, "tester", 0);
    lives.programSays(7n, "tester", 1);
    expect(lives.restarts(7n, "tester", WINDOW_MS), "one that was begun anew counts from nothing").to.equal(
      4,
    );
    lives.restarted(7n, "coder");
    lives.restarted(8n, "tester");
    expect(lives.restartsIn(7n, WINDOW_MS)).to.equal(5);
    expect(lives.restarts(9n, "tester", WINDOW_MS)).to.equal(0);
    world.nowMs += WINDOW_MS - 1;
    expect(lives.restartsIn(7n, WINDOW_MS)).to.equal(5);
    world.nowMs += 1;
    expect(lives.restartsIn(7n, WINDOW_MS)).to.equal(0);
  });

  it("remembers a bounded number: who was lost or restarted longest ago is forgotten", () => {
    const { lives } = livesAt();
    for (let index = 0; index <= LOST_HELPERS_MAX; index += 1) lives.lost(planOf(`helper-${index}`));
    expect(lives.lostIn(7n).length).to.equal(LOST_HELPERS_MAX);
    expect(lives.find(7n, "helper-0")).to.equal(undefined);
    lives.programSays(7n, "busy", 10 * RESTARTS_KEPT_MAX);
    expect(lives.restarts(7n, "busy", WINDOW_MS)).to.equal(RESTARTS_KEPT_MAX);
    for (let index = 0; index < RESTARTED_MEMBERS_MAX; index += 1) lives.restarted(7n, `helper-${index}`);
    expect(lives.restarts(7n, "busy", WINDOW_MS)).to.equal(0);
    expect(lives.restarts(7n, "helper-0", WINDOW_MS)).to.equal(1);
  });
});
