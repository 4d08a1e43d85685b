import { join } from "node:path";
import { FolderError } from "./errors.ts";
import { ENV_FILE_BYTES_MAX, ENV_FILES_MAX } from "./limits.ts";
import { isPrivate } from "./privateFolder.ts";
import { isPlainWay, readPlain, writePrivate } from "./safeFiles.ts";
import type { EnvFile } from "./types.ts";

/** What may stand for a value. */
export interface EnvValues {
  readonly agent: string;
  readonly ports: readonly number[];
}

/** @throws FolderError ENV_FILE_UNSAFE for a path that is not one inside of the project */
export function requireEnvFiles(files: readonly EnvFile[]): void {
  if (files.length > ENV_FILES_MAX) {
    throw unsafe(files[ENV_FILES_MAX]?.path ?? "", `is one of more than ${ENV_FILES_MAX}`);
  }
  for (const { path } of files) {
    const parts = path.split("/");
    const isPlain = parts.every((part) => !["", ".", ".."].includes(part) && part.toLowerCase() !== ".git");
    if (!isPlain || /[\\\p{Cc}]/u.test(path)) throw unsafe(path, "is no path inside of a project");
    if (isPrivate(path)) throw unsafe(path, "is in a folder of Pleiad's own");
  }
}

/**
 * Copies files of variables from the project into a fresh folder, mode 0600, no link followed on either side.
 *
 * @throws FolderError ENV_FILE_MISSING, ENV_FILE_UNSAFE
 */
export async function copyEnvFiles(
  files: readonly EnvFile[],
  project: string,
  tree: string,
  values: EnvValues,
): Promise<void> {
  for (const { path, set = {} } of files) {
    const text = await readEnvFile(project, path);
    if (!(await isPlainWay(tree, path))) throw unsafe(path, "leads through a link in the agent's folder");
    const content = rewritten(text, set, values);
    try {
      await writePrivate(tree, path, Buffer.from(content, "utf8"));
    } catch (error) {
      if (
        error instanceof Error &&
        "code" in error &&
        ["ELOOP", "EISDIR", "EEXIST"].includes(String(error.code))
      ) {
        throw unsafe(path, "is a link or a folder in the agent's folder");
      }
      throw error;
    }
  }
}

async function readEnvFile(project: string, path: string): Promise<string> {
  if (!(await isPlainWay(project, path))) throw unsafe(path, "leads through a link");
  let bytes: Buffer | undefined;
  try {
    bytes = await readPlain(join(project, path), ENV_FILE_BYTES_MAX);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!["ELOOP", "EINVAL", "EFBIG", "ENXIO"].includes(code)) throw error;
    throw unsafe(path, code === "EFBIG" ? `has more than ${ENV_FILE_BYTES_MAX} bytes` : "is no plain file");
  }
  if (bytes !== undefined) return bytes.toString("utf8");
  throw new FolderError("ENV_FILE_MISSING", `${path} is not in the project`, { path });
}

/** Lines that set a named variable say something else; all others are as they were. */
export function rewritten(text: string, set: Readonly<Record<string, string>>, values: EnvValues): string {
  const left = new Map(Object.entries(set).map(([name, value]) => [name, filled(value, values)]));
  const wanted = new Map(left);
  const lines = text.split("\n").map((line) => {
    const [, start = "", name = ""] = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line) ?? [];
    const value = wanted.get(name);
    if (value === undefined) return line;
    left.delete(name);
    return `${start}${name}=${value}`;
  });
  const added = [...left].map(([name, value]) => `${name}=${value}\n`).join("");
  const kept = lines.join("\n");
  return added === "" ? kept : `${kept === "" || kept.endsWith("\n") ? kept : `${kept}\n`}${added}`;
}

function filled(value: string, { agent, ports }: EnvValues): string {
  return value
    .replaceAll("{agent}", agent)
    .replace(/\{port(?:\+(\d{1,3}))?\}/g, (_whole, offset: string | undefined) => {
      const port = ports[Number(offset ?? 0)];
      if (port !== undefined) return String(port);
      throw new FolderError(
        "PORTS_NONE_FREE",
        `the folder has ${ports.length} ports, ${value} names another`,
        {
          ports: ports.length,
        },
      );
    });
}

function unsafe(path: string, what: string): FolderError {
  return new FolderError("ENV_FILE_UNSAFE", `${JSON.stringify(path.slice(0, 200))} ${what}`, {
    path: path.slice(0, 200),
  });
}
