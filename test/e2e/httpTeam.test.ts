import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PleiadError } from "@pleiad/sdk/errors";
import { WORKSPACE_ENDPOINTS } from "@pleiad/sdk/workspace/endpointTable";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { loadConfig } from "../../node/src/config/load.ts";
import { type Daemon, startDaemon } from "../../node/src/local/daemon.ts";
import { daemonClient } from "../../node/src/local/daemonClient.ts";
import { freePort } from "../../node/src/local/ports.ts";
import type { WorkspaceOperations } from "../../node/src/workspace/types.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type LocalChain, startChain, walletOf } from "../fixtures/chain.ts";
import type { ModelRequest } from "../fixtures/modelServer/request.ts";
import type { Script, Step } from "../fixtures/modelServer/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/modelServer/server.ts";
import {
  PASSWORD,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { until } from "../fixtures/until.ts";

/** A model that obeys each line that begins with DO of what it was told last: `DO call TOOL JSON`, `DO say TEXT`, `DO hang`. */
function obedient({ messages }: ModelRequest): Script {
  const told = messages.findLast(({ from }) => from === "user")?.text ?? "";
  const orders = told.split("\n").flatMap((line) => (line.startsWith("DO ") ? [line.slice(3)] : []));
  const calls = orders.flatMap((order): Step[] => {
    const [, tool, json] = /^call (\w+) (.*)$/.exec(order) ?? [];
    return tool === undefined ? [] : [{ call: tool, arguments: JSON.parse(json ?? "{}") }];
  });
  if (orders.includes("hang")) return [...calls, { fault: { kind: "hang" } }];
  const said = orders.flatMap((order) => (order.startsWith("say ") ? [order.slice(4)] : []));
  const heard = orders.includes("tell all")
    ? messages.flatMap((message) => (message.from === "user" ? [message.text] : []))
    : [];
  return [...calls, { say: ({ results }) => [...said, ...heard, ...results].join("\n") || "nothing to do" }];
}

describe("a model over http on one daemon", function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;
  let daemon: Daemon;
  let data: string;
  let server: ModelServer;

  before(async () => {
    folder = temporaryFolder();
    data = join(folder.path, "operator");
    server = await startModelServer({ script: obedient });
    chain = await startChain();
    operator = await registerOperator(chain, ["clerk"]);
    cluster = await publishCluster(operator, "office", ["clerk"]);
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
    await server?.close();
    await folder[Symbol.asyncDispose]();
  });

  async function start(): Promise<void> {
    const model = { kind: "http", baseUrl: `${server.origin}/v1`, model: "m" };
    const path = await writeOperatorFolder(
      data,
      operator,
      { clerk: model, quiet: { ...model, tools: ["read_rules"] } },
      {
        network: { enabled: true, listenPort: await freePort(0) },
        folders: { projects: { app: folder.path } },
      },
    );
    daemon = await startDaemon(
      { config: await loadConfig(path), password: PASSWORD },
      { logger: pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" }) },
    );
    await until("the workspace is open", () => daemon.workspace?.clusters().includes(cluster));
  }

  function as(): WorkspaceOperations {
    if (daemon.workspace === undefined) throw new Error("there is no workspace");
    return daemon.workspace.as({ kind: "node", cluster });
  }
  const token = () => readFileSync(join(data, "api.token"), "utf8").trim();
  const client = () => daemonClient({ apiUrl: daemon.apiUrl, apiToken: token() });
  const ask = async (path: string): Promise<string> => {
    const headers = { authorization: `Bearer ${token()}` };
    return (await fetch(new URL(path, daemon.apiUrl), { headers })).text();
  };
  const spawn = (name: string, task?: string, service = "clerk") =>
    as().spawnAgent({
      name,
      role: "clerk",
      goal: "obey",
      service,
      ...(task === undefined ? {} : { task }),
    });
  const program = async (name: string) => (await as().listAgents()).find((one) => one.name === name)?.program;
  const sessionOf = (name: string): unknown =>
    JSON.parse(readFileSync(join(data, "helper-records", `${cluster}-${name}.json`), "utf8")).sessionId;
  const waits = (name: string) =>
    until(`${name} waits`, async () => (await program(name))?.state === "waiting");
  const received = (from: string, text: string) =>
    until(`"${text}" from ${from}`, async () =>
      (await as().readMessages()).find((one) => one.from.name === from && one.text.includes(text)),
    );
  const tell = (to: string, text: string) => as().sendMessage({ destination: { kind: "direct", to }, text });
  const toMe = (text: string) =>
    JSON.stringify({ destination: { kind: "direct", to: `node:${daemon.node}` }, text });

  it("is a helper: it does its task, answers messages with the workspace's tools as itself, and is in the books", async () => {
    await spawn("ada", "DO say the answer is 42");
    const report = await received("ada", "the answer is 42");
    expect(report.from.id).to.equal(`helper:${daemon.node}/ada`);
    await waits("ada");
    await tell("ada", `please answer\nDO call send_message ${toMe("by tool")}`);
    await received("ada", "by tool");
    const first = server.turns().find(({ asked }) => asked?.texts.join().includes("You are ada"))?.asked;
    expect(first?.tools.map(({ name }) => name)).to.deep.equal([
      ...WORKSPACE_ENDPOINTS.flatMap(({ name, isTool }) => (isTool === false ? [] : [name])),
      "watch_context",
    ]);
    expect(first?.texts.join()).to.contain("You have no folder");
    // What a tool gives back stands in a fence.
    const { asked } = await server.until((request) => (request.asked?.results.length ?? 0) > 0);
    expect(asked?.results[0]).to.match(/^<<<PLEIAD part result bytes=\d+ /);
    await waits("ada");
    expect(await ask("/usage")).to.contain(`helper ${daemon.node}/ada`);
    // Its terminal shows what was said and done.
    const screen = await ask(`/workspace/${cluster}/terminals/ada`);
    for (const shown of ["the answer is 42", "send_message"]) expect(screen).to.contain(shown);
  });

  it("goes on after the daemon's end where it was: what it was told is done once it is back, by the same session", async () => {
    await spawn("ada", "DO say I know the red door");
    await received("ada", "the red door");
    await waits("ada");
    await tell("ada", "DO hang");
    await server.until(({ asked }) => asked?.texts.join().includes("DO hang") === true);
    const session = sessionOf("ada");
    await daemon.stop();
    server.setScript((request) =>
      request.texts.at(-1)?.includes("DO hang") ? [{ say: "not again" }] : obedient(request),
    );
    await start();
    await until(
      "it has read that",
      async () => (await as().readMessages({ box: "sent" }))[0]?.receipts[0]?.acknowledgedAtMs !== undefined,
    );
    await waits("ada");
    expect(sessionOf("ada")).to.equal(session).and.to.be.a("string");
    const asked = server.turns().at(-1)?.asked;
    expect(asked?.turn, "the turn of before is told again").to.equal(1);
    expect(asked?.texts.join()).to.contain("I know the red door");
    server.setScript(obedient);
  });

  it("is begun again in the middle of a turn, and brings the work with it", async () => {
    let hung = false;
    server.setScript((request) => {
      if (hung || !request.texts.join().includes("once more")) return obedient(request);
      hung = true;
      return [{ fault: { kind: "hang" } }];
    });
    await spawn("ada", "once more\nDO say done at last");
    await until("it hangs", () => hung);
    await as().restartAgent("ada");
    await received("ada", "done at last");
    server.setScript(obedient);
  });

  it("leaves nothing when it is stopped in a turn: no connection, no folder, no record", async () => {
    await spawn("ada", "DO hang");
    await server.until(({ asked }) => asked?.texts.join().includes("DO hang") === true);
    await as().endAgent("ada");
    await server.untilQuiet();
    expect(readdirSync(join(data, "helper-records"))).to.deep.equal([]);
    expect(existsSync(join(data, "helpers", `${cluster}-ada`))).to.equal(false);
  });

  it("has the tools that its operator allows and no others, and no project", async () => {
    await spawn("eve", `DO call send_message ${toMe("forbidden")}`, "quiet");
    const { text } = await received("eve", "there is no tool");
    expect(text).to.contain('there is no tool "send_message"; there are: read_rules');
    const wanted = { name: "dan", role: "r", goal: "g", service: "clerk", project: "app" };
    const refusal = await as()
      .spawnAgent(wanted)
      .then(
        () => "none",
        (error: unknown) => (error as PleiadError).code,
      );
    expect(refusal).to.equal("PROJECT_OUT_OF_REACH");
  });

  it("answers an execution with the workspace's tools, as the agent that it is, and has no token after", async () => {
    const wallet = walletOf(chain, REQUESTER);
    const { deployment } = operator;
    const broadcast = JSON.stringify({ destination: { kind: "broadcast" }, text: "an answer is on its way" });
    const { execution } = await execute(wallet, {
      deployment,
      cluster,
      input: `a request\nDO call send_message ${broadcast}\nDO say it is done`,
    });
    const { text: output } = await waitForResponse(wallet, {
      deployment,
      execution,
      timeoutMs: 30_000,
      pollingIntervalMs: 100,
      fetchBlob: ({ digest }) => client().getBlob(digest),
    });
    expect(output).to.contain("it is done").and.to.contain("<<<PLEIAD part result");
    // It has a terminal to look at, by the numbers of execution and task, and nobody may type.
    const screen = await until("its end is shown", async () => {
      const seen = JSON.parse(await ask(`/workspace/${cluster}/terminals/${execution}.0?part=all`));
      return seen.state === "done" && seen;
    });
    expect(screen.lines.join("\n")).to.contain("send_message").and.to.contain("it is done");
    expect([screen.mayType, screen.why]).to.deep.equal([false, "finished"]);
    const message = await until("the message is there", async () =>
      (await as().readMessages()).find(({ text }) => text === "an answer is on its way"),
    );
    expect(message.from.id).to.match(/^agent:\d+$/);
    await until("its token is gone", () => readdirSync(join(data, "workspace-tokens")).length === 0);
  });
});
