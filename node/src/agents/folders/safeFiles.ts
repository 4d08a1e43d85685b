import { type BigIntStats, constants } from "node:fs";
import { lstat, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errnoOf, PRIVATE_FILE_MODE } from "../../config/files.ts";

/** Names that cannot be: of a file that is not there, or whose way leads through something that is no folder. */
const ABSENT = new Set(["ENOENT", "ENOTDIR"]);

/** A file, a link or a folder as it is itself; undefined when it is not there. */
export async function lookAt(path: string | Buffer): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (ABSENT.has(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

/**
 * The content of a plain file, no symbolic link; undefined when there is none.
 *
 * @param options.followLink for what is shown to nobody. @default false
 * @throws Error with code EFBIG when it is larger, ELOOP when it is a link, EINVAL when it is something else
 */
export async function readPlain(
  path: string,
  bytesMax: number,
  options: { readonly followLink?: boolean } = {},
): Promise<Buffer | undefined> {
  const link = options.followLink === true ? 0 : constants.O_NOFOLLOW;
  try {
    // Not blocking: a pipe with that name must not hold up the daemon.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | link);
    const stat = await file.stat();
    if (!stat.isFile()) throw systemLike("EINVAL", path);
    if (stat.size > bytesMax) throw systemLike("EFBIG", path);
    return await file.readFile();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether every folder on the way from `top` to `path` (relative, with `/`) is a folder, and no link. */
export async function isPlainWay(top: string, path: string): Promise<boolean> {
  const parts = path.split("/").slice(0, -1);
  let at = top;
  for (const part of parts) {
    at = join(at, part);
    const stat = await lookAt(at);
    if (stat === undefined) return true;
    if (!stat.isDirectory()) return false;
  }
  return true;
}

/** Writes a file of secrets below `top`, on a way without links; one that is there is replaced, a link not followed. */
export async function writePrivate(top: string, path: string, content: Uint8Array): Promise<void> {
  const target = join(top, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  await using file = await open(target, flags, PRIVATE_FILE_MODE);
  // The mode counts for a new file alone.
  await file.chmod(PRIVATE_FILE_MODE);
  await file.writeFile(content);
}

function systemLike(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: "read" });
}
