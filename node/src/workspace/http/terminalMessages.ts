import { z } from "zod";
import { TERMINAL_COLUMNS_MAX, TERMINAL_INPUT_CHARACTERS_MAX, TERMINAL_ROWS_MAX } from "../face/limits.ts";

/** A terminal, as lists have it. */
export const terminalSchema = z.object({
  name: z.string().meta({ description: "the agent's" }),
  kind: z.string().meta({ description: "program, or session of a driver" }),
  columns: z.int(),
  rows: z.int(),
  viewers: z.int(),
  mayType: z.boolean().meta({ description: "whether the token allows to type" }),
  state: z.enum(["running", "done"]),
  why: z.string().optional().meta({ description: "when done: finished, failed, stopped or lost" }),
  exitCode: z.int().nullable().optional(),
});

export const terminalsSchema = z.object({ terminals: z.array(terminalSchema) });

/** What stands on a terminal, without colours. */
export const terminalTextSchema = terminalSchema.extend({
  cursor: z.object({ column: z.int(), row: z.int() }),
  lines: z.array(z.string()),
});

/** What a viewer is told. */
export const terminalMessageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open"), terminal: terminalSchema }),
  z.object({
    kind: z.literal("screen"),
    columns: z.int(),
    rows: z.int(),
    data: z.string(),
    /** Characters that were shown since the last message and the viewer was not told of. */
    leftOut: z.int(),
  }),
  z.object({ kind: z.literal("output"), data: z.string() }),
  z.object({
    kind: z.literal("refused"),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    retryable: z.boolean(),
  }),
  z.object({ kind: z.literal("end"), why: z.string(), exitCode: z.int().nullable() }),
]);

export type TerminalServerMessage = z.output<typeof terminalMessageSchema>;

/** What a viewer may say. */
export const viewerMessageSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("input"), data: z.string().min(1).max(TERMINAL_INPUT_CHARACTERS_MAX) }),
  z.strictObject({
    kind: z.literal("resize"),
    columns: z.int().min(1).max(TERMINAL_COLUMNS_MAX),
    rows: z.int().min(1).max(TERMINAL_ROWS_MAX),
  }),
  /** Nothing is wanted until `resume`, which is answered with the screen as it is then. */
  z.strictObject({ kind: z.literal("pause") }),
  z.strictObject({ kind: z.literal("resume") }),
]);

export type TerminalViewerMessage = z.output<typeof viewerMessageSchema>;
