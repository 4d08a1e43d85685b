import { type Address, getAddress, type Hex, isAddress } from "viem";
import { z } from "zod";

/** What the files hold that people hand to one another: signed by one, brought by another. */

/** An address in any case of letters, as viem writes it. */
export const addressField = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), "expected an address")
  .transform((text): Address => getAddress(text));

/** Any number of bytes. */
export const bytesField = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x(?:[0-9a-f]{2})*$/i.test(value),
  "expected 0x and hex digits",
);

export const hashField = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value),
  "expected 32 bytes in hex",
);

/** Ids and amounts as decimal digits, as JSON's numbers end at 2^53. */
export const wholeField = z
  .string()
  .regex(/^\d{1,78}$/, "expected a whole number in quotes")
  .transform((text) => BigInt(text));

/** What a file's text is as JSON. What is none is no object either, which its schema says. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Each wrong key with what is wrong. */
export function mistakesOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => {
    // What `jsonOf` makes of a text that is no JSON.
    const isNothing = path.length === 0 && message.endsWith("received undefined");
    return isNothing ? "it is no JSON" : `${path.join(".") || "file"}: ${message}`;
  });
}
