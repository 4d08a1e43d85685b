import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRetryable } from "@pleiad/sdk/errors";
import type { WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import { endAgent } from "@pleiad/sdk/workspace/endAgent";
import { listAgents } from "@pleiad/sdk/workspace/listAgents";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import type { Hex } from "viem";
import { listTagged } from "../../../node/src/agents/processTable.mjs";
import { RESTARTS_MAX } from "../../../node/src/agents/team/limits.ts";
import type { DaemonProcess } from "../../fixtures/daemonProcess.ts";
import type { PleiadEnd } from "../../fixtures/pleiad.ts";
import { agentTags, isAlive, processesOf } from "../../fixtures/processes.ts";
import { fakeService, openTeamWorld, type TeamWorld } from "../../fixtures/teamWorld.ts";
import { until } from "../../fixtures/until.ts";
import { createRng, type Rng } from "../rng.ts";

/** Between two kills: long enough for turns to begin and to end, short enough that many kills fall into starts. */
const PAUSE_MS_MAX = 1_500;
/** Between two messages of the operator. */
const MESSAGE_PAUSE_MS_MAX = 500;
/** By then a guard has ended what its daemon left, on a machine that others use as well. */
const GONE_MS = 10_000;
/** A daemon that is asked to stop takes a few seconds at most, on a machine that others use as well. */
const STOP_MS = 30_000;
/** Messages that are read at once. */
const PAGE = 200;
/** What is left to do once it is calm. */
const CALM_MS = 120_000;
/** As long as a daemon may be away: it is started anew, and what the one before had started is waited for. */
const INSIST_MS = 120_000;
/** Of the output of a daemon that ended by itself. */
const OUTPUT_CHARACTERS_SHOWN = 8_000;
/** Of a run that broke: what went wrong may have begun in the daemon before. */
const DAEMONS_SHOWN = 3;

/**
 * How often a helper's programs are killed in a row without a turn of its own in between: one that fails oftener than `RESTARTS_MAX` is given up, as
 * promised. One less, for a start that fails by itself on a machine that others use as well.
 */
const KILLS_IN_A_ROW_MAX = RESTARTS_MAX - 1;

/** A helper's name in the tag of its processes. */
const HELPER_TAG = /:helper-\d+-([a-z0-9-]+)$/;

/** What a helper says of a message that it has put aside. */
const ASIDE = /^I could not take a message from .* \((0x[0-9a-f]{64})\)/;

export const VICTIMS = ["daemon", "guard", "agent", "bridge"] as const;
export type Victim = (typeof VICTIMS)[number];

export interface KillsOptions {
  readonly seed: number;
  readonly kills: number;
  readonly helpers: number;
  readonly onKill?: (text: string) => void;
}

/** What is to be 0, and how much was asked of it. Lists hold what is wrong, in words. */
export interface KillsResult {
  readonly killed: Readonly<Record<Victim, number>>;
  /** Messages that were taken: the operator's, and those that helpers were told to pass on to one another. */
  readonly sent: number;
  readonly passedOn: number;
  /** Processes that were seen in all. */
  readonly processes: number;
  readonly lost: readonly string[];
  readonly unread: readonly string[];
  /** What helpers were at, if it did not become calm. */
  readonly restless: readonly string[];
  /** Put aside after their program ended three times over them, and told to the operator: neither done nor lost. */
  readonly putAside: number;
  readonly orphans: readonly string[];
  readonly changed: readonly string[];
  readonly left: readonly string[];
  readonly ended: readonly string[];
}

interface Found {
  readonly pid: number;
  readonly kind: Victim | "other";
  /** Whose it is. */
  readonly helper: string;
}

interface Sent {
  readonly key: string;
  readonly id: Hex;
  readonly to: string;
  readonly next: string;
}

/** Kills daemon, guards, agents and their bridges at random while messages go to and between helpers that work on a project. */
export async function playKills(options: KillsOptions): Promise<KillsResult> {
  await using world = await openTeamWorld({ coder: fakeService() }, { workspace: { helpersMax: 32 } });
  await using run = await createRun(world, options);
  // Awaited here: else all of it is taken down first.
  return await run.play();
}

async function createRun(world: TeamWorld, { seed, kills, helpers, onKill }: KillsOptions) {
  const rng = createRng(`team ${seed}`);
  const names = Array.from({ length: helpers }, (_, at) => `h${at}`);
  const killed: Record<Victim, number> = { daemon: 0, guard: 0, agent: 0, bridge: 0 };
  const sent: Sent[] = [];
  /** How often each helper's programs were killed since it had so many turns, in the life of the daemon that runs. */
  const inARow = new Map<string, { readonly turns: number; readonly kills: number }>();
  const seenPids = new Set<number>();
  const orphans: string[] = [];
  const restless: string[] = [];
  /** Aborted once a daemon ended by itself: whatever waits for it fails, and says what the daemon said. */
  const broken = new AbortController();
  const whileUp = { signal: broken.signal };
  /** Of the last daemons. */
  const logs: (() => string)[] = [];
  const meantToEnd = new WeakSet<DaemonProcess>();
  let daemon = await startDaemon();
  let up: Promise<unknown> = Promise.resolve();
  const tags = agentTags(world.data);

  const isOurs = (tag: string) => tags.some((prefix) => tag.startsWith(`${prefix}:`));
  const note = (name: string) => join(world.notes, name);

  /** Starts a daemon that nobody but this simulation may end. */
  async function startDaemon(): Promise<DaemonProcess> {
    const started = await world.start();
    logs.push(started.log);
    logs.splice(0, logs.length - DAEMONS_SHOWN);
    void started.ended.then(({ exitCode, signal, stdout, stderr }) => {
      if (meantToEnd.has(started)) return;
      const shown = [stdout, stderr].map((text) => text.slice(-OUTPUT_CHARACTERS_SHOWN)).join("\n");
      broken.abort(new Error(`the daemon ended by itself (${signal ?? exitCode}), having said:\n${shown}`));
    });
    return started;
  }

  /** A client's own care: what was not answered is asked again, by the same request id, once the daemon is back. */
  async function insist<T>(ask: (client: WorkspaceClient) => Promise<T>): Promise<T> {
    const giveUpAtMs = performance.now() + INSIST_MS;
    for (;;) {
      await up;
      try {
        return await ask(world.client(daemon));
      } catch (error) {
        if (!isRetryable(error)) throw error;
        broken.signal.throwIfAborted();
        if (performance.now() > giveUpAtMs)
          throw new Error(`no answer within ${INSIST_MS} ms`, { cause: error });
        // A daemon that is killed is replaced in a moment; one that lives says when it is ready.
        await sleep(50);
      }
    }
  }

  async function spawnAll(): Promise<void> {
    for (const name of names)
      await insist((client) =>
        spawnAgent(client, { name, role: "coder", goal: "obey", service: "coder", project: "app" }),
      );
  }

  /** What a helper is told: to note that it saw it, to change its copy, and to pass it on to another. */
  async function send(random: Rng, number: number): Promise<void> {
    const [to, next] = [random.pick(names), random.pick(names)];
    const key = `m${number}`;
    const passOn = JSON.stringify({
      destination: { kind: "direct", to: next },
      requestId: `on-${key}`,
      text: `passed on\nDO append ${note("seen")} on-${key}`,
    });
    const text = `do this\nDO append ${note("seen")} ${key}\nDO write ${key}.txt ${key}\nDO call pleiad send_message ${passOn}`;
    const message = { destination: { kind: "direct", to } as const, text, requestId: key };
    const { id } = (await insist((client) => sendMessage(client, message))).message;
    sent.push({ key, id, to, next });
  }

  async function traffic(signal: AbortSignal): Promise<void> {
    const random = rng.fork("traffic");
    for (let number = 0; !signal.aborted; number += 1) {
      await send(random, number);
      await sleep(random.int(20, MESSAGE_PAUSE_MS_MAX));
    }
  }

  function processesNow(): readonly Found[] {
    const tagged = listTagged().filter(({ tag }) => isOurs(tag));
    const commands = commandsOf(tagged.map(({ pid }) => pid));
    for (const { pid } of tagged) seenPids.add(pid);
    return tagged.map(({ pid, variable, tag }) => ({
      pid,
      helper: HELPER_TAG.exec(tag)?.[1] ?? "",
      kind: variable === "PLEIAD_GUARD_TAG" ? "guard" : kindOf(commands.get(pid) ?? ""),
    }));
  }

  /** How many turns each helper had, of those that can bear another kill. */
  async function bearing(): Promise<ReadonlyMap<string, number>> {
    const { agents } = await insist((client) => listAgents(client));
    const turns = agents.flatMap(({ name, program }): [string, number][] =>
      program === undefined ? [] : [[name, program.turns]],
    );
    return new Map(
      turns.filter(([name, now]) => {
        const row = inARow.get(name);
        return row?.turns !== now || row.kills < KILLS_IN_A_ROW_MAX;
      }),
    );
  }

  async function killDaemon(): Promise<void> {
    const before = processesNow();
    const ready = Promise.withResolvers<void>();
    up = ready.promise;
    up.catch(() => undefined);
    meantToEnd.add(daemon);
    await daemon.kill();
    inARow.clear();
    try {
      daemon = await startDaemon();
    } catch (error) {
      ready.reject(error);
      throw error;
    }
    // What the one before had started is gone; what is there now is this one's.
    const late = await gone(before.map(({ pid }) => pid));
    orphans.push(...late.map((pid) => `process ${pid} outlived its daemon by ${GONE_MS} ms`));
    ready.resolve();
  }

  async function stopDaemon(): Promise<void> {
    meantToEnd.add(daemon);
    let end: PleiadEnd | undefined;
    void daemon.stop().then((ended) => {
      end = ended;
    });
    const { exitCode } = await until("the daemon has stopped", () => end, { timeoutMs: STOP_MS });
    if (exitCode !== 0) throw new Error(`the daemon stopped with exit code ${exitCode}`);
  }

  async function killOne(random: Rng): Promise<void> {
    await sleep(random.int(0, PAUSE_MS_MAX));
    broken.signal.throwIfAborted();
    const victim = random.pick(VICTIMS);
    const choice = random.int(0, 1_000);
    if (victim === "daemon") await killDaemon();
    else {
      const { pid, helper, turns } = await until(
        `there is a ${victim} of a helper that can bear it`,
        async () => {
          const turnsOf = await bearing();
          const there = processesNow().filter(({ kind, helper }) => kind === victim && turnsOf.has(helper));
          const found = there[choice % there.length];
          return found && { ...found, turns: turnsOf.get(found.helper) ?? 0 };
        },
        { ...whileUp, timeoutMs: INSIST_MS, pollMs: 100 },
      );
      kill(pid);
      const row = inARow.get(helper);
      inARow.set(helper, { turns, kills: row?.turns === turns ? row.kills + 1 : 1 });
    }
    killed[victim] += 1;
    const done = VICTIMS.reduce((sum, one) => sum + killed[one], 0);
    onKill?.(`${done}: ${victim}`);
  }

  /** No message waits any more, and no helper is at work. */
  async function calm(): Promise<void> {
    let seen = "";
    await until(
      "all is read",
      async () => {
        const { agents } = await listAgents(world.client(daemon));
        const mine = agents.filter(({ id }) => id.startsWith("helper:"));
        seen = JSON.stringify(mine.map(({ name, program }) => [name, program]));
        const isQuiet = mine.every(({ program }) => program?.state === "waiting");
        return isQuiet && (await unreadNow()).length === 0;
      },
      { timeoutMs: CALM_MS, pollMs: 500, ...whileUp },
    ).catch(() => void restless.push(seen));
    broken.signal.throwIfAborted();
  }

  /** Of the operator's messages: those that somebody has not acknowledged. */
  async function unreadNow(): Promise<readonly string[]> {
    const there = await sentBox();
    return sent
      .filter(({ id }) => there.get(id) !== true)
      .map(({ key, to, id }) => `${key} to ${to} is ${there.has(id) ? "unread" : "not in the log"}`);
  }

  /** All that the operator sent, by id, and whether it was acknowledged. */
  async function sentBox(): Promise<ReadonlyMap<string, boolean>> {
    const found = new Map<Hex, boolean>();
    const [first] = sent;
    const read = async (given: { readonly after?: Hex; readonly thread?: Hex }): Promise<number> => {
      const { messages } = await readMessages(world.client(daemon), { box: "sent", limit: PAGE, ...given });
      for (const { id, receipts } of messages) {
        const isRead = receipts.every(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined);
        found.set(id, isRead);
      }
      return messages.length;
    };
    // What comes after the first, page by page, and the first by its thread.
    if (first !== undefined) await read({ thread: first.id });
    for (let after = first?.id; after !== undefined; )
      after = (await read({ after })) === PAGE ? [...found.keys()].at(-1) : undefined;
    return found;
  }

  /** Ids of the messages that helpers said they could not take. */
  async function putAsideNow(): Promise<ReadonlySet<string>> {
    const { messages } = await readMessages(world.client(daemon), { box: "all", limit: PAGE });
    return new Set(messages.flatMap(({ text }) => ASIDE.exec(text)?.[1] ?? []));
  }

  /** What no agent has seen and no helper has put aside. */
  function lostOf(seen: ReadonlySet<string>, putAside: ReadonlySet<string>): readonly string[] {
    const taken = sent.filter(({ id }) => !putAside.has(id));
    // What was not taken was not passed on either. Of what was passed on the ids are the helpers' own.
    const passedOnAside = putAside.size - (sent.length - taken.length);
    const lost = taken.filter(({ key }) => !seen.has(key)).map(({ key }) => key);
    const unpassed = taken.filter(({ key }) => !seen.has(`on-${key}`)).map(({ key }) => `on-${key}`);
    const all = unpassed.length > passedOnAside ? [...lost, ...unpassed] : lost;
    return all.map((key) => `${key} was never seen`);
  }

  async function play(): Promise<KillsResult> {
    try {
      return await playAll();
    } catch (error) {
      if (error === broken.signal.reason) throw error;
      const said = logs.map((log) => log().slice(-OUTPUT_CHARACTERS_SHOWN)).join("");
      throw new Error(`the run broke; the last daemons said:\n${said}`, { cause: error });
    }
  }

  async function playAll(): Promise<KillsResult> {
    const before = world.surroundings();
    await spawnAll();
    const stopping = new AbortController();
    const messages = traffic(stopping.signal);
    // What goes wrong there is thrown below, once it is waited for.
    messages.catch(() => stopping.abort());
    const random = rng.fork("kills");
    try {
      for (let round = 0; round < kills && !stopping.signal.aborted; round += 1) await killOne(random);
    } finally {
      stopping.abort();
      await messages;
    }
    await calm();
    const unread = await unreadNow();
    const putAside = await putAsideNow();
    const seen = new Set(existsSync(note("seen")) ? readFileSync(note("seen"), "utf8").split("\n") : []);
    const lost = lostOf(seen, putAside);
    const { agents } = await listAgents(world.client(daemon));
    const living = agents.filter(({ program }) => program !== undefined).map(({ name }) => name);
    const ended = names.filter((name) => !living.includes(name));
    const tokens = readdirSync(join(world.data, "workspace-tokens")).length;
    const left = tokens === living.length ? [] : [`${tokens} tokens for ${living.length} helpers`];
    processesNow();
    for (const name of living) await endAgent(world.client(daemon), { name });
    left.push(...namesIn("helper-records"), ...namesIn("workspace-tokens"), ...namesIn("helpers"));
    await stopDaemon();
    orphans.push(...(await gone([...seenPids])).map((pid) => `process ${pid} is left at the end`));
    orphans.push(
      ...processesOf(world.folder, tags)
        .filter(isNotChain)
        .map(({ command }) => command),
    );
    const after = world.surroundings();
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (path) => before[path] !== after[path],
    );
    return {
      killed,
      sent: sent.length,
      passedOn: sent.length,
      processes: seenPids.size,
      lost,
      unread,
      restless,
      putAside: putAside.size,
      orphans,
      changed,
      left,
      ended,
    };
  }

  function namesIn(folder: string): readonly string[] {
    const path = join(world.data, folder);
    return existsSync(path) ? readdirSync(path).map((name) => `${folder}/${name}`) : [];
  }

  const isNotChain = ({ pid }: { readonly pid: number }): boolean => pid !== world.chain.process.pid;

  return {
    play,
    async [Symbol.asyncDispose]() {
      meantToEnd.add(daemon);
      await daemon[Symbol.asyncDispose]();
    },
  };
}

function kindOf(command: string): Victim | "other" {
  if (command.includes("fakeAcpAgent")) return "agent";
  return / mcp /.test(command) ? "bridge" : "other";
}

/** Command lines by process; of one that just ended there is none. */
function commandsOf(pids: readonly number[]): ReadonlyMap<number, string> {
  if (pids.length === 0) return new Map();
  let listing: string;
  try {
    listing = execFileSync("ps", ["-o", "pid=,command=", "-p", pids.join()], { encoding: "utf8" });
  } catch {
    // All of them have ended.
    return new Map();
  }
  return new Map(
    listing
      .split("\n")
      .map((line): [number, string] => [Number.parseInt(line, 10), line])
      .filter(([pid]) => !Number.isNaN(pid)),
  );
}

/** A process may end by itself in the same moment. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Those that live on. */
async function gone(pids: readonly number[]): Promise<readonly number[]> {
  const alive = () => pids.filter(isAlive);
  await until("they are gone", () => alive().length === 0, { timeoutMs: GONE_MS }).catch(() => undefined);
  return alive();
}
