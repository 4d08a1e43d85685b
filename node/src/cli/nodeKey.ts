import type { Address, LocalAccount } from "viem";
import { privateKeyToAccount, toAccount } from "viem/accounts";
import { type OpenedKeystore, readKeystore } from "../config/keystore.ts";
import type { Config } from "../config/table.ts";
import { openNodeSigner } from "../local/daemonSigner.ts";
import { quietLogger } from "../local/quietLogger.ts";
import { nodePassword } from "./nodeFolder.ts";
import type { Surroundings } from "./surroundings.ts";

/** A node key as commands use it: it signs proofs, and nothing else. */
export interface NodeKey {
  readonly address: Address;
  readonly account: LocalAccount;
}

/** The node key of a folder: out of its keystore, or at its remote signer. @throws the errors of both */
export async function openNodeKey(config: Config, around: Surroundings): Promise<NodeKey> {
  if (config.keys.remoteSignerUrl === null)
    return keyOfKeystore(await readKeystore(config.node.keystore, await nodePassword(config, around)));
  const signer = await openNodeSigner(config, undefined, { logger: quietLogger() });
  const account = toAccount({
    address: signer.address,
    signTypedData: (definition) => signer.signTypedData(definition as never),
    signMessage: refuse,
    signTransaction: refuse,
  });
  return { address: signer.address, account };
}

export function keyOfKeystore({ address, privateKey }: OpenedKeystore): NodeKey {
  return { address, account: privateKeyToAccount(privateKey) };
}

/** Commands have the node key sign proofs alone; what it pays for, the daemon sends. */
async function refuse(): Promise<never> {
  throw new Error("a node key signs no such thing for a command");
}
