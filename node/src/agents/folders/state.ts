import { join } from "node:path";
import { z } from "zod";
import { errnoOf, writeFileAtomic } from "../../config/files.ts";
import { FolderError } from "./errors.ts";
import { STATE_FILE_BYTES_MAX } from "./limits.ts";
import { readPlain } from "./safeFiles.ts";

/** The name of the file that says what an agent's folder is. */
export const FOLDER_FILE = "folder.json";

const folderSchema = z.strictObject({
  version: z.literal(1),
  agent: z.string(),
  project: z.string(),
  owner: z.string().optional(),
  /** making → ready → removing; without the file the folder is not there. */
  state: z.enum(["making", "ready", "removing"]),
  /** Of "removing": whether the private refs go, too. */
  forget: z.boolean(),
  base: z.string(),
  includesUncommitted: z.boolean(),
  projectBranch: z.string().optional(),
  createdAtMs: z.number(),
  ports: z.array(z.number()),
  envFiles: z.array(z.string()),
  submodules: z.array(z.string()),
  /** The tree that the files are being brought back to. */
  rollingBackTo: z.string().optional(),
});

/** What is written about an agent's folder. */
export type FolderState = z.infer<typeof folderSchema>;

/** @returns undefined when there is none @throws FolderError FOLDER_STATE_DAMAGED */
export async function readFolderState(folder: string): Promise<FolderState | undefined> {
  return readState(join(folder, FOLDER_FILE), folderSchema);
}

export async function writeFolderState(folder: string, state: FolderState): Promise<void> {
  await writeFileAtomic(join(folder, FOLDER_FILE), `${JSON.stringify(state, undefined, 2)}\n`);
}

/** @returns undefined when there is none @throws FolderError FOLDER_STATE_DAMAGED */
export async function readState<Content>(
  path: string,
  schema: z.ZodType<Content>,
): Promise<Content | undefined> {
  try {
    const bytes = await readPlain(path, STATE_FILE_BYTES_MAX);
    if (bytes === undefined) return undefined;
    return schema.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    // A disk that does not read says so itself.
    if (["EIO", "EACCES", "EMFILE", "ENFILE"].includes(errnoOf(error) ?? "")) throw error;
    throw new FolderError("FOLDER_STATE_DAMAGED", `${path} is not what was written there`, { path }, error);
  }
}
