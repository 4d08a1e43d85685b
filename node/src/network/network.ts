import { EventEmitter, once } from "node:events";
import { createKnownKeys } from "../chain/knownKeys.ts";
import { createAsking } from "./asking.ts";
import { createBlobs } from "./blobs.ts";
import { createBudgets } from "./budgets.ts";
import type { PeerName } from "./carrierTypes.ts";
import { createCatchUp } from "./catchUp.ts";
import { createCertificateBook } from "./certificateBook.ts";
import { askCertificate } from "./certificateProtocol.ts";
import { createCertificateResolver } from "./certificateResolver.ts";
import { createCertificates } from "./certificates.ts";
import { systemClock } from "./clock.ts";
import { createCommitments } from "./commitments.ts";
import { createCompletions } from "./completions.ts";
import { createCompletionTopics } from "./completionTopics.ts";
import { createCopies } from "./copies.ts";
import { createDirectoryCache } from "./directoryCache.ts";
import { networkError, peerIoError, surfaceBug } from "./errors.ts";
import { createFinding, type Finding } from "./finding.ts";
import { createGossip } from "./gossip.ts";
import { protocolHandlers } from "./handlers.ts";
import { loadIdentity } from "./identity.ts";
import { onDuplicate } from "./libp2pNode.ts";
import { CERTIFY_TIMEOUT_MS, PING_ANSWER_MS_MAX, PRESENCE_MESSAGE_BYTES_MAX } from "./limits.ts";
import { createLogTopics, nameOf } from "./logTopics.ts";
import { gossipMeter } from "./meter.ts";
import { checkOptions } from "./options.ts";
import { createOwnCertificate } from "./ownCertificate.ts";
import { createPeers, type Peers } from "./peers.ts";
import { createPresence } from "./presence.ts";
import { decodePresence, encodePresence } from "./presenceMessage.ts";
import { listenToPubsub } from "./pubsubEvents.ts";
import { createRelayRules } from "./relayRules.ts";
import { createReputation, type Misdeed } from "./reputation.ts";
import { createCounters } from "./stats.ts";
import { topicsOf } from "./topics.ts";
import { createTransport, type Transport } from "./transport.ts";
import type { CompletionHandler, Network, NetworkModules, NetworkOptions } from "./types.ts";

/**
 * Builds this daemon's network; `start` opens it. Reads or makes the keys in the identity folder.
 *
 * @throws PleiadError NETWORK_OPTION_INVALID, IDENTITY_FILE_DAMAGED, IDENTITY_FILE_EXPOSED
 *
 * @example
 * const network = await createNetwork(
 *   { chainId, nodeRegistry, clusterExecutions, node: 1n, identityFolder: "data/network", clusters: [7n] },
 *   { signer, directory, archive, blobs, logger },
 * );
 * network.onCompletion(({ completion }) => logger.info({ task: completion.task }, "heard"));
 * await network.start();
 */
export async function createNetwork(options: NetworkOptions, modules: NetworkModules): Promise<Network> {
  checkOptions(options);
  const clock = modules.clock ?? systemClock();
  const random = modules.random ?? Math.random;
  const logger = modules.logger.child({ module: "network" });
  const identity = await loadIdentity(options.identityFolder);
  const peerId = identity.peerKey.publicKey.toString();

  const counters = createCounters();
  const stopped = new AbortController();
  const lost = new EventEmitter();
  lost.setMaxListeners(0);
  const topics = topicsOf(options.chainId, options.clusterExecutions);
  let started = false;

  const directory = createDirectoryCache({ directory: modules.directory, clock });
  const book = createCertificateBook(options, {
    directory,
    clock,
    onAdmitted: (known) => certificates.admitted(known),
  });
  const own = createOwnCertificate(options, { signer: modules.signer, identity, clock, logger });
  const budgets = createBudgets({ clock });
  const reputation = createReputation({
    clock,
    onBan(peer, node) {
      counters.peersBannedTotal++;
      peers.drop(peer, networkError("PEER_BANNED", `node ${node} misbehaved`, { retryable: true }));
    },
  });

  function penalize(peer: string, misdeed: Misdeed): void {
    counters.misdeedsTotal[misdeed] = (counters.misdeedsTotal[misdeed] ?? 0) + 1;
    const certified = peers.get(peer);
    // A stranger has no name to lose: a new peer id costs it nothing. It is shown the door instead.
    if (certified === undefined) peers.drop(peer, networkError("PEER_REFUSED", `uncertified and ${misdeed}`));
    else reputation.penalize(peer, certified.certificate.certificate.node, misdeed);
  }

  const certificates = createCertificates(options, {
    directory,
    own,
    identity,
    peers: () => peers,
    penalize,
    clock,
    logger,
  });
  const certifiedHandlers = new Set<(peer: PeerName) => void>();
  const peers: Peers = createPeers(
    { certifyTimeoutMs: options.certifyTimeoutMs ?? CERTIFY_TIMEOUT_MS },
    {
      book,
      reputation,
      clock,
      logger,
      counters,
      askCertificate: (connection, signal) => askCertificate(connection, undefined, signal),
      onCertified(peer) {
        if (peer.certificate.certificate.node === options.node) {
          logger.error(
            { peer: peer.id, node: options.node },
            "another daemon runs with this node's key: stop one of them",
          );
        }
        transport.attach(peer.peerId, peer.connection);
        catchUp.soon(peer.id);
        finding.onCertified(peer);
        for (const handler of certifiedHandlers) queueMicrotask(() => handler(nameOf(peer.certificate)));
      },
      onLost(peer) {
        transport.detach(peer);
        relayRules.forget(peer);
        lost.emit(peer.toString());
        finding.onLost();
      },
      onTend: (peer) => transport.attach(peer.peerId, peer.connection),
      onForgotten: (peer) => transport.forget(peer),
    },
  );

  const keys = createKnownKeys();
  const brokenHandlers = new Set<CompletionHandler>();
  const commitments = createCommitments(options, { directory, keys, clock });
  const completions = createCompletions(options, {
    directory,
    clock,
    counters,
    keys,
    isBroken: commitments.isBroken,
    onBroken(message) {
      const { node, execution, task } = message.completion;
      for (const handler of brokenHandlers) queueMicrotask(() => void handler(message));
      logger.warn(
        { node, execution, task, code: "COMMITMENT_BROKEN", limitAs: `COMMITMENT_BROKEN ${node}` },
        "a node answers otherwise than it committed to",
      );
      for (const peer of peers.certified()) {
        if (peer.certificate.certificate.node === node) penalize(peer.id, "wrongContent");
      }
    },
  });
  const resolver = createCertificateResolver({ book, clock, counters });
  const gossip = createGossip({ identity, own, peers, budgets, resolver, penalize, counters, logger });
  const isRunning = () => started && !stopped.signal.aborted;
  const completionTopics = createCompletionTopics(
    { clusters: options.clusters ?? [] },
    {
      gossip,
      topics,
      completions,
      commitments,
      counters,
      isRunning,
      onSubscribed() {
        for (const peer of peers.certified()) catchUp.soon(peer.id);
      },
    },
  );
  const logTopics = createLogTopics({ gossip, topics, budgets, isRunning });
  const asking = createAsking(options, { peers, penalize, stopped: stopped.signal, logger });
  const blobs = createBlobs({
    peers,
    reputation,
    penalize,
    stopped: stopped.signal,
    random,
    counters,
    logger,
  });
  const catchUp = createCatchUp({
    peers,
    completions,
    clusters: () => completionTopics.clusters(),
    wantedExecutions: modules.wantedExecutions ?? (async () => []),
    penalize,
    clock,
    logger,
  });

  const startedAt = clock.wallSeconds();
  // From the wall clock, so that a daemon that starts again within a second, with the same certificate, still counts up.
  let sequence = BigInt(Date.now());
  const presence = createPresence(options, {
    clock,
    random,
    beat() {
      const models = options.modelsServed?.() ?? [];
      gossip
        .publish(topics.presence, encodePresence({ sequence: sequence++, models, startedAt }))
        .catch(surfaceBug);
    },
  });

  const relayRules = createRelayRules(
    { bytesPerSecond: options.relay?.serve?.bytesPerSecond },
    { service: () => transport.relayService(), peers: () => peers, counters, clock },
  );
  const transport: Transport = createTransport(
    {
      listen: options.listen ?? true,
      listenHost: options.listenHost ?? "127.0.0.1",
      listenPort: options.listenPort ?? 0,
      announce: options.announce ?? [],
      relay: options.relay?.serve,
    },
    {
      identity,
      gate: peers,
      relayRules,
      logger,
      isBanned: (peer) => reputation.isPeerBanned(peer.toString()),
      points: reputation.points,
      screen: gossip.screen,
      handlers: protocolHandlers({
        clock,
        budgets,
        penalize,
        logger,
        own,
        book,
        certificates,
        peers,
        completions,
        asking,
        archive: modules.archive,
        blobs: modules.blobs,
      }),
      onGossipStream: gossipMeter({ budgets, penalize, isDear: topics.isDear, clock }),
      onOpened: peers.opened,
      onClosed: peers.closed,
    },
  );

  async function dial(address: string, signal: AbortSignal): Promise<string> {
    const connection = await transport.dial(address, signal);
    const peer = connection.remotePeer.toString();
    await peers.whenCertified(peer, signal);
    return peer;
  }

  const finding: Finding = createFinding(
    { ...options, peer: peerId },
    {
      ...modules,
      transport,
      relayRules,
      peers,
      counters,
      dial,
      async whenLost(peer, signal) {
        if (peers.get(peer) === undefined) return;
        // `once` rejects when the signal ends it; so does the redialer's loop.
        await once(lost, peer, { signal });
      },
      clock,
      logger,
      random,
    },
  );

  function requireRunning(): void {
    if (isRunning()) return;
    throw networkError("NETWORK_STOPPED", "the network is not running", { hint: "start it first" });
  }

  function whileRunning<A extends unknown[], R>(
    work: (...args: A) => Promise<R>,
  ): (...args: A) => Promise<R> {
    return async (...args) => {
      requireRunning();
      return work(...args);
    };
  }

  return {
    peerId,
    boxKey: identity.boxKey,
    presence,
    certificates,
    async start() {
      if (started || stopped.signal.aborted)
        throw networkError("NETWORK_STOPPED", "a network is started once");
      await own.start();
      const pubsub = await transport.start().catch((error: unknown) => {
        own.stop();
        throw error;
      });
      started = true;
      gossip.bind(pubsub);
      onDuplicate(pubsub, createCopies({ clock, penalize }).came);
      gossip.join({
        name: topics.presence,
        bytesMax: PRESENCE_MESSAGE_BYTES_MAX,
        dear: true,
        take: async (body, sender) => presence.take(decodePresence(body), sender),
      });
      completionTopics.start();
      logTopics.start();
      listenToPubsub(pubsub, {
        presenceTopic: topics.presence,
        peers,
        reputation,
        onListener: presence.greet,
        onLink(topic, peer) {
          // What it heard before it passes anything on can be asked for.
          if (topics.isCompletions(topic) && gossip.isJoined(topic)) catchUp.soon(peer);
        },
      });
      peers.start();
      certificates.start();
      presence.start();
      await finding.start();
      logger.info({ peer: peerId, node: options.node, addresses: transport.multiaddrs() }, "network started");
    },
    async stop() {
      if (stopped.signal.aborted) return;
      stopped.abort(networkError("NETWORK_STOPPED", "the network stops"));
      const found = finding.stop();
      presence.stop();
      catchUp.stop();
      own.stop();
      certificates.stop();
      peers.stop();
      await Promise.all([found, transport.stop()]);
      logger.debug("network stopped");
    },
    multiaddrs: () => [...transport.multiaddrs(), ...finding.relayAddresses()],
    peers: peers.views,
    async dial(address, { signal } = {}) {
      requireRunning();
      await dial(address, AbortSignal.any([stopped.signal, ...(signal === undefined ? [] : [signal])]));
    },
    async ping(node) {
      requireRunning();
      const peer = peers.certified().find(({ certificate }) => certificate.certificate.node === node);
      if (peer === undefined)
        throw networkError("PEER_UNREACHABLE", `no peer of node ${node} is connected`, { retryable: true });
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(PING_ANSWER_MS_MAX)]);
      try {
        return await transport.ping(peer.peerId, signal);
      } catch (cause) {
        stopped.signal.throwIfAborted();
        throw peerIoError(peer.id, "asking for a sign of life", cause);
      }
    },
    subscribeCluster: completionTopics.subscribeCluster,
    unsubscribeCluster: completionTopics.unsubscribeCluster,
    publishCompletion: whileRunning(completionTopics.publishCompletion),
    onCompletion: completions.onCompletion,
    onBrokenCompletion(handler) {
      brokenHandlers.add(handler);
      return () => brokenHandlers.delete(handler);
    },
    publishCommitment: whileRunning(completionTopics.publishCommitment),
    onCommitment: commitments.onCommitment,
    committed: commitments.nodesOf,
    catchUp: whileRunning(catchUp.now),
    joinLog: logTopics.joinLog,
    leaveLog: logTopics.leaveLog,
    publishLog: whileRunning(logTopics.publishLog),
    askLog: whileRunning(asking.askLog),
    answerLog: asking.answerLog,
    askNode: whileRunning(asking.askNode),
    answerNode: asking.answerNode,
    peersOf(nodes) {
      const wanted = new Set(nodes);
      return peers
        .certified()
        .map(({ certificate }) => nameOf(certificate))
        .filter(({ node }) => wanted.has(node));
    },
    onCertified(handler) {
      certifiedHandlers.add(handler);
      return () => certifiedHandlers.delete(handler);
    },
    fetchBlob: whileRunning(blobs.fetch),
    stats() {
      const views = peers.views();
      const peersCertified = views.filter(({ state }) => state === "certified").length;
      return {
        ...counters,
        ...finding.stats(),
        peersFoundTotal: { ...counters.peersFoundTotal },
        misdeedsTotal: { ...counters.misdeedsTotal },
        peersCertified,
        peersUncertified: views.length - peersCertified,
      };
    },
  };
}
