import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import type { Hex } from "viem";
import { getBalance, getCode, getTransactionCount, sendRawTransaction, sendTransaction } from "viem/actions";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { planDeployment } from "../../../sdk/src/actions/planDeployment.ts";
import {
  CREATE2_FACTORY,
  CREATE2_FACTORY_CODE,
  CREATE2_FACTORY_FUNDING_WEI,
  CREATE2_FACTORY_SENDER,
  CREATE2_FACTORY_TRANSACTION,
} from "../../../sdk/src/deployment/create2Factory.ts";
import { ensureFactory } from "../../../sdk/src/deployment/ensureFactory.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { accountOf, type LocalChain, startChain, testClientOf, walletOf } from "../../fixtures/chain.ts";
import { expectCode } from "../support/expectCode.ts";
import { hookedClient, refusal } from "../support/hookedClient.ts";

const OWNER = accountOf(1);
const FACTORY = { address: CREATE2_FACTORY };
const SENDER = { address: CREATE2_FACTORY_SENDER };

describe("ensureFactory", () => {
  let chain: LocalChain;
  let client: WriteClient;
  let snapshot: Hex;
  before(async function () {
    this.timeout(30_000);
    chain = await startChain({ extraArguments: ["--disable-default-create2-deployer"] });
    client = walletOf(chain, OWNER);
  });
  after(() => chain.stop());
  beforeEach(async () => {
    snapshot = await testClientOf(chain).snapshot();
  });
  afterEach(() => testClientOf(chain).revert({ id: snapshot }));

  const setBaseFee = async (baseFeePerGas: bigint) => {
    await testClientOf(chain).setNextBlockBaseFeePerGas({ baseFeePerGas });
    await testClientOf(chain).mine({ blocks: 1 });
  };

  it("puts the factory there and pays its sender, once", async () => {
    await ensureFactory(client);
    expect(await getCode(client, FACTORY)).to.equal(CREATE2_FACTORY_CODE);
    expect(await getTransactionCount(client, OWNER)).to.equal(1);
    await ensureFactory(client);
    expect(await getTransactionCount(client, OWNER)).to.equal(1);
  });

  it("gives its sender no more than it lacks", async () => {
    const request = { account: OWNER, chain: null, to: CREATE2_FACTORY_SENDER, value: 1n };
    await sendTransaction(client, request);
    const before = await getBalance(client, OWNER);
    await ensureFactory(client);
    const paid = before - (await getBalance(client, OWNER));
    // Below it, for the wei that was there, if gas cost nothing; it costs a little.
    expect(paid - CREATE2_FACTORY_FUNDING_WEI + 1n < 10n ** 14n).to.equal(true);
    expect(await getCode(client, FACTORY)).to.equal(CREATE2_FACTORY_CODE);
  });

  it("carries on where a run was interrupted after it had sent the transaction, which waits to be mined", async () => {
    const testClient = testClientOf(chain);
    await testClient.setBalance({ ...SENDER, value: CREATE2_FACTORY_FUNDING_WEI });
    await testClient.setAutomine(false);
    try {
      await sendRawTransaction(client, { serializedTransaction: CREATE2_FACTORY_TRANSACTION });
      const hooked = hookedClient(chain, OWNER, async ({ method }) => {
        if (method === "eth_getTransactionReceipt") await testClient.mine({ blocks: 1 });
      });
      await ensureFactory(hooked);
    } finally {
      await testClient.setAutomine(true);
    }
    expect(await getCode(client, FACTORY)).to.equal(CREATE2_FACTORY_CODE);
    expect(await getTransactionCount(client, OWNER)).to.equal(0);
  });

  it("pays nothing on a chain that takes no transaction without a chain id, and says what to do", async () => {
    const strict = hookedClient(chain, OWNER, async ({ method, params }) => {
      if (method !== "eth_sendRawTransaction" || params?.[0] !== CREATE2_FACTORY_TRANSACTION) return;
      throw refusal(-32000, "only replay-protected (EIP-155) transactions allowed over RPC");
    });
    const error = await expectCode(deploy(strict), "CREATE2_FACTORY_REFUSED");
    expect(error.message).to.include("names no chain id").and.to.include("only replay-protected");
    expect(error.hint).to.include("docs/operations.md");
    expect(await getTransactionCount(client, OWNER)).to.equal(0);
    expect(await getBalance(client, SENDER)).to.equal(0n);
  });

  it("pays nothing where the transaction was used up, or pays too little for the chain's gas", async () => {
    const testClient = testClientOf(chain);
    await testClient.setNonce({ ...SENDER, nonce: 1 });
    expect((await expectCode(ensureFactory(client), "CREATE2_FACTORY_REFUSED")).message).to.include(
      "used up",
    );
    await testClient.setNonce({ ...SENDER, nonce: 0 });
    await setBaseFee(200_000_000_000n);
    const dear = await expectCode(ensureFactory(client), "CREATE2_FACTORY_REFUSED");
    expect(dear.message).to.include("200000000000");
    expect(await getTransactionCount(client, OWNER)).to.equal(0);
    // A snapshot does not hold it.
    await setBaseFee(1_000_000_000n);
  });

  it("does not use other code at the factory's address", async () => {
    await testClientOf(chain).setCode({ ...FACTORY, bytecode: "0x60016000f3" });
    await expectCode(deploy(client), "CREATE2_FACTORY_FOREIGN");
    await expectCode(planDeployment(client), "CREATE2_FACTORY_FOREIGN");
  });

  it("is part of a deployment on a chain without it, and of what is told beforehand", async () => {
    const preview = await planDeployment(client);
    expect(preview.factory).to.deep.equal({ address: CREATE2_FACTORY, isThere: false });
    const before = await getBalance(client, OWNER);
    await deploy(client);
    const paid = before - (await getBalance(client, OWNER));
    expect(paid > CREATE2_FACTORY_FUNDING_WEI).to.equal(true);
    expect(preview.costWei > CREATE2_FACTORY_FUNDING_WEI).to.equal(true);
  });
});
