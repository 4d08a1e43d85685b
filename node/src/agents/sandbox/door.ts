import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, lstat, readdir, unlink } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError } from "../errors.ts";
import { isSystemError } from "../systemError.ts";
import { requireTagPrefix } from "../tag.ts";

/** An agent's tool servers each keep one or two open; more are not the tools'. */
export const DOOR_CONNECTIONS_MAX = 16;
/** Linux takes a path of 107 bytes for a socket, macOS one of 103. */
export const DOOR_PATH_BYTES_MAX = 103;

/** Characters of the mark: enough that no two data folders of a machine share one, few enough for a socket's path. */
const MARK_CHARACTERS = 16;

/**
 * A fresh path for a door: short, as systems take no long one, in no folder that a sandbox hides, and with the mark of a data folder,
 * by which the next life of its daemon finds what this one left.
 *
 * @param tagPrefix of the data folder, as for tags; the path does not tell it
 */
export function doorPathFor(tagPrefix: string): string {
  return join(tmpdir(), `${beginningOf(tagPrefix)}${randomBytes(8).toString("hex")}${ENDING}`);
}

/**
 * Removes doors that earlier lives of this data folder's daemon left behind.
 *
 * Warning: call it at start only, after taking the lock of the data folder. Of that folder no door is left, open or not.
 *
 * @returns how many were removed
 */
export async function sweepDoors(tagPrefix: string): Promise<number> {
  const beginning = beginningOf(tagPrefix);
  const names = (await readdir(tmpdir())).filter(
    (name) => name.startsWith(beginning) && name.endsWith(ENDING),
  );
  let removed = 0;
  for (const name of names) {
    const path = join(tmpdir(), name);
    try {
      if (!(await lstat(path)).isSocket()) continue;
      await unlink(path);
      removed += 1;
    } catch (error) {
      // Gone meanwhile, or another user's, who found out the mark: either way there is no door of ours.
      if (!isSystemError(error)) throw error;
    }
  }
  return removed;
}

const ENDING = ".sock";

function beginningOf(tagPrefix: string): string {
  const mark = createHash("sha256")
    .update(`door ${requireTagPrefix(tagPrefix)}`)
    .digest("hex");
  return `pleiad-${mark.slice(0, MARK_CHARACTERS)}-`;
}

/** A way out of a sandbox without a network, to the daemon's API and to nothing else. */
export interface Door {
  /** A Unix socket: what a tool server is told to connect to. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Opens a Unix socket, mode 0600, that leads to a port of this machine. Put into a folder that a sandbox shows, it lets tools
 * inside reach the daemon where the sandbox has no network. It lets nobody do more: who asks, the API's token says.
 *
 * @param options.path where, absolute: in the agent's scratch folder, so that it goes with it
 * @throws AgentError AGENT_START_FAILED where the machine refuses it
 */
export async function openDoor(options: { readonly path: string; readonly apiPort: number }): Promise<Door> {
  const { path, apiPort } = options;
  if (Buffer.byteLength(path) > DOOR_PATH_BYTES_MAX) throw refused(path, "ENAMETOOLONG");
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ host: "127.0.0.1", port: apiPort, allowHalfOpen: true });
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      open.add(one);
      // Whatever breaks one side ends the other: whoever asked sees a connection that ended.
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.maxConnections = DOOR_CONNECTIONS_MAX;
  server.listen(path);
  try {
    await once(server, "listening");
    await chmod(path, 0o600);
  } catch (error) {
    server.close();
    if (!isSystemError(error)) throw error;
    throw refused(path, error.code, error);
  }
  return {
    path,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
      // Node.js removes it itself, unless the folder has gone before.
      await unlink(path).catch(() => undefined);
    },
  };
}

function refused(path: string, errorCode: string, cause?: unknown): AgentError {
  return new AgentError("AGENT_START_FAILED", `the machine refuses a socket at ${path}: ${errorCode}`, {
    details: { path, errorCode },
    cause,
  });
}
