import { readdirSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { parsePrompt } from "../../node/src/agents/promptParse.ts";
import { lastJson, type PleiadEnd, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { agentTags, processesOf } from "../fixtures/processes.ts";
import { silenceAllowedMs } from "../fixtures/silence.ts";
import { until } from "../fixtures/until.ts";
import { completion, startServer } from "../node/agents/fixtures/chatServer.ts";

/** What execute and settle may cost together at a chain's first run. Gas. */
const COLD_GAS_MAX = 345_000;

interface TaskJson {
  readonly name: string;
  readonly agent: string;
  readonly model: number;
  readonly node: number;
  readonly role: string;
  readonly digest: string;
  readonly transaction: string;
}

/** The documented object. */
interface RunJson {
  readonly executionId: number;
  readonly clusterId: number;
  readonly response: string;
  readonly responseDigest: string;
  readonly verified: boolean;
  readonly elapsedMs: number;
  readonly settlements: number;
  readonly gas: { readonly execute: number; readonly settle: number };
  readonly tasks: readonly TaskJson[];
}

const RUN_KEYS = [
  ["executionId", "clusterId", "response", "responseDigest", "verified"],
  ["elapsedMs", "settlements", "gas", "tasks"],
].flat();
const TASK_KEYS = ["name", "agent", "model", "node", "role", "digest", "transaction"];

/** Runs a demo to its end in a folder of its own for temporary files; nothing of it may be left there or running. */
async function demo(
  ...args: readonly string[]
): Promise<{ readonly json: unknown; readonly end: PleiadEnd }> {
  await using folder = temporaryFolder();
  const running = startPleiad(["demo", "--json", ...args], { env: { TMPDIR: folder.path } });
  try {
    // All daemons are up by then, and each has its tag.
    await running.says(/is on chain/);
    const tags = agentTags(folder.path);
    expect(tags, "agents' tags of the three daemons").to.have.length(3);
    const end = await running.ended;
    expect(end.exitCode, end.stderr).to.equal(0);
    expect(readdirSync(folder.path), "temporary files that were left").to.deep.equal([]);
    expect(processesOf(folder.path, tags), "processes that were left").to.deep.equal([]);
    return { json: lastJson(end.stdout), end };
  } finally {
    running.signal("SIGKILL");
    await until("no process is left", () => processesOf(folder.path).length === 0);
  }
}

function expectSoundRun(run: RunJson): void {
  expect(run.verified).to.equal(true);
  expect(run.response).to.not.equal("");
  expect(run.responseDigest).to.equal(keccak256(stringToBytes(run.response)));
  expect(run.tasks.map(({ name }) => name)).to.deep.equal(["read", "write", "check"]);
  for (const task of run.tasks) expect(task, task.name).to.have.all.keys(TASK_KEYS);
  expect(run.tasks.at(-1)?.digest).to.equal(run.responseDigest);
  expect(new Set(run.tasks.map(({ transaction }) => transaction)).size).to.equal(run.settlements);
}

describe("pleiad demo", function () {
  this.timeout(120_000);

  it("prints one JSON object with the documented keys, verified, settled once, within its gas, and leaves nothing", async () => {
    const { json, end } = await demo();
    const run = json as RunJson;
    expect(end.stdout.trimEnd().split("\n"), "lines on standard output").to.have.length(1);
    expect(run).to.have.all.keys(RUN_KEYS);
    expect(run.gas).to.have.all.keys("execute", "settle");
    expectSoundRun(run);
    expect(run.executionId).to.equal(1);
    expect(run.clusterId).to.equal(1);
    expect(run.settlements).to.equal(1);
    expect(run.gas.execute + run.gas.settle).to.be.at.most(COLD_GAS_MAX);
    expect(run.tasks.map(({ role }) => role)).to.deep.equal(["Node", "Node", "Node"]);
    expect(end.silenceMsMax, "silence in ms").to.be.at.most(await silenceAllowedMs());
  });

  it("finishes through a step-in when a daemon is killed while it works, which then submits nothing twice", async () => {
    const { json, end } = await demo("--kill-one", "--window", "3");
    const run = json as RunJson & {
      readonly killed: { operator: string; node: number; task: number; state: string };
      readonly steppedIn: { node: number; task: number; rank: number };
      readonly restarted: { operator: string; completionsTwice: number };
    };
    expect(run).to.have.all.keys(...RUN_KEYS, "killed", "steppedIn", "restarted");
    expectSoundRun(run);
    expect(run.killed.state).to.equal("running");
    expect(run.steppedIn.task).to.equal(run.killed.task);
    expect(run.steppedIn.node).to.not.equal(run.killed.node);
    expect(run.steppedIn.rank).to.be.above(0);
    expect(run.tasks[run.killed.task]?.node).to.equal(run.steppedIn.node);
    expect(run.restarted).to.include({ operator: run.killed.operator, completionsTwice: 0 });
    expect(end.stderr).to.match(/holding the input .* until its daemon is killed/);
    expect(end.stderr).to.match(/killed \w+ \(node \d\) while its journal said that task \d runs/);
    expect(end.silenceMsMax, "silence in ms").to.be.at.most(await silenceAllowedMs());
  });

  it("lets an OpenAI-compatible server answer in place of the sample programs", async () => {
    const asked: string[] = [];
    const server = await startServer((request, response) => {
      const body = JSON.parse(request.body) as {
        model: string;
        messages: { role: string; content: string }[];
      };
      asked.push(`${request.method} ${request.url} ${body.model}`);
      // Behind the parts of the system message stands what the model is told of its tools.
      const parts = body.messages.map(({ content }) =>
        content.slice(0, content.lastIndexOf("\n<<<PLEIAD end ")),
      );
      const ends = body.messages.map(
        ({ content }, at) => /\n<<<PLEIAD end .*>>>\n/.exec(content.slice(parts[at]?.length))?.[0],
      );
      const prompt = parsePrompt(new TextEncoder().encode(parts.map((part, at) => part + ends[at]).join("")));
      const task = prompt.find(({ name }) => name === "task");
      const text = task?.data.split("\n")[0];
      response.setHeader("content-type", "application/json");
      response.end(completion(`The server's answer to the task with the ${text}.`));
    });
    try {
      const url = `${server.origin}/v1`;
      const { json } = await demo("--model-url", url, "--model", "small-one", "--window", "3");
      const run = json as RunJson;
      expectSoundRun(run);
      expect(run.response).to.equal("The server's answer to the task with the name: check.");
      expect(new Set(asked)).to.deep.equal(new Set(["POST /v1/chat/completions small-one"]));
    } finally {
      await server.close();
    }
  });
});
