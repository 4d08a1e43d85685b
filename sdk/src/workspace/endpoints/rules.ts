import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import { RULES_BYTES_MAX } from "../limits.ts";
import { entryId, entryIdSchema, partySchema, requestId, text, timeSchema } from "../schemas/common.ts";
import { versionsInput, versionsRest } from "./context.ts";

const rulesSchema = z.object({
  text: z.string(),
  version: entryIdSchema,
  writer: partySchema,
  writtenAtMs: timeSchema,
});

export const READ_RULES = defineEndpoint({
  name: "read_rules",
  method: "GET",
  path: "rules",
  summary: "Read the rules that all agents of the cluster share",
  input: z.strictObject({}),
  output: z.object({ rules: rulesSchema.nullable().meta({ description: "null before the first" }) }),
});

export const UPDATE_RULES = defineEndpoint({
  name: "update_rules",
  method: "POST",
  path: "rules",
  summary: "Replace the rules",
  input: z.strictObject({
    text: text(RULES_BYTES_MAX, "The whole document."),
    ifVersion: entryId("Write only if this version stands; null: only if there are none.")
      .nullable()
      .optional(),
    requestId,
  }),
  output: z.object({ rules: rulesSchema }),
});

/** For people who ask how the rules came to be. */
export const READ_RULES_HISTORY = defineEndpoint({
  name: "read_rules_history",
  method: "GET",
  isTool: false,
  path: "rules/history",
  summary: "Read the versions of the rules, newest first",
  input: z.strictObject(versionsInput),
  output: z.object({ versions: z.array(rulesSchema), ...versionsRest }),
});
