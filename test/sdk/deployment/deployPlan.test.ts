import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { getContractAddress, type Hex, keccak256, stringToHex } from "viem";
import { getBlockNumber, getCode, getTransactionCount } from "viem/actions";
import { createCluster } from "../../../sdk/src/actions/createCluster.ts";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { getCluster } from "../../../sdk/src/actions/getCluster.ts";
import { type DeployPlanOptions, deployPlan } from "../../../sdk/src/deployment/deployPlan.ts";
import { DEPLOYMENT_PLAN, type PlanEntry } from "../../../sdk/src/deployment/plan.ts";
import { plannedContracts } from "../../../sdk/src/deployment/plannedContracts.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import { accountOf, type LocalChain, startChain, testClientOf, walletOf } from "../../fixtures/chain.ts";
import { expectCode } from "../support/expectCode.ts";
import { hookedClient, refusal } from "../support/hookedClient.ts";

const OWNER = accountOf(1);
const OTHER = accountOf(2);
const NAMES = DEPLOYMENT_PLAN.map(({ name }) => name);
const ALL = NAMES.length;

/** A contract that is not the core's: its constructor takes one address and returns one byte of code. */
const LENS: PlanEntry = {
  name: "lens",
  source: "contracts/Lens.sol:Lens",
  abi: [
    {
      type: "constructor",
      stateMutability: "nonpayable",
      inputs: [{ name: "executions", type: "address" }],
    },
  ],
  creationCode: "0x60016000f3",
  args: [{ addressOf: "clusterExecutions" }],
};

describe("deployPlan", () => {
  let chain: LocalChain;
  let client: WriteClient;
  let snapshot: Hex;
  before(async function () {
    this.timeout(30_000);
    chain = await startChain();
    client = walletOf(chain, OWNER);
  });
  after(() => chain.stop());
  beforeEach(async () => {
    snapshot = await testClientOf(chain).snapshot();
  });
  afterEach(() => testClientOf(chain).revert({ id: snapshot }));

  const addressOf = (name: string) => {
    const found = plannedContracts().find((contract) => contract.name === name);
    if (found === undefined) throw new Error(`the plan has no ${name}`);
    return found.address;
  };
  const sentBy = ({ address }: { readonly address: `0x${string}` }) =>
    getTransactionCount(client, { address });
  const run = async (options: Partial<DeployPlanOptions> = {}, sender: WriteClient = client) => {
    const sentBefore = await sentBy(OWNER);
    const deployed = await deployPlan(sender, { plan: DEPLOYMENT_PLAN, ...options });
    const created = deployed.contracts.filter(({ wasThere }) => !wasThere).map(({ name }) => name);
    return { ...deployed, created, sent: (await sentBy(OWNER)) - sentBefore };
  };
  const mine = (blocks: number) => testClientOf(chain).mine({ blocks });

  it("creates all contracts at first, and sends nothing the second time", async () => {
    await mine(7);
    const first = await run();
    expect(first).to.include({ sent: ALL, fromBlock: 8n });
    expect(first.contracts.map(({ name, address }) => [name, address])).to.deep.equal(
      plannedContracts().map(({ name, address }) => [name, address]),
    );
    await mine(20);
    expect(await run()).to.deep.include({ sent: 0, created: [], fromBlock: 8n });
  });

  it("carries on where another run was interrupted, and remembers the block of the first contract", async () => {
    await mine(2);
    await run({ plan: DEPLOYMENT_PLAN.slice(0, 2) });
    await mine(9);
    const second = await run();
    expect(second).to.deep.include({
      sent: ALL - 2,
      created: NAMES.slice(2),
      fromBlock: 3n,
    });
  });

  it("creates one contract more where the plan has one more", async () => {
    await run();
    const heard: string[] = [];
    const plan = [...DEPLOYMENT_PLAN, LENS];
    const options = { plan, onContract: ({ name }: { name: string }) => void heard.push(name) };
    expect(await run(options)).to.deep.include({ sent: 1, created: ["lens"] });
    expect(heard).to.deep.equal(plan.map(({ name }) => name));
    expect(await run({ plan })).to.deep.include({ sent: 0, created: [] });
  });

  it("refuses foreign code at an address before it sends anything", async () => {
    const address = addressOf("clusterExecutions");
    await testClientOf(chain).setCode({ address, bytecode: "0x60016000f3" });
    const error = await expectCode(run(), "DEPLOY_CODE_FOREIGN");
    expect(error.details).to.deep.equal({ name: "clusterExecutions", address });
    expect(await getCode(client, { address: addressOf("nodeRegistry") })).to.equal(undefined);
  });

  it("refuses code that differs in its immutables alone", async () => {
    const { contracts } = await run({ salt: keccak256(stringToHex("another")) });
    const other = contracts.find(({ name }) => name === "clusterExecutions");
    const bytecode = await getCode(client, { address: other?.address ?? "0x" });
    const address = addressOf("clusterExecutions");
    await testClientOf(chain).setCode({ address, bytecode: bytecode ?? "0x" });
    await expectCode(run(), "DEPLOY_CODE_FOREIGN");
  });

  it("takes what somebody else created between its look and its estimate of gas", async () => {
    let isFirst = true;
    const hooked = hookedClient(chain, OWNER, async ({ method, params }) => {
      if (!isFirst || method !== "eth_getTransactionCount" || params?.[1] !== "pending") return;
      isFirst = false;
      await deployPlan(walletOf(chain, OTHER), { plan: DEPLOYMENT_PLAN.slice(0, 3) });
    });
    const { contracts, fromBlock, sent } = await run({}, hooked);
    expect(contracts).to.have.length(ALL);
    expect({ fromBlock, sent }).to.deep.equal({ fromBlock: 1n, sent: ALL - 3 });
  });

  it("takes what somebody else created while its own transaction was on the way", async () => {
    let isFirst = true;
    const hooked = hookedClient(chain, OWNER, async ({ method }) => {
      if (!isFirst || method !== "eth_sendRawTransaction") return;
      isFirst = false;
      await deployPlan(walletOf(chain, OTHER), { plan: DEPLOYMENT_PLAN.slice(0, 1) });
    });
    const { contracts, fromBlock, sent } = await run({}, hooked);
    expect(contracts).to.have.length(ALL);
    // The first of them reverted.
    expect({ fromBlock, sent }).to.deep.equal({ fromBlock: 1n, sent: ALL });
  });

  it("says so where the endpoint has no state of old blocks, and takes a block that it is told", async () => {
    await run({ plan: DEPLOYMENT_PLAN.slice(0, 2) });
    await mine(5);
    const pruned = hookedClient(chain, OWNER, async ({ method, params }) => {
      if (method === "eth_getCode" && params?.[1] !== "latest") throw refusal(-32000, "missing trie node");
    });
    const sentBefore = await sentBy(OWNER);
    await expectCode(run({}, pruned), "DEPLOYMENT_BLOCK_UNKNOWN");
    expect(await sentBy(OWNER)).to.equal(sentBefore);
    expect(await run({ fromBlock: 1n }, pruned)).to.include({ sent: ALL - 2, fromBlock: 1n });
  });

  it("says so where the endpoint cannot run a constructor, whether it ignores or refuses state overrides", async () => {
    await run();
    for (const answer of ["ignores", "refuses"]) {
      const blind = hookedClient(chain, OWNER, async ({ method }) => {
        if (method !== "eth_call") return;
        if (answer === "ignores") return "0x";
        throw refusal(-32602, "too many arguments, want at most 2");
      });
      await expectCode(run({}, blind), "CODE_UNCHECKED");
    }
  });

  it("leaves ClusterRegistry counting the contracts that it makes from 1, as after any other creation", async () => {
    const deployment = await deploy(client);
    const { clusterRegistry } = deployment;
    expect(await getTransactionCount(client, { address: clusterRegistry })).to.equal(1);
    for (const [made, slug] of ["first-one", "second-one"].entries()) {
      const name = `Cluster ${slug}`;
      const { cluster } = await createCluster(client, { deployment, slug, name, description: "" });
      // It finds the text by that count: the name comes back only if the address is right.
      expect(await getCluster(client, { deployment, cluster })).to.include({ name });
      const address = getContractAddress({ from: clusterRegistry, nonce: BigInt(made + 1) });
      expect(await getCode(client, { address })).to.include(stringToHex(name).slice(2));
    }
    expect(await getBlockNumber(client, { cacheTime: 0 })).to.equal(
      deployment.fromBlock + BigInt(ALL - 1 + 2),
    );
  });
});
