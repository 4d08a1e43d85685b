import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../config/files.ts";
import { localAccounts } from "./accounts.ts";
import { readDaemonState } from "./daemonState.ts";
import type { Layout } from "./layout.ts";
import { OPERATOR_NAMES } from "./layout.ts";
import { LOCAL_CHAIN_ID } from "./localChain.ts";
import type { OperatorProcess } from "./operators.ts";
import { type LocalRegistry, readRegistry } from "./registry.ts";
import type { RunTarget } from "./runDocument.ts";

/** Writes what the other commands of the command line need to find the network of this folder. */
export async function writeNetworkFile(
  layout: Layout,
  rpcUrl: string,
  registry: LocalRegistry,
  operators: readonly OperatorProcess[],
  networkEnabled: boolean,
): Promise<void> {
  const content = {
    rpcUrl,
    chainId: LOCAL_CHAIN_ID,
    cluster: { id: Number(registry.cluster.id), slug: registry.cluster.slug },
    operators: operators.map(({ name, node, folder, apiUrl }) => ({
      name,
      node: Number(node),
      folder,
      apiUrl,
    })),
    networkEnabled,
    requester: { keyFile: layout.requesterKeyFile },
  };
  await writeFileAtomic(layout.networkFile, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** The network that another process keeps up in this folder, as a second terminal runs a document on it. */
export function runningTarget(layout: Layout): RunTarget {
  const { rpcUrl, networkEnabled } = JSON.parse(readFileSync(layout.networkFile, "utf8")) as {
    rpcUrl: string;
    networkEnabled: boolean;
  };
  const daemons = OPERATOR_NAMES.flatMap((name) => {
    const folder = layout.operatorFolder(name);
    const state = readDaemonState(folder);
    if (state?.state !== "ready") return [];
    return [{ apiUrl: state.apiUrl, apiToken: readFileSync(join(folder, "api.token"), "utf8").trim() }];
  });
  return { rpcUrl, registry: readRegistry(layout), accounts: localAccounts(layout), daemons, networkEnabled };
}
