import { z } from "zod";
import { defineEndpoint } from "../endpoint.ts";
import { MESSAGES_PER_READ_DEFAULT, MESSAGES_PER_READ_MAX, NAME_CHARS_MAX } from "../limits.ts";
import { count, entryId, partySchema, word } from "../schemas/common.ts";
import { messageSchema, topicName } from "./messages.ts";

/**
 * For people who look on: all that the cluster's operator and owner may see, for others what they sent and got. Nothing counts as
 * delivered by it.
 */
export const READ_FEED = defineEndpoint({
  name: "read_feed",
  method: "GET",
  isTool: false,
  path: "messages/feed",
  summary: "Read what was said in the cluster, as far as it is yours to see, without a trace",
  input: z.strictObject({
    box: z.enum(["inbox", "all", "sent"]).optional().meta({
      description:
        "`inbox`: for you and not acknowledged; `all`: for you; `sent`: by you; everything when left out.",
    }),
    agent: word(NAME_CHARS_MAX, "Only what this one sent, or got by its name: a name or an id.").optional(),
    topic: topicName.optional(),
    thread: entryId("Only of the thread that begins with this message.").optional(),
    at: entryId("A message to go on from; the end when left out.").optional(),
    direction: z.enum(["before", "after", "around"]).default("before").meta({
      description: "From `at`: those before it, those after it, or it with those on both sides.",
    }),
    limit: count(
      MESSAGES_PER_READ_MAX,
      `How many at most; ${MESSAGES_PER_READ_DEFAULT} when left out.`,
    ).optional(),
  }),
  output: z.object({
    self: partySchema.meta({ description: "who asks" }),
    messages: z.array(
      messageSchema.extend({
        isForReader: z.boolean().meta({ description: "whether it is for who asks, to acknowledge" }),
      }),
    ),
    total: z.int().meta({ description: "of all that fit, also those that are not here" }),
    hasEarlier: z.boolean(),
    hasLater: z.boolean(),
    isWhole: z.boolean().meta({
      description: "false where a node has said so much that it may no longer keep the oldest",
    }),
  }),
});
