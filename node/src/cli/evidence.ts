import type { SignedStatement } from "@pleiad/sdk/actions/proveEquivocation";
import type { Hex } from "viem";
import { z } from "zod";
import { cliError } from "./cliError.ts";

/** The file that shows that a node signed two answers for one context. */

/** Names the form of the file; another form gets another name. */
export const EVIDENCE_FORMAT = "pleiad-equivocation-1";
/** Two completions and two signatures have less than two thousand bytes. */
export const EVIDENCE_BYTES_MAX = 16_384;

const hash = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value),
  "expected 32 bytes in hex",
);
const signature = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x(?:[0-9a-f]{128}|[0-9a-f]{130})$/i.test(value),
  "expected 64 or 65 bytes in hex",
);
/** Ids and amounts as decimal digits, as JSON's numbers end at 2^53. */
const whole = z
  .string()
  .regex(/^\d{1,78}$/, "expected a whole number in quotes")
  .transform((text) => BigInt(text));

const statement = z.strictObject({
  completion: z.strictObject({
    execution: whole,
    task: z.int().nonnegative().max(65_535),
    contextHash: hash,
    outputDigest: hash,
    evidenceDigest: hash,
    node: whole,
    tip: whole,
  }),
  signature,
});

const schema = z.strictObject({ format: z.literal(EVIDENCE_FORMAT), a: statement, b: statement });

/** Reads such a file. @throws PleiadError EVIDENCE_INVALID, naming each wrong key */
export function parseEvidence(text: string): { readonly a: SignedStatement; readonly b: SignedStatement } {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "file"}: ${message}`);
  throw cliError("EVIDENCE_INVALID", `not two signed completions: ${mistakes.join("; ")}`, {
    details: { mistakes },
  });
}

/** What is no JSON is no object either, which the schema says. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
