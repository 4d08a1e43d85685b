import { lstat, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CliServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import { isPlainWay } from "../folders/safeFiles.ts";
import type { Scratch } from "../scratch.ts";
import type { Attachment } from "../session.ts";
import type { CliContext, CliTool, PrivateFile } from "./tool.ts";

/** A screenshot or a document; what is larger belongs into the work folder. */
export const ATTACHMENT_BYTES_MAX = 10_485_760;
/** What somebody hands over at once. */
export const ATTACHMENTS_MAX = 16;

/** Folder of the private files, in the private folder of one start. */
const FOLDER = "configuration";

/** Where a private file is. */
export function fileIn(scratch: Scratch): (name: string) => string {
  return (name) => join(scratch.folder, FOLDER, name);
}

/**
 * Writes what a program is to find. What may be secret lies in the private folder of this one start, mode 0600, and goes
 * with it, whatever happens; where a program looks in its home alone, a link is there.
 */
export async function placeFiles(tool: CliTool, scratch: Scratch, context: CliContext): Promise<void> {
  await mkdir(join(scratch.folder, FOLDER), { mode: 0o700, recursive: true });
  for (const file of tool.files(context)) await placeFile(file, context);
  const { loginFile } = context.service;
  if (loginFile !== undefined) await link(loginFile, context.home, tool.loginPath);
}

async function placeFile({ name, text, linkedAt }: PrivateFile, { fileAt, home }: CliContext): Promise<void> {
  const path = fileAt(name);
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  if (linkedAt !== undefined) await link(path, home, linkedAt);
}

/** A home that is kept is the agent's: a link on the way would lead out of it, so what is no folder there goes. */
async function link(target: string, home: string, way: string): Promise<void> {
  const path = join(home, way);
  await clearWay(home, way);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // That of an earlier start points to nothing.
  await rm(path, { recursive: true, force: true });
  await symlink(target, path);
}

async function clearWay(home: string, way: string): Promise<void> {
  let at = home;
  for (const part of way.split("/").slice(0, -1)) {
    at = join(at, part);
    const isFolder = await lstat(at).then(
      (about) => about.isDirectory(),
      () => false,
    );
    // Of a link the link alone. What is not there needs nothing.
    if (!isFolder) return rm(at, { force: true });
  }
}

/** Takes the links, and what a program may have put in their place, out of a home that is kept. */
export async function takeFiles(tool: CliTool, context: CliContext): Promise<void> {
  const paths = tool.files(context).flatMap(({ linkedAt }) => (linkedAt === undefined ? [] : [linkedAt]));
  if (context.service.loginFile !== undefined) paths.push(tool.loginPath);
  for (const path of paths) {
    // Behind a link of the agent's nothing is the daemon's to remove.
    if (await isPlainWay(context.home, path))
      await rm(join(context.home, path), { recursive: true, force: true });
  }
}

/** Writes a turn's files for a program that takes files, and answers where they are. */
export async function placeAttachments(
  attachments: readonly Attachment[],
  scratch: Scratch,
): Promise<string[]> {
  const folder = join(scratch.folder, FOLDER, "attached");
  await mkdir(folder, { mode: 0o700, recursive: true });
  const paths: string[] = [];
  for (const [index, { name, bytes }] of attachments.entries()) {
    const path = join(
      folder,
      `${index}-${basename(name)
        .replace(/[^A-Za-z0-9._-]/g, "_")
        .slice(-100)}`,
    );
    await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
    paths.push(path);
  }
  return paths;
}

/** @throws AgentError AGENT_ATTACHMENT_REFUSED */
export function checkAttachments(
  { kind }: Pick<CliServiceConfig, "kind">,
  attachments: readonly Attachment[],
  isTaken: (attachment: Attachment) => boolean,
): void {
  if (attachments.length > ATTACHMENTS_MAX)
    throw refused(`${attachments.length} files; ${ATTACHMENTS_MAX} can be handed over at once`);
  for (const attachment of attachments) {
    const { name, mediaType, bytes } = attachment;
    if (bytes.length > ATTACHMENT_BYTES_MAX)
      throw refused(`${name} has ${bytes.length} bytes; at most ${ATTACHMENT_BYTES_MAX} are taken`);
    if (!isTaken(attachment)) throw refused(`${kind} takes no ${mediaType} (${name})`);
  }
}

function refused(message: string): AgentError {
  return new AgentError("AGENT_ATTACHMENT_REFUSED", message);
}
