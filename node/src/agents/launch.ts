import type { Logger } from "pino";
import type { Confinement } from "../config/service.ts";
import { agentEnvironment } from "./environment.ts";
import { AgentError } from "./errors.ts";
import { type GuardedExit, type GuardedProcess, startGuarded, type TerminalSize } from "./guardedProcess.ts";
import { removeTree } from "./removeTree.ts";
import { confine, NO_SANDBOX, type Sandbox } from "./sandbox/sandbox.ts";
import type { KeptFolder } from "./sandbox/watch.mjs";
import { createScratch, type Scratch } from "./scratch.ts";
import { isSystemError } from "./systemError.ts";
import { requireTag } from "./tag.ts";

/** What everything that starts programs needs. */
export interface DriverModules {
  /** Absolute path: below it each run of a program gets its own folder. One per data folder. */
  readonly scratchFolder: string;
  /** The daemon's environment: what a service names is taken from here. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly logger: Logger;
  /** What keeps programs from the rest of the machine, from `findSandbox`. @default none, as if the machine had none */
  readonly sandbox?: Sandbox;
}

/** What a program in a terminal is told that it is: what `terminals/` shows. */
export const TERMINAL_ENVIRONMENT = { TERM: "xterm-256color", COLORTERM: "truecolor" } as const;

/** A program to start for an agent. */
export interface Launch {
  /** Names of the daemon's variables that it may see. */
  readonly environmentNames: readonly string[];
  /** Its limits and what it reaches: of its service. */
  readonly confinement: Confinement;
  /** Where it starts. @default a fresh, empty folder of its own */
  readonly workFolder?: string;
  /** Its HOME, unless the operator names that variable. @default a fresh, empty folder of its own */
  readonly homeFolder?: string;
  /** What of these, or else, is kept after it, with a limit for each. @default none */
  readonly kept?: readonly KeptFolder[];
  /** The size of a terminal to start it in. @default no terminal */
  readonly terminal?: TerminalSize;
  /** What to start, once its private folder is there: what it is to find in that folder is written here. */
  readonly command: (scratch: Scratch) => Promise<CommandLine>;
  readonly tag: string;
  /** How long it may live, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A program with its arguments. No shell reads them. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** Variables of its own, beside those that the operator named; they win. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Descriptor of its standard input, closed by `close`. @default a pipe */
  readonly input?: { readonly fd: number; close(): Promise<void> };
  /** What else it finds in a sandbox: absolute paths, as of the programs of its tool servers, or of the repository of its worktree. @default none */
  readonly readable?: readonly string[];
  /** The same, and to write, as a home that outlives the session. @default none */
  readonly writable?: readonly string[];
}

/** A program that was started for an agent. */
export interface LaunchedAgent extends Omit<GuardedProcess, "ended"> {
  readonly scratch: Scratch;
  /** Settles once nothing is left of it: no process, no folder. Never rejects. */
  readonly ended: Promise<GuardedExit>;
}

/**
 * Starts a program for an agent: in a private folder, with the environment that its operator allows, under a guard. The one
 * place through which agents' programs are started.
 *
 * @throws AgentError AGENT_START_FAILED where the machine refuses a folder or a process, AGENT_TAG_INVALID, and with a sandbox
 *   AGENT_PROGRAM_MISSING, AGENT_SANDBOX_MISSING, AGENT_SANDBOX_REFUSED
 */
export async function launchAgent(modules: DriverModules, launch: Launch): Promise<LaunchedAgent> {
  const { logger } = modules;
  const tag = requireTag(launch.tag);
  const startedAt = performance.now();
  let scratch: Scratch | undefined;
  let command: CommandLine | undefined;
  try {
    scratch = await createScratch(modules.scratchFolder);
    command = await launch.command(scratch);
    const { program, args, input, readable = [], writable = [] } = command;
    const workFolder = launch.workFolder ?? scratch.work;
    const environment = {
      ...agentEnvironment(modules.environment, launch.environmentNames, homeOf(scratch, launch), tag),
      ...(launch.terminal === undefined ? {} : TERMINAL_ENVIRONMENT),
      ...command.environment,
    };
    const { confinement } = launch;
    const { memoryBytesMax, processesMax, folderBytesMax } = confinement;
    const agent = await startGuarded({
      ...(await confine(modules.sandbox ?? NO_SANDBOX, confinement, {
        program,
        args,
        environment,
        workFolder,
        scratch,
        readable,
        writable: launch.homeFolder === undefined ? writable : [...writable, launch.homeFolder],
      })),
      workFolder,
      scratchFolder: scratch.folder,
      input: input?.fd ?? "pipe",
      ...(launch.terminal === undefined ? {} : { terminal: launch.terminal }),
      tag,
      limits: { memoryBytesMax, processesMax, folderBytesMax },
      ...(launch.kept === undefined ? {} : { kept: launch.kept }),
      // The guard's clock starts now; making ready has used some of the time.
      timeoutMs: Math.max(1, Math.ceil(launch.timeoutMs - (performance.now() - startedAt))),
      signal: launch.signal,
    });
    return { ...agent, scratch, ended: tidied(agent.ended, scratch) };
  } catch (error) {
    if (scratch !== undefined) await tidy(scratch);
    if (error instanceof AgentError || !isSystemError(error)) throw error;
    throw new AgentError("AGENT_START_FAILED", `the machine refuses to start an agent: ${error.code}`, {
      details: { errorCode: error.code, scratchFolder: modules.scratchFolder },
      cause: error,
    });
  } finally {
    await command?.input?.close();
  }

  function homeOf(used: Scratch, { homeFolder }: Launch): Scratch {
    return homeFolder === undefined ? used : { ...used, home: homeFolder };
  }

  async function tidied(ended: Promise<GuardedExit>, used: Scratch): Promise<GuardedExit> {
    const end = await ended;
    await tidy(used);
    if (Object.keys(end.leftovers).length > 0)
      logger.warn({ tag, ...end.leftovers }, "an agent left something behind");
    return end;
  }

  /** Usually the guard has done so; it has not if it never started or was killed. */
  async function tidy(used: Scratch): Promise<void> {
    const errorCode = await removeTree(used.folder);
    if (errorCode !== undefined) logger.warn({ ...used, errorCode }, "an agent's folder is left behind");
  }
}
