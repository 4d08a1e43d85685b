import { expect } from "chai";
import { afterEach, before, it } from "mocha";
import { createClient, custom, http } from "viem";
import { getTransactionCount, sendTransaction } from "viem/actions";
import { submitCompletionAsNode } from "../../../sdk/src/actions/submitCompletionAsNode.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { POLLING_MS, testClientOf } from "../../fixtures/chain.ts";
import { completionOf, createTestCluster, startRun, type TestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeOnChain } from "../support/world.ts";

describeOnChain("write", (world) => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await createTestCluster(world());
  });
  afterEach(async () => {
    await testClientOf(world().chain).setAutomine(true);
    await testClientOf(world().chain).mine({ blocks: 1 });
  });

  /** Resolves when the chain has so many transactions that wait. */
  const pending = async (count: number): Promise<void> => {
    const client = testClientOf(world().chain);
    while (Number((await client.getTxpoolStatus()).pending) < count) await new Promise(setImmediate);
  };
  const submission = async () => {
    const run = await startRun(world(), await world().connect(), cluster);
    const completion = completionOf(cluster, run, ["notes"], 0);
    return { deployment: world().deployment, completion, output: "notes" };
  };

  it("types the revert of a transaction whose simulation had succeeded", async () => {
    const client = testClientOf(world().chain);
    const parameters = await submission();
    await client.setAutomine(false);
    const both = [cluster.key, cluster.owner].map((sender) => submitCompletionAsNode(sender, parameters));
    const settled = Promise.allSettled(both);
    // On a slow machine the later one may be estimated when the earlier is pending, and refused then: with the same code.
    const refused = both.map((sent) =>
      sent.then(
        () => settled,
        () => undefined,
      ),
    );
    await Promise.race([pending(2), ...refused]);
    await client.mine({ blocks: 1 });
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
    const late = both.find((_, index) => outcomes[index]?.status === "rejected");
    await expectCode(late ?? Promise.resolve(), "TASK_ALREADY_COMPLETED");
  });
  it("says by which hash to look for a transaction that is not mined in time", async () => {
    const client = testClientOf(world().chain);
    const parameters = await submission();
    await client.setAutomine(false);
    const late = submitCompletionAsNode(cluster.key, { ...parameters, timeoutMs: 50 });
    const error = await expectCode(late, "TRANSACTION_TIMEOUT");
    expect(error.message).to.match(/0x[0-9a-f]{64}/);
    expect(error.retryable).to.equal(true);
  });
  it("notices that another transaction took its place", async () => {
    const { chain } = world();
    const client = testClientOf(chain);
    const parameters = await submission();
    // Whoever has never seen the first transaction cannot tell that another took its place.
    const seen = Promise.withResolvers<void>();
    const { request } = http(chain.rpcUrl)({ pollingInterval: POLLING_MS });
    const watched = async ({ method, params }: { method: string; params?: unknown }) => {
      const answer: unknown = await request({ method, params });
      if (method === "eth_getTransactionByHash" && answer !== null) seen.resolve();
      return answer;
    };
    const sender = createClient({
      account: cluster.key.account,
      transport: custom({ request: watched }),
      pollingInterval: POLLING_MS,
    });
    const nonce = await getTransactionCount(cluster.key, { address: cluster.key.account.address });
    await client.setAutomine(false);
    const replaced = expectCode(submitCompletionAsNode(sender, parameters), "TRANSACTION_REPLACED");
    await seen.promise;
    const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n };
    const { account } = cluster.key;
    const replacement = await sendTransaction(cluster.key, {
      account,
      chain: null,
      to: account.address,
      nonce,
      ...fees,
    });
    await client.mine({ blocks: 1 });
    expect((await replaced).details).to.include({ replacement });
  });
  it("asks for no signature where the simulation fails", async () => {
    const { chain, deployment, connect } = world();
    const { address } = (await connect()).account;
    const { request } = http(chain.rpcUrl)({});
    const methods: string[] = [];
    const watched = async ({ method, params }: { method: string; params?: unknown }) => {
      methods.push(method);
      return request({ method, params });
    };
    const stranger = createClient({ account: address, transport: custom({ request: watched }) });
    await expectCode(withdraw(stranger, { deployment, kind: "Node", id: cluster.node }), "CREDIT_NOT_YOURS");
    expect(
      methods.filter((method) => !["eth_chainId", "eth_getCode", "eth_call"].includes(method)),
    ).to.deep.equal([]);
  });
});
