import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { confinementSchema } from "../../config/service.ts";
import { PATH_DEFAULT } from "../environment.ts";
import { findProgram } from "../findProgram.ts";
import { createScratch } from "../scratch.ts";
import { confine, type Sandbox } from "./sandbox.ts";

/** A program that prints a line takes milliseconds; a machine that starts takes longer. */
const PROBE_TIMEOUT_MS = 10_000;
/** What is read of its words. */
const PROBE_OUTPUT_BYTES_MAX = 65_536;
/** Its last words in a status. */
const REASON_CHARACTERS_MAX = 300;
/** Where Unix sockets of the system and of users are: docker's, the ssh agent's, systemd's. */
const SOCKETS = ["/run", "/var/run"];
/** What in a home is nobody else's, even where the home is shown. */
const HOME_SECRETS = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".config/gh",
  ".docker",
  ".netrc",
  ".npmrc",
  ".git-credentials",
];

/** Where to look for a sandbox, and what it has to hide. */
export interface SandboxSearch {
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Folders and files of the daemon that no agent may see. Absolute paths. */
  readonly secrets: readonly string[];
}

/**
 * Looks for bubblewrap and tries it: a small program is run in it, just as an agent's would be. What a machine lacks (user
 * namespaces that are forbidden, most often) shows here and not at the first job.
 */
export async function findSandbox({ environment, secrets }: SandboxSearch): Promise<Sandbox> {
  if (process.platform !== "linux")
    return { kind: "none", why: `bubblewrap is for Linux, and this is ${process.platform}` };
  const program = await findProgram("bwrap", environment.PATH ?? PATH_DEFAULT);
  if (program === undefined) return { kind: "none", why: "bubblewrap (bwrap) is not installed" };
  const home = environment.HOME ?? homedir();
  const hidden = [
    ...secrets,
    ...SOCKETS,
    ...HOME_SECRETS.map((name) => join(home, name)),
    ...[environment.SSH_AUTH_SOCK, environment.GPG_AGENT_INFO].filter((path) => path?.startsWith("/")),
  ].filter((path) => path !== undefined);
  try {
    const version =
      /\d+(?:\.\d+)+/.exec(await outputOf(program, ["--version"], {}))?.[0] ?? "of an unknown version";
    const found = { kind: "bubblewrap", program, version, hidden } as const;
    await tryOut(found);
    return found;
  } catch (error) {
    return { kind: "none", why: `bubblewrap does not work here: ${reasonOf(error)}` };
  }
}

async function tryOut(sandbox: Sandbox): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-sandbox-"));
  try {
    const scratch = await createScratch(folder);
    const { program, args, environment } = await confine(
      sandbox,
      confinementSchema.parse({ sandbox: "bubblewrap" }),
      {
        program: process.execPath,
        args: ["--eval", "require('node:fs').writeFileSync('tried', ''); console.log(process.ppid)"],
        environment: { PATH: PATH_DEFAULT, HOME: scratch.home, TMPDIR: scratch.temporary },
        workFolder: scratch.work,
        scratch,
        readable: [],
        writable: [],
      },
    );
    // Inside, the program is among the first processes that there are.
    const parent = Number(await outputOf(program, args, environment));
    if (parent !== 1) throw new Error(`a program in it is the child of process ${parent}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function outputOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: "/",
    env,
    timeout: PROBE_TIMEOUT_MS,
    maxBuffer: PROBE_OUTPUT_BYTES_MAX,
  });
  return stdout.trim();
}

/** What bwrap said, else what the system said. */
function reasonOf(error: unknown): string {
  const said =
    error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n").at(-1) : "";
  const reason =
    said === undefined || said === "" ? (error instanceof Error ? error.message : String(error)) : said;
  return (reason.split("\n")[0] ?? "").slice(0, REASON_CHARACTERS_MAX);
}
