import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import type { Credential, WorkspaceOperations } from "../../../node/src/workspace/types.ts";
import { ALICE, ALPHA, BETA, BOB, fails, Net, OWNER, STRANGER, type TestNode, tidyUp } from "./support.ts";

afterEach(tidyUp);

/** What exists before each attempt: made by agent 1 for ALICE in cluster ALPHA, and by agent 20 in BETA. */
interface Ids {
  readonly toBen: Hex;
  readonly toAda: Hex;
  readonly memory: Hex;
  readonly job: Hex;
  readonly endedJob: Hex;
  readonly reservation: Hex;
  readonly betaMessage: Hex;
  readonly betaMemory: Hex;
}

const BROADCAST = { kind: "broadcast" } as const;
const direct = (to: string) => ({ kind: "direct", to }) as const;

/** Every operation, as somebody may try it. */
const ATTEMPTS: Readonly<
  Record<keyof WorkspaceOperations, (on: WorkspaceOperations, ids: Ids) => Promise<unknown>>
> = {
  registerAgent: (on) => on.registerAgent(),
  ping: (on) => on.ping(),
  listAgents: (on) => on.listAgents(),
  spawnAgent: (on) => on.spawnAgent({ name: "new", role: "r", goal: "g" }),
  restartAgent: (on) => on.restartAgent("scout"),
  endAgent: (on) => on.endAgent("scout"),
  sendMessage: (on) => on.sendMessage({ destination: BROADCAST, text: "t" }),
  readMessages: (on) => on.readMessages(),
  ackMessage: (on, { toAda }) => on.ackMessage([toAda]),
  readFeed: (on) => on.readFeed(),
  inboxCounts: (on) => on.inboxCounts(),
  readTalk: (on) => on.readTalk(),
  aboutAgent: (on) => on.aboutAgent("ada"),
  subscribeTopic: (on) => on.subscribeTopic("builds"),
  unsubscribeTopic: (on) => on.unsubscribeTopic("builds"),
  listTopics: (on) => on.listTopics(),
  readContext: (on) => on.readContext(),
  writeContext: (on) => on.writeContext({ key: "k", value: "v" }),
  deleteContext: (on) => on.deleteContext({ key: "plan" }),
  listContext: (on) => on.listContext(),
  readContextHistory: (on) => on.readContextHistory({ key: "plan" }),
  watchContext: async (on) => on.watchContext({}, { onValue() {} })(),
  remember: (on) => on.remember({ text: "t" }),
  recall: (on) => on.recall({ query: "tea" }),
  forget: (on, { memory }) => on.forget(memory),
  listMemories: (on) => on.listMemories(),
  readThread: (on) => on.readThread({ thread: "plans" }),
  postToThread: (on) => on.postToThread({ thread: "plans", text: "t" }),
  listThreads: (on) => on.listThreads(),
  spawnJob: (on) => on.spawnJob({ to: "cleo", prompt: "p", thread: "plans" }),
  updateJob: (on, { job }) => on.updateJob({ job, state: "failed", text: "t" }),
  listJobs: (on) => on.listJobs(),
  readRules: (on) => on.readRules(),
  readRulesHistory: (on) => on.readRulesHistory(),
  seeChanges: (on) => on.seeChanges([]),
  updateRules: (on) => on.updateRules({ text: "t" }),
  reserveFiles: (on) => on.reserveFiles({ folder: "shop", paths: ["b.ts"] }),
  releaseFiles: (on, { reservation }) => on.releaseFiles({ reservation }),
  listReservations: (on) => on.listReservations(),
};
const OPERATIONS = Object.keys(ATTEMPTS) as (keyof WorkspaceOperations)[];

/** Who comes from a wrong place, and what it is told whatever it tries. */
const WRONG_PLACES: readonly (readonly [
  who: string,
  credential: Credential,
  code: string,
  prepare?: (net: Net) => void,
])[] = [
  ["an agent that nobody registered", { kind: "agent", agent: 99n, user: ALICE }, "AGENT_UNKNOWN"],
  ["an agent of another node", { kind: "agent", agent: 2n, user: ALICE }, "AGENT_NOT_SERVED"],
  [
    "an agent of another node that is in no cluster",
    { kind: "agent", agent: 2n, user: ALICE },
    "AGENT_NOT_SERVED",
    ({ chain }) => chain.agents.get(2n)?.clusters.splice(0),
  ],
  [
    "an agent whose token is of the cluster that it left",
    { kind: "agent", agent: 1n, user: ALICE, cluster: ALPHA },
    "AGENT_NOT_IN_CLUSTER",
    ({ chain }) => chain.agents.get(1n)?.clusters.splice(0, 1, BETA),
  ],
  [
    "a former member that is in no cluster now",
    { kind: "agent", agent: 1n, user: ALICE, cluster: ALPHA },
    "AGENT_NOT_IN_CLUSTER",
    ({ chain }) => chain.agents.get(1n)?.clusters.splice(0),
  ],
  [
    "an agent that names another cluster than its own",
    { kind: "agent", agent: 20n, user: ALICE, cluster: ALPHA },
    "AGENT_NOT_IN_CLUSTER",
  ],
  [
    "an agent in two clusters",
    { kind: "agent", agent: 1n, user: ALICE },
    "AGENT_IN_TWO_CLUSTERS",
    ({ chain }) => chain.agents.get(1n)?.clusters.push(BETA),
  ],
  [
    "a helper that nobody spawned",
    { kind: "helper", cluster: ALPHA, name: "ghost", user: ALICE },
    "HELPER_UNKNOWN",
  ],
  [
    "a helper of another node",
    { kind: "helper", cluster: ALPHA, name: "tester", user: ALICE },
    "HELPER_OF_OTHER_NODE",
  ],
  [
    "a helper in another cluster",
    { kind: "helper", cluster: BETA, name: "scout", user: ALICE },
    "HELPER_UNKNOWN",
  ],
  [
    "a user who has no part in the cluster",
    { kind: "user", cluster: ALPHA, user: STRANGER },
    "USER_NOT_ADMITTED",
  ],
  ["a user of another cluster", { kind: "user", cluster: BETA, user: ALICE }, "USER_NOT_ADMITTED"],
  ["anybody in a cluster that is not", { kind: "node", cluster: 99n }, "CLUSTER_UNKNOWN"],
  [
    "the operator of a node that is a member no more",
    { kind: "node", cluster: ALPHA },
    "NOT_A_MEMBER",
    ({ chain }) => {
      chain.nodes = [2n, 3n];
    },
  ],
  [
    "an agent of a node that is a member no more",
    { kind: "agent", agent: 1n, user: ALICE },
    "NOT_A_MEMBER",
    ({ chain }) => {
      chain.nodes = [2n, 3n];
    },
  ],
];

/** What each role may not do at all, with its own credential. */
const FORBIDDEN: readonly (readonly [
  who: string,
  credential: Credential,
  operations: readonly (keyof WorkspaceOperations)[],
  code: string,
])[] = [
  [
    "a user",
    { kind: "user", cluster: ALPHA, user: ALICE },
    OPERATIONS.filter(
      (name) =>
        !/^(ping|listAgents|readMessages|ackMessage|readFeed|inboxCounts|remember|recall|forget|listMemories|readThread|postToThread|listThreads|readRules|readRulesHistory|seeChanges)$/.test(
          name,
        ),
    ),
    "OPERATION_NOT_ALLOWED",
  ],
  [
    "the cluster's owner",
    { kind: "user", cluster: ALPHA, user: OWNER },
    ["registerAgent"],
    "OPERATION_NOT_ALLOWED",
  ],
  ["an operator", { kind: "node", cluster: ALPHA }, ["registerAgent"], "OPERATION_NOT_ALLOWED"],
  [
    "a helper",
    { kind: "helper", cluster: ALPHA, name: "scout", user: ALICE },
    ["spawnAgent", "restartAgent", "endAgent", "readTalk", "aboutAgent"],
    "OPERATION_NOT_ALLOWED",
  ],
  [
    "an agent",
    { kind: "agent", agent: 1n, user: ALICE },
    ["readTalk", "aboutAgent"],
    "OPERATION_NOT_ALLOWED",
  ],
  [
    "an agent in no cluster",
    { kind: "agent", agent: 10n, user: ALICE },
    OPERATIONS.filter((name) => !/^(remember|recall|forget|listMemories)$/.test(name)),
    "AGENT_NOT_IN_CLUSTER",
  ],
];

async function prepared(): Promise<{ net: Net; one: TestNode; two: TestNode; ids: Ids }> {
  const net = new Net();
  const one = await net.open(1n, { clusters: [ALPHA, BETA] });
  const two = await net.open(2n, { clusters: [ALPHA] });
  const ada = one.agent(1n);
  await ada.spawnAgent({ name: "scout", role: "r", goal: "g" });
  await two.agent(2n).spawnAgent({ name: "tester", role: "r", goal: "g" });
  await ada.subscribeTopic("builds");
  const { id: toAda } = await two.agent(2n).sendMessage({ destination: direct("ada"), text: "t" });
  const { id: toBen } = await ada.sendMessage({ destination: direct("ben"), text: "t" });
  await ada.writeContext({ key: "plan", value: "v" });
  const { id: memory } = await ada.remember({ text: "alice drinks tea" });
  const { id: job } = await ada.spawnJob({ to: "ben", prompt: "p", thread: "plans" });
  const { id: endedJob } = await ada.spawnJob({ to: "ben", prompt: "p", thread: "plans" });
  await ada.updateJob({ job: endedJob, state: "failed", text: "never mind" });
  const { id: reservation } = await ada.reserveFiles({ folder: "shop", paths: ["a.ts"] });
  const dora = one.agent(20n, BOB);
  const { id: betaMessage } = await dora.sendMessage({ destination: BROADCAST, text: "beta only" });
  const { id: betaMemory } = await dora.remember({ text: "bob drinks tea" });
  await dora.writeContext({ key: "beta", value: "v" });
  await dora.postToThread({ thread: "beta-plans", text: "t" });
  await net.settle();
  return {
    net,
    one,
    two,
    ids: { toBen, toAda, memory, job, endedJob, reservation, betaMessage, betaMemory },
  };
}

describe("scope", () => {
  for (const [who, credential, code, prepare] of WRONG_PLACES) {
    it(`answers no to ${who}, whatever it tries (${code})`, async () => {
      const { net, one, ids } = await prepared();
      prepare?.(net);
      const on = one.as(credential);
      for (const name of OPERATIONS) await fails(ATTEMPTS[name](on, ids), code);
    });
  }

  for (const [who, credential, operations, code] of FORBIDDEN) {
    it(`lets ${who} do no more than its role (${code})`, async () => {
      const { one, ids } = await prepared();
      for (const name of operations) await fails(ATTEMPTS[name](one.as(credential), ids), code);
    });
  }

  it("lets a member do everything with its own", async () => {
    const { one, ids } = await prepared();
    const ada = one.agent(1n);
    for (const name of OPERATIONS.filter((one) => one !== "readTalk" && one !== "aboutAgent"))
      await ATTEMPTS[name](ada, ids);
  });

  it("lets the operator and the owner see who talks with whom", async () => {
    const { one, ids } = await prepared();
    for (const on of [one.operator(), one.user(OWNER)])
      for (const name of ["readTalk", "aboutAgent"] as const) await ATTEMPTS[name](on, ids);
  });

  it("names the first cluster of an agent that is in two", async () => {
    const { net, one } = await prepared();
    net.chain.agents.get(1n)?.clusters.push(BETA);
    const details = await fails(one.agent(1n).ping(), "AGENT_IN_TWO_CLUSTERS");
    expect(details).to.include({ cluster: ALPHA, second: BETA });
  });

  it("shows nothing of another cluster to anybody, by no name", async () => {
    const { one, ids } = await prepared();
    const ada = one.agent(1n, BOB);
    await fails(ada.ackMessage([ids.betaMessage]), "MESSAGE_UNKNOWN");
    await fails(
      ada.sendMessage({ destination: BROADCAST, text: "t", replyTo: ids.betaMessage }),
      "MESSAGE_UNKNOWN",
    );
    await fails(ada.forget(ids.betaMemory), "MEMORY_UNKNOWN");
    await fails(ada.readThread({ thread: "beta-plans" }), "THREAD_UNKNOWN");
    await fails(ada.readContext({ key: "beta" }), "CONTEXT_KEY_UNKNOWN");
    await fails(ada.sendMessage({ destination: direct("dora"), text: "t" }), "RECIPIENT_UNKNOWN");
    await fails(ada.sendMessage({ destination: direct("agent:20"), text: "t" }), "RECIPIENT_UNKNOWN");
    expect((await ada.recall({ query: "tea" })).memories).to.deep.equal([]);
    expect((await ada.readMessages({ box: "all" })).map(({ id }) => id)).to.not.include(ids.betaMessage);
    for (const on of [ada, one.operator()]) {
      expect((await on.readFeed()).messages.map(({ id }) => id)).to.not.include(ids.betaMessage);
      await fails(on.readFeed({ at: ids.betaMessage }), "MESSAGE_UNKNOWN");
    }
    expect((await ada.readContextHistory({ key: "beta" })).versions).to.deep.equal([]);
    expect((await ada.listContext()).map(({ key }) => key)).to.deep.equal(["plan"]);
    const dora = one.agent(20n, ALICE);
    await fails(dora.ackMessage([ids.toAda]), "MESSAGE_UNKNOWN");
    await fails(dora.updateJob({ job: ids.job, state: "failed", text: "t" }), "JOB_UNKNOWN");
    await fails(dora.releaseFiles({ reservation: ids.reservation }), "RESERVATION_UNKNOWN");
    await fails(dora.forget(ids.memory), "MEMORY_UNKNOWN");
    await fails(dora.endAgent("scout"), "HELPER_UNKNOWN");
    expect(await dora.listJobs()).to.deep.equal([]);
    expect(await dora.listThreads()).to.deep.equal([]);
    expect((await dora.recall({ query: "tea" })).memories).to.deep.equal([]);
  });

  it("keeps to each what is its own inside a cluster", async () => {
    const { one, two, ids } = await prepared();
    const [ada, ben, scout] = [one.agent(1n), two.agent(2n), one.helper("scout")];
    await fails(ada.ackMessage([ids.toBen]), "MESSAGE_NOT_YOURS");
    await fails(scout.ackMessage([ids.toAda]), "MESSAGE_NOT_YOURS");
    await fails(one.operator().ackMessage([ids.toAda]), "MESSAGE_NOT_YOURS");
    await fails(
      scout.sendMessage({ destination: BROADCAST, text: "t", replyTo: ids.toAda }),
      "MESSAGE_NOT_YOURS",
    );
    // Who keeps the cluster sees all of its feed, and others nothing of what is between two others.
    const feedOf = async (on: WorkspaceOperations) => (await on.readFeed()).messages.map(({ id }) => id);
    for (const keeper of [one.operator(), one.user(OWNER)])
      expect(await feedOf(keeper)).to.have.members([ids.toAda, ids.toBen]);
    for (const other of [scout, one.user(ALICE)]) {
      expect(await feedOf(other)).to.deep.equal([]);
      await fails(other.readFeed({ at: ids.toAda }), "MESSAGE_UNKNOWN");
    }
    await fails(scout.updateJob({ job: ids.job, state: "done", text: "t" }), "JOB_NOT_YOURS");
    await fails(ada.updateJob({ job: ids.job, state: "done", text: "t" }), "JOB_NOT_YOURS");
    await fails(ada.spawnJob({ to: "cleo", prompt: "p", thread: "t", parent: ids.job }), "JOB_NOT_YOURS");
    await fails(ben.updateJob({ job: ids.endedJob, state: "done", text: "t" }), "JOB_ENDED");
    await fails(scout.releaseFiles({ reservation: ids.reservation }), "RESERVATION_NOT_YOURS");
    await fails(two.operator().releaseFiles({ reservation: ids.reservation }), "RESERVATION_NOT_YOURS");
    await fails(ben.endAgent("scout"), "HELPER_UNKNOWN");
  });

  it("keeps users of one cluster apart, for whoever works for them", async () => {
    const { one, ids } = await prepared();
    for (const on of [one.user(BOB), one.agent(1n, BOB), one.helper("scout", BOB)]) {
      expect((await on.recall({ query: "tea" })).memories).to.deep.equal([]);
      expect((await on.listMemories()).memories).to.deep.equal([]);
      await fails(on.forget(ids.memory), "MEMORY_UNKNOWN");
      await fails(on.readThread({ thread: "plans" }), "THREAD_UNKNOWN");
      expect(await on.listThreads()).to.deep.equal([]);
    }
    expect(await one.agent(1n, BOB).listJobs()).to.deep.equal([]);
    await fails(one.agent(1n, BOB).updateJob({ job: ids.job, state: "failed", text: "t" }), "JOB_UNKNOWN");
    expect((await one.user(ALICE).recall({ query: "tea" })).memories).to.have.length(1);
  });

  it("takes the sender from the credential, whatever else is passed", async () => {
    const { one, two, net } = await prepared();
    const forged = {
      destination: direct("ben"),
      text: "t",
      from: "agent:3",
      author: { kind: "node" },
      sender: "cleo",
    };
    const { id } = await one.agent(1n).sendMessage(forged);
    await net.settle();
    const got = (await two.agent(2n).readMessages()).find((message) => message.id === id);
    expect(got?.from.id).to.equal("agent:1");
  });

  it("ends an agent's part when it leaves: what it said stays, what it held is free, its own memory goes with it", async () => {
    const { net, one, two, ids } = await prepared();
    net.chain.agents.get(1n)?.clusters.splice(0);
    const ada = one.agent(1n);
    await fails(ada.readMessages(), "AGENT_NOT_IN_CLUSTER");
    expect((await ada.recall({ query: "tea" })).memories).to.deep.equal([]);
    const own = await ada.remember({ text: "tea is grown in Assam" });
    expect(own.scope).to.equal("agent");
    const said = (await two.agent(2n).readMessages()).find(({ id }) => id === ids.toBen);
    expect(said?.from).to.deep.include({ id: "agent:1", name: "agent:1" });
    expect(await one.operator().listReservations()).to.deep.equal([]);
    await one.helper("scout").reserveFiles({ folder: "shop", paths: ["a.ts"] });
    await fails(two.agent(2n).sendMessage({ destination: direct("ada"), text: "t" }), "RECIPIENT_UNKNOWN");
    net.chain.agents.get(1n)?.clusters.push(BETA);
    const found = (await ada.recall({ query: "tea" })).memories.map(({ text, scope }) => [text, scope]);
    expect(found).to.deep.equal([["tea is grown in Assam", "agent"]]);
  });

  it("ends a helper's part when it is ended", async () => {
    const { one } = await prepared();
    await one.helper("scout").ping();
    await one.agent(1n).endAgent("scout");
    expect(one.stopped).to.deep.equal(["scout"]);
    await fails(one.helper("scout").ping(), "HELPER_UNKNOWN");
    // The name is free again.
    await one.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
    await one.helper("scout").ping();
  });

  it("answers no in a cluster that is not open here, and may be later", async () => {
    const { one } = await prepared();
    await one.workspace.close(BETA);
    await fails(one.agent(20n).ping(), "CLUSTER_NOT_OPEN");
    await one.workspace.open(BETA);
    expect((await one.agent(20n, BOB).recall({ query: "tea" })).memories).to.have.length(1);
  });
});
