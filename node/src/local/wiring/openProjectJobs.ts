import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { FolderError } from "../../agents/folders/errors.ts";
import { createProjectFolders } from "../../agents/folders/folders.ts";
import { createClones } from "../../agents/repositories/clones.ts";
import { agentTag } from "../../agents/tag.ts";
import type { Config } from "../../config/table.ts";
import { createProjectJobs, type ProjectJobs } from "../projectJobs.ts";

/** In a node's data folder: copies of repositories in which agents work for executions. */
export const JOB_FOLDERS = "job-folders";
/** In a node's data folder: repositories of others. */
export const REPOSITORIES_FOLDER = "repositories";

export interface RunningProjectJobs extends ProjectJobs {
  close(): Promise<void>;
}

/**
 * What coding agents of executions work in; undefined where the operator offers nothing to requesters. What a crash left is removed: a job
 * that is asked again begins with a clean copy.
 *
 * @throws FolderError GIT_MISSING, GIT_TOO_OLD
 */
export async function openProjectJobs(
  { dataFolder, folders: config }: Pick<Config, "dataFolder" | "folders">,
  options: { readonly tagPrefix: string },
  modules: { readonly logger: Logger },
): Promise<RunningProjectJobs | undefined> {
  const { projects, requesters, repositories, repositoryBytesMax, repositoryTimeoutMs } = config;
  if (requesters.length === 0 && repositories.length === 0) return undefined;
  const logger = modules.logger.child({ module: "projectJobs" });
  const { env: environment } = process;
  const folder = join(dataFolder, JOB_FOLDERS);
  // Of repositories that are gone some would be left for ever.
  await rm(join(folder, "desks"), { recursive: true, force: true });
  const folders = createProjectFolders({ folder }, { environment, logger });
  await folders.open();
  for (const { agent } of folders.list()) {
    // A project that is locked keeps nothing from starting: the next start tries again, and so does the next try of that job.
    await folders.remove(agent, { forget: true }).catch((error: unknown) => {
      if (!(error instanceof FolderError)) throw error;
      logger.warn(
        { job: agent, code: error.code, reason: error.message },
        "the copy of a job is left behind",
      );
    });
  }
  const clones = createClones(
    {
      folder: join(dataFolder, REPOSITORIES_FOLDER),
      allowed: repositories,
      bytesMax: repositoryBytesMax,
      timeoutMs: repositoryTimeoutMs,
      tag: agentTag(options.tagPrefix, "repositories"),
    },
    { environment },
  );
  await clones.open();
  const offered = new Map([...projects].filter(([name]) => requesters.includes(name)));
  return {
    ...createProjectJobs({ offered, copyBytesMax: config.copyBytesMax }, { folders, clones, logger }),
    close: () => folders.close(),
  };
}
