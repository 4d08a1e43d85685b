import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import type { AgentRun } from "../../../node/src/agents/driver.ts";
import { listFromPs, listTagged, sweepTagged } from "../../../node/src/agents/processTable.mjs";
import { createDriver } from "../../../node/src/agents/services.ts";
import { sweepOrphans } from "../../../node/src/agents/sweep.ts";
import { serviceSchema } from "../../../node/src/config/service.ts";
import {
  agentProgram,
  expectCode,
  expectGone,
  isAlive,
  readPids,
  samplePrompt,
  taggedPids,
  temporaryFolder,
} from "./fixtures/world.ts";

const daemonProgram = fileURLToPath(new URL("./fixtures/daemon.ts", import.meta.url));
/** Promise N7: how long an agent may outlive its lease, and its daemon. */
const OUTLIVES_MS_MAX = 5_000;
const LONG_MS = 60_000;

describe("guard", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let count = 0;
  const started: number[] = [];
  const reports: string[] = [];
  before(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    // Whatever a failed test left, and only what tests of this process started.
    sweepTagged((entry) => entry.tag.startsWith(`guard-test-${process.pid}-`));
    const reported = reports.splice(0).flatMap((report) => (existsSync(report) ? readPids(report) : []));
    for (const pid of [...started.splice(0), ...reported]) {
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  });
  after(() => folder.remove());

  /** A report file and a tag for one agent. */
  function job(): { report: string; tag: string; prefix: string } {
    count += 1;
    const prefix = `guard-test-${process.pid}-${count}`;
    return { report: join(folder.path, `pids-${count}`), prefix, tag: `${prefix}:1` };
  }

  /** A daemon that runs one agent, at the moment when that agent and its children run. */
  async function daemonWith(mode: string, timeoutMs = LONG_MS) {
    const { report, tag, prefix } = job();
    const args = [daemonProgram, folder.scratch, tag, String(timeoutMs), mode, report];
    const daemon = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    remember(daemon);
    await once(daemon.stdout, "data");
    const agents = readPids(report);
    const guards = guardPids(tag);
    started.push(...agents, ...guards);
    expect(guards, "one guard").to.have.length(1);
    expect([...agents, ...guards].every(isAlive), "everything runs").to.equal(true);
    return { daemon, agents, guards, tag, prefix };
  }

  function remember(child: ChildProcess): void {
    if (child.pid !== undefined) started.push(child.pid);
  }

  function guardPids(tag: string): number[] {
    return listTagged().flatMap((entry) =>
      entry.tag === tag && entry.variable === "PLEIAD_GUARD_TAG" ? [entry.pid] : [],
    );
  }

  async function kill(daemon: ChildProcess, name: NodeJS.Signals): Promise<void> {
    const exit = once(daemon, "exit");
    daemon.kill(name);
    await exit;
  }

  function run(mode: string, overrides: Partial<AgentRun> = {}) {
    const { report, tag } = job();
    reports.push(report);
    const service = serviceSchema.parse({
      kind: "command",
      program: process.execPath,
      args: [agentProgram, mode, report],
    });
    const driver = createDriver(service, {
      scratchFolder: folder.scratch,
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
    const outcome = driver.run({
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 1_000_000,
      tag,
      ...overrides,
    });
    return { outcome, tag, pids: () => readPids(report) };
  }

  describe("when the daemon dies", () => {
    for (const mode of ["hang", "stubborn", "family", "nameless", "flee"]) {
      it(`by SIGKILL, ends an agent of the kind "${mode}" with all its processes`, async () => {
        const { daemon, agents, guards } = await daemonWith(mode);
        await kill(daemon, "SIGKILL");
        await expectGone([...agents, ...guards], OUTLIVES_MS_MAX);
        expect(readdirSync(folder.scratch), "folders of agents").to.deep.equal([]);
      });
    }

    it("by SIGKILL while the agent floods, ends the agent", async () => {
      // The daemon allows 1,000 bytes; it is stopped at once, so the guard has to act for a daemon that does not read.
      const { report, tag } = job();
      const args = [daemonProgram, folder.scratch, tag, "1000", "flood", report];
      const daemon = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      remember(daemon);
      while (!existsSync(report)) await new Promise((resolve) => setTimeout(resolve, 5));
      daemon.kill("SIGSTOP");
      const deadline = performance.now() + 1_000 + OUTLIVES_MS_MAX;
      await expectGone([...readPids(report)], deadline - performance.now());
      await kill(daemon, "SIGKILL");
      await expectGone(taggedPids(tag), OUTLIVES_MS_MAX);
    });

    it("by its own exit, ends the agent", async () => {
      const { daemon, agents, guards } = await daemonWith("family");
      await kill(daemon, "SIGTERM");
      await expectGone([...agents, ...guards], OUTLIVES_MS_MAX);
    });
  });

  it("ends an agent at its time while the daemon is suspended", async () => {
    const timeoutMs = 1_500;
    const beganAt = performance.now();
    const { daemon, agents, guards } = await daemonWith("stubborn", timeoutMs);
    daemon.kill("SIGSTOP");
    await expectGone([...agents, ...guards], timeoutMs + OUTLIVES_MS_MAX);
    expect(performance.now() - beganAt, "not before its time").to.be.at.least(timeoutMs);
    expect(isAlive(daemon.pid ?? 0), "the daemon is still there").to.equal(true);
    // A daemon that wakes up finds the end waiting, and reports it.
    const ended = once(daemon.stdout, "data");
    daemon.kill("SIGCONT");
    expect(String(await ended)).to.contain("ended");
    await once(daemon, "exit");
  });

  it("ends an agent that ignores SIGTERM, within 5 s of its time", async () => {
    const { outcome, pids } = run("stubborn", { timeoutMs: 700 });
    const error = await expectCode(outcome, "AGENT_TIMED_OUT");
    expect(pids().filter(isAlive)).to.deep.equal([]);
    expect(error.details.timeoutMs).to.equal(700);
  });

  it("ends children and grandchildren when it is stopped", async () => {
    const controller = new AbortController();
    const { outcome, pids } = run("family", {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expectCode(outcome, "AGENT_STOPPED");
    expect(pids()).to.have.length(3);
    expect(pids().filter(isAlive)).to.deep.equal([]);
  });

  it("ends what an agent that answered leaves in its group", async () => {
    const { outcome, pids } = run("leave");
    expect(Buffer.from((await outcome).output).toString()).to.equal("answer\n");
    expect(pids()).to.have.length(2);
    await expectGone(pids(), 100);
  });

  it("ends a process that fled the group, by its tag", async () => {
    const controller = new AbortController();
    const { outcome, pids } = run("flee", {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expectCode(outcome, "AGENT_STOPPED");
    await expectGone(pids(), 100);
  });

  it("does not wait for a process that nobody can recognize, even if it holds the output open", async () => {
    const { outcome, pids } = run("hide");
    expect(Buffer.from((await outcome).output).toString()).to.equal("answer\n");
    const [agent = 0, hidden = 0] = pids();
    expect(isAlive(agent)).to.equal(false);
    // The limit that the README states.
    expect(isAlive(hidden)).to.equal(true);
    process.kill(hidden, "SIGKILL");
  });

  it("ends a flood at the limit", async () => {
    const { outcome, pids } = run("flood", { outputBytesMax: 100_000 });
    await expectCode(outcome, "AGENT_OUTPUT_TOO_LARGE");
    expect(pids().filter(isAlive)).to.deep.equal([]);
  });

  it("leaves the agent to the daemon when it is killed itself", async () => {
    const { outcome, pids, tag } = run("flee", {
      onProgress: () => {
        for (const pid of guardPids(tag)) process.kill(pid, "SIGKILL");
      },
    });
    const error = await expectCode(outcome, "AGENT_FAILED");
    expect(error.message).to.contain("guard");
    await expectGone(pids(), 100);
  });

  it("ends the agent when it is told to end itself", async () => {
    const { outcome, pids, tag } = run("family", {
      onProgress: () => {
        for (const pid of guardPids(tag)) process.kill(pid, "SIGTERM");
      },
    });
    await expectCode(outcome, "AGENT_FAILED");
    expect(pids().filter(isAlive)).to.deep.equal([]);
  });

  it("is ended by the daemon when it is suspended", async () => {
    const { outcome, pids, tag } = run("hang", {
      timeoutMs: 1_000,
      onProgress: () => {
        for (const pid of guardPids(tag)) process.kill(pid, "SIGSTOP");
      },
    });
    const beganAt = performance.now();
    await expectCode(outcome, "AGENT_TIMED_OUT");
    expect(performance.now() - beganAt).to.be.at.most(1_000 + OUTLIVES_MS_MAX);
    expect([...pids(), ...taggedPids(tag)].filter(isAlive)).to.deep.equal([]);
  });

  it("passes an agent no descriptor but the three standard ones", async function () {
    if (process.platform !== "linux") return this.skip();
    const service = serviceSchema.parse({
      kind: "command",
      program: "/bin/ls",
      args: ["-l", "/proc/self/fd"],
    });
    const driver = createDriver(service, {
      scratchFolder: folder.scratch,
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
    const { output } = await driver.run({
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 10_000,
      tag: job().tag,
    });
    const listing = Buffer.from(output).toString();
    const descriptors = [...listing.matchAll(/ (\d+) -> (.*)$/gm)].map((match) => match[1]);
    // 3 is the folder that `ls` reads.
    expect(descriptors, listing).to.deep.equal(["0", "1", "2", "3"]);
    expect(listing).to.match(/ 3 -> \/proc\//);
  });

  it("passes an agent nothing that the daemon's own parent left open", async function () {
    if (process.platform !== "linux") return this.skip();
    const { report, tag } = job();
    const args = [daemonProgram, folder.scratch, tag, "20000", "descriptors", report];
    const left = openSync("/dev/null", "r");
    // Number 40, with nothing between: Node.js itself closes the low ones.
    const stdio = ["ignore", "pipe", "inherit", ...Array(37).fill("ignore"), left];
    const daemon = spawn(process.execPath, args, { stdio });
    closeSync(left);
    remember(daemon);
    if (daemon.stdout === null) throw new Error("no output");
    await once(daemon.stdout, "data");
    expect(readdirSync(`/proc/${daemon.pid}/fd`)).to.include("40");
    expect(readPids(report)).not.to.include(40);
    const agents = taggedPids(tag);
    await kill(daemon, "SIGKILL");
    await expectGone(agents, OUTLIVES_MS_MAX);
  });

  describe("sweep at the next start", () => {
    it("kills what outlived daemon and guard, and removes its folders", async () => {
      const { daemon, agents, guards, prefix } = await daemonWith("flee");
      // Suspended first: neither the guard nor the daemon may see the other's end and tidy up.
      for (const guard of guards) process.kill(guard, "SIGSTOP");
      await kill(daemon, "SIGKILL");
      for (const guard of guards) process.kill(guard, "SIGKILL");
      await expectGone(guards, OUTLIVES_MS_MAX);
      expect(agents.filter(isAlive), "nobody was left to end them").to.deep.equal(agents);

      const { killed, foldersRemoved, foldersLeft, listingError } = await sweepOrphans(
        prefix,
        folder.scratch,
      );
      expect([...killed].sort()).to.deep.equal([...agents].sort());
      expect({ foldersRemoved, foldersLeft, listingError }).to.deep.equal({
        foldersRemoved: 1,
        foldersLeft: [],
        listingError: undefined,
      });
      await expectGone(agents, 1_000);
    });

    it("kills a guard that is suspended, and its agent", async () => {
      const { daemon, agents, guards, prefix } = await daemonWith("hang");
      for (const guard of guards) process.kill(guard, "SIGSTOP");
      await kill(daemon, "SIGKILL");
      const { killed } = await sweepOrphans(prefix, folder.scratch);
      expect([...killed].sort()).to.deep.equal([...agents, ...guards].sort());
      await expectGone([...agents, ...guards], 1_000);
    });

    it("touches nothing of another data folder, not even one whose prefix begins alike", async () => {
      const { daemon, agents, guards, prefix } = await daemonWith("hang");
      for (const other of [prefix.slice(0, -1), `${prefix}0`, "another-folder"]) {
        expect((await sweepOrphans(other)).killed, other).to.deep.equal([]);
      }
      expect([...agents, ...guards].every(isAlive)).to.equal(true);
      await kill(daemon, "SIGKILL");
      await expectGone([...agents, ...guards], OUTLIVES_MS_MAX);
    });

    it("refuses a prefix that could match others' processes", async () => {
      for (const prefix of ["", "short", "with space in it", "with:colon:in:it"]) {
        await expectCode(sweepOrphans(prefix), "AGENT_TAG_INVALID");
      }
    });

    it("does nothing in a folder where no agent has run", async () => {
      const { killed, foldersRemoved } = await sweepOrphans(job().prefix, join(folder.path, "nowhere"));
      expect({ killed, foldersRemoved }).to.deep.equal({ killed: [], foldersRemoved: 0 });
    });

    it("removes folders alone when no process is left", async () => {
      mkdirSync(join(folder.scratch, "run-old", "work"), { recursive: true });
      expect((await sweepOrphans(job().prefix, folder.scratch)).foldersRemoved).to.equal(1);
    });

    it("finds the same processes through ps, as it does on macOS", async () => {
      const { daemon, agents, guards, tag } = await daemonWith("flee");
      const found = listFromPs().filter((entry) => entry.tag === tag);
      expect(found.map((entry) => entry.pid).sort()).to.deep.equal([...agents, ...guards].sort());
      await kill(daemon, "SIGKILL");
      await expectGone([...agents, ...guards], OUTLIVES_MS_MAX);
    });
  });
});
