import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { createCliDriver } from "../../../node/src/agents/cli/driver.ts";
import { CLI_TOOLS } from "../../../node/src/agents/cli/tools.ts";
import { compareVersions } from "../../../node/src/agents/cli/version.ts";
import type { UsageTold } from "../../../node/src/agents/driver.ts";
import { listTagged } from "../../../node/src/agents/processTable.mjs";
import { checkService } from "../../../node/src/agents/services.ts";
import type {
  AgentEvent,
  AgentSession,
  PermissionAnswer,
  PermissionRequest,
  SessionStart,
  Turn,
} from "../../../node/src/agents/session.ts";
import { CLI_KINDS, type CliServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { until } from "../../fixtures/until.ts";
import { type FakeOptions, fakeCli } from "./fixtures/fakeCli.ts";
import {
  agentErrorOf,
  expectCode,
  expectGone,
  samplePrompt,
  taggedPids,
  temporaryFolder,
} from "./fixtures/world.ts";

const TOKEN = "secret-of-the-tools";
const TURN_KINDS = CLI_KINDS.filter((kind) => kind !== "claude");
/** One of those with a process for the session, one of those with a process for each turn: what follows is the same code for the rest. */
const ONE_OF_EACH = ["claude", "gemini"] as const;

describe("command lines of coding agents", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let events: AgentEvent[] = [];
  let sessions: AgentSession[] = [];
  let count = 0;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());
  afterEach(async () => {
    for (const session of sessions) await session.close();
    sessions = [];
    events = [];
    expect(taggedPids(tag()), "processes that are left").to.deep.equal([]);
    count += 1;
  });

  const tag = () => `cli-test-${process.pid}:${count}`;
  const notes = { name: "notes", command: process.execPath, args: ["-e", ""], environment: { TOKEN } };

  function driverOf(
    kind: CliServiceConfig["kind"],
    behaviour: string,
    {
      fake = {},
      ...service
    }: { fake?: FakeOptions; loginFile?: string; readyMs?: number; approval?: "all" } = {},
  ) {
    const program = fakeCli(folder.path, kind, behaviour, fake);
    const parsed = serviceSchema.parse({ kind, program, ...service });
    return createCliDriver(parsed as CliServiceConfig, {
      scratchFolder: folder.scratch,
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
  }

  async function open(
    driver: ReturnType<typeof driverOf>,
    overrides: Partial<SessionStart> = {},
  ): Promise<AgentSession> {
    const session = await driver.open({
      toolServers: [],
      tag: tag(),
      signal: new AbortController().signal,
      timeoutMs: 25_000,
      outputBytesMax: 100_000,
      onEvent: (event) => events.push(event),
      askPermission: () => Promise.reject(new Error("nobody was to be asked")),
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
  const textOf = ({ output }: { output: Uint8Array }): string => Buffer.from(output).toString();
  const folderOf = (name: string): string => {
    const path = join(folder.path, `${name}-${count}`);
    mkdirSync(path, { recursive: true });
    return path;
  };

  for (const kind of CLI_KINDS) {
    describe(kind, () => {
      it("counts the tokens of each turn alone, and names model and program", async () => {
        const session = await open(driverOf(kind, "turns"), { homeFolder: folderOf("home") });
        const first = await session.prompt(turn("a"));
        const second = await session.prompt(turn("b"));
        for (const outcome of [first, second])
          expect(outcome.usage).to.deep.equal({ inputTokens: 100, outputTokens: 20 });
        if (kind !== "codex" && kind !== "opencode" && kind !== "qwen")
          expect(first.model).to.equal("fake-model");
        expect(first.costUsd).to.equal(kind === "claude" ? 0.25 : undefined);
        expect(session.program).to.equal(`${kind} ${CLI_TOOLS[kind].versions.tested}`);
        expect(textOf(second)).to.equal(`turn 2 of ${session.id}: b`);
      });

      it("resumes a session in another process, and counts what came on top", async () => {
        const kept = { homeFolder: folderOf("home"), workFolder: folderOf("work") };
        const first = await open(driverOf(kind, "turns"), kept);
        await first.prompt(turn("a"));
        await first.close();
        const { counted } = first;
        const again = { ...kept, resume: first.id ?? "none", ...(counted === undefined ? {} : { counted }) };
        const second = await open(driverOf(kind, "turns"), again);
        const outcome = await second.prompt(turn("b"));
        expect(textOf(outcome)).to.equal(`turn 2 of ${first.id}: b`);
        expect(outcome.usage).to.deep.equal({ inputTokens: 100, outputTokens: 20 });
      });

      it("keeps the tools' token in files that nobody else can read, and that go with the session", async () => {
        const homeFolder = folderOf("home");
        const session = await open(driverOf(kind, "world"), { homeFolder, toolServers: [notes] });
        const world = JSON.parse(textOf(await session.prompt(turn("x"))));
        const files = Object.values(world.files) as { mode: string; text: string }[];
        expect(files.filter(({ text }) => text.includes(TOKEN))).to.have.length(1);
        expect(files.map(({ mode }) => mode)).to.deep.equal(["600"]);
        expect(JSON.stringify(world.args)).not.to.contain(TOKEN);
        expect(JSON.stringify(world.environment)).not.to.contain(TOKEN);
        expect(existsSync(world.configurationAt)).to.equal(kind === "claude");
        await session.close();
        expect(existsSync(world.configurationAt)).to.equal(false);
        const left = readdirSync(homeFolder, { recursive: true, encoding: "utf8" });
        expect(left.filter((name) => /settings\.json|config\.toml/.test(name))).to.deep.equal([]);
      });

      it("says what the program says went wrong, and goes on", async () => {
        const session = await open(driverOf(kind, "failed"));
        const error = await expectCode(session.prompt(turn("x")), "AGENT_FAILED");
        expect(error.message).to.contain("the model is overloaded");
        expect(session.state()).to.equal("running");
      });

      it("says that the program is not logged in, and by which variable it gets a key", async () => {
        const session = await open(driverOf(kind, "notLoggedIn"));
        const error = await expectCode(session.prompt(turn("x")), "AGENT_LOGIN_MISSING");
        expect(error.message).to.contain(CLI_TOOLS[kind].keyVariables[0]);
        expect(error.retryable).to.equal(false);
      });

      it("finds the operator's login by a link in its home", async () => {
        const loginFile = join(folderOf("operator"), "login.json");
        writeFileSync(loginFile, "{}", { mode: 0o600 });
        const homeFolder = folderOf("home");
        const session = await open(driverOf(kind, "turns", { loginFile }), { homeFolder });
        await session.prompt(turn("x"));
        const path = join(homeFolder, CLI_TOOLS[kind].loginPath);
        expect(readFileSync(path, "utf8")).to.equal("{}");
        await session.close();
        expect(existsSync(path)).to.equal(false);
        expect(existsSync(loginFile)).to.equal(true);
      });
    });
  }

  // The one that counts on over its turns.
  it("goes on with a session of codex whose own record lies, and counts each turn once", async () => {
    const kept = { homeFolder: folderOf("home"), workFolder: folderOf("work") };
    const first = await open(driverOf("codex", "lies"), kept);
    const outcomes = [await first.prompt(turn("a")), await first.prompt(turn("b"))];
    const { counted } = first;
    await first.close();
    const resume = first.id ?? "none";
    const second = await open(driverOf("codex", "lies"), { ...kept, resume, ...(counted && { counted }) });
    outcomes.push(await second.prompt(turn("c")));
    await second.close();
    expect(outcomes.map(({ usage }) => usage)).to.deep.equal(
      Array.from({ length: 3 }, () => ({ inputTokens: 100, outputTokens: 20 })),
    );
    // Of whom nobody knows what was counted, all is counted once more.
    const third = await open(driverOf("codex", "lies"), { ...kept, resume });
    expect((await third.prompt(turn("d"))).usage).to.deep.equal({ inputTokens: 400, outputTokens: 80 });
  });

  for (const kind of ["claude", "qwen", "opencode"] as const) {
    it(`tells what ${kind} counted in a turn that it does not end, and in a run`, async () => {
      const told: unknown[] = [];
      const watch = {
        onAsked: () => void told.push("asked"),
        onUsage: (now: UsageTold) => void told.push(now.usage),
      };
      const session = await open(driverOf(kind, "toldAndGone"));
      await expectCode(session.prompt(turn("x", watch)), "AGENT_FAILED");
      const counted = ["asked", { inputTokens: 100, outputTokens: 20 }];
      expect(told.splice(0)).to.deep.equal(counted);
      const run = driverOf(kind, "toldAndGone").run({
        prompt: samplePrompt(),
        tag: tag(),
        signal: new AbortController().signal,
        timeoutMs: 25_000,
        outputBytesMax: 100_000,
        ...watch,
      });
      await expectCode(run, "AGENT_FAILED");
      expect(told).to.deep.equal(counted);
    });
  }

  for (const kind of ONE_OF_EACH) {
    describe(`${kind}, for its likes`, () => {
      it("refuses an older version, and one that is none; warns of a newer one", async () => {
        const old = await expectCode(
          open(driverOf(kind, "turns", { fake: { version: "0.0.9" } })),
          "AGENT_VERSION_REFUSED",
        );
        expect(old.message).to.contain(`npm install -g ${CLI_TOOLS[kind].packageName}@`);
        await expectCode(open(driverOf(kind, "noVersion")), "AGENT_VERSION_REFUSED");
        const session = await open(driverOf(kind, "turns", { fake: { version: "99.0.0" } }));
        expect(events.map((event) => event.kind === "notice" && event.text).join()).to.contain(
          "was not tried",
        );
        expect(textOf(await session.prompt(turn("x")))).to.contain("turn 1");
      });

      for (const behaviour of ["binary", "noise", "unfinished"] as const) {
        it(`says that the program does not speak its protocol (${behaviour})`, async () => {
          const error = await agentErrorOf(
            open(driverOf(kind, behaviour)).then((session) => session.prompt(turn("x"))),
          );
          expect(error.code, error.message).to.equal("AGENT_PROTOCOL_BROKEN");
        });
      }

      it("refuses half a character", async () => {
        const session = await open(driverOf(kind, "halfCharacter"));
        await expectCode(session.prompt(turn("x")), "AGENT_OUTPUT_NOT_UTF8");
      });

      it("ends a program that ignores SIGTERM, and children that flee", async () => {
        const deaf = await open(driverOf(kind, "deaf"));
        await expectCode(deaf.prompt(turn("x", { timeoutMs: 500 })), "AGENT_TIMED_OUT");
        const fled = await open(driverOf(kind, "flee"));
        expect(textOf(await fled.prompt(turn("x")))).to.equal("an answer");
        await fled.close();
      });

      it("passes over a warning beside the protocol", async () => {
        const session = await open(driverOf(kind, "warn"));
        expect(textOf(await session.prompt(turn("x")))).to.equal("an answer");
      });
    });
  }

  for (const kind of CLI_KINDS) {
    describe(`${kind}, looked at by doctor`, () => {
      it("shows what is there, and asks no model", async () => {
        const program = fakeCli(folder.path, kind, "exit");
        const parsed = serviceSchema.parse({ kind, program, environment: ["THE_KEY"] });
        const check = await checkService(parsed, { environment: { ...process.env, THE_KEY: "x" } });
        expect(check).to.deep.equal({
          usable: true,
          findings: [`program ${program}`, `version ${CLI_TOOLS[kind].versions.tested}`],
        });
        const without = await checkService(serviceSchema.parse({ kind, program }), {
          environment: process.env,
        });
        expect([without.usable, without.error?.code]).to.deep.equal([false, "AGENT_LOGIN_MISSING"]);
        expect(without.findings.join()).to.contain(`${kind} ${CLI_TOOLS[kind].versions.tested} has no key`);
        const missing = serviceSchema.parse({ kind, program: `/nowhere/${kind}` });
        const absent = await checkService(missing, { environment: process.env });
        expect(absent.error?.code).to.equal("AGENT_PROGRAM_MISSING");
        expect(absent.findings.join()).to.contain(`npm install -g ${CLI_TOOLS[kind].packageName}`);
      });
    });
  }

  for (const kind of TURN_KINDS) {
    describe(`${kind}, one process for each turn`, () => {
      it("shows the agent's words and its calls of tools, in order, with the tools connected", async () => {
        const log = join(folderOf("notes"), "log");
        const server = new URL("../../fixtures/noteServer.mjs", import.meta.url).pathname;
        const toolServers = [{ ...notes, args: [server, log], environment: { NOTE_TOKEN: TOKEN } }];
        let connected = false;
        const session = await open(driverOf(kind, "obey"), {
          toolServers,
          toolsReady: async () => {
            await until("the tools are connected", () => existsSync(log));
            connected = true;
          },
        });
        const answer = textOf(await session.prompt(turn('call notes note {"text":"a note"}')));
        expect(answer).to.equal(`2 lines, token ${TOKEN}`);
        expect(connected).to.equal(true);
        const shown = events.flatMap((event) =>
          event.kind === "text" ? [event.text] : event.kind === "tool" ? [event.state] : [],
        );
        expect(shown.join("|")).to.equal(`let me see|begun|done|${answer}`);
        // Told to a person, and kept by whoever tells it: without the token.
        expect(JSON.stringify(events.filter((event) => event.kind === "tool"))).not.to.contain(TOKEN);
      });
    });
  }

  describe("gemini, one process for each turn, for its likes", () => {
    const kind = "gemini";
    it("ends a turn that goes on without its tools", async () => {
      const session = await open(driverOf(kind, "hang", { readyMs: 600 }), {
        toolServers: [notes],
        toolsReady: () => new Promise<void>(() => {}),
      });
      await expectCode(session.prompt(turn("x")), "AGENT_TOOLS_MISSING");
    });

    it("is lost when its guard is killed in a turn", async () => {
      const session = await open(driverOf(kind, "hang"));
      const stopped = agentErrorOf(session.prompt(turn("x")));
      await until("the agent begins", () => events.some((event) => event.kind === "text"));
      const guard = listTagged().find(
        ({ tag: at, variable }) => at === tag() && variable === "PLEIAD_GUARD_TAG",
      );
      if (guard === undefined) throw new Error("no guard");
      process.kill(guard.pid, "SIGKILL");
      expect((await stopped).code).to.equal("AGENT_FAILED");
      expect((await session.ended).why).to.equal("lost");
    });

    it("takes the children along at the end of a turn", async () => {
      const session = await open(driverOf(kind, "obey"));
      const pids = JSON.parse(textOf(await session.prompt(turn("children")))) as number[];
      expect(pids).to.have.length(2);
      await expectGone(pids, 500);
    });

    it("says that the program does not know the session after all", async () => {
      const homeFolder = folderOf("home");
      const first = await open(driverOf(kind, "turns"), { homeFolder });
      await first.prompt(turn("x"));
      const lost = await open(driverOf(kind, "unknownSession"), { homeFolder, resume: first.id ?? "none" });
      await expectCode(lost.prompt(turn("x")), "AGENT_SESSION_LOST");
    });
  });

  describe("claude, one process for the session", () => {
    const asking = (service: { approval?: "all" }, answer: () => Promise<PermissionAnswer>) => {
      const asked: PermissionRequest[] = [];
      const askPermission = (request: PermissionRequest): Promise<PermissionAnswer> => {
        asked.push(request);
        return answer();
      };
      return { asked, session: open(driverOf("claude", "permission", service), { askPermission }) };
    };
    const decided = async (session: Promise<AgentSession>) =>
      JSON.parse(textOf(await (await session).prompt(turn("x"))));

    for (const [option, outcome, told] of [
      ["allow", "allowed", { behavior: "allow", updatedInput: { command: "curl example" } }],
      ["reject", "rejected", { behavior: "deny", message: "It was not allowed." }],
    ] as const) {
      it(`passes the answer "${option}" to a request for leave on`, async () => {
        const { asked, session } = asking({}, async () => ({ option }));
        expect(await decided(session)).to.deep.equal(told);
        expect(asked.map(({ title, tool, input }) => [title, tool, input])).to.deep.equal([
          ["Fetch a page", "Bash", '{"command":"curl example"}'],
        ]);
        expect(asked[0]?.options.map(({ kind }) => kind)).to.deep.equal([
          "allowOnce",
          "allowAlways",
          "rejectOnce",
        ]);
        expect(events.find((event) => event.kind === "permission")).to.include({ outcome });
      });
    }

    it("asks leave for all of a long command, whatever comes last in it", async () => {
      const { asked, session } = asking({}, async () => ({ option: "reject" }));
      const command = `true ${"#".repeat(5_000)}; rm -rf work`;
      await (await session).prompt(turn(command));
      expect(asked[0]?.input).to.equal(JSON.stringify({ command }));
    });

    it("allows from now on for this session alone, whatever the program would have written down", async () => {
      const { updatedPermissions } = await decided(
        asking({}, async () => ({ option: "allowAlways" })).session,
      );
      expect(updatedPermissions).to.deep.equal([
        { type: "addRules", behavior: "allow", destination: "session" },
      ]);
    });

    it("tells the agent no when nobody decides, whoever decides fails, or chooses what was not offered", async () => {
      for (const answer of [
        async () => ({ cancelled: true }) as const,
        () => Promise.reject(new Error("broken")),
        async () => ({ option: "rm -rf" }),
      ]) {
        const { behavior } = await decided(asking({}, answer).session);
        expect(behavior).to.equal("deny");
      }
      const outcomes = events.flatMap((event) => (event.kind === "permission" ? [event.outcome] : []));
      expect(outcomes).to.deep.equal(["cancelled", "cancelled", "cancelled"]);
    });

    it("asks nobody where everything is allowed", async () => {
      const { asked, session } = asking({ approval: "all" }, () => Promise.reject(new Error("asked")));
      expect((await decided(session)).behavior).to.equal("allow");
      expect(asked).to.deep.equal([]);
    });

    it("does not begin when a server of its tools cannot be reached", async () => {
      const driver = driverOf("claude", "turns", { fake: { tools: "failed" } });
      await expectCode(open(driver, { toolServers: [notes] }), "AGENT_TOOLS_MISSING");
    });

    it("ends it when it does not leave by itself", async () => {
      const session = await open(driverOf("claude", "lingerAtClose"));
      expect(await session.close()).to.deep.equal({ why: "finished", error: undefined });
    });
  });

  it("lives as long as any session may, where it is given longer", async () => {
    for (const kind of ONE_OF_EACH) {
      const session = await open(driverOf(kind, "turns"), { timeoutMs: Number.MAX_SAFE_INTEGER });
      expect(textOf(await session.prompt(turn("x")))).to.contain("turn 1");
    }
  });

  for (const kind of CLI_KINDS) {
    it(`runs ${kind} for one answer in the folder that it is given, with its tools, and tells what it does`, async () => {
      const workFolder = folderOf("work");
      const seen: string[] = [];
      const { output } = await driverOf(kind, "world").run({
        prompt: samplePrompt(),
        workFolder,
        toolServers: [notes],
        tag: tag(),
        signal: new AbortController().signal,
        timeoutMs: 25_000,
        outputBytesMax: 100_000,
        onEvent: ({ kind: what }) => seen.push(what),
      });
      const world = JSON.parse(textOf({ output }));
      expect(world.folder).to.equal(workFolder);
      expect(JSON.stringify(world.files)).to.contain(TOKEN);
      // These two say their answer once it is over.
      if (kind !== "claude" && kind !== "qwen") expect(seen).to.include("text");
    });
  }

  it("asks in a run for one answer whoever the run names", async () => {
    const asked: string[] = [];
    const { output } = await driverOf("claude", "permission").run({
      prompt: samplePrompt(),
      tag: tag(),
      signal: new AbortController().signal,
      timeoutMs: 25_000,
      outputBytesMax: 100_000,
      askPermission: async ({ tool }) => {
        asked.push(tool ?? "");
        return { option: "allow" };
      },
    });
    expect(asked).to.deep.equal(["Bash"]);
    expect(JSON.parse(textOf({ output })).behavior).to.equal("allow");
  });

  it("compares versions by their numbers", () => {
    expect(compareVersions("1.10.0", "1.9.9")).to.be.greaterThan(0);
    expect(compareVersions("0.9.10", "0.9.10")).to.equal(0);
    expect(compareVersions("1.0.0", "2.0.0")).to.be.lessThan(0);
  });

  it("takes no home of another, and wants a model for another server", () => {
    for (const kind of CLI_KINDS) {
      expect(serviceSchema.safeParse({ kind }).success, kind).to.equal(true);
      expect(serviceSchema.safeParse({ kind, environment: ["HOME"] }).success, kind).to.equal(false);
      expect(serviceSchema.safeParse({ kind, model: "--yolo" }).success, kind).to.equal(false);
      expect(serviceSchema.safeParse({ kind, shell: true }).success, kind).to.equal(false);
    }
    const baseUrl = "http://127.0.0.1:1/v1";
    for (const kind of ["codex", "opencode", "qwen"]) {
      expect(serviceSchema.safeParse({ kind, baseUrl }).success, kind).to.equal(false);
      expect(serviceSchema.safeParse({ kind, baseUrl, model: "m" }).success, kind).to.equal(true);
    }
  });
});
