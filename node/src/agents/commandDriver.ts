import type { CommandServiceConfig } from "../config/service.ts";
import { checkAnswer, outputTooLarge } from "./answer.ts";
import { collectGuarded, type GuardedEnd } from "./collectGuarded.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "./driver.ts";
import { namedValues } from "./environment.ts";
import { AgentError } from "./errors.ts";
import { type DriverModules, launchAgent } from "./launch.ts";
import { createPlaces } from "./places.ts";
import { exceededError } from "./sandbox/exceeded.ts";
import { openInput } from "./scratch.ts";
import { printable } from "./text.ts";

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
  const agent = await launchAgent(modules, {
    environmentNames: service.environment,
    confinement: service,
    command: async (scratch) => ({
      program: service.program,
      args: service.args,
      input: await openInput(scratch, request.prompt.text),
    }),
    tag: request.tag,
    // The wait for a place has used some of the time.
    timeoutMs: timeoutMs - elapsedMs(),
    signal: request.signal,
  });
  const end = await collectGuarded(agent, {
    outputBytesMax,
    signal: request.signal,
    onOutput: (outputBytes) => request.onProgress?.({ outputBytes, elapsedMs: elapsedMs() }),
  });
  const secrets = namedValues(modules.environment, service.environment);
  const failure = failureOf(end, { service, timeoutMs, outputBytesMax, secrets });
  if (failure !== undefined) throw failure;
  return { output: checkAnswer(end.output, outputBytesMax), elapsedMs: elapsedMs() };
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
    case "exceeded":
      // The guard says which; the tail of its words says what it was at.
      if (end.exceeded === undefined) throw new Error("a guard that does not say which limit was passed");
      return exceededError(program, end.exceeded, context.service);
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
