import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { ALICE, ALPHA, BOB, fails, Net, NOW_MS, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

const direct = (to: string) => ({ kind: "direct", to }) as const;
const BROADCAST = { kind: "broadcast" } as const;
const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);

describe("messages", () => {
  it("are queued, delivered and acknowledged at three times, which both ends see", async () => {
    const { net, one, two } = await threeNodes();
    const sent = await one.agent(1n).sendMessage({ destination: direct("ben"), text: "look at the tests" });
    expect(sent.from.name).to.equal("ada");
    expect(sent.queuedAtMs).to.equal(NOW_MS);
    expect(sent.receipts[0]).to.deep.include({ recipient: { id: "agent:2", kind: "agent", name: "ben" } });
    await net.settle();
    expect(await two.agent(2n).inboxCounts()).to.deep.equal({ unread: 1, delivered: 0, overdue: 0 });
    two.wall.ms += 1_000;
    const [read] = await two.agent(2n).readMessages();
    expect(read?.text).to.equal("look at the tests");
    expect(read?.receipts[0]?.deliveredAtMs).to.equal(NOW_MS + 1_000);
    expect(await two.agent(2n).inboxCounts()).to.deep.equal({ unread: 1, delivered: 1, overdue: 0 });
    two.wall.ms += 1_000;
    await two.agent(2n).ackMessage([sent.id]);
    expect(await two.agent(2n).readMessages()).to.deep.equal([]);
    expect(texts(await two.agent(2n).readMessages({ box: "all" }))).to.deep.equal(["look at the tests"]);
    await net.settle();
    const [known] = await one.agent(1n).readMessages({ box: "sent" });
    expect(known?.receipts[0]).to.deep.include({
      deliveredAtMs: NOW_MS + 1_000,
      acknowledgedAtMs: NOW_MS + 2_000,
    });
  });

  it("reach all others when broadcast, and of a topic who was subscribed when they were sent", async () => {
    const { net, one, two, three } = await threeNodes();
    await two.agent(2n).subscribeTopic("builds");
    await net.settle();
    await one.agent(1n).sendMessage({ destination: BROADCAST, text: "to all" });
    await one.agent(1n).sendMessage({ destination: { kind: "topic", topic: "builds" }, text: "it is red" });
    await net.settle();
    await three.agent(3n).subscribeTopic("builds");
    expect(texts(await two.agent(2n).readMessages())).to.deep.equal(["to all", "it is red"]);
    expect(texts(await two.agent(2n).readMessages({ topic: "builds" }))).to.deep.equal(["it is red"]);
    expect(texts(await three.agent(3n).readMessages())).to.deep.equal(["to all"]);
    expect(await one.agent(1n).readMessages()).to.deep.equal([]);
    await two.agent(2n).unsubscribeTopic("builds");
    expect(texts(await two.agent(2n).readMessages())).to.deep.equal(["to all"]);
    await net.settle();
    expect(await one.agent(1n).listTopics()).to.deep.equal([
      { topic: "builds", subscribers: [{ id: "agent:3", kind: "agent", name: "cleo", node: 3n }] },
    ]);
    await fails(two.agent(2n).unsubscribeTopic("builds"), "TOPIC_NOT_SUBSCRIBED");
  });

  it("keep replies in the thread of the first message", async () => {
    const { net, one, two } = await threeNodes();
    const first = await one.agent(1n).sendMessage({ destination: direct("ben"), text: "a question" });
    await net.settle();
    const reply = await two
      .agent(2n)
      .sendMessage({ destination: direct("ada"), text: "why?", replyTo: first.id });
    await net.settle();
    const last = await one
      .agent(1n)
      .sendMessage({ destination: direct("ben"), text: "so", replyTo: reply.id });
    expect([first.thread, reply.thread, last.thread]).to.deep.equal([first.id, first.id, first.id]);
    expect(texts(await one.agent(1n).readMessages({ thread: first.id }))).to.deep.equal(["why?"]);
    expect(texts(await one.agent(1n).readMessages({ box: "sent", after: first.id }))).to.deep.equal(["so"]);
  });

  it("are overdue once their time is past and nobody acknowledged them", async () => {
    const { one } = await threeNodes();
    await one.agent(1n).spawnAgent({ name: "scout", role: "scout", goal: "look around" });
    const { id } = await one
      .agent(1n)
      .sendMessage({ destination: direct("scout"), text: "soon", dueInSeconds: 60 });
    one.wall.ms += 61_000;
    expect(await one.helper("scout").inboxCounts()).to.deep.equal({ unread: 1, delivered: 0, overdue: 1 });
    expect((await one.agent(1n).readMessages({ box: "sent" }))[0]?.isOverdue).to.equal(true);
    await one.helper("scout").ackMessage([id]);
    expect((await one.helper("scout").inboxCounts()).overdue).to.equal(0);
    expect((await one.agent(1n).readMessages({ box: "sent" }))[0]?.isOverdue).to.equal(false);
  });

  it("are not sent twice for one request, nor lost, over a restart", async () => {
    const net = new Net();
    const first = await net.open(1n);
    const message = { destination: BROADCAST, text: "once", requestId: "r-1" };
    const [a, b] = await Promise.all([
      first.agent(1n).sendMessage(message),
      first.agent(1n).sendMessage(message),
    ]);
    expect(b.id).to.equal(a.id);
    await first.workspace.stop();
    const again = await net.open(1n, { again: first });
    expect((await again.agent(1n).sendMessage(message)).id).to.equal(a.id);
    expect(texts(await again.agent(1n).readMessages({ box: "sent" }))).to.deep.equal(["once"]);
    await fails(again.agent(1n).writeContext({ key: "k", value: "v", requestId: "r-1" }), "REQUEST_REUSED");
    // The request of somebody else is another one.
    expect((await again.operator().sendMessage(message)).id).to.not.equal(a.id);
  });

  it("leave an inbox after thirty days", async () => {
    const { one } = await threeNodes();
    await one.operator().sendMessage({ destination: direct("ada"), text: "old" });
    one.wall.ms += 30 * 24 * 3_600_000 + 1;
    expect((await one.agent(1n).inboxCounts()).unread).to.equal(0);
  });

  it("let a user write to an agent and read the answer, and nothing else", async () => {
    const { net, one, two } = await threeNodes();
    await two.user(ALICE).sendMessage({ destination: direct("ada"), text: "hello" });
    await two.user(BOB).sendMessage({ destination: direct("ada"), text: "me, too" });
    await net.settle();
    const [hello] = await one.agent(1n).readMessages();
    await one.agent(1n).sendMessage({ destination: direct(ALICE), text: "yes?", replyTo: hello?.id ?? "0x" });
    await net.settle();
    expect(texts(await two.user(ALICE).readMessages())).to.deep.equal(["yes?"]);
    expect(await two.user(BOB).readMessages()).to.deep.equal([]);
    await fails(two.user(ALICE).sendMessage({ destination: BROADCAST, text: "x" }), "OPERATION_NOT_ALLOWED");
  });

  it("come to the same on every node", async () => {
    const { net, one, two, three } = await threeNodes();
    for (const [node, agent] of [
      [one, 1n],
      [two, 2n],
      [three, 3n],
    ] as const) {
      await node.agent(agent).sendMessage({ destination: BROADCAST, text: `by ${agent}` });
      await node.agent(agent).writeContext({ key: "last", value: `${agent}` });
    }
    await net.settle();
    const values = await Promise.all(
      [one, two, three].map((node) => node.operator().readContext({ key: "last", history: true })),
    );
    expect(values[1]).to.deep.equal(values[0]);
    expect(values[2]).to.deep.equal(values[0]);
    expect(values[0]).to.have.length(3);
    const inboxes = await Promise.all([one, two, three].map((node) => node.operator().readMessages()));
    expect(texts(inboxes[1] ?? [])).to.deep.equal(texts(inboxes[0] ?? []));
    expect(one.workspace.status(ALPHA)).to.include({ cluster: ALPHA, unknown: 0, invalid: 0 });
  });
});
