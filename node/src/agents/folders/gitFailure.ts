import { FolderError, type FolderErrorCode } from "./errors.ts";

/** Git has one exit code for nearly all; its words, in the language C, tell what it was. The first that fits counts. */
const KINDS: readonly (readonly [words: RegExp, code: FolderErrorCode])[] = [
  [/No space left on device|Disk quota exceeded|out of disk space/i, "FOLDER_NO_SPACE"],
  [/\.lock': File exists|Another git process seems to be running/i, "PROJECT_LOCKED"],
  [/cannot change to '/, "FOLDER_GONE"],
  [/dubious ownership/i, "PROJECT_NOT_YOURS"],
  [/not a git repository/i, "PROJECT_NOT_GIT"],
  [
    /bad ref|broken ref|No such ref|invalid sha1 pointer|reference broken|unable to resolve reference/i,
    "PROJECT_REF_CORRUPT",
  ],
  [
    /unable to read (?:sha1|tree|blob)|missing (?:blob|tree|object)|bad object|could not get object info|unable to find [0-9a-f]{40}|loose object .* is corrupt|could not fetch/i,
    "PROJECT_OBJECTS_MISSING",
  ],
  [/Permission denied|Read-only file system|Input\/output error/i, "FOLDER_IO"],
];

/** What git's failure is called here. */
export function failureOfGit(args: readonly string[], exitCode: number | null, words: string): FolderError {
  const code = KINDS.find(([pattern]) => pattern.test(words))?.[1] ?? "GIT_FAILED";
  const said = words.split("\n").slice(0, 3).join("; ") || `it ended with ${exitCode ?? "a signal"}`;
  return new FolderError(code, `git ${args[0]}: ${said.slice(0, 600)}`, { command: args[0], exitCode });
}
