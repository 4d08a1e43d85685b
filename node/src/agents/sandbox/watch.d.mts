/** What an agent's processes may take. */
export interface RunLimits {
  /** All processes of a run together, in bytes. */
  readonly memoryBytesMax: number;
  readonly processesMax: number;
  /** What its private folder may hold, in bytes. */
  readonly folderBytesMax: number;
}
/** A limit that was passed, and by how much. */
export interface Exceeded {
  readonly limit: "memory" | "processes" | "folder";
  /** What was found: bytes, or processes. */
  readonly found: number;
}
export interface Watch {
  /** The first limit that is passed now, if any. */
  look(): Exceeded | undefined;
  killAll(): void;
  programPids(): number[];
}
export const WATCH_MS: number;
export function createWatch(options: {
  readonly pid: number;
  readonly tag: string;
  readonly folder: string;
  readonly limits: RunLimits;
  readonly layers: number;
}): Watch;
export function membersIn(
  listing: string,
  pid: number,
  tagged: readonly number[],
): Map<number, { readonly parent: number; readonly group: number; readonly anonymous: number; readonly shared: number }>;
