import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address } from "viem";
import { createMutex } from "../chain/mutex.ts";
import { createBeats } from "./beats.ts";
import type { Desk } from "./desk.ts";
import { workspaceError } from "./errors.ts";
import { createHome } from "./home/home.ts";
import { KEPT_ENTRIES_MAX, NAMES_SHOWN_MAX } from "./limits.ts";
import type { ClusterMembership } from "./log/ports.ts";
import { createNames } from "./names.ts";
import { createChangeOperations } from "./operations/changes.ts";
import { createContextOperations } from "./operations/context.ts";
import { createFeedOperations } from "./operations/feed.ts";
import { createFileOperations } from "./operations/files.ts";
import { createJobOperations } from "./operations/jobs.ts";
import { createMemoryOperations } from "./operations/memory.ts";
import { createMessageOperations } from "./operations/messages.ts";
import { createPresenceOperations } from "./operations/presence.ts";
import { createRulesOperations } from "./operations/rules.ts";
import { createTalkOperations } from "./operations/talk.ts";
import { createThreadOperations } from "./operations/threads.ts";
import { createContextWatchers } from "./operations/watch.ts";
import type {
  EmbeddingPort,
  HelperPort,
  HomeAnswer,
  HomePort,
  HomeRequest,
  LogOpener,
  PresencePort,
  WorkspaceDirectory,
} from "./ports.ts";
import type { PrivateMemories } from "./privateMemory.ts";
import { createPruner, OWN_BYTES_MAX } from "./pruner.ts";
import { createRecall } from "./recall/recall.ts";
import { createScope } from "./scope.ts";
import { openSpace, type Space } from "./space.ts";
import type { Credential, Workspace, WorkspaceChange, WorkspaceOperations } from "./types.ts";

export interface WorkspaceOptions {
  /** This daemon's node. */
  readonly node: bigint;
  /** The operator's address: the user of what the operator itself asks for. */
  readonly operator: Address;
  /** Of the deployment: names whose keys sign the certificates in an exported log. */
  readonly nodeRegistry: Address;
  /** How long a home may take to decide. @default HOME_ANSWER_TIMEOUT_MS */
  readonly homeTimeoutMs?: number;
}

export interface WorkspaceModules {
  readonly openLog: LogOpener;
  readonly membership: ClusterMembership;
  readonly directory: WorkspaceDirectory;
  readonly home: HomePort;
  readonly presence: PresencePort;
  readonly helpers: HelperPort;
  readonly privateMemories: PrivateMemories;
  /** Without it memories are found by their words. */
  readonly embeddings?: EmbeddingPort;
  readonly logger: Logger;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** The workspace, with what the network calls: see the promises in the README. */
export interface WorkspaceHost extends Workspace {
  /** Answers a node that asks this one, as a cluster's home, to decide. @param from the node that its certificate names */
  answerHome(from: bigint, request: HomeRequest): Promise<HomeAnswer>;
}

export function createWorkspace(options: WorkspaceOptions, modules: WorkspaceModules): WorkspaceHost {
  const { node } = options;
  const { membership, directory, now = Date.now } = modules;
  const logger = modules.logger.child({ module: "workspace" });
  const spaces = new Map<bigint, Space>();
  const changeHandlers = new Set<(change: WorkspaceChange) => void>();
  const opening = createMutex();
  const beats = createBeats({ membership, port: modules.presence, now });
  const recall = createRecall({ embeddings: modules.embeddings, logger });
  const watchers = createContextWatchers();
  const pruner = createPruner({}, { spaces: () => spaces.values(), logger });
  const home = createHome(
    { node, ...(options.homeTimeoutMs === undefined ? {} : { answerTimeoutMs: options.homeTimeoutMs }) },
    { membership, port: modules.home, spaceOf: (cluster) => spaces.get(cluster) },
  );
  const scope = createScope(options, {
    directory,
    membership,
    presenceOf: (cluster) => spaceOf(cluster).views.presence,
  });

  function spaceOf(cluster: bigint): Space {
    const space = spaces.get(cluster);
    if (space === undefined) throw notOpen(cluster);
    return space;
  }

  /** While a log is told anew, who is a helper and what stands is not known: all wait. */
  async function settled(): Promise<void> {
    for (const space of spaces.values()) await space.settled();
  }

  function operationsOf(credential: Credential): WorkspaceOperations {
    const desk: Desk = {
      node,
      now,
      async enter(operation) {
        await settled();
        const grant = scope.decideInCluster(credential, operation);
        return { grant, space: spaceOf(grant.cluster) };
      },
    };
    return {
      ...createPresenceOperations({ desk, beats, helpers: modules.helpers, agentsOf: directory.agentsOf }),
      ...createMessageOperations(desk),
      ...createFeedOperations(desk),
      ...createTalkOperations(desk),
      ...createContextOperations({ desk, home }),
      ...createRulesOperations({ desk, home }),
      ...createMemoryOperations({
        desk,
        privates: modules.privateMemories,
        recall,
        async enter(operation) {
          await settled();
          const grant = scope.decide(credential, operation);
          return grant.role === "lone" ? grant : { grant, space: spaceOf(grant.cluster) };
        },
      }),
      ...createThreadOperations(desk),
      ...createJobOperations(desk),
      ...createFileOperations(desk),
      ...createChangeOperations(desk),
      watchContext({ prefix = "" }, watcher) {
        const { cluster } = scope.decideInCluster(credential, "watchContext");
        const mayStill = () => {
          if (scope.decideInCluster(credential, "watchContext").cluster !== cluster) throw notOpen(cluster);
        };
        return watchers.watch(spaceOf(cluster), prefix, watcher, mayStill);
      },
    };
  }

  /** Who is there to speak, in words: of the cluster that was named, else of those that are open. */
  function whoIsThere(cluster: bigint | undefined): string {
    const named = [...spaces.values()].filter((space) => cluster === undefined || space.cluster === cluster);
    const words = named.flatMap((space) => [
      ...directory.agentsOf(space.cluster).map(({ agent, name }) => `${name} (--agent ${agent})`),
      ...space.views.presence
        .helpers()
        .filter((helper) => helper.node === node)
        .map(({ name }) => `${name} (--helper ${name} --cluster ${space.cluster})`),
    ]);
    if (words.length === 0) return "there is nobody yet";
    const more = words.length > NAMES_SHOWN_MAX ? ", and others" : "";
    return `there are ${words.slice(0, NAMES_SHOWN_MAX).join(", ")}${more}`;
  }

  async function close(cluster: bigint): Promise<void> {
    const space = spaces.get(cluster);
    if (space === undefined) return;
    spaces.delete(cluster);
    await space.close();
  }

  return {
    open: (cluster) =>
      opening(async () => {
        if (spaces.has(cluster)) return;
        const log = await modules.openLog(cluster);
        const space = await openSpace(log, {
          namesOf: ({ presence }) => createNames(cluster, { directory, membership, presence }),
          onChange: (change) => {
            for (const handler of changeHandlers) handler(change);
          },
        });
        spaces.set(cluster, space);
        logger.info({ cluster, entries: log.status().entries }, "workspace is open");
      }),
    close: (cluster) => opening(() => close(cluster)),
    clusters: () => [...spaces.keys()],
    as: operationsOf,
    async check(credential) {
      await settled();
      try {
        // What the least of all may do, an agent in no cluster.
        scope.decide(credential, "recall");
      } catch (error) {
        if (!(error instanceof PleiadError) || !/^(?:AGENT|HELPER)_UNKNOWN$/.test(error.code)) throw error;
        const { code, message, details } = error;
        throw workspaceError(code, message, { hint: whoIsThere(credential.cluster), details });
      }
    },
    onChange(handler) {
      changeHandlers.add(handler);
      return () => changeHandlers.delete(handler);
    },
    status(cluster) {
      const { views, log } = spaceOf(cluster);
      const { own, ownBytes: bytes } = log.status();
      return {
        cluster,
        unknown: views.unknown(),
        invalid: views.invalid(),
        own: { bytes, bytesMax: OWN_BYTES_MAX, kept: own?.pruned?.keptHere ?? 0, keptMax: KEPT_ENTRIES_MAX },
      };
    },
    async exportLog(credential, { withKeys = false } = {}) {
      await settled();
      const { cluster } = scope.decideInCluster(credential, "exportLog");
      return spaceOf(cluster).log.export({ nodeRegistry: options.nodeRegistry, withKeys });
    },
    stop: () =>
      opening(async () => {
        pruner.stop();
        beats.stop();
        for (const cluster of [...spaces.keys()]) await close(cluster);
      }),
    answerHome: home.answer,
  };
}

function notOpen(cluster: bigint): PleiadError {
  return workspaceError("CLUSTER_NOT_OPEN", `cluster ${cluster} is not open on this node`, {
    retryable: true,
    hint: "the daemon opens the clusters of which its node is a member; it may be starting",
    details: { cluster },
  });
}
