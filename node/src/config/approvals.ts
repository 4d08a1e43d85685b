import { z } from "zod";

/** More rules are a program. */
export const APPROVAL_RULES_MAX = 100;
/** A command and its arguments. */
export const APPROVAL_PATTERN_CHARACTERS_MAX = 1_000;
/** A year: what is allowed for longer is allowed until it is revoked. */
export const APPROVAL_REMEMBERED_MS_MAX = 31_536_000_000;

/** What is decided without asking a person. */
export const approvalRuleSchema = z.strictObject({
  /** Name of the tool; `*` stands for any characters. */
  tool: z.string().min(1).max(200),
  /** What the tool's input (JSON text) is to be like; `*` stands for any characters. */
  pattern: z.string().max(APPROVAL_PATTERN_CHARACTERS_MAX).optional(),
  answer: z.enum(["allowOnce", "rejectOnce", "ask"]),
  /** With `ask`: how long an answer "always" of a person counts, in milliseconds; left out: until it is revoked. */
  forMs: z.int().min(1_000).max(APPROVAL_REMEMBERED_MS_MAX).optional(),
});

export type ApprovalRule = z.output<typeof approvalRuleSchema>;
export const approvalRulesSchema = z.array(approvalRuleSchema).max(APPROVAL_RULES_MAX);
