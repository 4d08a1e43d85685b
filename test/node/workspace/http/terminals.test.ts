import { once } from "node:events";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { pino } from "pino";
import { WebSocket } from "ws";
import { createTerminals } from "../../../../node/src/agents/terminals/terminals.ts";
import {
  TERMINAL_MESSAGE_BYTES_MAX,
  TERMINAL_STREAMS_MAX,
  TERMINAL_STREAMS_OPERATORS,
  TERMINAL_STREAMS_PER_TOKEN_MAX,
} from "../../../../node/src/workspace/face/limits.ts";
import {
  type TerminalServerMessage,
  terminalMessageSchema,
  terminalsSchema,
  terminalTextSchema,
} from "../../../../node/src/workspace/http/terminalMessages.ts";
import { type TestSource, testSource, until } from "../../agents/terminals/support.ts";
import { OPERATOR_TOKEN, startFaces, type TestFaces } from "../faces.ts";
import { ALICE, ALPHA, BETA, BOB } from "../support.ts";

const sockets: WebSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

async function start() {
  const terminals = createTerminals({ logger: pino({ level: "silent" }) });
  const faces = await startFaces({ terminals });
  const open = async (name: string, user?: string) => {
    const source = testSource();
    const terminal = await terminals.open({
      cluster: ALPHA,
      name,
      source,
      size: { columns: 80, rows: 24 },
      ...(user === undefined ? {} : { user }),
    });
    return { source, terminal };
  };
  const ada = await open("ada", ALICE);
  return { faces, terminals, open, ...ada };
}

const pathOf = ({ api }: TestFaces, name: string, cluster = ALPHA) =>
  `${api.url}/workspace/${cluster}/terminals${name === "" ? "" : `/${name}`}`;

/** A viewer, with what it was told so far. */
async function view(faces: TestFaces, token: string, name = "ada") {
  const socket = new WebSocket(pathOf(faces, name).replace("http", "ws"), "pleiad.workspace.v1", {
    headers: { authorization: `Bearer ${token}` },
  });
  sockets.push(socket);
  const told: TerminalServerMessage[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data) => {
    told.push(terminalMessageSchema.parse(JSON.parse(String(data))));
    for (const wake of waiting.splice(0)) wake();
  });
  const closed = once(socket, "close").then(([code, reason]) => [code, String(reason)]);
  await once(socket, "open");
  return {
    socket,
    told,
    closed,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    async until(holds: () => boolean) {
      while (!holds()) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

async function refusedStatus(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(url.replace("http", "ws"), "pleiad.workspace.v1", { headers });
  sockets.push(socket);
  const [, response] = await once(socket, "unexpected-response");
  response.resume();
  socket.on("error", () => undefined);
  return response.statusCode;
}

async function ask(url: string, token: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() };
}

const kinds = (told: readonly TerminalServerMessage[]) => told.map(({ kind }) => kind);
const typed = async (source: TestSource, terminal: { changed(): Promise<void> }, count: number) => {
  while (source.typed.length < count) {
    source.print(".");
    await terminal.changed();
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe("workspace terminals", () => {
  it("show the screen and what follows, and take what the operator types", async () => {
    const { faces, source, terminal } = await start();
    source.print("hello");
    await terminal.changed();
    const { told, send, until, closed } = await view(faces, OPERATOR_TOKEN);
    await until(() => told.length >= 2);
    expect(told[0]).to.deep.equal({
      kind: "open",
      terminal: {
        name: "ada",
        kind: "program",
        columns: 80,
        rows: 24,
        viewers: 0,
        mayType: true,
        state: "running",
      },
    });
    expect(told[1]).to.deep.include({ kind: "screen", columns: 80, rows: 24 });
    source.print(" you");
    await until(() => told.length >= 3);
    expect(told[2]).to.deep.equal({ kind: "output", data: " you" });
    send({ kind: "resize", columns: 100, rows: 30 });
    send({ kind: "input", data: "ls\r" });
    await until(() => kinds(told).filter((kind) => kind === "screen").length === 2);
    expect(told.at(-1)).to.deep.include({ kind: "screen", columns: 100, rows: 30 });
    await typed(source, terminal, 1);
    expect(source.typed).to.deep.equal(["ls\r"]);
    source.finish();
    expect(await closed).to.deep.equal([1000, "TERMINAL_ENDED"]);
    expect(told.at(-1)).to.deep.equal({ kind: "end", why: "finished", exitCode: 0 });
  });

  it("leave whoever pauses alone until they resume, who then get the screen, whatever their right", async () => {
    const { faces, open } = await start();
    const { source } = await open("free");
    const bob = await view(faces, await faces.token({ kind: "user", cluster: ALPHA, user: BOB }), "free");
    const { told, send, until: untilTold } = bob;
    await untilTold(() => told.length >= 2);
    send({ kind: "pause" });
    // Refused, and so a sign that what was sent before it is heeded.
    send({ kind: "input", data: "x" });
    await untilTold(() => kinds(told).includes("refused"));
    source.print("unseen");
    const other = await view(faces, OPERATOR_TOKEN, "free");
    await other.until(() => JSON.stringify(other.told).includes("unseen"));
    expect(kinds(told)).to.deep.equal(["open", "screen", "refused"]);
    send({ kind: "resume" });
    await untilTold(() => told.length >= 4);
    expect(told[3]).to.include({ kind: "screen", leftOut: "unseen".length });
    expect(JSON.stringify(told[3])).to.include("unseen");
  });

  it("are for the operator, and for the user for whom the agent works; agents may neither look nor type", async () => {
    const { faces, open } = await start();
    await open("free");
    const tokens = {
      alice: await faces.token({ kind: "user", cluster: ALPHA, user: ALICE }),
      bob: await faces.token({ kind: "user", cluster: ALPHA, user: BOB }),
      agent: await faces.token({ kind: "agent", agent: 1n, user: ALICE }),
    };
    const seen = async (token: string) =>
      terminalsSchema
        .parse((await ask(pathOf(faces, ""), token)).body)
        .terminals.map(({ name, mayType }) => `${name} ${mayType ? "type" : "view"}`);
    expect(await seen(OPERATOR_TOKEN)).to.deep.equal(["ada type", "free type"]);
    expect(await seen(tokens.alice)).to.deep.equal(["ada type", "free view"]);
    expect(await seen(tokens.bob)).to.deep.equal(["free view"]);
    expect(await seen(tokens.agent)).to.deep.equal([]);
    for (const token of [tokens.bob, tokens.agent]) {
      expect(await refusedStatus(pathOf(faces, "ada"), { authorization: `Bearer ${token}` })).to.equal(403);
      expect((await ask(pathOf(faces, "ada"), token)).body).to.include({ code: "TERMINAL_NOT_ALLOWED" });
    }
    const { told, send, until } = await view(faces, tokens.bob, "free");
    send({ kind: "input", data: "x" });
    await until(() => kinds(told).includes("refused"));
    expect(told.at(-1)).to.include({ code: "TERMINAL_VIEW_ONLY", retryable: false });
    send({ kind: "resize", columns: 20, rows: 20 });
    await until(() => kinds(told).filter((kind) => kind === "refused").length === 2);
  });

  it("refuse a wrong token, a foreign page, a foreign cluster and an unknown name before they begin", async () => {
    const { faces } = await start();
    const auth = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    const token = await faces.token({ kind: "user", cluster: BETA, user: ALICE });
    expect(await refusedStatus(pathOf(faces, "ada"), {})).to.equal(401);
    expect(
      await refusedStatus(pathOf(faces, "ada"), { ...auth, origin: "http://attacker.example" }),
    ).to.equal(403);
    expect(await refusedStatus(pathOf(faces, "ada"), { authorization: `Bearer ${token}` })).to.equal(403);
    expect(await refusedStatus(pathOf(faces, "nobody"), auth)).to.equal(404);
    expect((await ask(pathOf(faces, "nobody"), OPERATOR_TOKEN)).body).to.include({
      code: "TERMINAL_UNKNOWN",
    });
  });

  it("let nobody type whose token was revoked, from the next key on", async () => {
    const { faces, source } = await start();
    const { send, closed } = await view(
      faces,
      await faces.token({ kind: "user", cluster: ALPHA, user: ALICE }),
    );
    const [entry] = await faces.tokens.list();
    await faces.tokens.revoke(entry?.id ?? "");
    send({ kind: "input", data: "rm -rf /\r" });
    expect(await closed).to.deep.equal([4403, "TOKEN_WRONG"]);
    expect(source.typed).to.deep.equal([]);
  });

  it("end, typed, soon after the token of one who only looks is revoked", async () => {
    const { faces } = await start();
    const { closed } = await view(faces, await faces.token({ kind: "user", cluster: ALPHA, user: ALICE }));
    const [entry] = await faces.tokens.list();
    await faces.tokens.revoke(entry?.id ?? "");
    expect(await closed).to.deep.equal([4403, "TOKEN_WRONG"]);
  });

  it("take no message of another form", async () => {
    const { faces } = await start();
    for (const message of [
      "no json",
      "{}",
      JSON.stringify({ kind: "input", data: "" }),
      JSON.stringify({ kind: "input", data: "x".repeat(16_385) }),
      JSON.stringify({ kind: "input", data: "x", more: 1 }),
      JSON.stringify({ kind: "resize", columns: -1, rows: 1e9 }),
      Buffer.from([1, 2, 3]),
    ]) {
      const { socket, closed } = await view(faces, OPERATOR_TOKEN);
      socket.send(message);
      expect(await closed).to.deep.equal([4400, "TERMINAL_MESSAGE_INVALID"]);
    }
    const { socket, closed } = await view(faces, OPERATOR_TOKEN);
    socket.send("x".repeat(TERMINAL_MESSAGE_BYTES_MAX + 1));
    expect((await closed)[0]).to.equal(1009);
  });

  it("say what stands on them in plain text", async () => {
    const { faces, source, terminal } = await start();
    for (let line = 0; line < 100; line += 1) source.print(`\u001b[31mline ${line}\u001b[0m\r\n`);
    await until(terminal, () => terminal.text("screen").lines.includes("line 99"));
    const screen = terminalTextSchema.parse((await ask(pathOf(faces, "ada"), OPERATOR_TOKEN)).body);
    expect(screen.lines).to.have.length(24);
    expect(screen.lines.at(-2)).to.equal("line 99");
    expect(screen.cursor).to.deep.equal({ column: 0, row: 23 });
    const all = terminalTextSchema.parse(
      (await ask(`${pathOf(faces, "ada")}?part=all`, OPERATOR_TOKEN)).body,
    );
    expect(all.lines[0]).to.equal("line 0");
    expect((await ask(`${pathOf(faces, "ada")}?part=some`, OPERATOR_TOKEN)).status).to.equal(400);
  });

  it("are open to a bounded number of connections, some of them with one token, and some of them the operator's", async () => {
    const { faces, open } = await start();
    const names = ["agent-0", "agent-1", "agent-2", "agent-3"];
    for (const name of names) await open(name);
    let last = 0;
    const fill = async (token: string, count: number) => {
      await Promise.all(
        Array.from({ length: count }, () => view(faces, token, names[last++ % names.length])),
      );
      expect(await refusedStatus(pathOf(faces, "ada"), { authorization: `Bearer ${token}` })).to.equal(503);
    };
    const user = { kind: "user", cluster: ALPHA, user: ALICE } as const;
    await fill(await faces.token(user), TERMINAL_STREAMS_PER_TOKEN_MAX);
    await fill(
      await faces.token(user),
      TERMINAL_STREAMS_MAX - TERMINAL_STREAMS_OPERATORS - TERMINAL_STREAMS_PER_TOKEN_MAX,
    );
    await fill(OPERATOR_TOKEN, TERMINAL_STREAMS_OPERATORS);
  });

  it("end with the daemon", async () => {
    const { faces } = await start();
    const { closed } = await view(faces, OPERATOR_TOKEN);
    await faces.api.stop();
    expect(await closed).to.deep.equal([1001, "DAEMON_STOPPING"]);
  });

  it("spare a viewer that takes nothing what lies between, and show it the end", async () => {
    const { faces, source, terminal } = await start();
    const { socket, told, closed } = await view(faces, OPERATOR_TOKEN);
    socket.pause();
    const chunk = `${"x".repeat(78)}\r\n`.repeat(500);
    const total = 24_000_000;
    for (let printed = 0; printed < total; printed += chunk.length) {
      source.print(chunk);
      if (source.paused()) await terminal.changed();
    }
    source.print("the very end");
    source.finish();
    await terminal.ended;
    socket.resume();
    expect(await closed).to.deep.equal([1000, "TERMINAL_ENDED"]);
    const bytes = told.reduce((sum, message) => sum + ("data" in message ? message.data.length : 0), 0);
    expect(bytes).to.be.lessThan(total);
    const [screen, end] = told.slice(-2);
    expect(kinds(told.slice(-2))).to.deep.equal(["screen", "end"]);
    expect(screen).to.have.property("data").that.contains("the very end");
    expect(end).to.deep.equal({ kind: "end", why: "finished", exitCode: 0 });
  });
});
