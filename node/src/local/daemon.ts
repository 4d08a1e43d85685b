import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { type Address, isAddressEqual, parseEther, parseGwei } from "viem";
import { sweepOrphans } from "../agents/sweep.ts";
import { type Api, startApi } from "../api/server.ts";
import { agreementNeeded, createAgreement, type FollowedBlock } from "../chain/agreement.ts";
import { systemClock } from "../chain/clock.ts";
import { createEventDecoder } from "../chain/events.ts";
import { createFinality } from "../chain/finality.ts";
import { createFollower } from "../chain/follower.ts";
import { createHeadHints } from "../chain/headHints.ts";
import type { Journal } from "../chain/journal.ts";
import { createKeystoreSigner } from "../chain/keystoreSigner.ts";
import { createProjection, type Projection } from "../chain/projection.ts";
import { createRpc, type Rpc } from "../chain/rpc.ts";
import type { Signer } from "../chain/signer.ts";
import { createSubmitter } from "../chain/submitter.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import { createVersions } from "../chain/versions.ts";
import { readPassword } from "../config/password.ts";
import type { Config } from "../config/table.ts";
import { CLUSTERS_SUBSCRIBED_MAX } from "../network/limits.ts";
import { createNetwork } from "../network/network.ts";
import type { Network } from "../network/types.ts";
import { encodeBackup } from "../store/backupFormat.ts";
import { openStore, type Store } from "../store/open.ts";
import { canSetAside, setAside } from "../store/setAside.ts";
import { createDeliveries, type Deliveries } from "../work/deliveries.ts";
import { createEngine, type Engine } from "../work/engine.ts";
import { createEquivocations, type Equivocations } from "../work/equivocations.ts";
import { bytesOf } from "../work/jobRunner.ts";
import { MODEL_QUEUE_MAX_DEFAULT } from "../work/jobs.ts";
import type { ModelLimits } from "../work/places.ts";
import type { Answerer, Gossip } from "../work/ports.ts";
import type { RefusalPolicy } from "../work/refusals.ts";
import { createAnswerer } from "./answerer.ts";
import { createChainView } from "./chainView.ts";
import { type ClusterTopics, createClusterTopics } from "./clusterTopics.ts";
import type { DaemonLog } from "./daemonLog.ts";
import { createDaemonObserver, type DaemonObserver, type Observed } from "./daemonObserver.ts";
import { executionReport, jobReport } from "./daemonReports.ts";
import { openNodeSigner } from "./daemonSigner.ts";
import { createCallbackChain, createDeliverer } from "./deliverer.ts";
import { gossipOf, noGossip } from "./gossip.ts";
import { createLifetime } from "./lifetime.ts";
import { createProver } from "./prover.ts";
import { createReporter } from "./reporter.ts";
import { readOrMakeSecret } from "./secretFile.ts";
import { createSettler } from "./settler.ts";
import { blobsOf } from "./storeBlobs.ts";

export interface DaemonOptions {
  readonly config: Config;
  /** Of the node's keystore. @default none: the key is at a remote signer */
  readonly password?: string | undefined;
  /** Ends the start: what was opened is closed. @default it is not ended */
  readonly signal?: AbortSignal;
}

export interface DaemonModules {
  readonly logger: Logger;
  /** What is counted of the log, for status and metrics. @default nothing */
  readonly log?: Omit<DaemonLog, "logger">;
  /** Stands between the daemon and its journal; tests kill the process from in there. @default none */
  readonly journalWrapper?: (journal: Journal) => Journal;
  /** Stand between the daemon and these parts; the latency benchmark takes its times there. @default none */
  readonly signerWrapper?: (signer: Signer) => Signer;
  readonly gossipWrapper?: (gossip: Gossip) => Gossip;
  readonly rpcWrapper?: (rpc: Rpc) => Rpc;
  /** Answers instead of the configured services. @default none */
  readonly answerer?: Answerer;
}

/** A node at work. */
export interface Daemon {
  readonly node: bigint;
  readonly apiUrl: string;
  readonly peerAddresses: readonly string[];
  /** Resolves when it was stopped; rejects with what broke it, after everything was closed. */
  readonly ended: Promise<void>;
  /** Takes no more work, ends its agents, closes everything, the store last. */
  stop(): Promise<void>;
}

/**
 * Wires a node together and starts it: store, key, chain, peers, agents, work and API, in this order. Whatever fails
 * on the way closes what was opened before.
 *
 * @throws PleiadError with the code of whatever it could not start with, NODE_UNREGISTERED, NODE_KEY_OTHER,
 * LOCAL_STOPPED
 */
export async function startDaemon(options: DaemonOptions, modules: DaemonModules): Promise<Daemon> {
  const { config } = options;
  const { logger } = modules;
  const lifetime = createLifetime();
  const { keep } = lifetime;
  const observer = keep(createDaemonObserver({ config }, { logger, log: modules.log }), (one) => one.stop());
  const stopped = untilStopped(options.signal);
  try {
    const deployment = await deploymentOf(config);
    const store = keep(await openOrRebuild(config, deployment, logger), (opened) => opened.close());
    const journal = observer.journal(modules.journalWrapper?.(store.journal) ?? store.journal);
    const nodeSigner = await openNodeSigner(config, options.password, { logger });
    const signer = observer.signer(modules.signerWrapper?.(nodeSigner) ?? nodeSigner);
    const chain = followChain(config, deployment, store, observer, modules);
    keep(chain.follower, (follower) => follower.stop());
    // An endpoint that is away is waited for, for as long as nobody stops that.
    await Promise.race([chain.follower.start(), stopped]);
    await Promise.race([chain.follower.caughtUp(), chain.follower.ended, stopped]);
    await sealWatermark(store, chain.projection, logger);
    const node = nodeOf(config, chain.projection, signer);
    observer.trace({ node, deployment, chain });
    const tagPrefix = await readOrMakeSecret(join(config.dataFolder, "agent-tag"));
    // Not in the data folder, so that no relative path leads from an agent's folder to the keystore. Nobody can guess it.
    const scratchFolder = join(tmpdir(), `pleiad-${tagPrefix}`);
    keep(scratchFolder, (folder) => rm(folder, { recursive: true, force: true }));
    const swept = await sweepOrphans(tagPrefix, scratchFolder);
    if (swept.killed.length > 0)
      logger.warn({ killed: swept.killed }, "ended agents that a crash left behind");

    let engine: Engine | undefined;
    const blobs = blobsOf(store.blobs);
    const network = config.network.enabled
      ? keep(
          await openNetwork(config, deployment, node, { chain, signer, store, logger, engine: () => engine }),
          (opened) => opened.stop(),
        )
      : undefined;
    const topics =
      network === undefined
        ? undefined
        : createClusterTopics({ clustersMax: CLUSTERS_SUBSCRIBED_MAX }, { network });
    const peers = network === undefined || topics === undefined ? noGossip() : gossipOf(network, topics);
    const gossip = modules.gossipWrapper?.(peers) ?? peers;
    const submitter = keep(await openSubmitter(config, signer, chain, journal, logger), (opened) =>
      opened.stop(),
    );
    await Promise.race([submitter.start(), stopped]);
    const rotated = untilRotated(chain.projection, node, signer);
    const ended = lifetime.endsWith([chain.follower.ended, submitter.ended, rotated]);
    const settler = createSettler({ contract: deployment.clusterExecutions }, { submitter });
    const reporter = config.jobs.reportFailures
      ? createReporter(
          { node, contract: deployment.clusterExecutions },
          { submitter, journal: journal.transactions },
        )
      : undefined;
    const answerer =
      modules.answerer ??
      createAnswerer({ services: servicesOf(config), scratchFolder, tagPrefix }, { logger });
    engine = createEngine(
      {
        node,
        chainId: deployment.chainId,
        contract: deployment.clusterExecutions,
        attemptsMax: config.jobs.attemptsMax,
        leaseMs: config.jobs.leaseMs,
        parallelMax: config.jobs.parallelMax,
        modelLimits: modelLimitsOf(config),
        refusals: refusalsOf(config),
        tipShareBps: config.jobs.tipShareBps,
      },
      { chain: chain.view, journal, blobs, gossip, answerer, settler, reporter, signer, logger },
    );
    const equivocations = openEquivocations(config, deployment, node, {
      chain,
      store,
      submitter,
      gossip,
      journal,
      logger,
    });
    if (equivocations !== undefined) keep(equivocations, async (running) => running.stop());
    if (topics !== undefined) joinClusters(topics, chain.projection, config);
    keep(engine, (running) => running.stop());
    // Ends before the engine, which would wait for a signature that does not come.
    keep(signer, async (one) => one.stop?.());
    await engine.start();
    await equivocations?.start();
    if (config.jobs.deliverCallbacks) {
      const deliveries = openDeliveries(config, deployment, node, { chain, submitter, journal, logger });
      keep(deliveries, async (running) => running.stop()).start();
    }
    const api = keep(
      await openApi(
        config,
        {
          node,
          deployment,
          chain,
          journal,
          signer,
          submitter,
          network,
          engine,
          equivocations,
          blobs: store.blobs,
        },
        { store, observer, gossip, logger },
      ),
      (opened) => opened.stop(),
    );
    logger.info({ node, api: api.url, peers: network?.multiaddrs() ?? [] }, "node is at work");
    return {
      node,
      apiUrl: api.url,
      peerAddresses: network?.multiaddrs() ?? [],
      ended,
      stop: lifetime.close,
    };
  } catch (error) {
    await lifetime
      .close()
      .catch((reason: unknown) => logger.warn({ reason }, "not everything could be closed"));
    throw error;
  }
}

/** Rejects when the start is to end; without a signal never. */
function untilStopped(signal: AbortSignal | undefined): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = () =>
      reject(
        new PleiadError("stopped before it was up", {
          code: "LOCAL_STOPPED",
          hint: "start it again whenever you like",
        }),
      );
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  // Between two waits nobody listens.
  stopped.catch(() => undefined);
  return stopped;
}

async function deploymentOf(config: Config): Promise<Deployment> {
  const { contracts, chainId } = config.chain;
  if (typeof contracts !== "string") return { ...contracts, chainId, fromBlock: 0n };
  let text: string;
  try {
    text = await readFile(contracts, "utf8");
  } catch (cause) {
    throw new PleiadError(`cannot read the deployment file ${contracts}`, {
      code: "DEPLOYMENT_UNREADABLE",
      hint: "set chain.contracts to the file that `pleiad deploy` wrote, or to the addresses",
      cause,
    });
  }
  return parseDeployment(text);
}

/** Opens the store; a damaged or emptied database is put beside and rebuilt from the chain. */
async function openOrRebuild(config: Config, deployment: Deployment, logger: Logger): Promise<Store> {
  const options = {
    dataFolder: config.dataFolder,
    chainId: deployment.chainId,
    contract: deployment.clusterExecutions,
    blobBytesTotalMax: config.store.blobBytesTotalMax,
  };
  try {
    return await openStore(options, { logger });
  } catch (error) {
    if (!canSetAside(error)) throw error;
    const folder = await setAside(config.dataFolder);
    logger.error(
      { folder, reason: (error as Error).message },
      "the database is damaged; rebuilding it from the chain",
    );
    return openStore(options, { logger });
  }
}

/** After a gap in the node's memory: what the chain has by now is of before, and nothing new is signed for it. */
async function sealWatermark({ watermark }: Store, projection: Projection, logger: Logger): Promise<void> {
  const running = projection.runningExecutions();
  const { timestamp = 0n } = projection.head() ?? {};
  await watermark.seal({ timestamp, execution: running.at(-1)?.execution ?? 0n });
  if (watermark.facts === undefined) return;
  const barred = running.filter(
    ({ execution, createdAt }) => watermark.barrierOf({ execution, createdAt }) !== "none",
  );
  if (barred.length === 0) return;
  const { reason, atSeconds } = watermark.facts;
  logger.warn(
    { reason, atSeconds, executions: barred.length },
    "nothing new is signed for executions of before the restore, until they have ended",
  );
}

export type FollowedChain = ReturnType<typeof followChain>;

/** The follower with all that folds and reads what it follows. */
function followChain(
  config: Config,
  deployment: Deployment,
  store: Store,
  observer: DaemonObserver,
  modules: DaemonModules,
) {
  const { logger } = modules;
  const clock = systemClock();
  const endpoints = createRpc(
    { urls: config.chain.rpcUrls, chainId: config.chain.chainId },
    { logger, clock },
  );
  const rpc = observer.rpc(modules.rpcWrapper?.(endpoints) ?? endpoints);
  const projection = createProjection();
  const versions = createVersions({ rpc, projection, clusterRegistry: deployment.clusterRegistry });
  const finality = createFinality({ policy: config.chain.finality }, { rpc, logger });
  const agreement = createAgreement(
    { needed: config.chain.agreement ?? agreementNeeded(config.chain.rpcUrls.length) },
    {
      rpc,
      decoder: createEventDecoder(deployment),
      logger,
      clock,
      onAgreed: () => view.sawBlock(),
      onRefuted: ({ blockNumber }) => follower.refollow(blockNumber),
    },
  );
  const { settledUpTo } = finality;
  const { isAgreed } = agreement;
  const { finalDepth } = config.chain;
  const view = createChainView({ finalDepth }, { projection, versions, settledUpTo, isAgreed, clock });
  const { wsUrl } = config.chain;
  const follower = createFollower(
    { deployment, finalDepth: config.chain.finalDepth, pollIntervalMs: config.chain.pollIntervalMs },
    {
      rpc,
      cursor: store.cursor,
      finality,
      hints: wsUrl === null ? undefined : createHeadHints({ url: wsUrl }, { logger, clock }),
      logger,
      clock,
      handler: {
        apply(block, events) {
          projection.apply(block, events);
          agreement.saw(block, events);
        },
        rollback: (target) => projection.rollback(target),
      },
    },
  );
  follower.subscribe({ block: () => view.sawBlock(), rollback: () => view.sawBlock() });
  /** What has to be so before a transaction of ours counts as done. */
  const isSettled = (block: FollowedBlock) => {
    const last = settledUpTo(follower.head());
    return last !== undefined && block.blockNumber <= last && isAgreed(block);
  };
  return { rpc, projection, versions, view, follower, agreement, isSettled };
}

/** The node this daemon runs, by its key. */
function nodeOf(config: Config, projection: Projection, signer: Signer): bigint {
  const node = config.node.id ?? projection.nodeOfKey(signer.address);
  const state = projection.node(node);
  if (state === undefined) {
    throw new PleiadError(`the key ${signer.address} belongs to no registered node`, {
      code: "NODE_UNREGISTERED",
      hint: "register the node with this key, or set node.id",
      details: { key: signer.address, node },
    });
  }
  if (!isAddressEqual(state.key, signer.address)) throw otherKey(node, state.key, signer);
  return node;
}

/** Rejects when the node gets another key: what this daemon would sign from then on is void. */
function untilRotated(projection: Projection, node: bigint, signer: Signer): Promise<never> {
  return new Promise((_resolve, reject) => {
    projection.on("node", (changed) => {
      const key = changed === node ? projection.node(node)?.key : undefined;
      if (key !== undefined && !isAddressEqual(key, signer.address)) reject(otherKey(node, key, signer));
    });
  });
}

function otherKey(node: bigint, registered: Address, signer: Signer): PleiadError {
  return new PleiadError(`node ${node} has the key ${registered}; this daemon signs with ${signer.address}`, {
    code: "NODE_KEY_OTHER",
    hint: "name the keystore, or the address at the signer, of the node's present key, or rotate the node to this one",
    details: { node, registered, own: signer.address },
  });
}

/** Sends with the node key, or with the account that the configuration names for gas. */
async function openSubmitter(
  config: Config,
  nodeSigner: Signer,
  chain: FollowedChain,
  journal: Journal,
  logger: Logger,
): Promise<Submitter> {
  const { gasKeystore, gasPasswordFile, gasPasswordEnv, feeGweiMax, priorityFeeGwei, etherPerDayMax } =
    config.submitter;
  let signer = nodeSigner;
  if (gasKeystore !== null) {
    const password = await readPassword({ file: gasPasswordFile, env: gasPasswordEnv });
    if (password === undefined) {
      throw new PleiadError("the gas keystore's password is not configured", {
        code: "PASSWORD_MISSING",
        hint: "set submitter.gasPasswordFile or submitter.gasPasswordEnv",
      });
    }
    signer = await createKeystoreSigner(gasKeystore, password);
  }
  return createSubmitter(
    {
      chainId: config.chain.chainId,
      feeGweiMax,
      priorityFeeGwei,
      finalDepth: config.chain.finalDepth,
      // A number's shortest text may have an exponent, which a decimal amount has not.
      spendingLimitWei: etherPerDayMax === null ? undefined : parseEther(etherPerDayMax.toFixed(18)),
    },
    {
      rpc: chain.rpc,
      signer,
      journal: journal.transactions,
      chain: chain.follower,
      isSettled: chain.isSettled,
      logger,
    },
  );
}

function refusalsOf({ jobs }: Config): RefusalPolicy {
  const { currencies, priceWeiMin, inputBytesMax, clusters } = jobs;
  return { currencies, priceWeiMin, inputBytesMax, clusters: clusters ?? undefined };
}

function modelLimitsOf({ models, jobs }: Config): ReadonlyMap<bigint, ModelLimits> {
  return new Map(
    [...models].map(([model, { parallelMax = jobs.parallelMax, queueMax = MODEL_QUEUE_MAX_DEFAULT }]) => {
      return [model, { parallelMax, queueMax }];
    }),
  );
}

function servicesOf(config: Config) {
  return new Map(
    [...config.models].map(([model, { service }]) => {
      const found = config.services.get(service);
      if (found === undefined) throw new Error(`the configuration let the missing service ${service} pass`);
      return [model, found];
    }),
  );
}

async function openNetwork(
  config: Config,
  deployment: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly signer: Signer;
    readonly store: Store;
    readonly logger: Logger;
    /** The engine comes later than the network: it needs it. */
    readonly engine: () => Engine | undefined;
  },
): Promise<Network> {
  const { chain, signer, store, logger, engine } = modules;
  const blobs = blobsOf(store.blobs);
  const network = await createNetwork(
    {
      chainId: deployment.chainId,
      nodeRegistry: deployment.nodeRegistry,
      clusterExecutions: deployment.clusterExecutions,
      node,
      identityFolder: join(config.dataFolder, "network"),
      modelsServed: () => [...config.models.keys()],
      listenHost: config.network.listenHost,
      listenPort: config.network.listenPort,
      bootstrap: config.network.bootstrap,
    },
    {
      signer,
      directory: {
        async keyOf(id) {
          const state = chain.projection.node(id);
          return state === undefined ? undefined : { key: state.key, active: state.status === "Active" };
        },
      },
      archive: { find: async (executions) => engine()?.find(executions) ?? [] },
      blobs: { get: (digest) => blobs.get(digest) },
      wantedExecutions: async () => chain.view.running(),
      logger,
    },
  );
  await network.start();
  return network;
}

/** What brings proofs of equivocation; undefined where this node brings none. */
function openEquivocations(
  config: Config,
  { nodeBonds }: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly store: Store;
    readonly submitter: Submitter;
    readonly gossip: Gossip;
    readonly journal: Journal;
    readonly logger: Logger;
  },
): Equivocations | undefined {
  const { chain, store, submitter, gossip, journal, logger } = modules;
  if (config.jobs.proveEquivocations === false) return undefined;
  if (nodeBonds === undefined) {
    if (config.jobs.proveEquivocations === null) return undefined;
    throw new PleiadError("jobs.proveEquivocations is true, and the deployment has no nodeBonds", {
      code: "NODE_BONDS_MISSING",
      hint: "name the contract NodeBonds in the deployment, or set jobs.proveEquivocations to false",
    });
  }
  const { finalDepth } = config.chain;
  const priorityFeeWei = parseGwei(String(config.submitter.priorityFeeGwei));
  const prover = createProver(
    { nodeBonds, finalDepth, priorityFeeWei },
    { rpc: chain.rpc, submitter, journal: journal.transactions },
  );
  return createEquivocations(
    { node },
    { gossip, chain: chain.view, book: store.equivocations, prover, clock: systemClock(), logger },
  );
}

/** What tells consumers of the ends of runs. */
function openDeliveries(
  config: Config,
  { clusterExecutions: contract }: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly submitter: Submitter;
    readonly journal: Journal;
    readonly logger: Logger;
  },
): Deliveries {
  const { chain, submitter, journal, logger } = modules;
  const { projection, versions, rpc, view, isSettled } = chain;
  const priorityFeeWei = parseGwei(String(config.submitter.priorityFeeGwei));
  const onChange = (handler: () => void) => view.onChange(() => handler());
  const callbacks = createCallbackChain({ projection, versions, isSettled, onChange });
  const deliverer = createDeliverer(
    { contract, priorityFeeWei },
    { projection, versions, rpc, submitter, journal: journal.transactions },
  );
  return createDeliveries({ node }, { chain: callbacks, deliverer, clock: systemClock(), logger });
}

/** Listens to the clusters there are; those with an execution last, as they are the last to give way. */
function joinClusters(topics: ClusterTopics, projection: Projection, config: Config): void {
  if (config.models.size === 0) return;
  for (const { cluster } of projection.clusters()) topics.join(cluster);
  for (const { cluster } of projection.runningExecutions()) topics.join(cluster);
  projection.on("cluster", (cluster) => topics.join(cluster));
  projection.on("execution", (id) => {
    const execution = projection.execution(id);
    if (execution?.state === "Running") topics.join(execution.cluster);
  });
}

async function openApi(
  config: Config,
  observed: Observed,
  modules: {
    readonly store: Store;
    readonly observer: DaemonObserver;
    readonly gossip: Gossip;
    readonly logger: Logger;
  },
): Promise<Api> {
  const { node, journal, chain, engine } = observed;
  const { store, observer, gossip, logger } = modules;
  const token = await readOrMakeSecret(config.api.tokenFile);
  const blobs = blobsOf(observed.blobs);
  return startApi(
    { host: config.api.host, port: config.api.port, token },
    {
      ...observer.routes(observed),
      jobs: async () => (await journal.jobs.live()).map(jobReport),
      execution: (id) => executionReport(id, { journal, chain: chain.view, engine, node }),
      putBlob: (bytes) => blobs.put(bytes),
      getBlob: (digest, signal) => bytesOf(digest, signal, { blobs, gossip }),
      backup: () => encodeBackup(store.backup({ node, takenAtMs: Date.now() })),
      logger,
    },
  );
}
