/** Bytes, or text that is taken as UTF-8. */
export type Content = string | Uint8Array;
