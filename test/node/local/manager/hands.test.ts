import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { parseGwei, zeroAddress } from "viem";
import { CONNECT_WAIT_MS, createHands, forgetShares } from "../../../../node/src/local/manager/hands.ts";
import { createRouteBook } from "../../../../node/src/local/manager/routeBook.ts";
import type { Step } from "../../../../node/src/manager/plans.ts";
import { failure } from "../../chain/helpers.ts";
import { codeOf } from "../../network/support.ts";
import { CLUSTER, fleetWorld, OWNER } from "./fleetWorld.ts";

const YAML = `slug: brief
name: Brief
description: A cluster.
fee: 0.0001 ether
windowSeconds: 30
models:
  reader: {id: 1}
agents:
  - {name: reader, model: reader, role: Reader, goal: read, backstory: reads}
tasks:
  - {name: read, agent: reader, prompt: Read it.}
`;

function handsWorld() {
  const around = fleetWorld();
  const log: unknown[] = [];
  const state = {
    total: 4,
    isDraining: false,
    failWith: undefined as string | undefined,
    silent: [] as bigint[],
  };
  const shares = new Map<bigint, number>();
  const routes = createRouteBook();
  const timers: (() => void)[] = [];
  let nowMs = 0;
  const operation = (name: string) => async (given: unknown) => {
    log.push([name, given]);
    if (state.failWith !== undefined) throw new PleiadError("no", { code: state.failWith });
    return { id: "0xid", version: "0xversion" };
  };
  const stopping = new AbortController();
  const hands = createHands(
    { node: 1n },
    {
      projection: around.projection,
      rpc: { blockByNumber: async () => ({ baseFeePerGasWei: parseGwei("2") }) as never },
      priorityFeeWei: parseGwei("1"),
      places: {
        total: () => state.total,
        setTotal: (places) => {
          state.total = places;
        },
        shares: () => shares,
        setShare: (cluster, places) =>
          void (places === undefined ? shares.delete(cluster) : shares.set(cluster, places)),
        isDraining: () => state.isDraining,
        drain: () => {
          state.isDraining = true;
        },
        resume: () => {
          state.isDraining = false;
        },
        load: () => new Map(),
      },
      workspace: {
        as: (credential) => {
          expect(credential).to.deep.equal({ kind: "node", cluster: CLUSTER });
          const names = [
            "spawnAgent",
            "endAgent",
            "restartAgent",
            "updateRules",
            "writeContext",
            "sendMessage",
          ];
          return Object.fromEntries(names.map((name) => [name, operation(name)])) as never;
        },
      },
      presence: { list: () => around.world.up },
      roundTrips: {
        async measure(node) {
          if (state.silent.includes(node)) throw new PleiadError("silent", { code: "PEER_IO_FAILED" });
          return Number(node);
        },
      },
      routes,
      lives: around.lives,
      clock: {
        monotonicMs: () => nowMs,
        wallSeconds: () => 0n,
        after(delayMs, run) {
          const timer = () => {
            nowMs += delayMs;
            run();
          };
          timers.push(timer);
          return () => void timers.splice(timers.indexOf(timer), 1);
        },
      },
      stopping: stopping.signal,
      logger: pino({ level: "silent" }),
    },
  );
  const pass = async () => {
    timers.shift()?.();
    await new Promise(setImmediate);
  };
  return { ...around, hands, log, state, shares, routes, timers, stopping, pass, now: () => nowMs };
}

describe("createHands", () => {
  it("changesPlacesAndShares_drainsAndResumes_itsOwnNode", async () => {
    const { hands, state, shares } = handsWorld();
    await hands.carryOut({ act: "set-places", node: 1n, from: 4, to: 8 }, "p/0");
    await hands.carryOut({ act: "set-share", node: 1n, cluster: CLUSTER, from: undefined, to: 3 }, "p/1");
    await hands.carryOut({ act: "drain-node", node: 1n }, "p/2");
    expect([state.total, [...shares], state.isDraining]).to.deep.equal([8, [[CLUSTER, 3]], true]);
    await hands.carryOut({ act: "set-share", node: 1n, cluster: CLUSTER, from: 3, to: undefined }, "p/1b");
    expect([...shares], "none, as before").to.deep.equal([]);
    await hands.carryOut({ act: "resume-node", node: 1n }, "p/3");
    expect(state.isDraining).to.equal(false);
  });

  it("sharesOfClustersThatAreGone_areForgotten_andKeepNoOtherFromPlaces", () => {
    const shares = new Map([
      [CLUSTER, 2],
      [99n, 3],
    ]);
    const setShare = (cluster: bigint, places: number | undefined) => {
      expect(places).to.equal(undefined);
      shares.delete(cluster);
    };
    forgetShares({ shares: () => shares, setShare }, new Set([CLUSTER]));
    expect([...shares]).to.deep.equal([[CLUSTER, 2]]);
  });

  it("theSameKey_doesNothingTwice_andAnswersWhatTheFirstLedTo", async () => {
    const { hands, log } = handsWorld();
    const step: Step = { act: "broadcast", cluster: CLUSTER, topic: "news", text: "hello" };
    expect(await hands.carryOut(step, "p/0")).to.equal("0xid");
    expect(await hands.carryOut(step, "p/0")).to.equal("0xid");
    expect(log).to.deep.equal([
      ["sendMessage", { destination: { kind: "topic", topic: "news" }, text: "hello", requestId: "p-0" }],
    ]);
  });

  it("speaksInItsClusters_asTheirOperator_eachWriteNamedByItsKey", async () => {
    const { hands, log } = handsWorld();
    const key = "20261126-0007/2";
    await hands.carryOut({ act: "write-rules", cluster: CLUSTER, text: "be kind" }, key);
    await hands.carryOut({ act: "write-context", cluster: CLUSTER, key: "goal", value: "x" }, `${key}b`);
    await hands.carryOut({ act: "broadcast", cluster: CLUSTER, topic: "", text: "all" }, `${key}c`);
    await hands.carryOut({ act: "broadcast", cluster: CLUSTER, topic: "", text: "one", to: "reader" }, "d");
    expect(log).to.deep.equal([
      ["updateRules", { text: "be kind", requestId: "20261126-0007-2" }],
      ["writeContext", { key: "goal", value: "x", requestId: "20261126-0007-2b" }],
      ["sendMessage", { destination: { kind: "broadcast" }, text: "all", requestId: "20261126-0007-2c" }],
      ["sendMessage", { destination: { kind: "direct", to: "reader" }, text: "one", requestId: "d" }],
    ]);
  });

  it("asksTheNodesOfAMembersRoute_inItsOrder_beforeItIsTold_andTellsNobodyWhereNoneIsThere", async () => {
    const { hands, log, state, routes } = handsWorld();
    const tell = (key: string): Promise<string | undefined> =>
      hands.carryOut({ act: "broadcast", cluster: CLUSTER, topic: "", text: "one", to: "reader" }, key);
    expect(await tell("a"), "no route was set").to.equal("0xid");
    routes.set(CLUSTER, "reader", [3n, 2n]);
    expect(await tell("b")).to.equal("0xid, and node 3 is there to read it");
    state.silent = [3n];
    expect(await tell("c")).to.equal("0xid, and node 2 is there to read it");
    state.silent = [3n, 2n];
    const before = log.length;
    const error = await failure(tell("d"), "MEMBER_UNREACHABLE");
    expect([error.retryable, log.length]).to.deep.equal([true, before]);
    routes.set(CLUSTER, "reader", [1n, 3n]);
    expect(await tell("d"), "this node is there").to.equal("0xid, and node 1 is there to read it");
  });

  it("startsAndStopsHelpers_andTakesNoHelperOfOthersForItsOwn", async () => {
    const { hands, log, state } = handsWorld();
    const helper = { cluster: CLUSTER, name: "tester", service: "claude" };
    state.failWith = "HELPER_EXISTS";
    expect(await codeOf(hands.carryOut({ act: "start-helper", ...helper }, "a/0"))).to.equal("HELPER_EXISTS");
    expect(log[0], "the workspace knows its own by this").to.have.nested.property("[1].requestId", "a-0");
    state.failWith = "HELPER_UNKNOWN";
    await hands.carryOut({ act: "stop-helper", ...helper }, "b");
    expect(log).to.have.length(2);
    state.failWith = "TEAM_FULL";
    expect(await codeOf(hands.carryOut({ act: "start-helper", ...helper }, "c"))).to.equal("TEAM_FULL");
    state.failWith = undefined;
    await hands.carryOut({ act: "start-helper", ...helper }, "c");
    expect(log, "what failed is not remembered as done").to.have.length(4);
  });

  it("restartsAProgram_andOneThatEndedUnasked_byTheirNode_whichKnowsWhoseItIs", async () => {
    const { hands, log, lives } = handsWorld();
    await hands.carryOut({ act: "restart-member", cluster: CLUSTER, name: "tester" }, "a");
    const plan = { role: "Tester", goal: "test", service: "claude", task: "go", budget: "2" };
    lives.lost({ cluster: CLUSTER, name: "tester", user: OWNER, ...plan });
    await hands.carryOut({ act: "restart-member", cluster: CLUSTER, name: "tester" }, "b");
    expect(log).to.deep.equal([
      ["restartAgent", "tester"],
      ["restartAgent", "tester"],
    ]);
    expect([lives.find(CLUSTER, "tester"), lives.restarts(CLUSTER, "tester", 1_000)]).to.deep.equal([
      undefined,
      1,
    ]);
  });

  it("connects_onceAllAreThereAndAnswer_andNamesWhoDoesNot", async () => {
    const { hands, world, state, pass, now, timers } = handsWorld();
    world.up = [world.heartbeat(2n)];
    state.silent = [2n];
    const connected = hands.carryOut({ act: "connect", cluster: CLUSTER, nodes: [1n, 2n, 3n] }, "a");
    await pass();
    await pass();
    world.up = [world.heartbeat(2n), world.heartbeat(3n)];
    state.silent = [];
    await pass();
    expect(await connected).to.equal("node 2 in 2 ms, node 3 in 3 ms");
    world.up = [];
    const alone = hands.carryOut({ act: "connect", cluster: CLUSTER, nodes: [2n] }, "b");
    const failed = alone.catch((error: unknown) => error);
    const fromMs = now();
    await new Promise(setImmediate);
    while (timers.length > 0) await pass();
    expect(await failed).to.include({ code: "MANAGER_NODES_ABSENT", message: "node 2 cannot be reached" });
    expect(now() - fromMs).to.equal(CONNECT_WAIT_MS);
  });

  it("aDaemonThatStops_waitsForNobody", async () => {
    const { hands, stopping } = handsWorld();
    const connected = hands.carryOut({ act: "connect", cluster: CLUSTER, nodes: [2n] }, "a");
    await new Promise(setImmediate);
    stopping.abort();
    expect(await codeOf(connected)).to.equal("LOCAL_STOPPED");
  });

  it("lacksTheKeysOfOwners_andHandsOnOtherNodes_andSaysWhoHasThem", async () => {
    const { hands, log } = handsWorld();
    const steps: readonly Step[] = [
      { act: "publish", slug: "brief", yaml: YAML, from: 0 },
      { act: "serve-model", node: 2n, model: 1n },
      { act: "leave-model", node: 1n, model: 1n },
    ];
    for (const step of steps) {
      expect(hands.lacks(step), step.act).to.match(/pleiad manager apply PLAN/);
      expect(await codeOf(hands.carryOut(step, step.act))).to.equal("MANAGER_LACKS");
    }
    expect(hands.lacks({ act: "drain-node", node: 2n })).to.match(/node 2/);
    expect(hands.lacks({ act: "drain-node", node: 1n })).to.equal(undefined);
    expect(log).to.deep.equal([]);
  });

  it("estimatesGasAtThePriceOfNow_andNothingForWhatCostsNone", async () => {
    const { hands } = handsWorld();
    const serve = await hands.estimate({ act: "serve-model", node: 2n, model: 1n });
    expect(serve).to.include({ feesWei: 0n, currency: zeroAddress });
    expect(serve.gasWei).to.equal(serve.gas * parseGwei("3"));
    const publish = await hands.estimate({ act: "publish", slug: "brief", yaml: YAML, from: 0 });
    expect(publish.gas > serve.gas).to.equal(true);
    expect((await hands.estimate({ act: "drain-node", node: 1n })).gas).to.equal(0n);
  });

  it("refusesWhatIsNotThere", async () => {
    const { hands } = handsWorld();
    expect(await codeOf(hands.estimate({ act: "serve-model", node: 9n, model: 1n }))).to.equal(
      "NODE_UNKNOWN",
    );
    expect(await codeOf(hands.estimate({ act: "serve-model", node: 1n, model: 9n }))).to.equal(
      "MODEL_UNKNOWN",
    );
    expect(await codeOf(hands.estimate({ act: "write-rules", cluster: 99n, text: "" }))).to.equal(
      "CLUSTER_UNKNOWN",
    );
    for (const to of [0, -1, 1.5, 5_000])
      expect(await codeOf(hands.estimate({ act: "set-places", node: 1n, from: 4, to })), `${to}`).to.equal(
        "PLACES_INVALID",
      );
  });

  it("knowsWhatTakesAStepBack_andWhereNothingDoes", () => {
    const { hands } = handsWorld();
    const pairs: readonly (readonly [Step, Step | undefined])[] = [
      [
        { act: "set-places", node: 1n, from: 4, to: 8 },
        { act: "set-places", node: 1n, from: 8, to: 4 },
      ],
      [
        { act: "set-share", node: 1n, cluster: 7n, from: undefined, to: 3 },
        { act: "set-share", node: 1n, cluster: 7n, from: 3, to: undefined },
      ],
      [
        { act: "drain-node", node: 1n },
        { act: "resume-node", node: 1n },
      ],
      [
        { act: "serve-model", node: 1n, model: 2n },
        { act: "leave-model", node: 1n, model: 2n },
      ],
      [
        { act: "set-route", cluster: 7n, member: "a", from: [1n], to: [2n] },
        { act: "set-route", cluster: 7n, member: "a", from: [2n], to: [1n] },
      ],
      [{ act: "publish", slug: "brief", yaml: YAML, from: 0 }, undefined],
      [{ act: "restart-member", cluster: 7n, name: "a" }, undefined],
    ];
    for (const [step, back] of pairs) expect(hands.inverse(step), step.act).to.deep.equal(back);
  });
});
