import type { Exceeded, KeptFolder } from "./watch.mjs";
export const FOLDER_ENTRIES_MAX: number;
export function createMeasure(options: {
  readonly path: string;
  readonly bytesMax: number;
  /** Of a folder that outlives the run: what is told of it. */
  readonly kept?: Omit<KeptFolder, "path">;
  /** @default FOLDER_ENTRIES_MAX */
  readonly entriesMax?: number;
}): (deadline: number) => Exceeded | undefined;
