import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { HELPERS_PER_NODE_MAX, PRESENCE_DEAD_MS } from "../../../node/src/workspace/limits.ts";
import { ALICE, ALPHA, fails, NOW_MS, type TestNode, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

async function memberNamed(node: TestNode, name: string) {
  return (await node.operator().listAgents()).find((member) => member.name === name);
}

describe("presence", () => {
  it("says who is there, what for and since when nothing was heard of it", async () => {
    const { net, one, two } = await threeNodes();
    const registered = await one.agent(1n).registerAgent({ role: "planner", capabilities: ["plans"] });
    expect(registered).to.deep.include({ cluster: ALPHA, rulesVersion: null });
    expect(registered.self).to.deep.equal({ id: "agent:1", kind: "agent", name: "ada", node: 1n });
    await net.settle();
    const ada = await memberNamed(two, "ada");
    expect(ada).to.deep.include({
      role: "planner",
      capabilities: ["plans"],
      state: "running",
      isAlive: true,
    });
    expect(await memberNamed(two, "cleo")).to.deep.equal({
      id: "agent:3",
      kind: "agent",
      name: "cleo",
      capabilities: [],
      isAlive: false,
    });
    two.wall.ms += PRESENCE_DEAD_MS;
    expect((await memberNamed(two, "ada"))?.isAlive).to.equal(false);
    // A heartbeat goes beside the log.
    const before = one.logs.get(ALPHA)?.status().entries;
    await one.agent(1n).ping();
    expect(await memberNamed(two, "ada")).to.include({
      isAlive: true,
      lastSeenMs: NOW_MS + PRESENCE_DEAD_MS,
    });
    expect(one.logs.get(ALPHA)?.status().entries).to.equal(before);
  });

  it("writes down changes of state alone", async () => {
    const { one } = await threeNodes();
    await one.agent(1n).registerAgent();
    const entries = () => one.logs.get(ALPHA)?.status().entries ?? 0;
    const before = entries();
    await one.agent(1n).registerAgent();
    await one.agent(1n).ping({ state: "running" });
    expect(entries()).to.equal(before);
    await one.agent(1n).ping({ state: "done", note: "gone home" });
    expect(entries()).to.equal(before + 1);
    expect(await memberNamed(one, "ada")).to.include({ state: "done", note: "gone home", isAlive: false });
  });

  it("takes no heartbeat of a node for whom it may not speak", async () => {
    const { net, one, two, three } = await threeNodes();
    await two.agent(2n).registerAgent();
    await net.settle();
    one.wall.ms += PRESENCE_DEAD_MS;
    net.beat(three.node, "agent:2");
    net.beat(three.node, "helper:2/scout");
    net.beat(9n, "agent:2");
    expect((await memberNamed(one, "ben"))?.isAlive).to.equal(false);
    net.beat(two.node, "agent:2");
    expect((await memberNamed(one, "ben"))?.isAlive).to.equal(true);
  });
});

describe("helpers", () => {
  it("are names under a node's feed: spawning, running, done, and the name is free again", async () => {
    const { net, one, two } = await threeNodes();
    const scout = await one
      .agent(1n)
      .spawnAgent({ name: "scout", role: "scout", goal: "look", service: "small" });
    expect(scout).to.deep.equal({ id: "helper:1/scout", kind: "helper", name: "scout", node: 1n });
    expect(one.started[0]).to.deep.include({ cluster: ALPHA, name: "scout", goal: "look", service: "small" });
    await net.settle();
    expect((await memberNamed(two, "scout"))?.state).to.equal("spawning");
    await one.helper("scout").registerAgent({ role: "scout" });
    expect((await memberNamed(one, "scout"))?.state).to.equal("running");
    expect((await memberNamed(one, "scout"))?.spawnedBy?.name).to.equal("ada");
    await one.operator().endAgent("scout");
    expect(await memberNamed(one, "scout")).to.equal(undefined);
    await one.agent(1n).spawnAgent({ name: "scout", role: "scout", goal: "look" });
  });

  it("get no name whose program of before has not ended, nor a word in the log, which would be that one's", async () => {
    const { one } = await threeNodes();
    const wanted = { name: "scout", role: "scout", goal: "look" };
    await one.agent(1n).spawnAgent({ ...wanted, service: "small" });
    await one.operator().endAgent("scout");
    one.ending.add("scout");
    const before = one.logs.get(ALPHA)?.status().entries;
    await fails(one.agent(1n).spawnAgent({ ...wanted, service: "small" }), "HELPER_RUNS");
    await fails(one.agent(1n).spawnAgent(wanted), "HELPER_RUNS");
    expect(one.logs.get(ALPHA)?.status().entries).to.equal(before);
    expect(await memberNamed(one, "scout")).to.equal(undefined);
    one.ending.delete("scout");
    await one.agent(1n).spawnAgent(wanted);
  });

  it("are started with what they are to do, show what they are at, and start again at their spawner's word", async () => {
    const { one, two } = await threeNodes();
    const files = [{ name: "a.png", mediaType: "image/png", digest: `0x${"ab".repeat(32)}` }];
    const wanted = { name: "scout", role: "scout", goal: "look", service: "small" };
    await one.agent(1n).spawnAgent({ ...wanted, task: "go there", project: "site", files });
    expect(one.started[0]).to.deep.include({ task: "go there", project: "site", files, by: "agent:1" });
    expect((await memberNamed(one, "scout"))?.program).to.deep.include({ state: "waiting", turns: 0 });
    expect((await memberNamed(one, "ben"))?.program).to.equal(undefined);
    await one.agent(1n).restartAgent("scout");
    await one.operator().restartAgent("scout");
    expect(one.restarted).to.deep.equal(["scout", "scout"]);
    await fails(one.operator().restartAgent("nobody"), "HELPER_UNKNOWN");
    await fails(two.agent(2n).restartAgent("scout"), "HELPER_UNKNOWN");
  });

  it("that failed are started again by their node for whoever spawned them, and by nobody else", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n, ALICE).spawnAgent({ name: "scout", role: "r", goal: "g", service: "small" });
    const [start] = one.started;
    if (start === undefined) throw new Error("nothing was started");
    await one.operator().endAgent("scout");
    one.lost.set("scout", start);
    await fails(one.agent(1n, ALICE).restartAgent("scout"), "HELPER_UNKNOWN");
    await one.operator().restartAgent("scout");
    await net.settle();
    expect([one.revived, one.started.length]).to.deep.equal([["scout"], 1]);
    for (const node of [one, two])
      expect((await memberNamed(node, "scout"))?.spawnedBy?.name, "still its spawner's").to.equal("ada");
    await one.agent(1n, ALICE).endAgent("scout");
    expect(await memberNamed(one, "scout")).to.equal(undefined);
    await fails(one.operator().restartAgent("scout"), "HELPER_UNKNOWN");
  });

  it("are spawned once for a request, and a request takes nobody else's for its own", async () => {
    const { one } = await threeNodes();
    const wanted = { name: "scout", role: "r", goal: "g", service: "small", requestId: "plan-1" };
    const scout = await one.operator().spawnAgent(wanted);
    expect(await one.operator().spawnAgent(wanted)).to.deep.equal(scout);
    expect(one.started).to.have.length(1);
    await fails(one.operator().spawnAgent({ ...wanted, requestId: "plan-2" }), "HELPER_EXISTS");
    one.started.splice(0);
    await one.operator().spawnAgent(wanted);
    expect(one.started, "a crash came before its program").to.have.length(1);
    await one.operator().endAgent("scout");
    await fails(one.operator().spawnAgent(wanted), "REQUEST_REUSED");
  });

  it("have nothing to do with what was said to an earlier one of their name", async () => {
    const { net, one, two } = await threeNodes();
    const scout = { name: "scout", role: "r", goal: "g" };
    const to = { destination: { kind: "direct", to: "scout" } as const };
    await one.agent(1n).spawnAgent(scout);
    await net.settle();
    await two.agent(2n).sendMessage({ ...to, text: "for the first" });
    await two.agent(2n).spawnJob({ to: "scout", prompt: "for the first", thread: "t" });
    await net.settle();
    expect((await one.helper("scout").inboxCounts()).unread).to.equal(1);
    await one.operator().endAgent("scout");
    await one.agent(1n).spawnAgent(scout);
    await net.settle();
    expect((await one.helper("scout").inboxCounts()).unread).to.equal(0);
    expect(await one.helper("scout").readMessages({ box: "all" })).to.deep.equal([]);
    expect(await one.helper("scout").listJobs({ whose: "mine" })).to.deep.equal([]);
    await two.agent(2n).sendMessage({ ...to, text: "for the second" });
    await net.settle();
    expect((await one.helper("scout").readMessages()).map(({ text }) => text)).to.deep.equal([
      "for the second",
    ]);
  });

  it("take up no request of an earlier one of their name as their own", async () => {
    const { net, one, two } = await threeNodes();
    const scout = { name: "scout", role: "r", goal: "g" };
    const to = { destination: { kind: "direct", to: "ben" } as const, requestId: "report-1" };
    const write = { key: "state", ifVersion: null, requestId: "write-1" };
    const live = async (word: string) => {
      await one.agent(1n).spawnAgent(scout);
      const helper = one.helper("scout");
      const sent = await helper.sendMessage({ ...to, text: word });
      expect(await helper.sendMessage({ ...to, text: word }), "asked again").to.deep.equal(sent);
      await helper.writeContext({ ...write, value: word });
      await helper.writeContext({ ...write, value: word });
      await helper.deleteContext({ key: "state", requestId: "delete-1" });
      await helper.deleteContext({ key: "state", requestId: "delete-1" });
      await one.operator().endAgent("scout");
      await net.settle();
    };
    await live("of the first");
    await live("of the second");
    const texts = (await two.agent(2n).readMessages()).map(({ text }) => text);
    expect(texts).to.deep.equal(["of the first", "of the second"]);
    const history = await two.agent(2n).readContext({ key: "state", history: true });
    expect(history.map(({ value }) => value)).to.have.members(["of the first", null, "of the second", null]);
  });

  it("have a service where they are given something to do", async () => {
    const { one } = await threeNodes();
    const wanted = { name: "scout", role: "scout", goal: "look", task: "go there" };
    await fails(one.agent(1n).spawnAgent(wanted), "HELPER_SERVICE_MISSING");
    expect(await memberNamed(one, "scout")).to.equal(undefined);
  });

  it("of one name on two nodes are told apart", async () => {
    const { net, one, two, three } = await threeNodes();
    await one.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
    await two.agent(2n).spawnAgent({ name: "scout", role: "r", goal: "g" });
    await net.settle();
    const to = (name: string) => ({ destination: { kind: "direct", to: name } as const, text: "t" });
    const details = await fails(three.agent(3n).sendMessage(to("scout")), "RECIPIENT_AMBIGUOUS");
    expect(details.names).to.deep.equal(["scout@1", "scout@2"]);
    await three.agent(3n).sendMessage(to("scout@2"));
    await net.settle();
    expect((await two.helper("scout").inboxCounts()).unread).to.equal(1);
    expect((await one.helper("scout").inboxCounts()).unread).to.equal(0);
  });

  it("that do not start are done, and the reason is given", async () => {
    const { one } = await threeNodes();
    const wanted = { name: "scout", role: "r", goal: "g", service: "broken" };
    await fails(one.agent(1n).spawnAgent(wanted), "SERVICE_UNKNOWN");
    await fails(one.helper("scout").ping(), "HELPER_UNKNOWN");
    await one.agent(1n).spawnAgent({ ...wanted, service: "small" });
  });

  it("have a free name, and are no more than a node can run", async () => {
    const { one } = await threeNodes();
    const spawn = (name: string) => one.agent(1n).spawnAgent({ name, role: "r", goal: "g" });
    await spawn("scout");
    await fails(spawn("scout"), "HELPER_EXISTS");
    await fails(spawn("ben"), "HELPER_EXISTS");
    await fails(spawn("Scout"), "HELPER_NAME_INVALID");
    for (let at = 1; at < HELPERS_PER_NODE_MAX; at++) await spawn(`scout-${at}`);
    await fails(spawn("one-more"), "HELPERS_TOO_MANY");
  });
});
