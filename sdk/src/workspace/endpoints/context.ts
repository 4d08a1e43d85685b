import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import { CONTEXT_VALUE_BYTES_MAX, WORD_CHARS_MAX } from "../limits.ts";
import {
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

const writtenSchema = z.object({ version: entryIdSchema });

export const READ_CONTEXT = defineEndpoint({
  name: "read_context",
  method: "GET",
  path: "context",
  summary: "Read the whiteboard: one key, or all that begin alike",
  input: z.strictObject({
    key: key.optional(),
    prefix: z.string().max(WORD_CHARS_MAX).optional().meta({
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
