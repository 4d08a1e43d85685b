import { plural } from "../../text/amounts.ts";

/** A file that goes with a task. */
export interface TaskFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface FileBounds {
  readonly filesMax: number;
  readonly fileBytesMax: number;
  readonly filesBytesMax: number;
}

const NAME_CHARACTERS_MAX = 255;

/** Why files cannot go with a task, before anything is sent; undefined where they can. */
export function whyTooMuch(
  files: readonly { readonly name: string; readonly size: number }[],
  { filesMax, fileBytesMax, filesBytesMax }: FileBounds,
): string | undefined {
  if (files.length > filesMax) return `At most ${plural(filesMax, "file")} go with a task.`;
  const large = files.find(({ size }) => size > fileBytesMax);
  if (large !== undefined)
    return `${large.name} has ${sizeText(large.size)}, a file may have ${sizeText(fileBytesMax)}. Put what is large into the project.`;
  const sum = files.reduce((total, { size }) => total + size, 0);
  if (sum > filesBytesMax)
    return `The files have ${sizeText(sum)} together, at most ${sizeText(filesBytesMax)} go with a task.`;
  return undefined;
}

/** A name that no other has: pictures that are pasted are all called the same. */
export function freeName(name: string, taken: readonly string[]): string {
  const given = name.slice(0, NAME_CHARACTERS_MAX - 8) || "file";
  const dot = given.lastIndexOf(".");
  const [stem, ending] = dot <= 0 ? [given, ""] : [given.slice(0, dot), given.slice(dot)];
  let free = given;
  for (let count = 2; taken.includes(free); count += 1) free = `${stem}-${count}${ending}`;
  return free;
}

export function sizeText(bytes: number): string {
  if (bytes < 1_024) return plural(bytes, "byte");
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(bytes < 10_240 ? 1 : 0)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
