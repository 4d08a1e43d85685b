import type { Connection, PeerId } from "@libp2p/interface";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createBoundedMap } from "./boundedMap.ts";
import { assertCertifies, type CertificateRecord } from "./certificate.ts";
import type { CertificateBook, KnownCertificate } from "./certificateBook.ts";
import { type Clock, repeat, sleep } from "./clock.ts";
import { networkError, reasonOf } from "./errors.ts";
import type { Gate } from "./gate.ts";
import {
  CERTIFICATE_ASK_TIMEOUT_MS,
  CERTIFICATE_REFRESH_BEFORE_SECONDS,
  CERTIFY_RETRY_MS,
  CONNECTIONS_PER_PEER_MAX,
  CONNECTIONS_UNCERTIFIED_MAX,
  PEER_SWEEP_MS,
  STREAMS_HELD_PER_PEER_MAX,
} from "./limits.ts";
import type { Reputation } from "./reputation.ts";
import type { Counters } from "./stats.ts";
import type { PeerView } from "./types.ts";

/** A peer that is somebody. */
export interface CertifiedPeer {
  readonly id: string;
  readonly peerId: PeerId;
  /** One of its open connections. */
  readonly connection: Connection;
  readonly certificate: KnownCertificate;
}

/** The peers there are, and what state each is in: see the table in the README. */
export interface Peers extends Gate {
  start(): void;
  /** Drops everybody. */
  stop(): void;
  opened(connection: Connection): void;
  closed(connection: Connection): void;
  /** A certified peer by its libp2p id. */
  get(id: string): CertifiedPeer | undefined;
  certified(): readonly CertifiedPeer[];
  views(): readonly PeerView[];
  /** Answers when the peer is certified. @throws PleiadError PEER_REFUSED, PEER_BANNED; the signal's reason */
  whenCertified(id: string, signal: AbortSignal): Promise<void>;
  /** Cuts all connections of a peer. */
  drop(id: string, reason: PleiadError): void;
}

export interface PeersModules {
  readonly book: CertificateBook;
  readonly reputation: Reputation;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  /** Asks a peer for its own certificate. @throws PleiadError */
  readonly askCertificate: (connection: Connection, signal: AbortSignal) => Promise<CertificateRecord>;
  /** A peer has become somebody. */
  readonly onCertified: (peer: CertifiedPeer) => void;
  /** A certified peer is gone, or its certificate no longer holds. */
  readonly onLost: (peerId: PeerId) => void;
  /** Looks after the peer's gossip stream: called when one of its connections closed, and now and then. */
  readonly onTend: (peer: CertifiedPeer) => void;
  /** A peer that never was anybody is gone; nothing about it need be remembered. */
  readonly onForgotten: (peerId: PeerId) => void;
}

interface Entry {
  readonly id: string;
  readonly peerId: PeerId;
  readonly connections: Set<Connection>;
  readonly openedMs: number;
  /** Aborted when the entry ends. */
  readonly gone: AbortController;
  readonly waiting: Set<(admitted: boolean) => void>;
  certificate: KnownCertificate | undefined;
  cancelDeadline: (() => void) | undefined;
  refusal: PleiadError | undefined;
}

/** @param options.certifyTimeoutMs how long a connection may last without a valid certificate */
export function createPeers(options: { readonly certifyTimeoutMs: number }, modules: PeersModules): Peers {
  const { book, reputation, clock, logger, counters } = modules;
  const entries = new Map<string, Entry>();
  const refusals = createBoundedMap<string, PleiadError>({ entriesMax: 64, ttlMs: 60_000 }, { clock });
  let cancelSweep: (() => void) | undefined;

  function certifiedView(entry: Entry): CertifiedPeer | undefined {
    const connection = openConnection(entry);
    if (entry.certificate === undefined || connection === undefined) return undefined;
    return { id: entry.id, peerId: entry.peerId, connection, certificate: entry.certificate };
  }

  function settle(entry: Entry, admitted: boolean): void {
    entry.cancelDeadline?.();
    entry.cancelDeadline = undefined;
    for (const answer of entry.waiting) answer(admitted);
    entry.waiting.clear();
  }

  /** connected → certified */
  function accept(entry: Entry, certificate: KnownCertificate): void {
    entry.certificate = certificate;
    const peer = certifiedView(entry);
    if (peer === undefined) return;
    logger.debug({ peer: entry.id, node: certificate.certificate.node }, "peer certified");
    settle(entry, true);
    modules.onCertified(peer);
  }

  /** certified → connected: its certificate no longer holds, and it has as long as a newcomer to show another. */
  function demote(entry: Entry): void {
    logger.info(
      { peer: entry.id, node: entry.certificate?.certificate.node },
      "certificate of peer no longer holds",
    );
    entry.certificate = undefined;
    modules.onLost(entry.peerId);
    startCertifying(entry);
  }

  /** any → gone */
  function end(entry: Entry): void {
    if (!entries.delete(entry.id)) return;
    entry.gone.abort();
    settle(entry, false);
    if (entry.certificate !== undefined) modules.onLost(entry.peerId);
    else modules.onForgotten(entry.peerId);
  }

  function cut(entry: Entry, reason: PleiadError): void {
    counters.peersRefusedTotal++;
    refusals.set(entry.id, reason);
    const { certificate } = entry;
    logger.info({ peer: entry.id, node: certificate?.certificate.node, ...reasonOf(reason) }, "peer cut");
    end(entry);
    for (const connection of entry.connections) connection.abort(reason);
  }

  function startCertifying(entry: Entry): void {
    entry.cancelDeadline = clock.after(options.certifyTimeoutMs, () => {
      const timeoutMs = options.certifyTimeoutMs;
      const waited = `peer ${entry.id} showed no valid certificate within ${timeoutMs} ms`;
      cut(entry, networkError("PEER_REFUSED", waited, { retryable: true, cause: entry.refusal }));
    });
    void certify(entry);
  }

  async function certify(entry: Entry): Promise<void> {
    const { signal } = entry.gone;
    while (!signal.aborted) {
      try {
        const certificate = await askAndCheck(entry);
        if (!signal.aborted) accept(entry, certificate);
        return;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        if (signal.aborted) return;
        entry.refusal = error;
        logger.debug({ peer: entry.id, ...reasonOf(error) }, "peer not certified");
        if (!error.retryable) return cut(entry, error);
      }
      await sleep(clock, CERTIFY_RETRY_MS, signal);
    }
  }

  async function askAndCheck(entry: Entry): Promise<KnownCertificate> {
    const connection = openConnection(entry);
    if (connection === undefined)
      throw networkError("PEER_IO_FAILED", "the connection closed", { retryable: true });
    const signal = AbortSignal.any([entry.gone.signal, AbortSignal.timeout(CERTIFICATE_ASK_TIMEOUT_MS)]);
    const record = await modules.askCertificate(connection, signal);
    // Noise has proven the connection's peer id; the certificate must be that peer's, not one it copied.
    assertCertifies(record.certificate, entry.peerId.toMultihash().bytes);
    const { node } = record.certificate;
    // Before its signature, which takes longest: who comes back under new peer ids is not to be worth that.
    if (reputation.isNodeBanned(node))
      throw networkError("PEER_BANNED", `node ${node} is banned for a while`);
    return book.admit(record);
  }

  async function tend(entry: Entry): Promise<void> {
    const { certificate } = entry;
    if (certificate === undefined) return;
    try {
      const current = await book.current(certificate.digest);
      if (entry.certificate !== certificate || entry.gone.signal.aborted) return;
      if (current === undefined) return demote(entry);
      if (certificate.certificate.notAfter - clock.wallSeconds() < CERTIFICATE_REFRESH_BEFORE_SECONDS) {
        const newer = await askAndCheck(entry);
        if (!entry.gone.signal.aborted) entry.certificate = newer;
      }
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      // The directory or the peer cannot say now; the certificate holds until somebody says otherwise.
      logger.debug({ peer: entry.id, ...reasonOf(error) }, "certificate not looked over");
    }
    const peer = certifiedView(entry);
    if (peer !== undefined) modules.onTend(peer);
  }

  function untilSettled(entry: Entry, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        entry.waiting.delete(answer);
        reject(signal.reason);
      };
      const answer = (admitted: boolean) => {
        signal.removeEventListener("abort", onAbort);
        resolve(admitted);
      };
      if (signal.aborted) return onAbort();
      entry.waiting.add(answer);
      signal.addEventListener("abort", onAbort);
    });
  }

  function makeRoom(): void {
    const strangers = [...entries.values()].filter((entry) => entry.certificate === undefined);
    const oldest = strangers[0];
    if (strangers.length < CONNECTIONS_UNCERTIFIED_MAX || oldest === undefined) return;
    cut(oldest, networkError("PEER_REFUSED", "too many peers without certificate", { retryable: true }));
  }

  return {
    start() {
      cancelSweep = repeat(clock, PEER_SWEEP_MS, () => {
        for (const entry of entries.values()) void tend(entry);
      });
    },
    stop() {
      cancelSweep?.();
      for (const entry of [...entries.values()]) end(entry);
    },
    opened(connection) {
      const id = connection.remotePeer.toString();
      if (reputation.isPeerBanned(id)) return connection.abort(new Error("banned"));
      const known = entries.get(id);
      if (known !== undefined) {
        if (known.connections.size >= CONNECTIONS_PER_PEER_MAX)
          connection.abort(new Error("too many connections"));
        else known.connections.add(connection);
        return;
      }
      makeRoom();
      const entry: Entry = {
        id,
        peerId: connection.remotePeer,
        connections: new Set([connection]),
        openedMs: clock.monotonicMs(),
        gone: new AbortController(),
        waiting: new Set(),
        certificate: undefined,
        cancelDeadline: undefined,
        refusal: undefined,
      };
      entries.set(id, entry);
      startCertifying(entry);
    },
    closed(connection) {
      const entry = entries.get(connection.remotePeer.toString());
      if (entry === undefined || !entry.connections.delete(connection)) return;
      if (entry.connections.size === 0) return end(entry);
      const peer = certifiedView(entry);
      // In the next turn: the closed connection's streams say goodbye first.
      if (peer !== undefined) queueMicrotask(() => modules.onTend(peer));
    },
    admit(connection) {
      const entry = entries.get(connection.remotePeer.toString());
      if (entry === undefined) return Promise.resolve(false);
      if (entry.certificate !== undefined) return Promise.resolve(true);
      if (entry.waiting.size >= STREAMS_HELD_PER_PEER_MAX) return Promise.resolve(false);
      return new Promise((resolve) => entry.waiting.add(resolve));
    },
    get(id) {
      const entry = entries.get(id);
      return entry === undefined ? undefined : certifiedView(entry);
    },
    certified: () => [...entries.values()].map(certifiedView).filter((peer) => peer !== undefined),
    views: () =>
      [...entries.values()].flatMap((entry) => {
        const connection = openConnection(entry);
        if (connection === undefined) return [];
        return {
          peer: entry.id,
          state: entry.certificate === undefined ? ("connected" as const) : ("certified" as const),
          node: entry.certificate?.certificate.node,
          address: connection.remoteAddr.toString(),
          direction: connection.direction,
          connectedMs: clock.monotonicMs() - entry.openedMs,
          points: reputation.points(entry.id),
        };
      }),
    async whenCertified(id, signal) {
      const entry = entries.get(id);
      if (entry?.certificate !== undefined) return;
      const admitted = entry !== undefined && (await untilSettled(entry, signal));
      if (admitted) return;
      const cause = refusals.get(id);
      throw networkError(
        "PEER_REFUSED",
        `peer ${id} was refused: ${cause?.message ?? "the connection closed"}`,
        {
          retryable: cause?.retryable ?? true,
          details: { peer: id },
          cause,
        },
      );
    },
    drop(id, reason) {
      const entry = entries.get(id);
      if (entry !== undefined) cut(entry, reason);
    },
  };
}

/** The youngest connection that is open: an older one may be dying unnoticed. One through a relay only where there is no other. */
function openConnection(entry: Entry): Connection | undefined {
  const open = [...entry.connections].filter(({ status }) => status === "open");
  return open.findLast(({ limits }) => limits === undefined) ?? open.at(-1);
}
