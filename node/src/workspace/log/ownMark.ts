import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../config/files.ts";

/**
 * How far this node's own feed has come, in a file outside the database, written before an entry leaves: LevelDB may lose the
 * end of a damaged log without a word, and a node that then wrote its numbers a second time would fork its own feed.
 */
export interface OwnMark {
  /** What was written last; undefined where there is nothing that can be read. */
  readonly last: OwnPosition | undefined;
  /** In the file when this answers; the system may flush it later. */
  write(position: OwnPosition): Promise<void>;
  close(): Promise<void>;
}

export interface OwnPosition {
  readonly generation: number;
  readonly sequence: number;
}

const TEXT = /^(\d{16}) (\d{16})\n$/;

/** @param options.folder where the marks of a node lie; made when it is not there */
export async function openOwnMark(options: {
  readonly folder: string;
  readonly cluster: bigint;
}): Promise<OwnMark> {
  await makeFolder(options.folder);
  const file = await openOrMake(join(options.folder, `${options.cluster}.mark`));
  const text = (await file.readFile()).toString("latin1");
  const [, generation, sequence] = TEXT.exec(text) ?? [];
  const isRead = generation !== undefined && sequence !== undefined;
  return {
    last: isRead ? { generation: Number(generation), sequence: Number(sequence) } : undefined,
    async write(position) {
      const line = `${padded(position.generation)} ${padded(position.sequence)}\n`;
      await file.write(line, 0, "latin1");
    },
    close: () => file.close(),
  };
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(path, "w+", 0o600);
  }
}

function padded(value: number): string {
  return String(value).padStart(16, "0");
}
