import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, removeHalfWritten, removeIfThere, writeFileAtomic } from "../../config/files.ts";
import { FOLDER_ERRORS, type FolderError } from "./errors.ts";
import { MERGES_KEPT_MAX } from "./limits.ts";
import { readState } from "./state.ts";
import type { Merge } from "./types.ts";

const conflictSchema = z.strictObject({
  path: z.string(),
  reasons: z.array(z.string()),
  hunks: z.array(z.string()),
});

const mergeSchema = z.strictObject({
  id: z.int().positive(),
  agent: z.string(),
  project: z.string(),
  target: z.string(),
  state: z.enum(["waiting", "previewing", "gate", "moving", "done"]),
  askedAtMs: z.number(),
  askedBy: z.string().optional(),
  endedAtMs: z.number().optional(),
  outcome: z.enum(["merged", "ready", "nothing", "conflict", "gateFailed", "failed"]).optional(),
  commit: z.string().optional(),
  ref: z.string().optional(),
  before: z.string().optional(),
  gate: z
    .strictObject({
      reason: z.enum(["exited", "stopped", "timedOut", "tooLarge", "exceeded", "notStarted", "lost"]),
      exitCode: z.number().nullable(),
      durationMs: z.number(),
      exceeded: z.string().optional(),
      outputTail: z.string(),
    })
    .optional(),
  conflicts: z.array(conflictSchema).optional(),
  error: z
    .strictObject({
      code: z.enum(Object.keys(FOLDER_ERRORS) as [FolderError["code"], ...FolderError["code"][]]),
      message: z.string(),
      hint: z.string(),
    })
    .optional(),
});

/** Every merge's state, on disk before the next step is taken. */
export interface MergeBook {
  list(): readonly Merge[];
  add(merge: Omit<Merge, "id">): Promise<Merge>;
  set(merge: Merge): Promise<void>;
}

/** @throws FolderError FOLDER_STATE_DAMAGED */
export async function openMergeBook(folder: string): Promise<MergeBook> {
  await makeFolder(folder);
  await removeHalfWritten(folder);
  const merges = new Map<number, Merge>();
  for (const name of await readdir(folder)) {
    if (!/^\d+\.json$/.test(name)) continue;
    const merge = await readState(join(folder, name), mergeSchema);
    if (merge !== undefined) merges.set(merge.id, merge as Merge);
  }
  let last = Math.max(0, ...merges.keys());
  const set = async (merge: Merge): Promise<void> => {
    await writeFileAtomic(join(folder, `${merge.id}.json`), `${JSON.stringify(merge)}\n`);
    merges.set(merge.id, merge);
  };
  return {
    list: () => [...merges.values()].sort((a, b) => b.id - a.id),
    async add(merge) {
      last += 1;
      const added: Merge = { ...merge, id: last };
      // It counts at once, so that no more are let in than may wait.
      merges.set(added.id, added);
      await set(added).catch((error: unknown) => {
        merges.delete(added.id);
        throw error;
      });
      const done = [...merges.values()].filter(({ state }) => state === "done").sort((a, b) => a.id - b.id);
      for (const { id } of done.slice(0, Math.max(0, merges.size - MERGES_KEPT_MAX))) {
        await removeIfThere(join(folder, `${id}.json`));
        merges.delete(id);
      }
      return added;
    },
    set,
  };
}

/** How a failure stands in the book. */
export function errorOf(error: FolderError): NonNullable<Merge["error"]> {
  return { code: error.code, message: error.message, hint: error.hint ?? "" };
}
