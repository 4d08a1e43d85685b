import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Carrier, LogAnswerer, NodeAnswerer } from "./carrierTypes.ts";
import { networkError, PeerInputError, reasonOf } from "./errors.ts";
import {
  ASK_KINDS_MAX,
  ASKS_PER_PEER_MAX,
  ASKS_WAITING_PER_PEER_MAX,
  LOG_ASK_TIMEOUT_MS,
  NODE_ASK_TIMEOUT_MS,
} from "./limits.ts";
import { askLogOf, LOG_PROTOCOL, requireLogQuestion } from "./logProtocol.ts";
import { ASK_PROTOCOL, askNodeAt, isKind, requireQuestion } from "./nodeProtocol.ts";
import type { CertifiedPeer, Peers } from "./peers.ts";
import type { Misdeed } from "./reputation.ts";
import { createTurns } from "./turns.ts";

/** Questions between daemons, asked and answered. */
export interface Asking extends Pick<Carrier, "askLog" | "answerLog" | "askNode" | "answerNode"> {
  logAnswerer(): LogAnswerer | undefined;
  nodeAnswerer(kind: string): NodeAnswerer | undefined;
}

export function createAsking(
  options: { readonly node: bigint },
  modules: {
    readonly peers: Pick<Peers, "get" | "certified">;
    readonly penalize: (peer: string, misdeed: Misdeed) => void;
    /** Ends all questions. */
    readonly stopped: AbortSignal;
    readonly logger: Logger;
  },
): Asking {
  const { peers, penalize, stopped, logger } = modules;
  // A peer answers so many streams of a protocol at once; the next wait here.
  const turns = createTurns({
    workingMax: ASKS_PER_PEER_MAX,
    waitingMax: ASKS_WAITING_PER_PEER_MAX,
    full: (name) =>
      networkError("ASKS_TOO_MANY", `${ASKS_WAITING_PER_PEER_MAX} questions wait already: ${name}`, {
        retryable: true,
        hint: "try again when some have been answered",
      }),
  });
  const ofKind = new Map<string, NodeAnswerer>();
  let ofLog: LogAnswerer | undefined;

  /** Asks a peer within a time; whose end it was decides what the caller hears. */
  async function ask<T>(
    peer: CertifiedPeer,
    protocol: string,
    options: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const outer = AbortSignal.any([stopped, ...(options.signal === undefined ? [] : [options.signal])]);
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signal = AbortSignal.any([outer, timeout]);
    try {
      return await turns.run(`${protocol} ${peer.id}`, signal, () => work(signal));
    } catch (error) {
      outer.throwIfAborted();
      if (error instanceof PeerInputError && error.misdeed !== undefined) penalize(peer.id, error.misdeed);
      if (error !== timeout.reason) throw error;
      throw networkError("PEER_IO_FAILED", `peer ${peer.id} did not answer within ${options.timeoutMs} ms`, {
        retryable: true,
        details: { peer: peer.id },
        cause: error,
      });
    }
  }

  return {
    async askLog(id, cluster, question, { signal, onFrame }) {
      requireLogQuestion(question);
      const peer = peers.get(id);
      if (peer === undefined) {
        throw networkError("PEER_UNREACHABLE", `peer ${id} is not connected, or not certified`, {
          retryable: true,
          details: { peer: id },
        });
      }
      return ask(peer, LOG_PROTOCOL, { signal, timeoutMs: LOG_ASK_TIMEOUT_MS }, (within) =>
        askLogOf(peer.connection, cluster, question, {
          signal: within,
          async onPart(part) {
            if ((await onFrame(part)) === "reject") throw rejected(id, cluster);
          },
        }),
      );
    },
    answerLog(handler) {
      if (ofLog !== undefined) throw answeredAlready("questions for entries");
      ofLog = handler;
      return () => {
        if (ofLog === handler) ofLog = undefined;
      };
    },
    async askNode(node, kind, question, { signal } = {}) {
      if (!isKind(kind)) throw kindInvalid(kind);
      requireQuestion(question);
      if (node === options.node)
        throw networkError("PEER_IS_SELF", `node ${node} is this daemon's own: it need not ask itself`);
      const there = peers.certified().filter(({ certificate }) => certificate.certificate.node === node);
      let cause: PleiadError | undefined;
      for (const peer of there) {
        try {
          return await ask(peer, ASK_PROTOCOL, { signal, timeoutMs: NODE_ASK_TIMEOUT_MS }, (within) =>
            askNodeAt(peer.connection, kind, question, within),
          );
        } catch (error) {
          if (!(error instanceof PleiadError) || error.code !== "PEER_IO_FAILED") throw error;
          logger.debug({ peer: peer.id, node, kind, ...reasonOf(error) }, "node did not answer");
          cause = error;
        }
      }
      throw networkError(
        "NODE_UNREACHABLE",
        there.length === 0
          ? `no daemon of node ${node} is connected`
          : `node ${node} gave no answer to "${kind}"`,
        {
          retryable: true,
          hint: "see whether that node's daemon runs and can be reached (`pleiad node status`)",
          details: { node, kind, asked: there.length > 0 },
          cause,
        },
      );
    },
    answerNode(kind, handler) {
      if (!isKind(kind)) throw kindInvalid(kind);
      if (ofKind.has(kind)) throw answeredAlready(`"${kind}"`);
      if (ofKind.size >= ASK_KINDS_MAX)
        throw networkError("ASK_KINDS_TOO_MANY", `"${kind}" would be one more than ${ASK_KINDS_MAX} kinds`);
      ofKind.set(kind, handler);
      return () => {
        if (ofKind.get(kind) === handler) ofKind.delete(kind);
      };
    },
    logAnswerer: () => ofLog,
    nodeAnswerer: (kind) => ofKind.get(kind),
  };
}

function rejected(peer: string, cluster: bigint): PeerInputError {
  return new PeerInputError("ANSWER_REJECTED", `what peer ${peer} answered is no log of cluster ${cluster}`, {
    reaction: "reject",
    misdeed: "wrongContent",
    details: { peer, cluster },
  });
}

function kindInvalid(kind: string): PleiadError {
  return networkError("ASK_KIND_INVALID", `"${kind}" names no kind of question: small letters and dots`);
}

function answeredAlready(what: string): PleiadError {
  return networkError("ANSWERED_ALREADY", `${what} have a handler already`, {
    hint: "end the first before the next begins",
  });
}
