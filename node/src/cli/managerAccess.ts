import { createManagerClient, type ManagerClient } from "@pleiad/sdk/manager/createManagerClient";
import { getManagerStatus } from "@pleiad/sdk/manager/getManagerStatus";
import { cliError } from "./cliError.ts";
import { findDataFolder, readDataFolder } from "./dataFolder.ts";
import { idOf } from "./define.ts";
import type { Surroundings } from "./surroundings.ts";
import { printableLine } from "./text/printable.ts";
import { accessOf, type DaemonOptions } from "./workspaceAccess.ts";

/** The manager of the daemon that is meant. @throws PleiadError as `accessOf` */
export async function managerOf(options: DaemonOptions, around: Surroundings): Promise<ManagerClient> {
  const { apiUrl, apiToken } = await accessOf(options, around);
  return createManagerClient({ apiUrl, token: apiToken });
}

/**
 * A cluster by its id, or by the slug of one that the manager looks after or that is the data folder's, as the manager is asked for it.
 *
 * @throws PleiadError USAGE_INVALID
 */
export async function clusterDigits(
  client: ManagerClient,
  name: string | undefined,
  options: DaemonOptions,
  around: Surroundings,
): Promise<string> {
  if (name === undefined) throw cliError("USAGE_INVALID", "say which cluster, by its id or slug");
  if (/^\d+$/.test(name)) return String(idOf(name));
  const dataPath = findDataFolder(options.data, around);
  const known = dataPath === undefined ? undefined : readDataFolder(dataPath)?.cluster;
  if (known?.slug === name) return String(known.id);
  const cluster = await managedBySlug(client, name);
  if (cluster !== undefined) return cluster;
  throw cliError(
    "USAGE_INVALID",
    `"${name}" is no id of a cluster, nor the slug of one that the manager looks after`,
    {
      hint: `its clusters are what this shows: pleiad manager status. The id of another: pleiad cluster show ${printableLine(name)}`,
    },
  );
}

/** The id of a cluster that the manager looks after, by its slug. */
export async function managedBySlug(client: ManagerClient, slug: string): Promise<string | undefined> {
  const { status } = await getManagerStatus(client);
  return status.clusters.find((one) => one.slug === slug)?.cluster;
}

/** @throws PleiadError USAGE_INVALID where the manager has looked and found that it does not look after the cluster */
export async function requireManaged(client: ManagerClient, cluster: string): Promise<void> {
  const { status } = await getManagerStatus(client);
  if (status.reconciled === undefined || status.clusters.some((one) => one.cluster === cluster)) return;
  throw cliError("USAGE_INVALID", `cluster ${cluster} is none that this manager looks after`, {
    hint: "see its clusters with: pleiad manager status. Which those are, relationships of its file say",
  });
}
