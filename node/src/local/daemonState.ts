import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, isRunning, removeIfThere, writeFileAtomic } from "../config/files.ts";

/** In the data folder: whether the daemon starts or works, where it listens, or why it does not. */
export const DAEMON_FILE = "daemon.json";

const schema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("starting"), pid: z.int(), apiUrl: z.string() }),
  z.object({
    state: z.literal("ready"),
    pid: z.int(),
    node: z.string(),
    apiUrl: z.string(),
    peerAddresses: z.array(z.string()),
  }),
  z.object({
    state: z.literal("failed"),
    pid: z.int(),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
  }),
]);

export type DaemonState = z.output<typeof schema>;

/** Writes the state for whoever started the daemon, and for `pleiad node status`. */
export function writeDaemonState(dataFolder: string, state: DaemonState): Promise<void> {
  return writeFileAtomic(join(dataFolder, DAEMON_FILE), `${JSON.stringify(state, undefined, 2)}\n`);
}

/** Takes the state away, when the daemon has stopped: its port may soon be somebody else's. */
export function removeDaemonState(dataFolder: string): Promise<void> {
  return removeIfThere(join(dataFolder, DAEMON_FILE));
}

/**
 * The state as last written; undefined when there is none that can be read, or when the process that said it listens
 * is gone: whoever listens on its port now must not be sent its token.
 */
export function readDaemonState(dataFolder: string): DaemonState | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(join(dataFolder, DAEMON_FILE), "utf8")));
    if (!parsed.success || (parsed.data.state !== "failed" && !isRunning(parsed.data.pid))) return undefined;
    return parsed.data;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
