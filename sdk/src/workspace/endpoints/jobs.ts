import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  JOB_TEXT_BYTES_MAX,
  JOBS_PER_LIST_MAX,
  MESSAGES_PER_READ_DEFAULT,
  NAME_CHARS_MAX,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import {
  count,
  entryId,
  entryIdSchema,
  partySchema,
  requestId,
  text,
  timeSchema,
  word,
} from "../schemas/common.ts";
import { threadName } from "./threads.ts";

const stateSchema = z.enum(["queued", "running", "done", "failed"]);

export const jobSchema = z.object({
  id: entryIdSchema,
  spawner: partySchema,
  worker: partySchema,
  thread: z.string(),
  prompt: z.string(),
  parent: entryIdSchema.optional(),
  depth: z.int(),
  state: stateSchema,
  text: z.string().optional().meta({ description: "answer, or why it failed" }),
  spawnedAtMs: timeSchema,
  changedAtMs: timeSchema,
});

export const SPAWN_JOB = defineEndpoint({
  name: "spawn_job",
  method: "POST",
  path: "jobs",
  summary: "Hand work to another agent of the cluster",
  input: z.strictObject({
    to: word(NAME_CHARS_MAX, "Name of an agent or helper from list_agents."),
    prompt: text(TEXT_BYTES_MAX, "What it should do, complete."),
    thread: threadName,
    parent: entryId("The job that you work at; found by itself when left out.").optional(),
    requestId,
  }),
  output: z.object({ job: jobSchema }),
});

export const UPDATE_JOB = defineEndpoint({
  name: "update_job",
  method: "POST",
  path: "jobs/update",
  summary: "Say how a job stands",
  input: z.strictObject({
    job: entryId("Id of the job."),
    state: z.enum(["running", "done", "failed"]).meta({
      description: "Its worker says any of them; who spawned it may say `failed`.",
    }),
    text: text(
      JOB_TEXT_BYTES_MAX,
      "The answer, or why it failed; needed with `done` and `failed`.",
    ).optional(),
  }),
  output: z.object({ job: jobSchema }),
});

export const LIST_JOBS = defineEndpoint({
  name: "list_jobs",
  method: "GET",
  path: "jobs",
  summary: "List jobs",
  input: z.strictObject({
    whose: z.enum(["mine", "spawned", "all"]).optional().meta({
      description: "`mine`: handed to you; `spawned`: by you; all when left out.",
    }),
    state: stateSchema.optional(),
    limit: count(
      JOBS_PER_LIST_MAX,
      `How many at most; ${MESSAGES_PER_READ_DEFAULT} when left out.`,
    ).optional(),
  }),
  output: z.object({ jobs: z.array(jobSchema) }),
});
