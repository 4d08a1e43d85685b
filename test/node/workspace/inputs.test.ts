import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import {
  BODY_BYTES_MAX,
  CONTEXT_KEYS_MAX,
  CONTEXT_VALUE_BYTES_MAX,
  JOB_TEXT_BYTES_MAX,
  MEMORY_BYTES_MAX,
  QUERY_BYTES_MAX,
  RESERVATIONS_PER_PARTY_MAX,
  RULES_BYTES_MAX,
  TEXT_BYTES_MAX,
  TOPICS_PER_PARTY_MAX,
  WATCHERS_MAX,
} from "../../../node/src/workspace/limits.ts";
import type { WorkspaceOperations } from "../../../node/src/workspace/types.ts";
import { ALPHA, BETA, codeOf, fails, Net, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

const NOWHERE: Hex = `0x${"ab".repeat(32)}`;
const ALL = { kind: "broadcast" } as const;
const ben = { kind: "direct", to: "ben" } as const;
/** One byte more than is kept, in letters of two bytes each: bytes are counted, not letters. */
const over = (bytesMax: number) => `${"é".repeat(bytesMax / 2)}x`;
const many = (count: number, text = "x") => Array.from({ length: count }, (_, at) => `${text}${at}`);

/** Every wrong input, with the code that says what is wrong with it. */
const WRONG: readonly (readonly [
  code: string,
  what: string,
  attempt: (on: WorkspaceOperations, job: Hex) => Promise<unknown>,
])[] = [
  ["TEXT_TOO_LONG", "a role of several lines", (on) => on.registerAgent({ role: "r".repeat(201) })],
  ["LIST_TOO_LONG", "too many capabilities", (on) => on.registerAgent({ capabilities: many(33) })],
  ["TEXT_TOO_LONG", "a long capability", (on) => on.registerAgent({ capabilities: ["c".repeat(201)] })],
  ["TEXT_TOO_LONG", "a long note", (on) => on.ping({ note: "n".repeat(201) })],
  [
    "HELPER_NAME_INVALID",
    "a helper's name with a space",
    (on) => on.spawnAgent({ name: "a b", role: "r", goal: "g" }),
  ],
  ["TEXT_EMPTY", "a helper without a goal", (on) => on.spawnAgent({ name: "a", role: "r", goal: " " })],
  [
    "TEXT_TOO_LONG",
    "a long goal",
    (on) => on.spawnAgent({ name: "a", role: "r", goal: over(TEXT_BYTES_MAX) }),
  ],
  ["HELPER_UNKNOWN", "the end of no helper", (on) => on.endAgent("ghost")],
  [
    "RECIPIENT_UNKNOWN",
    "a message to nobody",
    (on) => on.sendMessage({ destination: { kind: "direct", to: "bne" }, text: "t" }),
  ],
  [
    "RECIPIENT_UNKNOWN",
    "a message to no node",
    (on) => on.sendMessage({ destination: { kind: "direct", to: "node:9" }, text: "t" }),
  ],
  [
    "TOPIC_UNKNOWN",
    "a message to a topic of nobody",
    (on) => on.sendMessage({ destination: { kind: "topic", topic: "nothing" }, text: "t" }),
  ],
  ["TOPIC_INVALID", "a topic in capitals", (on) => on.subscribeTopic("Builds")],
  ["TOPIC_NOT_SUBSCRIBED", "leaving a topic", (on) => on.unsubscribeTopic("builds")],
  ["TOPIC_UNKNOWN", "reading a topic of nobody", (on) => on.readMessages({ topic: "nothing" })],
  ["TEXT_EMPTY", "an empty message", (on) => on.sendMessage({ destination: ALL, text: "" })],
  [
    "TEXT_TOO_LONG",
    "a long message",
    (on) => on.sendMessage({ destination: ALL, text: over(TEXT_BYTES_MAX) }),
  ],
  [
    "NUMBER_OUT_OF_RANGE",
    "a message due at once",
    (on) => on.sendMessage({ destination: ALL, text: "t", dueInSeconds: 0 }),
  ],
  [
    "NUMBER_OUT_OF_RANGE",
    "a message due in a year",
    (on) => on.sendMessage({ destination: ALL, text: "t", dueInSeconds: 31_536_000 }),
  ],
  [
    "MESSAGE_UNKNOWN",
    "an answer to no message",
    (on) => on.sendMessage({ destination: ben, text: "t", replyTo: NOWHERE }),
  ],
  [
    "ID_INVALID",
    "an answer to no id",
    (on) => on.sendMessage({ destination: ben, text: "t", replyTo: "0x12" }),
  ],
  [
    "REQUEST_ID_INVALID",
    "a request without an id",
    (on) => on.sendMessage({ destination: ALL, text: "t", requestId: "" }),
  ],
  ["NUMBER_OUT_OF_RANGE", "half a message", (on) => on.readMessages({ limit: 0.5 })],
  ["NUMBER_OUT_OF_RANGE", "too many messages", (on) => on.readMessages({ limit: 201 })],
  ["MESSAGE_UNKNOWN", "messages after none", (on) => on.readMessages({ after: NOWHERE })],
  ["MESSAGE_UNKNOWN", "a thread of no message", (on) => on.readMessages({ thread: NOWHERE })],
  ["LIST_EMPTY", "acknowledging nothing", (on) => on.ackMessage([])],
  ["LIST_TOO_LONG", "acknowledging too much", (on) => on.ackMessage(many(201) as Hex[])],
  ["MESSAGE_UNKNOWN", "acknowledging no message", (on) => on.ackMessage([NOWHERE])],
  ["CONTEXT_KEY_UNKNOWN", "reading no key", (on) => on.readContext({ key: "nothing" })],
  ["KEY_INVALID", "reading an empty key", (on) => on.readContext({ key: "" })],
  ["KEY_INVALID", "a key with a space", (on) => on.writeContext({ key: "a b", value: "v" })],
  [
    "VALUE_TOO_LONG",
    "a long value",
    (on) => on.writeContext({ key: "k", value: over(CONTEXT_VALUE_BYTES_MAX) }),
  ],
  [
    "BODY_OVERSIZED",
    "a value that no entry holds",
    (on) => on.writeContext({ key: "k", value: "\0".repeat(BODY_BYTES_MAX / 6) }),
  ],
  [
    "ID_INVALID",
    "a version that is none",
    (on) => on.writeContext({ key: "k", value: "v", ifVersion: "0x1" }),
  ],
  [
    "VERSION_CONFLICT",
    "a version that does not stand",
    (on) => on.writeContext({ key: "k", value: "v", ifVersion: NOWHERE }),
  ],
  ["CONTEXT_KEY_UNKNOWN", "deleting no key", (on) => on.deleteContext({ key: "nothing" })],
  ["KEY_INVALID", "deleting an empty key", (on) => on.deleteContext({ key: "" })],
  ["TEXT_EMPTY", "empty rules", (on) => on.updateRules({ text: "\n" })],
  ["TEXT_TOO_LONG", "long rules", (on) => on.updateRules({ text: over(RULES_BYTES_MAX) })],
  [
    "VERSION_CONFLICT",
    "rules of a version that does not stand",
    (on) => on.updateRules({ text: "t", ifVersion: NOWHERE }),
  ],
  ["TEXT_EMPTY", "an empty memory", (on) => on.remember({ text: "" })],
  ["TEXT_TOO_LONG", "a long memory", (on) => on.remember({ text: over(MEMORY_BYTES_MAX) })],
  ["TAG_INVALID", "a tag with a space", (on) => on.remember({ text: "t", tags: ["a b"] })],
  ["LIST_TOO_LONG", "too many tags", (on) => on.remember({ text: "t", tags: many(17) })],
  ["TEXT_EMPTY", "no question", (on) => on.recall({ query: "" })],
  ["TEXT_TOO_LONG", "a long question", (on) => on.recall({ query: over(QUERY_BYTES_MAX) })],
  ["NUMBER_OUT_OF_RANGE", "too many memories", (on) => on.recall({ query: "q", limit: 51 })],
  ["MEMORY_UNKNOWN", "forgetting no memory", (on) => on.forget(NOWHERE)],
  ["ID_INVALID", "forgetting no id", (on) => on.forget("0x")],
  ["THREAD_UNKNOWN", "reading no thread", (on) => on.readThread({ thread: "nothing" })],
  ["THREAD_INVALID", "a thread with a slash", (on) => on.readThread({ thread: "a/b" })],
  ["THREAD_INVALID", "posting to no thread", (on) => on.postToThread({ thread: "", text: "t" })],
  ["TEXT_TOO_LONG", "a long post", (on) => on.postToThread({ thread: "t", text: over(TEXT_BYTES_MAX) })],
  [
    "MESSAGE_UNKNOWN",
    "an answer to no post",
    (on) => on.postToThread({ thread: "t", text: "t", replyTo: NOWHERE }),
  ],
  ["MESSAGE_UNKNOWN", "posts before none", (on) => on.readThread({ thread: "known", before: NOWHERE })],
  ["NUMBER_OUT_OF_RANGE", "too many posts", (on) => on.readThread({ thread: "known", limit: 201 })],
  ["RECIPIENT_UNKNOWN", "a job for nobody", (on) => on.spawnJob({ to: "nobody", prompt: "p", thread: "t" })],
  ["RECIPIENT_UNKNOWN", "a job for a node", (on) => on.spawnJob({ to: "node:2", prompt: "p", thread: "t" })],
  ["TEXT_EMPTY", "a job without a prompt", (on) => on.spawnJob({ to: "ben", prompt: "", thread: "t" })],
  ["THREAD_INVALID", "a job in no thread", (on) => on.spawnJob({ to: "ben", prompt: "p", thread: "" })],
  [
    "JOB_UNKNOWN",
    "a job of no job",
    (on) => on.spawnJob({ to: "ben", prompt: "p", thread: "t", parent: NOWHERE }),
  ],
  ["JOB_UNKNOWN", "the end of no job", (on) => on.updateJob({ job: NOWHERE, state: "done", text: "t" })],
  ["JOB_TEXT_MISSING", "an end without a word", (on, job) => on.updateJob({ job, state: "failed" })],
  [
    "TEXT_TOO_LONG",
    "a long end",
    (on, job) => on.updateJob({ job, state: "failed", text: over(JOB_TEXT_BYTES_MAX) }),
  ],
  ["NUMBER_OUT_OF_RANGE", "too many jobs", (on) => on.listJobs({ limit: 201 })],
  ["FOLDER_INVALID", "a folder that is a path", (on) => on.reserveFiles({ folder: "/home", paths: ["a"] })],
  ["LIST_EMPTY", "no files", (on) => on.reserveFiles({ folder: "shop", paths: [] })],
  ["LIST_TOO_LONG", "too many files", (on) => on.reserveFiles({ folder: "shop", paths: many(65) })],
  ...["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a\\b", "a\nb", "p".repeat(513)].map(
    (path) =>
      [
        "PATH_INVALID",
        `the path ${JSON.stringify(path.slice(0, 20))}`,
        (on: WorkspaceOperations) => on.reserveFiles({ folder: "shop", paths: [path] }),
      ] as const,
  ),
  [
    "NUMBER_OUT_OF_RANGE",
    "files for two days",
    (on) => on.reserveFiles({ folder: "shop", paths: ["a"], seconds: 172_800 }),
  ],
  ["RESERVATION_UNKNOWN", "releasing no reservation", (on) => on.releaseFiles({ reservation: NOWHERE })],
];

describe("wrong input", () => {
  it("is answered with the code that says what is wrong, and leaves nothing in the log", async () => {
    const { one } = await threeNodes();
    const ada = one.agent(1n);
    await ada.postToThread({ thread: "known", text: "t" });
    const { id } = await ada.spawnJob({ to: "ben", prompt: "p", thread: "known" });
    const before = one.logs.get(ALPHA)?.status().entries;
    for (const [code, what, attempt] of WRONG) {
      try {
        await fails(attempt(ada, id), code);
      } catch (error) {
        throw new Error(`${what}: ${(error as Error).message}`);
      }
    }
    expect(one.logs.get(ALPHA)?.status().entries).to.equal(before);
  });

  it("names what may have been meant", async () => {
    const { one } = await threeNodes();
    const sent = one.agent(1n).sendMessage({ destination: { kind: "direct", to: "cloe" }, text: "t" });
    const hint = await sent.then(
      () => "",
      (error: { hint?: string }) => error.hint,
    );
    expect(hint).to.equal("did you mean cleo?");
  });

  it("is told apart from too much of what is right", async () => {
    const { one } = await threeNodes();
    const ada = one.agent(1n);
    for (const topic of many(TOPICS_PER_PARTY_MAX, "t")) await ada.subscribeTopic(topic);
    await ada.subscribeTopic("t0");
    await fails(ada.subscribeTopic("one-more"), "TOPICS_TOO_MANY");
    for (const path of many(RESERVATIONS_PER_PARTY_MAX))
      await ada.reserveFiles({ folder: "shop", paths: [path] });
    await fails(ada.reserveFiles({ folder: "shop", paths: ["one-more"] }), "RESERVATIONS_TOO_MANY");
    const ends = many(WATCHERS_MAX).map(() => ada.watchContext({}, { onValue() {} }));
    expect(() => ada.watchContext({}, { onValue() {} })).to.throw("watchers");
    for (const end of ends) end();
    ada.watchContext({}, { onValue() {} })();
  });

  it("finds a full whiteboard full for new keys alone", async () => {
    const { one } = await threeNodes();
    const ada = one.agent(1n);
    await Promise.all(many(CONTEXT_KEYS_MAX, "k").map((key) => ada.writeContext({ key, value: "v" })));
    await fails(ada.writeContext({ key: "one-more", value: "v" }), "CONTEXT_FULL");
    await ada.writeContext({ key: "k7", value: "w" });
    await ada.deleteContext({ key: "k7" });
    await ada.writeContext({ key: "one-more", value: "v" });
  });

  it("of a peer is counted, and hurts nobody", async () => {
    const { net, one, two } = await threeNodes();
    const author = { kind: "agent", agent: 2n } as const;
    const log = two.logs.get(ALPHA);
    await log?.append({ type: "context.written", author, data: { key: "a b", value: 7 } });
    await log?.append({ type: "message.sent", author, data: { to: { party: "nobody" }, text: "t" } });
    await log?.append({ type: "later.version", author, data: {} });
    await two.agent(2n).writeContext({ key: "k", value: "v" });
    await net.settle();
    expect(one.workspace.status(ALPHA)).to.include({ cluster: ALPHA, unknown: 1, invalid: 2 });
    expect(await one.agent(1n).readContext()).to.have.length(1);
  });

  it("of an operator's is a cluster that is not open", async () => {
    const net = new Net();
    const one = await net.open(1n);
    await fails(one.as({ kind: "node", cluster: BETA }).readContext(), "CLUSTER_NOT_OPEN");
    expect(() => one.workspace.status(BETA)).to.throw("not open");
    expect(one.workspace.clusters()).to.deep.equal([ALPHA]);
  });

  it("of a disk is an error of `open`, which may be tried again and leaves nothing open", async () => {
    const net = new Net();
    const one = await net.open(1n);
    await one.agent(1n).writeContext({ key: "k", value: "v" });
    await one.workspace.close(ALPHA);
    const backend = one.backends.get(String(ALPHA));
    if (backend === undefined) throw new Error("there is no backend");
    const { getNow } = backend;
    // The log can be made, and not be read.
    backend.getNow = (key) => {
      if (key.startsWith("entry/")) throw new PleiadError("the disk is gone", { code: "STORE_IO" });
      return getNow(key);
    };
    await fails(one.workspace.open(ALPHA), "STORE_IO");
    expect(one.workspace.clusters()).to.deep.equal([]);
    expect(await codeOf(one.logs.get(ALPHA)?.take({}) ?? Promise.resolve())).to.equal("LOG_STOPPED");
    backend.getNow = getNow;
    await one.workspace.open(ALPHA);
    expect(await one.agent(1n).readContext()).to.have.length(1);
  });

  it("tells listeners what changed in which view", async () => {
    const net = new Net();
    const one = await net.open(1n);
    const heard: string[] = [];
    const end = one.workspace.onChange(({ cluster, view, type }) => heard.push(`${cluster} ${view} ${type}`));
    await one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t" });
    expect(heard).to.deep.equal(["7 jobs job.spawned", "7 threads job.spawned"]);
    await one.logs.get(ALPHA)?.rebuild();
    await one.agent(1n).listJobs();
    expect(heard).to.include("7 all log.rewritten");
    end();
    await one.agent(1n).listThreads();
  });
});
