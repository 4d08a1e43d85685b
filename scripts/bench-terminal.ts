import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../node/src/local/nodeProcess.mjs";

/**
 * `npm run bench:terminal [-- --megabytes N] [--json]`
 *
 * A program prints N megabytes (50 unless said otherwise) into a terminal that a daemon's face serves: how much memory that takes of
 * the daemon over what it has at rest, how soon after the program's last line a viewer has it, and how fast it goes beside a bare
 * pipe of the same program. With a viewer that reads, with one that reads nothing until the end, with none, and in colours.
 */
const { values } = parseArgs({
  options: { megabytes: { type: "string", default: "50" }, json: { type: "boolean", default: false } },
});
const megabytes = Number(values.megabytes);
if (!Number.isInteger(megabytes) || megabytes < 1)
  throw new Error(`--megabytes ${values.megabytes}: expected 1 or more`);

/** What is promised. */
const MEMORY_MIB_MAX = 20;
const LATE_MS_MAX = 1_000;
/** So that what is loaded and compiled once is there before. */
const WARM_UP_MEGABYTES = 20;
const MIB = 1_048_576;
const LINES_PER_MEGABYTE = 12_500;

/** Prints so many lines of 80 characters, and at last the time, in milliseconds. */
function printer(count: number, isColored: boolean): readonly string[] {
  const line = isColored
    ? "\\033[31mred\\033[0m \\033[1;38;5;120mgreen\\033[0m words"
    : "plain words and more of them";
  const script = `BEGIN { s = sprintf("%-70s", "${line}"); for (i = 0; i < ${count}; i += 1) printf "%09d %s\\n", i, s; }`;
  return ["-c", `awk '${script}'; printf 'end-%s-end' "$(date +%s%3N)"`];
}

const folder = mkdtempSync(join(tmpdir(), "pleiad-bench-"));
const measured = fork(join(import.meta.dirname, "terminals/measured.ts"), [join(folder, "scratch")], {
  execArgv: [...DAEMON_FLAGS, "--expose-gc"],
  env: { ...process.env, ...DAEMON_ENVIRONMENT },
});
const [{ url }] = (await once(measured, "message")) as [{ url: string }];
const say = (text: string) => {
  if (!values.json) console.log(text);
};
const machine = () => ({
  cores: availableParallelism(),
  load: Number((loadavg()[0] ?? 0).toFixed(1)),
  node: process.version,
});
const before = machine();
say(
  `npm run bench:terminal -- --megabytes ${megabytes}; ${before.cores} cores, load ${before.load}, ${before.node}`,
);

try {
  const bareMs = await bare();
  say(`bare pipe: ${Math.round(bareMs)} ms, ${rate(bareMs)} MB/s`);
  const cold = await run("first", {
    count: WARM_UP_MEGABYTES * LINES_PER_MEGABYTE,
    isColored: true,
    viewer: "reads",
  });
  const coldMib = Number(((cold.peakBytes - cold.restBytes) / MIB).toFixed(1));
  say(
    `the first of a daemon, ${WARM_UP_MEGABYTES} MB, with what is loaded and compiled for it: +${coldMib} MiB over ${Math.round(cold.restBytes / MIB)}`,
  );
  const results: Record<string, unknown> = {};
  let isKept = true;
  for (const [name, viewer, isColored] of [
    ["viewer that reads", "reads", false],
    ["viewer that reads, in colours", "reads", true],
    ["viewer that reads nothing until the end", "waits", false],
    ["no viewer", "none", false],
  ] as const) {
    const { restBytes, peakBytes, lateMs, tookMs, viewerBytes } = await run(name, {
      count: megabytes * LINES_PER_MEGABYTE,
      isColored,
      viewer,
    });
    const moreMib = Number(((peakBytes - restBytes) / MIB).toFixed(1));
    isKept &&= moreMib <= MEMORY_MIB_MAX && lateMs <= LATE_MS_MAX;
    results[name] = {
      moreMib,
      restMib: Math.round(restBytes / MIB),
      lateMs,
      tookMs: Math.round(tookMs),
      viewerBytes,
    };
    say(
      `${name}: +${moreMib} MiB over ${Math.round(restBytes / MIB)} (at most ${MEMORY_MIB_MAX}), end seen after ${lateMs} ms ` +
        `(at most ${LATE_MS_MAX}), ${Math.round(tookMs)} ms, ${rate(tookMs)} MB/s, ${(tookMs / bareMs).toFixed(1)} times a bare pipe, ` +
        `${(viewerBytes / 1e6).toFixed(1)} MB to the viewer`,
    );
  }
  if (values.json)
    console.log(JSON.stringify({ megabytes, before, after: machine(), bareMs, coldMib, results, isKept }));
  else say(isKept ? "kept" : "NOT KEPT");
  process.exitCode = isKept ? 0 : 1;
} finally {
  const exit = once(measured, "exit");
  measured.send({ stop: true });
  await exit;
  rmSync(folder, { recursive: true, force: true });
}

function rate(tookMs: number): number {
  return Math.round((megabytes / tookMs) * 1_000);
}

/** The same program into a pipe that is only read. */
async function bare(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn("/bin/sh", printer(megabytes * LINES_PER_MEGABYTE, false), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.resume();
  await once(child, "close");
  return performance.now() - startedAt;
}

async function run(
  name: string,
  { count, isColored, viewer }: { count: number; isColored: boolean; viewer: "reads" | "waits" | "none" },
): Promise<{ restBytes: number; peakBytes: number; lateMs: number; tookMs: number; viewerBytes: number }> {
  const id = name.replace(/\W+/g, "-");
  const opened = answer(id, "isOpen");
  const over = answer(id, "peakBytes");
  const startedAt = performance.now();
  measured.send({ name: id, program: "/bin/sh", args: printer(count, isColored) });
  await opened;
  const connect = () =>
    new WebSocket(`${url.replace("http", "ws")}/workspace/1/terminals/${id}`, "pleiad.workspace.v1", {
      headers: { authorization: "Bearer bench" },
    });
  let viewerBytes = 0;
  let tail = "";
  const seen = Promise.withResolvers<number>();
  const watch = (socket: WebSocket): WebSocket =>
    socket.on("message", (data: Buffer) => {
      viewerBytes += data.length;
      tail = (tail + String(data)).slice(-16_384);
      const at = /end-(\d{13})-end/.exec(tail)?.[1];
      if (at !== undefined) seen.resolve(Date.now() - Number(at));
    });
  const socket = viewer === "none" ? undefined : watch(connect());
  if (viewer === "waits") {
    await once(socket as WebSocket, "open");
    socket?.pause();
  }
  const { restBytes = 0, peakBytes = 0 } = await over;
  const tookMs = performance.now() - startedAt;
  const overAt = Date.now();
  // One that waits, or comes late, sees the end from when it reads.
  if (viewer === "waits") socket?.resume();
  const late = viewer === "none" ? watch(connect()) : socket;
  const lateMs = viewer === "reads" ? await seen.promise : await seen.promise.then(() => Date.now() - overAt);
  late?.terminate();
  return { restBytes, peakBytes, lateMs, tookMs, viewerBytes };
}

type Answer = { readonly name?: string; readonly restBytes?: number; readonly peakBytes?: number };

/** The measured process's next message about a run that has this. */
function answer(name: string, key: string): Promise<Answer> {
  return new Promise((resolve) => {
    const hear = (message: Answer) => {
      if (message.name !== name || !(key in message)) return;
      measured.off("message", hear);
      resolve(message);
    };
    measured.on("message", hear);
  });
}
