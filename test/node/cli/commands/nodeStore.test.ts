import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CONTRACT_NAMES } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import { startApi } from "../../../../node/src/api/server.ts";
import { writeDaemonState } from "../../../../node/src/local/daemonState.ts";
import { encodeBackup } from "../../../../node/src/store/backupFormat.ts";
import { openStore } from "../../../../node/src/store/open.ts";
import { digest, LEASE, logger } from "../../store/helpers.ts";
import { callCli, callJson, withFolder } from "../support/run.ts";

const CONTRACT: Address = "0x00000000000000000000000000000000000000aa";
const NODE = 3n;

/** A node's folder with a configuration that names no endpoint which is ever asked. */
async function makeNode(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const contracts = CONTRACT_NAMES.map((name) => `    ${name}: "${CONTRACT}"`).join("\n");
  const config = `chain:\n  rpcUrls: ["http://127.0.0.1:9"]\n  chainId: 31337\n  contracts:\n${contracts}\nnode: { id: ${NODE} }\n`;
  writeFileSync(join(folder, "pleiad.yaml"), config, { mode: 0o600 });
}

const open = (dataFolder: string) =>
  openStore({ dataFolder, chainId: 31337, contract: CONTRACT }, { logger });

/** A life in a folder, which leaves some jobs. */
async function live(folder: string, jobs: number): Promise<void> {
  const store = await open(folder);
  for (let execution = 1n; execution <= jobs; execution += 1n)
    await store.journal.jobs.lease({ execution, task: 0 }, { ...LEASE, contextHash: digest("context") });
  await store.close();
}

const errorOf = (stdout: string) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;

interface BackupAnswer {
  readonly file: string;
  readonly running: boolean;
  readonly manifest: Readonly<Record<string, unknown>>;
}

describe("pleiad node backup, restore, verify, rebuild", () => {
  it("backs up a node that does not run, into a file or a folder, and restores it elsewhere", () =>
    withFolder(async (cwd) => {
      await makeNode(join(cwd, "node"));
      await live(join(cwd, "node"), 4);
      const toFile = await callJson<BackupAnswer>(["node", "backup", "mine.backup", "node"], { cwd });
      expect(toFile).to.deep.include({ file: join(cwd, "mine.backup"), running: false });
      expect(toFile.manifest).to.include({ node: "3", chainId: 31337, signings: 0, schemaVersion: 1 });
      await mkdir(join(cwd, "backups"));
      const toFolder = await callJson<BackupAnswer>(["node", "backup", "backups", "node"], { cwd });
      expect(toFolder.file).to.match(/backups\/pleiad-node-3-\d{8}T\d{6}Z\.backup$/);
      const told = await callCli(["node", "backup", "told.backup", "node"], { cwd });
      expect(told.stdout).to.match(/^holds +\d+ records up to write \d+, 0 signings$/m);
      expect(told.stdout).to.match(/^blobs +0, 0 bytes$/m);
      const taken = await callCli(["node", "backup", "mine.backup", "node", "--json"], { cwd });
      expect([taken.code, errorOf(taken.stdout).code]).to.deep.equal([1, "BACKUP_EXISTS"]);

      await makeNode(join(cwd, "other"));
      const shown = await callCli(["node", "restore", "mine.backup", "other"], { cwd });
      expect(shown.code, shown.stderr).to.equal(0);
      expect(shown.stdout).to.contain("31337").and.to.contain("up to write");
      expect(shown.stderr).to.contain("signs nothing for executions created until then");
      const store = await open(join(cwd, "other"));
      expect(await store.journal.jobs.live()).to.have.length(4);
      expect(store.watermark.facts?.reason).to.equal("restore");
      await store.close();
    }));

  it("backs up and verifies a node that runs, by asking its daemon", () =>
    withFolder(async (cwd) => {
      const folder = join(cwd, "node");
      await makeNode(folder);
      await live(folder, 3);
      const store = await open(folder);
      const token = "token-of-a-test-with-enough-characters";
      writeFileSync(join(folder, "api.token"), token, { mode: 0o600 });
      const unused = async () => undefined as never;
      const api = await startApi(
        { host: "127.0.0.1", port: 0, token },
        {
          ready: unused,
          status: unused,
          jobs: unused,
          execution: unused,
          putBlob: unused,
          getBlob: unused,
          metrics: unused,
          logger,
          backup: () => encodeBackup(store.backup({ node: NODE, takenAtMs: 7 })),
        },
      );
      try {
        const { url: apiUrl } = api;
        await writeDaemonState(folder, {
          state: "ready",
          pid: process.pid,
          node: "3",
          apiUrl,
          peerAddresses: [],
        });
        const { running, manifest } = await callJson<BackupAnswer>(["node", "backup", "b", "node"], { cwd });
        expect({ running, takenAtMs: manifest.takenAtMs }).to.deep.equal({ running: true, takenAtMs: 7 });
        expect(await callJson(["node", "verify", "node"], { cwd })).to.deep.include({ ok: true });
        expect((await callCli(["node", "verify", "--backup", "b"], { cwd })).code).to.equal(0);
        const restored = await callCli(["node", "restore", "b", "node", "--set-aside", "--json"], { cwd });
        expect(errorOf(restored.stdout).code).to.equal("STORE_LOCKED");
        const rebuilt = await callCli(["node", "rebuild", "node", "--json"], { cwd });
        expect(errorOf(rebuilt.stdout).code).to.equal("STORE_LOCKED");
        const unasked = await fetch(new URL("/backup", apiUrl));
        expect(unasked.status, "without the token").to.equal(401);
      } finally {
        await api.stop();
        await store.close();
      }
    }));

  it("says so where the daemon breaks off in the middle, and leaves no file", () =>
    withFolder(async (cwd) => {
      const folder = join(cwd, "node");
      await makeNode(folder);
      await live(folder, 3);
      const store = await open(folder);
      const token = "token-of-a-test-with-enough-characters";
      writeFileSync(join(folder, "api.token"), token, { mode: 0o600 });
      const unused = async () => undefined as never;
      const backup = () =>
        (async function* () {
          let pieces = 0;
          for await (const chunk of encodeBackup(store.backup({ node: NODE, takenAtMs: 7 }))) {
            if (pieces++ === 3) throw new Error("broken");
            yield chunk;
          }
        })();
      const modules = { ready: unused, status: unused, jobs: unused, execution: unused };
      const api = await startApi(
        { host: "127.0.0.1", port: 0, token },
        { ...modules, putBlob: unused, getBlob: unused, metrics: unused, logger, backup },
      );
      try {
        const { url: apiUrl } = api;
        await writeDaemonState(folder, {
          state: "ready",
          pid: process.pid,
          node: "3",
          apiUrl,
          peerAddresses: [],
        });
        const { code, stdout } = await callCli(["node", "backup", "b", "node", "--json"], { cwd });
        expect([code, errorOf(stdout).code]).to.deep.equal([75, "DAEMON_UNREACHABLE"]);
        expect((await callCli(["node", "verify", "--backup", "b", "--json"], { cwd })).stdout).to.contain(
          "BACKUP_UNREADABLE",
        );
      } finally {
        await api.stop();
        await store.close();
      }
    }));

  it("verifies with a table, JSON and an exit code", () =>
    withFolder(async (cwd) => {
      await makeNode(join(cwd, "node"));
      await live(join(cwd, "node"), 3);
      const sound = await callCli(["node", "verify", "node"], { cwd });
      expect(sound.code, sound.stdout).to.equal(0);
      expect(sound.stdout)
        .to.match(/ledger +ok/)
        .and.to.contain("Nothing is wrong with the data folder");
      writeFileSync(join(cwd, "node", "history.json"), "{}");
      const damaged = await callCli(["node", "verify", "node"], { cwd });
      expect(damaged.code).to.equal(1);
      expect(damaged.stdout)
        .to.match(/marker +wrong/)
        .and.to.contain("Something is wrong");
      const { stdout, code } = await callCli(["node", "verify", "node", "--json"], { cwd });
      expect(code).to.equal(1);
      const { ok, checks } = JSON.parse(stdout);
      expect(ok).to.equal(false);
      expect(checks[0]).to.include({ name: "marker", outcome: "wrong" });

      await callJson(["node", "backup", "b", "node"], { cwd });
      truncateSync(join(cwd, "b"), 100);
      const cut = await callCli(["node", "verify", "--backup", "b"], { cwd });
      expect(cut.code).to.equal(1);
      expect(cut.stdout).to.contain("it ends before its end");
    }));

  it("rebuilds, and after lost signings only when told so", () =>
    withFolder(async (cwd) => {
      const folder = join(cwd, "node");
      await makeNode(folder);
      const store = await openStore({ dataFolder: folder, chainId: 31337, contract: CONTRACT }, { logger });
      await store.journal.signings.checkAndRecordSigning({
        chainId: 31337,
        contract: CONTRACT,
        execution: 1n,
        task: 0,
        contextHash: digest("context"),
        outputDigest: digest("output"),
      });
      await store.close();
      const { setAside } = await callJson<{ setAside: string }>(["node", "rebuild", "node"], { cwd });
      expect(setAside).to.equal(join(folder, "db.damaged-1"));
      await (await open(folder)).close();
      rmSync(join(folder, "signings.log"));
      const lost = await callCli(["node", "rebuild", "node", "--json"], { cwd });
      expect(lost.code).to.equal(1);
      expect(errorOf(lost.stdout)).to.include({ code: "SIGNINGS_LOST" });
      expect(errorOf(lost.stdout).hint).to.contain("--signings-lost");
      await callJson(["node", "rebuild", "node", "--signings-lost"], { cwd });
      expect(JSON.parse(readFileSync(join(folder, "watermark.json"), "utf8")).reason).to.equal("restore");
    }));

  it("refuses what it cannot work on, with a code", () =>
    withFolder(async (cwd) => {
      await makeNode(join(cwd, "node"));
      for (const [args, code] of [
        [["backup", "b", "node"], "STORE_HISTORY_MISSING"],
        [["verify", "node"], "STORE_HISTORY_MISSING"],
        [["rebuild", "node"], "STORE_HISTORY_MISSING"],
        [["restore", "nothing", "node"], "BACKUP_UNREADABLE"],
        [["restore", "node/pleiad.yaml", "node"], "BACKUP_DAMAGED"],
        [["backup", "b", "nowhere"], "CONFIG_MISSING"],
        [["backup"], "USAGE_ARGUMENT_MISSING"],
      ] as const) {
        const { stdout, code: exit } = await callCli(["node", ...args, "--json"], { cwd });
        expect(errorOf(stdout).code, args.join(" ")).to.equal(code);
        expect(exit, args.join(" ")).to.equal(1);
      }
    }));
});
