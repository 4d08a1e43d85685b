import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isHeld, takeLock } from "../../../node/src/local/upLock.ts";

describe("upLock", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-lock-test-"));
    path = join(folder, "up.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("take_heldByThisProcess_isRefusedUntilReleased", async () => {
    const lock = await takeLock(path);
    expect(isHeld(path)).to.equal(true);
    expect(await takeLock(path)).to.equal(undefined);
    await lock?.release();
    expect(existsSync(path)).to.equal(false);
    expect(await takeLock(path)).not.to.equal(undefined);
  });

  it("take_lockOfAnEarlierProcessWithTheSameId_isVoid", async function () {
    // Elsewhere nobody tells when a process was started, and ids come back less often.
    if (process.platform !== "linux") this.skip();
    // As in a container, where each start gets the id that the killed one had.
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: "1" }));
    expect(isHeld(path)).to.equal(false);
    expect(await takeLock(path)).not.to.equal(undefined);
  });

  it("take_voidLockThatManyFind_hasOneHolder", async () => {
    writeFileSync(path, "{}");
    const locks = await Promise.all(Array.from({ length: 8 }, () => takeLock(path).catch(() => undefined)));
    expect(locks.filter((lock) => lock !== undefined)).to.have.length(1);
  });
});
