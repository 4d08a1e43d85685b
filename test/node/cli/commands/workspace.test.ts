import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { KEPT_ENTRIES_MAX } from "../../../../node/src/workspace/limits.ts";
import { OWN_BYTES_MAX } from "../../../../node/src/workspace/pruner.ts";
import { OPERATOR_TOKEN, startFaces, type TestFaces } from "../../workspace/faces.ts";
import { ALICE, ALPHA } from "../../workspace/support.ts";
import { failureOf } from "../support/commands.ts";
import { callCli, callJson } from "../support/run.ts";

const BIN = resolve(import.meta.dirname, "../../../../node/bin/pleiad.mjs");

describe("pleiad workspace", () => {
  let faces: TestFaces;
  let folder: string;
  beforeEach(async () => {
    faces = await startFaces();
    folder = join(mkdtempSync(join(tmpdir(), "pleiad-cli-")), "node");
    mkdirSync(folder);
    writeFileSync(join(folder, "pleiad.yaml"), "");
    writeFileSync(join(folder, "api.token"), `${OPERATOR_TOKEN}\n`, { mode: 0o600 });
    const state = { state: "ready", pid: process.pid, node: "1", apiUrl: faces.api.url, peerAddresses: [] };
    writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
    // Tokens of the command's folder are those of the daemon.
    rmSync(join(faces.node.folder, "workspace-tokens"), { recursive: true, force: true });
  });
  afterEach(() => rmSync(resolve(folder, ".."), { recursive: true, force: true }));

  const run = (...args: readonly string[]) => callCli(["workspace", ...args], { cwd: folder });
  const json = <T>(...args: readonly string[]) =>
    callJson<T>(["workspace", ...args, "--json"], { cwd: folder });
  const failing = async (...args: readonly string[]) => failureOf(await run(...args, "--json"));

  it("speaks as the operator where no other token is given, in the only cluster that is open", async () => {
    const { message } = await json<{ message: { from: { id: string } } }>("send", "hello", "--all");
    expect(message.from.id).to.equal("node:1");
    const { agents } = await json<{ agents: { name: string }[] }>("agents");
    expect(agents.map(({ name }) => name)).to.include("ada");
    expect((await run("agents")).stdout).to.include("ada");
    const { workspaces } = await json<{ workspaces: { own: { bytes: number } }[] }>("status");
    expect(workspaces).to.have.length(1);
    expect(workspaces[0]).to.deep.include({ cluster: String(ALPHA), unknown: 0, invalid: 0 });
    expect(workspaces[0]?.own).to.include({ bytesMax: OWN_BYTES_MAX, kept: 0, keptMax: KEPT_ENTRIES_MAX });
    expect(workspaces[0]?.own.bytes).to.be.greaterThan(0);
    expect((await run("status")).stdout).to.match(/^7 +0 +0 +\S+ \S+ of 504\S* MiB +0 of 16384$/m);
  });

  it("reads and writes context, memory, threads, rules and jobs", async () => {
    const { version } = await json<{ version: string }>("context", "plan/1", "begin");
    expect((await failing("context", "plan/1", "again", "--if-version", "none")).code).to.equal(
      "VERSION_CONFLICT",
    );
    await json("context", "plan/1", "go on", "--if-version", version);
    const { values } = await json<{ values: { value: string }[] }>("context", "plan/1", "--history");
    expect(values.map(({ value }) => value)).to.deep.equal(["go on", "begin"]);
    expect((await run("context")).stdout).to.include("go on");
    await json("context", "plan/1", "--delete");
    expect((await run("context")).stdout).to.include("nothing is written");

    const { memory } = await json<{ memory: { id: string } }>(
      "memory",
      "--remember",
      "Node 24",
      "--tag",
      "build",
    );
    expect((await run("memory", "node")).stdout).to.include("Node 24");
    await json("memory", "--forget", memory.id);
    expect((await failing("memory")).code).to.equal("USAGE_INVALID");

    await json("thread", "t", "half of it");
    expect((await run("thread", "t")).stdout).to.include("half of it");
    const listed = (await run("thread")).stdout;
    expect(listed).to.match(/^t +1 +\d{4}-\d\d-\d\dT\S+ +node:1 +half of it$/m);
    const { threads } = await json<{ threads: { thread: string; last: { text: string } }[] }>("thread");
    expect(threads.map(({ thread, last }) => [thread, last.text])).to.deep.equal([["t", "half of it"]]);

    writeFileSync(join(folder, "rules.md"), "be kind");
    await json("rules", "rules.md");
    expect((await run("rules")).stdout).to.equal("be kind\n");
    expect((await failing("rules", "nothing.md")).code).to.equal("FILE_UNREADABLE");
    expect(await json("jobs")).to.deep.equal({ jobs: [] });
  });

  it("says so where there is nothing to show, or what the inbox of others holds of a message", async () => {
    expect((await run("thread")).stdout).to.equal("no threads of whom you speak for\n");
    expect((await run("jobs")).stdout).to.equal("no jobs\n");
    await run("send", "hello", "--to", "ada");
    const { stdout } = await run("inbox", "--box", "sent");
    expect(stdout).to.match(/^to ada, .*\n {2}hello\n {2}ada: waits\n$/);
    await faces.node.agent(1n).readMessages({});
    expect((await run("inbox", "--box", "sent")).stdout).to.include("ada: read");
  });

  it("deletes or writes nothing where the words contradict each other", async () => {
    const id = `0x${"11".repeat(32)}`;
    for (const args of [
      ["key", "value", "--delete"],
      ["--delete"],
      ["key", "--delete", "--if-version", "none"],
      ["key", "--if-version", id],
      ["key", "value", "--if-version", "5"],
      ["--history"],
      ["key", "--prefix", "k"],
    ])
      expect((await failing("context", ...args)).code, args.join(" ")).to.equal("USAGE_INVALID");
    expect((await run("context")).stdout).to.equal("nothing is written there\n");
  });

  it("names the ids that a token is made for", async () => {
    expect((await run("agents")).stdout).to.match(/ada +agent:1 /);
  });

  it("tells a person which command shows the names, not which tool", async () => {
    for (const [args, next] of [
      [["send", "hello", "--to", "nobodywhoishere"], "pleiad workspace agents"],
      [["thread", "nothing"], "pleiad workspace thread"],
      [["context", "nothing"], "pleiad workspace context"],
      [["agents", "--cluster", "99"], "pleiad workspace status"],
    ] as const)
      expect((await run(...args)).stderr, args.join(" ")).to.include(next);
  });

  it("shows an inbox, acknowledges it, and lets no message move the terminal's cursor", async () => {
    await faces.node.agent(1n).sendMessage({
      destination: { kind: "direct", to: "node:1" },
      text: "hello\u001b[2J",
    });
    const { stdout } = await run("inbox", "--ack");
    expect(stdout).to.include("ada").and.include("hello");
    expect(stdout).not.to.include("\u001b");
    expect((await run("inbox")).stdout).to.equal("no messages\n");
  });

  it("makes a token that the daemon takes, lists it without its secret, and revokes it", async () => {
    const args = ["create", "--agent", "1", "--user", ALICE, "--label", "ada"];
    const { id, token } = await json<{ id: string; token: string }>("token", ...args);
    expect((await run("token", "list")).stdout)
      .to.include(id)
      .and.not.include(token);
    expect(readFileSync(join(folder, "workspace-tokens", `${id}.json`), "utf8")).not.to.include(
      token.slice(-43),
    );
    await json("token", "revoke", id);
    expect((await failing("token", "revoke", id)).code).to.equal("TOKEN_UNKNOWN");
    expect(await json("token", "list")).to.deep.equal({ tokens: [] });
  });

  for (const [what, args, code, named] of [
    ["an agent that there is not", ["--agent", "99", "--user", ALICE], "AGENT_UNKNOWN", "ada (--agent 1)"],
    [
      "a helper that there is not",
      ["--helper", "ghost", "--user", ALICE, "--cluster", String(ALPHA)],
      "HELPER_UNKNOWN",
      "scout",
    ],
    ["a cluster that there is not", ["--operator", "--cluster", "99"], "CLUSTER_UNKNOWN", ""],
  ] as const) {
    it(`makes no token for ${what}, and names those that there are`, async () => {
      await faces.node.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
      const { code: found, hint } = await failing("token", "create", ...args);
      expect([found, hint?.includes(named)], hint).to.deep.equal([code, true]);
      expect(await json("token", "list")).to.deep.equal({ tokens: [] });
    });
  }

  it("warns of a token that opens nothing as things are, and says where nobody could look", async () => {
    const args = ["token", "create", "--agent", "2", "--user", ALICE];
    const elsewhere = await run(...args);
    expect([elsewhere.code, elsewhere.stderr.includes("AGENT_NOT_SERVED")]).to.deep.equal([0, true]);
    rmSync(join(folder, "daemon.json"));
    const { code, stderr } = await run("token", "create", "--agent", "99", "--user", ALICE);
    expect([code, stderr.includes("the daemon does not run")]).to.deep.equal([0, true]);
  });

  for (const [what, args, code] of [
    ["a message to nobody", ["send", "hello"], "USAGE_INVALID"],
    ["a message to two", ["send", "hello", "--all", "--to", "ada"], "USAGE_INVALID"],
    ["a token for two", ["token", "create", "--agent", "1", "--operator"], "USAGE_INVALID"],
    ["a token for nobody", ["token", "create"], "USAGE_INVALID"],
    [
      "a helper's token without a cluster",
      ["token", "create", "--helper", "a", "--user", ALICE],
      "USAGE_INVALID",
    ],
    ["a revocation of nothing", ["token", "revoke"], "USAGE_INVALID"],
    ["a folder that is none of a node", ["agents", "--node", "/"], "DAEMON_FOLDER_UNKNOWN"],
    ["a token file that is not there", ["agents", "--token-file", "none"], "TOKEN_FILE_MISSING"],
    ["a cluster that is no number", ["agents", "--cluster", "x"], "USAGE_INVALID"],
    ["a cluster that is not there", ["agents", "--cluster", "99"], "CLUSTER_UNKNOWN"],
  ] as const) {
    it(`names ${what} as ${code}`, async () => {
      expect((await failing(...args)).code).to.equal(code);
    });
  }

  it("speaks with the token of a file, of mode 0600 alone", async () => {
    const file = join(folder, "ada.token");
    writeFileSync(file, await faces.token(), { mode: 0o644 });
    expect((await failing("inbox", "--token-file", file)).code).to.equal("TOKEN_FILE_MODE");
    rmSync(file);
    writeFileSync(file, await faces.token(), { mode: 0o600 });
    const { message } = await json<{ message: { from: { name: string } } }>(
      "send",
      "hi",
      "--all",
      "--token-file",
      file,
    );
    expect(message.from.name).to.equal("ada");
  });

  it("needs nothing of the operator's where it has a token of its own", async () => {
    const file = join(folder, "ada.token");
    writeFileSync(file, await faces.token(), { mode: 0o600 });
    rmSync(join(folder, "api.token"));
    expect(await json("jobs", "--token-file", file)).to.deep.equal({ jobs: [] });
    rmSync(join(folder, "daemon.json"));
    expect(await json("jobs", "--token-file", file, "--api", faces.api.url)).to.deep.equal({ jobs: [] });
    expect((await failing("jobs", "--api", faces.api.url)).code).to.equal("USAGE_INVALID");
  });

  it("says that the daemon does not run", async () => {
    rmSync(join(folder, "daemon.json"));
    expect((await failing("agents")).code).to.equal("DAEMON_SILENT");
  });

  it("watches until it is ended, a JSON object a line", async function () {
    this.timeout(30_000);
    const child = spawn(process.execPath, [BIN, "workspace", "watch", "--json", "--cluster", String(ALPHA)], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      expect(JSON.parse((await lines.next()).value ?? "")).to.deep.equal({
        kind: "open",
        cluster: String(ALPHA),
      });
      await faces.node.operator().writeContext({ key: "plan", value: "one" });
      expect(JSON.parse((await lines.next()).value ?? "")).to.deep.include({
        kind: "change",
        view: "context",
        about: "plan",
        text: "one",
      });
      child.kill("SIGINT");
      expect((await once(child, "exit"))[0]).to.equal(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("watches in lines that say who did what, one for each entry", async function () {
    this.timeout(30_000);
    const child = spawn(process.execPath, [BIN, "workspace", "watch", "--cluster", String(ALPHA)], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const notes = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
      expect((await notes.next()).value).to.include("watching");
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      await faces.node.agent(1n).spawnJob({ to: "ben", prompt: "count\u001b[2J the files", thread: "plans" });
      await faces.node.operator().writeContext({ key: "plan", value: "one" });
      expect((await lines.next()).value).to.match(
        /^\S+Z {2}ada {2}job\.spawned {2}to ben, thread plans {2}count.* the files$/,
      );
      expect((await lines.next()).value).to.match(/^\S+Z {2}node:1 {2}context\.written {2}plan {2}one$/);
      child.kill("SIGINT");
      expect((await once(child, "exit"))[0]).to.equal(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("tells a host in words why its token is not taken, and standard error once", async function () {
    this.timeout(30_000);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [BIN, "mcp", "--node", folder],
      env: { PLEIAD_TOKEN: "wrong" },
      stderr: "pipe",
    });
    let written = "";
    transport.stderr?.on("data", (chunk) => {
      written += String(chunk);
    });
    const client = new Client({ name: "test", version: "1" });
    const failed = await client.connect(transport).then(
      () => "",
      (error: Error) => error.message,
    );
    await client.close();
    expect(failed).to.match(/did not take it: TOKEN_WRONG: .*pleiad workspace token create/);
    expect(failed).not.to.include("{");
    expect(written.match(/TOKEN_WRONG/g)).to.have.length(1);
  });

  it("is a server of MCP by standard input and output, as a host starts it", async function () {
    this.timeout(30_000);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [BIN, "mcp", "--node", folder],
      env: { PLEIAD_TOKEN: await faces.token() },
    });
    const client = new Client({ name: "test", version: "1" });
    const heard = Promise.withResolvers<string>();
    client.setNotificationHandler("notifications/resources/updated", ({ params }) =>
      heard.resolve(params.uri),
    );
    await client.connect(transport);
    try {
      const registered = await client.callTool({ name: "register_agent", arguments: {} });
      expect(registered.structuredContent).to.deep.include({ cluster: String(ALPHA) });
      await client.subscribeResource({ uri: "pleiad://rules" });
      await faces.node.operator().updateRules({ text: "be kind" });
      expect(await heard.promise).to.equal("pleiad://rules");
    } finally {
      await client.close();
    }
  });
});
