import type { Logger } from "pino";
import { AgentError } from "../agents/errors.ts";
import { FolderError } from "../agents/folders/errors.ts";
import type { ProjectFolders, Run } from "../agents/folders/types.ts";
import type { Clones } from "../agents/repositories/clones.ts";
import type { NamedRepository } from "../agents/repositories/named.ts";
import type { KeptFolder } from "../agents/sandbox/watch.mjs";
import { copyLimit } from "./team/workplaces.ts";

/** A copy of a repository for one job. */
export interface JobWorkplace {
  readonly folder: string;
  /** The same, with what it may grow to. */
  readonly kept: readonly KeptFolder[];
  /** The commit that it began with. */
  readonly base: string;
  /** What was done. No process of the agent is left by then. @throws AgentError AGENT_OUTPUT_TOO_LARGE above so many bytes */
  changes(bytesMax: number): Promise<JobChanges>;
  /** Removes it, with all that git keeps of it. */
  leave(): Promise<void>;
}

export interface JobChanges {
  /** Unified diff, empty where nothing was done. */
  readonly diff: string;
  /** SHA-256 over all changes. */
  readonly digest: string;
  readonly files: number;
}

/** Copies of repositories for jobs of executions. */
export interface ProjectJobs {
  /**
   * A clean copy of what a request names; one that an earlier attempt left is removed.
   *
   * @param name of the job: one copy each
   * @throws AgentError REPOSITORY_…, FolderError
   */
  enter(name: string, repository: NamedRepository, signal: AbortSignal): Promise<JobWorkplace>;
}

export interface ProjectJobsOptions {
  /** Folders that requesters may name, by name. */
  readonly offered: ReadonlyMap<string, string>;
  /** What a copy may grow to, in bytes. */
  readonly copyBytesMax: number;
}

export interface ProjectJobsModules {
  /** Of jobs alone: no helper's copy is in it, and no file of variables is copied. */
  readonly folders: ProjectFolders;
  readonly clones: Clones;
  readonly logger: Logger;
}

/** A name of the operator's has neither a colon nor a slash; all else is a URL, or nothing. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function createProjectJobs(
  { offered, copyBytesMax }: ProjectJobsOptions,
  { folders, clones, logger }: ProjectJobsModules,
): ProjectJobs {
  async function sourceOf({ repository, base }: NamedRepository, signal: AbortSignal): Promise<Source> {
    if (!NAME.test(repository)) {
      const { path, commit, release } = await clones.take(repository, base, signal);
      return { project: path, base: commit, release };
    }
    const project = offered.get(repository);
    if (project !== undefined) return { project, base, release: async () => undefined };
    throw new AgentError(
      "REPOSITORY_UNKNOWN",
      `this node offers no repository ${JSON.stringify(repository)}`,
      {
        details: { repository, offered: [...offered.keys()] },
      },
    );
  }

  async function copied(agent: string, { project, base }: Source) {
    if (folders.list().some((one) => one.agent === agent)) await folders.remove(agent, { forget: true });
    try {
      return await folders.create({
        agent,
        project,
        isPublishedOnly: true,
        ...(base === undefined ? {} : { base }),
      });
    } catch (error) {
      if (!(error instanceof FolderError) || error.code !== "PROJECT_BASE_UNKNOWN") throw error;
      throw new AgentError("REPOSITORY_BASE_UNKNOWN", error.message, { cause: error });
    }
  }

  return {
    async enter(agent, repository, signal) {
      const source = await sourceOf(repository, signal);
      let run: Run | undefined;

      async function endRun(): Promise<void> {
        const ended = run;
        run = undefined;
        const { leak } = (await ended?.end()) ?? {};
        if (leak === undefined) return;
        const { paths, count } = leak;
        logger.warn({ job: agent, paths, count }, "the project's own files changed while an agent worked");
      }

      async function leave(): Promise<void> {
        try {
          await endRun();
          if (folders.list().some((one) => one.agent === agent))
            await folders.remove(agent, { forget: true });
        } finally {
          await source.release();
        }
      }

      try {
        const { path, base } = await copied(agent, source);
        run = await folders.beginRun(agent);
        return {
          folder: path,
          base,
          kept: [copyLimit(path, copyBytesMax)],
          async changes(bytesMax) {
            await endRun();
            const { text, isTextCut, digest, fileCount } = await folders.diff(agent, {
              kind: "all",
              textBytesMax: bytesMax,
            });
            if (!isTextCut) return { diff: text, digest, files: fileCount };
            throw new AgentError("AGENT_OUTPUT_TOO_LARGE", `the diff has more than ${bytesMax} bytes`, {
              details: { bytesMax, files: fileCount, digest },
            });
          },
          leave,
        };
      } catch (error) {
        await leave();
        throw error;
      }
    },
  };
}

interface Source {
  readonly project: string;
  readonly base: string | undefined;
  release(): Promise<void>;
}
