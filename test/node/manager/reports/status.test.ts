import { expect } from "chai";
import { describe, it } from "mocha";
import { createMetrics } from "../../../../node/src/local/daemonMetrics.ts";
import { setManager } from "../../../../node/src/local/managerScrape.ts";
import { METRICS } from "../../../../node/src/local/metricsTable.ts";
import { parseManagerFile } from "../../../../node/src/manager/config/parse.ts";
import { REPORT_WANTS_MAX, STATUS_ALERTS_MAX } from "../../../../node/src/manager/limits.ts";
import type { Plan } from "../../../../node/src/manager/plans.ts";
import type { Score } from "../../../../node/src/manager/reports/cluster.ts";
import { type ManagerFacts, managerStatus } from "../../../../node/src/manager/reports/status.ts";
import { alertWith, clusterWith, fleetOf, members, nodeWith, score } from "../alerts/support.ts";
import { fileText } from "../config/support.ts";

const { settings } = parseManagerFile(fileText(), "manager.yaml");
const scoreBySize: Score = (cluster, by) => {
  expect(by).to.equal(settings);
  return score(cluster.members.length / 10);
};

function facts(changes: Partial<ManagerFacts> = {}): ManagerFacts {
  return {
    settings,
    reconciled: { atMs: 5_000, tookMs: 12, block: 9n },
    fleet: fleetOf([clusterWith()], [nodeWith({ node: 1n })]),
    alerts: [],
    plans: [],
    problems: [undefined, undefined],
    ...changes,
  };
}
const statusOf = (changes: Partial<ManagerFacts> = {}) =>
  managerStatus(facts(changes), { score: scoreBySize });
const plan = (state: Plan["state"]) => ({ id: state, state }) as Plan;

describe("what a manager reports", () => {
  it("is state, members, places and score of each cluster, and nothing wanted where all is well", () => {
    const queue = { waiting: 2, running: 1, oldestMs: 5_000 };
    const fleet = fleetOf(
      [clusterWith({ queue, members: members(["ready", "running", "spawning"]) })],
      [
        nodeWith({ node: 1n, places: { total: 4, taken: 1 } }),
        // Of no use to it: another's, down, draining, or it serves none of its members.
        nodeWith({ node: 2n, isOwn: false, places: undefined }),
        nodeWith({ node: 3n, places: { total: 8, taken: 0 } }),
      ],
    );
    const status = statusOf({ fleet });
    expect(status.clusters).to.deep.equal([
      {
        cluster: 7n,
        slug: "alpha-one",
        version: 1,
        members: 3,
        ready: 2,
        waiting: 2,
        running: 1,
        places: 4,
        stability: score(0.3),
        wanted: [],
      },
    ]);
    expect([status.id, status.name, status.settings, status.problem]).to.deep.equal([
      "main",
      "Main",
      settings,
      undefined,
    ]);
    for (const change of [{ isUp: false }, { isDraining: true }, { isOwn: false }]) {
      const less = fleetOf([clusterWith()], [nodeWith({ node: 1n, ...change })]);
      expect(statusOf({ fleet: less }).clusters[0]?.places, JSON.stringify(change)).to.equal(0);
    }
    expect(statusOf({ fleet: undefined, reconciled: undefined }).clusters).to.deep.equal([]);
  });

  it("names what is wanted: members, who is gone, nodes, and places, and what is too much", () => {
    const [first, ...rest] = members(["lost", "ready", "silent"]);
    const wanting = clusterWith({
      members: [{ ...(first as (typeof rest)[number]), nodes: [] }, ...rest],
      queue: { waiting: 5, running: 3, oldestMs: 41_500 },
    });
    const fleet = fleetOf([wanting], [nodeWith({ node: 1n, places: { total: 4, taken: 3 } })]);
    expect(statusOf({ fleet }).clusters[0]?.wanted).to.deep.equal([
      "2 more members: 1 are there, 3 are the least",
      "m0 back, or another in its place: it is lost",
      "m2 back, or another in its place: it is silent",
      "a node for m0: none serves model 1",
      "4 more places: 5 tasks wait, the oldest for 42 s, and 1 places are free",
    ]);
    const many = fleetOf([clusterWith({ members: members(Array(12).fill("ready")) })]);
    expect(statusOf({ fleet: many }).clusters[0]?.wanted).to.deep.equal([
      "2 fewer members: 12 are there, 10 are the most",
    ]);
    const gone = fleetOf([clusterWith({ members: members(Array(40).fill("lost")) })]);
    const wanted = statusOf({ fleet: gone }).clusters[0]?.wanted ?? [];
    expect([wanted.length, wanted.at(-1)]).to.deep.equal([REPORT_WANTS_MAX + 1, "and 25 more"]);
  });

  it("has alerts that are not over, so many, and the first problem", () => {
    const alerts = [
      ...Array.from({ length: STATUS_ALERTS_MAX + 1 }, (_, index) => alertWith({ id: `a${index}` })),
      alertWith({ state: "resolved" }),
    ];
    const problem = { code: "MANAGER_FILE_INVALID", message: "x:3: y" };
    const status = statusOf({ alerts, problems: [undefined, problem, { code: "RPC_FAILED", message: "" }] });
    expect(status.alerts).to.have.length(STATUS_ALERTS_MAX);
    expect(status.problem).to.equal(problem);
  });

  it("is in the metrics, each of them, and those of nothing are 0 or not there", async () => {
    const metrics = createMetrics();
    const status = statusOf({
      alerts: [
        alertWith(),
        alertWith({ id: "b", subject: "node/4", state: "acknowledged" }),
        alertWith({ state: "pending" }),
      ],
      plans: [plan("proposed"), plan("proposed"), plan("failed")],
      problems: [{ code: "MANAGER_FILE_INVALID", message: "" }],
    });
    metrics.onScrape((set) =>
      setManager(set, status, new Map([["pager", { waiting: 2, failuresTotal: 3, lostTotal: 1 }]]), 8_500),
    );
    metrics.observe("pleiad_manager_reconcile_seconds", 0.2);
    const text = await metrics.text();
    metrics.stop();
    for (const line of [
      'pleiad_manager_stability_score{cluster="alpha-one"} 0.3',
      'pleiad_manager_members{cluster="alpha-one",state="ready"} 3',
      'pleiad_manager_members{cluster="alpha-one",state="other"} 0',
      'pleiad_manager_places{cluster="alpha-one"} 4',
      'pleiad_manager_waiting_tasks{cluster="alpha-one"} 0',
      'pleiad_manager_open_plans{state="proposed"} 2',
      'pleiad_manager_open_plans{state="applying"} 0',
      'pleiad_manager_firing_alerts{alert="resource_usage",state="firing"} 1',
      'pleiad_manager_firing_alerts{alert="resource_usage",state="acknowledged"} 1',
      'pleiad_manager_firing_alerts{alert="cluster_size",state="firing"} 0',
      "pleiad_manager_reconciled_age_seconds 3.5",
      'pleiad_manager_problem_state{code="MANAGER_FILE_INVALID"} 1',
      'pleiad_manager_waiting_deliveries{sink="pager"} 2',
      'pleiad_manager_failed_deliveries_total{sink="pager"} 3',
      'pleiad_manager_lost_deliveries_total{sink="pager"} 1',
      "pleiad_manager_reconcile_seconds_count 1",
    ])
      expect(text.split("\n"), line).to.include(line);
    for (const name of Object.keys(METRICS).filter((one) => one.startsWith("pleiad_manager_")))
      expect(text, name).to.match(new RegExp(`^${name}(_count)?[{ ]`, "m"));
  });
});
