import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { daemonFolders } from "../../node/src/cli/folderAccess.ts";
import { loadConfig } from "../../node/src/config/load.ts";
import { type Daemon, startDaemon } from "../../node/src/local/daemon.ts";
import type { DaemonAccess } from "../../node/src/local/daemonClient.ts";
import { freePort } from "../../node/src/local/ports.ts";
import { EVENTS_PROTOCOL } from "../../node/src/workspace/http/events.ts";
import type { WorkspaceOperations } from "../../node/src/workspace/types.ts";
import { type LocalChain, startChain } from "../fixtures/chain.ts";
import {
  PASSWORD,
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { until } from "../fixtures/until.ts";

const AGENT = join(import.meta.dirname, "../fixtures/fakeAcpAgent.mjs");

/** A coding agent that obeys each line of a prompt that begins with DO. */
const service = () => ({
  kind: "acp",
  program: process.execPath,
  args: [AGENT, JSON.stringify({ always: "lines" })],
});

describe("a team of helpers on one daemon", function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;
  let daemon: Daemon;
  let data: string;
  let project: string;

  before(async () => {
    folder = temporaryFolder();
    chain = await startChain();
    operator = await registerOperator(chain, ["talker"]);
    cluster = await publishCluster(operator, "team", ["talker"]);
    data = join(folder.path, "operator");
    project = join(folder.path, "app");
    mkdirSync(project);
    writeFileSync(join(project, "README.md"), "the project\n");
    git("init", "--quiet", "--initial-branch", "main");
    git("add", ".");
    git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "Begin");
    git("branch", "next");
    await start();
  });
  afterEach(async () => {
    for (const { id, name } of await as().listAgents())
      if (id.startsWith("helper:")) await as().endAgent(name);
    expect(readdirSync(join(data, "workspace-tokens")), "tokens left").to.deep.equal([]);
  });
  after(async () => {
    await daemon?.stop();
    await chain?.stop();
    await folder[Symbol.asyncDispose]();
  });

  async function start(): Promise<void> {
    const path = await writeOperatorFolder(
      data,
      operator,
      { talker: programService("echo"), coder: service(), closed: service() },
      {
        network: { enabled: true, listenPort: await freePort(0) },
        folders: { projects: { app: project } },
        workspace: { agentServices: ["coder"], helpersMax: 3 },
      },
    );
    const config = await loadConfig(path);
    daemon = await startDaemon(
      { config, password: PASSWORD },
      { logger: pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" }) },
    );
    await until("the workspace is open", () => daemon.workspace?.clusters().includes(cluster));
  }

  /** Git as the user of the project has it, without what this machine's user has configured. */
  function git(...args: readonly string[]): string {
    const environment = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: folder.path };
    return execFileSync("git", args, { cwd: project, env: environment, encoding: "utf8" });
  }

  function operatorAccess(): DaemonAccess {
    return { apiUrl: daemon.apiUrl, apiToken: readFileSync(join(data, "api.token"), "utf8").trim() };
  }

  function as(): WorkspaceOperations {
    if (daemon.workspace === undefined) throw new Error("there is no workspace");
    return daemon.workspace.as({ kind: "node", cluster });
  }

  const spawn = (name: string, task?: string) =>
    as().spawnAgent({
      name,
      role: "coder",
      goal: "obey",
      service: "coder",
      ...(task === undefined ? {} : { task }),
    });
  const program = async (name: string) => (await as().listAgents()).find((one) => one.name === name)?.program;
  const waits = async (name: string) => {
    let seen: unknown;
    await until(`${name} waits`, async () => {
      seen = await program(name);
      return (await program(name))?.state === "waiting";
    }).catch((error: unknown) => {
      throw new Error(`it is ${JSON.stringify(seen)}`, { cause: error });
    });
  };
  const received = (from: string, text: string) =>
    until(`"${text}" from ${from}`, async () =>
      (await as().readMessages()).find((one) => one.from.name === from && one.text.includes(text)),
    );
  const tell = (to: string, text: string) => as().sendMessage({ destination: { kind: "direct", to }, text });

  it("does a task and reports it, then answers messages with the workspace's own tools, as itself", async () => {
    await spawn("ada", "think hard\nDO say the answer is 42");
    const report = await received("ada", "the answer is 42");
    expect(report.from.id).to.equal(`helper:${daemon.node}/ada`);
    await waits("ada");
    const answer = JSON.stringify({
      destination: { kind: "direct", to: `node:${daemon.node}` },
      text: "by tool",
    });
    const { id } = await tell("ada", `please answer\nDO call pleiad send_message ${answer}`);
    await received("ada", "by tool");
    await until("it is read", async () =>
      (await as().readMessages({ box: "sent" })).some(
        (one) =>
          one.id === id && one.receipts.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined),
      ),
    );
  });

  it("answers a job that it is handed, into its thread", async () => {
    await spawn("ada");
    const job = await as().spawnJob({ to: "ada", prompt: "DO say it is done", thread: "plan" });
    await until("the job is done", async () =>
      (await as().listJobs({ whose: "spawned" })).some(
        ({ id, state, text }) => id === job.id && state === "done" && text === "it is done",
      ),
    );
  });

  it("goes on after the daemon's end: what it was told is done once it is back, by the same session", async () => {
    await spawn("ada", "DO remember the colour is blue");
    await received("ada", "kept");
    await waits("ada");
    await tell("ada", "DO hang");
    await until("it works", async () => (await program("ada"))?.state === "working");
    await tell("ada", "DO recall");
    await daemon.stop();
    await start();
    await until("it works again", async () => (await program("ada"))?.state === "working");
    await as().restartAgent("ada");
    expect((await program("ada"))?.service).to.equal("coder");
  });

  it("works on a project in a copy of its own, whose work is looked at, taken back and merged by the operator", async () => {
    const before = git("status", "--porcelain", "--branch");
    const spawned = { role: "coder", goal: "obey", service: "coder", project: "app" };
    await as().spawnAgent({ ...spawned, name: "eve", task: "DO write hello.txt hi" });
    const { text } = await received("eve", "wrote hello.txt");
    expect(text).to.contain('added "hello.txt" +1 -0');
    expect(existsSync(join(project, "hello.txt"))).to.equal(false);
    expect(git("status", "--porcelain", "--branch")).to.equal(before);
    await waits("eve");
    await tell("eve", "DO write README.md changed");
    await until("it wrote again", async () => (await program("eve"))?.turns === 2);
    const folders = daemonFolders(operatorAccess());
    const ended = new AbortController();
    const changes = folders.changes("eve", ended.signal);
    expect((await changes.next()).value).to.deep.equal({ kind: "open" });
    await tell("eve", "DO write more.txt and more");
    expect((await changes.next()).value).to.deep.equal({
      kind: "changes",
      changes: [{ agent: "eve", path: "more.txt", change: "added", bytes: 8 }],
    });
    ended.abort();
    expect((await changes.next()).done).to.equal(true);
    await waits("eve");
    const diff = await folders.diff("eve", "all");
    expect(diff.files.map(({ path }) => path).toSorted()).to.deep.equal([
      "README.md",
      "hello.txt",
      "more.txt",
    ]);
    await waits("eve");
    await as().endAgent("eve");
    const { checkpoints } = await folders.checkpoints("eve");
    const second = checkpoints[1];
    if (second === undefined) throw new Error("there is no second checkpoint");
    await folders.rollback("eve", second.number);
    const merge = await folders.merge("eve", { into: "next" });
    expect(merge.outcome, JSON.stringify(merge)).to.equal("merged");
    expect(git("show", "next:hello.txt")).to.equal("hi");
    expect(git("show", "next:README.md")).to.equal("the project\n");
    expect(git("status", "--porcelain", "--branch")).to.equal(before);
    await folders.remove("eve", true);
    expect(git("for-each-ref", "refs/pleiad")).to.equal("");
    const { folders: left } = await folders.list();
    expect(left).to.deep.equal([]);
  });

  it("has a terminal: what it does is shown, and a line that its operator types reaches its inbox", async () => {
    await spawn("ada");
    await waits("ada");
    const screen = async () => {
      const answer = await fetch(new URL(`/workspace/${cluster}/terminals/ada`, daemon.apiUrl), {
        headers: { authorization: `Bearer ${operatorAccess().apiToken}` },
      });
      return answer.text();
    };
    await until("it says that it waits", async () => (await screen()).includes("waits for messages"));
    const socket = new WebSocket(
      new URL(`/workspace/${cluster}/terminals/ada`, daemon.apiUrl).href.replace("http", "ws"),
      [EVENTS_PROTOCOL, `bearer.${operatorAccess().apiToken}`],
    );
    try {
      await once(socket, "open");
      socket.send(JSON.stringify({ kind: "input", data: "DO say typed by hand" }));
      socket.send(JSON.stringify({ kind: "input", data: "\r" }));
      await until("its answer is shown", async () => (await screen()).includes("typed by hand"));
      await until("it had a turn", async () => (await program("ada"))?.turns === 1);
    } finally {
      socket.close();
    }
  });

  it("asks for leave, is told what its operator answers, and what it uses is in the books", async () => {
    await spawn("ada", "DO ask may I?");
    const ask = async (path: string, body?: object) => {
      const { apiUrl, apiToken } = operatorAccess();
      const answer = await fetch(new URL(path, apiUrl), {
        headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    const [row] = await until("it asks", async () => {
      const { waiting } = (await ask("/approvals")) as {
        readonly waiting?: readonly { readonly id: string; readonly agent: string }[];
      };
      return waiting?.length === 1 && waiting;
    });
    expect(row?.agent).to.equal(`helper ${daemon.node}/ada`);
    await until("it says that it waits for that", async () => (await program("ada"))?.state === "asking");
    await ask(`/approvals/${row?.id}`, { option: "yes" });
    await received("ada", "chosen: yes");
    await until("the books have it", async () =>
      JSON.stringify(await ask("/usage")).includes(`helper ${daemon.node}/ada`),
    );
  });

  it("leaves nothing when it is stopped: no process, no folder, no token", async () => {
    await spawn("ada", "DO world");
    const { text } = await received("ada", "cwd");
    const world = JSON.parse(text.slice(text.indexOf("{"))) as {
      readonly pid: number;
      readonly cwd: string;
      readonly environment: Record<string, string>;
    };
    expect(() => process.kill(world.pid, 0)).not.to.throw();
    expect(Object.keys(world.environment).filter((name) => name.startsWith("PLEIAD"))).to.deep.equal([
      "PLEIAD_AGENT_TAG",
    ]);
    await as().endAgent("ada");
    await until("its process is gone", () => !isAlive(world.pid));
    expect(existsSync(world.cwd)).to.equal(false);
    expect(readdirSync(join(data, "helper-records"))).to.deep.equal([]);
  });

  it("is started by agents with what the operator opened to them alone, and no more than so many", async () => {
    const [agent] = (await as().listAgents()).filter(({ kind }) => kind === "agent");
    if (agent === undefined || daemon.workspace === undefined) throw new Error("there is no agent");
    const speaker = daemon.workspace.as({
      kind: "agent",
      agent: BigInt(agent.id.split(":")[1] ?? ""),
      user: REQUESTER.address.toLowerCase() as `0x${string}`,
    });
    const wanted = { role: "coder", goal: "obey" };
    await refused(speaker.spawnAgent({ ...wanted, name: "one", service: "closed" }), "HELPER_SERVICE_CLOSED");
    await refused(
      speaker.spawnAgent({ ...wanted, name: "one", service: "coder", project: "site" }),
      "PROJECT_CLOSED",
    );
    await refused(
      as().spawnAgent({ ...wanted, name: "one", service: "coder", project: "site" }),
      "PROJECT_UNKNOWN",
    );
    await refused(as().spawnAgent({ ...wanted, name: "one", service: "talker" }), "HELPER_SERVICE_UNKNOWN");
    for (const name of ["one", "two", "three"])
      await speaker.spawnAgent({ ...wanted, name, service: "coder" });
    await refused(as().spawnAgent({ ...wanted, name: "four", service: "coder" }), "TEAM_FULL");
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function refused(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PleiadError)) throw error ?? new Error(`expected ${code}`);
  expect(error.code).to.equal(code);
}
