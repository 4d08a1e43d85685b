import { expect } from "chai";
import fc from "fast-check";
import { beforeEach, describe, it } from "mocha";
import { type Address, encodeFunctionData, getAddress, type Hex, keccak256, toHex, zeroHash } from "viem";
import { enableAccount, restoring, STATE } from "../fixtures/executions.ts";
import { completionOf, execute, publishCluster, signedRun } from "../fixtures/line.ts";
import { createPeriphery, gasOf, ROLES, setRoles, settledRun } from "../fixtures/periphery.ts";
import { eventsOf } from "../fixtures/registries.ts";
import { agentEntry, WINDOW_SECONDS } from "../fixtures/world.ts";

const SEED_DEFAULT = 20_251;
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 10);
const WAD = 10n ** 18n;

const line = await createPeriphery();
const { reputation, agents, models, nodes, clusters, executions, viem } = line;
const { assertions } = viem;
const restore = restoring(line);
const [agent, secondAgent] = line.agentIds as [bigint, bigint];
const owner = line.clusterOwner;
const giver = line.requester;
const [operatorA, operatorB] = line.operators as [Address, Address];

interface Choice {
  execution: bigint;
  account?: Address;
  agent?: bigint;
  value?: bigint;
  decimals?: number;
  tag1?: string;
}

function argsOf({ execution, value = 90n, decimals = 0, tag1 = "starred", ...rest }: Choice) {
  return [rest.agent ?? agent, value, decimals, tag1, "", "", "", zeroHash, execution] as const;
}

function givePaid(choice: Choice): Promise<Hex> {
  return reputation.write.givePaidFeedback(argsOf(choice), { account: choice.account ?? giver });
}

function refuses(call: Promise<Hex>, error: string, args: readonly unknown[]): Promise<void> {
  return assertions.revertWithCustomErrorWithArgs(call, reputation, error as never, args as never);
}

/** The giver has a say over this token. */
function refusesInvolved(
  call: Promise<Hex>,
  account: Address,
  registry: { address: Address },
  token: bigint,
): Promise<void> {
  return refuses(call, "ReputationGiverInvolved", [account, getAddress(registry.address), token]);
}

function totals(of = agent) {
  return reputation.read.getPaidTotals([of]);
}

describe("ReputationRegistry.givePaidFeedback", () => {
  beforeEach(restore);

  it("givePaidFeedback_byTheRequesterOfASettledRun_succeeds", async () => {
    const { execution } = await settledRun(line);
    const hash = givePaid({ execution, value: 875n, decimals: 1 });
    expect(await eventsOf(line, reputation, hash)).to.deep.equal([
      {
        event: "NewFeedback",
        args: {
          agentId: agent,
          clientAddress: giver,
          feedbackIndex: 1n,
          value: 875n,
          valueDecimals: 1,
          indexedTag1: keccak256(toHex("starred")),
          tag1: "starred",
          tag2: "",
          endpoint: "",
          feedbackURI: "",
          feedbackHash: zeroHash,
        },
      },
      { event: "PaidFeedback", args: { execution, agentId: agent, clientAddress: giver, feedbackIndex: 1n } },
    ]);
    expect(await totals()).to.deep.equal([1n, (875n * WAD) / 10n]);
    expect(await reputation.read.getPaidSummary([agent])).to.deep.equal([1n, (875n * WAD) / 10n, 18]);
    expect(await reputation.read.getFeedbackExecution([agent, giver, 1n])).to.equal(execution);
    // It is feedback like any other as well.
    expect(await reputation.read.getSummary([agent, [giver], "", ""])).to.deep.equal([1n, 875n, 1]);
  });

  it("givePaidFeedback_eachAgentOfTheRun_succeeds", async () => {
    const { execution } = await settledRun(line);
    for (const each of line.agentIds) await givePaid({ execution, agent: each });
    for (const each of line.agentIds)
      expect(await totals(each), `agent ${each}`).to.deep.equal([1n, 90n * WAD]);
  });

  it("givePaidFeedback_eachRun_countsOnce", async () => {
    const runs = [await settledRun(line), await settledRun(line)];
    for (const [index, { execution }] of runs.entries()) {
      await givePaid({ execution, value: BigInt(50 + index) });
    }
    expect(await reputation.read.getPaidSummary([agent])).to.deep.equal([2n, (101n * WAD) / 2n, 18]);
    expect(await reputation.read.getClients([agent])).to.deep.equal([giver]);
  });

  it("givePaidFeedback_byAWalletContractThatPaid_succeeds", async () => {
    const wallet = await viem.deployContract("Receiver__MockForBonds");
    await line.networkHelpers.setBalance(wallet.address, 10n ** 20n);
    const requester = await enableAccount(line, getAddress(wallet.address));
    const { execution } = await settledRun(line, requester);
    await line.networkHelpers.stopImpersonatingAccount(requester);
    const data = encodeFunctionData({
      abi: reputation.abi,
      functionName: "givePaidFeedback",
      args: argsOf({ execution }),
    });
    await wallet.write.perform([reputation.address, data]);
    expect(await totals()).to.deep.equal([1n, 90n * WAD]);
  });

  it("getPaidSummary_ofNothing_isZero", async () => {
    expect(await reputation.read.getPaidSummary([agent])).to.deep.equal([0n, 0n, 18]);
  });

  describe("the rating", () => {
    it("givePaidFeedback_leastAndMost_succeeds", async () => {
      const least = await settledRun(line);
      const most = await settledRun(line);
      await givePaid({ execution: least.execution, value: 0n, decimals: 18 });
      await givePaid({ execution: most.execution, value: 100n * WAD, decimals: 18 });
      expect(await totals()).to.deep.equal([2n, 100n * WAD]);
    });

    it("givePaidFeedback_outsideOfTheScale_reverts", async () => {
      const { execution } = await settledRun(line);
      for (const [value, decimals] of [
        [-1n, 0],
        [-1n, 18],
        [101n, 0],
        [1_001n, 1],
        [100n * WAD + 1n, 18],
        [10n ** 38n, 0],
        [-(10n ** 38n), 0],
      ] as const) {
        const call = givePaid({ execution, value, decimals });
        await refuses(call, "ReputationRatingOutOfRange", [value, decimals]);
      }
    });

    it("givePaidFeedback_valueOrDecimalsBeyondTheStandard_reverts", async () => {
      const { execution } = await settledRun(line);
      await assertions.revertWith(givePaid({ execution, decimals: 19 }), "too many decimals");
      await assertions.revertWith(givePaid({ execution, value: 10n ** 38n + 1n }), "value too large");
    });

    it("givePaidFeedback_tagTooLong_reverts", async () => {
      const { execution } = await settledRun(line);
      await refuses(givePaid({ execution, tag1: "t".repeat(65) }), "ReputationTextTooLong", [65n, 64n]);
    });
  });

  describe("the proof of payment", () => {
    it("givePaidFeedback_unknownExecution_reverts", async () => {
      for (const execution of [0n, 99n, 2n ** 64n + 1n]) {
        await assertions.revertWithCustomErrorWithArgs(
          givePaid({ execution }),
          executions,
          "ExecutionUnknown",
          [execution],
        );
      }
    });

    it("givePaidFeedback_bySomebodyElseThanTheRequester_reverts", async () => {
      const { execution } = await settledRun(line);
      for (const account of [line.stranger, line.relayer, owner]) {
        await refuses(givePaid({ execution, account }), "ReputationNotRequester", [execution, account]);
      }
    });

    it("givePaidFeedback_runThatHasNotSucceeded_reverts", async () => {
      const { execution } = await execute(line);
      const refused = (state: number) =>
        refuses(givePaid({ execution }), "ReputationExecutionNotSucceeded", [execution, state]);
      await refused(STATE.Running);
      const items = await signedRun(line, execution);
      await executions.write.submitCompletions([items.slice(0, 2)], { account: line.relayer });
      await refused(STATE.Running);
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution], { account: line.stranger });
      await refused(STATE.Expired);
    });

    it("givePaidFeedback_runThatTheClustersOwnerAnsweredForNothing_reverts", async () => {
      const { execution } = await execute(line, { ownerMayAnswer: true });
      for (let task = 0; task < line.taskCount; task++) {
        await line.networkHelpers.time.increase((line.testNodes.length + 1) * WINDOW_SECONDS);
        const { completion, output } = await completionOf(line, execution, task, 0n);
        await executions.write.submitCompletionAsClusterOwner([completion, output], { account: owner });
      }
      const { state } = await executions.read.executionOf([execution]);
      expect(state).to.equal(STATE.Succeeded);
      await refuses(givePaid({ execution, value: 0n }), "ReputationRunUnpaid", [execution]);
    });

    it("givePaidFeedback_agentWithoutTaskInTheVersion_reverts", async () => {
      const other = await publishCluster(line, { slug: "other", tasks: [{ model: 1n }] });
      const { execution } = await settledRun(line);
      const outsiders = [other.agentIds[0] as bigint, await line.registerAgent(1n, owner), 999n];
      for (const each of outsiders) {
        await refuses(givePaid({ execution, agent: each }), "ReputationAgentWithoutTask", [execution, each]);
      }
    });

    it("givePaidFeedback_agentThatJoinedAfterTheVersion_reverts", async () => {
      const late = await line.registerAgent(1n, owner);
      await clusters.write.addAgent([line.cluster, agentEntry(late, "late")], { account: owner });
      const { execution } = await settledRun(line);
      await refuses(givePaid({ execution, agent: late }), "ReputationAgentWithoutTask", [execution, late]);
    });

    it("givePaidFeedback_largestVersion_findsTheLastAgent", async () => {
      const tasks = Array.from({ length: 32 }, (_, i) => ({ model: BigInt((i % 3) + 1) }));
      const large = await publishCluster(line, { slug: "large", tasks });
      const { execution } = await settledRun(large);
      const last = large.agentIds.at(-1) as bigint;
      const gas = await gasOf(line, await givePaid({ execution, agent: last }));
      expect(gas < 400_000n, `gas ${gas}`).to.equal(true);
      expect(await totals(last)).to.deep.equal([1n, 90n * WAD]);
    });
  });

  describe("once", () => {
    it("givePaidFeedback_twiceForOneRun_reverts", async () => {
      const { execution } = await settledRun(line);
      await givePaid({ execution });
      await refuses(givePaid({ execution }), "ReputationPaidAlready", [execution, agent]);
      await givePaid({ execution, agent: secondAgent });
    });

    it("givePaidFeedback_afterItWasRevoked_reverts", async () => {
      const { execution } = await settledRun(line);
      await givePaid({ execution });
      await reputation.write.revokeFeedback([agent, 1n], { account: giver });
      await refuses(givePaid({ execution }), "ReputationPaidAlready", [execution, agent]);
    });

    it("giveFeedback_ofTheSameGiver_leavesTheTotals", async () => {
      const { execution } = await settledRun(line);
      await givePaid({ execution });
      await reputation.write.giveFeedback([agent, 1n, 0, "", "", "", "", zeroHash], { account: giver });
      expect(await totals()).to.deep.equal([1n, 90n * WAD]);
      await reputation.write.revokeFeedback([agent, 2n], { account: giver });
      expect(await totals()).to.deep.equal([1n, 90n * WAD]);
      await reputation.write.revokeFeedback([agent, 1n], { account: giver });
      expect(await totals()).to.deep.equal([0n, 0n]);
    });
  });

  describe("a giver that is involved", () => {
    it("givePaidFeedback_byTheAgentsOwner_reverts", async () => {
      await agents.write.transferFrom([owner, giver, agent], { account: owner });
      const { execution } = await settledRun(line);
      await refusesInvolved(givePaid({ execution }), giver, agents, agent);
    });

    it("givePaidFeedback_byTheModelsOwner_reverts", async () => {
      const { execution } = await settledRun(line, operatorA);
      await refusesInvolved(givePaid({ execution, account: operatorA }), operatorA, models, 1n);
    });

    it("givePaidFeedback_byTheClustersOwner_reverts", async () => {
      await clusters.write.transferFrom([owner, giver, line.cluster], { account: owner });
      const { execution } = await settledRun(line);
      await refusesInvolved(givePaid({ execution }), giver, clusters, line.cluster);
    });

    it("givePaidFeedback_byTheOwnerOfANodeOfTheModel_reverts", async () => {
      const { execution } = await settledRun(line, operatorB);
      await refusesInvolved(givePaid({ execution, account: operatorB }), operatorB, nodes, 2n);
    });

    it("givePaidFeedback_byTheOwnerOfANodeThatHasLeft_reverts", async () => {
      const { execution } = await settledRun(line, operatorB);
      await models.write.leave([1n, 2n], { account: operatorB });
      await refusesInvolved(givePaid({ execution, account: operatorB }), operatorB, nodes, 2n);
    });

    it("givePaidFeedback_byTheOwnerOfANodeOfAnotherModel_succeeds", async () => {
      const node = await line.registerNode(9, giver);
      await line.serve(2n, node);
      const { execution } = await settledRun({ ...line, testNodes: [...line.testNodes, node] });
      await givePaid({ execution });
      await refusesInvolved(givePaid({ execution, agent: secondAgent }), giver, nodes, node.id);
    });

    it("givePaidFeedback_modelThatTheAgentWasMovedTo_doesNotMatter", async () => {
      const { execution } = await settledRun(line);
      const own = await line.registerModel("own", giver);
      await agents.write.setModel([agent, own], { account: owner });
      // The run was paid to the model that its version pinned.
      await givePaid({ execution });
    });

    const tokens = [
      ["Agent", agents, agent],
      ["Model", models, 1n],
      ["Cluster", clusters, line.cluster],
      ["Node", nodes, 3n],
    ] as const;
    for (const [what, registry, token] of tokens) {
      it(`givePaidFeedback_byADelegateOfThe${what}_reverts`, async () => {
        const { execution } = await settledRun(line);
        for (const role of Object.values(ROLES)) {
          await setRoles(line, registry.address, token, giver, role);
          await refusesInvolved(givePaid({ execution }), giver, registry, token);
        }
        await setRoles(line, registry.address, token, giver, 0);
        await givePaid({ execution });
      });

      it(`givePaidFeedback_byAnAccountApprovedForThe${what}_reverts`, async () => {
        const token721 = await viem.getContractAt("ERC721Packed", registry.address);
        const account = await token721.read.ownerOf([token]);
        const { execution } = await settledRun(line);
        await token721.write.approve([giver, token], { account });
        await refusesInvolved(givePaid({ execution }), giver, registry, token);
        await token721.write.approve(["0x0000000000000000000000000000000000000000", token], { account });
        await token721.write.setApprovalForAll([giver, true], { account });
        // One approval for all of an owner's tokens may be found at an earlier one of them.
        await assertions.revertWithCustomError(
          givePaid({ execution }),
          reputation,
          "ReputationGiverInvolved",
        );
      });
    }

    it("givePaidFeedback_modelWith64Nodes_succeedsWithin2MillionGas", async () => {
      const testNodes = [...line.testNodes];
      for (let index = 100; index < 161; index++) {
        const node = await line.registerNode(index, line.operators[index % 3] as Address);
        await line.serve(1n, node);
        testNodes.push(node);
      }
      expect((await models.read.servingNodes([1n])).length).to.equal(64);
      const first = await settledRun({ ...line, testNodes });
      const gas = await gasOf(line, await givePaid({ execution: first.execution }));
      expect(gas < 2_000_000n, `gas ${gas}`).to.equal(true);
      // The last of them counts as well.
      const { execution } = await settledRun({ ...line, testNodes });
      await setRoles(line, nodes.address, 64n, giver, ROLES.submit);
      await refusesInvolved(givePaid({ execution }), giver, nodes, 64n);
    }).timeout(60_000);
  });

  it(`getPaidTotals_anyGivingAndRevoking_areWhatIsLeft (PLEIAD_TEST_SEED=${SEED})`, async () => {
    const entry = fc.record({
      value: fc.bigInt({ min: 0n, max: 100n * WAD }),
      decimals: fc.constantFrom(18, 17, 16, 1, 0),
      revoked: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 5 }), async (entries) => {
        await restore();
        let [count, sum] = [0n, 0n];
        for (const [index, { value, decimals, revoked }] of entries.entries()) {
          const scaled = value / 10n ** BigInt(18 - decimals);
          const { execution } = await settledRun(line);
          await givePaid({ execution, value: scaled, decimals });
          if (revoked) await reputation.write.revokeFeedback([agent, BigInt(index + 1)], { account: giver });
          else [count, sum] = [count + 1n, sum + scaled * 10n ** BigInt(18 - decimals)];
        }
        expect(await totals()).to.deep.equal([count, sum]);
        const mean = count === 0n ? 0n : sum / count;
        expect(await reputation.read.getPaidSummary([agent])).to.deep.equal([count, mean, 18]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }).timeout(60_000);
});
