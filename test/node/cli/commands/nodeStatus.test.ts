import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { runProgram } from "../../../../node/src/cli/run.ts";
import { createKeystore } from "../../../../node/src/config/keystore.ts";
import { takeLock } from "../../../../node/src/local/upLock.ts";
import { accountOf } from "../../../fixtures/chain.ts";
import { runAfterTest } from "../../../fixtures/hooks.ts";
import { STATUS, startFakeDaemon } from "../support/daemon.ts";
import { type CliNetwork, keyOf, sharedNetwork } from "../support/network.ts";
import { callCli, withFolder } from "../support/run.ts";
import { fakeSurroundings } from "../support/surroundings.ts";

const COLUMNS = 80;

/** What a person sees on a terminal of 80 columns. */
async function onTerminal(
  cwd: string,
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const around = fakeSurroundings({ cwd, env: { NO_COLOR: "1" }, columns: COLUMNS });
  const code = await runProgram(["node", "status"], around);
  return { code, lines: around.written().stdout.trimEnd().split("\n") };
}

async function daemonIn(folder: string, status: object = {}): Promise<void> {
  writeFileSync(join(folder, "pleiad.yaml"), "", { mode: 0o600 });
  const daemon = await startFakeDaemon(folder, 3n, status);
  runAfterTest(daemon.stop);
}

describe("pleiad node status, of one node", () => {
  it("tells a person everything on 80 columns: chain, peers, jobs, transactions, money, and that nothing went wrong", () =>
    withFolder(async (cwd) => {
      await daemonIn(cwd);
      const { code, lines } = await onTerminal(cwd);
      expect(code).to.equal(0);
      for (const line of lines) expect(line.length, line).to.be.at.most(COLUMNS);
      const shown = lines.map((line) => line.replace(/ {2,}/g, "  "));
      expect(shown[0]).to.equal("node 3  works");
      expect(shown).to.include.members([
        "chain  following at block 7, the newest, 2 s old; WebSocket up",
        "peers  1 certified; 2 nodes up",
        "jobs  2 under way; in the journal 2 running and 1 sent",
        "since start  41 final, 1 failed and 3 dropped",
        "transactions  1 under way, 0 waiting; next nonce 57",
        "account  0x5FbDB2315678afecb367f032d93F642f64180aa3",
        "balance  ~0.912345678 ether",
        "earned  0.00123 ether, to be withdrawn",
        "models  1 and 2",
        "No warning and no error since the start.",
      ]);
      expect(shown.join("\n")).to.match(/daemon {2}version 0\.1\.0, process 4242, up for 1 h 2 min \d+ s/);
    }));

  it("tells why it is not ready, what holds transactions up, and its last errors, and ends with 1", () =>
    withFolder(async (cwd) => {
      const reason = "the follower is behind";
      await daemonIn(cwd, {
        ready: {
          ready: false,
          checks: { chain: { ok: false, reason }, keys: { ok: true, reason: null } },
          warnings: [{ code: "ACCOUNT_EMPTY", message: "the account has 0 ether" }],
        },
        chain: { ...STATUS.chain, state: "behind", lagBlocks: 12, hinted: false },
        account: {
          ...STATUS.account,
          balanceWei: null,
          nonce: null,
          alert: { code: "INSUFFICIENT_FUNDS", message: "no money" },
        },
        earnings: null,
        errors: [
          {
            atMs: Date.now() - 61_000,
            level: "warn",
            code: "RPC_TIMEOUT",
            message: `following the chain failed ${"and failed ".repeat(9)}`,
          },
          { atMs: Date.now() - 7_200_000, level: "error", code: null, message: "\u001b[31mred" },
        ],
      });
      const { code, lines } = await onTerminal(cwd);
      expect(code).to.equal(1);
      for (const line of lines) expect(line.length, line).to.be.at.most(COLUMNS);
      const text = lines.join("\n").replace(/ {2,}/g, "  ");
      expect(text).to.match(/^node 3 {2}is not ready/);
      expect(text)
        .to.include(`not ready  chain: ${reason}`)
        .and.to.include("warning  the account has 0 ether")
        .and.to.include("behind at block 7, 12 blocks behind")
        .and.to.include("WebSocket down")
        .and.to.include("held up  INSUFFICIENT_FUNDS: no money")
        .and.to.include("balance  unknown: the chain could not be asked")
        .and.to.include("next nonce unknown")
        .and.to.include("earned  unknown: the chain could not be asked");
      expect(text)
        .to.match(/1 min \d+ s {2}warn {2}following the chain failed/)
        .and.to.match(/2 h +(\d+ s +)?error/);
      expect(text).not.to.include("\u001b");
    }));

  it("tells of a daemon that starts how far it is, and ends with 1", () =>
    withFolder(async (cwd) => {
      const reason = "catching up: block 7 of 19";
      // What only a working daemon says is not there.
      const absent = ["node", "account", "earnings", "peers", "nodesUp", "jobs", "models"];
      await daemonIn(cwd, {
        ...Object.fromEntries(absent.map((key) => [key, undefined])),
        starting: true,
        ready: { ready: false, checks: { chain: { ok: false, reason } }, warnings: [] },
        chain: { ...STATUS.chain, state: "behind", lagBlocks: 12 },
      });
      const { code, lines } = await onTerminal(cwd);
      const shown = lines.map((line) => line.replace(/ {2,}/g, "  "));
      expect(code).to.equal(1);
      expect(shown[0]).to.equal("this node  is starting");
      expect(shown).to.include(`not ready  chain: ${reason}`);
      expect(shown).to.include("chain  behind at block 7, 12 blocks behind, 2 s old; WebSocket up");
      const asked = await callCli(["node", "status", "--json"], { cwd });
      const { nodes } = JSON.parse(asked.stdout) as { nodes: object[] };
      expect(asked.code).to.equal(1);
      expect(nodes[0]).to.deep.include({ status: null, reason: null, withoutDaemon: null });
      expect(nodes[0]).to.nested.include({ "starting.ready.checks.chain.reason": reason });
    }));

  it("says of a local network that is starting that it is, and ends with 1", () =>
    withFolder(async (cwd) => {
      const folder = join(cwd, ".pleiad");
      mkdirSync(folder);
      const lock = await takeLock(join(folder, "up.json"));
      try {
        const { code, lines } = await onTerminal(cwd);
        expect([code, lines]).to.deep.equal([
          1,
          ["the local network in .pleiad is starting; ask again in a moment"],
        ]);
        const { stdout } = await callCli(["node", "status", "--json"], { cwd });
        expect(JSON.parse(stdout)).to.deep.equal({ nodes: [], networkStarting: true });
        const agents = await callCli(["workspace", "agents", "--json"], { cwd });
        expect(JSON.parse(agents.stdout).error).to.include({ code: "NETWORK_STARTING", retryable: true });
      } finally {
        await lock?.release();
      }
    }));

  it("tells a program the same as JSON, with every key", () =>
    withFolder(async (cwd) => {
      await daemonIn(cwd);
      const { code, stdout } = await callCli(["node", "status", "--json"], { cwd });
      expect(code).to.equal(0);
      const { nodes } = JSON.parse(stdout) as { nodes: { status: Record<string, unknown> }[] };
      expect(Object.keys(nodes[0]?.status ?? {})).to.include.members([
        ...[
          "node",
          "version",
          "ready",
          "chain",
          "account",
          "earnings",
          "peers",
          "activeJobs",
          "jobs",
          "models",
          "errors",
        ],
      ]);
      expect(nodes[0]).to.deep.include({ reason: null, withoutDaemon: null });
      expect(nodes[0]).to.nested.include({ "status.node": "3", "status.account.nonce": 57 });
    }));
});

describe("pleiad node status, while the daemon is down", () => {
  let network: CliNetwork;

  before(async () => {
    network = await sharedNetwork();
  });

  /** A folder of node 1, as an operator has it. */
  async function folderOfNode(cwd: string): Promise<void> {
    const { chain, folder } = network;
    const deployment = join(folder, ".pleiad/deployment.json");
    writeFileSync(
      join(cwd, "pleiad.yaml"),
      `chain: { rpcUrls: ["${chain.rpcUrl}"], chainId: ${chain.chainId}, contracts: "${deployment}" }\n`,
      { mode: 0o600 },
    );
    await createKeystore({
      path: join(cwd, "keystore.json"),
      password: "x",
      privateKey: keyOf(accountOf(4)),
      cost: "light",
    });
    const history = {
      about: "",
      schemaVersion: 1,
      database: "expected",
      sequence: 90,
      signings: 12,
      openings: 3,
    };
    writeFileSync(join(cwd, "history.json"), JSON.stringify(history));
  }

  const contentOf = (cwd: string) =>
    readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), "utf8")] as const);

  it("tells what chain and data folder say, without a password, changes nothing there, says so, and ends with 1", () =>
    withFolder(async (cwd) => {
      await folderOfNode(cwd);
      const before = contentOf(cwd);
      const { code, lines } = await onTerminal(cwd);
      expect(code).to.equal(1);
      for (const line of lines) expect(line.length, line).to.be.at.most(COLUMNS);
      const text = lines.join("\n").replace(/ {2,}/g, "  ");
      const [node] = network.nodes;
      expect(text).to.match(new RegExp(`^node ${node?.node} {2}does not run`));
      expect(text)
        .to.include(`registered  as node ${node?.node}, active`)
        .and.to.include(`node key  ${node?.key.account.address}`)
        .and.to.include("history  3 starts, 12 signatures on record")
        .and.to.include("The daemon does not answer");
      expect(text).to.match(/account {2}0x\w{40}\nbalance {2}[\d,.~]+ ether\nnonce {2}\d+/);
      expect(contentOf(cwd)).to.deep.equal(before);

      const { stdout } = await callCli(["node", "status", "--json"], { cwd });
      const [told] = (JSON.parse(stdout) as { nodes: Record<string, unknown>[] }).nodes;
      expect(told).to.nested.include({
        status: null,
        reason: "does not run",
        "withoutDaemon.chain.node": `${node?.node}`,
        "withoutDaemon.folder.history.signings": 12,
        "withoutDaemon.chainError": null,
      });
    }));

  it("says what could not be asked, where the chain is away as well", () =>
    withFolder(async (cwd) => {
      await folderOfNode(cwd);
      const path = join(cwd, "pleiad.yaml");
      writeFileSync(path, readFileSync(path, "utf8").replace(network.chain.rpcUrl, "http://127.0.0.1:1"));
      mkdirSync(join(cwd, "blobs"));
      const { code, lines } = await onTerminal(cwd);
      expect(code).to.equal(1);
      const text = lines.join("\n").replace(/ {2,}/g, "  ");
      expect(text)
        .to.match(/^chain {2}the \w+/m)
        .and.to.include("3 starts");
    }));
});
