import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import { CAPABILITIES_MAX, LINE_CHARS_MAX, TEXT_BYTES_MAX } from "../limits.ts";
import {
  doneSchema,
  entryIdSchema,
  idSchema,
  inboxSchema,
  line,
  list,
  partySchema,
  text,
  timeSchema,
  word,
} from "../schemas/common.ts";

const stateSchema = z.enum(["spawning", "running", "done"]);

const memberSchema = partySchema.extend({
  role: z.string().optional(),
  capabilities: z.array(z.string()),
  state: stateSchema.optional(),
  note: z.string().optional(),
  lastSeenMs: timeSchema.optional(),
  isAlive: z.boolean(),
  spawnedBy: partySchema.optional(),
  program: z
    .object({
      service: z.string(),
      state: z
        .enum(["spawning", "waiting", "working", "asking", "done"])
        .meta({ description: "asking: it works, and waits for a person's answer to what it asks leave for" }),
      note: z.string(),
      turns: z.int(),
      restarts: z.int(),
      sinceMs: timeSchema.meta({ description: "since when it is in that state, Unix milliseconds" }),
      task: z.string().optional().meta({ description: "how the task begins that it was spawned with" }),
      project: z.string().optional(),
    })
    .meta({ description: "of a helper of this node: what runs it, and what it is at" })
    .optional(),
});

/** Files that go with a task: as many as a person drags into a window. */
export const TASK_FILES_MAX = 16;

const fileSchema = z.strictObject({
  name: word(255, "The file's name, without folders."),
  mediaType: word(255, "For example image/png or text/plain."),
  digest: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, { error: "expected 0x and 64 digits of 0-9 a-f" })
    .meta({ description: "keccak256 of the bytes, which POST /blobs took before" }),
});

export const REGISTER_AGENT = defineEndpoint({
  name: "register_agent",
  method: "POST",
  path: "register",
  summary: "Say that this agent runs, and learn who and where it is",
  input: z.strictObject({
    role: line("What you do.").optional(),
    capabilities: list(
      word(LINE_CHARS_MAX, "A word for something that you can do."),
      CAPABILITIES_MAX,
    ).optional(),
  }),
  output: z.object({
    cluster: idSchema,
    self: partySchema,
    user: z.string().meta({ description: "on whose behalf: whose memory and threads are seen" }),
    rulesVersion: entryIdSchema.nullable(),
    inbox: inboxSchema,
  }),
});

export const PING = defineEndpoint({
  name: "ping",
  method: "POST",
  path: "ping",
  summary: "Give a sign of life",
  input: z.strictObject({
    state: stateSchema.default("running").meta({ description: "`done` when your work is over." }),
    note: line("What you are at.").optional(),
  }),
  output: z.object({ inbox: inboxSchema, rulesVersion: entryIdSchema.nullable() }),
});

export const LIST_AGENTS = defineEndpoint({
  name: "list_agents",
  method: "GET",
  path: "agents",
  summary: "List who takes part in the cluster",
  input: z.strictObject({}),
  output: z.object({ agents: z.array(memberSchema) }),
});

export const SPAWN_AGENT = defineEndpoint({
  name: "spawn_agent",
  method: "POST",
  path: "agents",
  summary: "Start a helper on this node",
  input: z.strictObject({
    name: word(31, "Lower-case letters, digits and hyphens, at most 31."),
    role: line("What it is."),
    goal: text(TEXT_BYTES_MAX, "What it should achieve, complete: it knows nothing else of your work."),
    service: word(LINE_CHARS_MAX, "A service that this node's operator configured.").optional(),
    task: text(
      TEXT_BYTES_MAX,
      "What it does first; its result comes to you as a message. Needs `service`.",
    ).optional(),
    project: word(
      64,
      "A project that this node's operator offers: it works in a copy of its own. Needs `service`.",
    ).optional(),
    budget: word(
      16,
      'What it may cost in all, as text: "12.50"; at most what is left of your own budget, and part of it. Needs `service`.',
    ).optional(),
    files: z.array(fileSchema).max(TASK_FILES_MAX).optional().meta({ description: "files for the task" }),
  }),
  output: z.object({ agent: partySchema }),
});

export const RESTART_AGENT = defineEndpoint({
  name: "restart_agent",
  method: "POST",
  path: "agents/restart",
  summary: "Start the program of a helper of this node again",
  input: z.strictObject({ name: word(31, "The helper's name.") }),
  output: doneSchema,
});

export const END_AGENT = defineEndpoint({
  name: "end_agent",
  method: "POST",
  path: "agents/end",
  summary: "End a helper of this node",
  input: z.strictObject({ name: word(31, "The helper's name.") }),
  output: doneSchema,
});
