import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { launchAgent } from "../../../../node/src/agents/launch.ts";
import { listTagged } from "../../../../node/src/agents/processTable.mjs";
import { programSource } from "../../../../node/src/agents/terminals/programSource.ts";
import { createTerminal, type Terminal } from "../../../../node/src/agents/terminals/terminal.ts";
import { createTerminals, type Terminals } from "../../../../node/src/agents/terminals/terminals.ts";
import { confinementSchema } from "../../../../node/src/config/service.ts";
import { type TestSource, testSource, until } from "../../agents/terminals/support.ts";
import { OPERATOR_TOKEN, startFaces, type TestFaces } from "../../workspace/faces.ts";
import { ALPHA } from "../../workspace/support.ts";
import { failureOf } from "../support/commands.ts";
import { callCli, callJson } from "../support/run.ts";

const BIN = resolve(import.meta.dirname, "../../../../node/bin/pleiad.mjs");
const SIZE = { columns: 80, rows: 24 };

describe("pleiad workspace attach", function () {
  this.timeout(30_000);
  let terminals: Terminals;
  let faces: TestFaces;
  let folder: string;
  let source: TestSource;
  let ada: Terminal;
  const stops: AbortController[] = [];
  const ends: Promise<unknown>[] = [];
  beforeEach(async () => {
    terminals = createTerminals({ logger: pino({ level: "silent" }) });
    faces = await startFaces({ terminals });
    source = testSource();
    ada = await terminals.open({ cluster: ALPHA, name: "ada", source });
    folder = join(mkdtempSync(join(tmpdir(), "pleiad-cli-")), "node");
    mkdirSync(folder);
    writeFileSync(join(folder, "pleiad.yaml"), "");
    writeFileSync(join(folder, "api.token"), `${OPERATOR_TOKEN}\n`, { mode: 0o600 });
    const state = { state: "ready", pid: process.pid, node: "1", apiUrl: faces.api.url, peerAddresses: [] };
    writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop.abort();
    await Promise.all(ends.splice(0));
    await terminals.stop();
    rmSync(resolve(folder, ".."), { recursive: true, force: true });
  });

  const cli = (...args: readonly string[]) => callCli(["workspace", "attach", ...args], { cwd: folder });
  const json = <T>(...args: readonly string[]) =>
    callJson<T>(["workspace", "attach", ...args, "--json"], { cwd: folder });

  /** A person at a terminal, where the command runs in a shell. */
  async function person(...args: readonly string[]) {
    const stop = new AbortController();
    stops.push(stop);
    const tag = `attach-test-${process.pid}:${ends.length}`;
    const command = [process.execPath, BIN, "workspace", "attach", ...args]
      .map((word) => `'${word}'`)
      .join(" ");
    const agent = await launchAgent(
      { scratchFolder: join(folder, "scratch"), environment: process.env, logger: pino({ level: "silent" }) },
      {
        environmentNames: [],
        confinement: confinementSchema.parse({ sandbox: "none" }),
        workFolder: folder,
        terminal: SIZE,
        command: async () => ({
          program: "/bin/sh",
          args: ["-c", `echo mine; ${command}; echo "code $?"; stty -a; printf done; read rest`],
        }),
        tag,
        timeoutMs: 25_000,
        signal: stop.signal,
      },
    );
    ends.push(agent.ended);
    const screen = createTerminal({ name: "person", size: SIZE, source: programSource(agent) });
    const text = () => screen.text("all").lines.join("\n");
    const shows = (words: string) => until(screen, () => text().includes(words));
    /** That the terminal is the person's again, as it was. */
    const isGivenBack = async () => {
      await shows("done");
      expect(text()).to.match(/^mine\n/);
      expect(text())
        .to.match(/(?<!-)icanon/)
        .and.to.match(/(?<!-)isig/)
        .and.to.match(/(?<!-)echo /);
      expect(screen.marksPaste()).to.equal(false);
    };
    const pidOf = () => {
      const pids = listTagged().flatMap((entry) =>
        entry.tag === tag && entry.variable === "PLEIAD_AGENT_TAG" ? [entry.pid] : [],
      );
      return Math.max(...pids);
    };
    return { screen, text, shows, isGivenBack, pidOf };
  }

  it("lists the terminals, and prints what stands on one where nobody watches", async () => {
    for (let line = 0; line < 50; line += 1) source.print(`line ${line}\r\n`);
    await until(ada, () => ada.text("screen").lines.includes("line 49"));
    expect((await cli()).stdout).to.match(/ada +running +100×30/);
    expect(await json<object>()).to.have.nested.property("terminals[0].name", "ada");
    const found = await json<{ lines: string[]; mayType: boolean }>("ada");
    expect(found.lines).to.have.length(30).and.to.include("line 49");
    expect(found.mayType).to.equal(true);
    const { stdout } = await cli("ada");
    expect(stdout.split("\n").slice(-2)).to.deep.equal(["line 49", ""]);
    expect((await cli("ada", "--all")).stdout.split("\n")[0]).to.equal("line 0");
    expect(failureOf(await cli("nobody", "--json")).code).to.equal("TERMINAL_UNKNOWN");
  });

  it("shows what the agent shows, sends what a person types, and leaves on Ctrl-] with everything as it was", async () => {
    source.print("\u001b[?2004h\u001b[31mhello\u001b[m");
    const { screen, shows, isGivenBack } = await person("ada");
    await shows("hello");
    await shows("ada · Ctrl-] leaves");
    // The person's size is the agent's, but for the line below.
    await until(ada, () => ada.size().rows === SIZE.rows - 1);
    expect(source.sizes.at(-1)).to.deep.equal({ columns: 80, rows: 23 });
    source.print(" you");
    await shows("hello you");
    expect(screen.marksPaste()).to.equal(true);
    screen.type("ls\r\u0003");
    while (source.typed.join("") !== "ls\r\u0003") await new Promise((resolve) => setImmediate(resolve));
    screen.attach({ send: async () => {} }, { mayType: true }).resize({ columns: 60, rows: 12 });
    await until(ada, () => ada.size().columns === 60);
    expect(ada.size()).to.deep.equal({ columns: 60, rows: 11 });
    screen.type("\u001d");
    await shows("left ada, which goes on");
    await shows("code 0");
    await isGivenBack();
  });

  it("only looks with --view", async () => {
    source.print("hello");
    const { screen, shows, isGivenBack } = await person("ada", "--view");
    await shows("looking on · part of 100×30");
    screen.type("rm -rf /\r\u001d");
    await shows("left ada");
    expect(source.typed).to.deep.equal([]);
    expect(source.sizes).to.have.length(1);
    await isGivenBack();
  });

  it("gives the terminal back when the agent ends", async () => {
    const { shows, isGivenBack } = await person("ada");
    await shows("Ctrl-] leaves");
    source.finish({ why: "failed", exitCode: 3 });
    await shows("ada has ended: failed, exit code 3");
    await isGivenBack();
  });

  it("gives the terminal back when the daemon goes away, and says so", async () => {
    const { shows, isGivenBack } = await person("ada");
    await shows("Ctrl-] leaves");
    await faces.api.stop();
    await shows("DAEMON_UNREACHABLE");
    await shows("code 75");
    await isGivenBack();
  });

  it("gives the terminal back when it is told to end", async () => {
    const { shows, isGivenBack, pidOf } = await person("ada");
    await shows("Ctrl-] leaves");
    process.kill(pidOf(), "SIGTERM");
    await shows("left ada");
    await isGivenBack();
  });
});
