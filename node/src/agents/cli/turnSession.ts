import type { AgentUsage } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { GuardedExit } from "../guardedProcess.ts";
import type { LaunchedAgent } from "../launch.ts";
import type { AgentSession, SessionEnd, Turn, TurnOutcome } from "../session.ts";
import { failureOfExit, failureSaid, timedOut } from "./failure.ts";
import { errorOf, notNow, type SessionFrame, toolsMissing } from "./frame.ts";
import { readJsonLines } from "./jsonLines.ts";
import { checkAttachments } from "./place.ts";
import type { UsageTotal } from "./tool.ts";
import { createTurn, type Turning } from "./turn.ts";

/** How long a program may go on after it said that its turn is over: it writes down its session. */
export const TURN_END_WAIT_MS = 10_000;

/** A session of a program that runs once for each turn, and goes on with an earlier one by its id. */
export function openTurnSession(frame: SessionFrame): AgentSession {
  const { tool, start, service } = frame;
  let id = start.resume;
  /** What the program's stream said last of the whole session. */
  let total = countsOf(start.counted);
  let isBusy = false;
  let toolsReady = start.toolsReady === undefined;
  frame.ready();

  async function prompt(turn: Turn): Promise<TurnOutcome> {
    const refusal = notNow(frame, isBusy);
    if (refusal !== undefined) throw refusal;
    const attachments = turn.attachments ?? [];
    checkAttachments(tool, attachments, (attachment) => tool.takesFile?.(attachment) ?? false);
    if (turn.signal.aborted) throw new AgentError("AGENT_STOPPED", "the turn was stopped before it began");
    isBusy = true;
    try {
      return await runTurn(turn);
    } finally {
      isBusy = false;
    }
  }

  async function runTurn(turn: Turn): Promise<TurnOutcome> {
    const startedAt = performance.now();
    const timeoutMs = Math.min(turn.timeoutMs, service.timeoutMs);
    const resume = id;
    const context = frame.failureContext(timeoutMs, resume);
    const agent = await frame.launch({
      resume,
      attachments: turn.attachments ?? [],
      text: turn.text,
      signal: AbortSignal.any([turn.signal, frame.signal]),
      timeoutMs: timeoutMs - (performance.now() - startedAt),
    });
    let broken: AgentError | undefined;
    let endWait: NodeJS.Timeout | undefined;
    const stopBroken = (error: AgentError): void => {
      broken ??= error;
      agent.stop();
    };
    const turning = createTurn({
      outputBytesMax: start.outputBytesMax,
      secrets: frame.secrets,
      countedBefore: total,
      onEvent: start.onEvent,
      onTooLarge: agent.stop,
      onSettled: () => {
        endWait ??= setTimeout(agent.stop, TURN_END_WAIT_MS);
      },
    });
    readJsonLines(agent.stdout, {
      onMessage: (message) => tool.read(message, turning.state),
      onNoise: (text) => turning.state.notice(text),
      onBroken: stopBroken,
    });
    // The program connects its tools before it asks its model; there is no way to wait for that before it has its text.
    const tools = awaitTools(agent, () => stopBroken(toolsMissing(frame)));
    const exit = await agent.ended;
    clearTimeout(endWait);
    tools.stop();
    id = turning.state.sessionId ?? id;
    total = turning.total ?? total;
    if (exit.reason !== "notStarted") {
      turn.onAsked?.();
      turn.onUsage?.(turning.told());
    }
    const over = frame.over();
    if (over !== undefined) throw errorOf(over);
    if (turn.signal.aborted) throw new AgentError("AGENT_STOPPED", "the turn was stopped");
    const failure = failureOf(turning, broken, exit);
    if (failure === undefined) return turning.outcome(performance.now() - startedAt);
    if (failure.ends !== undefined) await frame.end({ why: failure.ends, error: failure.error });
    throw failure.error;

    function failureOf(
      { tooLarge, failure: said, state }: Turning,
      garbled: AgentError | undefined,
      end: GuardedExit,
    ): { error: AgentError; ends: SessionEnd["why"] | undefined } | undefined {
      if (tooLarge !== undefined) return { error: tooLarge, ends: undefined };
      if (garbled !== undefined) return { error: garbled, ends: "failed" };
      if (said !== undefined) return { error: failureSaid(said, context), ends: undefined };
      if (state.isDone) return undefined;
      if (end.reason === "timedOut") return { error: timedOut(context), ends: undefined };
      return { error: failureOfExit(end, context), ends: end.reason === "lost" ? "lost" : "failed" };
    }
  }

  /** Once in a session: whether whoever serves the tools was asked for them in time. */
  function awaitTools(agent: LaunchedAgent, onMissing: () => void): { stop(): void } {
    if (toolsReady || start.toolsReady === undefined) return { stop() {} };
    const over = new AbortController();
    const timer = setTimeout(onMissing, service.readyMs);
    const settle = (): void => clearTimeout(timer);
    start.toolsReady(AbortSignal.any([over.signal, frame.signal])).then(
      () => {
        toolsReady = true;
        settle();
      },
      // Who cannot tell has said why elsewhere; the agent is not to go on without its tools.
      () => {
        settle();
        if (!over.signal.aborted) onMissing();
      },
    );
    void agent.ended.then(settle);
    return { stop: () => over.abort() };
  }

  return {
    get id() {
      return start.homeFolder === undefined ? undefined : id;
    },
    program: `${tool.kind} ${frame.found.version}`,
    get counted() {
      return total;
    },
    state: frame.state,
    prompt,
    close: () => frame.end({ why: "finished", error: undefined }),
    ended: frame.ended,
  };
}

/** Both counts, or none. */
function countsOf({ inputTokens, outputTokens }: AgentUsage = {}): UsageTotal | undefined {
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}
