import { isAbsolute, resolve } from "node:path";
import type { AcpServiceConfig } from "../../config/service.ts";
import { namedValues } from "../environment.ts";
import { AgentError } from "../errors.ts";
import { exitFailure } from "../exitFailure.ts";
import type { GuardedExit } from "../guardedProcess.ts";
import { type DriverModules, type LaunchedAgent, launchAgent } from "../launch.ts";
import { exceededError } from "../sandbox/exceeded.ts";
import {
  type AgentSession,
  SESSION_TIMEOUT_MS_MAX,
  type SessionEnd,
  type SessionStart,
  type SessionState,
  type TurnOutcome,
} from "../session.ts";
import { printable } from "../text.ts";
import { type Connection, connectAgent } from "./connection.ts";
import { type ReadyAgent, shakeHands } from "./handshake.ts";
import { shownText } from "./json.ts";
import { createPermissions } from "./permissions.ts";
import { beginTurn, type RunningTurn } from "./turn.ts";
import { createUpdateReader } from "./updates.ts";
import { broken } from "./wire.ts";

/** A model's name. */
const MODEL_CHARACTERS_MAX = 256;
/** Time for a program to end by itself when its input ends. Most do at once; two of the known ones never do. */
export const ACP_CLOSE_MS = 2_000;
/** How long a program may live on once nothing more is heard of it: its exit is usually known at the same moment. */
export const ACP_SILENCE_MS = 1_000;

/**
 * Starts a program that speaks the Agent Client Protocol, and gets it ready for a prompt.
 *
 * @throws AgentError; nothing of the session is left then
 */
export async function openAcpSession(
  service: AcpServiceConfig,
  modules: DriverModules,
  start: SessionStart,
): Promise<AgentSession> {
  const life = await startLife(service, modules, start);
  try {
    const connection = await life.orEnd(connectAgent(life.program, life.events));
    life.connected(connection);
    const ready = await life.orEnd(
      shakeHands(connection, service, {
        cwd: life.workFolder,
        toolServers: start.toolServers,
        resume: start.resume,
      }),
    );
    await life.orEnd(toolsReady());
    return life.begin(ready);
  } catch (error) {
    if (!(error instanceof AgentError)) {
      life.stopWith(new AgentError("AGENT_STOPPED", "the session could not be opened"), "stopped");
      await life.ended;
      throw error;
    }
    life.stopWith(error, "failed");
    throw (await life.ended).error ?? error;
  } finally {
    life.opened();
  }

  async function toolsReady(): Promise<void> {
    life.waitForTools();
    try {
      await start.toolsReady?.(life.openingSignal);
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("AGENT_TOOLS_MISSING", "the agent's tools were not connected", { cause: error });
    }
  }
}

/** A program from its start to its end. */
interface Life {
  readonly program: {
    readonly stdin: NonNullable<LaunchedAgent["stdin"]>;
    readonly stdout: LaunchedAgent["stdout"];
  };
  readonly workFolder: string;
  readonly events: Parameters<typeof connectAgent>[1];
  readonly ended: Promise<SessionEnd>;
  /** Aborted when the opening is over, however it ended. */
  readonly openingSignal: AbortSignal;
  connected(connection: Connection): void;
  /** From now on being late is the tools' fault. */
  waitForTools(): void;
  opened(): void;
  begin(ready: ReadyAgent): AgentSession;
  /** Ends the program, and says why. */
  stopWith(error: AgentError, why: "failed" | "stopped"): void;
  /** What `work` gives; if the program ends before, its end. */
  orEnd<T>(work: Promise<T>): Promise<T>;
}

async function startLife(
  service: AcpServiceConfig,
  modules: DriverModules,
  start: SessionStart,
): Promise<Life> {
  const timeoutMs = Math.min(start.timeoutMs, SESSION_TIMEOUT_MS_MAX);
  const agent = await launchAgent(modules, {
    environmentNames: service.environment,
    confinement: service,
    ...(start.workFolder === undefined ? {} : { workFolder: start.workFolder }),
    ...(start.homeFolder === undefined ? {} : { homeFolder: start.homeFolder }),
    ...(start.kept === undefined ? {} : { kept: start.kept }),
    command: async () => ({
      program: service.program,
      args: service.args,
      // In a sandbox it starts its tools' servers itself.
      readable: [
        ...(start.readable ?? []),
        ...start.toolServers.flatMap(({ command, args, readable = [] }) => [
          command,
          ...args.filter(isAbsolute),
          ...readable,
        ]),
      ],
    }),
    tag: start.tag,
    timeoutMs,
    signal: start.signal,
  });
  const { stdin, stdout } = agent;
  if (stdin === undefined) throw new Error("a program without an input");

  const opening = new AbortController();
  const permissions = createPermissions(start);
  const readUpdate = createUpdateReader();
  let state: SessionState = "spawning";
  let connection: Connection | undefined;
  let ready: ReadyAgent | undefined;
  let turn: RunningTurn | undefined;
  let model: string | undefined;
  let costUsd: number | undefined;
  let isClosing = false;
  let isWaitingForTools = false;
  let failure: SessionEnd | undefined;
  let closing: Promise<SessionEnd> | undefined;

  const stopWith: Life["stopWith"] = (error, why) => {
    failure ??= { why, error };
    agent.stop();
  };
  const ended = agent.ended.then((exit) => {
    state = "done";
    opening.abort();
    connection?.close();
    return endOf(exit);
  });
  const late = setTimeout(() => stopWith(notReady(), "failed"), service.readyMs);

  function endOf(exit: GuardedExit): SessionEnd {
    if (isClosing) return { why: "finished", error: undefined };
    if (failure !== undefined) return failure;
    const secrets = namedValues(modules.environment, service.environment);
    const stderrTail = printable(exit.stderrTail, secrets);
    switch (exit.reason) {
      case "stopped":
        return { why: "stopped", error: new AgentError("AGENT_STOPPED", "the session was stopped") };
      case "timedOut":
        return { why: "stopped", error: overtime(service.program, timeoutMs) };
      case "lost":
        return { why: "lost", error: exitFailure(exit, service.program, stderrTail) };
      case "exceeded":
        if (exit.exceeded === undefined) throw new Error("a limit was passed, and nobody says which");
        return { why: "stopped", error: exceededError(service.program, exit.exceeded, service) };
      case "notStarted":
      case "exited":
        return { why: "failed", error: exitFailure(exit, service.program, stderrTail) };
    }
  }

  function notReady(): AgentError {
    const { program, readyMs } = service;
    const shown = connection?.wire.firstIgnored();
    const said = shown === undefined ? "" : `; it wrote ${JSON.stringify(shown)}`;
    return isWaitingForTools
      ? new AgentError("AGENT_TOOLS_MISSING", `${program} did not connect its tools in ${readyMs} ms`)
      : new AgentError("AGENT_NOT_READY", `${program} was not ready in ${readyMs} ms${said}`, {
          details: { program, readyMs },
        });
  }

  async function orEnd<T>(work: Promise<T>): Promise<T> {
    const end = ended.then((how): never => {
      throw errorOf(how);
    });
    // Whichever is later is nobody's business any more.
    for (const promise of [work, end]) promise.catch(() => {});
    try {
      return await Promise.race([work, end]);
    } catch (error) {
      // The connection goes down a moment before the program's end is known, which says why.
      if (error instanceof AgentError || connection?.signal.aborted !== true) throw error;
      return await end;
    }
  }

  async function connectionLost(): Promise<void> {
    const timer = setTimeout(
      () => stopWith(broken("the connection to it was lost"), "failed"),
      ACP_SILENCE_MS,
    );
    await ended;
    clearTimeout(timer);
  }

  async function prompt(given: Parameters<AgentSession["prompt"]>[0]): Promise<TurnOutcome> {
    if (isClosing) throw closed();
    if (state === "done") throw errorOf(await ended);
    if (turn !== undefined) throw new AgentError("AGENT_TURN_RUNNING", "the agent works on another prompt");
    if (given.signal.aborted) throw new AgentError("AGENT_STOPPED", "the turn was stopped before it began");
    if (connection === undefined || ready === undefined) throw new Error("a session that was not opened");
    const { sessionId } = ready;
    connection.wire.allowMore();
    turn = beginTurn(given, {
      connection,
      service,
      ready,
      outputBytesMax: Math.min(start.outputBytesMax, service.outputBytesMax),
      onPermissions: (signal) => permissions.begin(sessionId, signal),
      told: () => ({ model, costUsd }),
      stopWith: (error) => stopWith(error, "stopped"),
    });
    try {
      return await orEnd(turn.outcome);
    } catch (error) {
      // A turn that was closed says so, even where the program's end came first.
      throw isClosing ? closed() : error;
    } finally {
      if (turn !== undefined) given.onUsage?.(turn.told());
      turn = undefined;
    }
  }

  async function close(): Promise<SessionEnd> {
    if (state === "done") return ended;
    isClosing = true;
    const running = turn;
    running?.cancel(closed());
    await Promise.race([ended, running?.outcome.catch(() => {})]);
    stdin?.end();
    const timer = setTimeout(() => agent.stop(), ACP_CLOSE_MS);
    await ended;
    clearTimeout(timer);
    return ended;
  }

  return {
    program: { stdin, stdout },
    workFolder: resolve(start.workFolder ?? agent.scratch.work),
    ended,
    openingSignal: opening.signal,
    events: {
      onUpdate(params) {
        // Before it is ready, an agent that goes on with a session tells all of it again.
        if (ready === undefined) return;
        const update = readUpdate(params, ready.sessionId);
        if (update.kind === "model") model = shownText(update.model, MODEL_CHARACTERS_MAX);
        if (update.kind === "cost") costUsd = update.costUsd;
        if (update.kind === "message") {
          turn?.answer.add(update.text, update.messageId);
          start.onEvent({ kind: "text", text: update.text });
        }
        if (update.kind === "event") {
          if (update.event.kind === "tool") turn?.answer.part();
          start.onEvent(update.event);
        }
      },
      onAnswered(method) {
        if (method === "session/prompt") turn?.answered();
      },
      onDamaged: () => turn?.answer.damage(),
      onBroken: (error) => stopWith(error, "failed"),
      onPermission: (message, signal) => permissions.answer(message, signal),
    },
    connected(to) {
      connection = to;
      to.signal.addEventListener("abort", () => void connectionLost(), { once: true });
    },
    waitForTools() {
      isWaitingForTools = true;
    },
    opened() {
      clearTimeout(late);
      opening.abort();
    },
    begin(agentReady) {
      ready = agentReady;
      model = agentReady.model;
      state = "running";
      const keepsHome = start.homeFolder !== undefined || service.environment.includes("HOME");
      return {
        id: agentReady.canResume && keepsHome ? agentReady.sessionId : undefined,
        program: agentReady.program,
        state: () => state,
        prompt,
        close() {
          closing ??= close();
          return closing;
        },
        ended,
      };
    },
    stopWith,
    orEnd,
  };
}

function closed(): AgentError {
  return new AgentError("AGENT_STOPPED", "the session was closed");
}

function errorOf({ error }: SessionEnd): AgentError {
  return error ?? closed();
}

function overtime(program: string, timeoutMs: number): AgentError {
  return new AgentError("AGENT_TIMED_OUT", `the session with ${program} was over after ${timeoutMs} ms`, {
    details: { program, timeoutMs },
  });
}
