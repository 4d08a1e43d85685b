import { expect } from "chai";
import { describe, it } from "mocha";
import {
  getContractAddress,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerializedLegacy,
} from "viem";
import {
  CREATE2_FACTORY,
  CREATE2_FACTORY_CODE,
  CREATE2_FACTORY_FUNDING_WEI,
  CREATE2_FACTORY_GAS_PRICE_WEI,
  CREATE2_FACTORY_SENDER,
  CREATE2_FACTORY_TRANSACTION,
} from "../../../sdk/src/deployment/create2Factory.ts";

describe("the CREATE2 factory", () => {
  it("is what its presigned transaction creates, wherever its sender sends nothing before", async () => {
    const transaction = parseTransaction(CREATE2_FACTORY_TRANSACTION);
    const serializedTransaction = CREATE2_FACTORY_TRANSACTION as TransactionSerializedLegacy;
    const from = await recoverTransactionAddress({ serializedTransaction });
    expect(from).to.equal(CREATE2_FACTORY_SENDER);
    expect(transaction).to.include({ type: "legacy", nonce: 0, gasPrice: CREATE2_FACTORY_GAS_PRICE_WEI });
    expect(transaction).to.not.have.property("chainId");
    expect(transaction).to.not.have.property("to");
    expect(getContractAddress({ from, nonce: 0n })).to.equal(CREATE2_FACTORY);
    expect((transaction.gas ?? 0n) * (transaction.gasPrice ?? 0n)).to.equal(CREATE2_FACTORY_FUNDING_WEI);
    expect(transaction.data?.endsWith(CREATE2_FACTORY_CODE.slice(2))).to.equal(true);
  });
});
