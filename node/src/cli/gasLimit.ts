import type { WriteClient } from "@pleiad/sdk/types/client";
import type { LocalAccount, TransactionSerializable } from "viem";
import { getGasPrice } from "viem/actions";
import type { Sender } from "./account.ts";
import { chainCall } from "./chainCall.ts";
import { cliError } from "./cliError.ts";

/**
 * A sender that pays no more than so much for one gas: nothing is sent while the chain asks for more, and no key signs for more.
 *
 * @throws PleiadError GAS_ABOVE_LIMIT
 */
export async function limitedSender(sender: Sender, weiPerGasMax: bigint): Promise<Sender> {
  const { client } = sender;
  const priceWei = await chainCall(() => getGasPrice(client));
  if (priceWei > weiPerGasMax)
    throw cliError(
      "GAS_ABOVE_LIMIT",
      `one gas costs ${priceWei} wei now, and the plan allows ${weiPerGasMax} wei`,
      { details: { priceWei, weiPerGasMax } },
    );
  if (client.account.type !== "local") return sender;
  const { account } = client as WriteClient & { readonly account: LocalAccount };
  const limited: LocalAccount = {
    ...account,
    signTransaction: (transaction, options) =>
      account.signTransaction(withLimit(transaction, weiPerGasMax), options),
  };
  return { ...sender, client: { ...client, account: limited } };
}

function withLimit<T extends TransactionSerializable>(transaction: T, weiPerGasMax: bigint): T {
  const at = (wei: bigint | undefined) => (wei !== undefined && wei > weiPerGasMax ? weiPerGasMax : wei);
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  return {
    ...transaction,
    ...(gasPrice === undefined ? {} : { gasPrice: at(gasPrice) }),
    ...(maxFeePerGas === undefined ? {} : { maxFeePerGas: at(maxFeePerGas) }),
    ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas: at(maxPriorityFeePerGas) }),
  };
}
