import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";
import type { Logger } from "pino";
import { sweepOrphans } from "../agents/sweep.ts";
import { systemClock } from "../chain/clock.ts";
import type { Journal } from "../chain/journal.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Signer } from "../chain/signer.ts";
import type { Config } from "../config/table.ts";
import { CLUSTERS_SUBSCRIBED_MAX } from "../network/limits.ts";
import { createChronicle } from "../work/chronicle.ts";
import { createEngine, type Engine } from "../work/engine.ts";
import type { Answerer, Gossip } from "../work/ports.ts";
import { createTokenStore } from "../workspace/tokens/tokenStore.ts";
import type { Workspace } from "../workspace/types.ts";
import { createAnswerer } from "./answerer.ts";
import { createClusterTopics } from "./clusterTopics.ts";
import type { DaemonLog } from "./daemonLog.ts";
import { createDaemonObserver } from "./daemonObserver.ts";
import { openNodeSigner } from "./daemonSigner.ts";
import { gossipOf, noGossip } from "./gossip.ts";
import { createJobStages } from "./jobStages.ts";
import { createLifetime } from "./lifetime.ts";
import { createHelperLives } from "./manager/helperLives.ts";
import { createReporter } from "./reporter.ts";
import { readOrMakeSecret } from "./secretFile.ts";
import { createSettler } from "./settler.ts";
import { blobsOf } from "./storeBlobs.ts";
import { createSurroundings } from "./surroundings.ts";
import { jobToolsFor, revokeProgramTokens, toolOptionsFor } from "./team/helperTools.ts";
import { createToolCalls } from "./team/toolCalls.ts";
import { createThreads } from "./threads.ts";
import { deploymentOf } from "./wiring/deployment.ts";
import { followChain } from "./wiring/followChain.ts";
import { openAgentBooks } from "./wiring/openAgentBooks.ts";
import { openApi } from "./wiring/openApi.ts";
import { openBlobKeeper } from "./wiring/openBlobKeeper.ts";
import { openDeliveries } from "./wiring/openDeliveries.ts";
import { openEquivocations } from "./wiring/openEquivocations.ts";
import { openFolders } from "./wiring/openFolders.ts";
import { openManager } from "./wiring/openManager.ts";
import { joinClusters, openNetwork } from "./wiring/openNetwork.ts";
import { openProjectJobs } from "./wiring/openProjectJobs.ts";
import { openSandbox } from "./wiring/openSandbox.ts";
import { openOrRebuild } from "./wiring/openStore.ts";
import { openSubmitter } from "./wiring/openSubmitter.ts";
import { openTeam } from "./wiring/openTeam.ts";
import { openWorkspace, type RunningWorkspace } from "./wiring/openWorkspace.ts";
import { nodeOf, untilRotated } from "./wiring/ownNode.ts";
import { sealWatermark } from "./wiring/sealWatermark.ts";
import { modelLimitsOf, refusalsOf, servicesOf } from "./wiring/workOptions.ts";

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
  /** What is said of an error's code, for whoever asks the API. @default nothing is known of any */
  readonly explain?: (code: string) => CatalogEntry | undefined;
  /** Told where the API listens, long before the node works; waited for. @default nobody */
  readonly onListening?: (apiUrl: string) => Promise<void>;
}

/** A node at work. */
export interface Daemon {
  readonly node: bigint;
  readonly apiUrl: string;
  readonly peerAddresses: readonly string[];
  /** What the agents of its clusters share; undefined where the network is off. */
  readonly workspace: Workspace | undefined;
  /** Resolves when it was stopped; rejects with what broke it, after everything was closed. */
  readonly ended: Promise<void>;
  /** Takes no more work, ends its agents, closes everything, the store last. */
  stop(): Promise<void>;
}

/**
 * Wires a node together and starts it: store, key, API, chain, peers, agents and work, in this order. The API tells from
 * then on how far the start is. Whatever fails on the way closes what was opened before.
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
    const books = keep(await openAgentBooks(config, { store, logger }), (opened) => opened.stop());
    const journal = observer.journal(modules.journalWrapper?.(store.journal) ?? store.journal);
    const nodeSigner = await openNodeSigner(config, options.password, { logger });
    const signer = observer.signer(modules.signerWrapper?.(nodeSigner) ?? nodeSigner);
    const chain = followChain(config, deployment, store, observer, modules);
    keep(chain.follower, (follower) => follower.stop());
    const started = { chain, deployment, signer, blobs: store.blobs };
    const calls = createToolCalls();
    const { explain } = modules;
    const asks = { store, books, observer, onToolsAsked: calls.asked, explain, logger };
    const api = keep(await openApi(config, started, asks), (opened) => opened.stop());
    await modules.onListening?.(api.url);
    // An endpoint that is away is waited for, for as long as nobody stops that.
    await Promise.race([chain.follower.start(), stopped]);
    await Promise.race([chain.follower.caughtUp(), chain.follower.ended, stopped]);
    const { rpc, projection } = chain;
    const { signal } = options;
    await Promise.race([
      sealWatermark(config, deployment, store, { rpc, projection, logger, signal }),
      stopped,
    ]);
    const node = nodeOf(config, chain.projection, signer);
    observer.trace({ node, deployment, chain });
    const tagPrefix = await readOrMakeSecret(join(config.dataFolder, "agent-tag"));
    // Not in the data folder, so that no relative path leads from an agent's folder to the keystore. Nobody can guess it.
    const scratchFolder = join(tmpdir(), `pleiad-${tagPrefix}`);
    keep(scratchFolder, (folder) => rm(folder, { recursive: true, force: true }));
    const swept = await sweepOrphans(tagPrefix, scratchFolder);
    if (swept.killed.length > 0)
      logger.warn({ killed: swept.killed }, "ended agents that a crash left behind");

    const sandbox = await openSandbox(config, { logger });

    let engine: Engine | undefined;
    let workspace: RunningWorkspace | undefined;
    const network = config.network.enabled
      ? keep(
          await openNetwork(config, deployment, node, {
            chain,
            signer,
            store,
            logger,
            engine: () => engine,
            wantedNodes: () => workspace?.members() ?? [],
          }),
          (opened) => opened.stop(),
        )
      : undefined;
    const topics =
      network === undefined
        ? undefined
        : createClusterTopics({ clustersMax: CLUSTERS_SUBSCRIBED_MAX }, { network });
    const { gossipTimes } = observer;
    const peers =
      network === undefined || topics === undefined
        ? noGossip()
        : gossipOf(network, topics, gossipTimes.sent);
    const gossip = gossipTimes.watch(modules.gossipWrapper?.(peers) ?? peers);
    const keeper = keep(openBlobKeeper(config, { chain, store, gossip, observer, logger }), (opened) =>
      opened.stop(),
    );
    const blobs = blobsOf(keeper.blobs);
    const submitter = keep(await openSubmitter(config, signer, chain, journal, store, logger), (opened) =>
      opened.stop(),
    );
    await Promise.race([submitter.start(), stopped]);
    const { view, agreement } = chain;
    const rotated = untilRotated({ projection, view, isAgreed: agreement.isAgreed }, node, signer);
    const ended = lifetime.endsWith([chain.follower.ended, submitter.ended, rotated]);
    const settler = createSettler({ contract: deployment.clusterExecutions }, { submitter });
    const reporter = config.jobs.reportFailures
      ? createReporter(
          { node, contract: deployment.clusterExecutions },
          { submitter, journal: journal.transactions },
        )
      : undefined;
    const projectJobs = await openProjectJobs(config, { tagPrefix }, { logger });
    if (projectJobs !== undefined) keep(projectJobs, (opened) => opened.close());
    const tokens = createTokenStore({ dataFolder: config.dataFolder });
    await revokeProgramTokens(tokens);
    const answerer =
      modules.answerer ??
      createAnswerer(
        {
          services: servicesOf(config),
          scratchFolder,
          tagPrefix,
          sandbox,
          repositoriesWithoutSandbox: config.folders.withoutSandbox,
          nameOf: (model) => config.models.get(model)?.service ?? "",
          node,
        },
        {
          logger,
          ledger: books.ledger,
          approvals: books.approvals,
          projectJobs,
          stages: createJobStages({ terminals: api.terminals, logger }),
          ...(network === undefined
            ? {}
            : {
                toolsFor: ({ model, ...who }) =>
                  jobToolsFor(
                    who,
                    toolOptionsFor(servicesOf(config).get(model), { apiUrl: api.url, sandbox, tagPrefix }),
                    { tokens, calls, directTools: api.directTools },
                  ),
              }),
          accountOf(id) {
            const execution = chain.projection.execution(id);
            return execution && { cluster: execution.cluster, user: execution.requester };
          },
        },
      );
    const folders = await openFolders(config, { tagPrefix }, { sandbox, logger });
    if (folders !== undefined) keep(folders, (opened) => opened.close());
    const lives = createHelperLives();
    const team = openTeam(
      config,
      { node, scratchFolder, tagPrefix },
      {
        blobs,
        projection: chain.projection,
        calls,
        directTools: api.directTools,
        folders,
        books,
        terminals: api.terminals,
        sandbox,
        onLost: lives.lost,
        logger,
      },
    );
    // Open before the engine, and closed after it: agents are told of what it holds.
    workspace =
      network === undefined
        ? undefined
        : keep(
            await openWorkspace(config, deployment, node, { chain, network, helpers: team.port, logger }),
            (opened) => opened.stop(),
          );
    const surroundings = workspace === undefined ? undefined : createSurroundings(workspace);
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
      {
        chain: chain.view,
        journal,
        blobs,
        gossip,
        answerer,
        settler,
        reporter,
        surroundings,
        signer,
        logger,
      },
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
    const chronicle =
      workspace === undefined
        ? undefined
        : keep(
            createChronicle(
              { node },
              { chain: chain.view, blobs, threads: createThreads(workspace), clock: systemClock(), logger },
            ),
            (running) => running.stop(),
          );
    await engine.start();
    chronicle?.start();
    keeper.start();
    await equivocations?.start();
    if (config.jobs.deliverCallbacks) {
      const deliveries = openDeliveries(config, deployment, node, { chain, submitter, journal, logger });
      keep(deliveries, async (running) => running.stop()).start();
    }
    const managing = await openManager(
      config,
      { node, deployment },
      { chain, network, workspace: workspace?.workspace, engine, store, lives, logger },
    );
    if (managing !== undefined) keep(managing, (running) => running.stop());
    api.atWork(
      {
        ...started,
        blobs: keeper.blobs,
        node,
        journal,
        submitter,
        network,
        engine,
        equivocations,
        chronicle,
        sandbox,
        books,
        managing,
      },
      {
        gossip,
        workspace: workspace?.workspace,
        memories: workspace?.memories,
        folders,
        manager: managing?.manager,
      },
    );
    // It was opened early, and ends before what it asks.
    keep(api, (opened) => opened.stop());
    if (workspace !== undefined)
      await keep(team, (running) => running.stop()).atWork({
        workspace: workspace.workspace,
        apiUrl: api.url,
      });
    await managing?.start();
    logger.info({ node, api: api.url, peers: network?.multiaddrs() ?? [] }, "node is at work");
    return {
      node,
      apiUrl: api.url,
      peerAddresses: network?.multiaddrs() ?? [],
      workspace: workspace?.workspace,
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
