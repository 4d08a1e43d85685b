import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address } from "viem";
import type { ProjectFolders } from "../../agents/folders/types.ts";
import type { Sandbox } from "../../agents/sandbox/sandbox.ts";
import { createSessionDriver } from "../../agents/services.ts";
import type { SessionDriver } from "../../agents/session.ts";
import { agentTag } from "../../agents/tag.ts";
import type { HelperPlan, TeamPorts, Workplace } from "../../agents/team/ports.ts";
import { createHelperRecords } from "../../agents/team/records.ts";
import { createTeam, hasEnded, type Team } from "../../agents/team/team.ts";
import type { Terminals } from "../../agents/terminals/terminals.ts";
import type { Config } from "../../config/table.ts";
import type { Blobs } from "../../work/ports.ts";
import type { HelperPort, HelperStart } from "../../workspace/ports.ts";
import { startOf } from "../../workspace/texts.ts";
import { createTokenStore } from "../../workspace/tokens/tokenStore.ts";
import type { Workspace } from "../../workspace/types.ts";
import { familyFor } from "../team/families.ts";
import { helperDeskOf } from "../team/helperDesk.ts";
import { helperToolsFor, toolOptionsFor } from "../team/helperTools.ts";
import type { FileProjection } from "../team/namedFiles.ts";
import { attachmentsOf, projectUnknown, requireAllowed, requireBudget } from "../team/plans.ts";
import { purseOf } from "../team/purses.ts";
import { stageOf } from "../team/stages.ts";
import type { ToolCalls } from "../team/toolCalls.ts";
import { emptyWorkplace, forgetHelper, projectWorkplace } from "../team/workplaces.ts";
import type { AgentBooks } from "./openAgentBooks.ts";
import type { Faces } from "./openFaces.ts";

/** In a node's data folder: what it must know of its helpers to go on with them. */
export const HELPER_RECORDS_FOLDER = "helper-records";
/** In a node's data folder: where helpers without a project work, and what their programs keep. */
export const HELPERS_FOLDER = "helpers";
/** In a node's data folder: what helpers' terminals showed, where that is recorded. */
export const RECORDINGS_FOLDER = "recordings";

/** Of a helper's task, where helpers are listed: a line. */
const TASK_SHOWN_CHARACTERS_MAX = 160;

/** Helpers whose programs this node runs; what the workspace asks of it before it is at work is answered as "later". */
export interface RunningTeam {
  readonly port: HelperPort;
  /** Goes on with what an earlier daemon left. */
  atWork(modules: { readonly workspace: Workspace; readonly apiUrl: string }): Promise<void>;
  stop(): Promise<void>;
}

export function openTeam(
  config: Config,
  options: { readonly node: bigint; readonly scratchFolder: string; readonly tagPrefix: string },
  modules: {
    readonly blobs: Pick<Blobs, "get">;
    /** Says whose a blob is. */
    readonly projection: FileProjection;
    readonly calls: ToolCalls;
    readonly directTools: Faces["directTools"];
    /** Copies of the operator's projects. */
    readonly folders: ProjectFolders | undefined;
    readonly books: Pick<AgentBooks, "ledger" | "approvals">;
    readonly terminals: Terminals;
    readonly sandbox: Sandbox;
    /** Told of a helper that ended unasked. @default nobody */
    readonly onLost?: (plan: HelperPlan) => void;
    readonly logger: Logger;
  },
): RunningTeam {
  const { node, scratchFolder, tagPrefix } = options;
  const { blobs, projection, calls, directTools, folders, books, terminals, sandbox } = modules;
  const logger = modules.logger.child({ module: "team" });
  const drivers = new Map<string, SessionDriver>();
  for (const [name, service] of config.services) {
    const driver = createSessionDriver(service, { scratchFolder, environment: process.env, sandbox, logger });
    if (driver !== undefined) drivers.set(name, driver);
  }
  const tokens = createTokenStore({ dataFolder: config.dataFolder });
  const folder = join(config.dataFolder, HELPERS_FOLDER);
  const { recordTerminals } = config.workspace;
  const recording = recordTerminals ? { folder: join(config.dataFolder, RECORDINGS_FOLDER) } : undefined;
  let team: Team | undefined;

  function portsWith({
    workspace,
    apiUrl,
  }: {
    readonly workspace: Workspace;
    readonly apiUrl: string;
  }): TeamPorts {
    return {
      driverOf: (service) => drivers.get(service),
      services: () => [...drivers.keys()],
      deskOf: (plan) => helperDeskOf(plan, { workspace, node }),
      toolsFor: (plan) =>
        helperToolsFor(
          plan,
          toolOptionsFor(config.services.get(plan.service), { apiUrl, sandbox, tagPrefix }),
          {
            tokens,
            calls,
            directTools,
          },
        ),
      workplaceFor,
      forget: (plan) => forgetHelper(plan, { folder }, { logger }),
      stageFor: (plan) => stageOf(plan, { node, recording }, { terminals, workspace }),
      purse: purseOf({ node, services: config.services }, { ledger: books.ledger }),
      askPermission: ({ cluster, name }, request, signal, onWaiting) =>
        books.approvals.ask({ agent: `helper ${node}/${name}`, cluster, onWaiting }, request, signal),
      tagOf: ({ cluster, name }) => agentTag(tagPrefix, `helper-${cluster}-${name}`),
    };
  }

  function workplaceFor(plan: HelperPlan): Promise<Workplace> {
    const { uncommitted, projects, copyBytesMax } = config.folders;
    const limits = { ...config.workspace, copyBytesMax };
    if (plan.project === undefined) return emptyWorkplace(plan, { folder, limits });
    const project = projects.get(plan.project);
    if (project === undefined || folders === undefined) throw projectUnknown(plan.project, projects);
    return projectWorkplace(
      plan,
      { folder, project, includeUncommitted: uncommitted, limits },
      { folders, logger },
    );
  }

  function running(): Team {
    if (team !== undefined) return team;
    throw new PleiadError("the daemon is starting: helpers are started in a moment", {
      code: "TEAM_STARTING",
      hint: "try again",
      retryable: true,
    });
  }

  async function planOf(start: HelperStart, service: string): Promise<HelperPlan> {
    const { cluster, name, role, goal, user, by, task, project, budget } = start;
    requireAllowed(config, start);
    const given = budget === undefined ? undefined : requireBudget(budget);
    const family = await familyFor(start, {
      node,
      ledger: books.ledger,
      currency: config.budgets.currency,
      planOf: running().planOf,
    });
    const attachments = await attachmentsOf(start, { blobs, projection });
    return {
      cluster,
      name,
      role,
      goal,
      service,
      user: user.toLowerCase(),
      by,
      ...(task === undefined ? {} : { task }),
      ...(project === undefined ? {} : { project }),
      ...(given === undefined ? {} : { budget: given }),
      ...(family === undefined ? {} : { family }),
      ...(attachments.length === 0 ? {} : { attachments }),
    };
  }

  return {
    port: {
      requireFree: (cluster, name) => running().requireFree(cluster, name),
      async start(start) {
        // Somebody connects it himself.
        if (start.service === undefined) return;
        await running().spawn(await planOf(start, start.service));
      },
      // Without a team there is no program.
      stop: async (cluster, name) => team?.stop(cluster, name),
      restart: async (cluster, name) => running().restart(cluster, name),
      async lost(cluster, name) {
        const plan = await team?.lost(cluster, name);
        if (plan?.by === undefined) return undefined;
        const { role, goal, service, user, by } = plan;
        return { role, goal, service, user: user as Address, by };
      },
      again: async (cluster, name) => running().again(cluster, name),
      programOf(cluster, name) {
        const status = team?.status(cluster).find((one) => one.name === name);
        if (status === undefined) return undefined;
        const { task, project } = team?.planOf(cluster, name) ?? {};
        return {
          ...status,
          ...(task === undefined ? {} : { task: startOf(task, TASK_SHOWN_CHARACTERS_MAX) }),
          ...(project === undefined ? {} : { project }),
        };
      },
    },
    async atWork(around) {
      team = createTeam(
        { helpersMax: config.workspace.helpersMax },
        {
          ports: portsWith(around),
          records: createHelperRecords({ folder: join(config.dataFolder, HELPER_RECORDS_FOLDER) }),
          async onFailed(plan, error) {
            if (!hasEnded(error)) modules.onLost?.(plan);
            await endInLog(plan, around.workspace);
          },
          logger,
        },
      );
      await team.start();
    },
    stop: async () => team?.close(),
  };

  /** What has no program any more is no helper: its name is free. */
  async function endInLog({ cluster, name }: HelperPlan, workspace: Workspace): Promise<void> {
    try {
      await workspace.as({ kind: "node", cluster }).endAgent(name);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.info({ helper: name, cluster, code: error.code }, "a helper that failed is not in the log");
    }
  }
}
