import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Hex, keccak256, stringToBytes } from "viem";
import type { Clock } from "../chain/clock.ts";
import type { JobFailure, Journal } from "../chain/journal.ts";
import type { RunnableTask } from "./plan.ts";
import type { ExecutionFacts, FailureReporter, VersionFacts } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";

/** First pause before the chain is looked at again after a report; mostly it shows it by then. Milliseconds. */
export const REPORT_RETRY_MS_MIN = 5_000;
/** Longest pause between two tries: a window is mostly longer. Milliseconds. */
export const REPORT_RETRY_MS_MAX = 60_000;

export interface FailureReportsModules {
  /** Undefined where this node reports nothing. */
  readonly reporter: FailureReporter | undefined;
  readonly journal: Pick<Journal, "jobs">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks for a look at an execution after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
}

/**
 * Tells the chain of what this node cannot do, so that a run that nobody can finish ends before its deadline. The chain
 * remembers each report: once it shows this node's, there is no other.
 */
export interface FailureReports {
  /** Reports the tasks among these of which the jobs have failed for good, as far as the contract would take that now. */
  look(facts: ExecutionFacts, version: VersionFacts, failed: readonly RunnableTask[]): void;
  forget(execution: bigint): void;
  /** Hands nothing over any more. What was handed over is the submitter's to carry on or to end. */
  stop(): void;
}

/** What the chain is told of a reason, which itself stays in the journal. */
export function reasonDigestOf({ code, message }: JobFailure): Hex {
  return keccak256(stringToBytes(`${code}: ${message}`));
}

interface Report {
  readonly untilMs: number;
  readonly failures: number;
}

export function createFailureReports(
  options: { readonly node: bigint },
  modules: FailureReportsModules,
): FailureReports {
  const { reporter, journal, clock, logger, wake } = modules;
  const reports = new Map<bigint, Map<number, Report>>();
  let stopped = false;

  function note(execution: bigint, task: number, report: Report): void {
    reports.set(execution, (reports.get(execution) ?? new Map<number, Report>()).set(task, report));
  }

  function pause(execution: bigint, task: number, before: number): void {
    const failures = before + 1;
    const delayMs = retryDelayMs(failures, REPORT_RETRY_MS_MIN, REPORT_RETRY_MS_MAX);
    note(execution, task, { untilMs: clock.monotonicMs() + delayMs, failures });
    wake(execution, delayMs);
  }

  async function report(
    execution: bigint,
    { task, contextHash }: RunnableTask,
    before: number,
  ): Promise<void> {
    const about = { execution, task };
    try {
      const job = await journal.jobs.get(about);
      if (stopped || reporter === undefined) return;
      if (job?.state !== "failed" || job.end === null || job.contextHash !== contextHash) {
        // It moved on: what comes of it is another report.
        reports.get(execution)?.delete(task);
        return;
      }
      const sent = await reporter.report({ ...about, reasonDigest: reasonDigestOf(job.end) });
      if (stopped) return;
      if ("reason" in sent) logger.info({ ...about, reason: sent.reason }, "report of a failure not needed");
      else logger.info({ ...about, transaction: sent.transactionHash }, "failure reported");
      pause(execution, task, before);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (stopped) return;
      const { code, message: reason } = error;
      const mayPass = isRetryable(error);
      logger[mayPass ? "warn" : "error"]({ ...about, code, reason }, "failure could not be reported");
      if (mayPass) pause(execution, task, before);
    }
  }

  return {
    look(facts, version, failed) {
      // Nothing is sent for what a reorganisation may still take back (N6).
      if (stopped || reporter === undefined || !facts.settled) return;
      for (const run of failed) {
        const { task } = run;
        if (facts.failures?.get(task)?.includes(options.node) === true) continue;
        if (!isReadyOnChain(facts, version.tasks[task]?.dependsOn ?? 0)) continue;
        const known = reports.get(facts.id)?.get(task);
        if (known !== undefined && known.untilMs > clock.monotonicMs()) continue;
        // Until it is known what became of it; for good where the contract will never take it.
        const failures = known?.failures ?? 0;
        note(facts.id, task, { untilMs: Number.POSITIVE_INFINITY, failures });
        void report(facts.id, run, failures);
      }
    },
    forget: (execution) => void reports.delete(execution),
    stop() {
      stopped = true;
    },
  };
}

/** The contract hears of no task that still waits for others: outputs that are not mined count for nothing there. */
function isReadyOnChain({ completed }: ExecutionFacts, dependsOn: number): boolean {
  for (let task = 0; dependsOn >>> task !== 0; task++) {
    if (((dependsOn >>> task) & 1) === 1 && !completed.has(task)) return false;
  }
  return true;
}
