import { TOLD_CHARS_MAX } from "@pleiad/sdk/manager/limits";
import { requestSchema } from "@pleiad/sdk/manager/schemas";
import { TEXT_BYTES_MAX } from "@pleiad/sdk/workspace/limits";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createCommunication } from "../../../../node/src/manager/communication/communication.ts";
import { createPairStatistics } from "../../../../node/src/manager/communication/pairs.ts";
import { orderNodes } from "../../../../node/src/manager/communication/routeOrder.ts";
import { createRoutingTable } from "../../../../node/src/manager/communication/routes.ts";
import type { CommunicationRequest } from "../../../../node/src/manager/face.ts";
import type { FleetNode } from "../../../../node/src/manager/fleet.ts";
import { PAIR_SAMPLE_AGE_MAX_MS, PAIR_SAMPLES_MAX, PAIRS_MAX } from "../../../../node/src/manager/limits.ts";
import { settingsOf } from "../fleet/settings.ts";
import { agentMember, clusterSeen, fleetOf, nodeOf } from "../fleetOf.ts";

const PAST = { lastChangeMs: () => undefined };

function table() {
  const clock = { nowMs: 0 };
  const nowMs = () => clock.nowMs;
  const pairs = createPairStatistics({ nowMs });
  const routes = createRoutingTable({ self: 0n }, { nowMs, pairs });
  const seen = (
    nodes: readonly FleetNode[],
    member = agentMember(
      "writer",
      nodes.map(({ node }) => node),
    ),
  ) => routes.update(fleetOf({ nodes, clusters: [clusterSeen(7n, [member])] }));
  const nodes = () => routes.route(7n, "writer")?.nodes;
  return { clock, pairs, routes, seen, nodes };
}

const near = nodeOf(1n, { roundTripMs: 10 });
const far = nodeOf(2n, { roundTripMs: 80 });

describe("manager/communication/routes", () => {
  it("leads to the nearest node that lives first", () => {
    const { seen, nodes } = table();
    seen([far, near, nodeOf(3n, { isUp: false })]);
    expect(nodes()).to.deep.equal([1n, 2n]);
  });

  it("changes at once where an end is seen, of a node and of a member on one of its nodes", () => {
    const { routes, seen, nodes } = table();
    seen([near, far]);
    expect(routes.news({ kind: "node", node: 1n, isUp: false })).to.deep.equal([
      { cluster: 7n, member: "writer", from: [1n, 2n], to: [2n] },
    ]);
    routes.news({ kind: "node", node: 1n, isUp: true });
    expect(nodes()).to.deep.equal([1n, 2n]);
    routes.news({ kind: "member", cluster: 7n, name: "writer", state: "lost", node: 1n });
    expect(nodes()).to.deep.equal([2n]);
    routes.news({ kind: "member", cluster: 7n, name: "writer", state: "ready", node: 1n });
    expect(nodes()).to.deep.equal([1n, 2n]);
    routes.news({ kind: "member", cluster: 7n, name: "writer", state: "lost" });
    expect(nodes()).to.deep.equal([]);
  });

  it("leaves a node that was silent for 60 s, and not one second before", () => {
    const { seen, nodes } = table();
    seen([nodeOf(1n, { silentMs: 59_999 }), far]);
    expect(nodes()).to.deep.equal([1n, 2n]);
    seen([nodeOf(1n, { silentMs: 60_000 }), far]);
    expect(nodes()).to.deep.equal([2n]);
  });

  it("leaves a node that beats and answers nothing, and no heartbeat brings it back, but an answer", () => {
    const { routes, seen, nodes } = table();
    seen([near, far]);
    for (let missed = 0; missed < 3; missed++) routes.missed(1n);
    expect(nodes()).to.deep.equal([2n]);
    seen([near, far]);
    routes.news({ kind: "node", node: 1n, isUp: false });
    routes.news({ kind: "node", node: 1n, isUp: true });
    expect(nodes()).to.deep.equal([2n]);
    expect(routes.unanswering()).to.deep.equal([1n]);
    routes.answered(1n, 10);
    expect(nodes()).to.include(1n);
  });

  it("takes away the routes of members and clusters that are gone", () => {
    const { routes, seen, nodes } = table();
    seen([near]);
    expect(routes.update(fleetOf({ nodes: [near], clusters: [] }))).to.deep.equal([
      { cluster: 7n, member: "writer", from: [1n], to: [] },
    ]);
    expect(nodes()).to.equal(undefined);
  });

  it("follows a member that moved", () => {
    const { seen, nodes } = table();
    seen([near, far], agentMember("writer", [1n]));
    expect(seen([near, far], agentMember("writer", [2n]))).to.deep.equal([
      { cluster: 7n, member: "writer", from: [1n], to: [2n] },
    ]);
    expect(nodes()).to.deep.equal([2n]);
  });
});

describe("manager/communication/routeOrder", () => {
  const by =
    (trips: Record<string, number>, losses: Record<string, number> = {}) =>
    (node: bigint) => ({
      roundTripMs: trips[String(node)],
      lossShare: losses[String(node)],
    });

  it("lets equals keep their places, until one is better by a fifth", () => {
    expect(orderNodes([1n, 2n], [1n, 2n], by({ 1: 100, 2: 81 }))).to.deep.equal([1n, 2n]);
    expect(orderNodes([1n, 2n], [1n, 2n], by({ 1: 100, 2: 79 }))).to.deep.equal([2n, 1n]);
  });

  it("counts what is lost, and puts what nobody measured behind what is near", () => {
    expect(orderNodes([], [1n, 2n, 3n], by({ 1: 10, 2: 40 }, { 1: 0.5, 2: 0 }))).to.deep.equal([2n, 1n, 3n]);
    expect(orderNodes([], [1n, 2n], by({ 1: 10, 2: 900 }, { 1: 1 }))).to.deep.equal([2n, 1n]);
  });
});

describe("manager/communication/pairs", () => {
  it("says median and loss of what is not too old", () => {
    const { clock, pairs } = table();
    pairs.answered(1n, 2n, 900);
    clock.nowMs = PAIR_SAMPLE_AGE_MAX_MS;
    for (const trip of [10, 30, 20]) pairs.answered(1n, 2n, trip);
    pairs.missed(1n, 2n);
    expect(pairs.of(1n, 2n)).to.deep.equal({ roundTripMs: 20, lossShare: 0.25, missedInARow: 1, samples: 4 });
    expect(pairs.of(2n, 1n).samples, "the other direction is another pair").to.equal(0);
    clock.nowMs *= 3;
    expect(pairs.of(1n, 2n)).to.deep.equal({
      roundTripMs: undefined,
      lossShare: undefined,
      missedInARow: 1,
      samples: 0,
    });
  });

  it("keeps bounded numbers of samples and of pairs", () => {
    const { pairs } = table();
    for (let at = 0; at < PAIR_SAMPLES_MAX + 10; at++) pairs.answered(1n, 2n, at);
    expect(pairs.of(1n, 2n).samples).to.equal(PAIR_SAMPLES_MAX);
    for (let to = 0; to < PAIRS_MAX; to++) pairs.missed(9n, BigInt(to));
    expect(pairs.size).to.equal(PAIRS_MAX);
    expect(pairs.of(1n, 2n).samples, "the one that was written to longest ago is gone").to.equal(0);
  });
});

describe("manager/communication", () => {
  const gateways = [{ from: "cluster-7", to: "cluster-8", topics: ["news"] }];
  const settings = { ...settingsOf(), relationships: { ...settingsOf().relationships, gateways } };
  const fleet = fleetOf({
    nodes: [near, far],
    clusters: [
      clusterSeen(7n, [agentMember("writer", [1n, 2n])]),
      clusterSeen(8n, [agentMember("reader", [2n])]),
    ],
  });

  function ask(
    to: CommunicationRequest["to"],
    text = "hello",
    topics: Record<string, readonly string[]> = {},
  ) {
    const communication = createCommunication(
      { self: 0n },
      { nowMs: () => 0, sides: { topics: (side, { from, to }) => topics[`${side}:${from}>${to}`] } },
    );
    communication.plan(fleet, settings, 0, PAST);
    const request = { kind: "COMMUNICATION", cluster: 7n, to, text } as const;
    return communication.answer?.(request, fleet, settings, 0, PAST)?.steps.map(({ step }) => step);
  }

  const code = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };

  it("sets a route where it is another one, once", () => {
    const communication = createCommunication(
      { self: 0n },
      { nowMs: () => 0, sides: { topics: () => undefined } },
    );
    const first = communication.plan(fleet, settings, 0, PAST);
    expect(first[0]?.steps[0]?.step).to.deep.equal({
      act: "set-route",
      cluster: 7n,
      member: "writer",
      from: [],
      to: [1n, 2n],
    });
    expect(first[0]?.steps[0]?.why).to.equal("writer is reached at node 1.");
    expect(communication.plan(fleet, settings, 1, PAST)).to.deep.equal([]);
    communication.news({ kind: "node", node: 1n, isUp: false });
    expect(communication.routes.route(7n, "writer")?.nodes).to.deep.equal([2n]);
  });

  it("says of a new way what is new about it: where a member is asked for first, or only what stands behind", () => {
    const whyFrom = (route: readonly bigint[]) => {
      const nodes = [near, far, nodeOf(3n, { roundTripMs: 300 })];
      const member = agentMember("writer", [1n, 2n, 3n], { route });
      const fleet = fleetOf({ nodes, clusters: [clusterSeen(7n, [member])] });
      const communication = createCommunication(
        { self: 0n },
        { nowMs: () => 0, sides: { topics: () => undefined } },
      );
      return communication.plan(fleet, settings, 0, PAST)[0]?.steps[0]?.why;
    };
    expect(whyFrom([2n, 1n, 3n])).to.equal("writer is reached at node 1 first, no longer at node 2.");
    expect(whyFrom([1n, 3n, 2n])).to.equal("writer is reached at node 1 first, as before, then at 2, 3.");
    expect(whyFrom([1n, 2n, 3n])).to.equal(undefined);
  });

  it("tells one member, all, or a topic", () => {
    const message = { act: "broadcast", cluster: 7n, text: "hello" };
    expect(ask({ how: "route", member: "writer" })).to.deep.equal([{ ...message, topic: "", to: "writer" }]);
    expect(ask({ how: "broadcast" })).to.deep.equal([{ ...message, topic: "" }]);
    expect(ask({ how: "topic", topic: "builds" })).to.deep.equal([{ ...message, topic: "builds" }]);
    expect(code(() => ask({ how: "route", member: "nobody" }))).to.equal("MEMBER_UNKNOWN");
    expect(code(() => ask({ how: "broadcast" }, " "))).to.equal("MESSAGE_INVALID");
  });

  it("takes as much as the API does, which a message of a cluster's log holds whatever the letters", () => {
    const longest = "字".repeat(TOLD_CHARS_MAX);
    const asked = (text: string) =>
      requestSchema.safeParse({ kind: "COMMUNICATION", cluster: "7", to: { how: "broadcast" }, text })
        .success;
    expect([asked(longest), asked(`${longest}字`)]).to.deep.equal([true, false]);
    expect(ask({ how: "broadcast" }, longest)).to.have.length(1);
    expect(code(() => ask({ how: "broadcast" }, `${longest}字`))).to.equal("MESSAGE_INVALID");
    expect(new TextEncoder().encode(longest).length).to.be.at.most(TEXT_BYTES_MAX);
  });

  it("lets a message through a gateway only where the file and both owners named the way and the topic", () => {
    const way = "cluster-7>cluster-8";
    const both = { [`7:${way}`]: ["news"], [`8:${way}`]: ["news"] };
    const to = { how: "gateway", cluster: 8n, topic: "news" } as const;
    expect(ask(to, "hello", both)).to.deep.equal([
      { act: "broadcast", cluster: 8n, topic: "news", text: "hello" },
    ]);
    for (const lacking of [
      {},
      { [`7:${way}`]: ["news"] },
      { [`8:${way}`]: ["news"] },
      { ...both, [`8:${way}`]: ["other"] },
      { "7:cluster-8>cluster-7": ["news"], "8:cluster-8>cluster-7": ["news"] },
    ])
      expect(
        code(() => ask(to, "hello", lacking)),
        JSON.stringify(lacking),
      ).to.equal("GATEWAY_MISSING");
    expect(code(() => ask({ ...to, topic: "secrets" }, "hello", both))).to.equal("GATEWAY_MISSING");
    expect(code(() => ask({ ...to, cluster: 9n }, "hello", both))).to.equal("CLUSTER_UNKNOWN");
  });
});
