import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { EntryError, workspaceError } from "../errors.ts";
import {
  ANSWER_BYTES_MAX,
  ASK_DELAY_MS,
  ASK_ROUNDS_MAX,
  ASK_TIMEOUT_MS,
  EXCHANGE_INTERVAL_MS,
  PARCEL_BYTES_MAX,
  PUBLISH_DELAY_MS,
} from "../limits.ts";
import { feedName } from "./entry.ts";
import { decodeParcel, decodeVector, encodeItem, encodeParcel, encodeVector, itemsOf } from "./parcel.ts";
import type { ClusterMembership } from "./ports.ts";
import type { ClusterLog, FeedPosition, Gap, Taken } from "./types.ts";

/** A certified peer, and the node behind it. */
export interface LogPeer {
  readonly peer: string;
  readonly node: bigint;
}

/** What became of a message: `accept` passes it on, `reject` costs whoever sent it. */
export type Verdict = "accept" | "ignore" | "reject";

/** What the exchange needs of the network. */
export interface LogPeers {
  /** Hands bytes to all who listen to the cluster's log. Best effort: who misses some asks. */
  publish(cluster: bigint, bytes: Uint8Array): Promise<void>;
  /** Certified peers that are connected now. */
  peers(): readonly LogPeer[];
  /**
   * Asks a peer; `onBytes` gets the answer in pieces.
   *
   * @throws PleiadError when the peer is gone, slow or refuses (retryable)
   */
  ask(
    peer: string,
    cluster: bigint,
    question: Uint8Array,
    options: { readonly signal: AbortSignal; readonly onItem: (bytes: Uint8Array) => void },
  ): Promise<void>;
  /** Hears of peers that have become somebody, or have taken up gossip with this node. The answer ends it. */
  onPeer(handler: (peer: LogPeer) => void): () => void;
}

/** Keeps one cluster's log level with those of the other members. */
export interface Exchange {
  /** Takes a message of the cluster's topic. @param sender who wrote it @param from who passed it on */
  hear(bytes: Uint8Array, sender: LogPeer, from: LogPeer): Promise<Verdict>;
  /**
   * Answers a peer that lacks something.
   *
   * @throws EntryError VECTOR_MALFORMED (reject); PleiadError NOT_A_MEMBER
   */
  answer(question: Uint8Array, asker: LogPeer): AsyncIterable<Uint8Array>;
  /** Asks every member that is connected, once, and answers when all have answered or failed. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}

export function createExchange(modules: {
  readonly log: ClusterLog;
  readonly peers: LogPeers;
  readonly membership: Pick<ClusterMembership, "members">;
  readonly logger: Logger;
  /** A number from 0 to below 1: spreads the questions. @default Math.random */
  readonly random?: () => number;
}): Exchange {
  const { log, peers, membership, random = Math.random } = modules;
  const { cluster } = log;
  const logger = modules.logger.child({ module: "exchange", cluster });
  const stopping = new AbortController();
  const outgoing: Uint8Array[] = [];
  /** Peers that are being asked, and what to do with those that are to be asked again then. */
  const asking = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const gaps = new Map<string, Gap>();
  const timers = new Set<NodeJS.Timeout>();

  const isMember = (node: bigint) => membership.members(cluster).includes(node);

  function later(delayMs: number, run: () => void): void {
    if (stopping.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delayMs);
    timers.add(timer);
  }

  /** Own entries of a few milliseconds in one message: the envelope around it costs more than an entry. */
  function publishSoon(entries: readonly Uint8Array[]): void {
    if (outgoing.length === 0) later(PUBLISH_DELAY_MS, publish);
    outgoing.push(...entries);
  }

  function publish(): void {
    for (let bytes = 0, count = 0; outgoing.length > 0; bytes = 0, count = 0) {
      for (const entry of outgoing) {
        if (count > 0 && bytes + entry.length > PARCEL_BYTES_MAX) break;
        bytes += entry.length;
        count += 1;
      }
      const parcel = encodeParcel({ entries: outgoing.splice(0, count) });
      peers.publish(cluster, parcel).catch((error: unknown) => {
        if (!(error instanceof PleiadError)) throw error;
        // Whoever is there asks for it; nothing is lost.
        logger.debug({ code: error.code }, "entries were not published");
      });
    }
  }

  function askSoon({ peer, node }: LogPeer): void {
    if (!isMember(node) || stopping.signal.aborted) return;
    if (asking.has(peer)) {
      again.add(peer);
      return;
    }
    later(ASK_DELAY_MS, () => void askNow(peer));
  }

  function askNow(peer: string): Promise<void> {
    const under = asking.get(peer);
    if (under !== undefined) return under;
    const run = askUntilLevel(peer)
      .catch((error: unknown) => {
        if (!(error instanceof PleiadError) && !stopping.signal.aborted) throw error;
        logger.debug(
          { peer, reason: error instanceof Error ? error.message : String(error) },
          "peer not asked",
        );
      })
      .finally(() => {
        asking.delete(peer);
        if (again.delete(peer) && !stopping.signal.aborted) later(ASK_DELAY_MS, () => void askNow(peer));
      });
    asking.set(peer, run);
    return run;
  }

  /** Asks until the peer has nothing more, or nothing of what it has can be taken now. */
  async function askUntilLevel(peer: string): Promise<void> {
    for (let round = 0; round < ASK_ROUNDS_MAX; round++) {
      const { taken, more } = await askOnce(peer);
      // What one feed says may let in another, such as the mark of a leaver: so what was refused is asked for once more.
      const mayGoOn = more || taken.refused.some(({ reaction }) => reaction === "wait");
      if (!mayGoOn || taken.added === 0) return;
    }
  }

  async function askOnce(peer: string): Promise<{ readonly taken: Taken; readonly more: boolean }> {
    const items: Uint8Array[] = [];
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]);
    const vector = backed(log.vector(), gaps);
    gaps.clear();
    await peers.ask(peer, cluster, encodeVector(vector), {
      signal,
      onItem: (bytes) => void items.push(bytes),
    });
    const { more, ...parcel } = decodeParcel(Buffer.concat(items));
    const taken = await log.take(parcel, peer);
    for (const gap of taken.gaps) if (gap.back) gaps.set(feedName(gap.feed), gap);
    return { taken, more };
  }

  function verdictOf(taken: Taken, from: LogPeer): Verdict {
    for (const gap of taken.gaps) {
      if (gap.back) gaps.set(feedName(gap.feed), gap);
      askSoon(from);
    }
    if (taken.refused.some(({ reaction }) => reaction === "reject")) return "reject";
    return taken.added > 0 ? "accept" : "ignore";
  }

  const ends = [
    log.onNew(({ entries = [], forks = [] }, own) => {
      if (own) publishSoon(entries);
      // Gossip passes entries on by itself; a fork's proof must reach also those who have heard neither of the two.
      else if (forks.length > 0) void peers.publish(cluster, encodeParcel({ forks })).catch(ignoreWeather);
    }),
    peers.onPeer(askSoon),
  ];
  function ignoreWeather(error: unknown): void {
    if (!(error instanceof PleiadError)) throw error;
  }

  function exchangeNowAndThen(): void {
    later(EXCHANGE_INTERVAL_MS * (0.5 + random()), () => {
      const members = peers.peers().filter(({ node }) => isMember(node));
      const chosen = members[Math.floor(random() * members.length)];
      if (chosen !== undefined) askSoon(chosen);
      exchangeNowAndThen();
    });
  }
  exchangeNowAndThen();
  for (const peer of peers.peers()) askSoon(peer);

  return {
    async hear(bytes, sender, from) {
      // Who is no member has nothing to say here; it may have been one a block ago.
      if (!isMember(sender.node)) return "ignore";
      try {
        const { more: _, ...parcel } = decodeParcel(bytes);
        return verdictOf(await log.take(parcel, from.peer), from);
      } catch (error) {
        if (error instanceof EntryError) return error.reaction === "reject" ? "reject" : "ignore";
        if (error instanceof PleiadError) return "ignore";
        throw error;
      }
    },
    async *answer(question, asker) {
      if (!isMember(asker.node)) {
        throw workspaceError("NOT_A_MEMBER", `node ${asker.node} is no member of cluster ${cluster}`, {
          details: { cluster, node: asker.node },
        });
      }
      const { parcel, more } = await log.since(decodeVector(question), ANSWER_BYTES_MAX);
      yield* itemsOf(parcel);
      if (more) yield encodeItem("m", new Uint8Array(0));
    },
    async catchUp() {
      const members = peers.peers().filter(({ node }) => isMember(node));
      await Promise.all(members.map(({ peer }) => askNow(peer)));
    },
    async stop() {
      stopping.abort(workspaceError("LOG_STOPPED", "the log stops"));
      for (const end of ends) end();
      for (const timer of timers) clearTimeout(timer);
      if (outgoing.length > 0) publish();
      await Promise.all(asking.values());
    },
  };
}

/** The vector to ask with: for a feed whose entry here may be another than theirs, as if it were not here. */
function backed(vector: readonly FeedPosition[], gaps: ReadonlyMap<string, Gap>): readonly FeedPosition[] {
  return vector.map((position) => {
    const { feed, sequence } = position;
    return gaps.has(feedName(feed)) ? { ...position, sequence: Math.max(0, sequence - 1) } : position;
  });
}
