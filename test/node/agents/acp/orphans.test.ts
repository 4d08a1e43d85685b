import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { listTagged, sweepTagged } from "../../../../node/src/agents/processTable.mjs";
import { sweepOrphans } from "../../../../node/src/agents/sweep.ts";
import { until } from "../../../fixtures/until.ts";
import { expectGone, temporaryFolder } from "../fixtures/world.ts";
import { keepBusy } from "./busySession.ts";

const daemonProgram = fileURLToPath(new URL("./sessionsDaemon.ts", import.meta.url));
const SEED = 20_261_125;
/** Kills of one process of a session, several sessions at once. */
const AGENT_ROUNDS = 4;
const AT_ONCE = 6;
/** Kills of a daemon with several sessions, two daemons at once, each in a folder of its own. */
const DAEMON_ROUNDS = 3;
const DAEMONS_AT_ONCE = 2;
const SESSIONS = 3;
/** By then a daemon has started all its agents, and they theirs. */
const KILL_WITHIN_MS = 2_500;

describe("acp driver, when processes are killed", function () {
  this.timeout(120_000);
  const random = randomOf(SEED);
  const prefix = (name: string): string => `orphan-test-${process.pid}-${name}`;
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    console.log(`      seed ${SEED}`);
    folder = temporaryFolder();
  });
  afterEach(() => {
    sweepTagged((entry) => entry.tag.startsWith(prefix("")));
  });
  after(() => folder.remove());

  const ofPrefix = (name: string) => listTagged().filter(({ tag }) => tag.startsWith(`${prefix(name)}:`));

  for (let round = 0; round < AGENT_ROUNDS; round += 1) {
    it(`at random, leaves nothing of a session (${round + 1} of ${AGENT_ROUNDS})`, async () => {
      const tagPrefix = prefix(`agent-${round}`);
      const log = join(folder.path, `notes-agent-${round}`);
      const controller = new AbortController();
      const { signal } = controller;
      const sessions = Array.from({ length: AT_ONCE }, async (_, at) => {
        const waitMs = random() * KILL_WITHIN_MS;
        const choice = random();
        const over = keepBusy({ scratchFolder: folder.scratch, tagPrefix, name: String(at), log, signal });
        const mine = () => listTagged().filter(({ tag }) => tag === `${tagPrefix}:${at}`);
        await until("the session has a process", () => mine().length > 0);
        await sleep(waitMs);
        // The guard is among them, and so are the agent, its tool and its children.
        const processes = mine();
        const victim = processes[Math.floor(choice * processes.length)];
        if (victim === undefined) throw new Error("a session that ended by itself");
        killed(victim.pid);
        // One that lost a child or its tool goes on, until it is stopped.
        if (victim.variable === "PLEIAD_GUARD_TAG") expect(["lost", "not opened"]).to.include(await over);
        return { over };
      });
      const ends = await Promise.all(sessions);
      controller.abort();
      for (const { over } of ends) expect(["stopped", "failed", "lost", "not opened"]).to.include(await over);
      expect(ofPrefix(`agent-${round}`), "processes that are left").to.deep.equal([]);
      expect(readdirSync(folder.scratch), "folders that are left").to.deep.equal([]);
    });
  }

  for (let round = 0; round < DAEMON_ROUNDS; round += 1) {
    it(`a daemon at random, leaves nothing after the next sweep (${round + 1} of ${DAEMON_ROUNDS})`, async () => {
      // Drawn before, so that the seed decides which is whose.
      const waits = Array.from({ length: DAEMONS_AT_ONCE }, () => random() * KILL_WITHIN_MS);
      await Promise.all(waits.map((waitMs, at) => killDaemon(`daemon-${round}-${at}`, waitMs)));
    });
  }

  async function killDaemon(name: string, waitMs: number): Promise<void> {
    const [tagPrefix, scratch] = [prefix(name), join(folder.path, `scratch-${name}`)];
    const args = [daemonProgram, scratch, tagPrefix, String(SESSIONS), join(folder.path, `notes-${name}`)];
    const daemon = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    await until("the daemon starts agents", () => ofPrefix(name).length > 0);
    await sleep(waitMs);
    const exit = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await exit;
    const before = ofPrefix(name).map(({ pid }) => pid);
    await sweepOrphans(tagPrefix, scratch);
    await expectGone(before, 500);
    expect(ofPrefix(name), "processes that are left").to.deep.equal([]);
    expect(readdirSync(scratch), "folders that are left").to.deep.equal([]);
  }
});

/** A process may end by itself in the same moment. */
function killed(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Numbers from 0 to 1 that a seed decides. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
