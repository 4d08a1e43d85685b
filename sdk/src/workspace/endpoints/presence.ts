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
  }),
  output: z.object({ agent: partySchema }),
});

export const END_AGENT = defineEndpoint({
  name: "end_agent",
  method: "POST",
  path: "agents/end",
  summary: "End a helper of this node",
  input: z.strictObject({ name: word(31, "The helper's name.") }),
  output: doneSchema,
});
