import { realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Confinement } from "../../config/service.ts";
import { PATH_DEFAULT } from "../environment.ts";
import { AgentError } from "../errors.ts";
import { findProgram } from "../findProgram.ts";
import type { Scratch } from "../scratch.ts";
import { bubblewrapArguments, type Mount } from "./bubblewrap.ts";
import { hiddenIn, isInside, isPlain, whatIsAt } from "./paths.ts";
import { systemMounts } from "./systemMounts.ts";

/** What keeps agents' programs from the rest of this machine, as the daemon found it at its start. */
export type Sandbox =
  | {
      readonly kind: "bubblewrap";
      /** Absolute path of bwrap. */
      readonly program: string;
      readonly version: string;
      /** What no agent sees, even where it lies in a folder that is shown: the daemon's data folder, keys. Absolute paths. */
      readonly hidden: readonly string[];
    }
  | {
      readonly kind: "none";
      /** Why there is none, in a sentence's part. */
      readonly why: string;
    };

/** Where nobody looked for one: nothing is confined, and a service that insists is refused. */
export const NO_SANDBOX: Sandbox = { kind: "none", why: "nobody has looked for one" };

/** Processes of bwrap itself, beside the program's. */
const BUBBLEWRAP_PROCESSES = 2;

/** A program, as it would be started without a sandbox. */
export interface Unconfined {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workFolder: string;
  readonly scratch: Scratch;
  /** What else it is to read and to write: absolute paths of files and folders that the daemon chose. */
  readonly readable: readonly string[];
  readonly writable: readonly string[];
}

/** A program, as it is started. */
export interface Confined {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** How many processes stand between the guard and the program. */
  readonly layers: number;
}

/**
 * What starts a program so that it sees and reaches what its service allows, as far as this machine can.
 *
 * @throws AgentError AGENT_SANDBOX_MISSING, AGENT_SANDBOX_REFUSED, AGENT_PROGRAM_MISSING
 */
export async function confine(sandbox: Sandbox, wanted: Confinement, command: Unconfined): Promise<Confined> {
  const { program, args, environment } = command;
  if (wanted.sandbox === "none") return { program, args, environment, layers: 0 };
  if (sandbox.kind === "none") {
    if (wanted.sandbox === "auto") return { program, args, environment, layers: 0 };
    throw new AgentError(
      "AGENT_SANDBOX_MISSING",
      `there is no bubblewrap to start ${program} in: ${sandbox.why}`,
    );
  }
  // bwrap would look it up itself, and would say what is missing in a way that nobody can tell from the program's own failure.
  const path = await findProgram(program, environment.PATH ?? PATH_DEFAULT);
  if (path === undefined)
    throw new AgentError("AGENT_PROGRAM_MISSING", `there is no executable program ${program}`, {
      details: { program },
    });
  const mounts = await mountsOf(sandbox, wanted, { ...command, program: path });
  return {
    program: sandbox.program,
    args: [
      ...bubblewrapArguments({ network: wanted.network, workFolder: command.workFolder, mounts }),
      "--",
      path,
      ...args,
    ],
    // So that git, which may look but not write, does not fail over its index.
    environment: { ...environment, GIT_OPTIONAL_LOCKS: "0" },
    layers: BUBBLEWRAP_PROCESSES,
  };
}

/** Everything that a program finds in its sandbox. */
async function mountsOf(
  sandbox: Extract<Sandbox, { readonly kind: "bubblewrap" }>,
  wanted: Confinement,
  command: Unconfined,
): Promise<readonly Mount[]> {
  const { scratch, workFolder, program, args } = command;
  const hidden = await Promise.all(sandbox.hidden.map(trueName));
  // A file that an argument names is what the operator wants read. Folders are not: `/` is one.
  const kinds = await Promise.all(args.map(whatIsAt));
  const named = args.filter((_, index) => kinds[index] === "file");
  const readable = [...wanted.readable, program, await realpath(program), ...named];
  for (const path of wanted.readable) await requireThere(path);
  const read = [...new Set(readable)].map((path) => ({ path, writable: false, chosenByDaemon: false }));
  const given = command.readable.map((path) => ({ path, writable: false, chosenByDaemon: true }));
  const written = [scratch.folder, workFolder, ...command.writable].map((path) => ({
    path,
    writable: true,
    chosenByDaemon: true,
  }));
  const mounts: Mount[] = [...(await systemMounts())];
  for (const { path, writable, chosenByDaemon } of [...read, ...given, ...written]) {
    const to = resolve(path);
    const from = await trueName(to);
    const inside = hidden.find((secret) => isInside(from, secret));
    if (inside !== undefined && !chosenByDaemon)
      throw new AgentError("AGENT_SANDBOX_REFUSED", `no agent may see ${path}: it lies in ${inside}`, {
        details: { path, hidden: inside },
      });
    mounts.push({ kind: writable ? "write" : "read", from, to });
    for (const secret of await hiddenIn(from, hidden))
      mounts.push({ kind: secret.isFolder ? "empty" : "nothing", to: join(to, relative(from, secret.path)) });
  }
  // Temporary files count for the folder's limit, wherever they are written.
  mounts.push({ kind: "write", from: scratch.temporary, to: "/tmp" });
  mounts.push({ kind: "write", from: scratch.temporary, to: "/dev/shm" });
  // Where a git worktree points to, and a repository's own settings, say what git starts: outside, too.
  // A link is not followed: an agent that put it there would be shown what it names, the daemon's keys too.
  const git = join(workFolder, ".git");
  if (await isPlain(git)) mounts.push({ kind: "read", from: git, to: git });
  return mounts;
}

async function requireThere(path: string): Promise<void> {
  if ((await whatIsAt(path)) !== undefined) return;
  throw new AgentError("AGENT_SANDBOX_REFUSED", `there is no ${path} that a program could read`, {
    details: { path },
  });
}

/** Without symbolic links on the way, where it exists. */
async function trueName(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}

/** What is in use, for a status and a log. */
export function aboutSandbox(sandbox: Sandbox): string {
  return sandbox.kind === "none" ? `none: ${sandbox.why}` : `bubblewrap ${sandbox.version}`;
}

/** What the one in use does not keep an agent from, for whoever has to know. */
export function notKeptBy(sandbox: Sandbox): string {
  return sandbox.kind === "none"
    ? "agents, and gates of merges, read what this user can read, the daemon's keys, tokens and memory included, and reach the network"
    : "the kernel is shared, and so is the network where a service or the gate allows it; services with `sandbox: none`, and a gate with `gateSandbox: none`, are not in it";
}
