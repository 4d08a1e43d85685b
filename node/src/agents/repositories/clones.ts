import { createHash, randomBytes } from "node:crypto";
import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../config/files.ts";
import { AgentError } from "../errors.ts";
import { FolderError } from "../folders/errors.ts";
import { createGit, type Git, type GitCall } from "../folders/git.ts";
import { createKeyedTurns } from "../folders/turns.ts";
import { removeTree } from "../removeTree.ts";
import { type AllowedUrl, allowedUrl } from "./allowed.ts";
import { folderBytes } from "./folderSize.ts";
import {
  REPOSITORIES_KEPT_MAX,
  REPOSITORY_FILES_MAX,
  REPOSITORY_LIST_BYTES_MAX,
  REPOSITORY_LOOK_MS,
  REPOSITORY_REFS_BYTES_MAX,
} from "./limits.ts";

/** A clone of a repository of others, kept until it is let go. */
export interface Clone {
  /** Top of a working tree without files: agents work in copies. */
  readonly path: string;
  readonly commit: string;
  release(): Promise<void>;
}

/** Repositories of others, on the operator's list, as this node has them. */
export interface Clones {
  /** Removes what a crash left half made. */
  open(): Promise<void>;
  /**
   * The commit that the base names at this moment, without its history: from disk where it is known, else fetched.
   *
   * @throws AgentError REPOSITORY_URL_REFUSED, REPOSITORY_UNLISTED, REPOSITORY_BASE_UNKNOWN, REPOSITORY_TOO_LARGE,
   *   REPOSITORY_TIMED_OUT, REPOSITORY_UNREACHABLE; the signal's reason
   */
  take(url: string, base: string | undefined, signal: AbortSignal): Promise<Clone>;
}

export interface ClonesOptions {
  /** Absolute path in the daemon's data folder, of nobody else. */
  readonly folder: string;
  /** See `allowedUrl`. */
  readonly allowed: readonly string[];
  /** Of one repository, as it comes and checked out. */
  readonly bytesMax: number;
  readonly timeoutMs: number;
  /** By this the next life of the daemon finds what still runs. */
  readonly tag: string;
}

/** What a clone is fetched with, besides what every git of the daemon's is. */
const FETCH_SETTINGS: Readonly<Record<string, string>> = {
  "fetch.fsckObjects": "true",
  "fetch.writeCommitGraph": "false",
  "http.followRedirects": "false",
  "http.emptyAuth": "false",
  "transfer.bundleURI": "false",
};
const SETTINGS: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: String(Object.keys(FETCH_SETTINGS).length),
  ...Object.fromEntries(
    Object.entries(FETCH_SETTINGS).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
};
const BRANCH = "pleiad";
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const HALF_MADE = "making-";

export function createClones(
  options: ClonesOptions,
  modules: { readonly environment: Readonly<NodeJS.ProcessEnv> },
): Clones {
  const { folder, allowed, bytesMax, timeoutMs, tag } = options;
  const kept = join(folder, "clones");
  const home = join(folder, "home");
  const git = createGit({ home, tag, timeoutMs }, modules.environment);
  const alone = createKeyedTurns();
  const users = new Map<string, number>();
  /** The one used longest ago first. */
  const used = new Set<string>();

  const pathOf = (name: string) => join(kept, name);

  async function fetched(from: AllowedUrl, commit: string, signal: AbortSignal): Promise<string> {
    const name = `${createHash("sha256").update(from.url).digest("hex").slice(0, 32)}-${commit}`;
    return alone(name, async () => {
      if (used.has(name)) return hold(name);
      const making = pathOf(`${HALF_MADE}${randomBytes(8).toString("hex")}`);
      try {
        await bring(from, commit, making, signal);
        await rename(making, pathOf(name));
      } finally {
        await removeTree(making);
      }
      return hold(name);
    });
  }

  /** At once, so that nobody removes it in between. */
  function hold(name: string): string {
    users.set(name, (users.get(name) ?? 0) + 1);
    used.delete(name);
    used.add(name);
    return name;
  }

  async function bring(from: AllowedUrl, commit: string, making: string, signal: AbortSignal): Promise<void> {
    await git({
      args: ["init", "--quiet", "--template=", `--initial-branch=${BRANCH}`, ...formatOf(commit), making],
    });
    const args = [
      "--depth=1",
      "--no-tags",
      "--no-recurse-submodules",
      "--no-write-fetch-head",
      "--update-head-ok",
      "--quiet",
    ];
    const refspec = `${commit}:refs/heads/${BRANCH}`;
    await reach(from, ["fetch", ...args, "--end-of-options", from.url, refspec], { git, making, signal });
    const call = inClone(making);
    const found = await git(call(["rev-parse", "--verify", "--quiet", `refs/heads/${BRANCH}^{commit}`]));
    if (found.text !== commit) throw baseUnknown(commit);
    await requireSmall(git, call, commit);
  }

  /** Runs a git that reaches out, and no longer than what comes is small enough. */
  async function reach(
    { url, protocol }: AllowedUrl,
    command: readonly string[],
    { making, signal, bytesMax: outputMax }: Reach,
  ): Promise<string> {
    const tooLarge = new AbortController();
    let looking = Promise.resolve();
    const look = async (path: string) => {
      if ((await folderBytes(path, bytesMax)) > bytesMax)
        tooLarge.abort(largeError(`it takes more than ${bytesMax} bytes`, bytesMax));
    };
    const timer = setInterval(() => {
      if (making === undefined) return;
      looking = looking.then(() => look(making)).catch((error: unknown) => tooLarge.abort(error));
    }, REPOSITORY_LOOK_MS);
    try {
      const answer = await git({
        args: command,
        environment: {
          ...SETTINGS,
          // This alone is open here; what every other git of the daemon's says is that none is.
          GIT_ALLOW_PROTOCOL: protocol,
          GIT_DIR: making === undefined ? home : join(making, ".git"),
        },
        ...(outputMax === undefined ? {} : { bytesMax: outputMax }),
        signal: AbortSignal.any([signal, tooLarge.signal]),
      });
      clearInterval(timer);
      await looking;
      // What came between two looks.
      if (making !== undefined) await look(making);
      tooLarge.signal.throwIfAborted();
      return answer.text;
    } catch (error) {
      throw inWords(error, url);
    } finally {
      clearInterval(timer);
      await looking;
    }
  }

  /** Which commit a base is right now. */
  async function commitOf(from: AllowedUrl, base: string | undefined, signal: AbortSignal): Promise<string> {
    // A host may give commits that are in nobody's branch there, a fork's for one: only those that it lists are the repository's.
    const isCommit = base !== undefined && COMMIT.test(base);
    const names = isCommit
      ? ["refs/heads/*", "refs/tags/*"]
      : base === undefined
        ? ["HEAD"]
        : [`refs/heads/${base}`, `refs/tags/${base}^{}`, `refs/tags/${base}`];
    const said = await reach(from, ["ls-remote", "--quiet", "--", from.url, ...names], {
      signal,
      bytesMax: isCommit ? REPOSITORY_LIST_BYTES_MAX : REPOSITORY_REFS_BYTES_MAX,
    });
    if (isCommit) {
      if (said.split("\n").some((line) => line.startsWith(`${base}\t`))) return base;
      throw baseUnknown(base);
    }
    const commits = new Map(
      said.split("\n").map((line) => {
        const [commit = "", name = ""] = line.split("\t");
        return [name, commit];
      }),
    );
    const commit = names.map((name) => commits.get(name)).find((one) => one !== undefined);
    if (commit === undefined || !COMMIT.test(commit)) throw baseUnknown(base ?? "HEAD");
    return commit;
  }

  async function release(name: string): Promise<void> {
    const left = (users.get(name) ?? 1) - 1;
    if (left > 0) users.set(name, left);
    else users.delete(name);
    const idle = [...used].filter((one) => !users.has(one));
    const grown = (await folderBytes(pathOf(name), 2 * bytesMax)) > 2 * bytesMax ? [name] : [];
    for (const one of [...idle.slice(0, Math.max(0, idle.length - REPOSITORIES_KEPT_MAX)), ...grown])
      await alone(one, async () => {
        if (users.has(one)) return;
        used.delete(one);
        await removeTree(pathOf(one));
      });
  }

  return {
    async open() {
      for (const path of [home, kept]) await makeFolder(path);
      const found: { readonly name: string; readonly atMs: number }[] = [];
      for (const name of await readdir(kept)) {
        if (name.startsWith(HALF_MADE)) await removeTree(pathOf(name));
        else found.push({ name, atMs: (await stat(pathOf(name))).mtimeMs });
      }
      for (const { name } of found.toSorted((a, b) => a.atMs - b.atMs)) used.add(name);
    },
    async take(text, base, signal) {
      const from = await allowedUrl(text, allowed);
      const commit = await commitOf(from, base, signal);
      const name = await fetched(from, commit, signal);
      let isReleased = false;
      return {
        path: pathOf(name),
        commit,
        async release() {
          if (isReleased) return;
          isReleased = true;
          await release(name);
        },
      };
    },
  };

  /** What is checked out for a job is bounded, too: a pack of a few bytes may hold files of any size. */
  async function requireSmall(
    run: Git,
    call: (args: readonly string[]) => GitCall,
    commit: string,
  ): Promise<void> {
    const list = ["ls-tree", "-r", "-l", "-z", "--full-tree", commit];
    const { text, isCut } = await run({ ...call(list), bytesMax: REPOSITORY_LIST_BYTES_MAX, mayCut: true });
    const lines = text.split("\0").filter((line) => line !== "");
    if (isCut || lines.length > REPOSITORY_FILES_MAX)
      throw largeError(`it has more than ${REPOSITORY_FILES_MAX} files`, bytesMax);
    const bytes = lines.reduce((sum, line) => sum + (Number(line.split("\t")[0]?.split(/ +/)[3]) || 0), 0);
    if (bytes > bytesMax) throw largeError(`its files have ${bytes} bytes, at most ${bytesMax}`, bytesMax);
  }
}

interface Reach {
  readonly git?: Git;
  /** The clone that it writes to. */
  readonly making?: string;
  readonly signal: AbortSignal;
  readonly bytesMax?: number;
}

function formatOf(commit: string): string[] {
  return commit.length === 64 ? ["--object-format=sha256"] : [];
}

/** Nothing of a clone's own settings counts but its format. */
function inClone(path: string): (args: readonly string[]) => GitCall {
  return (args) => ({ args, environment: { GIT_DIR: join(path, ".git") } });
}

function largeError(why: string, bytesMax: number): AgentError {
  return new AgentError("REPOSITORY_TOO_LARGE", `the repository is too large: ${why}`, {
    details: { bytesMax },
  });
}

function baseUnknown(base: string): AgentError {
  return new AgentError("REPOSITORY_BASE_UNKNOWN", `the repository has no commit ${JSON.stringify(base)}`, {
    details: { base },
  });
}

function inWords(error: unknown, url: string): unknown {
  if (!(error instanceof FolderError)) return error;
  const details = { url };
  if (error.code === "GIT_TIMED_OUT")
    return new AgentError("REPOSITORY_TIMED_OUT", `${url} did not come in time`, { details, cause: error });
  if (error.code === "FOLDER_NO_SPACE" || error.code === "GIT_MISSING") return error;
  const isRef = /not our ref|couldn't find remote ref|unadvertised object/i.test(error.message);
  if (isRef) return baseUnknown(url);
  return new AgentError("REPOSITORY_UNREACHABLE", `${url} cannot be fetched: ${error.message}`, {
    details,
    cause: error,
  });
}
