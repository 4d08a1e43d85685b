import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { createMemoryBackend } from "../../../../node/src/store/backend.ts";
import { decodeEntry } from "../../../../node/src/workspace/log/entry.ts";
import { createEntryStore } from "../../../../node/src/workspace/log/entryStore.ts";
import { exportLog } from "../../../../node/src/workspace/log/export.ts";
import { AT_MS, FeedForge, forgePeer } from "../../../sdk/support/logForge.ts";
import { type FakeDaemon, startFakeDaemon, writeOperators } from "../support/daemon.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const CLUSTER = 1n;
/** A cluster whose log breaks off while it is exported. */
const BREAKING = 98n;

async function* broken(): AsyncGenerator<string> {
  yield "{}\n".repeat(1_000);
  throw new PleiadError("an entry is damaged", { code: "LOG_DAMAGED" });
}

/** A daemon's store with what a node said, and the API through which the command reads it. */
async function startDaemon(network: CliNetwork): Promise<FakeDaemon> {
  const { deployment, folder } = network;
  const [node] = network.nodes;
  if (node === undefined) throw new Error("the network has nodes");
  const peer = await forgePeer(deployment, node);
  const feed = { node: node.node, generation: AT_MS };
  const forge = new FeedForge({ deployment, cluster: CLUSTER, feed, peer });
  for (const text of ["good morning", "\u001b[31mred", "goodbye"]) forge.say(text);
  const store = createEntryStore(CLUSTER, createMemoryBackend());
  const entries = forge.entries.map(({ bytes }) => decodeEntry(bytes));
  const head = { feed, ...forge.head, base: forge.base, keptHere: 0, forkedAt: undefined };
  await store.write(
    {
      entries,
      heads: [head],
      keys: [{ ...forge.exportKey, giver: node.node }],
      certificates: [{ digest: peer.digest, record: peer.record }],
    },
    true,
  );
  const { chainId, clusterRegistry, nodeRegistry } = deployment;
  return startFakeDaemon(
    join(folder, "operator-1"),
    node.node,
    {},
    {
      async exportLog(cluster, { withKeys }) {
        if (cluster === BREAKING) return broken();
        if (cluster !== CLUSTER)
          throw new PleiadError(`there is no cluster ${cluster}`, { code: "CLUSTER_UNKNOWN" });
        const space = { chainId, clusterRegistry, cluster };
        const heads = await store.heads();
        return exportLog({ space, nodeRegistry, withKeys, exportedAtMs: AT_MS }, { store, heads });
      },
    },
  );
}

interface Report {
  readonly verified: boolean;
  readonly entries: number;
  readonly readable: number;
  readonly feeds: readonly { readonly isMember: boolean }[];
}

describe("pleiad workspace export, verify", () => {
  let network: CliNetwork;
  let daemon: FakeDaemon;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await network.run(["init", "clusters"]);
    const published = await network.run(["cluster", "apply", join("clusters", "cluster.yaml"), "--yes"]);
    expect(published.code, published.stderr).to.equal(0);
    daemon = await startDaemon(network);
    writeOperators(join(network.folder, ".pleiad"), [{ name: "one", node: 1, folder: daemon.folder }]);
  });
  after(() => daemon.stop());

  const exported = (out: string, ...more: readonly string[]) =>
    network.run(["workspace", "export", "--cluster", String(CLUSTER), "--out", out, ...more]);

  it("writes a file that only its owner reads, and that holds against the chain", async () => {
    const ran = await exported("plain.log");
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stderr).to.not.contain("WHOEVER");
    expect(statSync(join(network.folder, "plain.log")).mode & 0o777).to.equal(0o600);
    const report = await network.json<Report>(["workspace", "verify", "plain.log"]);
    expect(report).to.include({ verified: true, entries: 3, readable: 0 });
    const shown = await network.run(["workspace", "verify", "plain.log"]);
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.match(/^Verified: every entry is in its place/m);
  });

  it("warns loudly of the keys, with which the file says who said what, without a terminal's signs", async () => {
    const ran = await exported("keys.log", "--with-keys");
    expect(ran.stderr).to.contain("WHOEVER HAS THIS EXPORT READS EVERYTHING");
    const shown = await network.run(["workspace", "verify", "keys.log", "--entries"]);
    expect(shown.stdout).to.contain('agent:12 test.said {"text":"good morning"}');
    expect(shown.stdout).to.not.contain("\u001b[31m");
    const told = await network.run(["workspace", "verify", "keys.log", "--entries", "--json"]);
    const lines = told.stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as Partial<Report>).at(-1)).to.include({ readable: 3 });
    expect(lines).to.have.length(4);
  });

  it("writes the log to standard output where no file is named", async () => {
    await exported("same.log");
    const { stdout } = await network.run(["workspace", "export", "--cluster", String(CLUSTER)]);
    expect(stdout).to.equal(readFileSync(join(network.folder, "same.log"), "utf8"));
  });

  it("ends with 1 and the first problem of a file that was changed or cut", async () => {
    await exported("bent.log");
    const path = join(network.folder, "bent.log");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const entries = lines.filter((line) => line.startsWith('{"entry"'));
    writeFileSync(path, `${lines.filter((line) => line !== entries[1]).join("\n")}\n`);
    const ran = await network.run(["workspace", "verify", "bent.log", "--json"]);
    expect(ran.code).to.equal(1);
    expect(JSON.parse(ran.stdout)).to.have.nested.property("error.code", "LOG_EXPORT_GAP");
    writeFileSync(path, `${lines.slice(0, -2).join("\n")}\n`);
    const cut = await network.run(["workspace", "verify", "bent.log"]);
    expect([cut.code, cut.stdout]).to.deep.equal([1, ""]);
    expect(cut.stderr).to.contain("the export ends too early: entry 3 of feed");
  });

  it("overwrites nothing, and leaves nothing where the daemon has no such log", async () => {
    await exported("twice.log");
    expect((await exported("twice.log")).stderr).to.contain("is there already");
    const ran = await network.run(["workspace", "export", "--cluster", "99", "--out", "none.log", "--json"]);
    expect([ran.code, JSON.parse(ran.stdout).error.retryable]).to.deep.equal([1, false]);
    expect(JSON.parse(ran.stdout)).to.have.nested.property("error.code", "LOG_NOT_TO_BE_HAD");
    expect(ran.stdout).to.contain("there is no cluster 99");
    expect(() => statSync(join(network.folder, "none.log"))).to.throw();
  });

  it("may be had later where a daemon does not run yet, or says so", async () => {
    const path = join(network.folder, ".pleiad");
    writeOperators(path, [
      { name: "one", node: 1, folder: daemon.folder },
      { name: "two", node: 2, folder: join(network.folder, "operator-2") },
    ]);
    try {
      const later = await network.run([
        "workspace",
        "export",
        "--cluster",
        "99",
        "--out",
        "later.log",
        "--json",
      ]);
      expect([later.code, JSON.parse(later.stdout).error.retryable]).to.deep.equal([75, true]);
    } finally {
      writeOperators(path, [{ name: "one", node: 1, folder: daemon.folder }]);
    }
  });

  it("is named where a receipt was expected, with the command that checks it", async () => {
    await exported("named.log");
    const ran = await network.run(["verify", "named.log", "--json"]);
    expect(JSON.parse(ran.stdout).error).to.include({
      code: "RECEIPT_INVALID",
      hint: "it is a cluster's log: pleiad workspace verify named.log",
    });
  });

  it("leaves nothing of an export that breaks off", async () => {
    const args = ["workspace", "export", "--cluster", String(BREAKING), "--out", "broken.log", "--json"];
    const ran = await network.run(args);
    expect(JSON.parse(ran.stdout)).to.have.nested.property("error.code", "DAEMON_UNREACHABLE");
    expect(readdirSync(network.folder).filter((name) => name.startsWith("broken"))).to.deep.equal([]);
  });

  it("reads no file that is not there, and no other file", async () => {
    const missing = await network.run(["workspace", "verify", "nowhere.log", "--json"]);
    expect(JSON.parse(missing.stdout)).to.have.nested.property("error.code", "FILE_UNREADABLE");
    writeFileSync(join(network.folder, "other.log"), "{}\n");
    const other = await network.run(["workspace", "verify", "other.log", "--json"]);
    expect(JSON.parse(other.stdout)).to.have.nested.property("error.code", "LOG_EXPORT_MALFORMED");
  });
});
