import { type Clock, systemClock } from "./clock.ts";
import { chainFailure } from "./errors.ts";
import {
  errorOf,
  failure,
  nameOfCall,
  RPC_RESPONSE_BYTES_MAX,
  type RpcCall,
  type RpcExchange,
  type RpcTarget,
  textOfCall,
  tooLarge,
} from "./rpcAnswer.ts";
import { answerOf, takeEntries } from "./rpcText.ts";
import { openTextSocket, type TextSocket } from "./textSocket.ts";

/** Messages in a row that answer nothing that was asked: an endpoint that sends more floods. */
export const SOCKET_UNASKED_MAX = 32;

/** What the library calls a message above its bound. */
const TOO_LARGE = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

/** A request that waits for its answer. */
interface Waiting {
  readonly call: RpcCall;
  readonly sentAtMs: number;
  /** Settles it, once. */
  readonly settle: (outcome: { readonly result: unknown } | { readonly error: unknown }) => void;
}

/** What an answered result comes to for whoever asked. */
function outcomeOf({ entries }: RpcCall, result: unknown): { result: unknown } | { error: unknown } {
  if (entries === undefined) return { result };
  try {
    takeEntries(result, entries());
    return { result: [] };
  } catch (error) {
    return { error };
  }
}

/**
 * Exchanges with one endpoint over a WebSocket that is opened when it is needed, kept, and opened again after its end.
 * It does not keep the process alive while nothing is asked.
 *
 * | what comes | what follows |
 * |---|---|
 * | an answer | it goes to whoever asked |
 * | what is no JSON-RPC, or breaks the protocol or its bounds | the connection ends; all that wait fail with RPC_INVALID_ANSWER |
 * | answers to nothing that was asked | let pass, as an answer may come late; `SOCKET_UNASKED_MAX` in a row end the connection |
 * | the end of the connection | all that wait fail with RPC_UNREACHABLE |
 * | nothing at all since a request was sent, for its time limit | RPC_TIMEOUT, and the connection is given up |
 */
export function createRpcSocket(target: RpcTarget, modules: { readonly clock?: Clock } = {}): RpcExchange {
  const { clock = systemClock() } = modules;
  const waiting = new Map<number, Waiting>();
  let socket: TextSocket | undefined;
  let isOpen = false;
  let unsent: string[] = [];
  let heardAtMs = Number.NEGATIVE_INFINITY;
  /** In a row, since the connection was opened. */
  let unasked: number;

  function open(): TextSocket {
    const { url, timeoutMs } = target;
    isOpen = false;
    unasked = 0;
    return openTextSocket(
      { url, openTimeoutMs: timeoutMs, messageBytesMax: RPC_RESPONSE_BYTES_MAX },
      {
        onOpen() {
          isOpen = true;
          for (const text of unsent.splice(0)) socket?.send(text);
          if (waiting.size === 0) socket?.hold(false);
        },
        onText: hear,
        onEnd: ({ kind, reason, cause }) =>
          end(kind === "invalid" ? "RPC_INVALID_ANSWER" : "RPC_UNREACHABLE", reason, cause),
      },
    );
  }

  function hear(text: string): void {
    heardAtMs = clock.monotonicMs();
    const answer = answerOf(text);
    if (answer === undefined) {
      end("RPC_INVALID_ANSWER", "not JSON-RPC");
      return;
    }
    const asked = typeof answer.id === "number" ? waiting.get(answer.id) : undefined;
    if (asked === undefined) {
      unasked += 1;
      if (unasked > SOCKET_UNASKED_MAX) end("RPC_INVALID_ANSWER", "answers to what was not asked");
      return;
    }
    unasked = 0;
    const { error, result } = answer;
    if (error !== undefined) asked.settle({ error: errorOf(error, 200, undefined, asked.call, target) });
    else asked.settle(outcomeOf(asked.call, result));
  }

  /** The connection is of no more use: all that wait fail, and the next request opens another. */
  function end(code: "RPC_INVALID_ANSWER" | "RPC_UNREACHABLE", reason: string, cause?: unknown): void {
    socket?.close();
    socket = undefined;
    unsent = [];
    const isTooLarge = cause instanceof Error && "code" in cause && cause.code === TOO_LARGE;
    for (const { call, settle } of [...waiting.values()])
      settle({
        error: isTooLarge ? tooLarge(call, target) : failure(code, reason, call, target, { cause }),
      });
  }

  function late({ call, sentAtMs, settle }: Waiting): void {
    settle({ error: failure("RPC_TIMEOUT", `no answer within ${target.timeoutMs} ms`, call, target) });
    if (heardAtMs < sentAtMs) end("RPC_UNREACHABLE", "the connection is silent");
  }

  const exchange: RpcExchange = (call, id, signal) =>
    new Promise((resolve, reject) => {
      const stopped = () =>
        request.settle({ error: chainFailure("RPC_STOPPED", `${nameOfCall(call)} was stopped`) });
      const request: Waiting = {
        call,
        sentAtMs: clock.monotonicMs(),
        settle(outcome) {
          clearTimeout(timer);
          signal.removeEventListener("abort", stopped);
          waiting.delete(id);
          if (waiting.size === 0) socket?.hold(false);
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.result);
        },
      };
      const timer = setTimeout(() => late(request), target.timeoutMs);
      if (signal.aborted) return stopped();
      signal.addEventListener("abort", stopped);
      waiting.set(id, request);
      socket ??= open();
      socket.hold(true);
      const text = textOfCall(call, id);
      if (isOpen) socket.send(text);
      else unsent.push(text);
    });

  return async (call, id, signal) => {
    const { batch } = call;
    if (batch === undefined) return exchange(call, id, signal);
    // Over one connection side by side is as good as together.
    return Promise.all(batch.map((part, index) => exchange(part, id + index, signal)));
  };
}
