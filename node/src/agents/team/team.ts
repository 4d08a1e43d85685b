import { randomUUID } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Helper, type HelperEnd, type HelperStatus, serviceUnknown, startHelper } from "./helper.ts";
import { LOST_RECORDS_MAX, RESTART_WAIT_MS, TEAM_HELPERS_MAX } from "./limits.ts";
import type { HelperPlan, TeamPorts } from "./ports.ts";
import type { HelperRecord, HelperRecords } from "./records.ts";

/** The helpers whose programs this node runs. */
export interface Team {
  /**
   * Goes on with the helpers of an earlier life. One that was ended in the log meanwhile is refused there and forgotten here.
   * One whose record is damaged is told of in the log, and left as it is.
   */
  start(): Promise<void>;
  /** @throws PleiadError HELPER_RUNS while a helper of that name has a program, or what was its is not gone yet */
  requireFree(cluster: bigint, name: string): void;
  /** @throws PleiadError HELPER_SERVICE_UNKNOWN, TEAM_FULL, HELPER_RUNS */
  spawn(plan: HelperPlan): Promise<void>;
  /** Ends a helper for good; does nothing where it runs no program. */
  stop(cluster: bigint, name: string): Promise<void>;
  /** @throws PleiadError HELPER_NOT_RUNNING */
  restart(cluster: bigint, name: string): void;
  status(cluster: bigint): readonly HelperStatus[];
  /** How one was spawned that failed and was not ended in the log before, once that is known to everybody; undefined where none of that name did, or it is there again. */
  lost(cluster: bigint, name: string): Promise<HelperPlan | undefined>;
  /**
   * Starts one that failed as it was: for the same user, on the same budgets, with what it has not done of its task and how often that
   * failed. Its folders and its session are gone.
   *
   * @throws PleiadError HELPER_NOT_RUNNING where none of that name failed; as `spawn`
   */
  again(cluster: bigint, name: string): Promise<void>;
  /** How one that runs was spawned; undefined where none of that name does. */
  planOf(cluster: bigint, name: string): HelperPlan | undefined;
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
  /** Keys of those whose record is being written: they hold their place already. */
  const starting = new Set<string>();
  /** Endings that are under way. */
  const ending = new Set<Promise<void>>();
  /** The same, of each helper. */
  const endings = new Map<string, Promise<void>>();
  /** Those that failed, the oldest first; `over` once everybody was told. */
  const lost = new Map<string, { readonly record: HelperRecord; readonly over: Promise<void> }>();
  let isClosed = false;

  const keyOf = ({ cluster, name }: Pick<HelperPlan, "cluster" | "name">) => `${cluster}-${name}`;

  function run(record: HelperRecord): void {
    const key = keyOf(record.plan);
    const helper = startHelper(record, { ports, records, logger, restartWaitMs });
    helpers.set(key, helper);
    const ended = helper.ended
      .then(async ({ why, error }) => {
        const over = goneAs(why, error);
        if (why === "failed" && !hasEnded(error)) {
          lost.set(key, { record: helper.record(), over });
          const [oldest] = lost.keys();
          if (lost.size > LOST_RECORDS_MAX && oldest !== undefined) lost.delete(oldest);
        }
        await over;
      })
      .finally(() => ending.delete(ended));
    ending.add(ended);
    endings.set(key, ended);

    async function goneAs(why: HelperEnd["why"], error: PleiadError | undefined): Promise<void> {
      if (why === "failed") {
        // To end it in the log stops it here, too, which is not to wait for itself.
        endings.delete(key);
        // First in the log: a daemon that is killed in between finds the record, and learns there that it is over.
        await onFailed(record.plan, error);
      }
      // Until its record is gone nobody takes its name: it would be the new one's that is removed.
      if (why !== "paused") await records.remove(record.plan);
      helpers.delete(key);
      endings.delete(key);
    }

    // A fault of ours is not to pass in silence: it is thrown by whoever stops or closes, and logged here at once.
    ended.catch((reason: unknown) => logger.error({ reason, helper: record.plan.name }, "a helper broke"));
  }

  function requireFree(of: Pick<HelperPlan, "cluster" | "name">): void {
    if (helpers.has(keyOf(of)) || starting.has(keyOf(of))) throw runs(of);
  }

  async function begin({
    plan,
    isTaskDone,
    tries,
  }: Pick<HelperRecord, "plan" | "isTaskDone" | "tries">): Promise<void> {
    if (isClosed) throw closed();
    if (ports.driverOf(plan.service) === undefined) throw serviceUnknown(plan.service, ports.services());
    const key = keyOf(plan);
    requireFree(plan);
    const count = helpers.size + starting.size;
    if (count >= helpersMax) throw full(count, helpersMax);
    const record = { plan, life: randomUUID(), spawnedAtMs: now(), isTaskDone, sessionId: undefined, tries };
    starting.add(key);
    try {
      await records.write(record);
      // It may have closed meanwhile, and would not wait for this one any more.
      if (isClosed) {
        await records.remove(plan);
        throw closed();
      }
      lost.delete(key);
      run(record);
    } finally {
      starting.delete(key);
    }
  }

  return {
    async start() {
      const { records: left, damaged } = await records.all();
      // One that is damaged keeps no other from its work.
      for (const { code, message } of damaged)
        logger.error({ code, message }, "a helper cannot be gone on with");
      for (const record of left) run(record);
    },
    requireFree: (cluster, name) => requireFree({ cluster, name }),
    spawn: (plan) => begin({ plan, isTaskDone: false, tries: {} }),
    async lost(cluster, name) {
      const one = lost.get(keyOf({ cluster, name }));
      await one?.over;
      return one?.record.plan;
    },
    async again(cluster, name) {
      const one = lost.get(keyOf({ cluster, name }));
      if (one === undefined) throw notRunning(name);
      await one.over;
      await begin(one.record);
    },
    async stop(cluster, name) {
      const key = keyOf({ cluster, name });
      const helper = helpers.get(key);
      const gone = endings.get(key);
      await helper?.stop();
      // That removes its record, and before its name is free again.
      await gone;
    },
    restart(cluster, name) {
      const helper = helpers.get(keyOf({ cluster, name }));
      if (helper === undefined) throw notRunning(name);
      helper.restart();
    },
    planOf: (cluster, name) => helpers.get(keyOf({ cluster, name }))?.plan,
    status: (cluster) =>
      [...helpers.values()].filter(({ plan }) => plan.cluster === cluster).map((helper) => helper.status()),
    async close() {
      isClosed = true;
      await Promise.all([...helpers.values()].map((helper) => helper.pause()));
      await Promise.all(ending);
    },
  };
}

/** Whether somebody has ended it in the log: nobody wants it back. */
export function hasEnded(error: PleiadError | undefined): boolean {
  return error?.code === "HELPER_UNKNOWN";
}

function closed(): PleiadError {
  return new PleiadError("the daemon stops: no helper is started any more", {
    code: "TEAM_CLOSED",
    hint: "spawn it again once the daemon is back",
    retryable: true,
  });
}

function runs({ name }: Pick<HelperPlan, "name">): PleiadError {
  return new PleiadError(`the program of ${name} runs already`, {
    code: "HELPER_RUNS",
    hint: "choose another name, or end that helper first; one that was ended a moment ago takes some seconds",
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
