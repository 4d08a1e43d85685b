import type { Content } from "../types/content.ts";

/** The bytes of a content. */
export function bytesOf(content: Content): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** Text of bytes that somebody else wrote: what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8").decode(bytes);
}
