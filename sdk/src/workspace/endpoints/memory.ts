import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  MEMORIES_PER_LIST_DEFAULT,
  MEMORIES_PER_LIST_MAX,
  MEMORY_BYTES_MAX,
  QUERY_BYTES_MAX,
  RECALLED_DEFAULT,
  RECALLED_MAX,
  TAGS_MAX,
} from "../limits.ts";
import {
  count,
  doneSchema,
  entryId,
  entryIdSchema,
  list,
  partySchema,
  requestId,
  text,
  timeSchema,
  word,
} from "../schemas/common.ts";

const tags = list(word(48, "1 to 48 of a-z 0-9 . _ -"), TAGS_MAX).optional();

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
  input: z.strictObject({ text: text(MEMORY_BYTES_MAX, "One fact."), tags, requestId }),
  output: z.object({ memory: memorySchema }),
});

/** Not a `GET`: a question belongs into no address and no log of addresses. */
export const RECALL = defineEndpoint({
  name: "recall",
  method: "POST",
  isForViewers: true,
  path: "memory/recall",
  summary: "Find what was remembered",
  input: z.strictObject({
    query: text(QUERY_BYTES_MAX, "What you look for, in words."),
    tags,
    limit: count(RECALLED_MAX, `How many at most; ${RECALLED_DEFAULT} when left out.`).optional(),
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

/** For people who look at what there is; a model asks for what it needs. */
export const LIST_MEMORIES = defineEndpoint({
  name: "list_memories",
  method: "GET",
  isTool: false,
  path: "memory",
  summary: "List what was remembered, newest first",
  input: z.strictObject({
    before: entryId("Only what is older than this memory.").optional(),
    limit: count(
      MEMORIES_PER_LIST_MAX,
      `How many at most; ${MEMORIES_PER_LIST_DEFAULT} when left out.`,
    ).optional(),
  }),
  output: z.object({
    memories: z.array(memorySchema),
    total: z.int(),
    hasEarlier: z.boolean(),
  }),
});
