import { spawn } from "node:child_process";
import { once } from "node:events";
import { PATH_DEFAULT } from "../environment.ts";
import { AGENT_TAG_VARIABLE, signalGroup } from "../processTable.mjs";
import { isSystemError } from "../systemError.ts";
import { FolderError } from "./errors.ts";
import { failureOfGit } from "./gitFailure.ts";
import {
  GIT_OUTPUT_BYTES_MAX,
  GIT_PARALLEL_MAX,
  GIT_STDERR_BYTES_MAX,
  GIT_TIMEOUT_MS,
  GIT_VERSION_MIN,
} from "./limits.ts";
import { createTurns } from "./turns.ts";

/** One command of git. */
export interface GitCall {
  readonly args: readonly string[];
  /** Variables beside those that every git gets: which repository, index and working tree. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Exit codes that are answers rather than failures. @default [0] */
  readonly okCodes?: readonly number[];
  /** What is read of its output. @default GIT_OUTPUT_BYTES_MAX */
  readonly bytesMax?: number;
  /** Whether more output than that is cut off rather than a failure. @default false */
  readonly mayCut?: boolean;
  /** Whether what is cut off is read to its end all the same, to say how much there is; none of it is kept. @default false */
  readonly isCounted?: boolean;
  /** Ends it: the call then rejects with the signal's reason. @default it ends by itself */
  readonly signal?: AbortSignal;
}

/** What git said. */
export interface GitAnswer {
  readonly exitCode: number;
  readonly bytes: Buffer;
  /** The output as text, without the last line feed. */
  readonly text: string;
  readonly stderr: string;
  readonly isCut: boolean;
  /** How much came, kept or not; all that there is where nothing was cut, or where it was counted. */
  readonly bytesSeen: number;
}

export type Git = (call: GitCall) => Promise<GitAnswer>;

export interface GitOptions {
  /** @default "git", looked for in PATH */
  readonly program?: string;
  /** An empty folder: no git finds settings of the user in it. */
  readonly home: string;
  /** By this the next life of the daemon finds what still runs. */
  readonly tag: string;
  /** @default GIT_TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/**
 * Every setting by which a repository could name a program, or reach out, with what it is set to instead. Most commands
 * see no settings of the project at all (desk.ts); these are for the few that have to: refs and the list of working trees.
 */
export const NEUTRALISED: Readonly<Record<string, string>> = {
  "core.alternateRefsCommand": "false",
  "core.askPass": "false",
  "core.attributesFile": "/dev/null",
  "core.editor": "false",
  "core.fsmonitor": "false",
  "core.gitProxy": "false",
  "core.hooksPath": "/dev/null",
  "core.pager": "cat",
  "core.sshCommand": "false",
  "core.untrackedCache": "false",
  "commit.gpgSign": "false",
  "credential.helper": "",
  "diff.external": "false",
  "diff.ignoreSubmodules": "all",
  "fetch.recurseSubmodules": "false",
  "gc.auto": "0",
  "gpg.program": "false",
  "gpg.ssh.defaultKeyCommand": "false",
  "gpg.ssh.program": "false",
  "gpg.x509.program": "false",
  "log.showSignature": "false",
  "maintenance.auto": "false",
  "merge.renormalize": "false",
  "protocol.allow": "never",
  "sequence.editor": "false",
  "submodule.recurse": "false",
  "tag.gpgSign": "false",
  "uploadpack.packObjectsHook": "false",
};

const NEUTRAL_ARGS = Object.entries(NEUTRALISED).flatMap(([key, value]) => ["-c", `${key}=${value}`]);

/**
 * Runs git: without a shell, with a bare environment, without the user's and the machine's settings, never asking
 * anything, never reaching out, its output bounded, in a group of its own so that Ctrl-C lets it finish.
 */
export function createGit(options: GitOptions, environment: Readonly<NodeJS.ProcessEnv>): Git {
  const { program = "git", home, tag, timeoutMs = GIT_TIMEOUT_MS } = options;
  const turns = createTurns(GIT_PARALLEL_MAX);
  const base: Readonly<Record<string, string>> = {
    PATH: environment.PATH ?? PATH_DEFAULT,
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: "C",
    TZ: "UTC",
    GIT_ADVICE: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_ASKPASS: "false",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_EDITOR: "false",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_PAGER: "cat",
    GIT_SSH_COMMAND: "false",
    GIT_TERMINAL_PROMPT: "0",
    SSH_ASKPASS: "false",
    // Whoever writes, it is the daemon: no name of the user's is used.
    GIT_AUTHOR_NAME: "Pleiad",
    GIT_AUTHOR_EMAIL: "pleiad@localhost",
    GIT_COMMITTER_NAME: "Pleiad",
    GIT_COMMITTER_EMAIL: "pleiad@localhost",
    [AGENT_TAG_VARIABLE]: tag,
  };
  return (call) => turns(() => runGit(program, { ...base, ...call.environment }, call, timeoutMs));
}

async function runGit(
  program: string,
  env: Readonly<Record<string, string>>,
  call: GitCall,
  timeoutMs: number,
): Promise<GitAnswer> {
  const { args, okCodes = [0], bytesMax = GIT_OUTPUT_BYTES_MAX, signal } = call;
  const { mayCut = false, isCounted = false } = call;
  signal?.throwIfAborted();
  const child = spawn(program, [...NEUTRAL_ARGS, ...args], { cwd: "/", env, detached: true, stdio: "pipe" });
  const chunks: Buffer[] = [];
  let bytes = 0;
  let stderr = Buffer.alloc(0);
  let isLate = false;
  const end = () => {
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
  };
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else {
      if (bytes - chunk.length < bytesMax) chunks.push(chunk.subarray(0, bytesMax - (bytes - chunk.length)));
      if (!isCounted) end();
    }
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-GIT_STDERR_BYTES_MAX);
  });
  // Git may end before it has read all; its exit code says what matters.
  child.stdin.on("error", () => {});
  child.stdin.end(call.input ?? "");
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  let exitCode: number | null;
  try {
    [exitCode] = (await once(child, "close")) as [number | null];
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw gitMissing(program, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
  signal?.throwIfAborted();
  const isCut = bytes > bytesMax;
  const words = stderr.toString("utf8").trim();
  if (isLate) {
    throw new FolderError("GIT_TIMED_OUT", `git ${args[0]} did not end within ${timeoutMs} ms`, {
      timeoutMs,
    });
  }
  if (isCut && !mayCut) {
    throw new FolderError("FOLDER_PATHS_TOO_MANY", `git ${args[0]} says more than ${bytesMax} bytes`, {
      bytesMax,
    });
  }
  if (!isCut && (exitCode === null || !okCodes.includes(exitCode))) throw failureOfGit(args, exitCode, words);
  const all = Buffer.concat(chunks);
  return {
    exitCode: exitCode ?? 0,
    bytes: all,
    get text() {
      return all.toString("utf8").replace(/\n$/, "");
    },
    stderr: words,
    isCut,
    bytesSeen: bytes,
  };
}

function gitMissing(program: string, error: Error & { readonly code: string }): FolderError {
  if (error.code === "ENOENT" || error.code === "EACCES") {
    return new FolderError("GIT_MISSING", `${program} cannot be started: ${error.code}`, { program }, error);
  }
  return new FolderError(
    "FOLDER_IO",
    `the machine refuses to start git: ${error.code}`,
    { errno: error.code },
    error,
  );
}

/** @throws FolderError GIT_TOO_OLD, GIT_MISSING */
export async function requireGit(git: Git): Promise<string> {
  const { text } = await git({ args: ["--version"] });
  const [, major = "0", minor = "0"] = /git version (\d+)\.(\d+)/.exec(text) ?? [];
  const [majorMin, minorMin] = GIT_VERSION_MIN;
  const isNew = Number(major) > majorMin || (Number(major) === majorMin && Number(minor) >= minorMin);
  if (isNew) return text.replace("git version ", "");
  const found = text.slice(0, 80);
  throw new FolderError(
    "GIT_TOO_OLD",
    `this is ${JSON.stringify(found)}, ${majorMin}.${minorMin} is needed`,
    {
      found,
    },
  );
}
