import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { layoutOf } from "../../node/src/local/layout.ts";
import { runningTarget } from "../../node/src/local/networkFile.ts";
import { DAEMON_FLAGS } from "../../node/src/local/nodeProcess.mjs";
import { runDocument } from "../../node/src/local/runDocument.ts";
import {
  lastJson,
  type PleiadProcess,
  ROOT,
  runPleiad,
  startPleiad,
  temporaryFolder,
} from "../fixtures/pleiad.ts";
import { agentTags, isAlive, processesOf } from "../fixtures/processes.ts";
import { silenceAllowedMs } from "../fixtures/silence.ts";
import { until } from "../fixtures/until.ts";

/** From the signal to the end of the last process. Milliseconds. */
const STOP_MS_MAX = 5_000;
/** After SIGKILL: the daemons stop by themselves, then the chain. Milliseconds. */
const ORPHANS_MS_MAX = 10_000;

/** Another document: what is in it decides what the brief says. */
const CLOCKS = `# Clocks at sea

A ship that does not know the time at home does not know its longitude. For two hundred years captains guessed it.
The pendulum clock, exact on land, was useless on a rolling deck. Parliament offered a prize for a clock that kept time at sea.

## The carpenter

John Harrison, a carpenter, built five sea clocks in forty years. His fourth clock looked like a large watch.
On a voyage to Jamaica the watch lost five seconds in eighty-one days. The judges of the prize asked for a second voyage.

## The price of exactness

A good sea clock cost as much as a third of a ship. Captains therefore carried tables of the moon as well, and compared the two.
When clocks became cheap, the tables of the moon were forgotten.
`;

interface RunJson {
  readonly executionId: number;
  readonly clusterId: number;
  readonly response: string;
  readonly responseDigest: string;
  readonly verified: boolean;
}

interface CreditsJson {
  readonly credits: readonly { readonly kind: string; readonly id: number; readonly creditWei: string }[];
}

describe("pleiad up", function () {
  this.timeout(120_000);
  // Each test carries on where the one before stopped.
  this.bail(true);
  let folder: ReturnType<typeof temporaryFolder>;
  let data: string;
  let up: PleiadProcess;
  const started: PleiadProcess[] = [];

  before(() => {
    folder = temporaryFolder();
    data = join(folder.path, "data");
    writeFileSync(clocksFile(), CLOCKS);
  });
  after(async () => {
    for (const one of started) one.signal("SIGKILL");
    await until("no process is left", () => processesOf(folder.path).length === 0, { timeoutMs: 20_000 });
    await folder[Symbol.asyncDispose]();
  });

  const clocksFile = () => join(folder.path, "clocks.md");

  function start(...args: readonly string[]): PleiadProcess {
    const running = startPleiad(["up", "--data", data, ...args]);
    started.push(running);
    return running;
  }

  /** Starts and waits until the run's result is there. */
  async function startJson(...args: readonly string[]): Promise<RunJson> {
    up = start("--json", ...args);
    await up.says(/"tasks":\[.*\n/);
    return lastJson(up.stdout()) as RunJson;
  }

  /** Sends a signal and waits until nothing of the network runs; answers the exit code. */
  async function stopBy(signal: NodeJS.Signals): Promise<number | null> {
    const atMs = performance.now();
    up.signal(signal);
    const { exitCode } = await up.ended;
    expect(performance.now() - atMs, "time to stop in ms").to.be.below(STOP_MS_MAX);
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    return exitCode;
  }

  it("brings everything up, runs the sample document, and says what to try next, never silent for three seconds", async () => {
    up = start();
    const startedAtMs = performance.now();
    let silenceMsMax = 0;
    let lastAtMs = startedAtMs;
    let length = 0;
    await until(
      "the end of the first page",
      () => {
        const now = performance.now();
        const written = up.stdout().length + up.stderr().length;
        if (written !== length) lastAtMs = now;
        length = written;
        silenceMsMax = Math.max(silenceMsMax, now - lastAtMs);
        return up.stdout().includes("Up until Ctrl-C.");
      },
      { timeoutMs: 90_000 },
    );
    expect(silenceMsMax, "silence in ms").to.be.at.most(await silenceAllowedMs());
    const page = up.stdout();
    for (const words of [
      "# Brief: Lights at the Edge",
      "Verified: the response",
      "npx pleiad execution show 1 --why",
      "npx pleiad cluster show document-brief",
      "npm start -- --input FILE",
      "npm start -- --reset",
      "All keys here are throwaway",
      relative(ROOT, data),
    ]) {
      expect(page).to.include(words);
    }
    expect(page).to.match(/task +agent +model +node +role +gas +time +earned/);
    for (const row of [/^read +reader/m, /^write +writer/m, /^check +critic/m]) expect(page).to.match(row);
    const processes = processesOf(folder.path);
    expect(processes.length, "up, three daemons, the chain and its guard").to.equal(6);
    const daemons = processes.filter(({ command }) => / node start /.test(command));
    expect(daemons.length).to.equal(3);
    for (const { command } of daemons) expect(command).to.include(DAEMON_FLAGS.join(" "));
  });

  it("lets its operators take out what their nodes earned, by a command and a key file", async () => {
    const owners = ["alcyone", "electra", "maia", "cluster"].map((name) =>
      join(data, "owners", `${name}.key`),
    );
    let withdrawals = 0;
    for (const key of owners) {
      expect(statSync(key).mode & 0o777, key).to.equal(0o600);
      const by = ["--data", data, "--key", key, "--json"];
      const { credits } = lastJson((await runPleiad(["credit", "list", ...by])).stdout) as CreditsJson;
      const earned = credits.find(({ kind, creditWei }) => kind !== "account" && creditWei !== "0");
      if (earned === undefined) continue;
      const withdraw = ["credit", "withdraw", earned.kind, `${earned.id}`, "--yes", ...by];
      const { exitCode, stdout } = await runPleiad(withdraw);
      expect(exitCode, stdout).to.equal(0);
      expect(lastJson(stdout)).to.include({ amountWei: earned.creditWei });
      withdrawals += 1;
    }
    // Which nodes earned follows from the rotation; the owners of all three models and of the cluster did.
    expect(withdrawals).to.equal(4);
  });

  it("takes a document from another terminal while it runs, which gives another brief", async () => {
    const second = await runPleiad(["up", "--data", data, "--input", clocksFile(), "--json"]);
    expect(second.exitCode, second.stderr).to.equal(0);
    const run = lastJson(second.stdout) as RunJson;
    expect(run).to.include({ executionId: 2, verified: true });
    expect(run.response)
      .to.match(/Clocks at sea/)
      .and.to.match(/Harrison/);
    expect(run.response).to.not.match(/lighthouse/i);
    expect(isAlive(up.pid), "the first terminal's network").to.equal(true);
  });

  it("takes documents from two other terminals at the same moment, though one account pays for both", async () => {
    const layout = layoutOf(data);
    const said: string[] = [];
    const run = () =>
      runDocument(runningTarget(layout), new TextEncoder().encode(CLOCKS), {
        say: (text) => said.push(text),
      });
    const runs = await Promise.all([run(), run()]);
    expect(runs.map(({ verified }) => verified)).to.deep.equal([true, true]);
    expect(runs.map(({ executionId }) => executionId).sort()).to.deep.equal([3n, 4n]);
  });

  it("leaves room for a demo beside it, which here has another document and no peers", async () => {
    const before = pidsOf(data);
    const temporary = join(folder.path, "temporary");
    mkdirSync(temporary);
    const args = ["--no-network", "--window", "3", "--input", clocksFile()];
    const demo = await runPleiad(["demo", "--json", ...args], { env: { TMPDIR: temporary } });
    expect(demo.exitCode, demo.stderr).to.equal(0);
    const run = lastJson(demo.stdout) as RunJson;
    expect(run).to.include({ executionId: 1, verified: true });
    expect(run.response).to.match(/Harrison/);
    expect(run.responseDigest).to.equal(keccak256(stringToBytes(run.response)));
    expect(readdirSync(temporary), "temporary files that were left").to.deep.equal([]);
    expect(processesOf(temporary), "processes that were left").to.deep.equal([]);
    expect(pidsOf(data)).to.deep.equal(before);
  });

  it("stops within five seconds at Ctrl-C, the daemons before the chain", async () => {
    const found = processesOf(data);
    const chain = found.filter(({ command }) => /^\S+\/anvil /.test(command));
    const daemons = found.filter(({ command }) => command.includes("--stop-with-stdin"));
    expect([chain.length, daemons.length], "chains and daemons").to.deep.equal([1, 3]);
    const outlived: unknown[] = [];
    const watch = setInterval(() => {
      // The chain is looked at first: whatever still lives after that outlived it.
      const isChainGone = !chain.every(({ pid }) => isAlive(pid));
      if (isChainGone) outlived.push(...daemons.filter(({ pid }) => isAlive(pid)));
    }, 5);
    expect(await stopBy("SIGINT").finally(() => clearInterval(watch))).to.equal(0);
    expect(outlived, "daemons that outlived the chain").to.deep.equal([]);
    copyFileSync(join(data, "chain", "state.json"), join(folder.path, "older-state.json"));
  });

  it("carries on with the same chain and registry at the next start, and leaves nothing behind when it is killed", async () => {
    const registry = readFileSync(join(data, "registry.json"), "utf8");
    expect(await startJson()).to.include({ executionId: 5, clusterId: 1, verified: true });
    expect(readFileSync(join(data, "registry.json"), "utf8")).to.equal(registry);
    const tags = agentTags(data);
    up.signal("SIGKILL");
    expect((await up.ended).signal).to.equal("SIGKILL");
    await until("no process is left", () => processesOf(data, tags).length === 0, {
      timeoutMs: ORPHANS_MS_MAX,
    });
  });

  it("carries on after it was killed, lets another terminal wait while it starts, and stops when its terminal is closed", async () => {
    const starting = startJson();
    await up.says(/the chain/);
    const second = await runPleiad(["up", "--data", data, "--input", clocksFile(), "--json"]);
    expect(second.exitCode, second.stderr).to.equal(0);
    const runs = [await starting, lastJson(second.stdout) as RunJson];
    for (const run of runs) expect(run).to.include({ clusterId: 1, verified: true });
    expect(runs.map(({ executionId }) => executionId).sort()).to.deep.equal([6, 7]);
    expect(await stopBy("SIGHUP")).to.equal(0);
  });

  it("says that the chain was restored to an older state, and the one command that resets", async () => {
    copyFileSync(join(folder.path, "older-state.json"), join(data, "chain", "state.json"));
    up = start();
    const { exitCode, stderr } = await up.ended;
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/older/);
    expect(stderr).to.include("npm start -- --reset");
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
  });

  it("begins anew with --reset", async () => {
    expect(await startJson("--reset")).to.include({ executionId: 1, clusterId: 1, verified: true });
    const reset = await runPleiad(["up", "--data", data, "--reset", "--json"]);
    expect(reset.exitCode).to.equal(1);
    expect(lastJson(reset.stdout)).to.have.nested.property("error.code", "LOCAL_FOLDER_BUSY");
    expect(await stopBy("SIGTERM")).to.equal(0);
  });

  it("stops within five seconds while it still starts", async () => {
    up = start("--reset");
    await up.says(/registering three agents/);
    await stopBy("SIGINT");
  });
});

/** The processes of a folder that go on: not the agents. */
function pidsOf(folder: string): readonly number[] {
  return processesOf(folder, []).map(({ pid }) => pid);
}
