import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import { MESSAGES_PER_READ_DEFAULT, TEXT_BYTES_MAX, THREAD_MESSAGES_PER_READ_MAX } from "../limits.ts";
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

export const threadName = word(
  80,
  "1 to 80 of A-Z a-z 0-9 . _ : -; an execution's thread is its 32 bytes on the chain in hex: 0x and 64 digits.",
);

const threadMessageSchema = z.object({
  id: entryIdSchema,
  author: partySchema,
  text: z.string(),
  postedAtMs: timeSchema,
  replyTo: entryIdSchema.optional(),
  job: entryIdSchema.optional(),
});

const threadSummarySchema = z.object({
  thread: z.string(),
  messages: z.int(),
  last: threadMessageSchema
    .pick({ id: true, author: true, postedAtMs: true })
    .extend({ text: z.string().meta({ description: "its start, as a line" }) }),
});

export const READ_THREAD = defineEndpoint({
  name: "read_thread",
  method: "GET",
  path: "thread",
  summary: "Read the last messages of a thread",
  input: z.strictObject({
    thread: threadName,
    limit: count(
      THREAD_MESSAGES_PER_READ_MAX,
      `The last so many; ${MESSAGES_PER_READ_DEFAULT} when left out.`,
    ).optional(),
    before: entryId("Only what comes before this message.").optional(),
  }),
  output: z.object({ messages: z.array(threadMessageSchema) }),
});

export const LIST_THREADS = defineEndpoint({
  name: "list_threads",
  method: "GET",
  path: "threads",
  summary: "List threads with their last message, the one last used first",
  input: z.strictObject({}),
  output: z.object({ threads: z.array(threadSummarySchema) }),
});

export const POST_TO_THREAD = defineEndpoint({
  name: "post_to_thread",
  method: "POST",
  path: "threads",
  summary: "Post to a thread",
  input: z.strictObject({
    thread: threadName,
    text: text(TEXT_BYTES_MAX, "What you say."),
    replyTo: entryId("Id of the message of that thread that this one answers.").optional(),
    requestId,
  }),
  output: z.object({ message: threadMessageSchema }),
});
