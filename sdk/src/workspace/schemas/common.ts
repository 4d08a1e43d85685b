import type { Hex } from "viem";
import { z } from "zod";

/**
 * Characters of a text that is looked at at all: as many as a log's largest entry has bytes. The node that gets it says
 * which bound a text of its kind has.
 */
export const WORKSPACE_TEXT_CHARS_MAX = 65_536;
/** Names, keys, topics and notes: the longest of them, an address of a file, has as many. */
export const WORKSPACE_WORD_CHARS_MAX = 512;
/** Items of a list that is looked at at all: the longest that any operation takes has 200. */
export const WORKSPACE_ITEMS_MAX = 256;

/** Id of an entry of the log: of a message, a version, a memory, a job or a reservation. */
export const entryId = (description: string) =>
  z
    .string()
    .regex(/^0x[0-9a-f]{64}$/, { error: "expected 0x and 64 digits of 0-9 a-f" })
    .meta({ description }) as unknown as z.ZodType<Hex, Hex>;

/** An id as the daemon writes it. */
export const entryIdSchema = entryId("0x and 64 hex digits");

/** A cluster, node or agent by its number, as digits: a number of JSON would lose the last ones. */
export const idSchema = z
  .string()
  .regex(/^\d{1,78}$/, { error: "expected a whole number as digits" })
  .meta({ description: "a whole number as digits" });

export const text = (description: string) =>
  z
    .string()
    .max(WORKSPACE_TEXT_CHARS_MAX, `longer than ${WORKSPACE_TEXT_CHARS_MAX} characters`)
    .meta({ description });
export const word = (description: string) =>
  z.string().min(1).max(WORKSPACE_WORD_CHARS_MAX).meta({ description });
export const count = (max: number, description: string) => z.int().min(1).max(max).meta({ description });

/** What a call carries that may be repeated after a lost answer. */
export const requestId = word(
  "The same for each try of one call, so that it is done once: 1 to 64 of A-Z a-z 0-9 . _ : -",
).optional();

export const timeSchema = z.number().meta({ description: "Unix milliseconds" });

export const partySchema = z.object({
  id: z.string().meta({ description: "agent:12, helper:3/tester, user:0x… or node:3" }),
  kind: z.enum(["agent", "helper", "user", "node"]),
  name: z.string().meta({ description: "what others write as `to`" }),
  node: idSchema.optional(),
});

export const inboxSchema = z.object({
  unread: z.int().meta({ description: "not acknowledged" }),
  delivered: z.int().meta({ description: "of these, handed over already" }),
  overdue: z.int(),
});

/** An operation that says nothing but that it is done. */
export const doneSchema = z.object({ done: z.literal(true) });
