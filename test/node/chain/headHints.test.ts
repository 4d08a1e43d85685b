import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import {
  createHeadHints,
  HEADS_BACKOFF_BASE_MS,
  HEADS_BACKOFF_MAX_MS,
  HEADS_BYTES_PER_SECOND_MAX,
  HEADS_FRAMES_PER_SECOND_MAX,
  HEADS_HINTS_PER_SECOND_MAX,
  HEADS_MESSAGE_BYTES_MAX,
  HEADS_PING_INTERVAL_MS,
  HEADS_STABLE_MS,
  HEADS_TIMEOUT_MS,
  type HeadHints,
} from "../../../node/src/chain/headHints.ts";
import { SOCKET_PARTS_MAX } from "../../../node/src/chain/textSocket.ts";
import {
  type HeadClient,
  type HeadServer,
  HINT,
  headOf,
  startHeadServer,
} from "../../fixtures/headSocket.ts";
import { logger, type ManualClock, manualClock, until } from "./helpers.ts";

const TEXT = 0x81;
const PING = 0x89;

describe("head hints", () => {
  let server: HeadServer;
  let clock: ManualClock;
  let hints: HeadHints;
  let heard: number;

  beforeEach(async () => {
    server = await startHeadServer();
    clock = manualClock();
    heard = 0;
    hints = createHeadHints({ url: server.url }, { logger, clock, random: () => 0 });
  });
  afterEach(async () => {
    hints.stop();
    await server.stop();
  });

  const listen = () =>
    hints.start(() => {
      heard += 1;
    });

  /** The connection of this number, once it hears of blocks. */
  async function live(count = 1): Promise<HeadClient> {
    await until(() => server.clients.length === count && hints.isLive(), `connection ${count} is live`);
    return server.clients[count - 1] as HeadClient;
  }

  /** Waits for the end of a connection, and answers what it ended with. */
  async function ended(code: string): Promise<string> {
    await until(() => !hints.isLive() && hints.error()?.code === code, `ended with ${code}`);
    return hints.error()?.message ?? "";
  }

  it("subscribe, hint once for what came before, and once for each block after that", async () => {
    listen();
    const client = await live();
    expect(JSON.parse(client.said[0] ?? "")).to.deep.include({
      method: "eth_subscribe",
      params: ["newHeads"],
    });
    expect(heard).to.equal(1);
    for (let block = 2; block <= 5; block++) {
      server.hint();
      await until(() => heard === block, `hint ${block}`);
    }
    expect(hints.error()).to.equal(undefined);
  });

  it("hear a message that comes in parts, and answer a ping between them", async () => {
    listen();
    const client = await live();
    client.frame(0x01, Buffer.from(HINT.slice(0, 20)));
    client.frame(PING, Buffer.from("still there?"));
    client.frame(0x80, Buffer.from(HINT.slice(20)));
    await until(() => heard === 2, "the hint");
    await until(() => client.pongs.length === 1, "the answer to the ping");
    expect(client.pongs).to.deep.equal(["still there?"]);
    const bytes = Buffer.concat([headOf(TEXT, HINT.length), Buffer.from(HINT)]);
    for (const byte of bytes) client.raw(Buffer.from([byte]));
    await until(() => heard === 3, "the hint that came byte by byte");
  });

  it("go on without the socket, wait longer each time, and come back", async () => {
    listen();
    for (const [index, waitMs] of [HEADS_BACKOFF_BASE_MS / 2, HEADS_BACKOFF_BASE_MS].entries()) {
      (await live(index + 1)).cut();
      await ended("HEADS_UNREACHABLE");
      expect(clock.waits()).to.deep.equal([waitMs]);
      clock.advance(waitMs - 1);
      expect(server.clients).to.have.length(index + 1);
      clock.advance(1);
    }
    await live(3);
    clock.advance(HEADS_STABLE_MS - HEADS_PING_INTERVAL_MS * 3);
    for (let i = 0; i < 3; i++) {
      const before = heard;
      server.hint();
      await until(() => heard > before, "it is alive");
      clock.advance(HEADS_PING_INTERVAL_MS);
    }
    server.hint();
    server.clients[2]?.cut();
    await ended("HEADS_UNREACHABLE");
    expect(clock.waits(), "a good connection makes up for those before").to.deep.equal([
      HEADS_BACKOFF_BASE_MS / 2,
    ]);
  });

  it("never wait longer than their limit, and log the 1st, 2nd, 4th, 8th … failure", async () => {
    const lines: { readonly level: number; readonly failures: number }[] = [];
    const noting = pino({ level: "debug" }, { write: (line) => void lines.push(JSON.parse(line)) });
    hints = createHeadHints(
      { url: "ws://127.0.0.1:1/secret" },
      { logger: noting, clock, random: () => 0.999 },
    );
    listen();
    for (let failures = 1; failures <= 10; failures++) {
      await until(() => clock.waits().length === 1, `failure ${failures}`);
      expect(clock.waits()[0]).to.be.at.most(HEADS_BACKOFF_MAX_MS);
      clock.advance(clock.waits()[0] ?? 0);
    }
    const warned = lines.filter(({ level }) => level === 40).map(({ failures }) => failures);
    expect(warned).to.deep.equal([1, 2, 4, 8]);
    expect(JSON.stringify(lines)).not.to.include("secret");
  });

  it("find out about a connection that is dead without having been closed", async () => {
    listen();
    await live();
    clock.advance(HEADS_PING_INTERVAL_MS);
    expect(hints.isLive(), "asked").to.equal(true);
    clock.advance(HEADS_PING_INTERVAL_MS);
    expect(await ended("HEADS_UNREACHABLE")).to.include("nothing heard");
  });

  for (const [answer, code, says] of [
    ["refuses", "HEADS_INVALID", "refuses"],
    ["status", "HEADS_UNREACHABLE", "HTTP status 403"],
    ["handshake", "HEADS_INVALID", "no WebSocket"],
  ] as const) {
    it(`say what is wrong with an endpoint: ${answer}`, async () => {
      server.answer = answer;
      listen();
      const message = await ended(code);
      expect(message).to.include(says).and.not.to.include("key-of-the-operator");
      expect(heard).to.equal(0);
      server.answer = "takes";
      clock.advance(HEADS_BACKOFF_BASE_MS);
      await until(() => hints.isLive(), "the next one is live");
    });
  }

  it("give an endpoint up that does not answer the subscription", async () => {
    server.answer = "hangs";
    listen();
    await until(() => server.clients[0]?.said.length === 1, "it was asked");
    clock.advance(HEADS_TIMEOUT_MS);
    expect(await ended("HEADS_UNREACHABLE")).to.include("no subscription");
  });

  for (const [name, send] of [
    ["a huge frame, by its length alone", (client) => client.raw(headOf(TEXT, HEADS_MESSAGE_BYTES_MAX + 1))],
    ["a frame longer than memory", (client) => client.raw(Buffer.from("817fffffffffffffffff", "hex"))],
    [
      "a huge message in parts",
      (client) => {
        client.frame(0x01, Buffer.alloc(HEADS_MESSAGE_BYTES_MAX / 2));
        client.frame(0x00, Buffer.alloc(HEADS_MESSAGE_BYTES_MAX / 2 + 1));
      },
    ],
    ["a long ping", (client) => client.frame(PING, Buffer.alloc(126))],
    ["a masked frame", (client) => client.raw(Buffer.from([TEXT, 0x81, 0, 0, 0, 0, 65]))],
    ["a compressed frame", (client) => client.frame(0xc1, Buffer.from("x"))],
    ["a binary frame", (client) => client.frame(0x82, Buffer.from("x"))],
    ["the end of a message that did not begin", (client) => client.frame(0x80, Buffer.from("x"))],
    ["what is no JSON", (client) => client.say("block!")],
  ] as const satisfies readonly (readonly [string, (client: HeadClient) => void])[]) {
    it(`end a connection for ${name}`, async () => {
      listen();
      const client = await live();
      send(client);
      await ended("HEADS_INVALID");
      await until(() => client.isGone(), "it was closed");
      expect(heard).to.equal(1);
    });
  }

  it("pass on no more than their rate, and the last of a burst at the second's end", async () => {
    listen();
    await live();
    for (let i = 0; i < HEADS_HINTS_PER_SECOND_MAX + 20; i++) server.hint();
    await until(
      () => heard === HEADS_HINTS_PER_SECOND_MAX && clock.waits().includes(1_000),
      "the rate is used up",
    );
    clock.advance(1_000);
    expect(heard).to.equal(HEADS_HINTS_PER_SECOND_MAX + 1);
    server.hint();
    await until(() => heard === HEADS_HINTS_PER_SECOND_MAX + 2, "the next second's hints come at once");
  });

  for (const [name, send] of [
    ["hints", (client) => client.say(HINT)],
    ["pings", (client) => client.frame(PING, Buffer.alloc(0))],
  ] as const satisfies readonly (readonly [string, (client: HeadClient) => void])[]) {
    it(`end a connection that floods with ${name}`, async () => {
      listen();
      const client = await live();
      for (let i = 0; i <= HEADS_FRAMES_PER_SECOND_MAX; i++) send(client);
      expect(await ended("HEADS_INVALID")).to.include("frames a second");
      expect(heard).to.be.at.most(HEADS_HINTS_PER_SECOND_MAX + 1);
    });
  }

  it("end a connection that floods with parts of which nothing ever comes", async () => {
    listen();
    const client = await live();
    client.frame(0x01, Buffer.from("{"));
    const empty = headOf(0x00, 0);
    client.raw(Buffer.concat(Array<Buffer>(1 + HEADS_BYTES_PER_SECOND_MAX / empty.length).fill(empty)));
    expect(await ended("HEADS_INVALID")).to.include("bytes a second");
    await until(() => client.isGone(), "it was closed");
    expect(heard).to.equal(1);
  });

  it("end a connection that cuts a message into too many parts", async () => {
    listen();
    const client = await live();
    client.frame(0x01, Buffer.from("{"));
    for (let i = 0; i <= SOCKET_PARTS_MAX; i++) client.frame(0x00, Buffer.from(" "));
    await ended("HEADS_INVALID");
    await until(() => client.isGone(), "it was closed");
    expect(heard).to.equal(1);
  });

  it("leave nothing behind when they are stopped, connected or waiting", async () => {
    listen();
    const client = await live();
    hints.stop();
    await until(() => client.isGone(), "it was closed");
    expect(clock.waits()).to.deep.equal([]);
    hints = createHeadHints({ url: server.url }, { logger, clock, random: () => 0 });
    listen();
    (await live(2)).cut();
    await ended("HEADS_UNREACHABLE");
    hints.stop();
    expect(clock.waits()).to.deep.equal([]);
  });
});
