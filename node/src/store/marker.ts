import { z } from "zod";
import { writeFileAtomic } from "../config/files.ts";
import { toStoreError } from "./errors.ts";
import { readFactsFile } from "./factsFile.ts";

/** Name of the marker in the data folder. */
export const MARKER_FILE = "history.json";

const markerSchema = z.object({
  about: z.string(),
  schemaVersion: z.number().int().nonnegative(),
  /**
   * `expected`: a missing or empty database is a loss. `set-aside`: the next opening makes a new one. `restoring`: a
   * restore was begun and has not ended.
   */
  database: z.enum(["expected", "set-aside", "restoring"]),
  /** The last write when the store was last opened or closed. */
  sequence: z.number().int().nonnegative(),
  /** How many signings there were then. */
  signings: z.number().int().nonnegative(),
  openings: z.number().int().nonnegative(),
});

/** What `history.json` says: that this data folder has a history, and how much of it. */
export type Marker = z.infer<typeof markerSchema>;

/** A line for whoever finds the file. */
export const MARKER_ABOUT =
  "This data folder has a history. Without this file a lost database would look like a first start.";

/** Reads the marker; undefined when there is none. @throws STORE_DAMAGED, STORE_IO */
export function readMarker(path: string): Promise<Marker | undefined> {
  return readFactsFile(path, MARKER_FILE, markerSchema);
}

/** Replaces the marker, flushed. @throws STORE_FULL, STORE_IO */
export async function writeMarker(path: string, marker: Marker): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(marker, undefined, 2)}\n`);
  } catch (error) {
    throw toStoreError(error, path);
  }
}
