import { join } from "node:path";

/** Names of the three operators of the local network: stars of the Pleiades. */
export const OPERATOR_NAMES = ["alcyone", "electra", "maia"] as const;
export type OperatorName = (typeof OPERATOR_NAMES)[number];

/** Where everything of a local network lies, below one data folder. */
export interface Layout {
  readonly folder: string;
  /** State and log of the local chain. */
  readonly chainFolder: string;
  /** The throwaway phrase that all accounts come from, mode 0600. */
  readonly mnemonicFile: string;
  /** Addresses of the contracts. */
  readonly deploymentFile: string;
  /** What was registered, and where the daemons are. */
  readonly networkFile: string;
  /** Key of the account that requests runs, mode 0600. */
  readonly requesterKeyFile: string;
  /** Key of the account that owns agents and cluster, mode 0600. */
  readonly clusterOwnerKeyFile: string;
  /** A cluster manager's file, where somebody put one here: the first operator's daemon runs it. */
  readonly managerFile: string;
  /** Names the process that keeps the network up. */
  readonly lockFile: string;
  operatorFolder(name: OperatorName): string;
  /** Key of the account that owns an operator's node and model, mode 0600; apart from the folder, as no daemon needs it. */
  ownerKeyFile(name: OperatorName): string;
}

/** The layout below `folder`, an absolute path. */
export function layoutOf(folder: string): Layout {
  const ownerKeyFile = (name: string) => join(folder, "owners", `${name}.key`);
  return {
    folder,
    chainFolder: join(folder, "chain"),
    mnemonicFile: join(folder, "mnemonic"),
    deploymentFile: join(folder, "deployment.json"),
    networkFile: join(folder, "network.json"),
    requesterKeyFile: join(folder, "requester.key"),
    clusterOwnerKeyFile: ownerKeyFile("cluster"),
    managerFile: join(folder, "cluster-manager.yaml"),
    lockFile: join(folder, "up.json"),
    operatorFolder: (name) => join(folder, "operators", name),
    ownerKeyFile,
  };
}
