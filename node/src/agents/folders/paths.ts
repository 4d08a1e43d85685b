/**
 * A path as git gives it: bytes, as a string of one character for each. Names of files need not be text; whoever shows one
 * asks `shownPath`, whoever uses one asks `diskPath`.
 */
export type RawPath = string;

/** What git lists between NULs. */
export function rawPaths(bytes: Buffer): RawPath[] {
  return bytes.length === 0 ? [] : bytes.toString("latin1").replace(/\0$/, "").split("\0");
}

export function rawPath(text: string): RawPath {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** As text; what is none shows as �. */
export function shownPath(path: RawPath): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

export function diskPath(top: string, path: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, "latin1")]);
}

/** Paths as git reads them. */
export function gitInput(paths: readonly RawPath[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1");
}
