import { createManagerClient, type ManagerClient } from "@pleiad/sdk/manager/createManagerClient";
import { cliError } from "./cliError.ts";
import type { Surroundings } from "./surroundings.ts";
import { accessOf, type DaemonOptions, namedCluster } from "./workspaceAccess.ts";

/** The manager of the daemon that is meant. @throws PleiadError as `accessOf` */
export async function managerOf(options: DaemonOptions, around: Surroundings): Promise<ManagerClient> {
  const { apiUrl, apiToken } = await accessOf(options, around);
  return createManagerClient({ apiUrl, token: apiToken });
}

/** A cluster by its id, or by the slug of the data folder's, as the manager is asked for it. @throws PleiadError USAGE_INVALID */
export function clusterDigits(
  name: string | undefined,
  options: DaemonOptions,
  around: Surroundings,
): string {
  if (name === undefined) throw cliError("USAGE_INVALID", "say which cluster, by its id");
  return String(namedCluster(name, options, around));
}
