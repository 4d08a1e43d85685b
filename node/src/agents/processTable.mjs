// What the machine says about running processes, for the guard process and for the sweep. Plain JavaScript with
// few imports: the guard loads it for each run.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** In the environment of every agent: whose it is. */
export const AGENT_TAG_VARIABLE = "PLEIAD_AGENT_TAG";
/** In the environment of every guard, under another name, so that the guard does not find itself. */
export const GUARD_TAG_VARIABLE = "PLEIAD_GUARD_TAG";

/** A machine lists its processes in far less; a hanging `ps` must not hang the daemon. */
const PS_TIMEOUT_MS = 5_000;
/** Arguments and environment of every process of the machine. */
const PS_BYTES_MAX = 67_108_864;
/** A process can fork while it is being killed; each round finds what the one before left. */
const KILL_ROUNDS_MAX = 5;
/** Tags consist of these alone, so `ps`, which puts the environment into one line, can be read. */
const TAG_IN_LINE = /(?:^| )(PLEIAD_AGENT_TAG|PLEIAD_GUARD_TAG)=([A-Za-z0-9._:-]+)(?= |$)/g;

/** Every other process of this machine that carries a tag and can be read: its id, the variable, the tag. */
export function listTagged() {
  const listed = process.platform === "linux" ? listFromProc() : listFromPs();
  return listed.filter(({ pid }) => pid !== process.pid);
}

/** Reads /proc: another user's processes and those that just ended cannot be read and are left out. */
export function listFromProc() {
  const tagged = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(entry)) continue;
    let environment;
    try {
      environment = readFileSync(`/proc/${entry}/environ`, "latin1");
    } catch {
      continue;
    }
    for (const variable of [AGENT_TAG_VARIABLE, GUARD_TAG_VARIABLE]) {
      const assignment = environment.split("\0").find((text) => text.startsWith(`${variable}=`));
      if (assignment !== undefined) {
        tagged.push({ pid: Number(entry), variable, tag: assignment.slice(variable.length + 1) });
      }
    }
  }
  return tagged;
}

/** Asks `ps`, which on macOS shows the environment of the user's own processes behind their arguments. */
export function listFromPs() {
  const listing = execFileSync("/bin/ps", ["axeww", "-o", "pid=,command="], {
    encoding: "latin1",
    maxBuffer: PS_BYTES_MAX,
    timeout: PS_TIMEOUT_MS,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return parsePs(listing);
}

/** The tagged processes of a listing by `ps`: one process a line, first its id. */
export function parsePs(listing) {
  const tagged = [];
  for (const line of listing.split("\n")) {
    const pid = Number.parseInt(line, 10);
    if (!Number.isSafeInteger(pid)) continue;
    for (const [, variable, tag] of line.matchAll(TAG_IN_LINE)) tagged.push({ pid, variable, tag });
  }
  return tagged;
}

/**
 * Kills (SIGKILL) every process for which `matches(entry)` is true, until none is left or the rounds are used up.
 * Returns the ids that were killed, and why the processes could not be listed, if so.
 */
export function sweepTagged(matches) {
  const killed = new Set();
  try {
    for (let round = 0; round < KILL_ROUNDS_MAX; round += 1) {
      const found = listTagged().filter(matches);
      if (found.length === 0) break;
      for (const { pid } of found) {
        if (signal(pid, "SIGKILL")) killed.add(pid);
      }
    }
  } catch (error) {
    // No /proc, no `ps`: the run itself is well, its group is gone; who reads the result says so.
    if (error.code === undefined && error.status === undefined) throw error;
    return { killed: [...killed], error: String(error.code ?? `ps ${error.status}`) };
  }
  return { killed: [...killed], error: undefined };
}

/** Sends a signal to every process of a group; false if there is none any more. */
export function signalGroup(group, name) {
  return signal(-group, name);
}

/**
 * Whether a process of a group still runs. Those that ended and that nobody has reaped do not count: where process 1
 * reaps late or never, as in many containers, they would be waited for in vain.
 */
export function groupRuns(group) {
  if (!signal(-group, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((entry) => /^[0-9]+$/.test(entry) && runsInGroup(entry, group));
}

/** Reads `PID (NAME) STATE PARENT GROUP …`; the name may hold anything, parentheses too. */
function runsInGroup(entry, group) {
  try {
    const text = readFileSync(`/proc/${entry}/stat`, "latin1");
    const [state, , ofGroup] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(ofGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    // ESRCH: gone. EPERM: macOS says so of a group of zombies; else it is another user's and not ours to end.
    if (error.code === "ESRCH" || error.code === "EPERM") return false;
    throw error;
  }
}
