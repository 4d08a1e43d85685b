import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { systemClock } from "../../chain/clock.ts";
import { weiOfGwei } from "../../chain/fees.ts";
import type { Config } from "../../config/table.ts";
import { openAlerting } from "../../manager/alerts/alerting.ts";
import { createPost } from "../../manager/alerts/post.ts";
import { createCommunication } from "../../manager/communication/communication.ts";
import { watchManagerFile } from "../../manager/config/watch.ts";
import type { Manager } from "../../manager/face.ts";
import { createManager } from "../../manager/manager.ts";
import { createFollowingReporter } from "../../manager/reports/follow.ts";
import { createMemberReporter } from "../../manager/reports/memberReporter.ts";
import { createReporter, type Reporter } from "../../manager/reports/reporter.ts";
import { createScaling } from "../../manager/scaling/scaling.ts";
import { stabilityScore } from "../../manager/stability/score.ts";
import { createStability } from "../../manager/stability/stability.ts";
import { systemClock as networkClock } from "../../network/clock.ts";
import type { Network } from "../../network/types.ts";
import type { Store } from "../../store/open.ts";
import type { Engine } from "../../work/engine.ts";
import type { Workspace } from "../../workspace/types.ts";
import type { SetMetric } from "../daemonMetrics.ts";
import { createFleetView } from "../manager/fleetView.ts";
import { createGatewaySides } from "../manager/gatewaySides.ts";
import { createHands, forgetShares } from "../manager/hands.ts";
import type { HelperLives } from "../manager/helperLives.ts";
import { createRatings } from "../manager/ratings.ts";
import { createResources } from "../manager/resources.ts";
import { createRoundTrips } from "../manager/roundTrips.ts";
import { createRouteBook } from "../manager/routeBook.ts";
import { createVersionWriter } from "../manager/versionWriter.ts";
import { setManager } from "../managerScrape.ts";
import type { FollowedChain } from "./followChain.ts";

/** The manager of a daemon, not yet started. */
export interface OpenedManager {
  readonly manager: Manager;
  start(): Promise<void>;
  /** What there is to be measured of it, now. */
  scrape(set: SetMetric): Promise<void>;
  /** Told of each look, by how long it took in milliseconds. The answer ends it. */
  onLook(handler: (tookMs: number) => void): () => void;
  stop(): Promise<void>;
}

/**
 * Opens the manager whose file the configuration names: eyes, hands, databases and what plans, alerts and reports.
 *
 * @returns undefined where it names none
 * @throws PleiadError MANAGER_FILE_INVALID, FILE_UNREADABLE, those of the databases; MANAGER_NEEDS_NETWORK
 */
export async function openManager(
  config: Config,
  options: { readonly node: bigint; readonly deployment: Deployment },
  modules: {
    readonly chain: FollowedChain;
    readonly network: Network | undefined;
    readonly workspace: Workspace | undefined;
    readonly engine: Engine;
    readonly store: Pick<Store, "managers">;
    readonly lives: HelperLives;
    readonly logger: Logger;
  },
): Promise<OpenedManager | undefined> {
  const { file: path } = config.manager;
  if (path === null) return undefined;
  const { chain, network, workspace, engine, store, lives } = modules;
  if (network === undefined || workspace === undefined) throw withoutNetwork();
  const logger = modules.logger.child({ module: "manager" });
  const { node, deployment } = options;
  const { projection, versions, rpc } = chain;
  const clock = systemClock();
  const now = Date.now;
  const stopping = new AbortController();
  const file = await watchManagerFile({ path }, { clock, logger });
  const { settings } = file.current();
  const tables = await store.managers.open(settings.id, settings.databases);
  const post = createPost();

  const roundTrips = createRoundTrips({
    clock: networkClock(),
    ping: network.ping,
    silentMs: (one) => network.presence.list().find((up) => up.node === one)?.silentMs,
    wanted: () => view.wanted(),
    onConnected: (handler) => network.onCertified((peer) => handler(peer.node)),
  });
  const routes = createRouteBook();
  const view = createFleetView(
    { node, deployment },
    {
      projection,
      versions,
      presence: network.presence,
      roundTrips,
      places: engine.places,
      activeJobs: engine.activeJobs,
      workspace,
      lives,
      routes,
      resources: createResources({ folder: config.dataFolder }),
      settings: () => file.current().settings,
      monotonicMs: () => clock.monotonicMs(),
    },
  );
  const hands = createHands(
    { node },
    {
      projection,
      rpc,
      priorityFeeWei: weiOfGwei(config.submitter.priorityFeeGwei),
      places: engine.places,
      workspace,
      presence: network.presence,
      roundTrips,
      routes,
      lives,
      clock: networkClock(),
      stopping: stopping.signal,
      logger,
    },
  );
  const sides = createGatewaySides({
    workspace,
    ownerOf: (cluster) => projection.cluster(cluster)?.owner,
    ownerOfNode: (one) => projection.node(one)?.owner,
  });
  const next = createVersionWriter({ projection, versions, logger });
  const communication = createCommunication({ self: node }, { nowMs: now, sides });
  const alerting = await openAlerting(
    { manager: settings.id, settings: file.current().alerting },
    { table: tables.performance, clock, now, post, logger },
  );
  const { reputationRegistry } = deployment;
  const ratings =
    reputationRegistry === undefined
      ? undefined
      : createRatings({ reputationRegistry, rpc, monotonicMs: () => clock.monotonicMs() });
  const manager = createManager(
    { settings },
    {
      view: {
        async observe() {
          const fleet = await view.observe();
          forgetShares(engine.places, fleet.clusters);
          await sides.read([...fleet.clusters.keys()]);
          return fleet;
        },
        onNews: view.onNews,
      },
      hands,
      store: tables,
      clock,
      now,
      random: Math.random,
      logger,
      planners: [createStability({ versions: next }), createScaling({ versions: next }), communication],
      score: ({ members, window }, { alertThresholds }) =>
        stabilityScore({ members, window, latencyThresholdMs: alertThresholds.communicationLatencyMs }),
      ratings,
      routes: communication.routes.of,
      alerting,
      onNews: (news) => void communication.news(news),
    },
  );
  const reporterFor = (orchestrator: string): Reporter => {
    const { status } = manager;
    if (/^https?:/.test(orchestrator))
      return createReporter({ url: orchestrator }, { status, post, clock, logger });
    return createMemberReporter(
      { member: orchestrator },
      {
        status,
        isMember: (cluster, name) =>
          workspace.clusters().includes(cluster) &&
          manager
            .fleet()
            ?.clusters.get(cluster)
            ?.members.some((member) => member.name === name) === true,
        async tell(cluster, to, text) {
          const destination = { kind: "direct", to } as const;
          await workspace.as({ kind: "node", cluster }).sendMessage({ destination, text });
        },
        clock,
        logger,
      },
    );
  };
  const reporter = createFollowingReporter({ open: reporterFor });
  reporter.follow(settings.relationships.orchestrator);
  const looks = new Set<(tookMs: number) => void>();
  let lookedAtMs = 0;
  const ends = [
    file.onChange(() => {
      const { settings: next, alerting: told } = file.current();
      manager.replaceSettings(next);
      reporter.follow(next.relationships.orchestrator);
      manager.setFileProblem(file.problem());
      alerting
        .configure(told)
        .catch((error: unknown) => logger.error({ err: error }, "alerts keep their sinks"));
    }),
    manager.onChange(() => {
      reporter.wake();
      tellLook();
    }),
  ];

  function tellLook(): void {
    const reconciled = manager.lastLook();
    if (reconciled === undefined || reconciled.atMs === lookedAtMs) return;
    lookedAtMs = reconciled.atMs;
    for (const handler of looks) handler(reconciled.tookMs);
  }

  return {
    manager,
    async start() {
      roundTrips.start();
      await manager.start();
      file.start();
      reporter.start();
      logger.info({ manager: settings.id, path }, "the cluster manager looks after its clusters");
    },
    // A status is cut to what a person reads; a count is of all.
    scrape: async (set) =>
      setManager(set, { ...(await manager.status()), alerts: alerting.alerts() }, alerting.sinks(), now()),
    onLook(handler) {
      looks.add(handler);
      return () => looks.delete(handler);
    },
    async stop() {
      stopping.abort();
      for (const end of ends) end();
      roundTrips.stop();
      await file.stop();
      await manager.stop();
      await reporter.stop();
      await alerting.stop();
      view.stop();
    },
  };
}

function withoutNetwork(): PleiadError {
  return new PleiadError("a cluster manager needs the network, which is off here", {
    code: "MANAGER_NEEDS_NETWORK",
    hint: "set network.enabled to true, or take manager.file out of pleiad.yaml",
  });
}
