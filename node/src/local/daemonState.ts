import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, writeFileAtomic } from "../config/files.ts";

/** In the data folder: whether the daemon works, where it listens, or why it does not. */
export const DAEMON_FILE = "daemon.json";

const schema = z.discriminatedUnion("state", [
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

/** The state as last written; undefined when there is none that can be read. */
export function readDaemonState(dataFolder: string): DaemonState | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(join(dataFolder, DAEMON_FILE), "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
