import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import WebSocket from "ws";
import {
  CHANGE_STREAMS_MAX,
  CHANGE_STREAMS_OPERATORS,
  CHANGE_STREAMS_PER_TOKEN_MAX,
} from "../../../../node/src/local/dashboard/limits.ts";
import { usageSchema } from "../../../../node/src/local/dashboard/usageSchemas.ts";
import {
  answered,
  clusterNamed,
  executionOf,
  HOSTILE,
  OWNER,
  startWorld,
  type World,
} from "../../../dashboard/support/daemon.ts";

describe("what the dashboard reads", () => {
  let world: World;
  let token: string;
  before(async () => {
    const coder = { kind: "acp", model: "large" };
    world = await startWorld({
      services: { coder, chat: { kind: "http", model: "small" }, once: { kind: "command" } },
    });
    token = (await world.address()).split("token=")[1] ?? "";
    for (const id of [1n, 2n, 3n]) world.clusters.push(clusterNamed(id, `cluster ${id}`));
    world.executions.push(answered(1n), executionOf(2n), executionOf(3n, { cluster: 2n }));
  });
  after(() => world.close());

  async function get(path: string, given = token) {
    const response = await fetch(world.url() + path, { headers: { authorization: `Bearer ${given}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("comes in pages, the newest first, bounded", async () => {
    const first = await get("/chain/clusters?limit=2");
    expect(first.body).to.deep.include({ total: 3, next: "2" });
    const second = await get("/chain/clusters?limit=2&before=2");
    const ids = [first, second].flatMap(({ body }) =>
      (body.clusters as { cluster: string }[]).map(({ cluster }) => cluster),
    );
    expect(ids).to.deep.equal(["3", "2", "1"]);
    expect(second.body.next).to.equal(null);
    expect((await get("/chain/clusters?limit=201")).status).to.equal(400);
    expect((await get("/chain/clusters?before=x")).body.code).to.equal("API_REQUEST_INVALID");
  });

  it("is of one cluster, or of those that run, where that is asked", async () => {
    const idsOf = async (query: string) =>
      ((await get(`/chain/executions${query}`)).body.executions as { execution: string }[]).map(
        ({ execution }) => execution,
      );
    expect(await idsOf("")).to.deep.equal(["3", "2", "1"]);
    expect(await idsOf("?cluster=2")).to.deep.equal(["3"]);
    expect(await idsOf("?state=running")).to.deep.equal(["3", "2"]);
    expect(await idsOf("?state=ended")).to.deep.equal(["1"]);
  });

  it("tells an execution with its tasks, who may answer, and what was answered", async () => {
    const running = (await get("/chain/executions/2")).body;
    const [first, second] = running.taskList as {
      state: string;
      windows: { node: string; role: string }[];
    }[];
    expect([first?.state, second?.state]).to.deep.equal(["ready", "waiting"]);
    expect(first?.windows.map(({ role }) => role)).to.deep.equal(["Node", "ModelOwner"]);
    const ended = (await get("/chain/executions/1")).body;
    const [inline, byReference] = ended.taskList as { completion: { node: string; output: object } }[];
    expect(inline?.completion.output).to.deep.include({ text: HOSTILE.text, isCut: false });
    expect(byReference?.completion.output).to.deep.include({ bytes: null, text: null, uri: HOSTILE.uri });
    expect((await get("/chain/executions/99")).status).to.equal(404);
    expect((await get("/chain/executions/x")).status).to.equal(400);
  });

  it("says what a token may and for whom", async () => {
    expect((await get("/me")).body).to.deep.include({ role: "view" });
    const user = `0x${"aa".repeat(20)}` as const;
    const made = await world.tokens.create({ kind: "user", cluster: 1n, user }, "a user");
    const { body } = await get("/me", made.token);
    expect(body).to.deep.include({ role: "act", expiresAtMs: null });
    expect(body.who).to.deep.equal({ kind: "user", cluster: "1", name: null, agent: null, user });
    expect((await get("/overview", made.token)).body.code).to.equal("ROLE_NOT_OPERATORS");
  });

  it("says what a helper can be started with, to whom it would be given", async () => {
    const { services, projects, filesMax } = (await get("/offers")).body;
    expect(services).to.deep.equal([
      { name: "coder", kind: "acp", model: "large", hasFolder: true },
      { name: "chat", kind: "http", model: "small", hasFolder: false },
    ]);
    expect([projects, filesMax]).to.deep.equal([["app"], 16]);
    const user = `0x${"aa".repeat(20)}` as const;
    for (const credential of [
      { kind: "user", cluster: 1n, user },
      { kind: "agent", agent: 0n, user },
    ] as const) {
      const made = await world.tokens.create(credential, "somebody");
      const { body } = await get("/offers", made.token);
      expect([body.services, body.projects], credential.kind).to.deep.equal([[], []]);
    }
    const owner = await world.tokens.create({ kind: "user", cluster: 1n, user: OWNER }, "the owner");
    expect((await get("/offers", owner.token)).body.projects).to.deep.equal(["app"]);
  });

  it("takes a file from its own page, and from nobody else's", async () => {
    const { token: acts } = await world.tokens.create({ kind: "node" }, "a page", { role: "act" });
    const statusFrom = async (origin: string) => {
      const headers = { authorization: `Bearer ${acts}`, "content-type": "application/octet-stream", origin };
      const response = await fetch(`${world.url()}/blobs`, { method: "POST", headers, body: "bytes" });
      return [response.status, ((await response.json()) as { readonly code?: string }).code];
    };
    expect(await statusFrom(world.url())).to.deep.equal([200, undefined]);
    expect(await statusFrom("http://attacker.example")).to.deep.equal([403, "API_ORIGIN_REFUSED"]);
  });

  it("tells what was used in the form that its document says", async () => {
    const { cluster } = { cluster: 1n };
    const ask = { agent: "helper 1/ada", service: "coder", task: undefined, cluster, user: OWNER } as const;
    await world.books.usage.add(
      {
        ...{ ...ask, atMs: 1, run: "r", model: undefined, prices: undefined, computedMicros: undefined },
        ...{
          inputTokens: 1,
          outputTokens: 2,
          cachedTokens: undefined,
          reportedMicros: undefined,
          isWhole: true,
        },
        charge: { currency: "USD", micros: 5n },
      },
      [{ kind: "agent", key: ask.agent }],
    );
    const { body } = await get("/usage");
    const parsed = usageSchema.parse(body);
    expect(parsed).to.deep.equal(body);
    expect(parsed.agent[0]?.micros).to.deep.equal({ USD: "5" });
  });

  it("tells changes to whoever has a token, until it is revoked, and to nobody else", async () => {
    const made = await world.tokens.create({ kind: "node" }, "a page", { role: "view" });
    const url = world.url().replace("http", "ws");
    const socket = new WebSocket(`${url}/changes`, ["pleiad.workspace.v1", `bearer.${made.token}`]);
    const messages: { kind: string; changes?: unknown }[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    const message = () => new Promise((resolve) => socket.once("message", resolve));
    await message();
    expect(socket.protocol).to.equal("pleiad.workspace.v1");
    const told = message();
    world.tell("execution", 3n);
    await told;
    expect(messages.map(({ kind }) => kind)).to.deep.equal(["open", "changes"]);
    expect(messages[1]?.changes).to.deep.equal([{ topic: "execution", ids: ["3"] }]);
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    await world.tokens.revoke(made.id);
    world.tell("execution", 3n);
    expect(await closed).to.equal(4403);
    const refused = new WebSocket(`${url}/changes`, ["pleiad.workspace.v1", "bearer.wrong"]);
    const [error] = await new Promise<[Error]>((resolve) => refused.once("error", (one) => resolve([one])));
    expect(error.message).to.include("401");
  });

  it("tells nobody but the operator of what the operator alone reads", async () => {
    const user = `0x${"aa".repeat(20)}` as const;
    const { token: users } = await world.tokens.create({ kind: "user", cluster: 1n, user }, "a user");
    const url = `${world.url().replace("http", "ws")}/changes`;
    const sockets = [token, users].map(
      (given) => new WebSocket(url, ["pleiad.workspace.v1", `bearer.${given}`]),
    );
    const message = (socket: WebSocket) =>
      new Promise<{ readonly changes: readonly { readonly topic: string }[] }>((resolve) =>
        socket.once("message", (data) => resolve(JSON.parse(String(data)))),
      );
    await Promise.all(sockets.map(message));
    const told = sockets.map(message);
    world.log.logger.error("something is wrong");
    world.tell("execution", 3n);
    const topics = (await Promise.all(told)).map(({ changes }) => changes.map(({ topic }) => topic));
    expect(topics).to.deep.equal([["execution", "status"], ["execution"]]);
    const gone = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of sockets) socket.terminate();
    await Promise.all(gone);
  });

  it("leaves places for the operator's pages, whatever agents' tokens open, and takes no more than some of one token", async () => {
    const sockets: WebSocket[] = [];
    const url = `${world.url().replace("http", "ws")}/changes`;
    /** Whether a page of theirs is told of changes. */
    const isTold = async (token: string) => {
      const socket = new WebSocket(url, ["pleiad.workspace.v1", `bearer.${token}`]);
      sockets.push(socket);
      return new Promise<boolean>((resolve) => {
        socket.once("message", () => resolve(true));
        socket.once("error", () => resolve(false));
        socket.once("close", () => resolve(false));
      });
    };
    const user = `0x${"aa".repeat(20)}` as const;
    let others = 0;
    const places = CHANGE_STREAMS_MAX - CHANGE_STREAMS_OPERATORS;
    for (let agent = 0n; others < places; agent += 1n) {
      const made = await world.tokens.create({ kind: "agent", agent, user }, "an agent");
      // All at once: each is looked at again when it opens.
      const told = await Promise.all(
        Array.from({ length: CHANGE_STREAMS_PER_TOKEN_MAX + 2 }, () => isTold(made.token)),
      );
      const count = told.filter(Boolean).length;
      expect(count).to.equal(Math.min(CHANGE_STREAMS_PER_TOKEN_MAX, places - others));
      others += count;
    }
    const { token: another } = await world.tokens.create({ kind: "agent", agent: 99n, user }, "an agent");
    expect(await isTold(another)).to.equal(false);
    expect(await isTold(token)).to.equal(true);
    const gone = sockets.map(
      (socket) =>
        socket.readyState === WebSocket.CLOSED || new Promise((resolve) => socket.once("close", resolve)),
    );
    for (const socket of sockets) socket.terminate();
    await Promise.all(gone);
  });

  it("serves the page with a policy, to its own name alone", async () => {
    const page = await fetch(`${world.url()}/ui/executions/1`);
    expect(page.headers.get("cache-control")).to.equal("no-store");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).to.include("default-src 'none'").and.to.include("script-src 'self';");
    expect(policy)
      .to.include("trusted-types 'none'")
      .and.to.include("frame-ancestors 'none'")
      .and.not.to.include("unsafe");
    const html = await page.text();
    expect(html).to.not.match(/<script(?![^>]*\ssrc=)/);
    const asset = /\/assets\/[^"]+\.js/.exec(html)?.[0] ?? "";
    const script = await fetch(world.url() + asset);
    expect(script.headers.get("cache-control")).to.include("immutable");
    expect(script.headers.get("x-content-type-options")).to.equal("nosniff");
    const elsewhere = await fetch(world.url(), { headers: { origin: "http://attacker.example" } });
    expect(elsewhere.status).to.equal(403);
    expect((await fetch(`${world.url()}/assets/..%2fpackage.json`)).status).to.equal(404);
  });
});
