import { encodeProjectAnswer } from "@pleiad/sdk/actions/encodeProjectAnswer";
import { PleiadError } from "@pleiad/sdk/errors";
import type { EvidenceWork } from "@pleiad/sdk/types/evidence";
import type { Logger } from "pino";
import { keccak256, stringToBytes } from "viem";
import { checkAnswer } from "../agents/answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "../agents/driver.ts";
import { AgentError } from "../agents/errors.ts";
import type { NamedRepository } from "../agents/repositories/named.ts";
import type { JobWorkplace, ProjectJobs } from "./projectJobs.ts";

/** An outcome, and what was done to a repository. */
export interface CodingOutcome extends AgentOutcome {
  readonly work?: EvidenceWork;
}

/**
 * Has a coding agent work in a copy of the repository that its request names: the answer is its summary and the diff. The copy is removed before this
 * settles, however it ends: all of it that counts is in the answer.
 *
 * @throws AgentError, FolderError; AGENT_OUTPUT_TOO_LARGE where summary and diff are no output together
 */
export async function codingAnswer(
  {
    driver,
    repository,
    job,
  }: { readonly driver: AgentDriver; readonly repository: NamedRepository; readonly job: string },
  run: AgentRun,
  { projectJobs, logger }: { readonly projectJobs: ProjectJobs | undefined; readonly logger: Logger },
): Promise<CodingOutcome> {
  if (projectJobs === undefined)
    throw new AgentError("REPOSITORY_UNKNOWN", "this node offers no repositories to requesters");
  const startedAt = performance.now();
  const over = AbortSignal.any([run.signal, AbortSignal.timeout(run.timeoutMs)]);
  const place = await enter();
  try {
    const timeoutMs = run.timeoutMs - (performance.now() - startedAt);
    if (timeoutMs < 1) throw new AgentError("AGENT_TIMED_OUT", "the repository took all of the job's time");
    const { folder: workFolder, kept, base } = place;
    const outcome = await driver.run({ ...run, timeoutMs, workFolder, kept });
    const { diff, digest, files } = await place.changes(run.outputBytesMax);
    const summary = new TextDecoder("utf-8", { ignoreBOM: true }).decode(outcome.output);
    const output = checkAnswer(encodeProjectAnswer({ summary, base, diff }), run.outputBytesMax);
    const diffDigest = keccak256(stringToBytes(diff));
    return { ...outcome, output, work: { base, diffDigest, changesDigest: digest, files } };
  } finally {
    await leave();
  }

  async function enter(): Promise<JobWorkplace> {
    try {
      return await (projectJobs as ProjectJobs).enter(job, repository, over);
    } catch (error) {
      if (run.signal.aborted) throw new AgentError("AGENT_STOPPED", "the run was stopped", { cause: error });
      if (over.aborted)
        throw new AgentError("AGENT_TIMED_OUT", "the repository took all of the job's time", {
          cause: error,
        });
      throw error;
    }
  }

  /** What it leaves behind is not the answer's fault: the next attempt, or the next start, removes it. */
  async function leave(): Promise<void> {
    try {
      await place.leave();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.warn({ job, code: error.code, reason: error.message }, "the copy of a job is left behind");
    }
  }
}
