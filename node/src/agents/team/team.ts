import { randomUUID } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Helper, type HelperStatus, serviceUnknown, startHelper } from "./helper.ts";
import { RESTART_WAIT_MS, TEAM_HELPERS_MAX } from "./limits.ts";
import type { HelperPlan, TeamPorts } from "./ports.ts";
import type { HelperRecords } from "./records.ts";

/** The helpers whose programs this node runs. */
export interface Team {
  /**
   * Goes on with the helpers of an earlier life. One that was ended in the log meanwhile is refused there and forgotten here.
   *
   * @throws PleiadError HELPER_RECORD_DAMAGED
   */
  start(): Promise<void>;
  /** @throws PleiadError HELPER_SERVICE_UNKNOWN, TEAM_FULL, HELPER_RUNS */
  spawn(plan: HelperPlan): Promise<void>;
  /** Ends a helper for good; does nothing where it runs no program. */
  stop(cluster: bigint, name: string): Promise<void>;
  /** @throws PleiadError HELPER_NOT_RUNNING */
  restart(cluster: bigint, name: string): void;
  status(cluster: bigint): readonly HelperStatus[];
  /** Ends all programs and keeps what is needed to go on with them. */
  close(): Promise<void>;
}

export function createTeam(
  options: {
    /** Programs that run at once. @default TEAM_HELPERS_MAX */
    readonly helpersMax?: number;
  },
  modules: {
    readonly ports: TeamPorts;
    readonly records: HelperRecords;
    /** Told of a helper that ended by itself: it is to be ended in the log, too. */
    readonly onFailed: (plan: HelperPlan, error: PleiadError | undefined) => Promise<void>;
    readonly logger: Logger;
    readonly now?: () => number;
    /** @default RESTART_WAIT_MS */
    readonly restartWaitMs?: number;
  },
): Team {
  const { helpersMax = TEAM_HELPERS_MAX } = options;
  const { ports, records, onFailed, logger, now = Date.now, restartWaitMs = RESTART_WAIT_MS } = modules;
  const helpers = new Map<string, Helper>();
  /** Endings that are under way. */
  const ending = new Set<Promise<void>>();
  let isClosed = false;

  const keyOf = ({ cluster, name }: Pick<HelperPlan, "cluster" | "name">) => `${cluster}-${name}`;

  function run(record: Parameters<typeof startHelper>[0]): void {
    const key = keyOf(record.plan);
    const helper = startHelper(record, { ports, records, logger, restartWaitMs });
    helpers.set(key, helper);
    const ended = helper.ended
      .then(async ({ why, error }) => {
        helpers.delete(key);
        if (why === "paused") return;
        await records.remove(record.plan);
        if (why === "failed") await onFailed(record.plan, error);
      })
      .finally(() => ending.delete(ended));
    ending.add(ended);
    // A fault of ours is not to pass in silence: it is thrown by whoever stops or closes, and logged here at once.
    ended.catch((reason: unknown) => logger.error({ reason, helper: record.plan.name }, "a helper broke"));
  }

  return {
    async start() {
      for (const record of await records.all()) run(record);
    },
    async spawn(plan) {
      if (isClosed) throw closed();
      if (ports.driverOf(plan.service) === undefined) throw serviceUnknown(plan.service, ports.services());
      if (helpers.has(keyOf(plan))) throw runs(plan);
      if (helpers.size >= helpersMax) throw full(helpers.size, helpersMax);
      const record = {
        plan,
        life: randomUUID(),
        spawnedAtMs: now(),
        isTaskDone: false,
        sessionId: undefined,
        tries: {},
      };
      await records.write(record);
      run(record);
    },
    async stop(cluster, name) {
      await helpers.get(keyOf({ cluster, name }))?.stop();
      await records.remove({ cluster, name });
    },
    restart(cluster, name) {
      const helper = helpers.get(keyOf({ cluster, name }));
      if (helper === undefined) throw notRunning(name);
      helper.restart();
    },
    status: (cluster) =>
      [...helpers.values()].filter(({ plan }) => plan.cluster === cluster).map((helper) => helper.status()),
    async close() {
      isClosed = true;
      await Promise.all([...helpers.values()].map((helper) => helper.pause()));
      await Promise.all(ending);
    },
  };
}

function closed(): PleiadError {
  return new PleiadError("the daemon stops: no helper is started any more", {
    code: "TEAM_CLOSED",
    hint: "spawn it again once the daemon is back",
    retryable: true,
  });
}

function runs({ name }: HelperPlan): PleiadError {
  return new PleiadError(`the program of ${name} runs already`, {
    code: "HELPER_RUNS",
    hint: "choose another name, or end that helper first",
    details: { name },
  });
}

function full(count: number, helpersMax: number): PleiadError {
  return new PleiadError(`${count} helpers run on this node already`, {
    code: "TEAM_FULL",
    hint: "end one that is no longer needed (pleiad workspace stop NAME), or raise workspace.helpersMax",
    details: { helpers: count, helpersMax },
  });
}

function notRunning(name: string): PleiadError {
  return new PleiadError(`no program of a helper ${name.slice(0, 80)} runs on this node`, {
    code: "HELPER_NOT_RUNNING",
    hint: "pleiad workspace agents shows those that do",
    details: { name: name.slice(0, 80) },
  });
}
