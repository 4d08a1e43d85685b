// The guard process of one agent; guard.ts starts it. Plain JavaScript with few imports, since one starts for each run.
//
// Descriptors: 0, 1, 2 are the agent's standard input, output and error, passed on untouched; 3 is the lifeline, a socket
// to the daemon. The daemon writes one line to it, the order, and keeps it open for as long as the agent may live.
// Of an agent in a terminal the guard holds the terminal, copies between it and 0 and 1, and reads further lines: {resize}.
// The guard writes lines back: {event:"started", pid}, {event:"ended", reason, code, signal, errorCode, exceeded, sweepError, folderError}.
//
//   waiting -> running   the order came
//   waiting -> gone      the lifeline closed before it
//   running -> ending    agent exited | time over | it takes too much | lifeline closed | the guard was told to end
//   ending  -> gone      the group is gone, or cannot be killed within KILL_WAIT_MS
//
// The agent leads a session and group of its own, so nothing that it sends to its group reaches the guard.
import { spawn } from "node:child_process";
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { AGENT_TAG_VARIABLE, groupRuns, signalGroup, sweepTagged } from "./processTable.mjs";
import { removeFolder } from "./removeFolder.mjs";
import { createWatch, WATCH_MS } from "./sandbox/watch.mjs";

/** Time to tidy up after SIGTERM. With the next it stays well inside the 5 s that an agent may outlive its lease. */
const TERM_GRACE_MS = 1_500;
/** SIGKILL takes effect at once, unless a process hangs in the kernel; then nothing can end it. */
const KILL_WAIT_MS = 1_000;
/** How often it looks whether the group is gone. */
const POLL_MS = 10;
/** How long the last line to a daemon that does not read may take. */
const FAREWELL_MS = 200;

/** What an agent leaves behind that has answered, or takes too much, gets no time to tidy up. */
const GRACELESS = new Set(["exited", "exceeded"]);
/** Bit of a descriptor that no program inherits, as /proc shows it. */
const CLOSE_ON_EXEC = 0o2000000;

closeInherited();

// Half-open: the daemon closes its side to stop the run and still wants to hear how it ended.
const lifeline = new Socket({ fd: 3, readable: true, writable: true, allowHalfOpen: true });
let order;
let agent;
let terminal;
let watch;
let ending = false;
let received = "";

lifeline.setEncoding("utf8");
lifeline.on("data", (chunk) => {
  const lines = (received + chunk).split("\n");
  received = lines.pop();
  for (const line of lines) {
    if (order !== undefined) {
      terminal?.resize(JSON.parse(line).resize);
      continue;
    }
    order = JSON.parse(line);
    if (order.terminal === undefined) start();
    else void startInTerminal();
  }
});
lifeline.on("end", () => void end({ reason: "stopped" }));
lifeline.on("close", () => void end({ reason: "stopped" }));
// Writing to a daemon that is gone fails; "close" follows and says what matters.
lifeline.on("error", () => {});
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, () => void end({ reason: "stopped" }));

/**
 * What the daemon's own parent left open, a terminal or a lock, would pass through daemon and guard to the agent. All that
 * Node.js opens itself is closed on exec; macOS starts programs with the three standard descriptors alone.
 */
function closeInherited() {
  if (process.platform !== "linux") return;
  for (const entry of readdirSync("/proc/self/fd")) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${entry}`, "latin1"));
      const inherited = flags !== null && (Number.parseInt(flags[1], 8) & CLOSE_ON_EXEC) === 0;
      if (inherited && Number(entry) > 3) closeSync(Number(entry));
    } catch {
      // The descriptor that listed the folder: closed by now.
    }
  }
}

function start() {
  setTimeout(() => void end({ reason: "timedOut" }), order.timeoutMs);
  try {
    agent = spawn(order.program, order.args, {
      cwd: order.workFolder,
      env: order.environment,
      stdio: ["inherit", "inherit", "inherit"],
      detached: true,
      shell: false,
    });
  } catch (error) {
    void end({ reason: "notStarted", errorCode: error.code });
    return;
  }
  agent.on("error", (error) => {
    if (agent.pid === undefined) void end({ reason: "notStarted", errorCode: error.code });
  });
  agent.on("exit", (code, signal) => void end({ reason: "exited", code, signal }));
  if (agent.pid === undefined) return;
  begun();
}

function begun() {
  const { tag, limits, layers, scratchFolder, kept } = order;
  watch = createWatch({ pid: agent.pid, tag, folder: scratchFolder, kept, limits, layers });
  report({ event: "started", pid: agent.pid });
  setTimeout(lookAgain, WATCH_MS);
}

function lookAgain() {
  if (ending) return;
  const exceeded = watch.look();
  if (exceeded !== undefined) void end({ reason: "exceeded", exceeded });
  else setTimeout(lookAgain, WATCH_MS);
}

/** As `start`, in a terminal of the agent's own. What that takes is loaded for such agents alone. */
async function startInTerminal() {
  setTimeout(() => void end({ reason: "timedOut" }), order.timeoutMs);
  const { openTerminal } = await import("./guardTerminal.mjs");
  // Ended while it was loaded.
  if (ending) return;
  try {
    terminal = openTerminal(order, (code, signal) => void end({ reason: "exited", code, signal }));
  } catch (error) {
    void end({ reason: "notStarted", errorCode: error.code ?? "PTY" });
    return;
  }
  agent = { pid: terminal.pid };
  begun();
}

async function end(how) {
  if (ending) return;
  ending = true;
  const leftovers = {};
  if (order !== undefined) {
    if (agent?.pid !== undefined) await endGroup(agent.pid, GRACELESS.has(how.reason) ? 0 : TERM_GRACE_MS);
    leftovers.sweepError = sweep();
    // With the last process that has it open the terminal ends, and with it what there is to read of it.
    await terminal?.drained();
    leftovers.folderError = removeFolder(order.scratchFolder);
  }
  report({ event: "ended", ...how, ...leftovers });
  lifeline.end(() => process.exit(0));
  setTimeout(() => process.exit(0), FAREWELL_MS);
}

/** Kills what fled the group, as far as it carries the tag. */
function sweep() {
  return sweepTagged((entry) => entry.variable === AGENT_TAG_VARIABLE && entry.tag === order.tag).error;
}

/** SIGTERM, then SIGKILL when the grace is over. */
async function endGroup(group, graceMs) {
  // A terminal that is closed says so; shells that wait for a person heed nothing else.
  if (graceMs > 0 && terminal !== undefined) signalGroup(group, "SIGHUP");
  if (graceMs > 0 && askToEnd(group)) await groupGone(group, graceMs);
  watch.killAll();
  await groupGone(group, KILL_WAIT_MS);
}

/** SIGTERM to the program. A sandbox that got it would end the program with it, and without the grace. */
function askToEnd(group) {
  if (order.layers === 0) return signalGroup(group, "SIGTERM");
  for (const pid of watch.programPids()) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has just ended.
    }
  }
  return true;
}

async function groupGone(group, waitMs) {
  const deadline = performance.now() + waitMs;
  while (groupRuns(group) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function report(message) {
  if (lifeline.writable) lifeline.write(`${JSON.stringify(message)}\n`);
}
