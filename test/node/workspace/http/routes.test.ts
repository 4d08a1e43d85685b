import { request as httpRequest } from "node:http";
import { PleiadError } from "@pleiad/sdk/errors";
import { restartAgent } from "@pleiad/sdk/workspace/restartAgent";
import { expect } from "chai";
import { describe, it } from "mocha";
import { FACE_BODY_BYTES_MAX } from "../../../../node/src/workspace/face/limits.ts";
import { openApiDocument } from "../../../../node/src/workspace/http/openapi.ts";
import { ackMessage } from "../../../../sdk/src/workspace/ackMessage.ts";
import {
  createWorkspaceClient,
  type WorkspaceClient,
} from "../../../../sdk/src/workspace/createWorkspaceClient.ts";
import { deleteContext } from "../../../../sdk/src/workspace/deleteContext.ts";
import { endAgent } from "../../../../sdk/src/workspace/endAgent.ts";
import { WORKSPACE_ENDPOINTS } from "../../../../sdk/src/workspace/endpointTable.ts";
import { forget } from "../../../../sdk/src/workspace/forget.ts";
import { inboxCounts } from "../../../../sdk/src/workspace/inboxCounts.ts";
import { listAgents } from "../../../../sdk/src/workspace/listAgents.ts";
import { listContext } from "../../../../sdk/src/workspace/listContext.ts";
import { listJobs } from "../../../../sdk/src/workspace/listJobs.ts";
import { listMemories } from "../../../../sdk/src/workspace/listMemories.ts";
import { listReservations } from "../../../../sdk/src/workspace/listReservations.ts";
import { listThreads } from "../../../../sdk/src/workspace/listThreads.ts";
import { listTopics } from "../../../../sdk/src/workspace/listTopics.ts";
import { ping } from "../../../../sdk/src/workspace/ping.ts";
import { postToThread } from "../../../../sdk/src/workspace/postToThread.ts";
import { readContext } from "../../../../sdk/src/workspace/readContext.ts";
import { readContextHistory } from "../../../../sdk/src/workspace/readContextHistory.ts";
import { readFeed } from "../../../../sdk/src/workspace/readFeed.ts";
import { readMessages } from "../../../../sdk/src/workspace/readMessages.ts";
import { readRules } from "../../../../sdk/src/workspace/readRules.ts";
import { readRulesHistory } from "../../../../sdk/src/workspace/readRulesHistory.ts";
import { readThread } from "../../../../sdk/src/workspace/readThread.ts";
import { recall } from "../../../../sdk/src/workspace/recall.ts";
import { registerAgent } from "../../../../sdk/src/workspace/registerAgent.ts";
import { releaseFiles } from "../../../../sdk/src/workspace/releaseFiles.ts";
import { remember } from "../../../../sdk/src/workspace/remember.ts";
import { reserveFiles } from "../../../../sdk/src/workspace/reserveFiles.ts";
import { sendMessage } from "../../../../sdk/src/workspace/sendMessage.ts";
import { spawnAgent } from "../../../../sdk/src/workspace/spawnAgent.ts";
import { spawnJob } from "../../../../sdk/src/workspace/spawnJob.ts";
import { subscribeTopic } from "../../../../sdk/src/workspace/subscribeTopic.ts";
import { unsubscribeTopic } from "../../../../sdk/src/workspace/unsubscribeTopic.ts";
import { updateJob } from "../../../../sdk/src/workspace/updateJob.ts";
import { updateRules } from "../../../../sdk/src/workspace/updateRules.ts";
import { writeContext } from "../../../../sdk/src/workspace/writeContext.ts";
import { OPERATOR_TOKEN, startFaces, type TestFaces } from "../faces.ts";
import { ALICE, ALPHA, BETA, fails } from "../support.ts";

/** Agents 1 (ada) and 2 (ben) of the same node, as clients of its API. */
async function twoAgents(): Promise<TestFaces & { ada: WorkspaceClient; ben: WorkspaceClient }> {
  const faces = await startFaces();
  const ben = faces.net.chain.agents.get(2n);
  if (ben !== undefined) ben.node = 1n;
  const clientOf = async (agent: bigint) =>
    createWorkspaceClient({
      apiUrl: faces.api.url,
      token: await faces.token({ kind: "agent", agent, user: ALICE }),
      cluster: ALPHA,
    });
  return { ...faces, ada: await clientOf(1n), ben: await clientOf(2n) };
}

/** A request with headers that `fetch` would not let through. */
function ask(
  url: string,
  options: { headers?: Record<string, string>; method?: string; body?: string } = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }> {
  const { headers = {}, method = "GET", body } = options;
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          body: text === "" ? {} : JSON.parse(text),
          headers: response.headers,
        });
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The clusters that `GET /workspace` names. */
function shown(body: unknown): readonly string[] {
  return (body as { readonly workspaces: readonly { readonly cluster: string }[] }).workspaces.map(
    ({ cluster }) => cluster,
  );
}

describe("workspace routes", () => {
  it("lets a token that only views read messages, which it leaves undelivered", async () => {
    const faces = await twoAgents();
    const { message } = await sendMessage(faces.ada, {
      destination: { kind: "direct", to: "ben" },
      text: "hello",
    });
    const { token } = await faces.tokens.create({ kind: "agent", agent: 2n, user: ALICE }, "page", {
      role: "view",
    });
    const viewer = createWorkspaceClient({ apiUrl: faces.api.url, token, cluster: ALPHA });
    const deliveredAtMs = async () =>
      (await readMessages(faces.ada, { box: "sent" })).messages[0]?.receipts[0]?.deliveredAtMs;
    expect((await readMessages(viewer)).messages.map(({ text }) => text)).to.deep.equal(["hello"]);
    expect(await deliveredAtMs()).to.equal(undefined);
    await fails(ackMessage(viewer, { ids: [message.id] }), "ROLE_TOO_LOW");
    await readMessages(faces.ben);
    expect(await deliveredAtMs()).to.be.a("number");
  });

  it("let the SDK's client do everything that the workspace offers", async () => {
    const { ada, ben } = await twoAgents();
    const used: string[] = [];
    const use = <T>(name: string, answer: Promise<T>): Promise<T> => {
      used.push(name);
      return answer;
    };

    const self = await use("register_agent", registerAgent(ada, { role: "writes", capabilities: ["text"] }));
    expect([self.cluster, self.self.name, self.user]).to.deep.equal([String(ALPHA), "ada", ALICE]);
    await registerAgent(ben);
    expect((await use("ping", ping(ada, { note: "reading" }))).inbox.unread).to.equal(0);
    const { agents } = await use("list_agents", listAgents(ada));
    expect(agents.find(({ name }) => name === "ada")?.role).to.equal("writes");
    expect(
      (await use("spawn_agent", spawnAgent(ada, { name: "tester", role: "tests", goal: "test" }))).agent.name,
    ).to.equal("tester");
    await use("restart_agent", restartAgent(ada, { name: "tester" }));
    await use("end_agent", endAgent(ada, { name: "tester" }));

    await use("subscribe_topic", subscribeTopic(ben, { topic: "builds" }));
    expect((await use("list_topics", listTopics(ada))).topics.map(({ topic }) => topic)).to.deep.equal([
      "builds",
    ]);
    const { message } = await use(
      "send_message",
      sendMessage(ada, { destination: { kind: "direct", to: "ben" }, text: "hello", requestId: "one" }),
    );
    expect(message.from.name).to.equal("ada");
    expect((await use("inbox_counts", inboxCounts(ben))).unread).to.equal(1);
    const feed = await use("read_feed", readFeed(ben, { agent: "ada", limit: 1 }));
    expect([feed.self.name, feed.total, feed.messages[0]?.id]).to.deep.equal(["ben", 1, message.id]);
    expect(feed.messages[0]?.receipts.map(({ recipient }) => recipient.name)).to.deep.equal(["ben"]);
    const { messages } = await use("read_messages", readMessages(ben));
    expect(messages.map(({ text }) => text)).to.deep.equal(["hello"]);
    await use("ack_message", ackMessage(ben, { ids: messages.map(({ id }) => id) }));
    expect((await inboxCounts(ben)).unread).to.equal(0);
    await use("unsubscribe_topic", unsubscribeTopic(ben, { topic: "builds" }));

    const { version } = await use(
      "write_context",
      writeContext(ada, { key: "plan/1", value: "begin", ifVersion: null }),
    );
    const { values } = await use("read_context", readContext(ben, { key: "plan/1", history: true }));
    expect(values.map(({ value }) => value)).to.deep.equal(["begin"]);
    const { keys } = await use("list_context", listContext(ben, { prefix: "plan/" }));
    expect(keys.map(({ key, bytes }) => [key, bytes])).to.deep.equal([["plan/1", 5]]);
    const { versions } = await use("read_context_history", readContextHistory(ben, { key: "plan/1" }));
    expect(versions.map(({ value }) => value)).to.deep.equal(["begin"]);
    await use("delete_context", deleteContext(ben, { key: "plan/1", ifVersion: version }));
    expect((await readContext(ada, { prefix: "plan/" })).values).to.deep.equal([]);

    expect((await use("read_rules", readRules(ada))).rules).to.equal(null);
    await use("update_rules", updateRules(ada, { text: "be kind", ifVersion: null }));
    expect((await readRules(ben)).rules?.text).to.equal("be kind");

    expect((await use("read_rules_history", readRulesHistory(ben))).versions).to.have.length(1);

    const { memory } = await use(
      "remember",
      remember(ada, { text: "the build needs Node 24", tags: ["build"] }),
    );
    const { memories } = await use("recall", recall(ben, { query: "build", tags: ["build"], limit: 1 }));
    expect(memories.map(({ id }) => id)).to.deep.equal([memory.id]);
    expect((await use("list_memories", listMemories(ben))).memories.map(({ id }) => id)).to.deep.equal([
      memory.id,
    ]);
    await use("forget", forget(ada, { id: memory.id }));

    const { message: post } = await use(
      "post_to_thread",
      postToThread(ada, { thread: "0x1f", text: "half" }),
    );
    const thread = await use("read_thread", readThread(ben, { thread: "0x1f", limit: 1 }));
    expect(thread.messages.map(({ id }) => id)).to.deep.equal([post.id]);
    expect((await use("list_threads", listThreads(ben))).threads.map(({ thread }) => thread)).to.deep.equal([
      "0x1f",
    ]);

    const { job } = await use("spawn_job", spawnJob(ada, { to: "ben", prompt: "test it", thread: "0x1f" }));
    await use("update_job", updateJob(ben, { job: job.id, state: "done", text: "all pass" }));
    const { jobs } = await use("list_jobs", listJobs(ada, { whose: "spawned", state: "done", limit: 5 }));
    expect(jobs.map(({ text }) => text)).to.deep.equal(["all pass"]);

    const { reservation } = await use(
      "reserve_files",
      reserveFiles(ada, { folder: "site", paths: ["src/"] }),
    );
    const refused = await fails(reserveFiles(ben, { folder: "site", paths: ["src/a.ts"] }), "FILES_RESERVED");
    expect(JSON.stringify(refused)).to.include("agent:1");
    expect((await use("list_reservations", listReservations(ben))).reservations).to.have.length(1);
    await use("release_files", releaseFiles(ada, { reservation: reservation.id }));

    expect(used.sort()).to.deep.equal(WORKSPACE_ENDPOINTS.map(({ name }) => name).sort());
  });

  it("answer a conflict with what stands, so that it can be merged", async () => {
    const { ada } = await twoAgents();
    await writeContext(ada, { key: "plan", value: "first" });
    const details = await fails(
      writeContext(ada, { key: "plan", value: "second", ifVersion: null }),
      "VERSION_CONFLICT",
    );
    expect(JSON.stringify(details)).to.include("first");
  });

  it("speak as the token says, whatever the request says", async () => {
    const { api, ada } = await twoAgents();
    const body = JSON.stringify({ destination: { kind: "broadcast" }, text: "hi", from: "ben" });
    const headers = { ...bearer(ada.token), "content-type": "application/json" };
    const forged = await ask(`${api.url}/workspace/${ALPHA}/messages`, { method: "POST", headers, body });
    expect([forged.status, forged.body.code]).to.deep.equal([400, "WORKSPACE_INPUT_INVALID"]);
  });

  it("keep the names of an execution's posts for executions, so that no agent takes the place of its answer", async () => {
    const { api, ada } = await twoAgents();
    const headers = { ...bearer(ada.token), "content-type": "application/json" };
    for (const [path, input] of [
      ["threads", { thread: "t", text: "hi" }],
      ["messages", { destination: { kind: "broadcast" }, text: "hi" }],
    ] as const) {
      const body = JSON.stringify({ ...input, requestId: "run:5:0" });
      const answer = await ask(`${api.url}/workspace/${ALPHA}/${path}`, { method: "POST", headers, body });
      expect([answer.status, answer.body.code], path).to.deep.equal([400, "REQUEST_ID_INVALID"]);
    }
  });

  it("let a token that may only look read messages, and do nothing with them", async () => {
    const { api, ada, tokens, net } = await twoAgents();
    const { token } = await tokens.create({ kind: "agent", agent: 2n, user: ALICE }, "looks", {
      role: "view",
    });
    await sendMessage(ada, { destination: { kind: "direct", to: "ben" }, text: "hi" });
    await net.settle();
    const post = async (path: string, input: object) => {
      const headers = { ...bearer(token), "content-type": "application/json" };
      const url = `${api.url}/workspace/${ALPHA}/${path}`;
      return ask(url, { method: "POST", headers, body: JSON.stringify(input) });
    };
    const read = await post("messages/read", {});
    expect(read.status).to.equal(200);
    const [message] = (read.body as { messages: { id: string; text: string; receipts: object[] }[] })
      .messages;
    expect(message).to.include({ text: "hi" });
    expect(message?.receipts[0], "nobody has got it yet").not.to.have.property("deliveredAtMs");
    const acked = await post("messages/ack", { ids: [message?.id] });
    expect([acked.status, acked.body.code]).to.deep.equal([403, "ROLE_TOO_LOW"]);
  });

  it("tell the operator alone whether somebody could speak here", async () => {
    const { api, ada } = await twoAgents();
    const body = JSON.stringify({ kind: "agent", agent: "99", user: ALICE });
    for (const [token, status, code] of [
      [OPERATOR_TOKEN, 404, "AGENT_UNKNOWN"],
      [ada.token, 403, "ROLE_TOO_LOW"],
    ] as const) {
      const headers = { ...bearer(token), "content-type": "application/json" };
      const answer = await ask(`${api.url}/workspace/check`, { method: "POST", headers, body });
      expect([answer.status, answer.body.code]).to.deep.equal([status, code]);
    }
  });

  for (const [what, token, status, code] of [
    ["no token", undefined, 401, "TOKEN_WRONG"],
    ["a made-up token", `pleiad_${"0".repeat(16)}_${"A".repeat(43)}`, 401, "TOKEN_WRONG"],
    ["something else", "x", 401, "TOKEN_WRONG"],
  ] as const) {
    it(`refuse ${what}`, async () => {
      const { api } = await startFaces();
      for (const path of ["/workspace", `/workspace/${ALPHA}/agents`, "/openapi.json"]) {
        const answer = await ask(api.url + path, token === undefined ? {} : { headers: bearer(token) });
        expect([answer.status, answer.body.code], path).to.deep.equal([status, code]);
        expect(answer.headers["www-authenticate"], path).to.match(/^Bearer/);
      }
    });
  }

  it("refuse a revoked token at the next request", async () => {
    const { api, tokens, ada } = await twoAgents();
    await listAgents(ada);
    const [first] = await tokens.list();
    await tokens.revoke(first?.id ?? "");
    await fails(listAgents(ada), "TOKEN_WRONG");
    expect(api.url).to.match(/^http:/);
  });

  it("let no workspace token see what is the operator's, and no page of elsewhere ask at all", async () => {
    const { api, ada } = await twoAgents();
    for (const path of ["/status", "/jobs", "/metrics"])
      expect((await ask(api.url + path, { headers: bearer(ada.token) })).status, path).to.equal(403);
    const url = `${api.url}/workspace/${ALPHA}/agents`;
    const headers = bearer(ada.token);
    expect((await ask(url, { headers: { ...headers, host: "attacker.example" } })).status).to.equal(403);
    expect((await ask(url, { headers: { ...headers, origin: "http://attacker.example" } })).status).to.equal(
      403,
    );
    expect((await ask(url, { headers: { ...headers, origin: "null" } })).status).to.equal(403);
    expect((await ask(url, { headers: { ...headers, origin: api.url } })).status).to.equal(200);
  });

  it("let a token into no other cluster than its own", async () => {
    const { api, ada, node, token } = await twoAgents();
    await node.workspace.open(BETA);
    await fails(listAgents({ ...ada, cluster: BETA }), "AGENT_NOT_IN_CLUSTER");
    const operator = createWorkspaceClient({
      apiUrl: api.url,
      token: await token({ kind: "node", cluster: ALPHA }),
      cluster: BETA,
    });
    await fails(listAgents(operator), "TOKEN_OTHER_CLUSTER");
  });

  it("let the operator's token speak for the node in each of its clusters", async () => {
    const { api, node } = await startFaces();
    await node.workspace.open(BETA);
    for (const cluster of [ALPHA, BETA]) {
      const operator = createWorkspaceClient({ apiUrl: api.url, token: OPERATOR_TOKEN, cluster });
      const { message } = await sendMessage(operator, { destination: { kind: "broadcast" }, text: "hello" });
      expect(message.from.id).to.equal("node:1");
    }
    const { body } = await ask(`${api.url}/workspace`, { headers: bearer(OPERATOR_TOKEN) });
    expect(shown(body)).to.deep.equal([String(ALPHA), String(BETA)]);
  });

  it("show an agent its own workspace alone", async () => {
    const { api, ada, node } = await twoAgents();
    await node.workspace.open(BETA);
    const { body } = await ask(`${api.url}/workspace`, { headers: bearer(ada.token) });
    expect(shown(body)).to.deep.equal([String(ALPHA)]);
  });

  it("say that the node starts, retryably", async () => {
    const { api } = await startFaces({ isStarting: true });
    const answer = await ask(`${api.url}/workspace/${ALPHA}/agents`, { headers: bearer(OPERATOR_TOKEN) });
    expect([answer.status, answer.body.code, answer.body.retryable]).to.deep.equal([
      503,
      "API_STARTING",
      true,
    ]);
  });

  for (const [what, path, init, status, code] of [
    ["a cluster that is no number", "/workspace/x/agents", {}, 400, "CLUSTER_ID_INVALID"],
    ["an unknown cluster", "/workspace/99/agents", {}, 404, "CLUSTER_UNKNOWN"],
    ["an unknown query", `/workspace/${ALPHA}/agents?a=b`, {}, 400, "WORKSPACE_INPUT_INVALID"],
    [
      "a number that is none",
      `/workspace/${ALPHA}/thread?thread=a&limit=many`,
      {},
      400,
      "WORKSPACE_INPUT_INVALID",
    ],
    [
      "a query said twice",
      `/workspace/${ALPHA}/thread?thread=a&thread=b`,
      {},
      400,
      "WORKSPACE_INPUT_INVALID",
    ],
    ["an unknown thread", `/workspace/${ALPHA}/thread?thread=a`, {}, 404, "THREAD_UNKNOWN"],
    ["a body that is no JSON", `/workspace/${ALPHA}/messages`, { body: "{" }, 400, "FACE_BODY_INVALID"],
    [
      "a body that is no object",
      `/workspace/${ALPHA}/messages`,
      { body: "[]" },
      400,
      "WORKSPACE_INPUT_INVALID",
    ],
    [
      "a body of another type",
      `/workspace/${ALPHA}/messages`,
      { body: "a", type: "text/xml" },
      415,
      "FACE_BODY_TYPE",
    ],
    [
      "a body that is too large",
      `/workspace/${ALPHA}/messages`,
      { body: JSON.stringify("a".repeat(FACE_BODY_BYTES_MAX)) },
      413,
      "FACE_BODY_TOO_LARGE",
    ],
    ["events without a WebSocket", `/workspace/${ALPHA}/events`, {}, 400, "EVENTS_WANT_WEBSOCKET"],
  ] as const) {
    it(`name ${what} as ${code}`, async () => {
      const { api } = await startFaces();
      const { body, type = "application/json" } = init as { readonly body?: string; readonly type?: string };
      const answer = await ask(api.url + path, {
        method: body === undefined ? "GET" : "POST",
        headers: { ...bearer(OPERATOR_TOKEN), ...(body === undefined ? {} : { "content-type": type }) },
        ...(body === undefined ? {} : { body }),
      });
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([status, code]);
      expect(answer.body.hint ?? answer.body.message).to.be.a("string");
    });
  }

  it("have a bug answered as one, without what it said", async () => {
    const { api, node } = await startFaces();
    node.workspace.as = () => {
      throw new TypeError("a secret");
    };
    const answer = await ask(`${api.url}/workspace/${ALPHA}/agents`, { headers: bearer(OPERATOR_TOKEN) });
    expect([answer.status, answer.body.code]).to.deep.equal([500, "API_INTERNAL"]);
    expect(JSON.stringify(answer.body)).not.to.include("secret");
  });

  it("serve the OpenAPI document of what they are", async () => {
    const { api } = await startFaces();
    const { body } = await ask(`${api.url}/openapi.json`, { headers: bearer(OPERATOR_TOKEN) });
    expect(body).to.deep.equal(JSON.parse(JSON.stringify(openApiDocument("0.0.0"))));
  });

  it("throw what was refused as the error that it was", async () => {
    const { ada } = await twoAgents();
    try {
      await readContext(ada, { key: "nothing" });
      expect.fail("it was not refused");
    } catch (error) {
      expect(error).to.be.instanceOf(PleiadError);
      expect((error as PleiadError).code).to.equal("CONTEXT_KEY_UNKNOWN");
    }
  });
});
