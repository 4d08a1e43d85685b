import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { type DaemonAccess, daemonClient } from "../local/daemonClient.ts";
import { printableLine } from "./text/printable.ts";

/** A gate may run the tests of a large project. Milliseconds. */
const MERGE_TIMEOUT_MS = 86_400_000;

export const DIFF_KINDS = ["all", "uncommitted", "sinceCheckpoint", "committed", "merged"] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

const folderSchema = z.object({
  agent: z.string(),
  project: z.string(),
  path: z.string(),
  base: z.string(),
  includesUncommitted: z.boolean(),
  ports: z.array(z.int()),
});
const diffFileSchema = z.object({
  path: z.string(),
  change: z.string(),
  added: z.int(),
  removed: z.int(),
  isBinary: z.boolean(),
});
const skippedSchema = z.array(z.object({ path: z.string(), why: z.string() }));
const endSchema = z.object({ what: z.string(), id: z.string() });
const diffSchema = z.object({
  kind: z.enum(DIFF_KINDS),
  from: endSchema,
  to: endSchema,
  files: z.array(diffFileSchema),
  fileCount: z.int(),
  added: z.int(),
  removed: z.int(),
  text: z.string(),
  isTextCut: z.boolean(),
  digest: z.string(),
  skipped: skippedSchema,
});
const changesSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open") }),
  z.object({
    kind: z.literal("changes"),
    changes: z.array(
      z.object({
        agent: z.string(),
        path: z.string(),
        change: z.enum(["added", "changed", "removed"]),
        bytes: z.int(),
      }),
    ),
  }),
]);
export type FolderChanges = z.output<typeof changesSchema>;
const checkpointSchema = z.object({
  number: z.int(),
  ref: z.string(),
  commit: z.string(),
  atMs: z.number(),
  note: z.string(),
});
const conflictSchema = z.object({
  path: z.string(),
  reasons: z.array(z.string()),
  hunks: z.array(z.string()),
});
const mergeSchema = z.object({
  id: z.int(),
  agent: z.string(),
  target: z.string(),
  state: z.string(),
  outcome: z.enum(["merged", "ready", "nothing", "conflict", "gateFailed", "failed"]).optional(),
  commit: z.string().optional(),
  ref: z.string().optional(),
  conflicts: z.array(conflictSchema).optional(),
  gate: z
    .object({ reason: z.string(), exitCode: z.int().nullable(), outputTail: z.string().optional() })
    .optional(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).optional(),
});
const previewSchema = z.object({
  target: z.string(),
  outcome: z.enum(["clean", "nothing", "conflict", "collision"]),
  conflicts: z.array(conflictSchema),
  collisions: z.array(z.string()),
  files: z.array(diffFileSchema),
});

export type MergeAnswer = z.output<typeof mergeSchema>;

/** What the operator asks a daemon about its project folders. */
export function daemonFolders(access: DaemonAccess) {
  const client = daemonClient(access);
  const of = (agent: string, what = "") => `/folders/${encodeURIComponent(agent)}${what}`;
  const query = (values: Readonly<Record<string, string | undefined>>) => {
    const given = Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    return given.length === 0 ? "" : `?${new URLSearchParams(given as [string, string][])}`;
  };

  return {
    list: () =>
      client.ask(
        "/folders",
        z.object({
          projects: z.array(z.string()),
          folders: z.array(folderSchema),
          merges: z.array(mergeSchema),
        }),
      ),
    diff: (agent: string, kind: DiffKind) => client.ask(of(agent, `/diff${query({ kind })}`), diffSchema),
    /** What it changes, as it does, until `signal`. */
    async *changes(agent: string, signal: AbortSignal): AsyncGenerator<FolderChanges, void, undefined> {
      const lines = await client.follow(of(agent, "/changes"), signal);
      for await (const line of lines) yield changesSchema.parse(JSON.parse(line));
    },
    checkpoints: (agent: string) =>
      client.ask(of(agent, "/checkpoints"), z.object({ checkpoints: z.array(checkpointSchema) })),
    rollback: (agent: string, checkpoint: number) =>
      client.send(
        "POST",
        of(agent, "/rollback"),
        z.object({ to: checkpointSchema, kept: checkpointSchema, files: z.array(diffFileSchema) }),
        { body: { checkpoint } },
      ),
    preview: (agent: string, target: string | undefined) =>
      client.ask(of(agent, `/preview${query({ target })}`), previewSchema),
    merge: (agent: string, { into, message }: { readonly into?: string; readonly message?: string }) =>
      client.send("POST", of(agent, "/merge"), mergeSchema, {
        body: {
          ...(into === undefined ? {} : { target: into }),
          ...(message === undefined ? {} : { message }),
        },
        timeoutMs: MERGE_TIMEOUT_MS,
      }),
    remove: (agent: string, forget: boolean) =>
      client.send(
        "DELETE",
        of(agent, query({ forget: String(forget) })),
        z.object({ done: z.literal(true) }),
      ),
  };
}

/** What helpers of a daemon can be given, by name; nothing where it has no projects. */
export async function projectsOf(access: DaemonAccess): Promise<readonly string[]> {
  try {
    return (await daemonFolders(access).list()).projects;
  } catch (error) {
    if (error instanceof PleiadError && error.code === "FOLDERS_OFF") return [];
    throw error;
  }
}

/** A merge in a line. */
export function mergeText({ id, agent, target, state, outcome, commit, ref }: MergeAnswer): string {
  const what = `merge ${id} of ${printableLine(agent)} into ${printableLine(target)}`;
  switch (outcome) {
    case undefined:
      return `${what}: ${state}`;
    case "merged":
      return `${what}: merged as ${commit?.slice(0, 12)}`;
    case "ready":
      return `${what}: ready; the branch is checked out, so run: git merge --ff-only ${ref}`;
    case "nothing":
      return `${what}: nothing to merge`;
    case "conflict":
      return `${what}: it conflicts, and nothing was moved`;
    case "gateFailed":
      return `${what}: the gate said no, and nothing was moved`;
    case "failed":
      return `${what}: it failed, and nothing was moved`;
  }
}
