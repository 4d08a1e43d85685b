import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../errors.ts";
import type { GuardedExit } from "../guardedProcess.ts";
import type { AgentSession, SessionEnd, Turn, TurnOutcome } from "../session.ts";
import { claudeBlock } from "./claude.ts";
import { createPermissions } from "./claudePermissions.ts";
import { failureOfExit, failureSaid, timedOut } from "./failure.ts";
import { errorOf, notNow, type SessionFrame, toolsMissing } from "./frame.ts";
import { type JsonObject, listAt, objectAt, readJsonLines, textAt } from "./jsonLines.ts";
import { checkAttachments } from "./place.ts";
import { createTurn, type Turning } from "./turn.ts";

/** After a cancelled turn it says at once that the turn is over. */
export const CANCEL_WAIT_MS = 5_000;
/** After the end of its input it writes down its session and leaves. */
export const CLOSE_WAIT_MS = 5_000;
/** How often it is asked whether its tools are there: it tells of no event. */
const TOOLS_POLL_MS = 25;

/** A session with Claude Code: one process, several turns over its standard input. */
export async function openClaudeSession(frame: SessionFrame): Promise<AgentSession> {
  const { start, tool, service } = frame;
  const { resume } = start;
  const context = frame.failureContext(start.timeoutMs, resume);
  const agent = await frame.launch({
    resume,
    attachments: [],
    text: undefined,
    signal: frame.signal,
    timeoutMs: start.timeoutMs,
  });
  const waiting = new Map<string, (response: JsonObject) => void>();
  let requests = 0;
  let turning: Turning | undefined;
  let broken: AgentError | undefined;
  let isClosing = false;

  const send = (message: object): void => {
    if (agent.stdin?.writable === true) agent.stdin.write(`${JSON.stringify(message)}\n`);
  };
  const permissions = createPermissions(frame, send);

  readJsonLines(agent.stdout, {
    onMessage(message) {
      if (message.type === "control_request") void permissions.decide(message);
      else if (message.type === "control_cancel_request")
        permissions.cancel(textAt(message, "request_id") ?? "");
      else if (message.type === "control_response") {
        const response = objectAt(message, "response");
        waiting.get(textAt(response, "request_id") ?? "")?.(objectAt(response, "response"));
      } else if (turning !== undefined) tool.read(message, turning.state);
    },
    onNoise: (text) => start.onEvent({ kind: "notice", text }),
    onBroken(error) {
      broken = error;
      agent.stop();
    },
  });

  /** Settles when the session is over with its program. */
  const gone = agent.ended.then((exit) => frame.end(endOf(exit)));

  /** Why the session ended, if nobody said so before. */
  function endOf(exit: GuardedExit): SessionEnd {
    if (isClosing) return { why: "finished", error: undefined };
    if (broken !== undefined) return { why: "failed", error: broken };
    const error = failureOfExit(exit, context);
    if (exit.reason === "stopped" || exit.reason === "timedOut") return { why: "stopped", error };
    return { why: exit.reason === "lost" ? "lost" : "failed", error };
  }

  /** Asks the program itself, not the model. */
  async function ask(request: object): Promise<JsonObject> {
    requests += 1;
    const id = `pleiad-${requests}`;
    const { promise, resolve } = Promise.withResolvers<JsonObject>();
    waiting.set(id, resolve);
    send({ type: "control_request", request_id: id, request });
    try {
      return await Promise.race([promise, gone.then((end) => Promise.reject(errorOf(end)))]);
    } finally {
      waiting.delete(id);
    }
  }

  async function connectTools(): Promise<void> {
    const isThere = (states: readonly unknown[], name: string): boolean => {
      const state = states.find((entry) => textAt(entry, "name") === name);
      const status = textAt(state, "status");
      if (status === "failed") throw toolsMissing(frame);
      return status === "connected";
    };
    while (start.toolServers.length > 0) {
      const states = listAt(await ask({ subtype: "mcp_status" }), "mcpServers");
      if (start.toolServers.every(({ name }) => isThere(states, name))) break;
      await sleep(TOOLS_POLL_MS);
    }
    await start.toolsReady?.(frame.signal);
  }

  async function getReady(): Promise<void> {
    const readyBy = performance.now() + Math.min(service.readyMs, start.timeoutMs);
    const late = (error: AgentError): AgentError =>
      service.readyMs < start.timeoutMs ? error : timedOut(context);
    const notReady = new AgentError("AGENT_NOT_READY", `${tool.kind} was not ready in ${service.readyMs} ms`);
    const { account } = await inTime(ask({ subtype: "initialize", hooks: null }), readyBy, () =>
      late(notReady),
    );
    if (isLoggedOut(account)) throw failureSaid("not logged in: it has no key and no login", context);
    await inTime(connectTools(), readyBy, () => late(toolsMissing(frame)));
  }

  /** What an `inTime` that is over waits for goes on until the program is gone, which is next. */
  async function inTime<T>(work: Promise<T>, by: number, error: () => AgentError): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(error()), Math.max(1, by - performance.now()));
    try {
      return await Promise.race([work, promise, gone.then((end) => Promise.reject(errorOf(end)))]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function prompt(turn: Turn): Promise<TurnOutcome> {
    const refusal = notNow(frame, turning !== undefined);
    if (refusal !== undefined) throw refusal;
    const attachments = turn.attachments ?? [];
    checkAttachments(tool, attachments, (attachment) => claudeBlock(attachment) !== undefined);
    if (turn.signal.aborted) throw new AgentError("AGENT_STOPPED", "the turn was stopped before it began");
    try {
      return await runTurn(turn, [...attachments.map(claudeBlock), { type: "text", text: turn.text }]);
    } finally {
      turning = undefined;
    }
  }

  async function runTurn(turn: Turn, content: readonly unknown[]): Promise<TurnOutcome> {
    const startedAt = performance.now();
    const timeoutMs = Math.min(turn.timeoutMs, service.timeoutMs);
    const settled = Promise.withResolvers<void>();
    let cut: AgentError | undefined;
    let killer: NodeJS.Timeout | undefined;
    /** Something ends the turn early: the program is asked to break off, and killed if it does not. */
    const breakOff = (error: AgentError): void => {
      if (cut !== undefined) return;
      cut = error;
      killer = setTimeout(() => void frame.end({ why: "stopped", error }), CANCEL_WAIT_MS);
      permissions.cancel();
      requests += 1;
      send({
        type: "control_request",
        request_id: `pleiad-${requests}`,
        request: { subtype: "interrupt" },
      });
    };
    const current = createTurn({
      outputBytesMax: start.outputBytesMax,
      secrets: frame.secrets,
      onEvent: start.onEvent,
      onSettled: settled.resolve,
      onTooLarge: () => current.tooLarge && breakOff(current.tooLarge),
    });
    turning = current;
    const clock = setTimeout(
      () => breakOff(timedOut(frame.failureContext(timeoutMs, resume))),
      Math.max(1, timeoutMs),
    );
    const onAbort = (): void => breakOff(new AgentError("AGENT_STOPPED", "the turn was stopped"));
    turn.signal.addEventListener("abort", onAbort, { once: true });
    try {
      send({
        type: "user",
        session_id: "",
        parent_tool_use_id: null,
        message: { role: "user", content },
      });
      turn.onAsked?.();
      await Promise.race([settled.promise, gone]);
    } finally {
      turn.onUsage?.(current.told());
      turn.signal.removeEventListener("abort", onAbort);
      clearTimeout(clock);
      clearTimeout(killer);
      permissions.cancel();
    }
    if (cut !== undefined) throw cut;
    const over = frame.over();
    if (over !== undefined && !current.state.isDone) throw errorOf(over);
    if (current.failure !== undefined)
      throw failureSaid(current.failure, frame.failureContext(timeoutMs, resume));
    return current.outcome(performance.now() - startedAt);
  }

  try {
    await getReady();
  } catch (error) {
    const over = await frame.end({
      why: "failed",
      error: error instanceof AgentError ? error : undefined,
    });
    throw over.error ?? error;
  }
  frame.ready();

  return {
    id: start.homeFolder === undefined ? undefined : (resume ?? frame.newId),
    program: `${tool.kind} ${frame.found.version}`,
    state: frame.state,
    prompt,
    async close() {
      if (frame.over() !== undefined) return await frame.ended;
      if (turning !== undefined) return await frame.end({ why: "finished", error: undefined });
      isClosing = true;
      agent.stdin?.end();
      const timer = setTimeout(agent.stop, CLOSE_WAIT_MS);
      const end = await gone;
      clearTimeout(timer);
      return end;
    },
    ended: frame.ended,
  };
}

/** Whether it says itself that it has nobody's key. Another provider than its own has its ways. */
function isLoggedOut(account: unknown): boolean {
  return (
    textAt(account, "apiProvider") === "firstParty" &&
    textAt(account, "tokenSource") === "none" &&
    textAt(account, "apiKeySource") === undefined
  );
}
