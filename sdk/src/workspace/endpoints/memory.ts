import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  count,
  doneSchema,
  entryId,
  entryIdSchema,
  partySchema,
  requestId,
  text,
  timeSchema,
  WORKSPACE_ITEMS_MAX,
  word,
} from "../schemas/common.ts";

const tags = z.array(word("1 to 48 of a-z 0-9 . _ -")).max(WORKSPACE_ITEMS_MAX).optional();

const memorySchema = z.object({
  id: entryIdSchema,
  text: z.string(),
  tags: z.array(z.string()),
  author: partySchema,
  rememberedAtMs: timeSchema,
  scope: z.enum(["cluster", "agent"]),
});

export const REMEMBER = defineEndpoint({
  name: "remember",
  method: "POST",
  path: "memory",
  summary: "Keep a fact for later",
  input: z.strictObject({ text: text("One fact, at most 8 KiB."), tags, requestId }),
  output: z.object({ memory: memorySchema }),
});

/** Not a `GET`: a question belongs into no address and no log of addresses. */
export const RECALL = defineEndpoint({
  name: "recall",
  method: "POST",
  path: "memory/recall",
  summary: "Find what was remembered",
  input: z.strictObject({
    query: text("What you look for, in words; at most 2 KiB."),
    tags,
    limit: count(50, "How many at most; 10 when left out.").optional(),
  }),
  output: z.object({
    memories: z.array(memorySchema.extend({ score: z.number() })),
    vectors: z.enum(["used", "off", "failed"]),
  }),
});

export const FORGET = defineEndpoint({
  name: "forget",
  method: "POST",
  path: "memory/forget",
  summary: "Forget something remembered",
  input: z.strictObject({ id: entryId("Id of the memory.") }),
  output: doneSchema,
});
