import { expect } from "chai";
import { it } from "mocha";
import { type Address, erc20Abi, zeroAddress } from "viem";
import { readContract } from "viem/actions";
import { approveCurrency } from "../../../sdk/src/actions/approveCurrency.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { checkAllowance } from "../../../sdk/src/internal/currency.ts";
import { PERMIT2_ADDRESS } from "../../../sdk/src/types/executionRequest.ts";
import { deployArtifact } from "../support/artifact.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("approveCurrency", (world, kind) => {
  it("lets ClusterExecutions take exactly so much, and does nothing where it may already", async () => {
    const { deployment, connect } = world();
    const client = await connect(kind);
    const currency = await deployArtifact(client, "contracts/test/Token__MockForExecutions.sol");
    const allowance = () =>
      readContract(client, {
        address: currency,
        abi: erc20Abi,
        functionName: "allowance",
        args: [client.account.address, deployment.clusterExecutions],
      });
    const price = { currency, quoteWei: 100n };
    const error = await expectCode(checkAllowance(client, deployment, price), "ALLOWANCE_TOO_LOW");
    expect(error.details).to.include({ currency, allowanceWei: 0n, quoteWei: 100n });
    for (const amountWei of [100n, 250n, 0n, 100n]) {
      const { sent } = await approveCurrency(client, { deployment, currency, amountWei });
      expect(sent, `a transaction for ${amountWei}`).to.not.equal(undefined);
      expect(await allowance()).to.equal(amountWei);
    }
    expect(await approveCurrency(client, { deployment, currency, amountWei: 100n })).to.deep.equal({
      sent: undefined,
    });
    await checkAllowance(client, deployment, price);
  });

  it("lets another spender take, and leaves the allowance of ClusterExecutions as it is", async () => {
    const { deployment, connect } = world();
    const client = await connect(kind);
    const currency = await deployArtifact(client, "contracts/test/Token__MockForExecutions.sol");
    const spender = PERMIT2_ADDRESS;
    const allowance = (of: Address) =>
      readContract(client, {
        ...{ address: currency, abi: erc20Abi, functionName: "allowance" },
        args: [client.account.address, of],
      });
    await approveCurrency(client, { deployment, currency, amountWei: 5n, spender });
    expect([await allowance(spender), await allowance(deployment.clusterExecutions)]).to.deep.equal([5n, 0n]);
  });

  it("has credits and withdrawals of a currency of its own", async () => {
    const { deployment, connect } = world();
    const client = await connect(kind);
    const currency = await deployArtifact(client, "contracts/test/Token__MockForExecutions.sol");
    const account = client.account.address;
    const credit = { deployment, kind: "Account", account, currency } as const;
    expect(await getCredit(client, credit)).to.equal(0n);
    const empty = await expectCode(withdraw(client, credit), "CREDIT_EMPTY");
    expect(empty.details).to.include({ currency });
    await expectCode(withdraw(client, { ...credit, to: zeroAddress }), "CREDIT_RECEIVER_INVALID");
  });
});
