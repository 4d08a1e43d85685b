import { expect } from "chai";
import { describe, it } from "mocha";
import { canonical } from "../../../../node/src/workspace/views/canonical.ts";
import { createContextView } from "../../../../node/src/workspace/views/context.ts";
import { ENTRY_TYPES, readEntry, VIEWS_OF } from "../../../../node/src/workspace/views/entryTypes.ts";
import { orderOf } from "../../../../node/src/workspace/views/order.ts";
import { partsOf, partyOf } from "../../../../node/src/workspace/views/party.ts";
import { createViews } from "../../../../node/src/workspace/views/views.ts";
import { entry, idOf, NOW_MS, USER } from "./support.ts";

const JOB = { user: USER, thread: "t", worker: "agent:2", prompt: "p" };
const end = (job: string, state: "done" | "failed", text: string) => ({
  job,
  user: USER,
  thread: "t",
  state,
  text,
});

describe("a view of context", () => {
  it("says when another key would push one out, and keeps those that it has", () => {
    const view = createContextView({ keysPerNodeMax: 2, writesPerNodeMax: 3 });
    for (const [at, key] of ["a", "b", "a", "a", "a"].entries()) {
      const said = readEntry({
        ...entry(1, at + 1, "context.written", { key, value: `${at}` }),
        type: "context.written",
      });
      if (said !== undefined) view.apply(said);
    }
    expect(view.hasRoom(1n, "a")).to.equal(true);
    expect(view.hasRoom(1n, "c")).to.equal(false);
    expect(view.hasRoom(2n, "c")).to.equal(true);
    expect(view.values("").map(({ key, value }) => [key, value])).to.deep.equal([
      ["a", "4"],
      ["b", "1"],
    ]);
    // What stands is in its history though newer writes of other keys have filled the shelf.
    expect(view.history("a").map(({ value }) => value)).to.deep.equal(["4", "3", "2"]);
    expect(view.history("b").map(({ value }) => value)).to.deep.equal(["1"]);
  });
});

describe("a view of jobs", () => {
  it("takes the first end that its worker said, whenever it comes, and of its spawner that it failed", () => {
    const { apply, jobs } = createViews();
    const job = idOf(1, 1);
    apply(entry(2, 9, "job.ended", end(job, "failed", "late")));
    apply(entry(3, 2, "job.ended", end(job, "done", "by nobody")));
    apply(entry(1, 2, "job.ended", end(job, "done", "by its spawner")));
    apply(entry(1, 1, "job.spawned", JOB));
    const stored = jobs.get(job);
    if (stored === undefined) throw new Error("the job is not there");
    expect(jobs.standing(stored, NOW_MS)).to.include({ state: "failed", text: "late" });
    apply(entry(2, 8, "job.ended", end(job, "done", "first")));
    expect(jobs.standing(stored, NOW_MS)).to.include({ state: "done", text: "first" });
    apply(entry(1, 3, "job.ended", end(job, "failed", "given up")));
    expect(jobs.standing(stored, NOW_MS)).to.include({ state: "failed", text: "given up" });
  });
});

describe("views", () => {
  it("take what comes late for what it is: a message to a topic, an ack before its message, a forgotten memory", () => {
    const { apply, messages, memory } = createViews();
    apply(entry(2, 5, "message.acknowledged", { messages: [idOf(1, 4)] }));
    apply(entry(1, 4, "message.sent", { to: { topic: "builds" }, text: "t" }));
    const message = messages.get(idOf(1, 4));
    if (message === undefined) throw new Error("the message is not there");
    expect(messages.isFor(message, "agent:2")).to.equal(false);
    apply(entry(2, 3, "topic.subscribed", { topic: "builds" }));
    expect(messages.isFor(message, "agent:2")).to.equal(true);
    expect(messages.receiptOf(message.id, "agent:2").acknowledgedAtMs).to.equal(NOW_MS + 5_000);
    apply(entry(3, 7, "memory.forgotten", { user: USER, memory: idOf(1, 6) }));
    apply(entry(1, 6, "memory.remembered", { user: USER, text: "t", tags: [] }));
    expect(memory.of(USER)).to.deep.equal([]);
  });

  it("say when a message was first delivered and acknowledged, also where that comes last", () => {
    const { apply, messages } = createViews();
    const author = { kind: "agent", agent: 2n } as const;
    const times = () => messages.receiptOf(idOf(1, 1), "agent:2");
    const note = { messages: [idOf(1, 1)] };
    apply(entry(2, 8, "message.acknowledged", note, { author }));
    expect(times()).to.deep.equal({ deliveredAtMs: NOW_MS + 8_000, acknowledgedAtMs: NOW_MS + 8_000 });
    apply(entry(3, 6, "message.acknowledged", note, { author }));
    apply(entry(3, 4, "message.delivered", note, { author }));
    apply(entry(3, 5, "message.delivered", note, { author }));
    expect(times()).to.deep.equal({ deliveredAtMs: NOW_MS + 4_000, acknowledgedAtMs: NOW_MS + 6_000 });
  });

  it("know every type in the table, and no type is nobody's", () => {
    expect(Object.keys(VIEWS_OF).sort()).to.deep.equal(Object.keys(ENTRY_TYPES).sort());
    for (const views of Object.values(VIEWS_OF)) expect(views).to.not.have.length(0);
  });
});

describe("names of parties and places", () => {
  it("are read back as they were written, and nothing else is one", () => {
    const parties = ["agent:0", "agent:12", "helper:3/scout", `user:${USER}`, "node:3"];
    expect(parties.map((party) => partsOf(party)?.kind)).to.deep.equal([
      "agent",
      "agent",
      "helper",
      "user",
      "node",
    ]);
    expect(partyOf({ kind: "helper", name: "scout" }, 3n)).to.equal("helper:3/scout");
    expect(partsOf("helper:3/scout")).to.deep.equal({ kind: "helper", node: 3n, name: "scout" });
    for (const wrong of [
      "agent:",
      "agent:01",
      "helper:scout",
      "helper:3/",
      "helper:3/A",
      "user:0x1",
      "node",
      "agent:1 ",
    ])
      expect(partsOf(wrong), wrong).to.equal(undefined);
  });

  it("sort as stamp, node, generation and number do", () => {
    const at = (stamp: bigint, node: bigint, generation: number, sequence: number) =>
      orderOf({ stamp, feed: { node, generation }, sequence });
    const places = [
      at(1n, 9n, 9, 9),
      at(2n, 1n, 9, 9),
      at(2n, 2n, 1, 9),
      at(2n, 2n, 2, 1),
      at(2n, 2n, 2, 10),
      at(16n, 1n, 1, 1),
    ];
    expect(places.toSorted()).to.deep.equal(places);
  });

  it("make equal values equal bytes", () => {
    expect(canonical({ b: 1n, a: [{ d: 1, c: null }] })).to.equal('{"a":[{"c":null,"d":1}],"b":"1"}');
  });
});
