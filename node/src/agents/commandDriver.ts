import type { CommandServiceConfig } from "../config/service.ts";
import { checkAnswer, outputTooLarge } from "./answer.ts";
import { collectGuarded, type GuardedEnd } from "./collectGuarded.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "./driver.ts";
import { namedValues } from "./environment.ts";
import { AgentError } from "./errors.ts";
import { exitFailure } from "./exitFailure.ts";
import { type DriverModules, launchAgent } from "./launch.ts";
import { createPlaces } from "./places.ts";
import { exceededError } from "./sandbox/exceeded.ts";
import { openInput } from "./scratch.ts";
import { printable } from "./text.ts";

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
    case "lost":
      return exitFailure(end, program, stderrTail);
    case "exited":
      return end.exitCode === 0 ? undefined : exitFailure(end, program, stderrTail);
  }
}
