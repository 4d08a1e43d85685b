import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { WebSocket } from "ws";
import {
  EVENT_MESSAGE_BYTES_MAX,
  EVENT_STREAMS_MAX,
  EVENT_STREAMS_OPERATORS,
  EVENT_STREAMS_PER_TOKEN_MAX,
} from "../../../../node/src/workspace/face/limits.ts";
import { CHANGE_TEXT_CHARS_MAX } from "../../../../node/src/workspace/limits.ts";
import { createWorkspaceClient } from "../../../../sdk/src/workspace/createWorkspaceClient.ts";
import { watchWorkspace } from "../../../../sdk/src/workspace/watchWorkspace.ts";
import { writeContext } from "../../../../sdk/src/workspace/writeContext.ts";
import { OPERATOR_TOKEN, startFaces, type TestFaces } from "../faces.ts";
import { ALICE, ALPHA, BETA, BOB } from "../support.ts";

const open: WebSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate();
});

/** A stream of events, with what it said so far. */
async function stream({ api }: TestFaces, token: string, cluster = ALPHA) {
  const socket = new WebSocket(
    `${api.url.replace("http", "ws")}/workspace/${cluster}/events`,
    "pleiad.workspace.v1",
    { headers: { authorization: `Bearer ${token}` } },
  );
  open.push(socket);
  const said: unknown[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  socket.on("message", (data) => {
    said.push(JSON.parse(String(data)));
    for (const one of waiting) if (said.length >= one.count) one.resolve();
  });
  await once(socket, "open");
  return {
    socket,
    said,
    async until(count: number) {
      if (said.length >= count) return;
      await new Promise<void>((resolve) => waiting.push({ count, resolve }));
    },
    async closed(): Promise<[code: number, reason: string]> {
      const [code, reason] = await once(socket, "close");
      return [code, String(reason)];
    },
  };
}

/** Status of the answer to a handshake that is refused. */
async function refusedStatus(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url, "pleiad.workspace.v1", { headers });
  open.push(socket);
  const [, response] = await once(socket, "unexpected-response");
  response.resume();
  socket.on("error", () => undefined);
  return response.statusCode;
}

describe("workspace events", () => {
  it("tell who changed what, with the start of its text and no more, and nothing of other clusters", async () => {
    const faces = await startFaces();
    await faces.node.workspace.open(BETA);
    const { said, until } = await stream(faces, await faces.token());
    await faces.node.as({ kind: "node", cluster: BETA }).writeContext({ key: "other", value: "secret" });
    const value = `a plan\n${"x".repeat(500)}`;
    const { version } = await faces.node.operator().writeContext({ key: "plan", value });
    await until(2);
    expect(said).to.deep.equal([
      { kind: "open", cluster: String(ALPHA) },
      {
        kind: "change",
        cluster: String(ALPHA),
        view: "context",
        type: "context.written",
        id: version,
        author: { id: "node:1", kind: "node", name: "node:1", node: "1" },
        about: "plan",
        text: `a plan ${"x".repeat(CHANGE_TEXT_CHARS_MAX - 8)}…`,
      },
    ]);
  });

  it("tell nobody of what is another's more than that there is something", async () => {
    const faces = await startFaces();
    const { node } = faces;
    const ofAda = await stream(faces, await faces.token());
    const ofBob = await stream(faces, await faces.token({ kind: "user", cluster: ALPHA, user: BOB }));
    const ada = node.agent(1n);
    await ada.remember({ text: "alice drinks tea" });
    await ada.postToThread({ thread: "plans", text: "to the sea" });
    await ada.sendMessage({ destination: { kind: "direct", to: "ben" }, text: "psst" });
    await ada.spawnJob({ to: "ben", prompt: "count", thread: "plans" });
    await ada.writeContext({ key: "plan", value: "secret" });
    await ada.reserveFiles({ folder: "shop", paths: ["a.ts"] });
    await ada.updateRules({ text: "be kind" });
    const all = 9;
    await ofAda.until(all);
    await ofBob.until(all);
    const seen = ({ said }: typeof ofAda) =>
      (said as { type?: string; about?: string; text?: string; author?: { name: string } }[])
        .slice(1)
        .map(({ type, author, about, text }) => [type, author?.name, about, text]);
    expect(seen(ofAda)).to.deep.equal([
      ["memory.remembered", "ada", undefined, "alice drinks tea"],
      ["thread.posted", "ada", "plans", "to the sea"],
      ["message.sent", "ada", "to ben", "psst"],
      ["job.spawned", "ada", "to ben, thread plans", "count"],
      ["job.spawned", "ada", "to ben, thread plans", "count"],
      ["context.written", "ada", "plan", "secret"],
      ["files.reserved", "ada", "shop", "a.ts"],
      ["rules.updated", "ada", undefined, "be kind"],
    ]);
    expect(seen(ofBob)).to.deep.equal([
      ...seen(ofAda)
        .slice(0, -1)
        .map(([type]) => [type, undefined, undefined, undefined]),
      ["rules.updated", "ada", undefined, "be kind"],
    ]);
  });

  it("end, typed, when the token is revoked", async () => {
    const faces = await startFaces();
    const { closed } = await stream(faces, await faces.token());
    const end = closed();
    const [entry] = await faces.tokens.list();
    await faces.tokens.revoke(entry?.id ?? "");
    await faces.node.operator().writeContext({ key: "plan", value: "secret" });
    expect(await end).to.deep.equal([4403, "TOKEN_WRONG"]);
  });

  it("end, typed, when the agent leaves the cluster", async () => {
    const faces = await startFaces();
    const { said, closed } = await stream(faces, await faces.token());
    const end = closed();
    const ada = faces.net.chain.agents.get(1n);
    if (ada !== undefined) ada.clusters = [];
    await faces.node.operator().writeContext({ key: "plan", value: "secret" });
    expect(await end).to.deep.equal([4403, "AGENT_NOT_IN_CLUSTER"]);
    expect(said).to.have.length(1);
  });

  it("cut a reader that takes nothing, typed, and hold no more than the bound for it", async () => {
    const bufferBytesMax = 4_096;
    const faces = await startFaces({ eventBufferBytesMax: bufferBytesMax });
    const { socket, said, closed } = await stream(faces, await faces.token());
    socket.pause();
    const end = closed();
    // The system's own buffers take some megabytes first.
    const type = "x".repeat(64 * 1024);
    let told = 0;
    for (; told < 400; told += 1) {
      faces.tellChange({ cluster: ALPHA, view: "context", type });
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    expect(await end).to.deep.equal([4408, "EVENTS_SLOW_READER"]);
    expect(said.length).to.be.lessThan(told);
  });

  it("refuse a wrong token, a foreign page and a foreign cluster before they begin", async () => {
    const faces = await startFaces();
    const token = await faces.token();
    const url = `${faces.api.url.replace("http", "ws")}/workspace/${ALPHA}/events`;
    const auth = { authorization: `Bearer ${token}` };
    expect(await refusedStatus(url, {})).to.equal(401);
    expect(await refusedStatus(url, { ...auth, origin: "http://attacker.example" })).to.equal(403);
    expect(await refusedStatus(url.replace(`/${ALPHA}/`, `/${BETA}/`), auth)).to.equal(403);
    expect(await refusedStatus(url.replace(`/${ALPHA}/`, "/99/"), auth)).to.equal(403);
  });

  it("are open to a bounded number of readers, some of them with one token, and some of them the operator's", async () => {
    const faces = await startFaces();
    const url = `${faces.api.url.replace("http", "ws")}/workspace/${ALPHA}/events`;
    const fill = async (token: string, count: number) => {
      await Promise.all(Array.from({ length: count }, () => stream(faces, token)));
      expect(await refusedStatus(url, { authorization: `Bearer ${token}` })).to.equal(503);
    };
    await fill(await faces.token(), EVENT_STREAMS_PER_TOKEN_MAX);
    await fill(
      await faces.token(),
      EVENT_STREAMS_MAX - EVENT_STREAMS_OPERATORS - EVENT_STREAMS_PER_TOKEN_MAX,
    );
    await fill(OPERATOR_TOKEN, EVENT_STREAMS_OPERATORS);
  });

  it("listen to nothing that a reader says, and close on one who says much", async () => {
    const faces = await startFaces();
    const { socket, closed } = await stream(faces, OPERATOR_TOKEN);
    const end = closed();
    socket.send("x".repeat(EVENT_MESSAGE_BYTES_MAX));
    socket.send("x".repeat(EVENT_MESSAGE_BYTES_MAX + 1));
    expect(await end).to.deep.equal([1009, "EVENTS_MESSAGE_TOO_LARGE"]);
  });

  it("end with the daemon", async () => {
    const faces = await startFaces();
    const { closed } = await stream(faces, OPERATOR_TOKEN);
    const end = closed();
    await faces.api.stop();
    expect(await end).to.deep.equal([1001, "DAEMON_STOPPING"]);
  });

  it("do not keep the daemon from stopping where a reader takes nothing", async () => {
    const faces = await startFaces();
    const { socket } = await stream(faces, OPERATOR_TOKEN);
    socket.pause();
    await faces.api.stop();
  });

  it("let a reader that goes without a word leave nothing behind", async () => {
    const faces = await startFaces();
    const { hostname, port } = new URL(faces.api.url);
    const raw = connect(Number(port), hostname);
    await once(raw, "connect");
    raw.write(
      [
        `GET /workspace/${ALPHA}/events HTTP/1.1`,
        `Host: ${hostname}:${port}`,
        `Authorization: Bearer ${OPERATOR_TOKEN}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "\r\n",
      ].join("\r\n"),
    );
    await once(raw, "data");
    raw.destroy();
    await faces.api.stop();
  });

  it("reach the SDK's reader, which says why they ended", async () => {
    const faces = await startFaces();
    const token = await faces.token({ kind: "agent", agent: 1n, user: ALICE });
    const client = createWorkspaceClient({ apiUrl: faces.api.url, token, cluster: ALPHA });
    const events = watchWorkspace(client);
    const opened = await events.next();
    expect(opened.value).to.deep.equal({ kind: "open", cluster: String(ALPHA) });
    await writeContext(client, { key: "plan", value: "one" });
    expect((await events.next()).value).to.deep.include({ kind: "change", view: "context" });
    const [entry] = await faces.tokens.list();
    await faces.tokens.revoke(entry?.id ?? "");
    await faces.node.operator().writeContext({ key: "plan", value: "two" });
    try {
      await events.next();
      expect.fail("it did not end");
    } catch (error) {
      expect((error as { code?: string }).code).to.equal("TOKEN_WRONG");
    }
  });
});
