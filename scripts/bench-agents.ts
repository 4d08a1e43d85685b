import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { createAcpDriver } from "../node/src/agents/acp/acpDriver.ts";
import type { AgentSession, SessionDriver, SessionStart } from "../node/src/agents/session.ts";
import { agentTag } from "../node/src/agents/tag.ts";
import { acpServiceSchema } from "../node/src/config/service.ts";

/**
 * `node scripts/bench-agents.ts [--rounds N] [--json]`: how long it takes from the wish for an answer until the prompt is at a
 * coding agent, beside a bare client of a few lines that starts the same program itself and speaks the same protocol; and what
 * memory 20 sessions that wait take in the process that keeps them.
 */
const OVERHEAD_MS_MAX = 100;
const IDLE_BYTES_MAX = 5_000_000;
const IDLE_SESSIONS = 20;
const REST_MS = 3_000;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const fakeAgent = resolve(import.meta.dirname, "../test/fixtures/fakeAcpAgent.mjs");
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const folder = mkdtempSync(join(tmpdir(), "pleiad-agents-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  collectGarbage();
  const coldBytes = process.memoryUsage.rss();
  const bare: number[] = [];
  const own: number[] = [];
  const empty: number[] = [];
  let firstMs = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const bareMs = await bareRound(`bare-${round}`);
    const ownMs = await ownRound(`own-${round}`);
    const emptyMs = await emptyRound();
    // The first round loads the protocol's library, and pages of the disk.
    if (round === 0) firstMs = ownMs - bareMs;
    else {
      bare.push(bareMs);
      own.push(ownMs);
      empty.push(emptyMs);
    }
  }
  const overheadMs = median(own) - median(bare);
  const idle = await idleBytes(coldBytes);
  const figures = {
    rounds,
    bareMs: rounded(median(bare)),
    ownMs: rounded(median(own)),
    overheadMs: rounded(overheadMs),
    firstOverheadMs: rounded(firstMs),
    leastOverheadMs: rounded(Math.min(...own) - Math.min(...bare)),
    overheadInEmptyNodes: Math.round((100 * overheadMs) / median(empty)) / 100,
    emptyNodeMs: rounded(median(empty)),
    leastEmptyNodeMs: rounded(Math.min(...empty)),
    idleSessions: IDLE_SESSIONS,
    idleBytesPerSession: Math.round(idle.bytes),
    idleBytesPerSessionWithLibrary: Math.round(idle.withLibraryBytes),
  };
  if (values.json) console.log(JSON.stringify(figures, undefined, 2));
  else {
    console.log(`from start to prompt, bare client   ${figures.bareMs} ms (median of ${rounds})`);
    console.log(`from open() to prompt               ${figures.ownMs} ms`);
    console.log(
      `above the program's own start       ${figures.overheadMs} ms, at most ${OVERHEAD_MS_MAX} (first: ${figures.firstOverheadMs} ms)`,
    );
    console.log(
      `the same of the fastest rounds      ${figures.leastOverheadMs} ms, which a busy machine changes least`,
    );
    console.log(
      `an empty Node.js, as the guard is   ${figures.emptyNodeMs} ms, the fastest ${figures.leastEmptyNodeMs} ms; ${figures.overheadInEmptyNodes} of it is added`,
    );
    console.log(
      `memory of a waiting session         ${megabytes(idle.bytes)} of ${IDLE_SESSIONS}, at most ${megabytes(IDLE_BYTES_MAX)}`,
    );
    console.log(`the same with the library's share   ${megabytes(idle.withLibraryBytes)}`);
  }
  if (figures.leastOverheadMs > OVERHEAD_MS_MAX || idle.withLibraryBytes > IDLE_BYTES_MAX)
    process.exitCode = 1;
}

/** Milliseconds from the call to the prompt's arrival at the agent. */
async function ownRound(name: string): Promise<number> {
  const arrivals = join(folder, name);
  const calledAt = epochMs();
  const session = await driver({ arrivals }).open(start(name));
  await session.prompt({ text: "say x", signal: new AbortController().signal, timeoutMs: 20_000 });
  await session.close();
  return arrivedAt(arrivals) - calledAt;
}

/** The same by a client that does nothing else. */
async function bareRound(name: string): Promise<number> {
  const arrivals = join(folder, name);
  const calledAt = epochMs();
  const agent = spawn(process.execPath, [fakeAgent, JSON.stringify({ arrivals })], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { HOME: folder },
  });
  const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  const ask = async (id: number, method: string, params: object): Promise<Record<string, unknown>> => {
    agent.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    for (;;) {
      const message = JSON.parse((await lines.next()).value ?? "");
      if (message.id === id) return message.result;
    }
  };
  await ask(0, "initialize", { protocolVersion: 1 });
  const { sessionId } = await ask(1, "session/new", { cwd: folder, mcpServers: [] });
  await ask(2, "session/prompt", { sessionId, prompt: [{ type: "text", text: "say x" }] });
  agent.stdin.end();
  await once(agent, "exit");
  return arrivedAt(arrivals) - calledAt;
}

/** What a process of this kind costs on this machine at this moment: one is between daemon and agent, the guard. */
async function emptyRound(): Promise<number> {
  const calledAt = epochMs();
  await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
  return epochMs() - calledAt;
}

/** Memory of one of 20 sessions that are open and have nothing to do. */
async function idleBytes(coldBytes: number): Promise<{ bytes: number; withLibraryBytes: number }> {
  collectGarbage();
  const before = process.memoryUsage.rss();
  const heapBefore = heapBytes();
  const sessions: AgentSession[] = [];
  for (let at = 0; at < IDLE_SESSIONS; at += 1) sessions.push(await driver({}).open(start(`idle-${at}`)));
  await sleep(REST_MS);
  collectGarbage();
  const after = process.memoryUsage.rss();
  const heapAfter = heapBytes();
  await Promise.all(sessions.map((session) => session.close()));
  return {
    // Memory that earlier rounds left may hide what is new in the process; it hides nothing in the heap.
    bytes: Math.max(heapAfter - heapBefore, after - before) / IDLE_SESSIONS,
    withLibraryBytes: Math.max(0, after - coldBytes) / IDLE_SESSIONS,
  };
}

/** What is alive, in the heap and outside. */
function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function driver(script: object): SessionDriver {
  const service = acpServiceSchema.parse({
    kind: "acp",
    program: process.execPath,
    args: [fakeAgent, JSON.stringify(script)],
  });
  return createAcpDriver(service, {
    scratchFolder: join(folder, "scratch"),
    environment: process.env,
    logger: pino({ level: "silent" }),
  });
}

function start(name: string): SessionStart {
  return {
    toolServers: [],
    tag: agentTag(`bench-agents-${process.pid}`, name),
    signal: new AbortController().signal,
    timeoutMs: 120_000,
    outputBytesMax: 1_000_000,
    onEvent: () => {},
    askPermission: async () => ({ cancelled: true }),
  };
}

/** The agent writes when it started, then when its first prompt came. */
function arrivedAt(file: string): number {
  return Number(readFileSync(file, "utf8").split("\n")[1]);
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
