import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createWorkspaceClient, type WorkspaceClient } from "@pleiad/sdk/workspace/createWorkspaceClient";
import type { Command } from "commander";
import { z } from "zod";
import { CONFIG_FILE } from "../config/parse.ts";
import { readPrivateFile } from "../config/privateFile.ts";
import type { DaemonAccess } from "../local/daemonClient.ts";
import { daemonClient } from "../local/daemonClient.ts";
import { addDataOption } from "./chainOptions.ts";
import { cliError } from "./cliError.ts";
import { daemonAccess, findDataFolder, isStarting, readDataFolder } from "./dataFolder.ts";
import { idOf, parseUrlOption } from "./define.ts";
import type { Surroundings } from "./surroundings.ts";
import { printableLine } from "./text/printable.ts";

/** Options that say which daemon is asked, and as whom. */
export interface DaemonOptions {
  readonly data?: string;
  readonly node?: string;
  readonly api?: string;
  readonly tokenFile?: string;
}

export interface WorkspaceOptions extends DaemonOptions {
  readonly cluster?: string;
}

/** A token and what may stand around it; more is another file. Bytes. */
const TOKEN_FILE_BYTES_MAX = 4_096;

const WHOM = "Which daemon, and as whom:";

export function addDaemonOptions(command: Command): Command {
  addDataOption(command);
  return command
    .addOption(
      command
        .createOption(
          "--node <folder>",
          "the node's data folder (default: this one, else the first of the data folder)",
        )
        .helpGroup(WHOM),
    )
    .addOption(
      command
        .createOption("--api <url>", "the daemon's address, for who may not read its folder; wants a token")
        .argParser(parseUrlOption)
        .conflicts("node")
        .helpGroup(WHOM),
    )
    .addOption(
      command
        .createOption(
          "--token-file <file>",
          "holds the token to speak with, mode 0600 (default: PLEIAD_TOKEN, else the operator's own)",
        )
        .helpGroup(WHOM),
    );
}

export function addWorkspaceOptions(command: Command): Command {
  return addDaemonOptions(command).addOption(
    command
      .createOption(
        "--cluster <id>",
        "the cluster, by its id or the data folder's by its slug (default: the data folder's, else the only one that is open)",
      )
      .helpGroup(WHOM),
  );
}

/** The data folder of the node that is meant. @throws PleiadError DAEMON_FOLDER_UNKNOWN, NETWORK_STARTING (retryable) */
export function nodeFolderOf(options: DaemonOptions, around: Surroundings): string {
  const named = options.node === undefined ? around.cwd : resolve(around.cwd, options.node);
  if (existsSync(join(named, CONFIG_FILE))) return named;
  if (options.node !== undefined)
    throw cliError("DAEMON_FOLDER_UNKNOWN", `${named} holds no ${CONFIG_FILE}`, {
      details: { folder: named },
    });
  const dataPath = findDataFolder(options.data, around);
  const [first] = (dataPath === undefined ? undefined : readDataFolder(dataPath))?.operators ?? [];
  if (first !== undefined) return first.folder;
  if (dataPath !== undefined && isStarting(dataPath))
    throw cliError("NETWORK_STARTING", `the local network in ${dataPath} is starting`, {
      details: { folder: dataPath },
    });
  throw cliError(
    "DAEMON_FOLDER_UNKNOWN",
    `${named} holds no ${CONFIG_FILE}, and no data folder names a daemon`,
  );
}

/**
 * Where the daemon listens, with the token to speak with.
 *
 * @throws PleiadError USAGE_INVALID, DAEMON_FOLDER_UNKNOWN, DAEMON_SILENT, TOKEN_FILE_…
 */
export async function accessOf(options: DaemonOptions, around: Surroundings): Promise<DaemonAccess> {
  const token = await tokenOf(options, around);
  if (options.api !== undefined) {
    if (token !== undefined) return { apiUrl: options.api, apiToken: token };
    throw cliError("USAGE_INVALID", "--api wants a token: --token-file FILE, or PLEIAD_TOKEN");
  }
  const folder = nodeFolderOf(options, around);
  // Who has a token of his own needs nothing of the operator's.
  const access = daemonAccess(folder, token);
  if (access !== undefined) return access;
  throw cliError("DAEMON_SILENT", `the daemon of ${folder} does not run`, { details: { folder } });
}

async function tokenOf(options: DaemonOptions, around: Surroundings): Promise<string | undefined> {
  if (options.tokenFile === undefined) return around.env.PLEIAD_TOKEN || undefined;
  const text = await readPrivateFile(resolve(around.cwd, options.tokenFile), {
    what: "the token",
    bytesMax: TOKEN_FILE_BYTES_MAX,
    codes: {
      missing: "TOKEN_FILE_MISSING",
      unreadable: "TOKEN_FILE_UNREADABLE",
      mode: "TOKEN_FILE_MODE",
      tooLarge: "TOKEN_FILE_INVALID",
    },
  });
  return text.trim();
}

/** @throws PleiadError as `accessOf`; CLUSTER_UNNAMED */
export async function workspaceOf(options: WorkspaceOptions, around: Surroundings): Promise<WorkspaceClient> {
  const { apiUrl, apiToken } = await accessOf(options, around);
  const cluster =
    options.cluster === undefined
      ? await clusterOf(options, around, { apiUrl, apiToken })
      : namedCluster(options.cluster, options, around);
  return createWorkspaceClient({ apiUrl, token: apiToken, cluster });
}

/** An id; or the slug of the data folder's cluster, which needs no chain. @throws PleiadError USAGE_INVALID */
export function namedCluster(name: string, options: WorkspaceOptions, around: Surroundings): bigint {
  if (/^\d+$/.test(name)) return idOf(name);
  const dataPath = findDataFolder(options.data, around);
  const known = dataPath === undefined ? undefined : readDataFolder(dataPath)?.cluster;
  if (known?.slug === name) return known.id;
  throw cliError("USAGE_INVALID", `"${name}" is no id of a cluster, nor the slug of the data folder's`, {
    hint: `its id is what this shows: pleiad cluster show ${printableLine(name)}`,
  });
}

export const workspacesSchema = z.object({
  workspaces: z.array(
    z.object({
      cluster: z.string().regex(/^\d{1,78}$/),
      unknown: z.int(),
      invalid: z.int(),
      own: z.object({ bytes: z.int(), bytesMax: z.int(), kept: z.int(), keptMax: z.int() }),
    }),
  ),
});

async function clusterOf(
  options: WorkspaceOptions,
  around: Surroundings,
  access: DaemonAccess,
): Promise<bigint> {
  const dataPath = findDataFolder(options.data, around);
  const known = dataPath === undefined ? undefined : readDataFolder(dataPath)?.cluster?.id;
  if (known !== undefined) return known;
  const { workspaces } = await daemonClient(access).ask("/workspace", workspacesSchema);
  const [only, another] = workspaces;
  if (only !== undefined && another === undefined) return BigInt(only.cluster);
  const ids = workspaces.map(({ cluster }) => cluster);
  throw cliError(
    "CLUSTER_UNNAMED",
    ids.length === 0
      ? "no cluster is open on this node"
      : `the clusters ${ids.join(", ")} are open on this node`,
  );
}
