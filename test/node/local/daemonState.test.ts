import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import {
  DAEMON_FILE,
  type DaemonState,
  readDaemonState,
  removeDaemonState,
  writeDaemonState,
} from "../../../node/src/local/daemonState.ts";

describe("what a daemon says of itself in its folder", () => {
  let folder: string;
  const ready = (pid: number): DaemonState => ({
    state: "ready",
    pid,
    node: "1",
    apiUrl: "http://127.0.0.1:1",
    peerAddresses: [],
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-state-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("ready_ofALivingProcess_isReadAsItWasWritten", async () => {
    await writeDaemonState(folder, ready(process.pid));
    expect(readDaemonState(folder)).to.deep.equal(ready(process.pid));
    await removeDaemonState(folder);
    expect(readDaemonState(folder)).to.equal(undefined);
  });

  it("ready_ofAProcessThatIsGone_countsForNothing", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await writeDaemonState(folder, ready(child.pid ?? 0));
    expect(readDaemonState(folder)).to.equal(undefined);
    await writeDaemonState(folder, { state: "starting", pid: child.pid ?? 0, apiUrl: "http://127.0.0.1:1" });
    expect(readDaemonState(folder)).to.equal(undefined);
  });

  it("failed_staysToBeRead_whenItsProcessIsGone", async () => {
    const failed = { state: "failed", pid: 1, error: { code: "STORE_LOCKED", message: "locked" } } as const;
    await writeDaemonState(folder, failed);
    expect(readDaemonState(folder)).to.deep.equal(failed);
  });

  it("aFileThatIsNoState_countsForNothing", () => {
    for (const text of ["", "{", '{"state":"ready"}', "[]"]) {
      writeFileSync(join(folder, DAEMON_FILE), text);
      expect(readDaemonState(folder), text).to.equal(undefined);
    }
  });
});
