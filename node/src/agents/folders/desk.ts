import { join } from "node:path";
import { makeFolder, removeIfThere, writeFileAtomic } from "../../config/files.ts";
import type { Git, GitCall } from "./git.ts";
import { GIT_INFO_FILE_BYTES_MAX } from "./limits.ts";
import type { Project } from "./project.ts";
import { lookAt, readPlain } from "./safeFiles.ts";

/**
 * A git folder of the daemon's own beside the project's: its settings are ours, its objects are the project's. Whatever
 * looks at files, trees and commits works at the desk, so no setting of the project, and no attribute with a program
 * behind it, has any effect.
 */
export interface Desk {
  readonly project: Project;
  /** A call at the desk. */
  call(call: GitCall): GitCall;
  /** A call at the desk about a working tree, with an index of our own. */
  callIn(tree: string, index: string, call: GitCall): GitCall;
}

/** The only settings of a project that are taken over, with what they may be: how its files are written. */
const TAKEN_OVER: Readonly<Record<string, RegExp>> = {
  "core.autocrlf": /^(?:true|false|input)$/,
  "core.eol": /^(?:lf|crlf|native)$/,
  "core.filemode": /^(?:true|false)$/,
  "core.ignorecase": /^(?:true|false)$/,
  "core.precomposeunicode": /^(?:true|false)$/,
  "core.sharedrepository": /^(?:true|false|umask|group|all|0[0-7]{3})$/,
  "core.symlinks": /^(?:true|false)$/,
};

const FIXED: Readonly<Record<string, string>> = {
  "core.bare": "true",
  // What a file of the tree may be called is the same everywhere.
  "core.protectHFS": "true",
  "core.protectNTFS": "true",
  "gc.auto": "0",
};

/** Makes the desk of a project, or brings it up to date. */
export async function openDesk(git: Git, project: Project, folder: string): Promise<Desk> {
  const environment = {
    GIT_DIR: folder,
    GIT_OBJECT_DIRECTORY: join(project.commonFolder, "objects"),
  };
  const call = (one: GitCall): GitCall => ({ ...one, environment: { ...environment, ...one.environment } });
  // Git makes HEAD last of what counts: without it the folder is none yet.
  if ((await lookAt(join(folder, "HEAD"))) === undefined) {
    await makeFolder(folder);
    const format = `--object-format=${project.objectFormat}`;
    await git({ args: ["init", "--quiet", "--bare", "--template=", format, folder] });
  }
  const settings = { ...FIXED, ...(await settingsOf(git, project)) };
  await writeFileAtomic(join(folder, "config"), configText(project, settings));
  await makeFolder(join(folder, "info"));
  // Some keep this list elsewhere, by a link; it only says what is ignored, so it may be anywhere.
  const list = join(project.commonFolder, "info", "exclude");
  const exclude = await readPlain(list, GIT_INFO_FILE_BYTES_MAX, { followLink: true });
  await writeFileAtomic(join(folder, "info", "exclude"), exclude ?? "");
  const shallow = await readPlain(join(project.commonFolder, "shallow"), GIT_INFO_FILE_BYTES_MAX);
  if (shallow === undefined) await removeIfThere(join(folder, "shallow"));
  else await writeFileAtomic(join(folder, "shallow"), shallow);
  return {
    project,
    call,
    callIn: (tree, index, one) =>
      call({
        ...one,
        // Git finds its paths from where it stands.
        args: ["-C", tree, ...one.args],
        environment: { GIT_WORK_TREE: tree, GIT_INDEX_FILE: index, ...one.environment },
      }),
  };
}

/** Reads the file of settings as data: nothing that it includes, nothing but what the table allows. */
export async function settingsOf(git: Git, project: Project): Promise<Record<string, string>> {
  const file = join(project.commonFolder, "config");
  const { text } = await git({ args: ["config", "--file", file, "--no-includes", "-z", "--list"] });
  const taken: Record<string, string> = {};
  for (const entry of text.split("\0")) {
    const [key = "", value = "true"] = entry.split(/\n(.*)/s);
    if (TAKEN_OVER[key]?.test(value) === true) taken[key] = value;
  }
  return taken;
}

/** A file of settings; keys and values are plain words. */
export function configText(project: Project, settings: Readonly<Record<string, string>>): string {
  const isSha256 = project.objectFormat === "sha256";
  const lines = [`[core]\n\trepositoryformatversion = ${isSha256 ? 1 : 0}`];
  if (isSha256) lines.push("[extensions]\n\tobjectformat = sha256");
  for (const [key, value] of Object.entries(settings)) {
    const [section, name] = key.split(".");
    lines.push(`[${section}]\n\t${name} = ${value}`);
  }
  return `${lines.join("\n")}\n`;
}
