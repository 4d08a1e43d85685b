import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { bounded, PAST_BYTES_MAX, PAST_TURNS_MAX } from "../../../../node/src/agents/http/history.ts";
import { createHttpSessions } from "../../../../node/src/agents/http/session.ts";
import type { AgentEvent, SessionStart, Turn } from "../../../../node/src/agents/session.ts";
import { type HttpServiceConfig, serviceSchema } from "../../../../node/src/config/service.ts";
import type { ModelRequest } from "../../../fixtures/modelServer/request.ts";
import type { Script } from "../../../fixtures/modelServer/script.ts";
import { type ModelServer, startModelServer } from "../../../fixtures/modelServer/server.ts";
import { expectCode, temporaryFolder } from "../fixtures/world.ts";
import { describeSessions, type SessionLimits } from "../sessionBehaviour.ts";

const userTexts = ({ messages }: ModelRequest): string[] =>
  messages.flatMap((message) => (message.from === "user" ? [message.text] : []));

/** Does what the last thing that it was told says, as the programs of the other suites. */
function obedient(request: ModelRequest): Script {
  const told = userTexts(request);
  const [word = "", ...words] = (told.at(-1) ?? "").split(" ");
  const rest = words.join(" ");
  switch (word) {
    case "say":
      return [{ say: rest }];
    case "empty":
      return [{ say: "" }];
    case "remember":
      return [{ say: "kept" }];
    case "recall": {
      const kept = told.findLast((text) => text.startsWith("remember "))?.slice("remember ".length);
      return [{ say: kept ?? "nothing" }];
    }
    case "hang":
      return [{ fault: { kind: "hang" } }];
    case "flood":
      return [{ fault: { kind: "flood" } }];
    case "refuse":
      return [{ say: "I will not", stop: "refused" }];
    case "call": {
      const [, tool = "", ...json] = words;
      const call = { call: tool, arguments: JSON.parse(json.join(" ")), saying: "let me see" };
      return [call, { say: ({ results }) => results.join("|") }];
    }
    case "for": // "for ever TOOL": calls it in every round
      return Array.from({ length: 100 }, () => ({ call: words[1] ?? "", arguments: {} }));
    default:
      return [{ say: `what is ${word}?` }];
  }
}

for (const api of ["chat", "responses", "anthropic"] as const) {
  describe(`sessions over http, api ${api}`, function () {
    this.timeout(30_000);
    let server: ModelServer;
    let folder: ReturnType<typeof temporaryFolder>;
    const events: AgentEvent[] = [];
    before(async () => {
      folder = temporaryFolder();
      server = await startModelServer({ script: obedient });
    });
    after(async () => {
      await server.untilQuiet();
      await server.close();
      folder.remove();
    });

    const driverOf = (limits: SessionLimits = {}, more: object = {}) => {
      const { readyMs: _, ...given } = limits;
      const service = { kind: "http", baseUrl: `${server.origin}/v1`, api, model: "m", ...given, ...more };
      return createHttpSessions(serviceSchema.parse(service) as HttpServiceConfig, {
        environment: { CANARY_OF_SESSIONS: "seen" },
        logger: pino({ level: "silent" }),
      });
    };
    const start = (overrides: Partial<SessionStart> = {}): SessionStart => ({
      toolServers: [],
      tag: `http-session-test-${process.pid}:1`,
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 100_000,
      onEvent: (event) => events.push(event),
      askPermission: () => Promise.reject(new Error("nobody was to be asked")),
      ...overrides,
    });
    const turn = (text: string, overrides: Partial<Turn> = {}): Turn => ({
      text,
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      ...overrides,
    });
    const textOf = ({ output }: { output: Uint8Array }): string => Buffer.from(output).toString();

    // What is common to all sessions has nothing of an api in it.
    if (api === "chat")
      describeSessions(
        () => ({
          create: (beginning, limits) =>
            driverOf(limits, beginning === "missing" ? { apiKeyEnv: "NO_SUCH_KEY" } : {}),
          can: { resume: true, cancel: true, ask: false, images: false, program: false },
          codes: { notLoggedIn: "AGENT_LOGIN_MISSING", missing: "AGENT_HTTP_KEY_MISSING" },
        }),
        () => folder.path,
      );

    it("goes on in another process where it was, with calls and results of before, told once each", async () => {
      const homeFolder = join(folder.path, `home-${api}`);
      const tools = noted();
      const first = await driverOf().open(start({ homeFolder, tools }));
      await first.prompt(turn("remember the red door"));
      await first.prompt(turn('call notes note {"text":"a note"}'));
      // The process is gone: nothing is closed, and the next turn was half written.
      const { id = "none" } = first;
      writeFileSync(join(homeFolder, `.tmp-${process.pid}-${"a".repeat(16)}`), "{");
      const second = await driverOf().open(start({ homeFolder, tools, resume: id }));
      expect(second.id).to.equal(id);
      expect(readdirSync(homeFolder)).to.deep.equal([`http-session-${id}.json`]);
      expect(textOf(await second.prompt(turn("recall")))).to.equal("the red door");
      const asked = server.turns().at(-1)?.asked;
      expect(asked?.calls.map(({ name }) => name)).to.deep.equal(["note"]);
      expect(userTexts(asked as ModelRequest)).to.deep.equal([
        "remember the red door",
        'call notes note {"text":"a note"}',
        "recall",
      ]);
      expect(asked?.turn).to.equal(2);
      for (const session of [first, second]) await session.close();
    });

    it("forgets a turn that broke off, and goes on without it", async () => {
      const homeFolder = join(folder.path, `broken-${api}`);
      const session = await driverOf().open(start({ homeFolder }));
      await session.prompt(turn("remember the red door"));
      await expectCode(session.prompt(turn("hang", { timeoutMs: 200 })), "AGENT_TIMED_OUT");
      expect(textOf(await session.prompt(turn("recall")))).to.equal("the red door");
      expect(userTexts(server.turns().at(-1)?.asked as ModelRequest)).to.not.include("hang");
      await session.close();
    });

    it("says of a refusal and of calls without end why the turn stopped, and goes on", async () => {
      const session = await driverOf().open(start({ tools: noted() }));
      const refused = await session.prompt(turn("refuse"));
      expect([refused.stopReason, textOf(refused)]).to.deep.equal(["refused", "I will not"]);
      expect((await session.prompt(turn("for ever note"))).stopReason).to.equal("turns");
      expect(textOf(await session.prompt(turn("say still here")))).to.equal("still here");
      await session.close();
    });

    it("waits out a passing fault by itself, and tells what it used", async () => {
      let busy = true;
      server.setScript((request) => {
        if (!busy) return obedient(request);
        busy = false;
        return [{ fault: { kind: "status", status: 429, headers: { "retry-after": "0" } } }];
      });
      const told: unknown[] = [];
      const session = await driverOf().open(start());
      const outcome = await session.prompt(turn("say hello", { onUsage: ({ usage }) => told.push(usage) }));
      expect(textOf(outcome)).to.equal("hello");
      expect(told).to.deep.equal([{ inputTokens: 100, outputTokens: 20, cachedTokens: 40 }]);
      await session.close();
    });

    it("offers no tools any more to a server that takes none", async () => {
      const refusal = JSON.stringify({ error: { message: "this model does not support tools" } });
      server.setScript((request) =>
        request.tools.length > 0
          ? [{ fault: { kind: "status", status: 400, body: refusal } }]
          : obedient(request),
      );
      server.forget();
      const session = await driverOf().open(start({ tools: noted() }));
      for (const text of ["one", "two"])
        expect(textOf(await session.prompt(turn(`say ${text}`)))).to.equal(text);
      expect(server.turns().map(({ asked }) => asked?.tools.length)).to.deep.equal([1, 0, 0]);
      server.setScript(obedient);
      await session.close();
    });

    it("reads texts that go with a turn in fences, with their names", async () => {
      const session = await driverOf().open(start());
      const attachments = [{ name: "a.txt", mediaType: "text/plain", bytes: Buffer.from("words") }];
      await session.prompt(turn("say x", { attachments }));
      const [text] = userTexts(server.turns().at(-1)?.asked as ModelRequest);
      expect(text).to.match(
        /The file "a.txt":\n<<<PLEIAD part file bytes=5 [^>]*>>>\nwords\n<<<PLEIAD end file>>>/,
      );
      await session.close();
    });

    it("is not begun with a file that is none of its own, or is damaged", async () => {
      const homeFolder = join(folder.path, `damaged-${api}`);
      const session = await driverOf().open(start({ homeFolder }));
      await session.prompt(turn("say x"));
      await session.close();
      const [name = ""] = readdirSync(homeFolder);
      writeFileSync(join(homeFolder, name), "{");
      for (const resume of [session.id ?? "none", "../x", "0".repeat(36)])
        await expectCode(driverOf().open(start({ homeFolder, resume })), "AGENT_SESSION_LOST");
    });

    it("goes on with its texts alone where its service speaks another api by now", async () => {
      const homeFolder = join(folder.path, `other-${api}`);
      const session = await driverOf().open(start({ homeFolder, tools: noted() }));
      await session.prompt(turn('call notes note {"text":"a note"}'));
      await session.close();
      const other = api === "chat" ? "anthropic" : "chat";
      const next = await driverOf({}, { api: other }).open(
        start({ homeFolder, resume: session.id ?? "none" }),
      );
      await next.prompt(turn("say x"));
      const asked = server.turns().at(-1)?.asked;
      expect([asked?.calls.length, asked?.turn]).to.deep.equal([0, 1]);
      const [name = ""] = readdirSync(homeFolder);
      expect(JSON.parse(readFileSync(join(homeFolder, name), "utf8")).api).to.equal(other);
      await next.close();
    });
  });
}

describe("history of a session over http", () => {
  const round = { reply: { told: "x".repeat(100_000), calls: [] }, answers: [] };
  const turnOf = (at: number, rounds = 0, bytes = 10) => ({
    user: `turn ${at} ${"y".repeat(bytes)}`,
    rounds: Array.from({ length: rounds }, () => round),
    answer: "a",
  });

  it("keeps so many turns, and the first of all, which says who the agent is", () => {
    const kept = bounded(Array.from({ length: PAST_TURNS_MAX + 5 }, (_, at) => turnOf(at)));
    expect(kept.length).to.equal(PAST_TURNS_MAX);
    expect(
      [kept[0]?.user, kept[1]?.user, kept.at(-1)?.user].map((text) => text?.split(" ")[1]),
    ).to.deep.equal(["0", "6", String(PAST_TURNS_MAX + 4)]);
  });

  it("lets go of old calls before it lets go of turns, and is never larger than it may be", () => {
    const kept = bounded([turnOf(0, 4), turnOf(1, 4), turnOf(2, 4)]);
    expect(kept.map(({ rounds }) => rounds.length)).to.deep.equal([0, 4, 4]);
    const large = bounded([turnOf(0), turnOf(1, 0, PAST_BYTES_MAX), turnOf(2, 20)]);
    expect(large.map(({ user }) => user.split(" ")[1])).to.deep.equal(["0", "2"]);
    expect(large.at(-1)?.rounds).to.deep.equal([]);
  });
});

function noted() {
  const parameters = { type: "object", properties: {} };
  return {
    list: () => [{ name: "note", description: "keeps a note", parameters }],
    call: async () => ({ text: "noted" }),
  };
}
