import { LIST_AGENTS } from "@pleiad/sdk/workspace/endpoints/presence";
import { z } from "zod";
import { TALK_MESSAGES_DEFAULT, TALK_MESSAGES_MAX } from "../limits.ts";

/** What is told of a team to whoever runs or owns it, beside what its agents ask. */

const party = z.string().meta({ description: "agent:12, helper:3/tester, user:0x… or node:3" });
const id = z.string().meta({ description: "0x and 64 hex digits" });
const millis = z.number().meta({ description: "Unix milliseconds" });

export const talkQuery = z.strictObject({
  last: z.coerce
    .number()
    .int()
    .min(1)
    .max(TALK_MESSAGES_MAX)
    .default(TALK_MESSAGES_DEFAULT)
    .meta({ description: "of how many messages, the newest" }),
});

export const talkSchema = z.object({
  messages: z.int().meta({ description: "that were counted" }),
  pairs: z.array(
    z.object({
      from: party,
      to: party.nullable().meta({ description: "null: all of them, or a topic" }),
      messages: z.int(),
      lastId: id.meta({ description: "of its last message" }),
      lastAtMs: millis,
    }),
  ),
  said: z
    .array(
      z.object({
        by: party,
        to: party.nullable(),
        topic: z.string().optional(),
        id,
        atMs: millis,
        text: z.string().meta({ description: "how it begins" }),
      }),
    )
    .meta({ description: "of each who said something, the last" }),
});

export const aboutAgentSchema = z.object({
  agent: LIST_AGENTS.output.shape.agents.element,
  helper: z
    .object({
      goal: z.string(),
      service: z.string().optional(),
      user: z.string().meta({ description: "on whose behalf" }),
      spawnedAtMs: millis,
    })
    .nullable()
    .meta({ description: "null for an agent of the chain, whose goal its version says" }),
});
