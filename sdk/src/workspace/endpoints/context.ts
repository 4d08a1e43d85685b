import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  CONTEXT_VALUE_BYTES_MAX,
  VERSIONS_PER_READ_DEFAULT,
  VERSIONS_PER_READ_MAX,
  WORD_CHARS_MAX,
} from "../limits.ts";
import {
  count,
  entryId,
  entryIdSchema,
  idSchema,
  partySchema,
  requestId,
  text,
  timeSchema,
  word,
} from "../schemas/common.ts";

const key = word(128, "1 to 128 of A-Z a-z 0-9 . _ : / -, as plan/step-1");

/** A value of the whiteboard. */
export const contextValueSchema = z.object({
  key: z.string(),
  value: z.string().nullable().meta({ description: "null where it was deleted" }),
  version: entryIdSchema,
  writer: partySchema,
  writtenAtMs: timeSchema,
  decidedBy: idSchema.optional(),
});

const prefix = z.string().max(WORD_CHARS_MAX).optional();

/** Which versions of something are meant, newest first. */
export const versionsInput = {
  before: entryId("Only versions older than this one.").optional(),
  limit: count(
    VERSIONS_PER_READ_MAX,
    `How many at most; ${VERSIONS_PER_READ_DEFAULT} when left out.`,
  ).optional(),
};

/** What an answer with versions says besides them. */
export const versionsRest = {
  hasEarlier: z.boolean().meta({ description: "whether older ones are kept than those that are here" }),
  isWhole: z.boolean().meta({
    description: "false where a node has written so much that it may no longer keep the oldest",
  }),
};

const writtenSchema = z.object({ version: entryIdSchema });

export const READ_CONTEXT = defineEndpoint({
  name: "read_context",
  method: "GET",
  path: "context",
  summary: "Read the whiteboard: one key, or all that begin alike",
  input: z.strictObject({
    key: key.optional(),
    prefix: prefix.meta({
      description: "All keys that begin so; all keys when key and prefix are left out.",
      maxLength: 128,
    }),
    history: z.boolean().optional().meta({ description: "With `key`: earlier versions too, newest first." }),
  }),
  output: z.object({ values: z.array(contextValueSchema) }),
});

export const WRITE_CONTEXT = defineEndpoint({
  name: "write_context",
  method: "POST",
  path: "context",
  summary: "Write a value of the whiteboard",
  input: z.strictObject({
    key,
    value: text(CONTEXT_VALUE_BYTES_MAX, "Text."),
    ifVersion: entryId("Write only if this version stands; null: only if there is no value.")
      .nullable()
      .optional(),
    requestId,
  }),
  output: writtenSchema,
});

export const DELETE_CONTEXT = defineEndpoint({
  name: "delete_context",
  method: "POST",
  path: "context/delete",
  summary: "Delete a value of the whiteboard",
  input: z.strictObject({
    key,
    ifVersion: entryId("Delete only if this version stands.").optional(),
    requestId,
  }),
  output: writtenSchema,
});

/** For people who look at a whiteboard: its values may be 64 MiB, its keys are some hundred kB. */
export const LIST_CONTEXT = defineEndpoint({
  name: "list_context",
  method: "GET",
  isTool: false,
  path: "context/keys",
  summary: "List the keys of the whiteboard without their values",
  input: z.strictObject({
    prefix: prefix.meta({ description: "All keys that begin so; all keys when left out.", maxLength: 128 }),
  }),
  output: z.object({
    keys: z.array(
      contextValueSchema
        .omit({ value: true })
        .extend({ bytes: z.int().meta({ description: "of the value, in UTF-8" }) }),
    ),
  }),
});

/** For people who ask how a value came to be. Also of a key that was deleted. */
export const READ_CONTEXT_HISTORY = defineEndpoint({
  name: "read_context_history",
  method: "GET",
  isTool: false,
  path: "context/history",
  summary: "Read the versions of a key of the whiteboard, newest first",
  input: z.strictObject({ key, ...versionsInput }),
  output: z.object({ versions: z.array(contextValueSchema), ...versionsRest }),
});
