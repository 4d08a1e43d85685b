/** What an agent's processes may take. */
export interface RunLimits {
  /** All processes of a run together, in bytes. */
  readonly memoryBytesMax: number;
  readonly processesMax: number;
  /** What its private folder may hold, in bytes. */
  readonly folderBytesMax: number;
}
/** A folder that outlives the run which writes to it: a home, a work folder, a copy of a project. */
export interface KeptFolder {
  /** Absolute. */
  readonly path: string;
  /** What it may hold, in bytes on the disk. */
  readonly bytesMax: number;
  /** What it is, as part of a sentence: "its copy of the project". */
  readonly what: string;
  /** The key of the configuration that bounds it, for whoever reads that it is full. */
  readonly key: string;
}
/** A limit that was passed, and by how much. */
export interface Exceeded {
  readonly limit: "memory" | "processes" | "folder" | "files";
  /** What was found: bytes, processes, or files. */
  readonly found: number;
  /** Of a folder that is kept: which. */
  readonly kept?: Omit<KeptFolder, "path"> | undefined;
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
  /** @default none */
  readonly kept?: readonly KeptFolder[];
  readonly limits: RunLimits;
  readonly layers: number;
}): Watch;
export function membersIn(
  listing: string,
  pid: number,
  tagged: readonly number[],
): Map<number, { readonly parent: number; readonly group: number; readonly anonymous: number; readonly shared: number }>;
