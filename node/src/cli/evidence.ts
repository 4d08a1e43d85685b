import type { SignedStatement } from "@pleiad/sdk/actions/proveEquivocation";
import type { Hex } from "viem";
import { z } from "zod";
import { cliError } from "./cliError.ts";
import { hashField, jsonOf, mistakesOf, wholeField } from "./fileFields.ts";

/** The file that shows that a node signed two answers for one context. */

/** Names the form of the file; another form gets another name. */
export const EVIDENCE_FORMAT = "pleiad-equivocation-1";
/** Two completions and two signatures have less than two thousand bytes. */
export const EVIDENCE_BYTES_MAX = 16_384;

const signature = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x(?:[0-9a-f]{128}|[0-9a-f]{130})$/i.test(value),
  "expected 64 or 65 bytes in hex",
);
const statement = z.strictObject({
  completion: z.strictObject({
    execution: wholeField,
    task: z.int().nonnegative().max(65_535),
    contextHash: hashField,
    outputDigest: hashField,
    evidenceDigest: hashField,
    node: wholeField,
    tip: wholeField,
  }),
  signature,
});

const schema = z.strictObject({ format: z.literal(EVIDENCE_FORMAT), a: statement, b: statement });

/** Reads such a file. @throws PleiadError EVIDENCE_INVALID, naming each wrong key */
export function parseEvidence(text: string): { readonly a: SignedStatement; readonly b: SignedStatement } {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const mistakes = mistakesOf(parsed.error);
  throw cliError("EVIDENCE_INVALID", `not two signed completions: ${mistakes.join("; ")}`, {
    details: { mistakes },
  });
}
