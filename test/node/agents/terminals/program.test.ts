import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { launchAgent } from "../../../../node/src/agents/launch.ts";
import { listTagged, sweepTagged } from "../../../../node/src/agents/processTable.mjs";
import { INPUT_BYTES_MAX, INPUT_WAITING_BYTES_MAX } from "../../../../node/src/agents/terminals/limits.ts";
import { programSource } from "../../../../node/src/agents/terminals/programSource.ts";
import { createTerminal } from "../../../../node/src/agents/terminals/terminal.ts";
import { typeInto } from "../../../../node/src/agents/terminals/typeInto.ts";
import { confinementSchema } from "../../../../node/src/config/service.ts";
import { expectGone, isAlive, readPids, taggedPids, temporaryFolder } from "../fixtures/world.ts";
import { until } from "./support.ts";

const daemonProgram = fileURLToPath(new URL("../fixtures/terminalDaemon.ts", import.meta.url));
/** How long an agent may outlive its lease, and its daemon. */
const OUTLIVES_MS_MAX = 5_000;
const SIZE = { columns: 80, rows: 24 };

describe("a program in a terminal", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let count = 0;
  const started: number[] = [];
  const stops: AbortController[] = [];
  before(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    for (const stop of stops.splice(0)) stop.abort();
    sweepTagged((entry) => entry.tag.startsWith(`terminal-test-${process.pid}-`));
    for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
  after(() => folder.remove());

  async function run(program: string, args: readonly string[], timeoutMs = 20_000) {
    count += 1;
    const stop = new AbortController();
    stops.push(stop);
    const tag = `terminal-test-${process.pid}-${count}:1`;
    const agent = await launchAgent(
      { scratchFolder: folder.scratch, environment: process.env, logger: pino({ level: "silent" }) },
      {
        environmentNames: [],
        confinement: confinementSchema.parse({ sandbox: "none" }),
        terminal: SIZE,
        command: async () => ({ program, args }),
        tag,
        timeoutMs,
        signal: stop.signal,
      },
    );
    const terminal = createTerminal({ name: "ada", size: SIZE, source: programSource(agent) });
    const shows = (text: string) =>
      until(terminal, () => terminal.text("all").lines.join("\n").includes(text));
    return { agent, terminal, shows, stop, tag };
  }

  const shell = (script: string, timeoutMs?: number) => run("/bin/sh", ["-c", script], timeoutMs);

  it("has a real one, of the right kind and size", async () => {
    const { terminal } = await shell(
      "tty; stty size; echo $TERM; test -t 0 && test -t 1 && test -t 2 && echo yes; exit 3",
    );
    expect(await terminal.ended).to.deep.equal({ why: "failed", exitCode: 3 });
    const { lines } = terminal.text("screen");
    expect(lines[0]).to.match(/^\/dev\/(?:pts\/\d+|tty\S+)$/);
    expect(lines.slice(1, 4)).to.deep.equal(["24 80", "xterm-256color", "yes"]);
  });

  it("is typed into, and hears of another size", async () => {
    const { terminal, shows } = await shell(
      "trap 'stty size' WINCH; echo ready; while read line; do echo got $line; done",
    );
    await shows("ready");
    terminal.type("hello\r");
    await shows("got hello");
    terminal.attach({ send: async () => {} }, { mayType: true }).resize({ columns: 100, rows: 40 });
    // The shell acts on it once it has read a line.
    terminal.type("again\r");
    await shows("40 100");
    // Ctrl-D: a real terminal ends the input.
    terminal.type("\u0004");
    expect((await terminal.ended).why).to.equal("finished");
  });

  it("has the keys of a person act as they do", async () => {
    const { terminal, shows } = await shell("echo ready; sleep 60");
    await shows("ready");
    terminal.type("\u0003");
    expect((await terminal.ended).why).to.equal("failed");
  });

  it("loses nothing of its last words, however much it prints and however it is read", async () => {
    const { terminal } = await shell("seq 1 300000; printf 'the very end'");
    await terminal.ended;
    expect(terminal.text("all").lines.slice(-2)).to.deep.equal(["300000", "the very end"]);
  });

  it("inherits nothing of the daemon's", async () => {
    const { terminal } = await run(process.execPath, [
      "-e",
      `const fs = require("node:fs");
       for (const name of fs.existsSync("/proc/self/fd") ? fs.readdirSync("/proc/self/fd") : []) {
         try { const to = fs.readlinkSync("/proc/self/fd/" + name); if (/socket|pipe/.test(to) && Number(name) < 3) console.log("leaks", to); } catch {}
       }
       console.log("PLEIAD_GUARD_TAG" in process.env, Object.keys(process.env).filter((name) => /TOKEN|SECRET|npm_/.test(name)).length);`,
    ]);
    await terminal.ended;
    expect(terminal.text("screen").lines[0]).to.equal("false 0");
  });

  it("says that it cannot be started", async () => {
    const { agent, terminal } = await run("/nowhere/at-all", []);
    expect(await agent.ended).to.include({ reason: "notStarted", errorCode: "ENOENT" });
    expect((await terminal.ended).why).to.equal("failed");
  });

  it("ends when its time is over, with all that it started", async () => {
    const { agent, tag } = await shell("trap '' HUP TERM INT; nohup sleep 60 & sleep 60; sleep 60", 500);
    expect((await agent.ended).reason).to.equal("timedOut");
    await expectGone(taggedPids(tag), 0);
  });

  it("ends when it is stopped, also where it is a shell that waits for a person and has jobs of its own", async () => {
    const { agent, shows, stop, tag } = await run("/bin/sh", [
      "-c",
      "set -m; sleep 60 & sleep 61 & echo jobs; read x",
    ]);
    await shows("jobs");
    const pids = taggedPids(tag);
    expect(pids.length).to.be.at.least(4);
    stop.abort();
    expect((await agent.ended).reason).to.equal("stopped");
    await expectGone(pids, 1_000);
  });

  it("gets no more than a bounded amount that it does not read", () => {
    // Nobody reads the other side.
    const stdin = new PassThrough({ highWaterMark: 1 });
    const source = programSource({
      stdin,
      stdout: new PassThrough(),
      resize: () => {},
      ended: new Promise<never>(() => {}),
    });
    const piece = "x".repeat(INPUT_BYTES_MAX);
    const pieces = INPUT_WAITING_BYTES_MAX / INPUT_BYTES_MAX;
    for (let typed = 0; typed < pieces; typed += 1) source.type(piece);
    // What it asks is answered as long as there is room.
    for (let asked = 0; asked < 1_000_000; asked += 1) source.answer("answer");
    expect(stdin.writableLength + stdin.readableLength).to.be.at.most(
      INPUT_WAITING_BYTES_MAX + INPUT_BYTES_MAX + 10,
    );
    expect(() => source.type(piece))
      .to.throw()
      .with.property("code", "TERMINAL_INPUT_WAITS");
  });

  it("gets a text and then Enter, once the text shows", async () => {
    const { terminal, shows } = await shell('while read -r line; do echo "got <$line>"; done');
    const text = `${"a long text ".repeat(20)}and its end`;
    await typeInto(terminal, text, { isInDialog: () => false });
    await shows("end>");
  });

  describe("when the daemon dies", () => {
    /** A daemon with one agent in a terminal, at the moment when it and its children run. */
    async function daemonWith(mode: string, timeoutMs = 60_000) {
      count += 1;
      const tag = `terminal-test-${process.pid}-${count}:1`;
      const report = join(folder.path, `pids-${count}`);
      const args = [daemonProgram, folder.scratch, tag, String(timeoutMs), mode, report];
      const daemon = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      if (daemon.pid !== undefined) started.push(daemon.pid);
      await once(daemon.stdout, "data");
      const agents = readPids(report);
      const guards = listTagged().flatMap((entry) =>
        entry.tag === tag && entry.variable === "PLEIAD_GUARD_TAG" ? [entry.pid] : [],
      );
      started.push(...agents, ...guards);
      expect(guards, "one guard").to.have.length(1);
      expect([...agents, ...guards].every(isAlive), "everything runs").to.equal(true);
      return { daemon, agents, guards, tag };
    }

    async function kill(daemon: ChildProcess): Promise<void> {
      const exit = once(daemon, "exit");
      daemon.kill("SIGKILL");
      await exit;
    }

    for (const mode of ["hang", "stubborn", "family", "nameless", "flee", "flood"]) {
      it(`by SIGKILL, ends an agent of the kind "${mode}" with all its processes`, async () => {
        const { daemon, agents, guards } = await daemonWith(mode);
        await kill(daemon);
        await expectGone([...agents, ...guards], OUTLIVES_MS_MAX);
        expect(readdirSync(folder.scratch), "folders of agents").to.deep.equal([]);
      });
    }

    it("by SIGSTOP while the agent floods, ends the agent when its time is over", async () => {
      const { daemon, agents, tag } = await daemonWith("flood", 2_000);
      daemon.kill("SIGSTOP");
      await expectGone(agents, 2_000 + OUTLIVES_MS_MAX);
      await kill(daemon);
      await expectGone(taggedPids(tag), OUTLIVES_MS_MAX);
    });

    it("and its guard with it, ends the agent as a terminal that is closed does", async () => {
      const { daemon, agents, guards } = await daemonWith("hang");
      daemon.kill("SIGSTOP");
      for (const guard of guards) process.kill(guard, "SIGKILL");
      await expectGone(agents, OUTLIVES_MS_MAX);
      await kill(daemon);
      // Neither was there to do so; the next start of the daemon would.
      for (const name of readdirSync(folder.scratch)) rmSync(join(folder.scratch, name), { recursive: true });
    });
  });
});
