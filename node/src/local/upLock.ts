import { existsSync, readFileSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { errnoOf, removeIfThere, writeFileNew } from "../config/files.ts";

const schema = z.object({ pid: z.int().positive(), rpcUrl: z.string().optional() });

/**
 * Takes the data folder for this process. A lock of a process that is gone is void.
 *
 * @returns undefined when another process keeps the network of this folder up
 */
export async function takeLock(path: string): Promise<{ release(): Promise<void> } | undefined> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFileNew(path, `${JSON.stringify({ pid: process.pid })}\n`);
      return { release: () => removeIfThere(path) };
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    if (isHeld(path)) return undefined;
    await removeIfThere(path);
  }
  throw new PleiadError(`cannot take ${path}`, {
    code: "LOCAL_FOLDER_BUSY",
    retryable: true,
    hint: "another start is on its way; try again",
  });
}

/** Whether a living process holds the lock. */
export function isHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  let pid: number;
  try {
    pid = schema.parse(JSON.parse(readFileSync(path, "utf8"))).pid;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || errnoOf(error) === "ENOENT")
      return false;
    throw error;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    return errnoOf(error) === "EPERM";
  }
}
