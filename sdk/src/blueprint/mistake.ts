/** Where in the file: keys and indices from the top. */
export type KeyPath = readonly (string | number)[];

/** Something that a file says wrong, before it is known on which line. */
export interface RawMistake {
  readonly path: KeyPath;
  readonly message: string;
  /** The key itself is wrong, rather than its value. */
  readonly atKey?: boolean;
}

/** Something that a file says wrong. */
export interface BlueprintMistake {
  /** From 1, as `column`. */
  readonly line: number;
  readonly column: number;
  /** As `tasks[1].agent`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A path as people write it. */
export function pathText(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
