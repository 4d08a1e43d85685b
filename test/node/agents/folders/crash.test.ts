import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describe, it } from "mocha";
import { runAfterTest } from "../../../fixtures/hooks.ts";
import { makeWorld, repositoryDigest } from "./world.ts";

const CHILD = fileURLToPath(new URL("./crashChild.ts", import.meta.url));
/** More of them by hand: FOLDERS_KILLS=100. */
const KILLS = Number(process.env.FOLDERS_KILLS ?? 6);
const LIFE_MS_MAX = 1_500;

/** What the merges of these lives are for: the one branch that may move. */
const MAY_MOVE = /^\.git\/(?:logs\/)?refs\/heads\/target$/;

function withoutTarget(digest: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(digest).filter(([name]) => !MAY_MOVE.test(name)));
}

describe("a daemon that is killed at any instant", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  const seed = Number(process.env.FOLDERS_SEED ?? 7);
  it(`leaves the user's repository as it was, and the next start tidies up (seed ${seed}, ${KILLS} kills)`, async function () {
    this.timeout(60_000 + KILLS * 10_000);
    const world = makeWorld();
    world.write(".env", "KEY=1\n");
    world.git("branch", "target");
    world.write("README", "not committed\n");
    const before = withoutTarget(repositoryDigest(world.project));
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 4_294_967_296) * below);
    };
    const failures: string[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const child = fork(CHILD, [world.data, world.project], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      runAfterTest(async () => void child.kill("SIGKILL"));
      child.on("message", (message: { failed?: string; bad?: string[] }) => {
        if (message.failed !== undefined) failures.push(`life ${kill}: ${message.failed}`);
        failures.push(...(message.bad ?? []).map((bad) => `life ${kill}: ${bad}`));
      });
      const early = once(child, "exit").then(([code]) =>
        failures.push(`life ${kill}: it ended with ${code}`),
      );
      await Promise.race([once(child, "message"), early]);
      // The instant is what is tried: there is nothing to wait for.
      await sleep(random(LIFE_MS_MAX));
      expect(failures, `seed ${seed}`).to.deep.equal([]);
      child.kill("SIGKILL");
      await early;
      failures.pop();
    }
    const folders = await world.folders({ envFiles: [{ path: ".env" }] });
    for (const { agent } of folders.list()) {
      await folders.checkpoint(agent, "after");
      await folders.remove(agent, { forget: true });
    }
    expect(withoutTarget(repositoryDigest(world.project)), `seed ${seed}`).to.deep.equal(before);
    expect(world.git("fsck", "--no-dangling", "--no-progress")).to.equal("");
    for (const place of ["trees", "scratch"]) {
      expect(readdirSync(join(world.data, place)), `${place}, seed ${seed}`).to.deep.equal([]);
    }
    expect(folders.listMerges().filter((merge) => merge.state !== "done")).to.deep.equal([]);
    expect(existsSync(join(world.project, ".git/refs/heads/target.lock"))).to.equal(false);
  });
});
