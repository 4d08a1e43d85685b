import { join } from "node:path";
import type { Logger } from "pino";
import { createProjectFolders } from "../../agents/folders/folders.ts";
import type { FolderOptions, GateCommand, ProjectFolders } from "../../agents/folders/types.ts";
import type { Sandbox } from "../../agents/sandbox/sandbox.ts";
import type { Config } from "../../config/table.ts";

/** In a node's data folder: copies of projects that helpers work in. */
export const PROJECTS_FOLDER = "projects";

/**
 * Project folders of a daemon, tidied up after its last life; undefined where no project is configured: what was left then waits until one is.
 *
 * @throws FolderError GIT_MISSING, GIT_TOO_OLD, what the configuration got wrong
 */
export async function openFolders(
  config: Config,
  options: { readonly tagPrefix: string },
  modules: { readonly sandbox: Sandbox; readonly logger: Logger },
): Promise<ProjectFolders | undefined> {
  if (config.folders.projects.size === 0) return undefined;
  const { sandbox, logger } = modules;
  const folders = createProjectFolders(
    { ...optionsOf(config), tagPrefix: options.tagPrefix },
    { environment: process.env, sandbox, logger },
  );
  const { dropped, removed, rolledBack, merges, locksRemoved, unusable } = await folders.open();
  const isTidied = [dropped, removed, rolledBack, merges, locksRemoved].some((some) => some.length > 0);
  if (isTidied) {
    logger.info(
      { dropped, removed, rolledBack, merges: merges.map(({ id }) => id), locksRemoved },
      "project folders were tidied up after the last life",
    );
  }
  for (const { agent, error } of unusable)
    logger.warn({ agent, code: error.code, reason: error.message }, "a project folder cannot be used");
  return folders;
}

function optionsOf({ dataFolder, folders }: Config): FolderOptions {
  const { variableFiles, portFirst, portLast, portsEach } = folders;
  const gate = gateOf(folders);
  return {
    folder: join(dataFolder, PROJECTS_FOLDER),
    copyBytesMax: folders.copyBytesMax,
    envFiles: variableFiles.map(({ path, set }) => ({ path, ...(set === undefined ? {} : { set }) })),
    ...(gate === undefined ? {} : { gate }),
    ...(portFirst === null || portLast === null
      ? {}
      : { ports: { first: portFirst, last: portLast, perFolder: portsEach } }),
  };
}

function gateOf(folders: Config["folders"]): GateCommand | undefined {
  const [program, ...args] = folders.gate ?? [];
  if (program === undefined) return undefined;
  return {
    argv: [program, ...args],
    environment: folders.gateEnvironment,
    timeoutMs: folders.gateTimeoutMs,
    confinement: {
      sandbox: folders.gateSandbox,
      network: folders.gateNetwork,
      readable: folders.gateReadable,
      memoryBytesMax: folders.gateMemoryBytesMax,
      processesMax: folders.gateProcessesMax,
      folderBytesMax: folders.gateFolderBytesMax,
    },
  };
}
