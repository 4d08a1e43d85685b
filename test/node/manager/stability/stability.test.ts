import { expect } from "chai";
import { describe, it } from "mocha";
import type { FleetMember, FleetNode } from "../../../../node/src/manager/fleet.ts";
import { decideRestart, restartDelayMs } from "../../../../node/src/manager/stability/restarts.ts";
import { createStability } from "../../../../node/src/manager/stability/stability.ts";
import { settingsOf } from "../fleet/settings.ts";
import { agentMember, clusterSeen, fleetOf, nodeOf } from "../fleetOf.ts";

const settings = settingsOf();
const PAST = { lastChangeMs: () => undefined };

/** Looks at a fleet with one cluster, every 5 s. */
function looker(modules: Parameters<typeof createStability>[0] = {}) {
  const stability = createStability(modules);
  let atMs = 0;
  return {
    stability,
    look(members: readonly FleetMember[], nodes: readonly FleetNode[] = [nodeOf(1n), nodeOf(2n)]) {
      atMs += 5_000;
      const fleet = fleetOf({
        atMs,
        nodes,
        clusters: [clusterSeen(7n, members)],
        models: [{ model: 1n, nodes: [1n, 2n] }],
        agents: [
          { agent: 1n, cluster: 7n },
          { agent: 5n, capabilities: ["read"] },
          { agent: 6n, capabilities: ["write", "read"] },
        ],
      });
      return stability
        .plan(fleet, settings, atMs, PAST)
        .flatMap(({ steps }) => steps.map(({ step }) => step));
    },
  };
}

describe("manager/stability", () => {
  it("waits before a restart twice as long each time, and never longer than five minutes", () => {
    expect([0, 1, 2, 3, 50].map(restartDelayMs)).to.deep.equal([0, 2_000, 4_000, 8_000, 300_000]);
    const policy = { restartsMax: 3 };
    expect(decideRestart({ restarts: 2, sinceMs: 3_000 }, policy, undefined)).to.deep.equal({
      kind: "wait",
      waitMs: 1_000,
    });
    expect(decideRestart({ restarts: 2, sinceMs: 4_000 }, policy, undefined)).to.deep.equal({
      kind: "restart",
    });
    expect(decideRestart({ restarts: 3, sinceMs: 99_000 }, policy, undefined)).to.deep.equal({
      kind: "usedUp",
    });
  });

  it("asks for a restart once, until the fleet shows that it was done", () => {
    const { look } = looker();
    const lost = agentMember("writer", [1n], { state: "lost" });
    const restart = { act: "restart-member", cluster: 7n, name: "writer" };
    look([agentMember("writer", [1n])]);
    expect(look([lost])).to.deep.equal([restart]);
    expect(look([lost])).to.deep.equal([]);
    expect(look([agentMember("writer", [1n], { state: "ready", restarts: 1 })])).to.deep.equal([]);
    expect(look([{ ...lost, restarts: 1, sinceMs: 2_000 }])).to.deep.equal([restart]);
  });

  it("replaces in the next version whom restarts do not bring back, by a spare agent that can as much", () => {
    const asked: unknown[] = [];
    const { look } = looker({
      versions: {
        next(cluster, change) {
          asked.push([cluster, [...change.replace]]);
          return "yaml";
        },
      },
    });
    const dead = agentMember("writer", [1n], { state: "lost", restarts: 3 });
    expect(look([dead])).to.deep.equal([{ act: "publish", slug: "cluster-7", yaml: "yaml", from: 1 }]);
    expect(asked).to.deep.equal([[7n, [["writer", 6n]]]]);
  });

  it("replaces a silent member only after five minutes, and restarts none", () => {
    const { look } = looker({ versions: { next: () => "yaml" } });
    const silent = agentMember("writer", [1n], { state: "silent" });
    expect(look([{ ...silent, sinceMs: 299_999 }])).to.deep.equal([]);
    expect(look([{ ...silent, sinceMs: 300_000 }]).map(({ act }) => act)).to.deep.equal(["publish"]);
  });

  it("counts a member as recovered only when it was well at two looks in a row, on a node that answers", () => {
    const { stability, look } = looker();
    const health = () => stability.health(7n, "writer")?.health;
    look([agentMember("writer", [1n])]);
    expect(health()).to.equal("well");
    look([agentMember("writer", [1n], { state: "lost" })]);
    expect(health()).to.equal("failing");
    look([agentMember("writer", [1n])]);
    expect(health()).to.equal("recovering");
    look([agentMember("writer", [1n])], [nodeOf(1n, { lossShare: 1 })]);
    expect(health()).to.equal("failing");
    look([agentMember("writer", [1n])]);
    look([agentMember("writer", [1n])]);
    expect(health()).to.equal("well");
  });

  it("drains a node on which members fail one after the other, and resumes it when it was well three times", () => {
    const { look } = looker();
    const alive = agentMember("coder", [1n], { agent: undefined });
    const acts: string[] = [];
    for (let failure = 0; failure < 3; failure++) {
      look([alive]);
      acts.push(...look([{ ...alive, state: "lost", restarts: failure }]).map(({ act }) => act));
    }
    expect(acts.at(-1)).to.equal("drain-node");
    const drained = [nodeOf(1n, { isDraining: true }), nodeOf(2n)];
    const looks = [1, 2, 3].map(() => look([alive], drained).map(({ act }) => act));
    expect(looks).to.deep.equal([[], [], ["resume-node"]]);
  });

  it("does not drain the last node, nor resume one that somebody else drained", () => {
    const { look } = looker();
    const alive = agentMember("coder", [1n], { agent: undefined });
    const acts: string[] = [];
    for (let failure = 0; failure < 4; failure++) {
      look([alive], [nodeOf(1n)]);
      acts.push(...look([{ ...alive, state: "lost" }], [nodeOf(1n)]).map(({ act }) => act));
    }
    expect(acts).not.to.include("drain-node");
    const drained = [nodeOf(1n, { isDraining: true }), nodeOf(2n)];
    expect([1, 2, 3, 4].flatMap(() => look([alive], drained))).to.deep.equal([]);
  });

  it("moves places from a node that bears too much to one that serves the same and bears little", () => {
    const { look } = looker();
    const nodes = [
      nodeOf(1n, { resourceShare: 0.95, places: { total: 8, taken: 8 } }),
      nodeOf(2n, { resourceShare: 0.3 }),
    ];
    expect(look([agentMember("writer", [1n, 2n])], nodes)).to.deep.equal([
      { act: "set-places", node: 2n, from: 4, to: 6 },
      { act: "set-places", node: 1n, from: 8, to: 6 },
    ]);
    expect(look([agentMember("writer", [1n, 2n])], nodes), "within the cool-down").to.deep.equal([]);
  });
});
