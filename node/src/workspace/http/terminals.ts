import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { isRoleEnough } from "@pleiad/sdk/types/tokenRole";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { RawData, WebSocket } from "ws";
import { workspaceError } from "../errors.ts";
import {
  EVENT_PING_MS,
  TERMINAL_RIGHT_CHECK_MS,
  TERMINAL_STREAMS_MAX,
  TERMINAL_STREAMS_OPERATORS,
  TERMINAL_STREAMS_PER_TOKEN_MAX,
} from "../face/limits.ts";
import { credentialOf, type FaceWorkspace, operationsOf, type Speaker, tokenWrong } from "../face/speaker.ts";
import {
  type FaceSeat,
  type FaceTerminal,
  type FaceTerminals,
  type TerminalRight,
  terminalNotAllowed,
  terminalRight,
  terminalUnknown,
} from "../face/terminals.ts";
import { VIEWS } from "./access.ts";
import { closeSockets } from "./closeSockets.ts";
import { EVENT_CLOSE } from "./events.ts";
import { lackOfRoom } from "./streamRoom.ts";
import { type TerminalViewerMessage, viewerMessageSchema } from "./terminalMessages.ts";

/** Close codes beside those of events. */
export const TERMINAL_CLOSE = {
  /** All was told. */
  over: 1000,
  stopping: EVENT_CLOSE.stopping,
  /** A message that is none. */
  invalid: 4400,
  refused: EVENT_CLOSE.refused,
} as const;

const ROOM = {
  max: TERMINAL_STREAMS_MAX,
  perTokenMax: TERMINAL_STREAMS_PER_TOKEN_MAX,
  operatorsMin: TERMINAL_STREAMS_OPERATORS,
};

export interface TerminalRouteModules {
  readonly face: FaceWorkspace;
  readonly terminals: FaceTerminals;
  readonly speakerOf: (request: FastifyRequest) => Speaker;
  readonly clusterOf: (request: FastifyRequest) => bigint;
  readonly logger: Logger;
}

/** Who asks for which terminal, with what right. */
interface Asking {
  readonly speaker: Speaker;
  readonly cluster: bigint;
  readonly terminal: FaceTerminal;
  readonly right: Exclude<TerminalRight, "nothing">;
}

/** Routes of agents' terminals: which there are, what stands on one, and over a WebSocket one to look at and to type into. */
export function createTerminalRoutes(modules: TerminalRouteModules): {
  add(plugin: FastifyInstance, path: string): void;
  stop(): Promise<void>;
} {
  const { face, terminals, speakerOf, clusterOf, logger } = modules;
  const open = new Map<WebSocket, Speaker>();
  const asked = new WeakMap<FastifyRequest, Asking>();

  return {
    add(plugin, path) {
      plugin.get(path, { config: VIEWS }, async (request) => {
        const speaker = speakerOf(request);
        const cluster = clusterOf(request);
        await operationsOf(face, speaker, cluster).readRules();
        const seen = terminals
          .list(cluster)
          .map((terminal) => ({ terminal, right: rightOf(speaker, cluster, terminal) }))
          .filter(({ right }) => right !== "nothing");
        return { terminals: seen.map(({ terminal, right }) => shown(terminal, right)) };
      });
      plugin.route({
        method: "GET",
        url: `${path}/:name`,
        // To look; who types is looked at with each message.
        config: VIEWS,
        preValidation: async (request) => {
          const refusal = request.ws ? refusalOf(speakerOf(request)) : undefined;
          if (refusal !== undefined) throw refusal;
          const { name } = request.params as { readonly name: string };
          asked.set(request, await askFor(speakerOf(request), clusterOf(request), name));
        },
        handler: async (request) => {
          const { terminal, right } = askedBy(request);
          const { part } = request.query as { readonly part?: unknown };
          if (part !== undefined && part !== "screen" && part !== "all")
            throw workspaceError("WORKSPACE_INPUT_INVALID", `part is "screen" or "all"`, {
              hint: "leave it out for the screen",
            });
          const { lines, cursor } = terminal.text(part ?? "screen");
          return { ...shown(terminal, right), cursor, lines };
        },
        wsHandler: (socket: WebSocket, request: FastifyRequest) => attach(socket, askedBy(request)),
      });
    },
    stop: () => closeSockets(open.keys(), TERMINAL_CLOSE.stopping),
  };

  function refusalOf(speaker: Speaker): PleiadError | undefined {
    const lack = lackOfRoom(open.values(), speaker, ROOM);
    return lack === undefined ? undefined : tooMany(lack);
  }

  /** Who may but look does not type, whoever it is. */
  function rightOf(speaker: Speaker, cluster: bigint, terminal: FaceTerminal): TerminalRight {
    const right = terminalRight(credentialOf(speaker, cluster), terminal);
    return right === "type" && !isRoleEnough(speaker.role, "act") ? "view" : right;
  }

  function askedBy(request: FastifyRequest): Asking {
    const asking = asked.get(request);
    if (asking === undefined) throw new Error("a request came past the check of its right");
    return asking;
  }

  /** @throws PleiadError TERMINAL_UNKNOWN, TERMINAL_NOT_ALLOWED, and what any question about the cluster is refused with */
  async function askFor(speaker: Speaker, cluster: bigint, name: string): Promise<Asking> {
    // The rules may be read by all who have any right.
    await operationsOf(face, speaker, cluster).readRules();
    const terminal = terminals.find(cluster, name);
    if (terminal === undefined) throw terminalUnknown(name);
    const right = rightOf(speaker, cluster, terminal);
    if (right === "nothing") throw terminalNotAllowed(name);
    return { speaker, cluster, terminal, right };
  }

  function attach(socket: WebSocket, { speaker, cluster, terminal, right }: Asking): void {
    // Many that asked at once were each told that there is room.
    const lack = refusalOf(speaker);
    if (lack !== undefined) {
      socket.close(EVENT_CLOSE.behind, lack.code);
      return;
    }
    let hasAnswered = true;
    let seat: FaceSeat | undefined;
    /** One after the other: each is looked at anew for whether its sender still may. */
    let turn = Promise.resolve();
    const close = (code: number, reason: string) => socket.close(code, reason);
    const requireStill = async (): Promise<void> => {
      if (!(await speaker.isCurrent())) throw tokenWrong();
      await askFor(speaker, cluster, terminal.name);
    };
    const failed = (error: unknown): void => {
      if (error instanceof PleiadError) {
        close(TERMINAL_CLOSE.refused, error.code);
        return;
      }
      // What was said to one who has just left.
      if (socket.readyState !== socket.OPEN) return;
      logger.error({ err: error }, "a terminal met a bug");
      socket.terminate();
    };
    const check = setInterval(() => requireStill().catch(failed), TERMINAL_RIGHT_CHECK_MS);
    const ping = setInterval(() => {
      if (!hasAnswered) return socket.terminate();
      hasAnswered = false;
      socket.ping();
    }, EVENT_PING_MS);
    socket.on("pong", () => {
      hasAnswered = true;
    });
    socket.on("error", () => socket.terminate());
    socket.once("close", () => {
      seat?.leave();
      clearInterval(check);
      clearInterval(ping);
      open.delete(socket);
    });
    socket.on("message", (data, isBinary) => {
      // What is sent faster than it is taken stays with its sender.
      socket.pause();
      turn = turn
        .then(() => heed(data, isBinary))
        .catch(failed)
        .finally(() => socket.resume());
    });
    open.set(socket, speaker);
    // A connection that is gone by now is told by its end.
    send({ kind: "open", terminal: shown(terminal, right) }).catch(() => {});
    try {
      seat = terminal.attach(
        {
          async send(message) {
            await send(message);
            if (message.kind === "end") close(TERMINAL_CLOSE.over, "TERMINAL_ENDED");
          },
        },
        { mayType: right === "type" },
      );
    } catch (error) {
      failed(error);
    }

    async function heed(data: RawData, isBinary: boolean): Promise<void> {
      const message = isBinary ? undefined : parseMessage(String(data));
      if (message === undefined) return close(TERMINAL_CLOSE.invalid, "TERMINAL_MESSAGE_INVALID");
      if (seat === undefined || socket.readyState !== socket.OPEN) return;
      await requireStill();
      try {
        switch (message.kind) {
          case "input":
            seat.type(message.data);
            break;
          case "resize":
            seat.resize(message);
            break;
          default:
            seat[message.kind]();
        }
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        const { code, message: text, hint } = error;
        await send({ kind: "refused", code, message: text, hint, retryable: isRetryable(error) });
      }
    }

    function send(message: Readonly<Record<string, unknown>>): Promise<void> {
      return new Promise((resolve, reject) => {
        socket.send(JSON.stringify(message), (error) => (error == null ? resolve() : reject(error)));
      });
    }
  }
}

function shown(terminal: FaceTerminal, right: TerminalRight): Readonly<Record<string, unknown>> {
  const end = terminal.end();
  return {
    name: terminal.name,
    kind: terminal.kind,
    ...terminal.size(),
    viewers: terminal.viewers(),
    mayType: right === "type",
    state: end === undefined ? "running" : "done",
    ...(end === undefined ? {} : { why: end.why, exitCode: end.exitCode }),
  };
}

function parseMessage(text: string): TerminalViewerMessage | undefined {
  try {
    return viewerMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function tooMany(whose: string): PleiadError {
  return workspaceError("TERMINAL_STREAMS_TOO_MANY", `connections to terminals are open already: ${whose}`, {
    retryable: true,
    hint: "close one that nobody looks at",
    details: { streamsMax: TERMINAL_STREAMS_MAX },
  });
}
