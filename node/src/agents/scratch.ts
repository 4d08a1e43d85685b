import type { FileHandle } from "node:fs/promises";
import { mkdir, mkdtemp, open, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder } from "../config/files.ts";

/** The private folder of one run: nobody but the daemon's user can enter it. */
export interface Scratch {
  readonly folder: string;
  /** Where the agent starts; empty. */
  readonly work: string;
  /** Its HOME; empty. */
  readonly home: string;
  /** Its TMPDIR; empty. */
  readonly temporary: string;
}

/** Makes a fresh folder below `scratchFolder`, which is made too if it is missing. */
export async function createScratch(scratchFolder: string): Promise<Scratch> {
  await makeFolder(scratchFolder);
  const folder = await mkdtemp(join(resolve(scratchFolder), "run-"));
  const scratch = {
    folder,
    work: join(folder, "work"),
    home: join(folder, "home"),
    temporary: join(folder, "tmp"),
  };
  for (const part of [scratch.work, scratch.home, scratch.temporary]) await mkdir(part, { mode: 0o700 });
  return scratch;
}

/**
 * The agent's standard input: a file without a name, so that a program which never reads it holds up nobody, and one
 * which ends early breaks no pipe.
 */
export async function openInput(scratch: Scratch, text: string): Promise<FileHandle> {
  const path = join(scratch.folder, "prompt");
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  const input = await open(path, "r");
  await unlink(path);
  return input;
}
