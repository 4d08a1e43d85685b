import type { CliServiceConfig } from "../../config/service.ts";
import { checkAnswer } from "../answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { DriverModules } from "../launch.ts";
import { createPlaces } from "../places.ts";
import {
  type AgentSession,
  SESSION_TIMEOUT_MS_MAX,
  type SessionDriver,
  type SessionStart,
} from "../session.ts";
import { watchOf } from "../usageWatch.ts";
import { openClaudeSession } from "./claudeSession.ts";
import { createFrame } from "./frame.ts";
import { CLI_TOOLS } from "./tools.ts";
import { openTurnSession } from "./turnSession.ts";
import { createProgramFinder, type FoundProgram } from "./version.ts";

/**
 * Driver of a coding agent's own command line, without a person in front of it: `claude`, `codex`, `opencode`, `gemini`,
 * `qwen`. See README.md in this folder.
 */
export function createCliDriver(
  service: CliServiceConfig,
  modules: DriverModules,
): AgentDriver & SessionDriver {
  const tool = CLI_TOOLS[service.kind];
  const finder = createProgramFinder(tool, service.program ?? tool.program, modules);
  const places = createPlaces(service.parallelMax);

  async function find({ tag, signal, timeoutMs }: SessionStart): Promise<FoundProgram> {
    try {
      return await finder.find({ tag, signal, timeoutMs: Math.min(timeoutMs, service.readyMs) });
    } catch (error) {
      const isLate = error instanceof AgentError && error.code === "AGENT_TIMED_OUT";
      if (!isLate || timeoutMs <= service.readyMs) throw error;
      throw new AgentError(
        "AGENT_NOT_READY",
        `${tool.kind} did not say its version in ${service.readyMs} ms`,
        {
          details: error.details,
          cause: error,
        },
      );
    }
  }

  async function open(given: SessionStart): Promise<AgentSession> {
    const startedAt = performance.now();
    const found = await find(given);
    const { resume, homeFolder } = given;
    const isKnown =
      resume === undefined || (homeFolder !== undefined && (await tool.hasSession(homeFolder, resume)));
    if (!isKnown) {
      throw new AgentError("AGENT_SESSION_LOST", `${tool.kind} has no session ${resume}`, {
        details: { kind: tool.kind, resume },
      });
    }
    if (found.warning !== undefined) given.onEvent({ kind: "notice", text: found.warning });
    const start: SessionStart = {
      ...given,
      outputBytesMax: Math.min(given.outputBytesMax, service.outputBytesMax),
      timeoutMs: Math.max(
        1,
        Math.min(SESSION_TIMEOUT_MS_MAX, given.timeoutMs) - (performance.now() - startedAt),
      ),
    };
    const frame = await createFrame({ service, tool, modules }, start, found, () => {
      const message = `the session with ${tool.kind} had ${given.timeoutMs} ms`;
      const error = new AgentError("AGENT_TIMED_OUT", message, { details: { timeoutMs: given.timeoutMs } });
      void frame.end({ why: "stopped", error });
    });
    const onAbort = (): void => {
      void frame.end({ why: "stopped", error: new AgentError("AGENT_STOPPED", "the session was stopped") });
    };
    start.signal.addEventListener("abort", onAbort, { once: true });
    void frame.ended.then(() => start.signal.removeEventListener("abort", onAbort));
    if (start.signal.aborted) onAbort();
    try {
      return tool.kind === "claude" ? await openClaudeSession(frame) : openTurnSession(frame);
    } catch (error) {
      await frame.end({ why: "failed", error: error instanceof AgentError ? error : undefined });
      throw error;
    }
  }

  /** One session with one turn, in the folder and with the tools that it is given. Where the run names nobody who is asked for leave, there is none. */
  async function runOnce(request: AgentRun, timeoutMs: number, startedAt: number): Promise<AgentOutcome> {
    const elapsedMs = () => performance.now() - startedAt;
    const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
    const { workFolder, homeFolder, kept, readable, toolsReady } = request;
    let outputBytes = 0;
    let session: AgentSession | undefined;
    try {
      session = await open({
        toolServers: request.toolServers ?? [],
        ...(workFolder === undefined ? {} : { workFolder }),
        ...(homeFolder === undefined ? {} : { homeFolder }),
        ...(kept === undefined ? {} : { kept }),
        ...(readable === undefined ? {} : { readable }),
        ...(toolsReady === undefined ? {} : { toolsReady }),
        tag: request.tag,
        signal: request.signal,
        timeoutMs: timeoutMs - elapsedMs(),
        outputBytesMax,
        onEvent: (event) => {
          request.onEvent?.(event);
          if (event.kind !== "text") return;
          outputBytes += Buffer.byteLength(event.text);
          request.onProgress?.({ outputBytes, elapsedMs: elapsedMs() });
        },
        askPermission: request.askPermission ?? (async () => ({ cancelled: true })),
      });
      const outcome = await session.prompt({
        text: request.prompt.text,
        signal: request.signal,
        timeoutMs: timeoutMs - elapsedMs(),
        ...watchOf(request),
      });
      const { stopReason, ...rest } = outcome;
      return {
        ...rest,
        output: checkAnswer(outcome.output, outputBytesMax),
        elapsedMs: elapsedMs(),
        ...(stopReason === "tokens" ? { isCut: true } : {}),
      };
    } catch (error) {
      throw inRequestTime(error, timeoutMs);
    } finally {
      await session?.close();
    }
  }

  return {
    kind: service.kind,
    parallelMax: service.parallelMax,
    open,
    async run(request) {
      const startedAt = performance.now();
      const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
      const giveBack = await places.take(request.signal, timeoutMs);
      try {
        return await runOnce(request, timeoutMs, startedAt);
      } finally {
        giveBack();
      }
    },
  };
}

/** The time that ran out is the run's, however little of it was left for the part that used it up. */
function inRequestTime(error: unknown, timeoutMs: number): unknown {
  if (!(error instanceof AgentError) || error.code !== "AGENT_TIMED_OUT") return error;
  return new AgentError("AGENT_TIMED_OUT", `there was no answer in ${timeoutMs} ms`, {
    details: { ...error.details, timeoutMs },
    cause: error,
  });
}
