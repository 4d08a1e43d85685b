import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Clock, sleep } from "../../chain/clock.ts";
import type { ManagerStatus } from "../face.ts";
import { REPORT_INTERVAL_MS } from "../limits.ts";
import { clusterText } from "./clusterText.ts";
import type { Reporter } from "./reporter.ts";

/**
 * Tells an orchestrator that is an agent how its clusters do: in each that it is a member of, of that one alone. Every
 * `REPORT_INTERVAL_MS` it is looked whether there is something new, and nothing is said where there is not: messages stay in the log.
 */
export function createMemberReporter(
  options: { readonly member: string },
  modules: {
    readonly status: () => Promise<ManagerStatus>;
    /** Whether a cluster, as it is open here, has a member of that name. */
    readonly isMember: (cluster: bigint, name: string) => boolean;
    /** As the daemon's operator. @throws PleiadError */
    readonly tell: (cluster: bigint, member: string, text: string) => Promise<void>;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Reporter {
  const { member } = options;
  const { status, isMember, tell, clock, logger } = modules;
  const ending = new AbortController();
  /** What each cluster was told last. */
  const told = new Map<bigint, string>();
  let failuresTotal = 0;
  let isFailing = false;
  /** Until there was a look there is nothing to tell, and the first one is not waited for longer than it takes. */
  let isBlind = true;
  let isWoken = false;
  let turn: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();

  async function report(): Promise<void> {
    const now = await status();
    isBlind = now.reconciled === undefined;
    const seen = now.clusters.filter(({ cluster }) => isMember(cluster, member));
    for (const cluster of told.keys()) if (!seen.some((one) => one.cluster === cluster)) told.delete(cluster);
    for (const one of seen) {
      const { text, mark } = clusterText(now, one);
      if (told.get(one.cluster) === mark) continue;
      await tell(one.cluster, member, text);
      told.set(one.cluster, mark);
    }
    if (seen.length > 0 || isBlind) return;
    throw new PleiadError(`no managed cluster has a member ${member}`, {
      code: "MEMBER_UNKNOWN",
      hint: "name a member in relationships.orchestrator, or a URL",
    });
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      isWoken = false;
      try {
        await report();
        if (isFailing) logger.info("the orchestrator takes reports again");
        isFailing = false;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        failuresTotal += 1;
        if (!isFailing)
          logger.warn({ code: error.code, error: error.message }, "the orchestrator took no report");
        isFailing = true;
      }
      if (isBlind && isWoken) continue;
      turn = new AbortController();
      await sleep(clock, REPORT_INTERVAL_MS, AbortSignal.any([ending.signal, turn.signal]));
      turn = undefined;
    }
  }

  return {
    /** News waits for the interval, but for the first look: whoever answers messages is not to be kept busy by them. */
    wake() {
      isWoken = true;
      if (isBlind) turn?.abort();
    },
    start() {
      running = run();
    },
    async stop() {
      ending.abort();
      await running;
    },
    failuresTotal: () => failuresTotal,
  };
}
