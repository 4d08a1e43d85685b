import type { Hex } from "viem";
import { z } from "zod";
import { LINE_CHARS_MAX, sizeInWords, WORD_CHARS_MAX } from "../limits.ts";

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

/** A text whose size the node holds to its bound, and names as TEXT_TOO_LONG; the schema says it beforehand. */
export const text = (bytesMax: number, description: string) =>
  z.string().meta({ description: `${description} At most ${sizeInWords(bytesMax)}.`, maxLength: bytesMax });
/** A line of a person's or a model's words: a role, a note, a reason. */
export const line = (description: string) =>
  word(LINE_CHARS_MAX, `${description} At most ${LINE_CHARS_MAX} characters.`);
/** A name, whose form and length the node checks, each kind with a code of its own. */
export const word = (charsMax: number, description: string) =>
  z.string().min(1).max(WORD_CHARS_MAX).meta({ description, maxLength: charsMax });
/** A list whose length the node holds to its bound, and names as LIST_TOO_LONG. */
export const list = <Item extends z.ZodType>(item: Item, max: number) =>
  z.array(item).meta({ maxItems: max });
export const count = (max: number, description: string) => z.int().min(1).max(max).meta({ description });

/** What a call carries that may be repeated after a lost answer. */
export const requestId = word(
  64,
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
