import { privateKeyToAccount } from "viem/accounts";
import { readKeystore } from "../config/keystore.ts";
import type { Signer } from "./signer.ts";

/**
 * Opens a keystore and answers a signer. The key lives in this function's closure alone: no property, no
 * serialisation and no inspection of the signer shows it.
 *
 * @param path the keystore, mode 0600
 * @throws what `readKeystore` throws
 *
 * @example
 * const signer = await createKeystoreSigner("/var/lib/pleiad/keystore.json", password);
 * const signature = await signer.signTypedData(completion);
 */
export async function createKeystoreSigner(path: string, password: string): Promise<Signer> {
  const { privateKey } = await readKeystore(path, password);
  const account = privateKeyToAccount(privateKey);
  return Object.freeze<Signer>({
    address: account.address,
    signTypedData: (definition) => account.signTypedData(definition),
    signTransaction: (transaction) =>
      account.signTransaction({
        type: "eip1559",
        chainId: transaction.chainId,
        nonce: transaction.nonce,
        to: transaction.to,
        data: transaction.data,
        value: transaction.valueWei,
        gas: transaction.gasLimit,
        maxFeePerGas: transaction.maxFeePerGasWei,
        maxPriorityFeePerGas: transaction.maxPriorityFeePerGasWei,
      }),
  });
}
