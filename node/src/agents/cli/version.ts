import { stat } from "node:fs/promises";
import { confinementSchema } from "../../config/service.ts";
import { collectGuarded } from "../collectGuarded.ts";
import { PATH_DEFAULT } from "../environment.ts";
import { AgentError } from "../errors.ts";
import { findProgram } from "../findProgram.ts";
import { type DriverModules, launchAgent } from "../launch.ts";
import { openInput } from "../scratch.ts";
import { printable } from "../text.ts";
import { failureOfExit } from "./failure.ts";
import type { CliTool } from "./tool.ts";

/** What any program may take. */
const VERSION_CONFINEMENT = confinementSchema.parse({});
/** A version is one line; a warning may stand beside it. */
const VERSION_BYTES_MAX = 65_536;

/** A program that is there, in a version that may work. */
export interface FoundProgram {
  readonly path: string;
  readonly version: string;
  /** What the operator should know of this version. */
  readonly warning: string | undefined;
}

/** Which program a service has; asked once for each file that is found. */
export interface ProgramFinder {
  /**
   * @throws AgentError AGENT_PROGRAM_MISSING, AGENT_VERSION_REFUSED, AGENT_STOPPED, AGENT_TIMED_OUT, AGENT_START_FAILED
   */
  find(options: { tag: string; signal: AbortSignal; timeoutMs: number }): Promise<FoundProgram>;
}

export function createProgramFinder(tool: CliTool, program: string, modules: DriverModules): ProgramFinder {
  let known: { readonly file: string; readonly found: FoundProgram } | undefined;
  return {
    async find(options) {
      const path = await requireProgram(tool, program, modules);
      const { mtimeMs, size, ino } = await stat(path);
      // A program that was replaced is another one.
      const file = [path, mtimeMs, size, ino].join(":");
      if (known?.file !== file) {
        const version = await askVersion(tool, path, modules, options);
        known = { file, found: { path, version, warning: judge(tool, path, version) } };
      }
      return known.found;
    },
  };
}

/** @throws AgentError AGENT_PROGRAM_MISSING */
async function requireProgram(tool: CliTool, program: string, modules: DriverModules): Promise<string> {
  const searchPath = modules.environment.PATH ?? PATH_DEFAULT;
  const path = await findProgram(program, searchPath);
  if (path !== undefined) return path;
  const install = `npm install -g ${tool.packageName}@${tool.versions.tested}`;
  const where = program.startsWith("/") ? "" : ` in PATH (${searchPath})`;
  throw new AgentError(
    "AGENT_PROGRAM_MISSING",
    `there is no executable program ${program}${where}; ${tool.kind} is installed by ${install}`,
    { details: { program, install } },
  );
}

/** Starts the program with `--version`, which asks no model and needs no key. */
async function askVersion(
  tool: CliTool,
  path: string,
  modules: DriverModules,
  { tag, signal, timeoutMs }: { tag: string; signal: AbortSignal; timeoutMs: number },
): Promise<string> {
  const agent = await launchAgent(modules, {
    environmentNames: [],
    confinement: VERSION_CONFINEMENT,
    command: async (scratch) => ({
      program: path,
      args: ["--version"],
      input: await openInput(scratch, ""),
    }),
    tag,
    timeoutMs,
    signal,
  });
  const end = await collectGuarded(agent, { outputBytesMax: VERSION_BYTES_MAX, signal, onOutput: () => {} });
  const said = printable(end.output, []).trim();
  const version = /\b(\d+\.\d+\.\d+)\b/.exec(said)?.[1];
  if (end.reason === "exited" && end.exitCode === 0 && version !== undefined) return version;
  if (end.reason === "stopped" || end.reason === "timedOut" || end.reason === "notStarted") {
    const context = {
      tool,
      program: path,
      timeoutMs,
      resume: undefined,
      secrets: [],
      limits: VERSION_CONFINEMENT,
    };
    throw failureOfExit({ ...end, reason: end.reason }, context);
  }
  const words = (said || printable(end.stderrTail, []).trim()).slice(0, 200);
  throw new AgentError(
    "AGENT_VERSION_REFUSED",
    `${path} does not say its version (${words === "" ? "it says nothing" : words}); ${advice(tool)}`,
    { details: { program: path, exitCode: end.exitCode } },
  );
}

/**
 * Whether a version may work.
 *
 * @returns a warning, where nobody tried it
 * @throws AgentError AGENT_VERSION_REFUSED
 */
function judge(tool: CliTool, path: string, version: string): string | undefined {
  const { oldest, tested } = tool.versions;
  if (compareVersions(version, oldest) < 0) {
    throw new AgentError(
      "AGENT_VERSION_REFUSED",
      `${path} is version ${version}, and ${oldest} is the oldest that works; ${advice(tool)}`,
      { details: { program: path, version, oldest } },
    );
  }
  if (compareVersions(version, tested) === 0) return undefined;
  return `version ${version} was not tried; ${tested} is known to work. If it fails, ${advice(tool)}`;
}

function advice(tool: CliTool): string {
  return `install ${tool.versions.tested}: npm install -g ${tool.packageName}@${tool.versions.tested}`;
}

/** Less than 0 if `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [a, b].map((version) => version.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (one?.[at] ?? 0) - (other?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
