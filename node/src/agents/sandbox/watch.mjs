// What an agent's processes take, for the guard process: plain JavaScript with few imports, since one starts for each run.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { AGENT_TAG_VARIABLE, listTagged, signalGroup } from "../processTable.mjs";
import { createMeasure } from "./folderSize.mjs";

/** How often the guard looks: a runaway takes what a quarter of a second gives it, and a look costs a fraction of a millisecond. */
export const WATCH_MS = 250;
/** Every so many looks it searches all of the machine for processes that fled, which costs more. */
const SEARCH_EVERY_LOOKS = 8;
/** How long a look may count files; the count goes on with the next, so that the guard's clock is never late. Milliseconds. */
const FOLDER_LOOK_MS = 20;
/** How long a bomb is fought: each round freezes what the one before left. Milliseconds. */
const FREEZE_MS_MAX = 2_000;
/** A machine lists its processes in far less; a hanging `ps` must not hang the guard. */
const PS_TIMEOUT_MS = 5_000;
/** A line for each process of the machine. */
const PS_BYTES_MAX = 16_777_216;
const BYTES_PER_KIB = 1_024;

/** Watches one run: its group, whatever descends from it, and whatever carries its tag. */
export function createWatch({ pid, tag, folder, kept = [], limits, layers }) {
  /** Processes of the run and when each began, so that a number which was given out again is nobody's. */
  let seen = new Map([[pid, startOf(pid)]]);
  let looks = 0;
  const measures = [
    createMeasure({ path: folder, bytesMax: limits.folderBytesMax }),
    ...kept.map(({ path, ...about }) => createMeasure({ path, bytesMax: about.bytesMax, kept: about })),
  ];

  function look() {
    const searches = looks % SEARCH_EVERY_LOOKS === 0;
    looks += 1;
    const table = process.platform === "linux" ? linuxTable(searches) : psTable();
    const processes = Math.max(0, table.size - layers);
    if (processes > limits.processesMax) return { limit: "processes", found: processes };
    const memoryBytes =
      [...table.values()].reduce((sum, { anonymous }) => sum + anonymous, 0) + largest(table);
    if (memoryBytes > limits.memoryBytesMax) return { limit: "memory", found: memoryBytes };
    return lookAtFolders();
  }

  /** The processes of the run that live, by id, with the bytes of memory of each. */
  function linuxTable(searches) {
    const found = new Map();
    const visit = (at, begun) => {
      if (found.has(at)) return;
      const start = startOf(at);
      if (start === undefined || (begun !== undefined && begun !== start)) return;
      found.set(at, start);
      for (const child of childrenOf(at)) visit(child, undefined);
    };
    for (const [at, begun] of seen) visit(at, begun);
    if (searches) for (const at of taggedPids()) visit(at, undefined);
    seen = found;
    return new Map([...found.keys()].map((at) => [at, memoryOf(at)]));
  }

  function psTable() {
    const listing = execFileSync("/bin/ps", ["axo", "pid=,ppid=,pgid=,rss=,stat="], {
      encoding: "latin1",
      maxBuffer: PS_BYTES_MAX,
      timeout: PS_TIMEOUT_MS,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const table = membersIn(listing, pid, looks % SEARCH_EVERY_LOOKS === 1 ? taggedPids() : []);
    seen = new Map([...table.keys()].map((at) => [at, undefined]));
    return table;
  }

  function taggedPids() {
    return listTagged().flatMap((entry) =>
      entry.variable === AGENT_TAG_VARIABLE && entry.tag === tag ? [entry.pid] : [],
    );
  }

  /** One after the other while there is time; each is the first in its turn, so that a large one takes no other's. */
  function lookAtFolders() {
    const deadline = performance.now() + FOLDER_LOOK_MS;
    for (let count = 0; count < measures.length; count += 1) {
      const exceeded = measures[(looks + count) % measures.length](deadline);
      if (exceeded !== undefined) return exceeded;
      if (performance.now() > deadline) break;
    }
    return undefined;
  }

  return {
    look,
    /**
     * Ends every process of the run that was ever seen. A process that is stopped starts no other, so each round leaves fewer
     * that can; what runs in a group is stopped all at once.
     */
    killAll() {
      const deadline = performance.now() + FREEZE_MS_MAX;
      const stopped = new Set();
      for (;;) {
        signalGroup(pid, "SIGSTOP");
        const members = process.platform === "linux" ? linuxTable(true) : psTable();
        const fresh = [...members.keys()].filter((at) => !stopped.has(at));
        for (const at of fresh) {
          send(at, "SIGSTOP");
          stopped.add(at);
        }
        if (fresh.length === 0 || performance.now() > deadline) break;
      }
      signalGroup(pid, "SIGKILL");
      for (const at of seen.keys()) send(at, "SIGKILL");
    },
    /** Processes of the program itself, without those that a sandbox puts before it. */
    programPids() {
      let level = [pid];
      for (let count = 0; count < layers; count += 1) level = level.flatMap(childrenOf);
      return level;
    },
  };
}

/** Members of a run in a listing by `ps`: of its group, descended from it, or named by `tagged`. */
export function membersIn(listing, pid, tagged) {
  const rows = new Map();
  for (const line of listing.split("\n")) {
    const [at, parent, group, kibibytes, state] = line.trim().split(/\s+/);
    if (state === undefined || state.startsWith("Z")) continue;
    rows.set(Number(at), {
      parent: Number(parent),
      group: Number(group),
      anonymous: Number(kibibytes) * BYTES_PER_KIB,
      shared: 0,
    });
  }
  const members = new Map();
  const roots = new Set([pid, ...tagged]);
  // Parents stand in no order: each round finds the children of the one before.
  for (let grew = true; grew; ) {
    grew = false;
    for (const [at, row] of rows) {
      if (members.has(at) || !(roots.has(at) || row.group === pid || members.has(row.parent))) continue;
      members.set(at, row);
      grew = true;
    }
  }
  return members;
}

/** Memory that several processes share counts once: for the one that has most of it. */
function largest(table) {
  return [...table.values()].reduce((most, { shared }) => Math.max(most, shared), 0);
}

/** When a process began, by the kernel's count; undefined if there is none, or nothing but its end to be read. */
function startOf(pid) {
  if (process.platform !== "linux") return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim();
      return text === "" ? [] : text.split(" ").map(Number);
    });
  } catch {
    // It has just ended.
    return [];
  }
}

/** What a process has in memory that no file holds. Files that it maps are the machine's cache, and go when they must. */
function memoryOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "latin1");
    const bytes = (name) =>
      Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * BYTES_PER_KIB;
    return { anonymous: bytes("RssAnon"), shared: bytes("RssShmem") };
  } catch {
    return { anonymous: 0, shared: 0 };
  }
}

function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended, or was never ours to end.
    if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
  }
}
