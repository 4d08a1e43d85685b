import type { AcpServiceConfig } from "../../config/service.ts";
import { checkAnswer } from "../answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { DriverModules } from "../launch.ts";
import { createPlaces } from "../places.ts";
import type { AgentSession, PermissionRequest, SessionDriver, SessionStart } from "../session.ts";
import { watchOf } from "../usageWatch.ts";
import { openAcpSession } from "./openSession.ts";

/**
 * Driver of kind `acp`: a coding agent's program that speaks the Agent Client Protocol, for one answer or for a session. See "A
 * coding agent" in the README.
 */
export function createAcpDriver(
  service: AcpServiceConfig,
  modules: DriverModules,
): AgentDriver & SessionDriver {
  const places = createPlaces(service.parallelMax);
  // Sessions take no place: they wait for most of their lives, and for one another. How many there are is the team's to bound.
  const open = (start: SessionStart): Promise<AgentSession> => openAcpSession(service, modules, start);

  async function openAtPlace(start: SessionStart): Promise<AgentSession> {
    const waitingSince = performance.now();
    const giveBack = await places.take(start.signal, Math.min(start.timeoutMs, service.readyMs));
    try {
      const timeoutMs = Math.max(1, start.timeoutMs - (performance.now() - waitingSince));
      const session = await open({ ...start, timeoutMs });
      void session.ended.then(giveBack);
      return session;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  return {
    kind: service.kind,
    parallelMax: service.parallelMax,
    open,
    run: (request) => runOnce(service, modules, openAtPlace, request),
  };
}

/** One session of one turn. */
async function runOnce(
  service: AcpServiceConfig,
  { logger }: DriverModules,
  open: SessionDriver["open"],
  request: AgentRun,
): Promise<AgentOutcome> {
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
  const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
  let outputBytes = 0;
  const { signal, tag, workFolder, homeFolder, kept, readable, toolsReady } = request;
  try {
    const session = await open({
      toolServers: request.toolServers ?? [],
      ...(workFolder === undefined ? {} : { workFolder }),
      ...(homeFolder === undefined ? {} : { homeFolder }),
      ...(kept === undefined ? {} : { kept }),
      ...(readable === undefined ? {} : { readable }),
      ...(toolsReady === undefined ? {} : { toolsReady }),
      tag,
      signal,
      timeoutMs,
      outputBytesMax,
      onEvent(event) {
        request.onEvent?.(event);
        if (event.kind !== "text") return;
        outputBytes += Buffer.byteLength(event.text);
        request.onProgress?.({ outputBytes, elapsedMs: elapsedMs() });
      },
      askPermission: request.askPermission ?? refuse,
    });
    try {
      const { stopReason, ...outcome } = await session.prompt({
        text: request.prompt.text,
        signal,
        // The session's own time ends it.
        timeoutMs,
        ...watchOf(request),
      });
      if (stopReason === "refused" || stopReason === "cancelled")
        throw new AgentError("AGENT_FAILED", `${service.program} gave up its turn: ${stopReason}`);
      if (stopReason !== "end")
        logger.warn({ tag, stopReason }, "the agent's answer was cut at a limit of its own");
      const output = checkAnswer(outcome.output, outputBytesMax);
      await session.close();
      return { ...outcome, output, elapsedMs: elapsedMs() };
    } finally {
      await session.close();
    }
  } catch (error) {
    throw inWords(error, service.program, timeoutMs);
  }
}

/** Where nobody can be asked, an agent gets no leave. */
async function refuse({ options }: PermissionRequest): Promise<{ option: string } | { cancelled: true }> {
  const option = options.find(({ kind }) => kind === "rejectOnce");
  return option === undefined ? { cancelled: true } : { option: option.id };
}

/** A run has one time, however it was spent. */
function inWords(error: unknown, program: string, timeoutMs: number): unknown {
  if (!(error instanceof AgentError) || error.code !== "AGENT_TIMED_OUT") return error;
  return new AgentError("AGENT_TIMED_OUT", `${program} gave no answer in ${timeoutMs} ms`, {
    details: { ...error.details, program, timeoutMs },
    cause: error,
  });
}
