import { expect } from "chai";
import { describe, it } from "mocha";
import type { TalkAnswer } from "../../../dashboard/src/api/types.ts";
import { freeName, whyTooMuch } from "../../../dashboard/src/views/team/files.ts";
import {
  cardsOf,
  dependenciesOf,
  type TeamAnswers,
  talkEdgesOf,
  taskListsOf,
  travelsBetween,
} from "../../../dashboard/src/views/team/model.ts";

const pair = (from: string, to: string | null, messages: number, lastId: string, lastAtMs = messages) => ({
  ...{ from, to, messages, lastId, lastAtMs },
});
const talkOf = (...pairs: TalkAnswer["pairs"]): TalkAnswer => ({ messages: pairs.length, pairs, said: [] });

const NOTHING: TeamAnswers = {
  members: [],
  talk: undefined,
  usage: undefined,
  jobs: undefined,
  cluster: "3",
  version: undefined,
  running: [],
};
const program = { service: "coder", note: "waits for messages", turns: 1, restarts: 0, sinceMs: 1 } as const;
const ada = {
  ...({ id: "helper:1/ada", kind: "helper", name: "ada", capabilities: [], isAlive: true } as const),
  spawnedBy: { id: "node:1", kind: "node", name: "node:1" } as const,
  program: { ...program, state: "waiting" } as const,
};
const planner = { id: "agent:4", kind: "agent", name: "planner", capabilities: [], isAlive: false } as const;

describe("a team as the page tells it", () => {
  it("counts messages both ways as one line, the last first, and none to all", () => {
    const talk = talkOf(
      pair("b", "a", 2, "0x1", 10),
      pair("a", "b", 3, "0x2", 30),
      pair("a", null, 9, "0x3", 90),
      pair("c", "a", 1, "0x4", 50),
      pair("c", "c", 1, "0x5", 60),
    );
    expect(talkEdgesOf(talk).map(({ a, b, messages, lastAtMs }) => [a, b, messages, lastAtMs])).to.deep.equal(
      [
        ["a", "c", 1, 50],
        ["a", "b", 5, 30],
      ],
    );
  });

  it("has each message that came since the last answer travel once, and none of the first answer", () => {
    const before = talkOf(pair("a", "b", 1, "0x1"), pair("b", "a", 1, "0x2"));
    const now = talkOf(pair("a", "b", 2, "0x3"), pair("b", "a", 1, "0x2"), pair("c", "a", 1, "0x4"));
    expect(travelsBetween(undefined, before)).to.deep.equal([]);
    expect(travelsBetween(before, now)).to.deep.equal([
      { key: "0x3", from: "a", to: "b" },
      { key: "0x4", from: "c", to: "a" },
    ]);
    expect(travelsBetween(now, now)).to.deep.equal([]);
    // What is counted may stay the same where older ones are no longer counted.
    expect(travelsBetween(before, talkOf(pair("a", "b", 1, "0x9")))).to.have.lengthOf(1);
  });

  it("says of each what runs it, what it works at, what it cost and what it said last", () => {
    const said = [{ by: ada.id, to: "agent:4", id: "0x1", atMs: 5, text: "done" }];
    const sum = {
      turns: 1,
      unknownTurns: 0,
      inputTokens: 1,
      outputTokens: 1,
      cachedTokens: 0,
      updatedAtMs: 1,
    };
    const used = {
      kind: "agent",
      key: "helper 1/ada of cluster 3",
      ...sum,
      micros: { USD: "1500000" },
    } as const;
    const usage = { agent: [used], cluster: [], user: [], day: [], task: [], turns: [] };
    const cards = cardsOf({
      ...NOTHING,
      members: [ada, planner],
      talk: { ...talkOf(pair(ada.id, "node:1", 1, "0x1")), said },
      usage,
    });
    expect(cards.map(({ id }) => id)).to.deep.equal([ada.id, planner.id, "node:1"]);
    expect(cards[0]).to.deep.include({
      state: "waiting",
      service: "coder",
      task: "waits for messages",
      cost: "1.5 USD",
    });
    expect(cards[0]?.last).to.deep.equal({ text: "done", to: "planner", atMs: 5 });
    expect(cards[1]).to.deep.include({ state: "idle", task: undefined, cost: undefined });
    expect(cards[2]).to.deep.include({ kind: "person", name: "Operator of node 1" });
  });

  it("has whoever runs a job, or whose answer a task waits for, work at that", () => {
    const self = { id: ada.id, kind: "helper", name: "ada" } as const;
    const job = {
      id: "0x1",
      spawner: self,
      worker: self,
      thread: "t",
      depth: 1,
      spawnedAtMs: 1,
      changedAtMs: 1,
    };
    const running = {
      execution: "7",
      taskList: [{ agent: "4", name: "plan", state: "ready", dependsOn: [] }],
    };
    const cards = cardsOf({
      ...NOTHING,
      members: [ada, planner],
      jobs: { jobs: [{ ...job, prompt: "count the files", state: "running" }] },
      running: [running] as never,
    });
    expect(cards[0]?.task).to.equal("count the files");
    expect(cards[1]).to.deep.include({ state: "working", task: "plan, execution 7" });
  });

  it("calls one silent that should live and was not heard of, and done one that ended", () => {
    const { program: _program, ...remote } = ada;
    const stateOf = (member: object) => cardsOf({ ...NOTHING, members: [member as never] })[0]?.state;
    expect(stateOf({ ...remote, isAlive: false })).to.equal("silent");
    expect(stateOf({ ...remote, isAlive: true })).to.equal("waiting");
    expect(stateOf({ ...remote, isAlive: false, state: "done" })).to.equal("done");
    expect(stateOf({ ...ada, program: { ...program, state: "working" } })).to.equal("working");
    expect(stateOf({ ...ada, program: { ...program, state: "asking" } })).to.equal("asking");
  });

  it("draws a task's waiting once, however many versions and runs say it", () => {
    const version = {
      agents: [{ agent: "1" }, { agent: "2" }],
      tasks: [
        { agentIndex: 0, dependsOn: [] },
        { agentIndex: 1, dependsOn: [0] },
        { agentIndex: 1, dependsOn: [1] },
      ],
    };
    const run = {
      taskList: [
        { agent: "1", dependsOn: [] },
        { agent: "2", dependsOn: [0] },
      ],
    };
    const lists = taskListsOf({ version: version as never, running: [run, run] as never });
    expect(lists).to.have.lengthOf(3);
    expect(dependenciesOf(lists).map(({ from, to }) => [from, to])).to.deep.equal([["agent:1", "agent:2"]]);
  });

  it("gathers ten thousand messages of two hundred agents in a few milliseconds", () => {
    const members = Array.from({ length: 200 }, (_, index) => ({
      ...ada,
      id: `helper:1/a${index}`,
      name: `a${index}`,
    }));
    const pairs = Array.from({ length: 2_000 }, (_, index) =>
      pair(`helper:1/a${index % 200}`, `helper:1/a${(index * 7) % 200}`, 5, `0x${index}`),
    );
    const startedAtMs = performance.now();
    for (let count = 0; count < 10; count += 1) {
      cardsOf({ ...NOTHING, members, talk: talkOf(...pairs) });
      talkEdgesOf(talkOf(...pairs));
    }
    // It takes some 3 ms; a square of the agents or the pairs would take seconds.
    expect((performance.now() - startedAtMs) / 10).to.be.lessThan(100);
  });
});

describe("files for a task", () => {
  const bounds = { filesMax: 2, fileBytesMax: 100, filesBytesMax: 150 };

  it("are refused before they are sent where they are too many or too large, with what is too much", () => {
    const sized = (...sizes: number[]) => sizes.map((size, index) => ({ name: `${index}.png`, size }));
    expect(whyTooMuch(sized(100, 50), bounds)).to.equal(undefined);
    expect(whyTooMuch(sized(1, 1, 1), bounds)).to.include("2 files");
    expect(whyTooMuch(sized(101), bounds)).to.include("0.png has 101 bytes");
    expect(whyTooMuch(sized(100, 51), bounds)).to.include("151 bytes together");
  });

  it("have names of their own, where pasted pictures have not", () => {
    expect(freeName("image.png", [])).to.equal("image.png");
    expect(freeName("image.png", ["image.png", "image-2.png"])).to.equal("image-3.png");
    expect(freeName("", [])).to.equal("file");
    expect(freeName(".env", [".env"])).to.equal(".env-2");
    expect(freeName("x".repeat(400), []).length).to.be.at.most(255);
  });
});
