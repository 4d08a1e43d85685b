import { open } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf, whyUnreadable } from "./files.ts";
import { CONFIG_CHARS_MAX, CONFIG_FILE, parseConfig } from "./parse.ts";
import { configInvalid } from "./problem.ts";
import type { Config } from "./table.ts";

/** Whoever may write the file may name programs that run as this user. */
const WRITABLE_BY_ANYBODY = 0o002;

/**
 * Reads the configuration file.
 *
 * @param path the file, usually `pleiad.yaml` in the data folder
 * @throws CONFIG_MISSING, CONFIG_UNREADABLE, CONFIG_MODE (anybody may write it), CONFIG_INVALID (see `parseConfig`)
 *
 * @example
 * const config = await loadConfig("/var/lib/pleiad/pleiad.yaml");
 */
export async function loadConfig(path: string): Promise<Config> {
  return parseConfig(await readConfigText(path), path);
}

/** The text of a file of configuration. @throws as `loadConfig`, but for what stands in it */
export async function readConfigText(path: string): Promise<string> {
  try {
    await using handle = await open(path, "r");
    const { mode, size } = await handle.stat();
    if ((mode & WRITABLE_BY_ANYBODY) !== 0) {
      throw new PleiadError(`anybody may write ${path}, which names the programs that this node runs`, {
        code: "CONFIG_MODE",
        hint: `chmod o-w ${path}`,
        details: { path, mode: (mode & 0o777).toString(8) },
      });
    }
    if (size > CONFIG_CHARS_MAX) {
      const sentence = `${size} bytes are too many, expected at most ${CONFIG_CHARS_MAX}`;
      throw configInvalid(path, [{ key: "", line: undefined, sentence }]);
    }
    return await handle.readFile("utf8");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    if (errno === "ENOENT") {
      throw new PleiadError(`there is no configuration at ${path}`, {
        code: "CONFIG_MISSING",
        hint: "make one with `pleiad init` or `pleiad node init`, or name its folder",
        details: { path },
        cause: error,
      });
    }
    throw new PleiadError(`cannot read the configuration at ${path}: ${whyUnreadable(errno)}`, {
      code: "CONFIG_UNREADABLE",
      hint:
        errno === "EISDIR"
          ? `name the file in it: ${join(path, CONFIG_FILE)}`
          : "check that it is a file and that this user may read it",
      details: { path, errno },
      cause: error,
    });
  }
}
