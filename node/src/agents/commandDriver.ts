import type { Logger } from "pino";
import type { CommandServiceConfig } from "../config/service.ts";
import { checkAnswer, outputTooLarge } from "./answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "./driver.ts";
import { agentEnvironment, namedValues } from "./environment.ts";
import { AgentError } from "./errors.ts";
import type { GuardedEnd } from "./guard.ts";
import { runGuarded } from "./guard.ts";
import { createPlaces } from "./places.ts";
import { removeFolder } from "./removeFolder.mjs";
import type { Scratch } from "./scratch.ts";
import { createScratch, openInput } from "./scratch.ts";
import { isSystemError } from "./systemError.ts";
import { requireTag } from "./tag.ts";
import { printable } from "./text.ts";

/** What a driver needs beside its service. */
export interface DriverModules {
  /** Absolute path: below it each run of a program gets its own folder. One per data folder. */
  readonly scratchFolder: string;
  /** The daemon's environment: what a service names is taken from here. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly logger: Logger;
}

/** Codes that say something about the program; the others are the machine's. */
const PROGRAM_CODES = new Set([
  "ENOENT",
  "EACCES",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENOEXEC",
  "EPERM",
  "ENAMETOOLONG",
]);

/**
 * Driver of kind `command`: starts the operator's program under a guard process, prompt on standard input, answer on
 * standard output. See "A run of a program" in the README.
 */
export function createCommandDriver(service: CommandServiceConfig, modules: DriverModules): AgentDriver {
  const places = createPlaces(service.parallelMax);
  return {
    kind: service.kind,
    parallelMax: service.parallelMax,
    async run(request) {
      const startedAt = performance.now();
      const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
      const giveBack = await places.take(request.signal, timeoutMs);
      try {
        return await runProgram(service, modules, request, startedAt);
      } finally {
        giveBack();
      }
    },
  };
}

async function runProgram(
  service: CommandServiceConfig,
  modules: DriverModules,
  request: AgentRun,
  startedAt: number,
): Promise<AgentOutcome> {
  const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
  const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
  const elapsedMs = () => performance.now() - startedAt;
  const end = await inScratch(modules, async (scratch) => {
    const tag = requireTag(request.tag);
    const input = await openInput(scratch, request.prompt.text);
    try {
      return await runGuarded({
        program: service.program,
        args: service.args,
        environment: agentEnvironment(modules.environment, service.environment, scratch, tag),
        workFolder: scratch.work,
        scratchFolder: scratch.folder,
        inputDescriptor: input.fd,
        tag,
        // The guard's clock starts now; the wait for a place has used some of the time.
        timeoutMs: Math.max(1, Math.ceil(timeoutMs - elapsedMs())),
        outputBytesMax,
        signal: request.signal,
        onOutput: (outputBytes) => request.onProgress?.({ outputBytes, elapsedMs: elapsedMs() }),
      });
    } finally {
      await input.close();
    }
  });
  if (Object.keys(end.leftovers).length > 0) {
    modules.logger.warn({ tag: request.tag, ...end.leftovers }, "an agent left something behind");
  }
  const secrets = namedValues(modules.environment, service.environment);
  const failure = failureOf(end, { service, timeoutMs, outputBytesMax, secrets });
  if (failure !== undefined) throw failure;
  return { output: checkAnswer(end.output, outputBytesMax), elapsedMs: elapsedMs() };
}

/** Gives `use` a fresh folder and removes it in any case; the system's refusals become one typed error. */
async function inScratch<Result>(
  modules: DriverModules,
  use: (scratch: Scratch) => Promise<Result>,
): Promise<Result> {
  let scratch: Scratch | undefined;
  try {
    scratch = await createScratch(modules.scratchFolder);
    return await use(scratch);
  } catch (error) {
    if (error instanceof AgentError || !isSystemError(error)) throw error;
    throw new AgentError("AGENT_START_FAILED", `the machine refuses to start an agent: ${error.code}`, {
      details: { errorCode: error.code, scratchFolder: modules.scratchFolder },
      cause: error,
    });
  } finally {
    // Usually the guard has done so; it has not if it never started or was killed.
    const errorCode = scratch === undefined ? undefined : removeFolder(scratch.folder);
    if (errorCode !== undefined)
      modules.logger.warn({ ...scratch, errorCode }, "an agent's folder is left behind");
  }
}

/** A program's last line in the error's message: as long as the sample programs' own. Characters. */
const LAST_LINE_CHARS_MAX = 400;

interface FailureContext {
  readonly service: CommandServiceConfig;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  readonly secrets: readonly string[];
}

/** The error of a run that gave no answer, or `undefined` if the program ended with exit code 0. */
function failureOf(end: GuardedEnd, context: FailureContext): AgentError | undefined {
  const { program } = context.service;
  const stderrTail = printable(end.stderrTail, context.secrets);
  switch (end.reason) {
    case "stopped":
      return new AgentError("AGENT_STOPPED", "the run was stopped");
    case "tooLarge":
      return outputTooLarge(context.outputBytesMax);
    case "timedOut":
      return new AgentError("AGENT_TIMED_OUT", `${program} gave no answer in ${context.timeoutMs} ms`, {
        details: { program, timeoutMs: context.timeoutMs, outputBytes: end.output.length, stderrTail },
      });
    case "notStarted":
      return notStarted(program, end.errorCode ?? "unknown");
    case "lost":
      return new AgentError("AGENT_FAILED", `the guard of ${program} was killed`, {
        details: { program, stderrTail },
      });
    case "exited": {
      if (end.exitCode === 0) return undefined;
      const how = end.exitCode === null ? `by ${end.exitSignal}` : `with exit code ${end.exitCode}`;
      return new AgentError("AGENT_FAILED", `${program} ended ${how}${lastWords(stderrTail)}`, {
        details: { program, exitCode: end.exitCode, exitSignal: end.exitSignal, stderrTail },
      });
    }
  }
}

/** The last line that a program wrote to standard error, for whoever sees the message alone: most say there what is wrong. */
function lastWords(stderrTail: string): string {
  const line = stderrTail.trim().split("\n").at(-1)?.trim() ?? "";
  if (line === "") return "";
  return `: ${line.length > LAST_LINE_CHARS_MAX ? `…${line.slice(-LAST_LINE_CHARS_MAX)}` : line}`;
}

function notStarted(program: string, errorCode: string): AgentError {
  const code = PROGRAM_CODES.has(errorCode) ? "AGENT_PROGRAM_MISSING" : "AGENT_START_FAILED";
  return new AgentError(code, `${program} cannot be started: ${errorCode}`, {
    details: { program, errorCode },
  });
}
