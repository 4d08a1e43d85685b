import { expect } from "chai";
import { describe, it } from "mocha";
import type { ExecutionAnswer, VersionAnswer } from "../../../dashboard/src/api/types.ts";
import { barsOf, marksOf } from "../../../dashboard/src/views/chain/bars.ts";
import { diffLines, partsOf } from "../../../dashboard/src/views/chain/lineDiff.ts";
import { momentsOf } from "../../../dashboard/src/views/chain/timeline.ts";
import { diffVersions } from "../../../dashboard/src/views/chain/versionDiff.ts";

const HASH = `0x${"0".repeat(64)}`;

function placeAt(blockNumber: number, seconds: number, logIndex = 0): ExecutionAnswer["created"] {
  return {
    blockNumber: String(blockNumber),
    blockHash: HASH,
    transactionHash: HASH,
    logIndex,
    timestamp: String(seconds),
    settled: true,
    final: false,
  };
}

type Task = NonNullable<ExecutionAnswer["taskList"]>[number];

function taskOf(task: number, change: Partial<Task> = {}): Task {
  return {
    task,
    name: `task ${task}`,
    agent: "1",
    agentName: "agent",
    model: "1",
    modelName: "model",
    priceWei: "1",
    dependsOn: task === 0 ? [] : [task - 1],
    quorum: 1,
    state: "waiting",
    windows: [],
    failedNodes: [],
    completion: null,
    ...change,
  };
}

function acceptedIn(place: ExecutionAnswer["created"]): Task["completion"] {
  return {
    node: "1",
    nodeOwner: null,
    signer: null,
    role: "Node",
    seconds: [],
    output: { digest: HASH, bytes: 0, text: "", isCut: false, uri: null },
    evidenceDigest: HASH,
    tipWei: "0",
    place,
  };
}

function executionWith(change: Partial<ExecutionAnswer>): ExecutionAnswer {
  return {
    state: "Running",
    createdAt: "100",
    readyAt: "100",
    windowSeconds: 10,
    created: placeAt(1, 100),
    ended: null,
    tasks: 2,
    completed: 0,
    taskList: [],
    gossip: [],
    takenBack: [],
    ...change,
  } as ExecutionAnswer;
}

const said = (task: number, atMs: number, way: "sent" | "heard", peers: number | null) => ({
  task,
  node: "2",
  way,
  peers,
  outputDigest: HASH,
  atMs,
});

describe("an execution's moments", () => {
  it("stand in their order: words among peers before what they led to, whatever the clocks say", () => {
    const taskList = [
      taskOf(0, { state: "completed", completion: acceptedIn(placeAt(3, 104)) }),
      taskOf(1, { state: "completed", completion: acceptedIn(placeAt(3, 104, 1)) }),
    ];
    // The second word came within the second that the block bears.
    const gossip = [said(0, 101_500, "heard", null), said(1, 104_700, "sent", 3)];
    const titles = momentsOf(executionWith({ taskList, gossip })).map(({ title }) => title);
    expect(titles).to.deep.equal([
      "Created",
      "Node 2's answer to task 0 heard from a peer",
      "Task task 0 accepted",
      "This node signed its answer to task 1 and told 3 peers",
      "Task task 1 accepted",
    ]);
  });

  it("say what was taken back before where it is now, and what is waited for last", () => {
    const wasIn = { blockNumber: "1", blockHash: HASH, transactionHash: HASH, timestamp: "99" };
    const takenBack = [
      { kind: "created", task: null, wasIn, atMs: 130_000, isIn: "2" },
      { kind: "accepted", task: 0, wasIn, atMs: 131_000, isIn: null },
    ] as const;
    const taskList = [taskOf(0, { state: "ready", windows: [{ node: "1", role: "Node", opensAt: "100" }] })];
    const moments = momentsOf(executionWith({ taskList, takenBack }));
    expect(moments.map(({ title, tone }) => [title, tone])).to.deep.equal([
      ["The chain took back its creation", "bad"],
      ["Created", "done"],
      ["The chain took back the answer", "bad"],
      ["Task task 0 is ready", "now"],
    ]);
    expect(moments[0]?.text).to.equal("It was in block 1; it is in block 2 now.");
    expect(moments[2]?.text).to.equal("It was in block 1; it is in no block now.");
  });
});

describe("bars of an execution's tasks", () => {
  it("reach from ready to accepted, and say in which window", () => {
    const taskList = [
      taskOf(0, { state: "completed", completion: acceptedIn(placeAt(2, 112)) }),
      taskOf(1, { state: "completed", completion: acceptedIn(placeAt(3, 120)) }),
    ];
    const bars = barsOf(executionWith({ taskList, ended: placeAt(3, 120), state: "Succeeded" }), 999_000);
    expect([bars.fromMs, bars.toMs, bars.now]).to.deep.equal([100_000, 120_000, undefined]);
    const stretches = bars.rows.map(({ stretches: [one] }) => [one?.left, one?.width, one?.text]);
    expect(stretches).to.deep.equal([
      [0, 60, "window 2"],
      [60, 40, "window 1"],
    ]);
  });

  it("show each window of a task that is ready, up to the end of the last, and nothing of one that waits", () => {
    const windows = [
      { node: "1", role: "Node", opensAt: "100" },
      { node: "2", role: "Node", opensAt: "110" },
      { node: null, role: "ModelOwner", opensAt: "120" },
    ] as const;
    const bars = barsOf(
      executionWith({ taskList: [taskOf(0, { state: "ready", windows }), taskOf(1)] }),
      115_000,
    );
    expect(bars.rows[0]?.stretches.map(({ kind, text }) => [kind, text])).to.deep.equal([
      ["open", "node 1"],
      ["open", "node 2"],
      ["owner", "model's owner"],
    ]);
    expect(bars.rows[1]?.stretches).to.deep.equal([]);
    expect([bars.toMs, bars.now]).to.deep.equal([130_000, 50]);
  });

  it("have few marks on their axis, however long it is", () => {
    for (const seconds of [4, 61, 3_600, 40 * 86_400]) {
      const marks = marksOf({ fromMs: 0, toMs: seconds * 1_000 });
      expect(marks.length, `${seconds} s`).to.be.within(2, 8);
      expect(marks.every(({ left }) => left <= 100)).to.equal(true);
    }
  });
});

describe("what changed from one text to another", () => {
  it("is found line by line, and what is far from it is left out", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const { lines: diff, isCoarse } = diffLines(lines.join("\n"), lines.with(15, "another").join("\n"));
    expect(isCoarse).to.equal(false);
    const parts = partsOf(diff);
    expect(
      parts.map((part) => (part.kind === "gap" ? part.count : part.lines.map(({ text }) => text))),
    ).to.deep.equal([13, ["line 13", "line 14", "line 15", "another", "line 16", "line 17"], 12]);
  });

  it("brings both texts back: without what was added the old one, without what was removed the new one", () => {
    const before = "a\nb\nc\nd\n\nb";
    const after = "b\nc\nx\nd\nb\ny";
    const { lines } = diffLines(before, after);
    const without = (kind: string) =>
      lines
        .filter((line) => line.kind !== kind)
        .map(({ text }) => text)
        .join("\n");
    expect(without("added")).to.equal(before);
    expect(without("removed")).to.equal(after);
  });

  it("is told coarsely, and quickly, where the texts are long and share nothing", () => {
    const text = (mark: string) => Array.from({ length: 5_000 }, (_, index) => `${mark} ${index}`).join("\n");
    const startedAtMs = performance.now();
    const { isCoarse, lines } = diffLines(text("a"), text("b"));
    partsOf(lines);
    expect(isCoarse).to.equal(true);
    expect(performance.now() - startedAtMs).to.be.lessThan(500);
  });
});

describe("what changed from one version to another", () => {
  const version = (change: Partial<VersionAnswer> = {}): VersionAnswer => ({
    cluster: "1",
    version: "1",
    digest: HASH,
    name: "cluster",
    slug: "cluster",
    description: "",
    windowSeconds: 30,
    feeWei: "0",
    quoteWei: "1000000000000000000",
    currency: `0x${"0".repeat(40)}`,
    attempts: 3,
    inputs: [],
    agents: [{ agent: "0", name: "writer", role: "writes", goal: "", backstory: "" }],
    tasks: [],
    ...change,
  });
  const task = (name: string, change: object = {}): VersionAnswer["tasks"][number] => ({
    task: 0,
    name,
    prompt: "Write.",
    tool: "",
    agentIndex: 0,
    model: "1",
    modelName: "model",
    priceWei: "1000000000000000000",
    nodeShareBps: 7_000,
    dependsOn: [],
    quorum: 1,
    ...change,
  });

  it("names what was added, removed and changed, by name, with what it was and is", () => {
    const before = version({ tasks: [task("draft"), task("check")] });
    const after = version({
      quoteWei: "2000000000000000000",
      tasks: [task("draft", { prompt: "Write well." }), task("print")],
    });
    const { itself, agents, tasks, isSame } = diffVersions(before, after);
    expect(isSame).to.equal(false);
    expect(itself.map(({ what, before: was, after: is }) => [what, was, is])).to.deep.equal([
      ["A run costs", "1 ether", "2 ether"],
      ["Order of tasks", "draft, check", "draft, print"],
    ]);
    expect(agents).to.deep.equal([]);
    expect(tasks.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ["check", "removed"],
      ["draft", "changed"],
      ["print", "added"],
    ]);
    expect(tasks[1]?.differences).to.deep.equal([
      { what: "Prompt", before: "Write.", after: "Write well.", isText: true },
    ]);
    expect(diffVersions(after, after).isSame).to.equal(true);
  });
});
