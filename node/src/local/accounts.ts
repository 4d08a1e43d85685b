import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Address, bytesToHex, type Hex } from "viem";
import { english, generateMnemonic, type HDAccount, mnemonicToAccount } from "viem/accounts";
import { makeFolder, writeFileAtomic } from "../config/files.ts";
import type { Layout } from "./layout.ts";
import { OPERATOR_NAMES, type OperatorName } from "./layout.ts";

/** Everybody who holds a key in a local network. All keys come from one phrase that is worth nothing elsewhere. */
export interface LocalAccounts {
  readonly mnemonic: string;
  /** Deploys the contracts, and owns the agents and the cluster. */
  readonly clusterOwner: HDAccount;
  readonly requester: HDAccount;
  /** Is lent to whoever looks at the dashboard: the chain signs for it, and nobody here has its key. */
  readonly page: Address;
  /** Each owns a node and a model. */
  operator(name: OperatorName): HDAccount;
  /** Signs completions and pays their gas. */
  nodeKey(name: OperatorName): HDAccount;
}

const CLUSTER_OWNER_INDEX = 0;
const REQUESTER_INDEX = 1;
const OPERATOR_INDEX = 2;
const PAGE_INDEX = 5;
const NODE_KEY_INDEX = 6;

/** Reads the folder's phrase, or makes one. The chain funds its first accounts. */
export function localAccounts(layout: Layout): LocalAccounts {
  if (!existsSync(layout.mnemonicFile)) {
    writeFileSync(layout.mnemonicFile, `${generateMnemonic(english)}\n`, { mode: 0o600 });
  }
  const mnemonic = readFileSync(layout.mnemonicFile, "utf8").trim();
  const account = (addressIndex: number) => mnemonicToAccount(mnemonic, { addressIndex });
  return {
    mnemonic,
    clusterOwner: account(CLUSTER_OWNER_INDEX),
    requester: account(REQUESTER_INDEX),
    page: account(PAGE_INDEX).address,
    operator: (name) => account(OPERATOR_INDEX + OPERATOR_NAMES.indexOf(name)),
    nodeKey: (name) => account(NODE_KEY_INDEX + OPERATOR_NAMES.indexOf(name)),
  };
}

/** The private key of one of the accounts, as a keystore is made from it. */
export function privateKeyOf(account: HDAccount): Hex {
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error("an account from a phrase has a private key");
  return bytesToHex(key);
}

/** Writes the keys that a person signs with, each into a file of its own for `--key`, mode 0600. */
export async function writeKeyFiles(layout: Layout, accounts: LocalAccounts): Promise<void> {
  const files: readonly (readonly [path: string, account: HDAccount])[] = [
    [layout.requesterKeyFile, accounts.requester],
    [layout.clusterOwnerKeyFile, accounts.clusterOwner],
    ...OPERATOR_NAMES.map((name) => [layout.ownerKeyFile(name), accounts.operator(name)] as const),
  ];
  for (const [path, account] of files) {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, `${privateKeyOf(account)}\n`);
  }
}
