import { mkdtemp, readFile, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pino } from "pino";
import type { AcpServiceConfig, Confinement } from "../../config/service.ts";
import { collectGuarded } from "../collectGuarded.ts";
import { AgentError } from "../errors.ts";
import { launchAgent } from "../launch.ts";
import { removeTree } from "../removeTree.ts";
import { openInput } from "../scratch.ts";
import { agentTag } from "../tag.ts";
import { printable } from "../text.ts";
import { isObject, textOf } from "./json.ts";

/** The slowest of the known programs takes 1.3 s to say its version; a person waits for the answer. */
export const ACP_VERSION_TIMEOUT_MS = 5_000;
/** A version is one line; a warning may stand beside it. */
const VERSION_BYTES_MAX = 65_536;
/** From a program's file up to the folder of its package; deeper than `dist/bin`, nobody puts it. */
const PACKAGE_DEPTH_MAX = 4;

/** Programs that speak the protocol, and of which it is known that they say their version and end. */
const SAY_VERSION: ReadonlySet<string> = new Set(["opencode", "gemini", "qwen"]);

/**
 * What a person may like to know of a coding agent's program that was found: its version. Adapters that run in Node.js are looked up in
 * the package that their file belongs to; of others, only those that are known to end are started, with `--version`.
 *
 * @param path where the program was found
 * @throws AgentError AGENT_PROGRAM_MISSING where the file that Node.js is to run is not there
 */
export async function describeProgram(
  service: AcpServiceConfig,
  path: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string[]> {
  const script = basename(path) === "node" ? service.args.find((one) => !one.startsWith("-")) : undefined;
  if (script?.startsWith("/") === true) {
    await requireFile(script);
    return [`${(await packageOf(script)) ?? `file ${script}`}`];
  }
  if (!SAY_VERSION.has(basename(path))) return [];
  const version = await askVersion(path, service, environment, signal);
  return [version === undefined ? "it does not say its version" : `version ${version}`];
}

async function requireFile(script: string): Promise<void> {
  const isFile = await stat(script).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new AgentError(
      "AGENT_PROGRAM_MISSING",
      `there is no file ${script}, which the service's node is to run`,
      {
        details: { program: script },
      },
    );
  }
}

/** Name and version of the package that a file belongs to. */
async function packageOf(script: string): Promise<string | undefined> {
  let folder = dirname(await realpath(script));
  for (let depth = 0; depth < PACKAGE_DEPTH_MAX; depth += 1) {
    try {
      const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      const name = isObject(manifest) ? textOf(manifest.name) : undefined;
      const version = isObject(manifest) ? textOf(manifest.version) : undefined;
      if (name !== undefined && version !== undefined) return `package ${name} ${version}`;
    } catch {
      // None here, or none that can be read: it is only for a person.
    }
    folder = dirname(folder);
  }
  return undefined;
}

/** The first version number that the program says; undefined if it does not, or not in time. */
async function askVersion(
  program: string,
  confinement: Confinement,
  environment: Readonly<NodeJS.ProcessEnv>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-doctor-"));
  try {
    const modules = { scratchFolder: folder, environment, logger: pino({ level: "silent" }) };
    const agent = await launchAgent(modules, {
      environmentNames: [],
      confinement,
      command: async (scratch) => ({ program, args: ["--version"], input: await openInput(scratch, "") }),
      tag: agentTag("pleiad-doctor", String(process.pid)),
      timeoutMs: ACP_VERSION_TIMEOUT_MS,
      signal,
    });
    const end = await collectGuarded(agent, {
      outputBytesMax: VERSION_BYTES_MAX,
      signal,
      onOutput: () => {},
    });
    return /\b\d+\.\d+\.\d+\b/.exec(printable(end.output, []))?.[0];
  } finally {
    await removeTree(folder);
  }
}
