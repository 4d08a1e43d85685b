import { PAGE_HOURS_DEFAULT, pageAddress, UP_LABEL } from "../local/dashboard/address.ts";
import { daemonAccess, readDataFolder } from "./dataFolder.ts";

/** The address of the page of a local network's first node, with a token; undefined where that does not run. */
export async function dashboardOf(dataFolder: string): Promise<string | undefined> {
  const [first] = readDataFolder(dataFolder)?.operators ?? [];
  // The token is the page's own: the operator's is not even read.
  const access = first === undefined ? undefined : daemonAccess(first.folder, "");
  if (first === undefined || access === undefined) return undefined;
  const { address } = await pageAddress({
    folder: first.folder,
    apiUrl: access.apiUrl,
    role: "act",
    hours: PAGE_HOURS_DEFAULT,
    onlyLabel: UP_LABEL,
  });
  return address;
}
