import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, stringToBytes, zeroHash } from "viem";
import { createSurroundings } from "../../../node/src/local/surroundings.ts";
import { createThreads, RUN_POST_BYTES_MAX } from "../../../node/src/local/threads.ts";
import type { AroundWhat, ThreadPost } from "../../../node/src/work/ports.ts";
import { digestOf } from "../work/fakeChain.ts";
import { ALICE, ALPHA, BOB, fails, Net, type TestNode, threeNodes } from "../workspace/support.ts";

const THREAD = digestOf("a thread");

/** What a task of agent `agent` is told on a node. */
function told({ workspace }: TestNode, change: Partial<AroundWhat> = {}) {
  const surroundings = createSurroundings({ workspace });
  const what: AroundWhat = {
    cluster: ALPHA,
    execution: 9n,
    user: ALICE,
    thread: THREAD,
    agent: 1n,
    request: stringToBytes("Which colour has the lighthouse?"),
    ...change,
  };
  return {
    messages: () => surroundings.messages(what),
    memories: () => surroundings.memories(what),
    rules: () => surroundings.rules(what),
  };
}

/** Says what an execution says, on a node. */
function post(
  { workspace }: TestNode,
  what: ThreadPost["what"],
  bytes: string | Uint8Array,
  change: { readonly execution?: bigint; readonly user?: Address } = {},
) {
  const { execution = 1n, user = ALICE } = change;
  const given = typeof bytes === "string" ? stringToBytes(bytes) : bytes;
  return createThreads({ workspace }).post({
    cluster: ALPHA,
    execution,
    user,
    thread: THREAD,
    what,
    bytes: given,
  });
}

const request = { kind: "request" } as const;
const output = (task: number, agent: bigint) => ({ kind: "output", task, agent }) as const;

describe("what an agent is told of its cluster", () => {
  it("thread_anotherNodesRun_isToldInTheOrderOfItsTasksWhateverTheOrderOfPosts", async () => {
    const { net, one, two, three } = await threeNodes();
    // The nodes saw the end at once, and the last was the quickest.
    await post(three, output(2, 3n), "the brief");
    await post(two, output(1, 2n), "the critique");
    await post(one, request, "the document");
    await post(one, output(0, 1n), "the sentences");
    await net.settle();
    const messages = [
      { author: "user", text: "the document" },
      { author: "ada", text: "the sentences" },
      { author: "ben", text: "the critique" },
      { author: "cleo", text: "the brief" },
    ];
    for (const [index, node] of [one, two, three].entries())
      expect(await told(node, { agent: BigInt(index + 1) }).messages()).to.deep.equal(messages);
  });

  it("thread_postedAgain_standsOnce", async () => {
    const { one } = await threeNodes();
    for (let time = 0; time < 2; time++) expect(await post(one, output(0, 1n), "the brief")).to.equal(true);
    expect(await told(one).messages()).to.deep.equal([{ author: "ada", text: "the brief" }]);
  });

  it("thread_ofManyMessages_tellsTheLastFive", async () => {
    const { one } = await threeNodes();
    for (let execution = 1n; execution <= 7n; execution++)
      await post(one, request, `request ${execution}`, { execution });
    const texts = (await told(one).messages()).map(({ text }) => text);
    expect(texts).to.deep.equal([3, 4, 5, 6, 7].map((number) => `request ${number}`));
  });

  it("thread_ofTheSameExecution_isNotToldAgain", async () => {
    const { one } = await threeNodes();
    await post(one, request, "earlier");
    await post(one, request, "now", { execution: 9n });
    expect(await told(one).messages()).to.deep.equal([{ author: "user", text: "earlier" }]);
  });

  it("thread_thatIsNoneOrOfAnotherUser_tellsNothing", async () => {
    const { one } = await threeNodes();
    await post(one, request, "a secret");
    expect(await told(one, { thread: zeroHash }).messages()).to.deep.equal([]);
    expect(await told(one, { thread: digestOf("another") }).messages()).to.deep.equal([]);
    expect(await told(one, { user: BOB }).messages()).to.deep.equal([]);
  });

  it("post_thatIsLong_isCutAndSaysSo", async () => {
    const { one } = await threeNodes();
    await post(one, request, "é".repeat(RUN_POST_BYTES_MAX));
    const [message] = await told(one).messages();
    expect(Buffer.byteLength(message?.text ?? "")).to.be.at.most(RUN_POST_BYTES_MAX);
    expect(message?.text).to.match(/^é+\n\[cut: the first \d+ of 16384 bytes are kept\]$/);
    const whole = "\u0001".repeat(RUN_POST_BYTES_MAX);
    await post(one, output(0, 1n), whole);
    expect((await told(one).messages())[1]?.text).to.equal(whole);
  });

  it("post_thatIsNoText_standsNowhere", async () => {
    const { one } = await threeNodes();
    expect(await post(one, request, Uint8Array.of(0x61, 0xff))).to.equal(false);
    expect(await post(one, request, " \n")).to.equal(false);
    expect(await told(one).messages()).to.deep.equal([]);
  });

  it("memory_tellsWhatFitsTheRequestBest_ofThisUserAlone", async () => {
    const { net, one, two } = await threeNodes();
    await two.agent(2n).remember({ text: "The lighthouse is red and white." });
    await two.agent(2n).remember({ text: "She takes her tea with milk." });
    await two.agent(2n, BOB).remember({ text: "The lighthouse of Bob is green." });
    await net.settle();
    const memories = await told(one).memories();
    expect(memories[0]).to.deep.equal({ author: "ben", text: "The lighthouse is red and white." });
    expect(memories.map(({ text }) => text)).to.not.include("The lighthouse of Bob is green.");
    expect(await told(one, { request: stringToBytes(" ") }).memories()).to.deep.equal([]);
    // As long as a question may be, and one that is no text: neither fails.
    expect(
      await told(one, { request: stringToBytes("é lighthouse ".repeat(10_000)) }).memories(),
    ).to.have.length(1);
    expect(await told(one, { request: Uint8Array.of(0xff, 0xfe) }).memories()).to.deep.equal([]);
  });

  it("rules_areTold_onceThereAreAny", async () => {
    const { one } = await threeNodes();
    expect(await told(one).rules()).to.equal(undefined);
    await one.agent(1n).updateRules({ text: "Write \ud800British English." });
    expect(await told(one).rules()).to.equal("Write \ufffdBritish English.");
  });

  it("agent_thatMayNotReadTheCluster_isToldNothing", async () => {
    const { one } = await threeNodes();
    await fails(told(one, { agent: 20n }).rules(), "AGENT_NOT_IN_CLUSTER");
    await fails(told(one, { agent: 2n }).messages(), "AGENT_NOT_SERVED");
    await fails(post(one, output(0, 2n), "in another's name"), "AGENT_NOT_SERVED");
  });

  it("cluster_thatIsNotOpen_failsAsWhatMayPass", async () => {
    const one = await new Net().open(1n, { clusters: [] });
    for (const part of ["messages", "memories", "rules"] as const)
      await fails(told(one)[part](), "CLUSTER_NOT_OPEN");
  });
});
