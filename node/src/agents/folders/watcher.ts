import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Desk } from "./desk.ts";
import type { Git } from "./git.ts";
import { WATCH_BATCH_MAX, WATCH_FOLDERS_MAX, WATCH_GATHER_MS, WATCH_POLL_MS } from "./limits.ts";
import { listTree, lookAtAll, signatureOf } from "./listing.ts";
import { type RawPath, rawPath, shownPath } from "./paths.ts";
import type { FileChange } from "./types.ts";

/** What is watched. */
export interface Watched {
  readonly agent: string;
  readonly tree: string;
  /** The daemon's index of it: tells what is ignored. It is read alone. */
  readonly index: string;
  readonly hidden: readonly string[];
}

/** A file at one look. */
interface Seen {
  readonly signature: string;
  readonly bytes: number;
}

type Look = ReadonlyMap<RawPath, Seen>;

/**
 * Tells what changes in an agent's folder from the moment on at which this resolves. Each look is at all files, so no change
 * that lasts is missed; hints of the system only make the next look come sooner. What was changed and is gone between two
 * looks is not told.
 */
export async function watchTree(
  git: Git,
  desk: Desk,
  watched: Watched,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly FileChange[]>> {
  const before = await look(git, desk, watched);
  return changesFrom(before, git, desk, watched, signal);
}

async function* changesFrom(
  first: Look,
  git: Git,
  desk: Desk,
  watched: Watched,
  signal: AbortSignal,
): AsyncGenerator<readonly FileChange[]> {
  const hints = createHints(watched.tree, signal);
  try {
    let before = first;
    for (let isLast = false; !isLast; ) {
      isLast = signal.aborted;
      const after = await look(git, desk, watched);
      hints.follow(after.keys());
      const changes = changesBetween(watched.agent, before, after);
      for (let at = 0; at < changes.length; at += WATCH_BATCH_MAX)
        yield changes.slice(at, at + WATCH_BATCH_MAX);
      before = after;
      if (!isLast) await hints.next();
    }
  } finally {
    hints.close();
  }
}

async function look(git: Git, desk: Desk, { tree, index, hidden }: Watched): Promise<Look> {
  const listing = await listTree(git, (call) => desk.callIn(tree, index, call));
  const left = new Set(hidden.map(rawPath));
  const paths = [...listing.tracked, ...listing.others].filter((path) => !left.has(path));
  const seen = new Map<RawPath, Seen>();
  for (const [path, stat] of await lookAtAll(tree, paths)) {
    if (stat !== undefined && !stat.isDirectory()) {
      seen.set(path, { signature: signatureOf(stat), bytes: Number(stat.size) });
    }
  }
  return seen;
}

function changesBetween(agent: string, before: Look, after: Look): FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, { signature, bytes }] of after) {
    const known = before.get(path);
    if (known?.signature === signature) continue;
    changes.push({ agent, path: shownPath(path), change: known === undefined ? "added" : "changed", bytes });
  }
  for (const path of before.keys()) {
    if (!after.has(path)) changes.push({ agent, path: shownPath(path), change: "removed", bytes: 0 });
  }
  return changes;
}

/** Wakes a little after a hint, else at the regular time, at once at the end. */
function createHints(tree: string, signal: AbortSignal) {
  const watchers = new Map<string, FSWatcher>();
  let isHinted = false;
  let wake: ((soon: boolean) => void) | undefined;
  const hint = (): void => {
    isHinted = true;
    wake?.(true);
  };
  return {
    /** Watches the folders in which files are, as many as may be. */
    follow(paths: Iterable<RawPath>): void {
      const folders = new Set<string>([tree]);
      for (const path of paths) {
        if (folders.size >= WATCH_FOLDERS_MAX) break;
        const end = path.lastIndexOf("/");
        if (end > 0) folders.add(join(tree, shownPath(path.slice(0, end))));
      }
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of folders) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watch(folder, { persistent: false }, hint);
          watchers.set(folder, watcher);
          watcher.on("error", () => {
            watcher.close();
            watchers.delete(folder);
          });
        } catch {
          // No hints from there: it is gone again, or the system watches no more. The regular look sees it.
        }
      }
    },
    next(): Promise<void> {
      return new Promise((resolve) => {
        let timer: NodeJS.Timeout;
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          wake = undefined;
          isHinted = false;
          resolve();
        };
        const arm = (soon: boolean): void => {
          clearTimeout(timer);
          timer = setTimeout(done, soon ? WATCH_GATHER_MS : WATCH_POLL_MS);
          // The first hint sets the time: a folder that never rests is looked at all the same.
          if (soon) wake = undefined;
        };
        wake = arm;
        arm(isHinted);
        signal.addEventListener("abort", done, { once: true });
        if (signal.aborted) done();
      });
    },
    close(): void {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}
