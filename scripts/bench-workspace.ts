import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort } from "../node/src/local/ports.ts";
import type { Order, Told } from "./workspace/child.ts";
import { NODES } from "./workspace/daemon.ts";

/**
 * `npm run bench:workspace [-- --entries N] [--per-second N] [--no-kill] [--json]`: three daemons' networks and workspaces, a
 * process each, that say things in one cluster.
 *
 * First nobody is disturbed: how long after the call that wrote it is an entry in the views of the others. Then two of the
 * three are killed (SIGKILL) and started again while all write: is anything lost, or there twice, and are all views the same,
 * byte for byte. Last, 20 writers take turns on one key with `ifVersion` while its home is killed and started again.
 */
const QUIET_ENTRIES = 1_500;
const HANDS = 20;
const TIMES_EACH = 5;
const LEVEL_TIMEOUT_MS = 60_000;

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "10000" },
    "per-second": { type: "string", default: "100" },
    json: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "pleiad-bench-workspace-"));

interface Running {
  readonly node: bigint;
  readonly port: number;
  process: ChildProcess;
  addresses: readonly string[];
  acked: Set<number>;
  delaysUs: number[];
  next: number;
}

try {
  await main(Number(values.entries), Number(values["per-second"]));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function main(entries: number, perSecond: number): Promise<void> {
  const daemons: Running[] = [];
  try {
    for (const node of NODES) daemons.push(await start(node, await freePort(0)));
    await meet(daemons);
    const quiet = await undisturbed(daemons, perSecond);
    const killed = await disturbed(daemons, entries, perSecond);
    const contended = await contend(daemons);
    report({ ...quiet, ...killed, ...contended });
  } finally {
    await Promise.all(daemons.map(end));
  }
}

async function start(node: bigint, port: number): Promise<Running> {
  const running: Running = {
    node,
    port,
    process: launch(node, port),
    addresses: [],
    acked: new Set(),
    delaysUs: [],
    next: 1,
  };
  await up(running);
  return running;
}

function launch(node: bigint, port: number): ChildProcess {
  return fork(join(import.meta.dirname, "workspace/child.ts"), [
    join(folder, String(node)),
    String(node),
    String(port),
  ]);
}

async function up(running: Running): Promise<void> {
  running.process.on("message", (told: Told) => {
    if (told.told === "acked") running.acked.add(told.number);
    if (told.told === "seen") running.delaysUs.push(...told.delaysUs);
  });
  const told = await heard(running, "up");
  running.addresses = told.addresses;
}

/** The next message of that kind. Listen before the order that it answers is given: nothing is kept for who comes late. */
function heard<Name extends Told["told"]>(
  { process: child, node }: Running,
  name: Name,
): Promise<Extract<Told, { told: Name }>> {
  const answer = new Promise<Extract<Told, { told: Name }>>((resolve, reject) => {
    const onExit = () => reject(new Error(`daemon ${node} ended`));
    const onMessage = (told: Told) => {
      if (told.told !== name) return;
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(told as Extract<Told, { told: Name }>);
    };
    child.on("message", onMessage);
    child.once("exit", onExit);
  });
  answer.catch(() => undefined);
  return answer;
}

function order({ process: child }: Running, given: Order): void {
  child.send(given);
}

async function meet(daemons: readonly Running[]): Promise<void> {
  for (const one of daemons) {
    const others = daemons.filter((other) => other !== one).flatMap(({ addresses }) => addresses);
    order(one, { do: "dial", addresses: others });
  }
  await until("all have met", async () => {
    const reports = await Promise.all(daemons.map(ask));
    return reports.every(({ peers }) => peers === daemons.length - 1);
  });
}

async function ask(running: Running): Promise<Extract<Told, { told: "report" }>> {
  const answer = heard(running, "report");
  order(running, { do: "report" });
  return answer;
}

function write(running: Running, count: number, perSecond: number): void {
  order(running, { do: "write", from: running.next, to: running.next + count - 1, perSecond });
  running.next += count;
}

async function undisturbed(daemons: readonly Running[], perSecond: number) {
  for (const { delaysUs } of daemons) delaysUs.length = 0;
  const each = QUIET_ENTRIES / daemons.length;
  for (const daemon of daemons) write(daemon, each, perSecond / daemons.length);
  await until("all was acknowledged", async () => daemons.every(({ acked }) => acked.size >= each));
  await level(daemons);
  const delays = daemons.flatMap(({ delaysUs }) => delaysUs).sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((delays[Math.floor(delays.length * share)] ?? Number.NaN) / 100) / 10;
  return { perSecond, seen: delays.length, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(0.999_999) };
}

async function disturbed(daemons: readonly Running[], entries: number, perSecond: number) {
  const each = Math.floor(entries / daemons.length);
  const last = daemons.map((daemon) => daemon.next + each - 1);
  const secondsAll = entries / perSecond;
  for (const daemon of daemons) write(daemon, each, perSecond / daemons.length);
  for (const index of [1, 2]) {
    await wait((secondsAll * 1_000) / 4);
    const victim = daemons[index];
    const until_ = last[index];
    if (victim === undefined || until_ === undefined) continue;
    await kill(victim);
    await wait(1_000);
    await again(victim, daemons);
    // What was not acknowledged is said again, under the same name.
    const missing = firstMissing(victim.acked);
    order(victim, { do: "write", from: missing, to: until_, perSecond: perSecond / daemons.length });
  }
  const total = last.reduce((sum, count) => sum + count, 0);
  await until(
    "all was acknowledged",
    async () => daemons.every(({ acked }, index) => acked.size >= (last[index] ?? 0)),
    secondsAll * 1_000 + LEVEL_TIMEOUT_MS,
  );
  const levelMs = await level(daemons);
  const reports = await Promise.all(daemons.map(ask));
  const counted = reports.map(({ lines }) => lines.map((line) => Number(line.split(" ")[2])));
  return {
    said: total,
    kills: 2,
    lost: counted.map((lines) => total - lines.length),
    twice: counted.map((lines) => lines.filter((count) => count > 1).length),
    sameViews: new Set(reports.map(({ dump }) => dump)).size === 1,
    levelMs: Math.round(levelMs),
  };
}

async function contend(daemons: readonly Running[]) {
  const [home] = daemons;
  if (home === undefined) throw new Error("no daemons");
  const others = daemons.slice(1);
  const answers = others.map((daemon) => heard(daemon, "contended"));
  for (const daemon of others)
    order(daemon, { do: "contend", hands: HANDS / others.length, times: TIMES_EACH });
  await wait(500);
  await kill(home);
  await wait(2_000);
  await again(home, daemons);
  const written = (await Promise.all(answers)).flatMap((answer) => answer.written);
  await level(daemons);
  const histories = await Promise.all(daemons.map(async (daemon) => (await ask(daemon)).history));
  const [history = []] = histories;
  const missing = written.filter((mark) => !history.includes(mark));
  const hands = new Map<string, number>();
  let misplaced = 0;
  for (const mark of history) {
    const [hand, time] = [
      mark.slice(0, mark.lastIndexOf(".")),
      Number(mark.slice(mark.lastIndexOf(".") + 1)),
    ];
    if ((hands.get(hand) ?? -1) >= time) misplaced += 1;
    hands.set(hand, time);
  }
  return {
    acknowledged: written.length,
    missing: missing.length,
    misplaced,
    sameHistory: new Set(histories.map((all) => all.join())).size === 1,
  };
}

async function kill({ process: child }: Running): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function again(running: Running, daemons: readonly Running[]): Promise<void> {
  running.process = launch(running.node, running.port);
  await up(running);
  const others = daemons.filter((other) => other !== running);
  order(running, { do: "dial", addresses: others.flatMap(({ addresses }) => addresses) });
}

function firstMissing(acked: ReadonlySet<number>): number {
  let number = 1;
  while (acked.has(number)) number += 1;
  return number;
}

/** Waits until all views are the same. @returns how long that took */
async function level(daemons: readonly Running[]): Promise<number> {
  const from = performance.now();
  await until("all views are the same", async () => {
    const reports = await Promise.all(daemons.map(ask));
    return new Set(reports.map(({ dump }) => dump)).size === 1;
  });
  return performance.now() - from;
}

async function until(
  what: string,
  look: () => Promise<boolean>,
  timeoutMs = LEVEL_TIMEOUT_MS,
): Promise<void> {
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await look())) {
    if (performance.now() > giveUpAtMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await wait(200);
  }
}

async function end({ process: child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.disconnect();
  await gone;
}

function report(figures: Readonly<Record<string, unknown>>): void {
  const all = { cores: availableParallelism(), load: loadavg()[0]?.toFixed(1), ...figures };
  if (values.json) {
    console.log(JSON.stringify(all));
    return;
  }
  for (const [name, value] of Object.entries(all)) console.log(`${name}: ${String(value)}`);
}
