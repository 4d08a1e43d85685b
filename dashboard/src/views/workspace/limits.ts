/** Bounds that the daemon holds what is written to: said here before it is sent. A test compares them with the SDK's. */
const KIB = 1024;
/** A message or a post. */
export const TEXT_BYTES_MAX = 16 * KIB;
/** A value of the whiteboard. */
export const CONTEXT_VALUE_BYTES_MAX = 32 * KIB;
export const RULES_BYTES_MAX = 32 * KIB;
export const MEMORY_BYTES_MAX = 8 * KIB;
export const QUERY_BYTES_MAX = 2 * KIB;
export const TAGS_MAX = 16;

/** Forms of names, as the daemon wants them. */
export const KEY_FORM = /^[A-Za-z0-9._:/-]{1,128}$/;
export const THREAD_FORM = /^[A-Za-z0-9._:-]{1,80}$/;
export const TOPIC_FORM = /^[a-z0-9._-]{1,48}$/;

/** Items of one list that the page holds: scrolled on, the other end is let go and read anew when it is wanted. */
export const WINDOW_ITEMS_MAX = 12_000;
/** Keys that a list shows at once: who looks for others narrows it. */
export const KEYS_SHOWN_MAX = 300;
/** Characters and lines of a message that are shown before it is opened: a screenful of a phone. */
export const FOLDED_CHARACTERS = 900;
export const FOLDED_LINES = 14;
/** Bytes of a binary value that are shown. */
export const HEX_BYTES_SHOWN = 2_048;
/** Drafts that the page keeps: as many as somebody may have begun. */
export const DRAFTS_MAX = 50;

const encoder = new TextEncoder();

export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
