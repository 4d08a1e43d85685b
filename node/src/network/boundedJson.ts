import { z } from "zod";
import { malformed, oversized } from "./errors.ts";
import { MESSAGE_DEPTH_MAX } from "./limits.ts";

/**
 * Parses bytes of a peer into a typed value: bounded in bytes and nesting before any parsing, strict in form.
 *
 * @param what the thing's name, for the error
 * @throws PeerInputError MESSAGE_OVERSIZED, MESSAGE_MALFORMED
 */
export function parseBounded<T>(what: string, bytes: Uint8Array, bytesMax: number, schema: z.ZodType<T>): T {
  if (bytes.length > bytesMax) throw oversized(what, bytes.length, bytesMax);
  if (depthOf(bytes) > MESSAGE_DEPTH_MAX) throw malformed(what, `it nests deeper than ${MESSAGE_DEPTH_MAX}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw malformed(what, "it is not JSON in UTF-8", error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(
    what,
    issue === undefined ? "it has another form" : `${issue.path.join(".")}: ${issue.message}`,
  );
}

/** Greatest nesting of brackets, counting also those inside strings: no field of ours holds any. */
function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  for (const byte of bytes) {
    if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

/** JSON in UTF-8, bigints as decimal strings. */
export function toJsonBytes(value: Readonly<Record<string, unknown>>): Uint8Array {
  return new TextEncoder().encode(
    JSON.stringify(value, (_key, field: unknown) => (typeof field === "bigint" ? field.toString() : field)),
  );
}

const UINT256_MAX = 2n ** 256n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

function uint(max: bigint, digitsMax: number) {
  return z
    .string()
    .max(digitsMax)
    .regex(/^(0|[1-9][0-9]*)$/)
    .transform((text) => BigInt(text))
    .refine((value) => value <= max, "too large");
}

/** A uint256 as a decimal string. */
export const uint256 = uint(UINT256_MAX, 78);
/** A uint64 as a decimal string. */
export const uint64 = uint(UINT64_MAX, 20);

/** Exactly `bytes` bytes as lower-case hex with 0x. */
export function hexOf(bytes: number) {
  return z
    .string()
    .length(2 + 2 * bytes)
    .regex(/^0x[0-9a-f]*$/)
    .transform((text) => text as `0x${string}`);
}
