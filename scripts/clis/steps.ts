import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endAgent } from "@pleiad/sdk/workspace/endAgent";
import { listAgents } from "@pleiad/sdk/workspace/listAgents";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import { listTagged } from "../../node/src/agents/processTable.mjs";
import { daemonFolders } from "../../node/src/cli/folderAccess.ts";
import type { DaemonProcess } from "../../test/fixtures/daemonProcess.ts";
import { type ModelRequest, TOOL_SEARCH } from "../../test/fixtures/modelServer/request.ts";
import type { Step } from "../../test/fixtures/modelServer/script.ts";
import { type ModelServer, startModelServer } from "../../test/fixtures/modelServer/server.ts";
import { agentTags } from "../../test/fixtures/processes.ts";
import { openTeamWorld, type TeamWorld } from "../../test/fixtures/teamWorld.ts";
import { until } from "../../test/fixtures/until.ts";
import { KEYS, type Subject } from "./subjects.ts";

/** The steps of the table, in their order. */
export const STEPS = [
  "spawn",
  "tool",
  "message",
  "edit",
  "diff",
  "killed",
  "secrets gone",
  "sweep",
  "resume",
  "rollback",
] as const;
type StepName = (typeof STEPS)[number];

/** How a step went. */
export interface StepResult {
  readonly step: StepName;
  readonly ok: boolean;
  readonly ms: number;
  /** What went wrong. */
  readonly why: string;
}

/** What is promised of a daemon that dies: its agents are gone within this time. */
const GONE_WITHIN_MS = 5_000;
const POLL_MS = 20;
/** Longest time for one step: a large program's first start on a busy machine. */
const STEP_MS = 120_000;
const HELPER = "ada";
const FILE = "edited.txt";
/** Files by which the programs are told of their tools. */
const SETTINGS = /(?:settings|config|mcp|opencode)[^/]*\.(?:json|toml)$/;

/** Runs one program as a helper of a real daemon through all steps; those after one that fails are not tried. */
export async function runSubject(subject: Subject): Promise<readonly StepResult[]> {
  await using stack = new AsyncDisposableStack();
  const model = await startModelServer();
  stack.defer(() => model.close());
  const { service, environment } = subject.service(model.origin);
  const world = await openTeamWorld(
    { real: service },
    { approvals: { rules: [{ tool: "*", answer: "allowOnce" }] } },
  );
  stack.use(world);
  const run = new Run(subject, world, model, {
    npm_config_registry: "http://127.0.0.1:9/",
    ...KEYS,
    ...environment,
  });
  stack.defer(() => run.end());
  const results: StepResult[] = [];
  for (const step of STEPS) {
    const result = await run.try(step);
    results.push(result);
    if (!result.ok) break;
  }
  return results;
}

/** One program's way through the steps. */
class Run {
  #daemon: DaemonProcess | undefined;
  #mayWait = true;
  /** The file that it writes. */
  #path = "";
  readonly #subject: Subject;
  readonly #world: TeamWorld;
  readonly #model: ModelServer;
  readonly #env: Readonly<Record<string, string>>;
  #startedAt = 0;

  constructor(subject: Subject, world: TeamWorld, model: ModelServer, env: Readonly<Record<string, string>>) {
    this.#subject = subject;
    this.#world = world;
    this.#model = model;
    this.#env = env;
    model.setScript((asked) => this.#script(asked));
  }

  /** @returns how it went */
  async try(step: StepName): Promise<StepResult> {
    this.#startedAt = performance.now();
    const why = await this.#work(step).catch((error: Error) => error.message);
    const ms = Math.round(performance.now() - this.#startedAt);
    return { step, ok: why === undefined, ms, why: why ?? "" };
  }

  async end(): Promise<void> {
    if (process.env.CLIS_VERBOSE !== undefined) console.log(this.#daemon?.log());
    await this.#daemon?.[Symbol.asyncDispose]();
    await untilGone(this.#world);
  }

  async #work(step: StepName): Promise<string | undefined> {
    switch (step) {
      case "spawn":
        return this.#spawn();
      case "tool":
        await this.#tell("please note");
        return this.#heard("a note of the agent");
      case "message":
        return this.#secondMessage();
      case "edit":
        await this.#tell("please write");
        return (await this.#heard("written")) ?? this.#holds("edited");
      case "diff": {
        const { files } = await this.#folders().diff(HELPER, "all");
        const found = files.map(({ path, change }) => `${change} ${path}`).join();
        return found === `added ${FILE}` ? undefined : `the diff is ${found || "empty"}`;
      }
      case "rollback":
        return this.#rollback();
      case "killed":
        return this.#kill();
      case "secrets gone": {
        const found = filesWith(this.#world.data, "PLEIAD_TOKEN").filter((path) => SETTINGS.test(path));
        return found.length === 0 ? undefined : `the tools' settings are left in ${found.join()}`;
      }
      case "sweep":
        return this.#startAgain();
      case "resume":
        return this.#resumed();
    }
  }

  async #start(): Promise<DaemonProcess> {
    this.#daemon = await this.#world.start(this.#env);
    return this.#daemon;
  }

  async #spawn(): Promise<string | undefined> {
    await this.#start();
    this.#startedAt = performance.now();
    const helper = {
      name: HELPER,
      role: "coder",
      goal: "do as you are told",
      service: "real",
      project: "app",
    };
    await spawnAgent(this.#client(), helper);
    await this.#waits();
    const { folders } = await this.#folders().list();
    this.#path = join(folders.find(({ agent }) => agent === HELPER)?.path ?? "", FILE);
    return undefined;
  }

  /** A message that comes while it works waits for the end of its turn. */
  async #secondMessage(): Promise<string | undefined> {
    await this.#waits();
    const before = (await this.#helper())?.program?.turns ?? 0;
    await this.#tell("please greet; this is the first of two");
    await until("it works", async () => (await this.#helper())?.program?.state === "working", {
      timeoutMs: STEP_MS,
    });
    await this.#tell("please greet; this is the second of two");
    const seen = await this.#heard("first words known");
    await until(
      "both are read",
      async () =>
        (await readMessages(this.#client(), { box: "sent", limit: 200 })).messages
          .filter(({ text }) => text.startsWith("please greet"))
          .every(({ receipts }) => receipts.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined)),
      { timeoutMs: STEP_MS },
    );
    const after = (await this.#helper())?.program?.turns ?? 0;
    return after >= before + 2 ? seen : `two messages were ${after - before} turns`;
  }

  async #rollback(): Promise<string | undefined> {
    await endAgent(this.#client(), { name: HELPER });
    const { checkpoints } = await this.#folders().checkpoints(HELPER);
    const first = checkpoints[0];
    if (first === undefined) return "there is no checkpoint";
    await this.#folders().rollback(HELPER, first.number);
    return existsSync(this.#path) ? "the file is still there" : undefined;
  }

  async #kill(): Promise<string | undefined> {
    const waiting = this.#model.until(({ asked }) => asked !== undefined && orderOf(asked) === "please wait");
    await this.#tell("please wait");
    await waiting;
    const running = taggedPids(this.#world).length;
    this.#startedAt = performance.now();
    await this.#daemon?.kill();
    const left = await untilGone(this.#world);
    if (running === 0) return "nothing ran before";
    return left.length === 0 ? undefined : `${left.length} processes are left`;
  }

  /** The next daemon finds nothing to end, and starts the helper's program again. */
  async #startAgain(): Promise<string | undefined> {
    this.#mayWait = false;
    const left = taggedPids(this.#world);
    await this.#start();
    const log = this.#daemon?.log() ?? "";
    if (left.length > 0) return `${left.length} processes were left`;
    return /"killed":[1-9]/.test(log) ? "the sweep had something to end" : undefined;
  }

  /** What was not answered is told again, in the session from before the kill where the program finds it. */
  async #resumed(): Promise<string | undefined> {
    await this.#heard("it waited");
    const said = (await this.#said()).find((text) => text.includes("it waited")) ?? "";
    const knows = said.includes("first words known");
    if (this.#subject.losesSessions === true) return undefined;
    return knows ? undefined : `it knows nothing of what was before: ${said}`;
  }

  #client() {
    return this.#world.client(this.#alive());
  }

  #alive(): DaemonProcess {
    if (this.#daemon === undefined) throw new Error("there is no daemon");
    return this.#daemon;
  }

  #folders() {
    const { apiUrl, headers } = this.#alive();
    return daemonFolders({ apiUrl, apiToken: headers.authorization.slice("Bearer ".length) });
  }

  async #helper() {
    return (await listAgents(this.#client())).agents.find(({ name }) => name === HELPER);
  }

  #waits(): Promise<unknown> {
    return until("it waits", async () => (await this.#helper())?.program?.state === "waiting", {
      timeoutMs: STEP_MS,
    });
  }

  #tell(text: string): Promise<unknown> {
    return sendMessage(this.#client(), { destination: { kind: "direct", to: HELPER }, text });
  }

  async #said(): Promise<readonly string[]> {
    const { messages } = await readMessages(this.#client(), { box: "all", limit: 200 });
    return messages.flatMap(({ from, text }) => (from.name === HELPER ? [text] : []));
  }

  async #heard(expected: string): Promise<string | undefined> {
    const isThere = async () => (await this.#said()).some((text) => text.includes(expected));
    return until(expected, isThere, { timeoutMs: STEP_MS }).then(
      () => undefined,
      async () => `it says: ${JSON.stringify((await this.#said()).map((text) => text.slice(0, 200)))}`,
    );
  }

  #holds(expected: string): string | undefined {
    const text = existsSync(this.#path) ? readFileSync(this.#path, "utf8") : "nothing";
    return text.trim() === expected ? undefined : `the file holds ${text}`;
  }

  #script(asked: ModelRequest): readonly Step[] {
    const known = asked.texts.some((text) => text.includes("please note"))
      ? "first words known"
      : "no first words";
    const destination = { kind: "direct", to: `node:${this.#world.operator.node}` };
    const tell = (text: string): Step => ({
      call: toolOf(asked, "send_message"),
      arguments: { destination, text },
    });
    switch (orderOf(asked)) {
      case "please note":
        return [tell("a note of the agent"), { say: "noted" }];
      case "please greet":
        // Its turn ends slowly, so that the second message comes while it speaks.
        return [tell(known), { say: "greeted, and that is all", pace: { bytes: 64, pauseMs: 30 } }];
      case "please write":
        return [this.#subject.edit(this.#path, "edited"), tell("written"), { say: "done" }];
      case "please wait":
        return this.#mayWait ? [{ fault: { kind: "hang" } }] : [tell(`it waited; ${known}`), { say: "done" }];
      default:
        return [{ say: "what?" }];
    }
  }
}

/** What the model is asked to do: the last order in the conversation. */
function orderOf({ messages }: ModelRequest): string {
  const texts = messages.flatMap((message) => (message.from === "user" ? [message.text] : []));
  return [...texts.join("\n").matchAll(/please (?:note|greet|write|wait)/g)].at(-1)?.[0] ?? "";
}

/** Pleiad's own tool by the name that the program gives it: qwen has a `send_message` of its own, and looks up those of servers. */
function toolOf({ tools }: ModelRequest, name: string): string {
  const names = tools.map((tool) => `${tool.namespace ?? ""}${tool.name}`);
  const offered = names.find((each) => each.includes("pleiad") && each.endsWith(name));
  return offered ?? (names.some((each) => TOOL_SEARCH.test(each)) ? `mcp__pleiad__${name}` : name);
}

function taggedPids({ data }: TeamWorld): number[] {
  const tags = agentTags(data);
  return listTagged().flatMap(({ pid, tag }) =>
    tags.some((prefix) => tag.startsWith(`${prefix}:`)) ? [pid] : [],
  );
}

async function untilGone(world: TeamWorld): Promise<number[]> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  let left = taggedPids(world);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(POLL_MS);
    left = taggedPids(world);
  }
  return left;
}

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path).includes(text) ? [path] : [];
  });
}
