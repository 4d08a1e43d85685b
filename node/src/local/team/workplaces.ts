import { join } from "node:path";
import type { Logger } from "pino";
import { FolderError } from "../../agents/folders/errors.ts";
import { topOf } from "../../agents/folders/project.ts";
import type { Diff, ProjectFolders, Run } from "../../agents/folders/types.ts";
import { removeTree } from "../../agents/removeTree.ts";
import type { KeptFolder } from "../../agents/sandbox/watch.mjs";
import type { HelperPlan, Workplace } from "../../agents/team/ports.ts";
import { makeFolder } from "../../config/files.ts";

/** The folder of a helper that works on no project: its own, kept while it lives. */
export async function emptyWorkplace(
  plan: HelperPlan,
  options: { readonly folder: string; readonly limits: KeptLimits },
): Promise<Workplace> {
  const own = helperFolderOf(plan, options);
  const { helperWorkBytesMax } = options.limits;
  const place = { folder: join(own, "work"), homeFolder: join(own, "home") };
  await makeFolder(place.folder);
  await makeFolder(place.homeFolder);
  return {
    ...place,
    kept: [
      homeLimit(place.homeFolder, options.limits),
      {
        path: place.folder,
        bytesMax: helperWorkBytesMax,
        what: "its work folder",
        key: "workspace.helperWorkBytesMax",
      },
    ],
    readable: [],
    checkpoint: async () => {},
    changes: async () => "",
    leave: async () => {},
  };
}

/** What is kept of a helper may grow to so many bytes. */
export interface KeptLimits {
  readonly helperHomeBytesMax: number;
  readonly helperWorkBytesMax: number;
  readonly copyBytesMax: number;
}

function homeLimit(path: string, { helperHomeBytesMax: bytesMax }: KeptLimits): KeptFolder {
  return { path, bytesMax, what: "its home", key: "workspace.helperHomeBytesMax" };
}

/** Of a copy of a project, whoever works in it. */
export function copyLimit(path: string, bytesMax: number): KeptFolder {
  return { path, bytesMax, what: "its copy of the project", key: "folders.copyBytesMax" };
}

/** Of one helper: what its program keeps, and where it works. */
export function helperFolderOf({ cluster, name }: HelperPlan, options: { readonly folder: string }): string {
  return join(options.folder, `${cluster}-${name}`);
}

/** Files of a report to whoever spawned the helper: more are counted. */
const REPORT_FILES_MAX = 40;

/**
 * The folder of a helper that works on a project: a copy of its own, with a checkpoint before each turn. What it did stays when
 * it ends, for its operator to look at and to merge; another helper of the same name on the same project goes on there.
 *
 * @throws FolderError as `ProjectFolders.create`
 */
export async function projectWorkplace(
  plan: HelperPlan,
  options: {
    readonly folder: string;
    readonly project: string;
    readonly includeUncommitted: boolean;
    readonly limits: KeptLimits;
  },
  modules: { readonly folders: ProjectFolders; readonly logger: Logger },
): Promise<Workplace> {
  const { folders, logger } = modules;
  const agent = plan.name;
  // Names are unique in a cluster alone.
  const owner = String(plan.cluster);
  const project = await topOf(options.project);
  const known = folders.list().find((one) => one.agent === agent && one.project === project);
  if (known !== undefined && known.owner !== owner) throw isAnothers(agent);
  const { path } =
    known ??
    (await folders.create({
      agent,
      project,
      includeUncommitted: options.includeUncommitted,
      owner,
    }));
  const own = helperFolderOf(plan, options);
  const homeFolder = join(own, "home");
  await makeFolder(homeFolder);
  let run: Run | undefined;

  async function endRun(): Promise<void> {
    const ended = run;
    run = undefined;
    const { leak } = (await ended?.end()) ?? {};
    if (leak !== undefined) {
      logger.warn(
        { helper: plan.name, paths: leak.paths, count: leak.count },
        "the project's own files changed while a helper worked",
      );
    }
  }

  return {
    folder: path,
    homeFolder,
    kept: [homeLimit(homeFolder, options.limits), copyLimit(path, options.limits.copyBytesMax)],
    // The copy has all that its git needs.
    readable: [],
    async checkpoint() {
      await endRun();
      run = await folders.beginRun(agent);
    },
    async changes() {
      await run?.rest();
      const diff = await folders.diff(agent, { kind: "sinceCheckpoint" });
      return summaryOf(diff);
    },
    async leave(isOver) {
      // A copy that cannot be looked at any more is no reason to stay.
      try {
        await endRun();
        if (isOver) await folders.checkpoint(agent, "the helper has ended");
      } catch (error) {
        if (!(error instanceof FolderError)) throw error;
        const { code, message: reason } = error;
        logger.warn({ helper: agent, code, reason }, "what a helper did last is in no checkpoint");
      }
    },
  };
}

/** Removes what was a helper's alone: its home, and where it worked on no project. Its copy of a project stays. */
export async function forgetHelper(
  plan: HelperPlan,
  options: { readonly folder: string },
  modules: { readonly logger: Logger },
): Promise<void> {
  const folder = helperFolderOf(plan, options);
  const errorCode = await removeTree(folder);
  if (errorCode !== undefined) modules.logger.warn({ folder, errorCode }, "an agent's folder is left behind");
}

/** Its work is not this cluster's to see. */
function isAnothers(agent: string): FolderError {
  return new FolderError("FOLDER_EXISTS", `a helper ${agent} of another cluster has a copy already`, {
    agent,
  });
}

/** A line for each file, as people know them from git. */
export function summaryOf({ files, fileCount, added, removed }: Diff): string {
  if (fileCount === 0) return "";
  const lines = files
    .slice(0, REPORT_FILES_MAX)
    .map(
      ({ path, change, added: plus, removed: minus }) =>
        `${change} ${JSON.stringify(path)} +${plus} -${minus}`,
    );
  const more = fileCount > lines.length ? [`and ${fileCount - lines.length} more`] : [];
  return [
    ...lines,
    ...more,
    `${fileCount} ${fileCount === 1 ? "file" : "files"}, +${added} -${removed}`,
  ].join("\n");
}
