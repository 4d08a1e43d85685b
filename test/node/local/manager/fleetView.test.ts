import { expect } from "chai";
import { describe, it } from "mocha";
import { METRICS_WINDOW_MS } from "../../../../node/src/local/manager/clusterWindows.ts";
import type { FleetNews } from "../../../../node/src/manager/ports.ts";
import type { Member } from "../../../../node/src/workspace/types.ts";
import {
  agentState,
  CLUSTER,
  clusterState,
  endedRun,
  fleetWorld,
  OWNER,
  STRANGER,
  settingsFor,
} from "./fleetWorld.ts";

const PLAN = {
  cluster: CLUSTER,
  name: "tester",
  role: "Tester",
  goal: "test",
  service: "claude",
  user: OWNER,
};

function helper(change: Partial<Member> = {}): Member {
  return {
    id: "helper:1/tester",
    kind: "helper",
    name: "tester",
    capabilities: [],
    isAlive: true,
    state: "running",
    ...change,
  };
}

const program = { service: "claude", note: "", turns: 0, restarts: 0, sinceMs: 1 };

describe("createFleetView", () => {
  it("showsThisNodeAsItsOwn_andOfOthersOnlyWhatWasSeenOfThem", async () => {
    const { world, view } = fleetWorld();
    world.up = [world.heartbeat(2n, 300)];
    const { nodes, block, atMs } = await view.observe();
    expect([block.number, atMs]).to.deep.equal([42n, 1_000_000]);
    expect(nodes.get(1n)).to.include({ isOwn: true, isUp: true, silentMs: 0, resourceShare: 0.5 });
    expect(nodes.get(1n)?.places).to.deep.equal({ total: 4, taken: 2 });
    expect(nodes.get(2n)).to.include({
      isOwn: false,
      isUp: true,
      silentMs: 300,
      roundTripMs: 20,
      resourceShare: undefined,
      places: undefined,
    });
    expect(nodes.get(3n)).to.include({ isUp: false, silentMs: undefined });
    world.up = [];
    world.nowMs += 5_000;
    const later = await view.observe();
    expect(later.nodes.get(2n), "since it was last heard of").to.include({ isUp: false, silentMs: 5_300 });
  });

  it("oneThatServesOnChain_andNamesNoModelInItsHeartbeats_isDrained", async () => {
    const { world, view } = fleetWorld();
    world.up = [world.heartbeat(2n, 0, []), world.heartbeat(3n)];
    world.isDraining = true;
    const { nodes } = await view.observe();
    expect([1n, 2n, 3n].map((node) => nodes.get(node)?.isDraining)).to.deep.equal([true, true, false]);
  });

  it("manages_byNameAndByOwner_andSeesWhatIsLeftAlone_asAgentsAndModels", async () => {
    const { world, view } = fleetWorld();
    world.agents.push(
      agentState(5n, 0n, { cluster: 0n, uri: 'data:application/json,{"name":"Poet","skills":["Verse"]}' }),
    );
    const fleet = await view.observe();
    expect([...fleet.clusters.keys()]).to.deep.equal([CLUSTER]);
    expect(fleet.slugs?.size, "slugs of all, also of those that it leaves alone").to.equal(
      world.clusters.length,
    );
    expect(fleet.slugs?.get("brief")).to.equal(CLUSTER);
    expect(fleet.agents.get(5n)).to.include({ name: "Poet", cluster: 0n, rating: undefined });
    expect(fleet.agents.get(5n)?.capabilities).to.deep.equal(["verse"]);
    expect(fleet.agents.get(5n)?.grantees).to.deep.equal([]);
    world.grantees = [STRANGER];
    expect((await view.observe()).agents.get(5n)?.grantees, "who was given leave").to.deep.equal([STRANGER]);
    expect(fleet.agents.get(0n)?.name, "as its cluster calls it").to.equal("reader");
    expect(fleet.models.get(1n)?.nodes).to.deep.equal([1n, 2n]);
    const { relationships } = world.settings;
    world.settings = settingsFor({ relationships: { ...relationships, clusters: [], owners: [OWNER] } });
    expect([...(await view.observe()).clusters.keys()]).to.deep.equal([CLUSTER]);
    world.clusters.push(clusterState({ cluster: 9n, slug: "second", agents: [] }));
    expect([...(await view.observe()).clusters.keys()]).to.deep.equal([CLUSTER, 9n]);
  });

  it("anAgentIsReady_whileANodeThatServesItsModelIsUp_andSilentSinceTheLastWent", async () => {
    const { world, view } = fleetWorld();
    world.up = [world.heartbeat(3n)];
    const states = async () =>
      (await view.observe()).clusters
        .get(CLUSTER)
        ?.members.map(({ name, state, sinceMs }) => [name, state, sinceMs]);
    expect(await states()).to.deep.equal([
      ["reader", "ready", 0],
      ["writer", "ready", 0],
    ]);
    world.nowMs += 4_000;
    world.up = [];
    await view.observe();
    world.nowMs += 1_000;
    expect(await states()).to.deep.equal([
      ["reader", "ready", 5_000],
      ["writer", "silent", 1_000],
    ]);
  });

  it("aHelperIsAsItsProgramIs_andOneWhoseProgramEndedUnasked_isLostUntilItIsThereAgain", async () => {
    const { world, view, lives } = fleetWorld();
    const stateOf = async () =>
      (await view.observe()).clusters
        .get(CLUSTER)
        ?.members.filter(({ agent }) => agent === undefined)
        .map(({ name, state, restarts }) => [name, state, restarts]);
    world.parties = [helper({ program: { ...program, state: "working" } })];
    expect(await stateOf()).to.deep.equal([["tester", "running", 0]]);
    world.parties = [helper({ program: { ...program, state: "asking" } })];
    expect(await stateOf(), "it works, and waits for a person").to.deep.equal([["tester", "running", 0]]);
    const news: FleetNews[] = [];
    view.onNews((one) => news.push(one));
    lives.lost(PLAN);
    expect(news).to.deep.equal([{ kind: "member", cluster: CLUSTER, name: "tester", state: "lost" }]);
    world.parties = [helper()];
    expect(await stateOf(), "the log has not heard of its end yet").to.deep.equal([["tester", "lost", 0]]);
    world.parties = [];
    expect(await stateOf()).to.deep.equal([["tester", "lost", 0]]);
    lives.restarted(CLUSTER, "tester");
    world.parties = [helper({ program: { ...program, state: "waiting", restarts: 1 } })];
    expect(await stateOf(), "by its manager, and by itself").to.deep.equal([["tester", "ready", 2]]);
    world.nowMs += world.settings.policy.restartWindowMs;
    expect(await stateOf()).to.deep.equal([["tester", "ready", 0]]);
  });

  it("aHelperHasTheJobsThatItHasNotBegun_andIsTheOperatorsOrNot", async () => {
    const { world, view } = fleetWorld();
    const spawnedBy = { id: "agent:1", kind: "agent", name: "reader" } as const;
    world.parties = [
      helper(),
      helper({ id: "helper:1/mine", name: "mine", spawnedBy: { ...spawnedBy, id: "node:1", kind: "node" } }),
      helper({ id: "helper:1/theirs", name: "theirs", spawnedBy }),
    ];
    const [first, second] = world.parties;
    if (first === undefined || second === undefined) throw new Error("no parties");
    world.jobs = [{ worker: first }, { worker: first }, { worker: second }];
    const members = (await view.observe()).clusters.get(CLUSTER)?.members ?? [];
    expect(
      members.slice(-3).map(({ name, isOperators, queued }) => [name, isOperators, queued]),
    ).to.deep.equal([
      ["tester", false, 2],
      ["mine", true, 1],
      ["theirs", false, 0],
    ]);
  });

  it("aHelperOfAnotherNode_isSilentOnceThatNodeIs", async () => {
    const { world, view } = fleetWorld();
    world.parties = [helper({ id: "helper:2/tester" })];
    world.up = [world.heartbeat(2n)];
    const state = async () => (await view.observe()).clusters.get(CLUSTER)?.members.at(-1)?.state;
    expect(await state()).to.equal("ready");
    world.up = [];
    expect(await state()).to.equal("silent");
  });

  it("countsRunsOfLate_theirWindows_andWhatTheyCost", async () => {
    const { world, view } = fleetWorld();
    world.ended = [
      endedRun(1n, { answeredAfter: [9, 45] }),
      endedRun(2n, { state: "Failed", answeredAfter: [5], agoSeconds: 480 }),
      endedRun(3n, { state: "Cancelled" }),
      endedRun(4n, { agoSeconds: METRICS_WINDOW_MS / 1_000 + 1 }),
      endedRun(5n, { cluster: 8n }),
    ];
    const window = (await view.observe()).clusters.get(CLUSTER)?.window;
    expect(window).to.deep.include({ ended: 2, succeeded: 1, costWei: 3n + 4n + 3n });
    // The first: at once, and after three whole windows. The second: at once, and none for its last 15 seconds.
    expect([window?.windows, window?.windowsMissed]).to.deep.equal([1 + 4 + 1 + 1, 3 + 1]);
  });

  it("tellsWhatWaits_andHowLongMessagesTook_ofOthersAndOfLateAlone", async () => {
    const { world, view } = fleetWorld();
    world.load.set(CLUSTER, { running: 1, waiting: 3, oldestMs: 700, latencyMs: 250 });
    world.message(2n, world.nowMs - 500_000);
    world.nowMs += 120_000;
    world.message(1n, world.nowMs - 30_000);
    world.message(2n, world.nowMs - 61_000);
    expect((await view.observe()).clusters.get(CLUSTER)?.window.messageLatencyMs).to.equal(undefined);
    world.message(2n, world.nowMs - 40);
    world.message(2n, world.nowMs + 5);
    const { queue, window, weight } = (await view.observe()).clusters.get(CLUSTER) ?? {};
    expect([queue, window?.latencyMs, weight]).to.deep.equal([
      { running: 1, waiting: 3, oldestMs: 700 },
      250,
      2,
    ]);
    expect(window?.messageLatencyMs).to.equal(40);
    world.nowMs += METRICS_WINDOW_MS;
    expect((await view.observe()).clusters.get(CLUSTER)?.window.messageLatencyMs).to.equal(undefined);
  });

  it("aClusterThatIsNotOpenHere_isSeenByTheChain_andTheLogIsNotAsked", async () => {
    const { world, view } = fleetWorld();
    world.openClusters = [];
    expect((await view.observe()).clusters.get(CLUSTER)?.members).to.have.length(2);
    expect(world.asked).to.equal(0);
  });

  it("tellsOfNodesThatComeAndGo_andListensToNothingOnceItIsStopped", () => {
    const { world, view } = fleetWorld();
    const news: FleetNews[] = [];
    const end = view.onNews((one) => news.push(one));
    world.come("down", 2n);
    world.turn(3n, false);
    world.come("up", 2n);
    expect(news).to.deep.equal([
      { kind: "node", node: 2n, isUp: false },
      { kind: "node", node: 3n, isUp: false },
      { kind: "node", node: 2n, isUp: true },
    ]);
    end();
    view.stop();
    expect(world.listeners()).to.equal(0);
  });

  it("wantsTheWayToEveryNodeOfItsClusters_butNotToItself", () => {
    const { world, view } = fleetWorld();
    expect(view.wanted()).to.deep.equal([2n, 3n]);
    world.routed = [1n, 3n, 99n];
    expect(view.wanted(), "those on routes first").to.deep.equal([3n, 2n]);
  });
});
