import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../config/files.ts";
import { AgentError } from "../errors.ts";
import type { TerminalSize } from "../guardedProcess.ts";
import { RECORDING_BYTES_MAX, RECORDING_FILES_MAX } from "./limits.ts";
import type { Terminal } from "./terminal.ts";
import type { TerminalMessage } from "./viewing.ts";

/** Of an agent's name, in that of a file: file systems take 255 bytes. */
const NAME_CHARACTERS_MAX = 64;

/** How a terminal is recorded. */
export interface Recording {
  /** Made if it is missing, for nobody but the daemon's user. */
  readonly folder: string;
  /** @default RECORDING_BYTES_MAX */
  readonly bytesMax?: number;
  /** The oldest goes. @default RECORDING_FILES_MAX */
  readonly filesMax?: number;
  /** Whether what people type is recorded, passwords too. @default false */
  readonly withInput?: boolean;
}

export interface Recorder {
  /** Settles once all is written, or with what hindered it; never rejects. */
  readonly done: Promise<Error | undefined>;
}

/**
 * Records what a terminal shows as asciicast v2, in files of mode 0600 that each begin with the screen and so can be played by
 * themselves. It is a viewer like any other: a disk that is too slow costs what is between two screens.
 *
 * @throws AgentError TERMINAL_RECORDING_FAILED
 */
export async function createRecorder(recording: Recording, terminal: Terminal): Promise<Recorder> {
  const {
    folder,
    bytesMax = RECORDING_BYTES_MAX,
    filesMax = RECORDING_FILES_MAX,
    withInput = false,
  } = recording;
  const startedAt = new Date();
  // A name is somebody's choice, and no path.
  const base = `${terminal.name.replace(/[^\w-]/g, "_").slice(0, NAME_CHARACTERS_MAX)}-${startedAt.toISOString().replace(/[:.]/g, "-")}`;
  const paths: string[] = [];
  let count = 0;
  let file: FileHandle | undefined;
  let beganAt = 0;
  let written = 0;
  let awaitsScreen = true;
  let size = terminal.size();
  /** One after the other, in the order in which they came. */
  let turn = Promise.resolve();
  const finished = Promise.withResolvers<Error | undefined>();
  await begin();

  const seat = terminal.attach(
    {
      send(message) {
        turn = turn.then(() => write(message));
        // Whoever attached it lets a viewer go that fails; that is told apart.
        turn.catch((error: Error) => void finish(error));
        return turn;
      },
    },
    { mayType: false, hearsInput: withInput },
  );
  return { done: finished.promise };

  async function begin(): Promise<void> {
    try {
      await file?.close();
      file = undefined;
      await makeFolder(folder);
      count += 1;
      const path = join(folder, `${base}.${count}.cast`);
      file = await open(path, "wx", 0o600);
      paths.push(path);
      while (paths.length > filesMax) await rm(paths.shift() as string, { force: true });
      beganAt = performance.now();
      written = 0;
      awaitsScreen = true;
      await line({
        version: 2,
        width: size.columns,
        height: size.rows,
        timestamp: Math.floor(Date.now() / 1_000),
        env: { TERM: "xterm-256color" },
      });
    } catch (error) {
      throw new AgentError("TERMINAL_RECORDING_FAILED", `nothing can be recorded in ${folder}`, {
        cause: error,
      });
    }
  }

  async function write(message: TerminalMessage): Promise<void> {
    if (message.kind === "end") {
      // It came while a new file waited for its first screen, which does not follow any more.
      if (awaitsScreen) await event("o", terminal.snapshot());
      await finish(undefined);
      return;
    }
    if (message.kind === "screen") await resized(message);
    // A new file begins with the screen; what is still on its way before that is on it.
    if (awaitsScreen && message.kind !== "screen") return;
    if (written > 0 && written + message.data.length > bytesMax && !awaitsScreen) {
      await begin();
      seat.renew();
      return;
    }
    awaitsScreen = false;
    await event(message.kind === "input" ? "i" : "o", message.data);
  }

  async function resized({ columns, rows }: TerminalSize): Promise<void> {
    if (columns === size.columns && rows === size.rows) return;
    size = { columns, rows };
    await event("r", `${columns}x${rows}`);
  }

  function event(kind: "o" | "i" | "r", data: string): Promise<void> {
    return line([Number(((performance.now() - beganAt) / 1_000).toFixed(6)), kind, data]);
  }

  async function line(value: unknown): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    written += bytes.length;
    await file?.appendFile(bytes);
  }

  async function finish(error: Error | undefined): Promise<void> {
    seat.leave();
    const open = file;
    file = undefined;
    // What could not be written, closing says once more.
    await open?.close().catch(() => {});
    finished.resolve(error);
  }
}
