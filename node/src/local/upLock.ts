import { readFileSync } from "node:fs";
import { link, rename } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { errnoOf, removeIfThere, writeFileNew } from "../config/files.ts";

const schema = z.object({ pid: z.int().positive(), startedAt: z.string().optional() });

/** Place of `starttime` in /proc/PID/stat, counted from the state behind the name (see proc_pid_stat(5)). */
const START_FIELD = 19;

/** Locks that this process holds, or is about to. */
const heldHere = new Set<string>();

/**
 * Takes the data folder for this process. A lock of a process that is gone is void.
 *
 * @returns undefined when another process keeps the network of this folder up
 */
export async function takeLock(path: string): Promise<{ release(): Promise<void> } | undefined> {
  if (heldHere.has(path)) return undefined;
  heldHere.add(path);
  let isTaken = false;
  try {
    isTaken = await tryTake(path);
  } finally {
    if (!isTaken) heldHere.delete(path);
  }
  if (!isTaken) return undefined;
  return {
    async release() {
      await removeIfThere(path);
      heldHere.delete(path);
    },
  };
}

async function tryTake(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFileNew(path, `${JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) })}\n`);
      return true;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    if (isAlive(path)) return false;
    await removeVoid(path);
  }
  throw new PleiadError(`cannot take ${path}`, {
    code: "LOCAL_FOLDER_BUSY",
    retryable: true,
    hint: "another start is on its way; try again",
  });
}

/** Removes a void lock, and puts it back where somebody has taken it in between. */
async function removeVoid(path: string): Promise<void> {
  const aside = `${path}.void-${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  if (isAlive(aside)) {
    await link(aside, path).catch((error: unknown) => {
      if (errnoOf(error) !== "EEXIST") throw error;
    });
  }
  await removeIfThere(aside);
}

/** Whether a living process holds the lock, this one or another. */
export function isHeld(path: string): boolean {
  return heldHere.has(path) || isAlive(path);
}

/** Whether the process that a lock names lives. */
function isAlive(path: string): boolean {
  let lock: z.output<typeof schema>;
  try {
    lock = schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || errnoOf(error) === "ENOENT")
      return false;
    throw error;
  }
  const { pid, startedAt } = lock;
  // Ids are given out again; in a container each start may get the one that the killed one had, this process too.
  const found = startOf(pid);
  if (startedAt !== undefined && found !== undefined && found !== startedAt) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    return errnoOf(error) === "EPERM";
  }
}

/** When a process was started, as Linux tells it in ticks since the machine's start; undefined where nobody says. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[START_FIELD];
  } catch (error) {
    // No /proc, or no such process.
    if (errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
