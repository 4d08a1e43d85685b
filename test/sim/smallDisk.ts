import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf } from "../../node/src/config/files.ts";

/** A daemon's data of a simulation, several times over. */
const DISK_MIB = 48;
/** The last bytes too. */
const PIECES_BYTES = [1_048_576, 4_096, 1];
const BALLAST_FILE = "ballast";

/**
 * Puts a file system of its own, small and in memory, where a data folder is to be.
 *
 * @returns takes it away again
 * @throws PleiadError SIM_SMALL_DISK_REFUSED where this user may not mount one
 */
export function mountSmallDisk(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m,mode=700`, "pleiad-sim", folder], {
      stdio: "pipe",
    });
  } catch (cause) {
    throw new PleiadError(`no small disk could be mounted at ${folder}`, {
      code: "SIM_SMALL_DISK_REFUSED",
      hint: "run it as a user who may mount a tmpfs, or without --small-disk",
      cause,
    });
  }
  return () => void execFileSync("umount", [folder], { stdio: "pipe" });
}

/** Fills it to the last byte; the answer makes room again. */
export function fillDisk(folder: string): () => void {
  const path = join(folder, BALLAST_FILE);
  const file = openSync(path, "a", 0o600);
  try {
    for (const bytes of PIECES_BYTES) while (hasRoomFor(file, bytes));
  } finally {
    closeSync(file);
  }
  return () => rmSync(path, { force: true });
}

function hasRoomFor(file: number, bytes: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(bytes)) === bytes;
  } catch (error) {
    if (errnoOf(error) === "ENOSPC") return false;
    throw error;
  }
}
