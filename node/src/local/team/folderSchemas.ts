import { z } from "zod";
import { MERGE_MESSAGE_CHARS_MAX } from "../../agents/folders/limits.ts";

/** What the routes of project folders take and answer. Paths and texts are as agents have them: whoever shows one makes it visible. */

/** Merges that the list of folders has, the newest first, beside all that have not ended. */
export const MERGES_LISTED_MAX = 50;
/** Files that a list of changes has, of all that it counts: more than a person looks through. */
export const DIFF_LISTED_MAX = 2_000;
/** Questions about folders that have git at work at once: it does four things at a time, and an agent's turn is not to wait for lookers. */
export const FOLDER_READS_AT_ONCE_MAX = 3;
/** Such questions that wait: those of some pages that are opened at once. */
export const FOLDER_READS_WAITING_MAX = 64;
/** Folders of which one stream tells the changes: each is looked at every two seconds. */
export const FOLDERS_WATCHED_MAX = 16;

const millis = z.number().meta({ description: "unix milliseconds" });
const commit = z.string().meta({ description: "an object of git, in hex" });
const path = z.string().meta({ description: "from the project's top, with / between" });
const branch = z.string().min(1).max(1_024);

export const folderName = z.strictObject({ agent: z.string().max(64) });
export const mergeName = z.strictObject({ id: z.coerce.number().int().min(1) });

export const diffQuery = z.strictObject({
  kind: z
    .enum(["uncommitted", "sinceCheckpoint", "committed", "all", "merged"])
    .default("all")
    .meta({ description: "what is compared with what" }),
  checkpoint: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: "of sinceCheckpoint; the last one when left out" }),
});
export const diffFilesQuery = diffQuery.extend({
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .max(DIFF_LISTED_MAX)
    .default(DIFF_LISTED_MAX)
    .meta({ description: "files at most; the sums are of all" }),
});
export const diffFileQuery = diffQuery.extend({ path: z.string().min(1).max(8_192) });
export const previewQuery = z.strictObject({
  target: branch.optional().meta({ description: "a branch; the one that the project was on when left out" }),
});
export const removeQuery = z.strictObject({
  forget: z
    .enum(["true", "false"])
    .default("false")
    .meta({ description: "whether checkpoints and merges go, too" }),
});
export const rollbackBody = z.strictObject({ checkpoint: z.int().min(1) });
export const mergeBody = z.strictObject({
  target: branch.optional().meta({ description: "a branch; the one that the project was on when left out" }),
  message: z
    .string()
    .min(1)
    .max(MERGE_MESSAGE_CHARS_MAX)
    .optional()
    .meta({ description: "of the commit; a line that names the agent when left out" }),
  isDetached: z.boolean().optional().meta({
    description:
      "answer as soon as it waits for its turn: it goes on whoever goes, until it is stopped; where one does so already that would come to the same, the answer is that one. Otherwise the answer is its end, and a reader who goes stops it",
  }),
});

const end = z.object({ what: z.string(), id: z.string() });
const diffFile = z.object({
  path,
  change: z.enum(["added", "changed", "removed", "renamed", "typeChanged"]),
  pathBefore: path.optional(),
  modeBefore: z.string(),
  mode: z.string().meta({ description: "octal, as git writes it; 000000 for what is not there" }),
  idBefore: commit,
  id: commit,
  isBinary: z.boolean(),
  isLink: z.boolean(),
  isSubmodule: z.boolean(),
  added: z.int().meta({ description: "lines; 0 for what is binary" }),
  removed: z.int(),
});
const skipped = z.array(z.object({ path, why: z.enum(["tooLarge", "repository", "private"]) }));
const diffSums = {
  kind: z.enum(["uncommitted", "sinceCheckpoint", "committed", "all", "merged"]),
  from: end,
  to: end,
  fileCount: z.int(),
  added: z.int(),
  removed: z.int(),
  digest: z.string(),
  skipped,
};

export const diffSchema = z.object({
  ...diffSums,
  files: z.array(diffFile),
  text: z.string(),
  isTextCut: z.boolean(),
});
export const diffFilesSchema = z.object({
  ...diffSums,
  files: z.array(diffFile.extend({ changedAtMs: millis.optional() })),
  changedAtMs: millis.optional().meta({ description: "of the file that was written last" }),
});
export const diffFileSchema = z.object({
  kind: diffSums.kind,
  from: end,
  to: end,
  file: diffFile,
  text: z.string().optional().meta({ description: "as git writes it" }),
  textBytes: z.number().optional(),
  why: z
    .enum(["tooLarge", "nameNoText"])
    .optional()
    .meta({ description: "there is no text: it is over its bound, or git cannot be asked by that name" }),
});

const checkpoint = z.object({
  number: z.int(),
  ref: z.string(),
  commit,
  tree: commit,
  atMs: millis,
  note: z.string(),
});
export const checkpointsSchema = z.object({ checkpoints: z.array(checkpoint) });
export const rollbackSchema = z.object({
  to: checkpoint,
  kept: checkpoint.meta({ description: "what the files were before" }),
  files: z.array(diffFile),
});

const conflict = z.object({ path, reasons: z.array(z.string()), hunks: z.array(z.string()) });
export const previewSchema = z.object({
  agent: z.string(),
  target: z.string(),
  targetCommit: commit,
  tree: commit,
  outcome: z.enum(["clean", "nothing", "conflict", "collision"]),
  conflicts: z.array(conflict),
  conflictCount: z.int(),
  collisions: z.array(z.string()),
  files: z.array(diffFile),
  skipped,
});

const gate = z.object({
  reason: z.enum(["exited", "stopped", "timedOut", "tooLarge", "exceeded", "notStarted", "lost"]),
  exitCode: z.int().nullable(),
  durationMs: z.number(),
  exceeded: z.string().optional(),
});
const mergeFields = {
  id: z.int(),
  agent: z.string(),
  project: z.string(),
  target: z.string(),
  state: z.enum(["waiting", "previewing", "gate", "moving", "done"]),
  askedAtMs: millis,
  askedBy: z.string().optional(),
  endedAtMs: millis.optional(),
  outcome: z.enum(["merged", "ready", "nothing", "conflict", "gateFailed", "failed"]).optional(),
  commit: commit.optional(),
  ref: z.string().optional(),
  before: commit.optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
};
/** Of a list: what its gate printed and what conflicts is asked for one by one. */
const mergeRow = z.object({ ...mergeFields, gate: gate.optional() });
export const mergeSchema = z.object({
  ...mergeFields,
  gate: gate.extend({ outputTail: z.string() }).optional(),
  gateOutput: z.string().optional().meta({ description: "what its gate has printed so far, while it runs" }),
  conflicts: z.array(conflict).optional(),
});

export const foldersSchema = z.object({
  projects: z.array(z.string()).meta({ description: "what helpers can be given, by name" }),
  gate: z
    .array(z.string())
    .nullable()
    .meta({ description: "the command that merges pass; null where none is configured" }),
  folders: z.array(
    z.object({
      agent: z.string(),
      project: z.string().meta({ description: "its top folder" }),
      projectName: z.string().nullable(),
      cluster: z.string().nullable().meta({ description: "whose helper it is, as digits" }),
      path: z.string(),
      branch: z.string().meta({ description: "its own, in its copy alone" }),
      base: commit,
      includesUncommitted: z.boolean(),
      projectBranch: z.string().optional(),
      createdAtMs: millis,
      ports: z.array(z.int()),
      envFiles: z.array(z.string()),
      submodules: z.array(z.string()),
      activity: z.enum(["idle", "working", "resting"]),
      leak: z
        .object({
          paths: z.array(z.string()),
          count: z.int(),
          agents: z.array(z.string()),
          atMs: millis,
        })
        .optional()
        .meta({ description: "what changed of the project itself while it ran, since the daemon's start" }),
    }),
  ),
  merges: z.array(mergeRow),
});
export const doneSchema = z.object({ done: z.literal(true) });

export type MergeRow = z.output<typeof mergeRow>;
