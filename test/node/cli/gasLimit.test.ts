import { expect } from "chai";
import { describe, it } from "mocha";
import { createWalletClient, custom, parseTransaction, type TransactionSerializedEIP1559 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { limitedSender } from "../../../node/src/cli/gasLimit.ts";
import { failure } from "../chain/helpers.ts";

const ACCOUNT = privateKeyToAccount(`0x${"11".repeat(32)}`);

/** A chain on which one gas costs so much. */
function senderAt(priceWei: bigint) {
  const transport = custom({ request: async () => `0x${priceWei.toString(16)}` });
  return { address: ACCOUNT.address, client: createWalletClient({ account: ACCOUNT, transport }) };
}

describe("a sender with a limit for gas", () => {
  it("is none where the chain asks for more", async () => {
    await failure(limitedSender(senderAt(11n), 10n), "GAS_ABOVE_LIMIT");
  });

  it("signs for no more than the limit, and for less as it is told", async () => {
    const { client } = await limitedSender(senderAt(10n), 10n);
    const { account } = client;
    if (account.type !== "local") throw new Error("the account signs itself");
    const signed = async (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => {
      const text = await account.signTransaction({
        type: "eip1559",
        chainId: 1,
        maxFeePerGas,
        maxPriorityFeePerGas,
      });
      const { maxFeePerGas: most, maxPriorityFeePerGas: tip } = parseTransaction(
        text as TransactionSerializedEIP1559,
      );
      return [most, tip];
    };
    expect(await signed(24n, 12n)).to.deep.equal([10n, 10n]);
    expect(await signed(9n, 2n)).to.deep.equal([9n, 2n]);
  });
});
