/** The words of a text as a set; `phrases` are entries that contain spaces. */
export function wordSet(words: string, phrases: readonly string[] = []): ReadonlySet<string> {
  return new Set([...words.split(/\s+/).filter((word) => word !== ""), ...phrases]);
}
