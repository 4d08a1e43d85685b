import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { errnoOf, makeFolder, removeIfThere, writeFileAtomic } from "../../config/files.ts";
import type { AgentUsage } from "../driver.ts";
import type { HelperPlan } from "./ports.ts";

/** A task with its files, as a person hands them over. */
export const RECORD_BYTES_MAX = 16_777_216;

const attachmentSchema = z.strictObject({ name: z.string(), mediaType: z.string(), base64: z.base64() });

const recordSchema = z.strictObject({
  cluster: z.string().regex(/^\d{1,78}$/),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/),
  role: z.string(),
  goal: z.string(),
  service: z.string(),
  user: z.string(),
  by: z.string().optional(),
  task: z.string().optional(),
  attachments: z.array(attachmentSchema).optional(),
  project: z.string().optional(),
  budget: z.string().optional(),
  family: z.array(z.object({ agent: z.string(), budget: z.string().optional() })).optional(),
  /** Made when it was spawned: tells it from an earlier one of the same name. */
  life: z.string(),
  spawnedAtMs: z.int(),
  isTaskDone: z.boolean(),
  sessionId: z.string().optional(),
  isIntroduced: z.boolean().optional(),
  result: z.strictObject({ of: z.string(), text: z.string() }).optional(),
  counted: z.object({ inputTokens: z.number().optional(), outputTokens: z.number().optional() }).optional(),
  /** How often each piece of work failed: what ends its agent again and again is put aside. */
  tries: z.record(z.string(), z.int()),
});

/** What a daemon must know of a helper to go on with it after a crash. */
export interface HelperRecord {
  readonly plan: HelperPlan;
  readonly life: string;
  readonly spawnedAtMs: number;
  readonly isTaskDone: boolean;
  /** By which its program resumes. */
  readonly sessionId: string | undefined;
  /** Whether a turn of that session has ended, and so told it who it is. @default false: it is told, once more at worst */
  readonly isIntroduced?: boolean;
  /** What came of work, by that work's key: kept before it is handed over, and until then. @default nothing waits */
  readonly result?: { readonly of: string; readonly text: string } | undefined;
  /** What is in the books of that session already, where its program counts on: `AgentSession.counted`. */
  readonly counted?: AgentUsage | undefined;
  readonly tries: Readonly<Record<string, number>>;
}

/** Helpers that have not ended: a file for each, mode 0600, replaced in one step. */
export interface HelperRecords {
  /** All that can be read, the oldest first; of the others why not. */
  all(): Promise<{ readonly records: readonly HelperRecord[]; readonly damaged: readonly PleiadError[] }>;
  write(record: HelperRecord): Promise<void>;
  remove(plan: Pick<HelperPlan, "cluster" | "name">): Promise<void>;
}

export function createHelperRecords(options: { readonly folder: string }): HelperRecords {
  const { folder } = options;
  const pathOf = ({ cluster, name }: Pick<HelperPlan, "cluster" | "name">) =>
    join(folder, `${cluster}-${name}.json`);

  return {
    async all() {
      const names = await namesIn(folder);
      const read = await Promise.allSettled(names.map((name) => parse(join(folder, name))));
      const records = read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const damaged = read.flatMap((one) => {
        if (one.status === "fulfilled") return [];
        if (one.reason instanceof PleiadError) return [one.reason];
        throw one.reason;
      });
      return {
        records: records.toSorted((a, b) => a.spawnedAtMs - b.spawnedAtMs || (a.life < b.life ? -1 : 1)),
        damaged,
      };
    },
    async write(record) {
      await makeFolder(folder);
      await writeFileAtomic(pathOf(record.plan), `${JSON.stringify(fileOf(record))}\n`);
    },
    remove: (plan) => removeIfThere(pathOf(plan)),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    // Half-written files of a crash begin with a dot.
    return (await readdir(folder)).filter((name) => /^\d+-[a-z0-9-]+\.json$/.test(name));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function parse(path: string): Promise<HelperRecord> {
  const parsed = recordSchema.safeParse(jsonOf(await readFile(path, "utf8")));
  if (!parsed.success) {
    throw new PleiadError(`the helper's record at ${path} is damaged`, {
      code: "HELPER_RECORD_DAMAGED",
      hint: "remove the file, and spawn the helper again",
      details: { path },
      cause: parsed.error,
    });
  }
  const { cluster, name, role, goal, service, user, by, ...given } = parsed.data;
  const { task, attachments, project, budget, family, ...rest } = given;
  return {
    plan: {
      cluster: BigInt(cluster),
      name,
      role,
      goal,
      service,
      user,
      ...(by === undefined ? {} : { by }),
      ...(task === undefined ? {} : { task }),
      ...(project === undefined ? {} : { project }),
      ...(budget === undefined ? {} : { budget }),
      ...(family === undefined
        ? {}
        : {
            family: family.map(({ agent, budget: given }) => ({
              agent,
              ...(given === undefined ? {} : { budget: given }),
            })),
          }),
      ...(attachments === undefined
        ? {}
        : {
            attachments: attachments.map(({ base64, ...file }) => ({
              ...file,
              bytes: new Uint8Array(Buffer.from(base64, "base64")),
            })),
          }),
    },
    life: rest.life,
    spawnedAtMs: rest.spawnedAtMs,
    isTaskDone: rest.isTaskDone,
    sessionId: rest.sessionId,
    ...(rest.isIntroduced === undefined ? {} : { isIntroduced: rest.isIntroduced }),
    ...(rest.result === undefined ? {} : { result: rest.result }),
    ...(rest.counted === undefined ? {} : { counted: countsOf(rest.counted) }),
    tries: rest.tries,
  };
}

function countsOf({
  inputTokens,
  outputTokens,
}: NonNullable<z.output<typeof recordSchema>["counted"]>): AgentUsage {
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}

function fileOf({ plan, ...rest }: HelperRecord): z.input<typeof recordSchema> {
  const { cluster, attachments, family, ...plain } = plan;
  return {
    ...plain,
    cluster: String(cluster),
    ...(family === undefined ? {} : { family: [...family] }),
    ...(attachments === undefined
      ? {}
      : {
          attachments: attachments.map(({ bytes, ...file }) => ({
            ...file,
            base64: Buffer.from(bytes).toString("base64"),
          })),
        }),
    ...rest,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
