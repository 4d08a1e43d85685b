import { stat } from "node:fs/promises";
import { join } from "node:path";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { getNodeOfKey } from "@pleiad/sdk/actions/getNodeOfKey";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { readKeystoreAddress } from "../../config/keystore.ts";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import type { Config } from "../../config/table.ts";
import { MARKER_FILE, readMarker } from "../../store/marker.ts";
import { chainCall } from "../chainCall.ts";
import type { ChainContext } from "../context.ts";
import { nodeChainToRead } from "../nodeFolder.ts";

/** What the chain says of a node whose daemon does not answer. */
export interface ChainSays {
  readonly blockNumber: bigint;
  /** Undefined where the key belongs to no node. */
  readonly node: bigint | undefined;
  readonly state: string | undefined;
  readonly owner: Address | undefined;
  /** The node key on chain. */
  readonly key: Address | undefined;
  /** The account that pays the gas; undefined where its keystore does not say which it is. */
  readonly account:
    | { readonly address: Address; readonly nonce: number; readonly balanceWei: bigint }
    | undefined;
  /** In the chain's own currency. */
  readonly creditWei: bigint | undefined;
}

/** What the data folder says, without its database, which belongs to the daemon alone. */
export interface FolderSays {
  /** Undefined where no daemon has ever run there. */
  readonly history:
    | { readonly openings: number; readonly signings: number; readonly writtenAtMs: number }
    | undefined;
}

/** Each part, or why it could not be had. */
export interface WithoutDaemon {
  readonly chain: ChainSays | undefined;
  readonly chainError: string | undefined;
  readonly folder: FolderSays | undefined;
  readonly folderError: string | undefined;
}

/** Looks at chain and data folder, changing neither. */
export async function lookWithoutDaemon(folder: string): Promise<WithoutDaemon> {
  const [chain, own] = await Promise.all([
    attempt(() => askChain(folder)),
    attempt(() => lookAtFolder(folder)),
  ]);
  return { chain: chain.found, chainError: chain.error, folder: own.found, folderError: own.error };
}

async function askChain(folder: string): Promise<ChainSays> {
  const config = await loadConfig(join(folder, CONFIG_FILE));
  const chain = await nodeChainToRead(config);
  const { client, deployment } = chain;
  const key = await keyOf(config);
  const payer =
    config.submitter.gasKeystore === null ? key : await readKeystoreAddress(config.submitter.gasKeystore);
  const blockNumber = await chainCall(() => client.getBlockNumber());
  const id =
    config.node.id ?? (key === undefined ? undefined : await getNodeOfKey(client, { deployment, key }));
  const account = payer === undefined ? undefined : await accountAt(chain, payer);
  if (id === undefined) {
    const none = {
      node: undefined,
      state: undefined,
      owner: undefined,
      key: undefined,
      creditWei: undefined,
    };
    return { blockNumber, account, ...none };
  }
  const [record, creditWei] = await Promise.all([
    getNode(client, { deployment, node: id }),
    getCredit(client, { deployment, kind: "Node", id }),
  ]);
  const { node, status: state, owner } = record;
  return { blockNumber, account, node, state, owner, key: record.key, creditWei };
}

/** The key that the configuration names, without using it. */
async function keyOf({ keys, node }: Config): Promise<Address | undefined> {
  return keys.remoteSignerAddress ?? readKeystoreAddress(node.keystore);
}

async function accountAt({ client }: ChainContext, address: Address) {
  const [nonce, balanceWei] = await chainCall(() =>
    Promise.all([client.getTransactionCount({ address }), client.getBalance({ address })]),
  );
  return { address, nonce, balanceWei };
}

async function lookAtFolder(folder: string): Promise<FolderSays> {
  const path = join(folder, MARKER_FILE);
  const marker = await readMarker(path);
  if (marker === undefined) return { history: undefined };
  const { openings, signings } = marker;
  return { history: { openings, signings, writtenAtMs: (await stat(path)).mtimeMs } };
}

async function attempt<T>(look: () => Promise<T>): Promise<{ readonly found?: T; readonly error?: string }> {
  try {
    return { found: await look() };
  } catch (error) {
    if (error instanceof PleiadError) return { error: error.message };
    throw error;
  }
}
