import { stat } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Clock, sleep } from "../../chain/clock.ts";
import { errnoOf } from "../../config/files.ts";
import { MANAGER_FILE_POLL_MS, MANAGER_FILE_SETTLE_MS } from "../limits.ts";
import { loadManagerFile } from "./load.ts";
import type { ManagerFile } from "./parse.ts";

/** What keeps the newest file from counting. */
export interface ManagerFileProblem {
  readonly code: string;
  readonly message: string;
}

/** A manager's file as it is now, or was when it was last right. */
export interface ManagerFileWatch {
  current(): ManagerFile;
  /** Undefined while `current` is what the file says. */
  problem(): ManagerFileProblem | undefined;
  /** Told of each new `current`, and of each change of `problem`. */
  onChange(handler: () => void): () => void;
  /** Looks now, rather than at the next turn; answers when that is done. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Follows a manager's file. It is looked at by its name, again and again, rather than by what the system tells of it: so it makes no
 * difference whether it is written in place, renamed over, a link that is led elsewhere, gone and back, or on a disk of another machine.
 * A file that was just written counts once it has stayed as it is for `MANAGER_FILE_SETTLE_MS`. One that is wrong changes nothing but
 * `problem`, which is logged once. `id` and `databases` stay as they were: what the manager keeps is under them.
 *
 * @throws as `loadManagerFile`, for the first look
 */
export async function watchManagerFile(
  options: { readonly path: string },
  modules: { readonly clock: Clock; readonly logger: Logger },
): Promise<ManagerFileWatch> {
  const { path } = options;
  const { clock, logger } = modules;
  const handlers = new Set<() => void>();
  const ending = new AbortController();
  let seen = await signatureOf(path);
  let current = await loadManagerFile(path);
  let problem: ManagerFileProblem | undefined;
  let running: Promise<void> = Promise.resolve();

  function tell(): void {
    for (const handler of [...handlers]) handler();
  }

  function refuse(error: PleiadError): void {
    if (problem?.code === error.code && problem.message === error.message) return;
    problem = { code: error.code, message: error.message };
    logger.warn(
      { path, code: error.code, error: error.message },
      "the manager's file does not count: the earlier one goes on",
    );
    tell();
  }

  /** A file that never comes to rest never counts. */
  async function look(): Promise<void> {
    let found = await signatureOf(path);
    if (found === seen) return;
    for (;;) {
      if (!(await sleep(clock, MANAGER_FILE_SETTLE_MS, ending.signal))) return;
      const again = await signatureOf(path);
      if (again === found) break;
      found = again;
    }
    try {
      const next = await loadManagerFile(path);
      // It was written again while it was read: the next look sees all of it.
      if ((await signatureOf(path)) !== found) return;
      requireSameIdentity(current, next);
      seen = found;
      const isOther = textOf(next) !== textOf(current);
      if (!isOther && problem === undefined) return;
      current = next;
      problem = undefined;
      logger.info({ path }, "the manager's file was read anew");
      tell();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      seen = found;
      refuse(error);
    }
  }

  /** One look after the other, however many are asked for. */
  function lookAlone(): Promise<void> {
    running = running.then(look);
    return running;
  }

  async function follow(): Promise<void> {
    while (await sleep(clock, MANAGER_FILE_POLL_MS, ending.signal)) await lookAlone();
  }
  let following: Promise<void> = Promise.resolve();

  return {
    current: () => current,
    problem: () => problem,
    onChange(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    look: lookAlone,
    start() {
      following = follow();
    },
    async stop() {
      ending.abort();
      await following;
      await running;
    },
  };
}

/** What tells one state of a file from another; the reason where there is none. */
async function signatureOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mode, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}

function requireSameIdentity({ settings: before }: ManagerFile, { settings: after }: ManagerFile): void {
  const what = before.id !== after.id ? "id" : "databases";
  if (before.id === after.id && JSON.stringify(before.databases) === JSON.stringify(after.databases)) return;
  throw new PleiadError(`cluster_manager.${what} changed while the manager runs`, {
    code: "MANAGER_RESTART_NEEDED",
    hint: "restart the daemon for it, or write back what it was",
    details: { key: `cluster_manager.${what}` },
  });
}

/** All that a file says, as text that can be compared. */
function textOf(file: ManagerFile): string {
  return JSON.stringify(file, (_, part: unknown) => {
    if (typeof part === "bigint") return `${part} wei`;
    return part instanceof Map ? [...part] : part;
  });
}
