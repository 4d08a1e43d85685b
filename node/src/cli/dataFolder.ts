import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { errnoOf } from "../config/files.ts";
import { type DaemonAccess, daemonClient } from "../local/daemonClient.ts";
import { readDaemonState } from "../local/daemonState.ts";
import { layoutOf } from "../local/layout.ts";
import { isHeld } from "../local/upLock.ts";
import { cliError } from "./cliError.ts";

/** Name of the data folder that is looked for. */
export const DATA_FOLDER_NAME = ".pleiad";

/** Ids are digits where a number would lose the last ones. */
const id = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,78}$/)])
  .transform((value) => BigInt(value));

/** `network.json`; keys beside these are left to whoever writes them. */
const networkSchema = z.looseObject({
  rpcUrl: z.url({ protocol: /^https?$/ }),
  chainId: z.int().positive(),
  cluster: z.looseObject({ id, slug: z.string() }).optional(),
  operators: z
    .array(z.looseObject({ name: z.string(), node: id, folder: z.string(), apiUrl: z.string().optional() }))
    .default([]),
  requester: z.looseObject({ keyFile: z.string() }).optional(),
});

/** An operator whose daemon runs on this machine. */
export interface Operator {
  readonly name: string;
  readonly node: bigint;
  /** Its data folder, an absolute path. */
  readonly folder: string;
}

/** What a data folder says of its network. */
export interface DataFolder {
  /** An absolute path. */
  readonly folder: string;
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly cluster: { readonly id: bigint; readonly slug: string } | undefined;
  readonly operators: readonly Operator[];
  /** Where the deployment's JSON is. */
  readonly deploymentFile: string;
  /** The throwaway key that requests runs. */
  readonly requesterKeyFile: string | undefined;
}

/**
 * The data folder that a command works on: the one that is named, by option or by `PLEIAD_DATA`, else the nearest
 * `.pleiad` in the folder where the command runs or above it. One that belongs to another user is passed over: in a
 * folder that all may write, anybody could put one there that sends this user's commands to a chain of his.
 *
 * @param uid This user's id. @default the process's
 * @returns an absolute path; undefined where none is named and none found
 * @throws PleiadError DATA_FOLDER_MISSING where the named one is not there
 */
export function findDataFolder(
  named: string | undefined,
  around: { readonly env: Readonly<NodeJS.ProcessEnv>; readonly cwd: string },
  uid: number | undefined = process.getuid?.(),
): string | undefined {
  const wished = named ?? around.env.PLEIAD_DATA;
  if (wished !== undefined && wished !== "") {
    const folder = resolve(around.cwd, wished);
    if (isFolder(folder)) return folder;
    throw cliError("DATA_FOLDER_MISSING", `there is no data folder ${folder}`, { details: { folder } });
  }
  for (let at = around.cwd; ; at = dirname(at)) {
    const candidate = join(at, DATA_FOLDER_NAME);
    if (isFolder(candidate) && statSync(candidate).uid === (uid ?? 0)) return candidate;
    if (at === dirname(at)) return undefined;
  }
}

/**
 * Reads what a data folder says of its network.
 *
 * @returns undefined where nobody has brought the network up yet: there is no `network.json`
 * @throws PleiadError DATA_FOLDER_DAMAGED, FILE_UNREADABLE
 */
export function readDataFolder(folder: string): DataFolder | undefined {
  const layout = layoutOf(folder);
  const text = readIfThere(layout.networkFile);
  if (text === undefined) return undefined;
  const parsed = networkSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const wrong = `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "wrong"}`;
    throw cliError("DATA_FOLDER_DAMAGED", `${layout.networkFile} is damaged: ${wrong}`, {
      details: { file: layout.networkFile, wrong },
    });
  }
  const { rpcUrl, chainId, cluster, operators, requester } = parsed.data;
  const requesterKeyFile = requester === undefined ? undefined : below(folder, requester.keyFile);
  // Or the file could have a command sign with a key of worth.
  if (requesterKeyFile !== undefined && !requesterKeyFile.startsWith(join(folder, "/"))) {
    throw cliError(
      "DATA_FOLDER_DAMAGED",
      `${layout.networkFile} names a key outside its folder: ${requesterKeyFile}`,
      {
        details: { file: layout.networkFile, keyFile: requesterKeyFile },
      },
    );
  }
  return {
    folder,
    rpcUrl,
    chainId,
    cluster,
    operators: operators
      .map(({ name, node, folder: own }) => ({ name, node, folder: below(folder, own) }))
      .sort((a, b) => (a.node < b.node ? -1 : 1)),
    deploymentFile: layout.deploymentFile,
    requesterKeyFile,
  };
}

/** Whether `pleiad up` is bringing the network of a data folder up, and its nodes are not to be found yet. */
export function isStarting(folder: string): boolean {
  const { networkFile, lockFile } = layoutOf(folder);
  return !existsSync(networkFile) && isHeld(lockFile);
}

/**
 * Where the daemon of a node's data folder listens, and its token; undefined where none has started there.
 *
 * @param ownToken Speaks in place of the operator's token, which is then not read.
 */
export function daemonAccess(folder: string, ownToken?: string): DaemonAccess | undefined {
  const state = readDaemonState(folder);
  const token = ownToken ?? readIfThere(join(folder, "api.token"));
  if (state === undefined || state.state === "failed" || token === undefined) return undefined;
  return { apiUrl: state.apiUrl, apiToken: token.trim() };
}

/** A client of the daemon of a node's data folder; undefined where none has started there. */
export function daemonOf(folder: string): ReturnType<typeof daemonClient> | undefined {
  const access = daemonAccess(folder);
  return access === undefined ? undefined : daemonClient(access);
}

function below(folder: string, path: string): string {
  return resolve(folder, path);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    if (errno === undefined) throw error;
    throw cliError("FILE_UNREADABLE", `cannot read ${path} (${errno})`, {
      details: { path, errno },
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
