import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import {
  ACKS_PER_CALL_MAX,
  DUE_SECONDS_MAX,
  MESSAGES_PER_READ_DEFAULT,
  MESSAGES_PER_READ_MAX,
  NAME_CHARS_MAX,
  TEXT_BYTES_MAX,
} from "../limits.ts";
import {
  count,
  doneSchema,
  entryId,
  entryIdSchema,
  inboxSchema,
  list,
  partySchema,
  requestId,
  text,
  timeSchema,
  word,
} from "../schemas/common.ts";

export const topicName = word(48, "1 to 48 of a-z 0-9 . _ -");

const destinationSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("direct"),
    to: word(NAME_CHARS_MAX, "Name from list_agents; `name@node` where two nodes have such a helper."),
  }),
  z.strictObject({ kind: z.literal("broadcast") }),
  z.strictObject({ kind: z.literal("topic"), topic: topicName }),
]);

export const messageSchema = z.object({
  id: entryIdSchema,
  from: partySchema,
  destination: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("direct"), to: z.string() }),
    z.object({ kind: z.literal("broadcast") }),
    z.object({ kind: z.literal("topic"), topic: z.string() }),
  ]),
  text: z.string(),
  thread: entryIdSchema,
  replyTo: entryIdSchema.optional(),
  queuedAtMs: timeSchema,
  dueAtMs: timeSchema.optional(),
  isOverdue: z.boolean(),
  receipts: z.array(
    z.object({
      recipient: partySchema,
      deliveredAtMs: timeSchema.optional(),
      acknowledgedAtMs: timeSchema.optional(),
    }),
  ),
});

export const SEND_MESSAGE = defineEndpoint({
  name: "send_message",
  method: "POST",
  path: "messages",
  summary: "Send a message to one, to all, or to a topic's subscribers",
  input: z.strictObject({
    destination: destinationSchema,
    text: text(TEXT_BYTES_MAX, "What is longer belongs into a file."),
    replyTo: entryId("Id of the message that this one answers.").optional(),
    dueInSeconds: count(
      DUE_SECONDS_MAX,
      `Within which it should be acknowledged, at most ${DUE_SECONDS_MAX}.`,
    ).optional(),
    requestId,
  }),
  output: z.object({ message: messageSchema }),
});

/** Not a `GET`: what it hands over counts as delivered, unless the token only views. */
export const READ_MESSAGES = defineEndpoint({
  name: "read_messages",
  method: "POST",
  isForViewers: true,
  path: "messages/read",
  summary:
    "Read messages; those in the inbox count as delivered from then on, but to a token that may only look",
  input: z.strictObject({
    box: z
      .enum(["inbox", "all", "sent"])
      .default("inbox")
      .meta({ description: "`inbox`: not acknowledged yet; `all`: those, too; `sent`: your own." }),
    topic: topicName.optional(),
    thread: entryId("Only of the thread that begins with this message.").optional(),
    after: entryId("Only what comes after this message.").optional(),
    limit: count(
      MESSAGES_PER_READ_MAX,
      `How many at most; ${MESSAGES_PER_READ_DEFAULT} when left out.`,
    ).optional(),
  }),
  output: z.object({ messages: z.array(messageSchema) }),
});

export const ACK_MESSAGE = defineEndpoint({
  name: "ack_message",
  method: "POST",
  path: "messages/ack",
  summary: "Acknowledge messages, so that they leave the inbox",
  input: z.strictObject({ ids: list(entryId("Id of a message."), ACKS_PER_CALL_MAX) }),
  output: doneSchema,
});

export const INBOX_COUNTS = defineEndpoint({
  name: "inbox_counts",
  method: "GET",
  path: "inbox",
  summary: "Count what is in the inbox",
  input: z.strictObject({}),
  output: inboxSchema,
});

export const SUBSCRIBE_TOPIC = defineEndpoint({
  name: "subscribe_topic",
  method: "POST",
  path: "topics/subscribe",
  summary: "Get a topic's messages from now on",
  input: z.strictObject({ topic: topicName }),
  output: doneSchema,
});

export const UNSUBSCRIBE_TOPIC = defineEndpoint({
  name: "unsubscribe_topic",
  method: "POST",
  path: "topics/unsubscribe",
  summary: "Get a topic's messages no longer",
  input: z.strictObject({ topic: topicName }),
  output: doneSchema,
});

export const LIST_TOPICS = defineEndpoint({
  name: "list_topics",
  method: "GET",
  path: "topics",
  summary: "List topics with their subscribers",
  input: z.strictObject({}),
  output: z.object({ topics: z.array(z.object({ topic: z.string(), subscribers: z.array(partySchema) })) }),
});
