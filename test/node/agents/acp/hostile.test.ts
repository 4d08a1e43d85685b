import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { ACP_ATTACHMENTS_BYTES_MAX } from "../../../../node/src/agents/acp/content.ts";
import {
  ACP_PERMISSIONS_MAX,
  ACP_PERMISSIONS_WAITING_MAX,
} from "../../../../node/src/agents/acp/permissions.ts";
import { ACP_IGNORED_BYTES_MAX, ACP_LINE_BYTES_MAX } from "../../../../node/src/agents/acp/wire.ts";
import type { AgentErrorCode } from "../../../../node/src/agents/errors.ts";
import type {
  AgentEvent,
  AgentSession,
  PermissionAnswer,
  SessionStart,
  Turn,
} from "../../../../node/src/agents/session.ts";
import { agentTag } from "../../../../node/src/agents/tag.ts";
import { until } from "../../../fixtures/until.ts";
import { agentErrorOf, expectCode, taggedPids, temporaryFolder } from "../fixtures/world.ts";
import { fakeDriver } from "./fixtures.ts";

/** What all that an agent pours out may add to the memory of this process: a few lines of the largest size, and what is not collected yet. */
const MEMORY_BYTES_MAX = 150_000_000;

describe("acp driver, with an agent that", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let sessions: AgentSession[] = [];
  let tags: string[] = [];
  let events: AgentEvent[] = [];
  before(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const session of sessions) await session.close();
    for (const tag of tags) expect(taggedPids(tag), tag).to.deep.equal([]);
    sessions = [];
    tags = [];
    events = [];
  });
  after(() => folder.remove());

  async function open(
    script: object = {},
    service: object = {},
    overrides: Partial<SessionStart> = {},
  ): Promise<AgentSession> {
    const tag = agentTag(`acp-test-${process.pid}`, String(tags.length));
    tags.push(tag);
    const session = await fakeDriver(folder.scratch, script, service).open({
      toolServers: [],
      tag,
      signal: new AbortController().signal,
      timeoutMs: 25_000,
      outputBytesMax: 1_000_000,
      onEvent: (event) => events.push(event),
      askPermission: async () => ({ option: "yes" }),
      ...overrides,
    });
    sessions.push(session);
    return session;
  }
  const turn = (text: string, overrides: Partial<Turn> = {}): Turn => ({
    text,
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    ...overrides,
  });
  const say = async (session: AgentSession, text: string): Promise<string> =>
    Buffer.from((await session.prompt(turn(text))).output).toString();

  /** Expects a turn to fail like this and the session to go on. */
  async function failsAndGoesOn(text: string, code: AgentErrorCode): Promise<void> {
    const session = await open();
    await expectCode(session.prompt(turn(text)), code);
    expect(await say(session, "say still here")).to.equal("still here");
  }
  /** Expects a turn to fail like this, and the session with it. */
  async function failsAndEnds(text: string, code: AgentErrorCode): Promise<string> {
    const session = await open();
    const error = await expectCode(session.prompt(turn(text)), code);
    const end = await session.ended;
    expect([end.why, end.error?.code]).to.deep.equal(["failed", code]);
    await expectCode(session.prompt(turn("say x")), code);
    return error.message;
  }

  describe("writes what is no message", () => {
    it("is heard all the same", async () => {
      expect(await say(await open(), "garbage 300")).to.equal("after the garbage");
    });

    it("is ended when that does not stop", async () => {
      const message = await failsAndEnds("pourGarbage", "AGENT_PROTOCOL_BROKEN");
      expect(message)
        .to.contain(`more than ${ACP_IGNORED_BYTES_MAX} bytes`)
        .and.to.contain("garbage garbage");
    });

    it("is ended when a line has no end", async () => {
      const before = process.memoryUsage().rss;
      const message = await failsAndEnds("endlessLine", "AGENT_PROTOCOL_BROKEN");
      expect(message).to.contain(`a line of more than ${ACP_LINE_BYTES_MAX} bytes`);
      expect(process.memoryUsage().rss - before).to.be.below(MEMORY_BYTES_MAX);
    });

    it("shows in the error what it wrote instead of getting ready", async () => {
      const error = await expectCode(open({ beginning: "garbage" }, { readyMs: 1_000 }), "AGENT_NOT_READY");
      expect(error.message).to.contain("Usage: fake [OPTIONS]");
      expect(error.message).not.to.contain("\u001b");
    });
  });

  it("answers what nobody asked is not heeded", async () => {
    const session = await open();
    expect(await say(session, "strayAnswers")).to.equal("after the strays");
    expect(events).to.deep.equal([{ kind: "text", text: "after the strays" }]);
  });

  it("asks for files, terminals and what there is not gets errors, and nothing else", async () => {
    const answers = JSON.parse(await say(await open(), "strangeRequests"));
    expect(answers).to.deep.equal([-32601, -32601, -32601, -32601, -32602, "cancelled"]);
    expect(existsSync("/etc/x")).to.equal(false);
    expect(events.map(({ kind }) => kind)).to.deep.equal(["text"]);
  });

  describe("floods", () => {
    it("with the progress of one call is heard to its end, and told of once", async () => {
      expect(await say(await open(), "updates 20000")).to.equal("after the updates");
      expect(events).to.have.length(1);
    });

    it("with thoughts without end takes no memory, and lets others have their turn", async () => {
      const session = await open({}, {}, { onEvent: () => {} });
      const before = process.memoryUsage().rss;
      let ticks = 0;
      const timer = setInterval(() => {
        ticks += 1;
      }, 20);
      await expectCode(session.prompt(turn("pourUpdates", { timeoutMs: 1_000 })), "AGENT_TIMED_OUT");
      clearInterval(timer);
      expect(process.memoryUsage().rss - before).to.be.below(MEMORY_BYTES_MAX);
      expect(ticks, "turns of a timer in a second and more").to.be.at.least(10);
    });

    it("with requests whose answers it does not read is not read from any more", async () => {
      const session = await open();
      const before = process.memoryUsage().rss;
      await expectCode(session.prompt(turn("deaf", { timeoutMs: 1_000 })), "AGENT_TIMED_OUT");
      expect(process.memoryUsage().rss - before).to.be.below(MEMORY_BYTES_MAX);
      expect((await session.ended).why).to.equal("stopped");
    });
  });

  describe("asks for leave", () => {
    const never = (): Promise<PermissionAnswer> => new Promise(() => {});

    it("too often at once is answered as far as there is room", async () => {
      let asked = 0;
      const session = await open(
        {},
        {},
        {
          askPermission: async (_request, signal) => {
            asked += 1;
            await until("all have asked", () => events.length >= 2_000 - ACP_PERMISSIONS_WAITING_MAX);
            return signal.aborted ? { cancelled: true } : { option: "no" };
          },
        },
      );
      const counts = JSON.parse(await say(session, "askMany 2000"));
      expect(counts).to.deep.equal({
        no: ACP_PERMISSIONS_WAITING_MAX,
        cancelled: 2_000 - ACP_PERMISSIONS_WAITING_MAX,
      });
      expect(asked).to.equal(ACP_PERMISSIONS_WAITING_MAX);
    });

    it("more often in a turn than anybody would answer is refused, and asked anew in the next", async () => {
      const session = await open();
      const counts = JSON.parse(await say(session, "askSeries 1100"));
      expect(counts).to.deep.equal({ yes: ACP_PERMISSIONS_MAX, cancelled: 1_100 - ACP_PERMISSIONS_MAX });
      expect(JSON.parse(await say(session, "askSeries 3"))).to.deep.equal({ yes: 3 });
    });

    it("with a million options, or with some that are none, gets an error", async () => {
      expect(JSON.parse(await say(await open(), "askWildly"))).to.deep.equal([-32602, "cancelled", -32602]);
      expect(events.filter(({ kind }) => kind === "permission")).to.have.length(1);
    });

    it("without anything to choose from is told that it is cancelled", async () => {
      expect(await say(await open(), "askWithout")).to.equal("cancelled");
    });

    it("after it was cancelled is told so without anybody being asked", async () => {
      const asked: string[] = [];
      const session = await open(
        {},
        {},
        {
          askPermission: ({ title }) => {
            asked.push(title);
            return never();
          },
        },
      );
      const file = join(folder.path, "answers");
      const controller = new AbortController();
      const stopped = agentErrorOf(
        session.prompt(turn(`askAfterCancel ${file}`, { signal: controller.signal })),
      );
      await until("the agent asks", () => asked.length === 1 && events.length === 1);
      controller.abort();
      expect((await stopped).code).to.equal("AGENT_STOPPED");
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(["cancelled", "cancelled"]);
      expect(asked).to.deep.equal(["before"]);
    });
  });

  describe("ends its turn", () => {
    for (const [reason, stopReason] of [
      ["end_turn", "end"],
      ["max_tokens", "tokens"],
      ["max_turn_requests", "turns"],
      ["refusal", "refused"],
      ["cancelled", "cancelled"],
    ] as const) {
      it(`with "${reason}" is understood`, async () => {
        const outcome = await (await open()).prompt(turn(`stop ${reason}`));
        expect(outcome.stopReason).to.equal(stopReason);
        expect(Buffer.from(outcome.output).toString()).to.equal("as far as it got");
      });
    }

    it("without a reason that is known has broken the protocol", () =>
      failsAndGoesOn("malformed", "AGENT_PROTOCOL_BROKEN"));

    it("with an error has failed, in its own words", async () => {
      const session = await open();
      const error = await expectCode(session.prompt(turn("refuseTurn")), "AGENT_FAILED");
      expect(error.message).to.contain("the model is not there");
      expect(await say(session, "say still here")).to.equal("still here");
    });

    it("because its login is gone says so", () => failsAndGoesOn("loseLogin", "AGENT_LOGIN_MISSING"));

    it("and speaks on is not heard any more", async () => {
      const session = await open();
      expect(await say(session, "late")).to.equal("in time");
      expect(await say(session, "say new")).to.equal("new");
    });
  });

  describe("says something", () => {
    it("that is no UTF-8 fails", () => failsAndGoesOn("notUtf8", "AGENT_OUTPUT_NOT_UTF8"));
    it("with half a character fails", () => failsAndGoesOn("loneSurrogate", "AGENT_OUTPUT_NOT_UTF8"));

    it("with a character in two pieces is understood", async () => {
      expect(await say(await open(), "splitSurrogate")).to.equal("a🙂b");
    });

    it("in several messages is answered with the last that is not blank", async () => {
      expect(await say(await open(), "messages")).to.equal("the answer");
    });
  });

  it("closes its output and lives on is ended at the time of its turn", async () => {
    const session = await open();
    await expectCode(session.prompt(turn("closeOutput", { timeoutMs: 500 })), "AGENT_TIMED_OUT");
    expect((await session.ended).why).to.equal("stopped");
  });

  it("writes what is nested more deeply than the stack is heard all the same", async () => {
    const session = await open();
    expect(await say(session, "nest")).to.equal("after the nests");
    const shown = events.flatMap((event) => (event.kind === "tool" ? [event.summary] : []));
    expect(shown).to.deep.equal(["[nested too deeply to be shown]"]);
    expect(events.filter(({ kind }) => kind === "permission")).to.have.length(1);
  });

  it("speaks another version, or nonsense, has broken the protocol", async () => {
    for (const [beginning, shown] of [
      ["version", "version 99"],
      ["malformed", "version one"],
    ]) {
      const error = await expectCode(open({ beginning }), "AGENT_PROTOCOL_BROKEN");
      expect(error.message).to.contain(shown);
    }
  });

  it("stays when its input ends is ended all the same", async () => {
    const session = await open({ lingers: true });
    expect(await session.close()).to.deep.equal({ why: "finished", error: undefined });
  });

  it("connects its tools too late does not begin", async () => {
    await expectCode(
      open({ lateTools: true }, { readyMs: 1_000 }, { toolsReady: () => new Promise(() => {}) }),
      "AGENT_TOOLS_MISSING",
    );
  });

  it("gets a mode, a model and a login works with them", async () => {
    const session = await open(
      { login: "key" },
      { mode: "agent-full-access", model: "fake-large", authMethod: "key" },
    );
    expect(JSON.parse(await say(session, "settings"))).to.deep.equal({
      mode: "agent-full-access",
      model: "fake-large",
    });
    expect((await session.prompt(turn("say x"))).model).to.equal("fake-large");
    expect(session.program).to.equal("fake-agent 1.2.3");
  });

  it("does not offer a mode, a model or a login says what it does", async () => {
    for (const [service, offered] of [
      [{ mode: "wild" }, "agent-full-access"],
      [{ model: "gpt" }, "fake-small"],
      [{ authMethod: "none" }, "key"],
    ] as const) {
      const error = await expectCode(
        open({ login: "key" }, { authMethod: "key", ...service }),
        "AGENT_SETTING_REFUSED",
      );
      expect(error.message).to.contain(offered);
    }
  });

  it("counts tells its tokens and its model", async () => {
    const outcome = await (await open()).prompt(turn("usage"));
    expect(outcome.usage).to.deep.equal({ inputTokens: 22, outputTokens: 34, cachedTokens: 10 });
    expect(outcome.costUsd).to.equal(0.5);
    expect(outcome.model).to.equal("fake-small");
  });

  it("ends in the middle of a turn has told what it used until then, and nothing more", async () => {
    const told: unknown[] = [];
    const session = await open();
    const watched = turn("usageAndGone", {
      onAsked: () => told.push("asked"),
      onUsage: (now) => told.push(now),
    });
    await expectCode(session.prompt(watched), "AGENT_FAILED");
    expect(told).to.deep.equal(["asked", { model: "fake-small", costUsd: 0.5 }]);
  });

  for (const [how, resume] of [
    ["can load, not resume,", "load"],
    ["says that it can resume, and can only load,", "says"],
  ] as const) {
    it(`${how} goes on without telling everything again`, async () => {
      const homeFolder = folder.path;
      const first = await open({ resume }, {}, { homeFolder });
      await say(first, "remember the red door");
      await first.close();
      events = [];
      const second = await open({ resume }, {}, { homeFolder, resume: first.id ?? "none" });
      expect(events).to.deep.equal([]);
      expect(await say(second, "recall")).to.equal("the red door");
    });
  }

  it("can neither says so, and that its session has no name", async () => {
    const session = await open({ resume: "none" }, {}, { homeFolder: folder.path });
    expect(session.id).to.equal(undefined);
    await expectCode(open({ resume: "none" }, {}, { resume: "any" }), "AGENT_SESSION_LOST");
  });

  it("takes files gets them as they are, and not too many bytes", async () => {
    const session = await open();
    const bytes = Buffer.from([0xff, 0x00, 0x31]);
    const files = [
      { name: "a b.txt", mediaType: "text/plain", bytes: Buffer.from("zażółć") },
      { name: "x.bin", mediaType: "application/octet-stream", bytes },
    ];
    const outcome = await session.prompt(turn("attachments", { attachments: files }));
    expect(JSON.parse(Buffer.from(outcome.output).toString())).to.deep.equal([
      {
        name: "attachment:///a%20b.txt",
        mediaType: "text/plain",
        bytes: Buffer.from("zażółć").toString("base64"),
      },
      { name: "attachment:///x.bin", mediaType: "application/octet-stream", bytes: bytes.toString("base64") },
    ]);
    const large = { name: "y", mediaType: "image/png", bytes: new Uint8Array(ACP_ATTACHMENTS_BYTES_MAX + 1) };
    await expectCode(session.prompt(turn("say x", { attachments: [large] })), "AGENT_ATTACHMENT_REFUSED");
    const plain = await open({ embeds: false });
    await expectCode(plain.prompt(turn("say x", { attachments: files })), "AGENT_ATTACHMENT_REFUSED");
  });
});
