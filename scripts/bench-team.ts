import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { endAgent } from "@pleiad/sdk/workspace/endAgent";
import { inboxCounts } from "@pleiad/sdk/workspace/inboxCounts";
import { listAgents } from "@pleiad/sdk/workspace/listAgents";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import { createTokenStore } from "../node/src/workspace/tokens/tokenStore.ts";
import type { DaemonProcess } from "../test/fixtures/daemonProcess.ts";
import { REQUESTER } from "../test/fixtures/operator.ts";
import { fakeService, openTeamWorld, type TeamWorld } from "../test/fixtures/teamWorld.ts";
import { until } from "../test/fixtures/until.ts";

/**
 * `node scripts/bench-team.ts [--helpers N] [--messages N] [--rounds N] [--json]`: helpers on one daemon, in pairs that write to one
 * another through their own tools. What came of each message; how long one takes from the log to its agent; what a helper that
 * waits costs the daemon; and how long a task takes to its agent, beside a bare client that starts the same program with the same
 * tools itself.
 */
const OVERHEAD_MS_MAX = 100;
const IDLE_BYTES_MAX = 5_000_000;
const REST_MS = 5_000;
const SAMPLES = 9;
/** Twenty programs with a bridge each start on two cores, of which others have their share. */
const PATIENCE_MS = 120_000;
const PLEIAD = resolve(import.meta.dirname, "../node/bin/pleiad.mjs");
const AGENT = resolve(import.meta.dirname, "../test/fixtures/fakeAcpAgent.mjs");
const SCRIPT = JSON.stringify({ always: "lines" });

const { values } = parseArgs({
  options: {
    helpers: { type: "string", default: "20" },
    messages: { type: "string", default: "5" },
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
  },
});
const [helpers, messages, rounds] = [values.helpers, values.messages, values.rounds].map(Number) as [
  number,
  number,
  number,
];
const names = Array.from({ length: helpers }, (_, at) => `h${at}`);
const partnerOf = (at: number): string =>
  names[at % 2 === 0 ? Math.min(at + 1, helpers - 1) : at - 1] as string;

await using world = await openTeamWorld({ coder: fakeService() }, { workspace: { helpersMax: helpers + 1 } });
await using daemon = await world.start();
await main(world, daemon);

async function main(around: TeamWorld, running: DaemonProcess): Promise<void> {
  const client = around.client(running);
  const stamps = join(around.notes, "stamps");
  const tokens = createTokenStore({ dataFolder: around.data });
  const tokenOf = (name: string) =>
    tokens.create(
      {
        kind: "helper",
        cluster: around.cluster,
        name,
        user: REQUESTER.address.toLowerCase() as `0x${string}`,
      },
      "of the benchmark",
    );

  const stampsNow = (): ReadonlyMap<string, number> =>
    new Map(
      (existsSync(stamps) ? readFileSync(stamps, "utf8") : "")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): [string, number] => {
          const [key = "", at] = line.split(" ");
          return [key, Number(at)];
        }),
    );
  const stampOf = (key: string) =>
    until(`the agent has ${key}`, () => stampsNow().get(key), { timeoutMs: PATIENCE_MS, pollMs: 5 });
  const start = (name: string, key: string) =>
    spawnAgent(client, {
      name,
      role: "coder",
      goal: "obey",
      service: "coder",
      task: `DO stamp ${stamps} ${key}`,
    });

  /** A client that does nothing else, with the same tools. */
  async function bareRound(round: number, token: string): Promise<number> {
    const calledAt = epochMs();
    const agent = spawn(process.execPath, [AGENT, SCRIPT], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { HOME: around.notes, PATH: process.env.PATH },
    });
    const lines = createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
    const ask = async (id: number, method: string, params: object): Promise<Record<string, unknown>> => {
      agent.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      for (;;) {
        const message = JSON.parse((await lines.next()).value ?? "");
        if (message.id === id) return message.result;
      }
    };
    const bridge = {
      name: "pleiad",
      command: process.execPath,
      args: [PLEIAD, "mcp", "--api", running.apiUrl],
      env: [{ name: "PLEIAD_TOKEN", value: token }],
    };
    await ask(0, "initialize", { protocolVersion: 1 });
    const { sessionId } = await ask(1, "session/new", { cwd: around.notes, mcpServers: [bridge] });
    const text = `\nDO stamp ${stamps} bare-${round}`;
    await ask(2, "session/prompt", { sessionId, prompt: [{ type: "text", text }] });
    agent.stdin.end();
    await once(agent, "exit");
    return (await stampOf(`bare-${round}`)) - calledAt;
  }

  async function ownRound(round: number): Promise<number> {
    const calledAt = epochMs();
    await start("solo", `own-${round}`);
    const ms = (await stampOf(`own-${round}`)) - calledAt;
    await endAgent(client, { name: "solo" });
    return ms;
  }

  async function startTimes() {
    await spawnAgent(client, { name: "bare", role: "coder", goal: "to be spoken for" });
    const { id, token } = await tokenOf("bare");
    const [bare, own]: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      const [bareMs, ownMs] = [await bareRound(round, token), await ownRound(round)];
      // The first loads what the others find loaded.
      if (round > 0) {
        bare.push(bareMs);
        own.push(ownMs);
      }
    }
    await tokens.revoke(id);
    await endAgent(client, { name: "bare" });
    return { bare, own };
  }

  async function waiting(): Promise<void> {
    await until(
      "all wait",
      async () =>
        (await listAgents(client)).agents.filter(({ program }) => program?.state === "waiting").length ===
        helpers,
      { timeoutMs: PATIENCE_MS, pollMs: 250 },
    ).catch(async (error: unknown) => {
      const { agents } = await listAgents(client);
      throw new Error(JSON.stringify(agents.map(({ name, program }) => [name, program])), { cause: error });
    });
  }

  /** Each is told to write to its partner, who notes that it came. */
  async function exchange() {
    const queuedAt = new Map<string, number>();
    for (let round = 0; round < messages; round += 1) {
      await Promise.all(
        names.map(async (name, at) => {
          const key = `m-${at}-${round}`;
          const on = {
            destination: { kind: "direct", to: partnerOf(at) },
            text: `\nDO stamp ${stamps} on-${key}`,
          };
          const text = `\nDO stamp ${stamps} ${key}\nDO call pleiad send_message ${JSON.stringify(on)}`;
          const { message } = await sendMessage(client, { destination: { kind: "direct", to: name }, text });
          queuedAt.set(key, message.queuedAtMs);
        }),
      );
    }
    const keys = [...queuedAt.keys()].flatMap((key) => [key, `on-${key}`]);
    await until("all came", () => keys.every((key) => stampsNow().has(key)), {
      timeoutMs: PATIENCE_MS,
    }).catch(() => undefined);
    await waiting();
    const seen = stampsNow();
    const { messages: sent } = await readMessages(client, { box: "sent", limit: 200 });
    const acknowledged = sent.filter(({ receipts }) =>
      receipts.every((one) => one.acknowledgedAtMs !== undefined),
    );
    let unread = 0;
    for (const name of names) {
      const { id, token } = await tokenOf(name);
      unread += (await inboxCounts(around.client(running, token))).unread;
      await tokens.revoke(id);
    }
    return { keys, seen, shown: sent.length, acknowledged: acknowledged.length, unread };
  }

  /** One message to one helper that waits. */
  async function arrivals(): Promise<readonly number[]> {
    const taken: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const key = `one-${round}`;
      const to = names[round % helpers] as string;
      const text = `\nDO stamp ${stamps} ${key}`;
      const { message } = await sendMessage(client, { destination: { kind: "direct", to }, text });
      taken.push((await stampOf(key)) - message.queuedAtMs);
    }
    return taken;
  }

  const { bare, own } = await startTimes();
  await sleep(REST_MS);
  const emptyBytes = await rssOf(running.pid);
  const startedAt = epochMs();
  await Promise.all(names.map((name) => start(name, `first-${name}`)));
  await Promise.all(names.map((name) => stampOf(`first-${name}`)));
  const allStartedMs = epochMs() - startedAt;
  await waiting();
  await sleep(REST_MS);
  const waitingBytes = await rssOf(running.pid);
  const taken = await arrivals();
  const { keys, seen, shown, acknowledged, unread } = await exchange();
  await sleep(REST_MS);
  const afterBytes = await rssOf(running.pid);
  for (const name of names) await endAgent(client, { name });
  const lost = keys.filter((key) => !seen.has(key)).length;
  const figures = {
    helpers,
    load: rounded(loadavg()[0] ?? 0),
    bareMs: rounded(median(bare)),
    ownMs: rounded(median(own)),
    overheadMs: rounded(median(own) - median(bare)),
    leastOverheadMs: rounded(Math.min(...own) - Math.min(...bare)),
    allStartedMs: rounded(allStartedMs),
    sent: keys.length,
    seen: keys.length - lost,
    lost,
    unread,
    acknowledgedOfShown: `${acknowledged} of ${shown}`,
    arrivalMs: rounded(median(taken)),
    arrivalMostMs: rounded(Math.max(...taken)),
    idleBytes: Math.round((waitingBytes - emptyBytes) / helpers),
    idleBytesAfter: Math.round((afterBytes - emptyBytes) / helpers),
  };
  if (values.json) console.log(JSON.stringify(figures, undefined, 2));
  else print(figures);
  if (
    lost > 0 ||
    unread > 0 ||
    figures.leastOverheadMs > OVERHEAD_MS_MAX ||
    figures.idleBytes > IDLE_BYTES_MAX
  )
    process.exitCode = 1;

  function print(told: typeof figures): void {
    console.log(`load                                    ${told.load}`);
    console.log(
      `messages, half of them between helpers  ${told.sent}: ${told.seen} came, ${told.lost} lost, ${told.unread} unread`,
    );
    console.log(`of the operator's, acknowledged         ${told.acknowledgedOfShown}`);
    console.log(
      `from the log to the agent               ${told.arrivalMs} ms (median of 20), at most ${told.arrivalMostMs} ms`,
    );
    console.log(`a bare client's start, to the prompt    ${told.bareMs} ms (median of ${rounds})`);
    console.log(`from the call that spawns, to it        ${told.ownMs} ms`);
    console.log(
      `above the program's own start           ${told.overheadMs} ms; of the fastest rounds ${told.leastOverheadMs} ms, at most ${OVERHEAD_MS_MAX}`,
    );
    console.log(`all ${helpers} started at once, with their tasks  ${told.allStartedMs} ms`);
    console.log(
      `memory of a waiting helper              ${megabytes(told.idleBytes)}, after the exchange ${megabytes(told.idleBytesAfter)}; at most ${megabytes(IDLE_BYTES_MAX)}`,
    );
  }
}

/** Resident memory of a process, the median of some looks. */
async function rssOf(pid: number): Promise<number> {
  const found: number[] = [];
  for (let look = 0; look < SAMPLES; look += 1) {
    found.push(Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1_024);
    await sleep(200);
  }
  return median(found);
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}
