import { expect } from "chai";
import { describe, it } from "mocha";
import { toBytes } from "viem";
import type { LogHandler, PeerName, Verdict } from "../../../node/src/network/carrierTypes.ts";
import { sealEnvelope } from "../../../node/src/network/envelope.ts";
import { networkError } from "../../../node/src/network/errors.ts";
import {
  ANSWER_BYTES_BURST,
  ANSWER_BYTES_PER_SECOND,
  ASK_KIND_CHARACTERS_MAX,
  LOG_ANSWER_BYTES_MAX,
  LOG_FRAME_BYTES_MAX,
  LOG_MESSAGE_BYTES_MAX,
  LOG_QUESTION_BYTES_MAX,
  NODE_QUESTION_BYTES_MAX,
} from "../../../node/src/network/limits.ts";
import { LOG_PROTOCOL } from "../../../node/src/network/logProtocol.ts";
import { frame } from "../../../node/src/network/streams.ts";
import type { Network } from "../../../node/src/network/types.ts";
import {
  CLUSTER,
  certify,
  codeOf,
  connect,
  DirectoryFake,
  eventually,
  make,
  meshed,
  open,
  openRogue,
  type Rogue,
  register,
  TOPICS,
  until,
} from "./support.ts";

const TOPIC = TOPICS.log(CLUSTER);

interface Heard {
  readonly text: string;
  readonly sender: PeerName;
  readonly from: PeerName;
}

/** Takes everything, or as `judge` says, and notes it. */
function listen(network: Network, judge: (text: string) => Verdict = () => "accept"): Heard[] {
  const heard: Heard[] = [];
  network.joinLog(CLUSTER, (bytes, sender, from) => {
    const text = Buffer.from(bytes).toString();
    heard.push({ text, sender, from });
    return judge(text);
  });
  return heard;
}

const nameOf = (network: Network, node: bigint): PeerName => ({ peer: network.peerId, node });

/** Two that know each other. @param prepare runs before they meet: each then hears at once what the other listens to */
async function pair(
  prepare: (a: Network, b: Network) => void = () => undefined,
): Promise<readonly [Network, Network]> {
  const directory = new DirectoryFake();
  const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
  const [a, b] = [await open(directory, n1), await open(directory, n2)];
  prepare(a, b);
  await connect(b, a);
  await meshed(a, b);
  return [a, b];
}

/** A certified peer that does as it likes, and listens to the log. */
async function intrude(network: Network, directory: DirectoryFake, handlers = {}): Promise<Rogue> {
  const node = register(directory, 3n);
  const rogue = await openRogue((identity) => certify(node, identity), handlers);
  await rogue.dial(network);
  await until("gossip flows", () => rogue.node.services.pubsub.getSubscribers(TOPIC).length === 1);
  return rogue;
}

describe("log topics", () => {
  it("carry bytes to those who listen, naming who wrote them and who passed them on", async () => {
    const directory = new DirectoryFake();
    const nodes = [register(directory, 1n), register(directory, 2n), register(directory, 3n)] as const;
    const a = await open(directory, nodes[0]);
    const b = await open(directory, nodes[1]);
    const c = await open(directory, nodes[2]);
    const [heardByA, heardByC] = [listen(a), listen(c)];
    listen(b);
    await connect(b, a);
    await connect(c, a);
    await until("a knows both", () => a.presence.list().length === 2);
    // Until links have formed a message may find nobody; each is another one.
    let said = 0;
    await until("c hears b through a", () => {
      void b.publishLog(CLUSTER, toBytes(`entry ${said++}`));
      return heardByC.length > 0;
    });
    expect(heardByC[0]?.sender).to.deep.equal(nameOf(b, 2n));
    expect(heardByC[0]?.from).to.deep.equal(nameOf(a, 1n));
    expect(heardByA[0]?.from).to.deep.equal(nameOf(b, 2n));
  });

  it("carry a message of the largest size, and none above it", async () => {
    let heard: Heard[] = [];
    const [, b] = await pair((a) => {
      heard = listen(a);
    });
    const large = new Uint8Array(LOG_MESSAGE_BYTES_MAX).fill(65);
    expect(await b.publishLog(CLUSTER, large)).to.equal(1);
    await until("it is heard", () => heard.length > 0);
    expect(heard[0]?.text.length).to.equal(LOG_MESSAGE_BYTES_MAX);
    expect(await codeOf(b.publishLog(CLUSTER, new Uint8Array(LOG_MESSAGE_BYTES_MAX + 1)))).to.equal(
      "MESSAGE_OVERSIZED",
    );
  });

  it("book what the handler rejects to who passed it on, and pass only on what it accepts", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    const verdicts: Record<string, Verdict> = { bad: "reject", late: "ignore" };
    listen(a, (text) => verdicts[text] ?? "accept");
    const heardByB = listen(b);
    await connect(b, a);
    await meshed(a, b);
    const rogue = await intrude(a, directory);
    const say = (text: string) =>
      rogue.node.services.pubsub.publish(
        TOPIC,
        sealEnvelope(TOPIC, rogue.certificate, toBytes(text), rogue.identity.signingKey),
      );
    await say("bad");
    await until("it is refused", () => a.stats().messagesRejectedTotal === 1);
    expect(a.stats().misdeedsTotal).to.deep.equal({ wrongContent: 1 });
    const ignored = a.stats().messagesIgnoredTotal;
    await say("late");
    await until("it is ignored", () => a.stats().messagesIgnoredTotal > ignored);
    expect(a.stats().misdeedsTotal).to.deep.equal({ wrongContent: 1 });
    await say("good");
    await until("b hears the good one", () => heardByB.length > 0);
    expect(heardByB.map(({ text }) => text)).to.deep.equal(["good"]);
  });

  it("have one handler each, may be joined before the start, and can be left", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const a = await make(directory, n1);
    const heard = listen(a);
    const again: LogHandler = () => "accept";
    expect(await codeOf(() => a.joinLog(CLUSTER, again))).to.equal("LOG_JOINED_ALREADY");
    await a.start();
    const b = await open(directory, n2);
    await connect(b, a);
    await meshed(a, b);
    expect(await b.publishLog(CLUSTER, toBytes("once"))).to.equal(1);
    await until("it is heard", () => heard.length === 1);
    a.leaveLog(CLUSTER);
    let more = 0;
    const reachesNobody = async () => (await b.publishLog(CLUSTER, toBytes(`more ${more++}`))) === 0;
    await until("b knows", eventually(reachesNobody));
    expect(heard.length).to.equal(1);
    a.joinLog(CLUSTER, again);
  });
});

describe("questions for entries", () => {
  async function* parts(...sizes: number[]): AsyncGenerator<Uint8Array> {
    for (const [index, size] of sizes.entries()) yield new Uint8Array(size).fill(index);
  }

  it("are answered part by part, in order, by who is asked", async () => {
    const [a, b] = await pair();
    const asked: unknown[] = [];
    a.answerLog((cluster, question, asker) => {
      asked.push([cluster, Buffer.from(question).toString(), asker]);
      return parts(1, LOG_FRAME_BYTES_MAX, 0, 7);
    });
    const got: [number, number | undefined][] = [];
    const answer = await b.askLog(a.peerId, CLUSTER, toBytes("what is new?"), {
      onFrame(bytes) {
        got.push([bytes.length, bytes[0]]);
        return "accept";
      },
    });
    expect(answer).to.deep.equal({ complete: true });
    expect(got).to.deep.equal([
      [1, 0],
      [LOG_FRAME_BYTES_MAX, 1],
      [0, undefined],
      [7, 3],
    ]);
    expect(asked).to.deep.equal([[CLUSTER, "what is new?", nameOf(b, 2n)]]);
  });

  it("are answered with so many bytes at most, and the asker knows that there is more", async () => {
    const [a, b] = await pair();
    let ended = false;
    a.answerLog(async function* () {
      try {
        for (;;) yield new Uint8Array(LOG_FRAME_BYTES_MAX);
      } finally {
        ended = true;
      }
    });
    let bytes = 0;
    const answer = await b.askLog(a.peerId, CLUSTER, new Uint8Array(), {
      onFrame(frame) {
        bytes += frame.length;
        return "accept";
      },
    });
    expect([answer.complete, bytes]).to.deep.equal([false, LOG_ANSWER_BYTES_MAX]);
    await until("the answer is not made any further", () => ended);
  });

  it("read the peer no faster than its answer is taken", async () => {
    const [a, b] = await pair();
    let made = 0;
    a.answerLog(async function* () {
      for (; made < 32; made++) yield new Uint8Array(LOG_FRAME_BYTES_MAX);
    });
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const asking = b.askLog(a.peerId, CLUSTER, new Uint8Array(), {
      async onFrame() {
        taken++;
        await gate.promise;
        return "accept" as const;
      },
    });
    await until("one is being taken", () => taken === 1);
    // Long enough for all of it, were it not held back: a test that could fail by luck only in favour of the code.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([taken, made < 16]).to.deep.equal([1, true]);
    gate.resolve();
    expect(await asking).to.deep.equal({ complete: true });
    expect(taken).to.equal(32);
  });

  it("go out no faster than one peer's rate, whatever it asks for at once", async function () {
    this.timeout(60_000);
    const [a, b] = await pair();
    const part = new Uint8Array(LOG_FRAME_BYTES_MAX);
    a.answerLog(async function* () {
      for (let at = 0; at < LOG_ANSWER_BYTES_MAX; at += part.length) yield part;
    });
    let bytes = 0;
    const onFrame = (frame: Uint8Array) => {
      bytes += frame.length;
      return "accept" as const;
    };
    const extraBytes = 2 * ANSWER_BYTES_PER_SECOND;
    const startedMs = performance.now();
    while (bytes < ANSWER_BYTES_BURST + extraBytes)
      await Promise.all([1, 2].map(() => b.askLog(a.peerId, CLUSTER, new Uint8Array(), { onFrame })));
    // The last piece is written before it is paid for.
    const owedMs = ((extraBytes - 2 * part.length) / ANSWER_BYTES_PER_SECOND) * 1_000;
    expect(performance.now() - startedMs).to.be.at.least(owedMs);
  });

  it("are refused with the answerer's code, at the start or in the middle", async () => {
    const [a, b] = await pair();
    const ask = (onFrame: (frame: Uint8Array) => Verdict = () => "accept") =>
      b.askLog(a.peerId, CLUSTER, new Uint8Array(), { onFrame });
    const refusal = async () =>
      ask().then(
        () => undefined,
        ({ code, retryable, details }) => ({ code, retryable, said: details.code }),
      );
    expect(await refusal()).to.deep.equal({
      code: "ANSWER_REFUSED",
      retryable: true,
      said: "LOG_NOT_ANSWERED",
    });
    const end = a.answerLog(async function* () {
      yield new Uint8Array(3);
      throw networkError("LOG_FOREIGN", "not for you, nor what lies in /secret");
    });
    expect(await codeOf(() => a.answerLog(() => parts()))).to.equal("ANSWERED_ALREADY");
    expect(await refusal()).to.deep.equal({ code: "ANSWER_REFUSED", retryable: false, said: "LOG_FOREIGN" });
    expect(a.stats().misdeedsTotal).to.deep.equal({});
    end();
    a.answerLog(() => parts(1));
    expect(await ask()).to.deep.equal({ complete: true });
  });

  it("end with what the asker does not take, and book a rejection to the peer", async () => {
    const [a, b] = await pair();
    a.answerLog(() => parts(9, 9, 9));
    const taken: number[] = [];
    const ask = (judge: () => Verdict) =>
      b.askLog(a.peerId, CLUSTER, new Uint8Array(), {
        onFrame() {
          taken.push(1);
          return judge();
        },
      });
    expect(await codeOf(ask(() => "reject"))).to.equal("ANSWER_REJECTED");
    expect([taken.length, b.stats().misdeedsTotal]).to.deep.equal([1, { wrongContent: 1 }]);
    const own = networkError("OWN", "the disk is full");
    expect(
      await codeOf(
        ask(() => {
          throw own;
        }),
      ),
    ).to.equal("OWN");
    expect(b.stats().misdeedsTotal).to.deep.equal({ wrongContent: 1 });
  });

  it("have a limit, and are asked of certified peers only", async () => {
    const [a, b] = await pair();
    const onFrame = () => "accept" as const;
    const large = new Uint8Array(LOG_QUESTION_BYTES_MAX + 1);
    expect(await codeOf(b.askLog(a.peerId, CLUSTER, large, { onFrame }))).to.equal("MESSAGE_OVERSIZED");
    expect(await codeOf(b.askLog("12D3KooWNobody", CLUSTER, new Uint8Array(), { onFrame }))).to.equal(
      "PEER_UNREACHABLE",
    );
    expect(b.stats().misdeedsTotal).to.deep.equal({});
    const stranger = await openRogue(async () => undefined);
    const connection = await stranger.dial(a);
    a.answerLog(() => parts(1));
    expect(await stranger.ask(connection, LOG_PROTOCOL, new Uint8Array(32))).to.equal(undefined);
  });

  it("that hang end with their signal, and the answerer hears of it", async () => {
    const [a, b] = await pair();
    const heard = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    a.answerLog(async function* (_cluster, _question, _asker, signal) {
      signal.addEventListener("abort", () => gone.resolve());
      heard.resolve();
      yield await new Promise<Uint8Array>(() => undefined);
    });
    const controller = new AbortController();
    const asking = b.askLog(a.peerId, CLUSTER, new Uint8Array(), {
      signal: controller.signal,
      onFrame: () => "accept",
    });
    await heard.promise;
    controller.abort(networkError("ENOUGH", "waited long enough"));
    expect(await codeOf(asking)).to.equal("ENOUGH");
    await gone.promise;
  });

  const wrong: [string, string, () => Uint8Array][] = [
    ["frames of a kind that is none", "malformed", () => frame(Uint8Array.of(9))],
    ["a refusal that is none", "malformed", () => frame(Uint8Array.of(1, 2, 3))],
    [
      "what follows its end",
      "malformed",
      () => Buffer.concat([frame(Uint8Array.of(2)), frame(Uint8Array.of(0))]),
    ],
    ["a frame that announces too much", "oversized", () => Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    [
      "more bytes than one answer may have",
      "oversized",
      () => Buffer.concat(Array(33).fill(frame(new Uint8Array(1 + LOG_FRAME_BYTES_MAX)))),
    ],
  ];
  for (const [what, misdeed, make] of wrong) {
    it(`that are answered with ${what} cost the peer`, async () => {
      const directory = new DirectoryFake();
      const a = await open(directory, register(directory, 1n));
      listen(a);
      const rogue = await intrude(a, directory, { [LOG_PROTOCOL]: make });
      const peer = rogue.node.peerId.toString();
      const code = await codeOf(a.askLog(peer, CLUSTER, new Uint8Array(), { onFrame: () => "accept" }));
      expect(code).to.match(/^MESSAGE_(MALFORMED|OVERSIZED)$/);
      expect(a.stats().misdeedsTotal).to.deep.equal({ [misdeed]: 1 });
    });
  }
});

describe("questions to a node", () => {
  it("reach its daemon, by kind, and bring its answer", async () => {
    const [a, b] = await pair();
    a.answerNode("context.write", async (question, asker) =>
      toBytes(`${Buffer.from(question)} of ${asker.node}`),
    );
    const answer = await b.askNode(1n, "context.write", toBytes("a write"));
    expect(Buffer.from(answer).toString()).to.equal("a write of 2");
    expect(await codeOf(() => a.answerNode("context.write", async () => answer))).to.equal(
      "ANSWERED_ALREADY",
    );
  });

  it("to a node that is not there, or does not answer, are unreachable for now", async () => {
    const [a, b] = await pair();
    const fault = (node: bigint) =>
      b.askNode(node, "context.write", new Uint8Array()).then(
        () => undefined,
        ({ code, retryable, details: { asked } }) => ({ code, retryable, asked }),
      );
    expect(await fault(9n)).to.deep.equal({ code: "NODE_UNREACHABLE", retryable: true, asked: false });
    const heard = Promise.withResolvers<void>();
    a.answerNode("context.write", async () => {
      heard.resolve();
      return new Promise<Uint8Array>(() => undefined);
    });
    const asking = fault(1n);
    await heard.promise;
    await a.stop();
    expect(await asking).to.deep.equal({ code: "NODE_UNREACHABLE", retryable: true, asked: true });
  });

  it("are refused with the node's code", async () => {
    const [a, b] = await pair();
    const said = () =>
      b.askNode(1n, "context.write", new Uint8Array()).then(
        () => undefined,
        ({ code, retryable, details }) => [code, retryable, details.code],
      );
    expect(await said()).to.deep.equal(["ANSWER_REFUSED", false, "ASK_KIND_UNKNOWN"]);
    a.answerNode("context.write", async () => {
      throw networkError("NOT_HOME", "another decides", { retryable: true });
    });
    expect(await said()).to.deep.equal(["ANSWER_REFUSED", true, "NOT_HOME"]);
  });

  it("have bounds, and are not asked of oneself", async () => {
    const [a, b] = await pair();
    const none = new Uint8Array();
    expect(await codeOf(b.askNode(1n, "Context", none))).to.equal("ASK_KIND_INVALID");
    expect(await codeOf(b.askNode(1n, "a".repeat(ASK_KIND_CHARACTERS_MAX + 1), none))).to.equal(
      "ASK_KIND_INVALID",
    );
    const large = new Uint8Array(NODE_QUESTION_BYTES_MAX + 1);
    expect(await codeOf(b.askNode(1n, "a", large))).to.equal("MESSAGE_OVERSIZED");
    expect(await codeOf(b.askNode(2n, "a", none))).to.equal("PEER_IS_SELF");
    expect([a.stats().misdeedsTotal, b.stats().misdeedsTotal]).to.deep.equal([{}, {}]);
  });

  it("wait for their turn where many are asked at once", async () => {
    const [a, b] = await pair();
    let most = 0;
    let now = 0;
    a.answerNode("count", async (question) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return question;
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => b.askNode(1n, "count", Uint8Array.of(index))),
    );
    expect(answers.map(([index]) => index)).to.deep.equal([...Array(100).keys()]);
    expect(most).to.be.within(1, 4);
  });
});

describe("certified peers", () => {
  it("are found by their nodes, and told of when they come", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const [a, b] = [await open(directory, n1), await open(directory, n2)];
    const came: PeerName[] = [];
    const end = a.onCertified((peer) => came.push(peer));
    await connect(b, a);
    await until("a knows b", () => came.length === 1);
    expect(came).to.deep.equal([nameOf(b, 2n)]);
    expect(a.peersOf([2n, 5n])).to.deep.equal([nameOf(b, 2n)]);
    expect(a.peersOf([1n])).to.deep.equal([]);
    end();
  });
});
