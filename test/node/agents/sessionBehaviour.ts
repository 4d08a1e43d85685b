import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { afterEach, beforeEach, type Context, it } from "mocha";
import type { AgentTools } from "../../../node/src/agents/driver.ts";
import type { AgentErrorCode } from "../../../node/src/agents/errors.ts";
import { listTagged } from "../../../node/src/agents/processTable.mjs";
import type {
  AgentEvent,
  AgentSession,
  PermissionAnswer,
  PermissionRequest,
  SessionDriver,
  SessionStart,
  ToolServer,
  Turn,
  TurnOutcome,
} from "../../../node/src/agents/session.ts";
import { agentTag } from "../../../node/src/agents/tag.ts";
import { until } from "../../fixtures/until.ts";
import { agentErrorOf, expectCode, expectGone, isAlive, taggedPids } from "./fixtures/world.ts";

/** Of this process alone: another that runs the suite at the same moment has processes of its own. */
const TAG_PREFIX = `session-test-${process.pid}`;
const noteServer = fileURLToPath(new URL("../../fixtures/noteServer.mjs", import.meta.url));

/** How the program begins. `mute` never says that it is ready; `exits` ends before; `notLoggedIn` asks for a login. */
export type Beginning = "ready" | "missing" | "exits" | "mute" | "notLoggedIn";

/** Limits of a service, as far as tests set them. */
export interface SessionLimits {
  readonly timeoutMs?: number;
  readonly outputBytesMax?: number;
  readonly readyMs?: number;
}

/** An implementation of `SessionDriver` under test. Its program obeys `test/fixtures/obedientAgent.mjs`. */
export interface SessionsUnderTest {
  /** A driver whose program begins like this. The daemon's environment holds a variable CANARY_OF_SESSIONS that nobody names. */
  create(beginning: Beginning, limits?: SessionLimits): SessionDriver;
  /** What its programs can do. */
  readonly can: {
    /** Go on with a session that another process had. */
    readonly resume: boolean;
    /** Go on after a turn was cancelled. */
    readonly cancel: boolean;
    /** Ask for leave in the middle of a turn. */
    readonly ask: boolean;
    /** Take images. */
    readonly images: boolean;
    /** There is a process for it, with a folder and a home, which connects its tools. @default true */
    readonly program?: boolean;
  };
  readonly codes: { readonly notLoggedIn: AgentErrorCode; readonly missing?: AgentErrorCode };
}

const TIMEOUT_MS = 20_000;
const OUTPUT_BYTES_MAX = 1_000_000;
/** A pixel is enough: nobody looks at it. */
const IMAGE = { name: "dot.png", mediaType: "image/png", bytes: Buffer.from("not really a picture") };

/** What every driver of sessions promises. Call it inside a `describe`; `folder` is for the tests' files alone. */
export function describeSessions(getUnderTest: () => SessionsUnderTest, getFolder: () => string): void {
  let folder = "";
  let tag = "";
  let count = 0;
  let events: AgentEvent[] = [];
  let sessions: AgentSession[] = [];

  beforeEach(() => {
    count += 1;
    folder = mkdtempSync(join(getFolder(), "session-"));
    tag = agentTag(TAG_PREFIX, String(count));
    events = [];
    sessions = [];
  });

  afterEach(async () => {
    for (const session of sessions) await session.close();
    expect(taggedPids(tag), "processes that are left").to.deep.equal([]);
  });

  /** For what only a process can do. */
  const needsProgram = (test: Context): void => {
    if (getUnderTest().can.program === false) test.skip();
  };
  const folderOf = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };

  function start(overrides: Partial<SessionStart> = {}): SessionStart {
    return {
      toolServers: [],
      tag,
      signal: new AbortController().signal,
      timeoutMs: TIMEOUT_MS,
      outputBytesMax: OUTPUT_BYTES_MAX,
      onEvent: (event) => events.push(event),
      askPermission: () => Promise.reject(new Error("nobody was to be asked")),
      ...overrides,
    };
  }

  async function open(
    overrides: Partial<SessionStart> = {},
    beginning: Beginning = "ready",
    limits: SessionLimits = {},
  ): Promise<AgentSession> {
    const session = await getUnderTest().create(beginning, limits).open(start(overrides));
    sessions.push(session);
    return session;
  }

  const turn = (text: string, overrides: Partial<Turn> = {}): Turn => ({
    text,
    signal: new AbortController().signal,
    timeoutMs: TIMEOUT_MS,
    ...overrides,
  });
  const textOf = ({ output }: TurnOutcome): string => Buffer.from(output).toString();
  const say = async (session: AgentSession, text: string): Promise<string> =>
    textOf(await session.prompt(turn(text)));
  /** Settles once the agent has shown a piece of its answer. */
  const begun = (): Promise<unknown> =>
    until("the agent begins", () => events.some(({ kind }) => kind === "text"));
  const notes = (): {
    server: ToolServer;
    tools: AgentTools;
    log: string;
    connected: () => Promise<void>;
  } => {
    const log = join(folder, "notes");
    return {
      log,
      server: {
        name: "notes",
        command: process.execPath,
        args: [noteServer, log],
        environment: { NOTE_TOKEN: "secret-of-the-notes" },
      },
      // The same for who has no program: there is nothing to connect.
      tools: noteTools(log),
      connected: async () => {
        await until("the tools are connected", () => existsSync(log) && readFileSync(log, "utf8") !== "");
      },
    };
  };

  it("gives what the agent says, says why it stopped, and is finished when it is closed", async () => {
    const session = await open();
    expect(session.state()).to.equal("running");
    const outcome = await session.prompt(turn("say zażółć 🙂\n done"));
    expect(textOf(outcome)).to.equal("zażółć 🙂\n done");
    expect(outcome.stopReason).to.equal("end");
    expect(outcome.elapsedMs).to.be.greaterThan(0);
    expect(await session.close()).to.deep.equal({ why: "finished", error: undefined });
    expect(session.state()).to.equal("done");
    expect(await session.ended).to.deep.equal({ why: "finished", error: undefined });
  });

  it("keeps sessions open beside one another, whatever the service allows of answers at once", async () => {
    const driver = getUnderTest().create("ready");
    for (const name of ["one", "two", "three"])
      sessions.push(await driver.open(start({ tag: `${tag}-${name}` })));
    const answers = await Promise.all(sessions.map((session, at) => say(session, `say I am ${at}`)));
    expect(answers).to.deep.equal(["I am 0", "I am 1", "I am 2"]);
  });

  it("remembers from turn to turn", async () => {
    const session = await open();
    expect(await say(session, "remember the red door")).to.equal("kept");
    expect(await say(session, "recall")).to.equal("the red door");
  });

  it("takes a prompt of 1 MB and gives an answer of 1 MB", async () => {
    const session = await open({ outputBytesMax: 2_000_000 });
    const text = `say ${"word ".repeat(200_000)}`;
    expect((await say(session, text)).length).to.equal(text.length - "say ".length);
  });

  it("gives an empty answer where the agent says nothing", async () => {
    expect(await say(await open(), "empty")).to.equal("");
  });

  it("does one turn at a time", async () => {
    const session = await open();
    const controller = new AbortController();
    const first = agentErrorOf(session.prompt(turn("hang", { signal: controller.signal })));
    await begun();
    await expectCode(session.prompt(turn("say hello")), "AGENT_TURN_RUNNING");
    controller.abort();
    expect((await first).code).to.equal("AGENT_STOPPED");
  });

  it("shows the agent's words and its calls of tools, in order, and answers with what it said last", async () => {
    const { server, tools: direct, log, connected } = notes();
    if (getUnderTest().can.program === false) writeFileSync(log, "connected\n");
    const session = await open({ toolServers: [server], tools: direct, toolsReady: connected });
    expect(readFileSync(log, "utf8"), "connected before the first prompt").to.equal("connected\n");
    const answer = await say(session, 'call notes note {"text":"a note"}');
    expect(answer).to.equal("2 lines, token secret-of-the-notes");
    expect(readFileSync(log, "utf8")).to.equal("connected\na note\n");
    const shown = events.flatMap((event) =>
      event.kind === "text" ? [event.text] : event.kind === "tool" ? [event.state] : [],
    );
    expect(shown.join("|")).to.equal(`let me see|begun|done|${answer}`);
    const tools = events.filter((event) => event.kind === "tool");
    expect(new Set(tools.map(({ id }) => id)).size, "one call").to.equal(1);
    expect(tools[0]?.name).to.contain("note");
    expect(tools[0]?.summary).to.contain("a note");
  });

  it("passes no token of a tool in an argument", async function () {
    needsProgram(this);
    const { server, connected } = notes();
    const session = await open({ toolServers: [server], toolsReady: connected });
    if (process.platform === "linux") {
      const lines = listTagged()
        .filter((entry) => entry.tag === tag)
        .map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      expect(lines.length).to.be.at.least(3);
      for (const line of lines) expect(line).not.to.contain("secret-of-the-notes");
    }
    await session.close();
  });

  it("does not begin without its tools", async function () {
    needsProgram(this);
    const { server } = notes();
    const toolsReady = () => new Promise<void>(() => {});
    const opening = open({ toolServers: [server], toolsReady }, "ready", { readyMs: 4_000 });
    await expectCode(opening, "AGENT_TOOLS_MISSING");
    expect(taggedPids(tag)).to.deep.equal([]);
  });

  for (const [option, outcome] of [
    ["yes", "allowed"],
    ["always", "allowed"],
    ["no", "rejected"],
    ["never", "rejected"],
  ] as const) {
    it(`asks for leave with the agent's own options, and passes "${option}" on`, async function () {
      if (!getUnderTest().can.ask) this.skip();
      const asked: PermissionRequest[] = [];
      const session = await open({
        askPermission: async (request) => {
          asked.push(request);
          return { option };
        },
      });
      expect(await say(session, "ask may I?")).to.equal(`chosen: ${option}`);
      expect(asked).to.have.length(1);
      expect(asked[0]?.title).to.contain("may I?");
      expect(asked[0]?.options.map(({ id, kind }) => `${id} ${kind}`)).to.deep.equal([
        "yes allowOnce",
        "always allowAlways",
        "no rejectOnce",
        "never rejectAlways",
      ]);
      const told = events.filter((event) => event.kind === "permission");
      expect(told).to.have.length(1);
      expect(told[0]?.outcome).to.equal(outcome);
    });
  }

  for (const [what, answer] of [
    ["is cancelled", () => Promise.resolve<PermissionAnswer>({ cancelled: true })],
    ["fails", () => Promise.reject(new Error("the asker is broken"))],
    ["chooses what was not offered", () => Promise.resolve<PermissionAnswer>({ option: "rm -rf" })],
  ] as const) {
    it(`tells the agent that its request is cancelled when whoever is asked ${what}`, async function () {
      if (!getUnderTest().can.ask) this.skip();
      const session = await open({ askPermission: answer });
      expect(await say(session, "ask may I?")).to.equal("cancelled");
      expect(events.filter((event) => event.kind === "permission")[0]?.outcome).to.equal("cancelled");
    });
  }

  it("ends a turn in which nobody answers a request for leave, and tells whoever is asked", async function () {
    if (!getUnderTest().can.ask) this.skip();
    const asked = Promise.withResolvers<AbortSignal>();
    const session = await open({
      askPermission: (_request, signal) => {
        asked.resolve(signal);
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const stopped = agentErrorOf(session.prompt(turn("ask may I?", { signal: controller.signal })));
    const told = await asked.promise;
    controller.abort();
    expect((await stopped).code).to.equal("AGENT_STOPPED");
    expect(told.aborted).to.equal(true);
    if (getUnderTest().can.cancel) expect(await say(session, "say still here")).to.equal("still here");
  });

  it("stops a turn; the session goes on where the program can do that", async () => {
    const session = await open();
    const controller = new AbortController();
    const stopped = agentErrorOf(session.prompt(turn("hang", { signal: controller.signal })));
    await begun();
    controller.abort();
    expect((await stopped).code).to.equal("AGENT_STOPPED");
    if (getUnderTest().can.cancel) expect(await say(session, "say still here")).to.equal("still here");
    else expect((await session.ended).why).to.equal("stopped");
  });

  it("says that a model may have been asked before a turn is stopped, and tells what is known of it", async () => {
    const session = await open();
    const controller = new AbortController();
    const told: string[] = [];
    const watch = { onAsked: () => void told.push("asked"), onUsage: () => void told.push("usage") };
    const stopped = agentErrorOf(session.prompt(turn("hang", { signal: controller.signal, ...watch })));
    await begun();
    controller.abort();
    await stopped;
    expect(told[0]).to.equal("asked");
    const refused = session.prompt(turn("say x", { signal: AbortSignal.abort(), ...watch }));
    told.length = 0;
    await agentErrorOf(refused);
    expect(told, "nobody was asked").to.deep.equal([]);
  });

  it("does not begin a turn that is stopped already", async () => {
    const session = await open();
    await expectCode(session.prompt(turn("say x", { signal: AbortSignal.abort() })), "AGENT_STOPPED");
    expect(events).to.deep.equal([]);
    expect(await say(session, "say still here")).to.equal("still here");
  });

  it("ends a turn at its time, and at the service's", async () => {
    const session = await open();
    const error = await expectCode(session.prompt(turn("hang", { timeoutMs: 300 })), "AGENT_TIMED_OUT");
    expect(error.details.timeoutMs).to.equal(300);
    const limited = await open({}, "ready", { timeoutMs: 400 });
    const limit = await expectCode(limited.prompt(turn("hang")), "AGENT_TIMED_OUT");
    expect(limit.details.timeoutMs).to.equal(400);
  });

  it("ends the program where a turn cannot be stopped otherwise", async function () {
    needsProgram(this);
    const session = await open();
    await expectCode(session.prompt(turn("stubborn", { timeoutMs: 300 })), "AGENT_TIMED_OUT");
    const end = await session.ended;
    expect(end.why).to.equal("stopped");
    expect(end.error?.code).to.equal("AGENT_TIMED_OUT");
    await expectCode(session.prompt(turn("say x")), "AGENT_TIMED_OUT");
  });

  it("ends a turn whose answer is too large", async () => {
    const session = await open({ outputBytesMax: 50_000 });
    const error = await expectCode(session.prompt(turn("flood")), "AGENT_OUTPUT_TOO_LARGE");
    expect(error.details.outputBytesMax).to.equal(50_000);
  });

  it("ends a turn that fills what is kept of it, and says which limit it was", async function () {
    needsProgram(this);
    const [workFolder, homeFolder] = [folderOf("work"), folderOf("home")];
    const kept = [
      { path: workFolder, bytesMax: 1_073_741_824, what: "its work folder", key: "key.of.work" },
      { path: homeFolder, bytesMax: 65_536, what: "its home", key: "key.of.home" },
    ];
    const session = await open({ workFolder, homeFolder, kept });
    for (const path of [workFolder, homeFolder]) writeFileSync(join(path, "big"), Buffer.alloc(3_000_000, 1));
    const error = await expectCode(session.prompt(turn("hang")), "AGENT_FOLDER_FULL");
    expect(error.message).to.match(/has \d+ bytes in its home, which may hold 65536 \(key\.of\.home\)$/);
    expect(error.hint).to.match(/^Raise the limit .*`pleiad workspace rollback` or `discard`/);
    expect((await session.ended).error?.code).to.equal("AGENT_FOLDER_FULL");
  });

  it("says that the program ended in the middle of a turn", async function () {
    needsProgram(this);
    const failed = await open();
    const error = await expectCode(failed.prompt(turn("fail")), "AGENT_FAILED");
    expect(error.details.exitCode).to.equal(3);
    expect(error.message).to.contain("the reason: it is broken");
    const end = await failed.ended;
    expect([end.why, end.error?.code]).to.deep.equal(["failed", "AGENT_FAILED"]);
    const crashed = await open();
    const crash = await expectCode(crashed.prompt(turn("crash")), "AGENT_FAILED");
    expect(crash.details.exitSignal).to.equal("SIGKILL");
    await expectCode(crashed.prompt(turn("say x")), "AGENT_FAILED");
  });

  it("says why a program does not get ready, and leaves nothing of it", async () => {
    const { codes, can } = getUnderTest();
    const cases: readonly (readonly [Beginning, AgentErrorCode])[] = [
      ["missing", codes.missing ?? "AGENT_PROGRAM_MISSING"],
      ...(can.program === false
        ? []
        : ([
            ["exits", "AGENT_FAILED"],
            ["mute", "AGENT_NOT_READY"],
            ["notLoggedIn", codes.notLoggedIn],
          ] as const)),
    ];
    for (const [beginning, code] of cases) {
      const error = await expectCode(open({}, beginning, { readyMs: 1_000 }), code);
      expect(error.hint, beginning).to.be.a("string");
      expect(taggedPids(tag), beginning).to.deep.equal([]);
    }
  });

  it("does not begin when it is stopped before", async () => {
    await expectCode(open({ signal: AbortSignal.abort() }), "AGENT_STOPPED");
  });

  it("is stopped while it gets ready", async function () {
    needsProgram(this);
    const controller = new AbortController();
    const opening = agentErrorOf(open({ signal: controller.signal }, "mute"));
    await until("the program runs", () => taggedPids(tag).length > 0);
    controller.abort();
    expect((await opening).code).to.equal("AGENT_STOPPED");
    expect(taggedPids(tag)).to.deep.equal([]);
  });

  it("is stopped in the middle of a turn", async () => {
    const controller = new AbortController();
    const session = await open({ signal: controller.signal });
    const stopped = agentErrorOf(session.prompt(turn("hang")));
    await begun();
    controller.abort();
    expect((await stopped).code).to.equal("AGENT_STOPPED");
    const end = await session.ended;
    expect([end.why, end.error?.code]).to.deep.equal(["stopped", "AGENT_STOPPED"]);
    expect(taggedPids(tag)).to.deep.equal([]);
  });

  it("is stopped when its time is over", async () => {
    // A program's start takes some of it.
    const session = await open({ timeoutMs: getUnderTest().can.program === false ? 200 : 2_500 });
    await expectCode(session.prompt(turn("hang")), "AGENT_TIMED_OUT");
    const end = await session.ended;
    expect([end.why, end.error?.code]).to.deep.equal(["stopped", "AGENT_TIMED_OUT"]);
  });

  it("is lost when its guard is killed, and leaves nothing", async function () {
    needsProgram(this);
    const session = await open();
    const { pid } = JSON.parse(await say(session, "world")) as { pid: number };
    const stopped = agentErrorOf(session.prompt(turn("hang")));
    const guard = listTagged().find((entry) => entry.tag === tag && entry.variable === "PLEIAD_GUARD_TAG");
    if (guard === undefined) throw new Error("a session without a guard");
    process.kill(guard.pid, "SIGKILL");
    expect((await session.ended).why).to.equal("lost");
    expect((await stopped).code).to.equal("AGENT_FAILED");
    expect(isAlive(pid)).to.equal(false);
  });

  it("is closed in the middle of a turn, and again", async () => {
    const session = await open();
    const stopped = agentErrorOf(session.prompt(turn("hang")));
    await begun();
    const [end, again] = await Promise.all([session.close(), session.close()]);
    expect(end).to.deep.equal({ why: "finished", error: undefined });
    expect(again).to.deep.equal(end);
    expect((await stopped).code).to.equal("AGENT_STOPPED");
    await expectCode(session.prompt(turn("say x")), "AGENT_STOPPED");
  });

  it("takes the children along when it is closed", async function () {
    needsProgram(this);
    const session = await open();
    const pids = JSON.parse(await say(session, "children")) as number[];
    expect(pids.filter(isAlive)).to.have.length(2);
    await session.close();
    await expectGone(pids, 500);
  });

  it("works in the folder that it is given, and leaves that", async function () {
    needsProgram(this);
    const workFolder = folderOf("work");
    const session = await open({ workFolder });
    expect(await say(session, "write result.txt it is done")).to.equal("wrote result.txt");
    await session.close();
    expect(readdirSync(workFolder)).to.deep.equal(["result.txt"]);
    expect(readFileSync(join(workFolder, "result.txt"), "utf8")).to.equal("it is done");
  });

  it("works in a fresh folder that goes with it, if it is given none", async function () {
    needsProgram(this);
    const session = await open();
    const { cwd, environment } = JSON.parse(await say(session, "world"));
    expect(existsSync(cwd)).to.equal(true);
    await session.close();
    expect(existsSync(cwd), cwd).to.equal(false);
    expect(existsSync(environment.HOME), environment.HOME).to.equal(false);
  });

  it("has its home in the folder that it is given, and nothing of the daemon's environment", async function () {
    needsProgram(this);
    const homeFolder = folderOf("home");
    const session = await open({ homeFolder });
    const { environment } = JSON.parse(await say(session, "world"));
    expect(environment.HOME).to.equal(homeFolder);
    expect(environment.PLEIAD_AGENT_TAG).to.equal(tag);
    expect(Object.keys(environment)).not.to.include("CANARY_OF_SESSIONS");
    await session.close();
    expect(existsSync(homeFolder)).to.equal(true);
  });

  it("resumes a session whose process is gone", async function () {
    if (!getUnderTest().can.resume) this.skip();
    needsProgram(this);
    const kept = { homeFolder: folderOf("home"), workFolder: folderOf("work") };
    const first = await open(kept);
    await say(first, "remember the red door");
    const { id } = first;
    const { pid } = JSON.parse(await say(first, "world")) as { pid: number };
    process.kill(pid, "SIGKILL");
    expect((await first.ended).why).to.equal("failed");
    events = [];
    const second = await open({ ...kept, resume: id ?? "none" });
    expect(events, "nothing that was said before is told again").to.deep.equal([]);
    expect(await say(second, "recall")).to.equal("the red door");
    expect(second.id).to.equal(id);
  });

  it("says that a session cannot be resumed, and leaves nothing", async () => {
    await expectCode(open({ homeFolder: folderOf("home"), resume: "no-such-session" }), "AGENT_SESSION_LOST");
    expect(taggedPids(tag)).to.deep.equal([]);
  });

  it("passes images on, or says that it takes none", async () => {
    const session = await open();
    const prompt = session.prompt(turn("attachments", { attachments: [IMAGE] }));
    if (getUnderTest().can.images) {
      const [image] = JSON.parse(textOf(await prompt));
      expect(image.mediaType).to.equal(IMAGE.mediaType);
      expect(image.bytes).to.equal(IMAGE.bytes.toString("base64"));
    } else await expectCode(prompt, "AGENT_ATTACHMENT_REFUSED");
    expect(await say(session, "say still here")).to.equal("still here");
  });
}

/** The tool of `noteServer.mjs`, for who calls it within the daemon. */
function noteTools(log: string): AgentTools {
  const parameters = { type: "object", properties: { text: { type: "string" } } };
  return {
    list: () => [{ name: "note", description: "keeps a note", parameters }],
    async call(_name, { text }) {
      appendFileSync(log, `${String(text)}\n`);
      const lines = readFileSync(log, "utf8").trim().split("\n").length;
      return { text: `${lines} lines, token secret-of-the-notes` };
    },
  };
}
