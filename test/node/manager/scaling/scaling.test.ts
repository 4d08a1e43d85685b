import { expect } from "chai";
import { describe, it } from "mocha";
import type { FleetCluster, FleetMember, FleetNode } from "../../../../node/src/manager/fleet.ts";
import { RECALLED_GRACE_MS } from "../../../../node/src/manager/limits.ts";
import type { Plan, Step } from "../../../../node/src/manager/plans.ts";
import { assess } from "../../../../node/src/manager/scaling/assess.ts";
import { createScaling } from "../../../../node/src/manager/scaling/scaling.ts";
import { trendPerMinute } from "../../../../node/src/manager/scaling/series.ts";
import { settingsOf } from "../fleet/settings.ts";
import { agentMember, clusterSeen, fleetOf, nodeOf } from "../fleetOf.ts";

const settings = settingsOf({ placesMax: 8 });
const NOTHING_YET = { lastChangeMs: () => undefined };

function manager(options: { readonly versions?: boolean } = {}) {
  const scaling = createScaling(
    options.versions === true
      ? {
          versions: {
            next: (_, { add }) => `with ${add.map(({ agent, beside }) => `${agent} beside ${beside}`)}`,
          },
        }
      : {},
  );
  let atMs = 0;
  const fleetAt = (clusters: readonly FleetCluster[], nodes: readonly FleetNode[]) =>
    fleetOf({
      atMs,
      nodes,
      clusters,
      models: [{ model: 1n, nodes: [1n] }],
      agents: [{ agent: 1n, cluster: 7n }, { agent: 6n }],
    });
  return {
    scaling,
    /** Looks every 10 s; what was wanted at the last of them. */
    looks(
      count: number,
      clusters: readonly FleetCluster[],
      nodes: readonly FleetNode[],
      past = NOTHING_YET,
    ): readonly Step[] {
      let drafts: readonly { readonly steps: readonly { readonly step: Step }[] }[] = [];
      for (let at = 0; at < count; at++) {
        atMs += 10_000;
        drafts = scaling.plan(fleetAt(clusters, nodes), settings, atMs, past);
      }
      return drafts.flatMap(({ steps }) => steps.map(({ step }) => step));
    },
    fleetAt,
  };
}

const busy = (
  waiting: number,
  running: number,
  cluster = 7n,
  members: readonly FleetMember[] = [agentMember("writer", [1n], { state: "running" })],
) => clusterSeen(cluster, members, { queue: { waiting, running, oldestMs: 1_000 } });
const full = nodeOf(1n, { places: { total: 8, taken: 8 } });

describe("manager/scaling", () => {
  it("gives a node more places when its work waits, and none within the cool-down of the last change", () => {
    const nodes = [nodeOf(1n, { places: { total: 4, taken: 4 } })];
    expect(manager().looks(8, [busy(1, 4)], nodes)).to.deep.equal([
      { act: "set-places", node: 1n, from: 4, to: 7 },
    ]);
    expect(manager().looks(8, [busy(1, 4)], nodes, { lastChangeMs: () => 60_000 } as never)).to.deep.equal(
      [],
    );
  });

  it("sets places and shares of a node together, where two clusters want more than there is", () => {
    const other = { ...busy(20, 2, 8n), weight: 3 };
    const steps = manager().looks(8, [busy(20, 2), other], [nodeOf(1n, { places: { total: 4, taken: 4 } })]);
    expect(steps).to.deep.equal([
      { act: "set-places", node: 1n, from: 4, to: 8 },
      // Of one owner, so together no more than half of the eight.
      { act: "set-share", node: 1n, cluster: 7n, from: undefined, to: 1 },
      { act: "set-share", node: 1n, cluster: 8n, from: undefined, to: 3 },
    ]);
  });

  it("takes one more node for the model, where its nodes can grow no more", () => {
    expect(manager().looks(8, [busy(9, 8)], [full, nodeOf(2n)])).to.deep.equal([
      { act: "serve-model", node: 2n, model: 1n },
    ]);
    expect(
      manager().looks(8, [busy(9, 8)], [full, nodeOf(2n, { resourceShare: 0.7 })]),
      "no node with room",
    ).to.deep.equal([]);
  });

  describe("helpers", () => {
    const helper = (name: string, state: FleetMember["state"], change: Partial<FleetMember> = {}) =>
      agentMember(name, [1n], { agent: undefined, model: 0n, service: "coder", state, ...change });
    const roomy = nodeOf(1n, { places: { total: 1, taken: 0 } });
    const START = { act: "start-helper", cluster: 7n, name: "coder-2", service: "coder" } as const;
    const STOP = { ...START, act: "stop-helper" } as const;
    const loaded = [busy(0, 0, 7n, [helper("coder", "running", { queued: 2 })])];
    const idle = (change: Partial<FleetMember> = {}) => [
      busy(0, 0, 7n, [
        helper("coder", "ready"),
        helper("coder-2", "ready", { sinceMs: 10_000_000, ...change }),
      ]),
    ];
    /** A manager that wanted one more, and saw that done. */
    function started() {
      const one = manager();
      expect(one.looks(8, loaded, [roomy])).to.deep.equal([START]);
      const plan = { cluster: 7n, steps: [{ step: START, why: "" }] } as unknown as Plan;
      expect(one.scaling.judge?.(plan, {}, one.fleetAt(loaded, [roomy]), settings).isGood).to.equal(true);
      return one;
    }

    it("are started for jobs that were handed to those who are all at work, and for no task of the chain", () => {
      expect(manager().looks(8, loaded, [roomy])).to.deep.equal([START]);
      expect(manager().looks(8, [busy(9, 8, 7n, [helper("coder", "running")])], [full])).to.deep.equal([]);
    });

    it("are stopped where a plan that was done started them, and they have had nothing to do for long", () => {
      expect(started().looks(30, idle(), [roomy])).to.deep.equal([STOP]);
      expect(started().looks(30, idle({ sinceMs: 1_000 }), [roomy]), "idle since just now").to.deep.equal([]);
      expect(started().looks(30, idle({ queued: 1 }), [roomy]), "with a job").to.deep.equal([]);
    });

    it("that were started before a restart are still this manager's, once they are back, unless they stay away", () => {
      const plan = { cluster: 7n, steps: [{ step: START }] } as unknown as Plan;
      const stopped = { cluster: 7n, steps: [{ step: STOP }] } as unknown as Plan;
      const recalled = (...plans: readonly Plan[]) => {
        const one = manager();
        for (const each of plans) one.scaling.recall?.(each);
        return one;
      };
      const away = [busy(0, 0, 7n, [helper("coder", "ready")])];
      const back = recalled(plan);
      back.looks(RECALLED_GRACE_MS / 10_000 - 1, away, [roomy]);
      expect(back.looks(30, idle(), [roomy])).to.deep.equal([STOP]);
      const late = recalled(plan);
      late.looks(RECALLED_GRACE_MS / 10_000 + 1, away, [roomy]);
      expect(late.looks(30, idle(), [roomy]), "somebody else's by now").to.deep.equal([]);
      expect(recalled(plan, stopped).looks(30, idle(), [roomy]), "stopped again").to.deep.equal([]);
    });

    it("of others are left alone: of the same name, by a plan that came to nothing, or where its own has gone", () => {
      expect(manager().looks(30, idle(), [roomy]), "another manager's").to.deep.equal([]);
      const refused = manager();
      expect(refused.looks(8, loaded, [roomy])).to.deep.equal([START]);
      expect(refused.looks(30, idle(), [roomy]), "its plan was never done").to.deep.equal([]);
      expect(started().looks(30, idle({ isOperators: false }), [roomy]), "an agent's").to.deep.equal([]);
      const gone = started();
      gone.looks(1, [busy(0, 0, 7n, [helper("coder", "ready")])], [roomy]);
      expect(gone.looks(30, idle(), [roomy]), "somebody else's since").to.deep.equal([]);
    });
  });

  it("adds a spare agent in a new version, where nothing else is left", () => {
    expect(manager({ versions: true }).looks(8, [busy(9, 8)], [full])).to.deep.equal([
      { act: "publish", slug: "cluster-7", yaml: "with 6 beside writer", from: 1 },
    ]);
  });

  it("divides asked places among a cluster's nodes, and refuses more than the policy allows", () => {
    const { scaling, fleetAt } = manager();
    const members = [agentMember("writer", [1n, 2n])];
    const fleet = fleetAt([busy(0, 0, 7n, members)], [nodeOf(1n), nodeOf(2n)]);
    const ask = (places: number) =>
      scaling
        .answer?.({ kind: "SCALING", cluster: 7n, places }, fleet, settings, 0, NOTHING_YET)
        ?.steps.map(({ step }) => step);
    expect(ask(11)).to.deep.equal([
      { act: "set-places", node: 1n, from: 4, to: 6 },
      { act: "set-share", node: 1n, cluster: 7n, from: undefined, to: 6 },
      { act: "set-places", node: 2n, from: 4, to: 5 },
      { act: "set-share", node: 2n, cluster: 7n, from: undefined, to: 5 },
    ]);
    expect(() => ask(17))
      .to.throw("cannot have 17 places: its own 2 nodes have room for")
      .with.property("code", "POLICY_FORBIDS");
    const others = fleetAt([busy(0, 0, 7n, members)], [nodeOf(1n, { isOwn: false })]);
    const request = { kind: "SCALING", cluster: 7n, places: 2 } as const;
    expect(() => scaling.answer?.(request, others, settings, 0, NOTHING_YET))
      .to.throw("cannot have 2 places: no node of this manager serves its models")
      .with.property("hint")
      .that.includes("pleiad model serve");
  });

  describe("judges what it did", () => {
    const window = clusterSeen(7n, []).window;
    const of = (change: Partial<typeof window>, queue = { waiting: 0, running: 4, oldestMs: 0 }) =>
      clusterSeen(7n, [agentMember("writer", [1n])], {
        queue,
        window: { ...window, ended: 40, succeeded: 40, windows: 40, latencyMs: 10_000, ...change },
      });
    const plan = {
      cluster: 7n,
      steps: [{ step: { act: "set-places", node: 1n, from: 4, to: 8 } }],
    } as unknown as Plan;

    function verdict(before: FleetCluster, after: FleetCluster, node = nodeOf(1n)) {
      const { scaling, fleetAt } = manager();
      const draft = scaling.answer?.(
        { kind: "SCALING", cluster: 7n, places: 8 },
        fleetAt([before], [node]),
        settings,
        0,
        NOTHING_YET,
      );
      return scaling.judge?.(plan, draft?.before ?? {}, fleetAt([after], [node]), settings).isGood;
    }

    it("good where nothing got worse, or only as the load explains", () => {
      expect(verdict(of({}), of({}))).to.equal(true);
      const waiting = { waiting: 9, running: 4, oldestMs: 0 };
      expect(verdict(of({}), of({ latencyMs: 90_000 }, waiting)), "more load").to.equal(true);
      expect(verdict(of({}, waiting), of({ latencyMs: 90_000 })), "what had waited").to.equal(true);
      expect(
        verdict(of({ ended: 5, succeeded: 5 }), of({ ended: 5, succeeded: 4 })),
        "too few to say",
      ).to.equal(true);
    });

    it("bad where success fell, latency grew, stability fell, or a node that was given places is too hot", () => {
      expect(verdict(of({}), of({ succeeded: 35 }))).to.equal(false);
      expect(verdict(of({}), of({ latencyMs: 15_001 }))).to.equal(false);
      expect(verdict(of({}), of({ restarts: 8 }))).to.equal(false);
      expect(verdict(of({}), of({}), nodeOf(1n, { resourceShare: 0.81 }))).to.equal(false);
    });
  });

  it("assesses a cluster by its demand, its trend and what its tasks came to", () => {
    const cluster = clusterSeen(7n, [agentMember("writer", [1n])], {
      queue: { waiting: 3, running: 1, oldestMs: 9 },
      window: { ...clusterSeen(7n, []).window, ended: 4, succeeded: 2, costWei: 10n },
    });
    const series = [0, 1, 2].map((minute) => ({ atMs: minute * 60_000, value: 2 * minute }));
    const fleet = fleetOf({ nodes: [nodeOf(1n)], clusters: [cluster] });
    expect(assess(fleet, cluster, series)).to.deep.include({
      demand: 4,
      demandPerMinute: 2,
      places: 4,
      pressure: "short",
      successShare: 0.5,
      taskWei: 5n,
    });
    expect(assess(fleetOf({ nodes: [], clusters: [cluster] }), cluster, []).pressure).to.equal("starved");
    expect(trendPerMinute([])).to.equal(0);
  });
});
