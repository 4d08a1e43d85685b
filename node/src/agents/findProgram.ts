import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/**
 * The path of a program: the given one if absolute, else the first of that name in the folders of `searchPath`.
 * `undefined` if there is none that this user may execute.
 */
export async function findProgram(program: string, searchPath: string): Promise<string | undefined> {
  const folders = searchPath.split(delimiter).filter((folder) => folder.startsWith("/"));
  const candidates = program.startsWith("/") ? [program] : folders.map((folder) => join(folder, program));
  for (const candidate of candidates) {
    if (await isExecutableFile(candidate)) return candidate;
  }
  return undefined;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
