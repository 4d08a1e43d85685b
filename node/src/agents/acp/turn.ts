import type { AcpServiceConfig } from "../../config/service.ts";
import { outputTooLarge } from "../answer.ts";
import type { AgentUsage, UsageTold } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { Turn, TurnOutcome } from "../session.ts";
import { type AnswerText, createAnswerText } from "./answerText.ts";
import type { Connection } from "./connection.ts";
import { promptContent } from "./content.ts";
import { type ReadyAgent, refusedBy } from "./handshake.ts";
import { isObject } from "./json.ts";
import { usageOf } from "./updates.ts";
import { broken } from "./wire.ts";

/** Time for an agent to wind up a turn that was cancelled; then its program is ended. */
export const ACP_CANCEL_GRACE_MS = 3_000;

const STOP_REASONS: Readonly<Record<string, TurnOutcome["stopReason"]>> = {
  end_turn: "end",
  max_tokens: "tokens",
  max_turn_requests: "turns",
  refusal: "refused",
  cancelled: "cancelled",
};

/** What a turn needs of its session. */
export interface TurnModules {
  readonly connection: Connection;
  readonly service: AcpServiceConfig;
  readonly ready: ReadyAgent;
  readonly outputBytesMax: number;
  readonly onPermissions: (signal: AbortSignal) => void;
  /** What the agent has told of its model and of what it cost so far. */
  readonly told: () => { readonly model: string | undefined; readonly costUsd: number | undefined };
  /** Ends the session, since the agent does not wind up the turn. */
  readonly stopWith: (error: AgentError) => void;
}

/** A turn that is under way. */
export interface RunningTurn {
  readonly answer: AnswerText;
  /** The agent has answered: what it says from here on is not of this turn. */
  answered(): void;
  /** Asks the agent to wind up; the turn then ends with this error. */
  cancel(error: AgentError): void;
  /** What the agent has told so far of what the turn used. */
  told(): UsageTold;
  readonly outcome: Promise<TurnOutcome>;
}

/**
 * Begins a turn. It ends when the agent says so; a cancelled one at the latest when `ACP_CANCEL_GRACE_MS` is over, with the session.
 *
 * @throws AgentError AGENT_ATTACHMENT_REFUSED; then nothing was begun
 */
export function beginTurn(turn: Turn, modules: TurnModules): RunningTurn {
  const { connection, service, ready, outputBytesMax } = modules;
  const startedAt = performance.now();
  const prompt = promptContent(turn, ready.takes);
  const timeoutMs = Math.min(turn.timeoutMs, service.timeoutMs);
  const open = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let cause: AgentError | undefined;
  let usage: AgentUsage | undefined;

  const cancel = (error: AgentError): void => {
    if (cause !== undefined || open.signal.aborted) return;
    cause = error;
    // Questions that wait are answered before the agent hears of the end: else it might not be able to wind up.
    open.abort();
    const notified = connection.agent.notify("session/cancel", { sessionId: ready.sessionId });
    // A connection that is closed has nobody to tell.
    notified.catch(() => {});
    timers.push(setTimeout(() => modules.stopWith(error), ACP_CANCEL_GRACE_MS));
  };
  const answer = createAnswerText(outputBytesMax, () => cancel(outputTooLarge(outputBytesMax)));

  async function run(): Promise<TurnOutcome> {
    const onAbort = (): void => cancel(new AgentError("AGENT_STOPPED", "the turn was stopped"));
    timers.push(setTimeout(() => cancel(timedOut(service.program, timeoutMs)), timeoutMs));
    turn.signal.addEventListener("abort", onAbort, { once: true });
    try {
      modules.onPermissions(open.signal);
      const request = { sessionId: ready.sessionId, prompt };
      turn.onAsked?.();
      const response: unknown = await connection.agent.request("session/prompt", request);
      // One that was cancelled says what it used, too.
      usage = isObject(response) ? usageOf(response) : undefined;
      if (cause !== undefined) throw cause;
      return outcomeOf(response);
    } catch (error) {
      if (cause !== undefined) throw cause;
      const refusal = connection.refusalOf(error);
      if (refusal !== undefined) throw refusedBy(service.program, "the prompt", refusal, "AGENT_FAILED");
      throw error;
    } finally {
      open.abort();
      answer.end();
      for (const timer of timers) clearTimeout(timer);
      turn.signal.removeEventListener("abort", onAbort);
    }
  }

  function told(): UsageTold {
    const { model, costUsd } = modules.told();
    return {
      ...(usage === undefined ? {} : { usage }),
      ...(model === undefined ? {} : { model }),
      ...(costUsd === undefined ? {} : { costUsd }),
    };
  }

  function outcomeOf(response: unknown): TurnOutcome {
    const stopReason = isObject(response) ? STOP_REASONS[String(response.stopReason)] : undefined;
    if (!isObject(response) || stopReason === undefined)
      throw broken("it ended a turn without a reason that is known");
    return {
      output: answer.output(),
      stopReason,
      ...told(),
      ...(stopReason === "tokens" ? { isCut: true } : {}),
      elapsedMs: performance.now() - startedAt,
    };
  }

  const outcome = run();
  return {
    answer,
    cancel,
    told,
    outcome,
    answered() {
      answer.end();
      open.abort();
    },
  };
}

/** The error of a turn that took too long. */
export function timedOut(program: string, timeoutMs: number): AgentError {
  return new AgentError("AGENT_TIMED_OUT", `${program} did not end its turn in ${timeoutMs} ms`, {
    details: { program, timeoutMs },
  });
}
