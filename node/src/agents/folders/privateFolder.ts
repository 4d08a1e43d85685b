import type { RawPath } from "./paths.ts";

/**
 * Where Pleiad keeps what it needs in a project: a network's keys, tokens, the copies themselves. Some file systems tell no
 * `.Pleiad` from a `.pleiad`.
 */
const PRIVATE = /(?:^|\/)\.pleiad(?=\/|$)/i;

/** Whether a path is such a folder, or in one, wherever in a project it lies. */
export function isPrivate(path: RawPath): boolean {
  return PRIVATE.test(path);
}

/** The topmost of such folders on a path that is in one. */
export function privateFolderOf(path: RawPath): RawPath {
  const found = PRIVATE.exec(path);
  return found === null ? path : path.slice(0, found.index + found[0].length);
}
