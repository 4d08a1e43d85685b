import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, encodeFunctionData, getAddress, zeroAddress } from "viem";
import {
  credits,
  earned,
  enableAccount,
  events,
  KIND,
  MODEL_WEI,
  NODE_WEI,
  restoring,
  reverts,
  twinOf,
} from "../fixtures/executions.ts";
import {
  createLine,
  execute,
  firstNode,
  type Line,
  publishCluster,
  signedItem,
  signedRun,
} from "../fixtures/line.ts";
import { FEE_WEI, TERMS, type TestNode } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);

/** Settles a new execution in one transaction; answers who answered what. */
async function settle(on: Line = line) {
  const { execution } = await execute(on);
  const items = await signedRun(on, execution);
  await executions.write.submitCompletions([items], { account: on.relayer });
  return items.map(({ completion }, task) => ({ node: completion.node, model: BigInt(task + 1) }));
}

/** An execution that expired without an answer. */
async function expired(requester = line.requester): Promise<bigint> {
  const { execution } = await execute(line, { requester });
  await line.networkHelpers.time.increase(4_000);
  await executions.write.expire([execution], { account: line.stranger });
  return execution;
}

function balanceOf(address: Address): Promise<bigint> {
  return line.client.getBalance({ address });
}

/** Withdraws until every node, model and cluster has been paid. */
async function withdrawAll(): Promise<void> {
  for (const node of line.testNodes)
    await executions.write.withdraw([KIND.Node, node.id, zeroAddress, node.owner], { account: node.owner });
  for (const [index, model] of line.modelIds.entries()) {
    await executions.write.withdraw([KIND.Model, model, zeroAddress, line.operators[index] as Address], {
      account: line.operators[index] as Address,
    });
  }
  await executions.write.withdraw([KIND.Cluster, line.cluster, zeroAddress, line.clusterOwner], {
    account: line.clusterOwner,
  });
}

describe("ClusterExecutions: shares", () => {
  beforeEach(restore);

  it("submitCompletions_everyExecution_paysExactlyWhatWasFunded", async () => {
    const answers = [];
    for (let run = 0; run < 6; run++) answers.push(...(await settle()));
    expect(await credits(line)).to.deep.equal(earned(answers, 6n));
    expect(await balanceOf(executions.address)).to.equal(line.quoteWei * 6n);
    await withdrawAll();
    expect(await balanceOf(executions.address)).to.equal(0n);
    expect(await credits(line)).to.deep.equal({});
  });

  for (const [name, priceWei, nodeShareBps, nodeWei] of [
    ["oneWeiShared", 1n, 9_999, 0n],
    ["threeWeiByThirds", 3n, 3_333, 0n],
    ["tenWeiByThirds", 10n, 3_333, 3n],
    ["allToTheNode", 77n, 10_000, 77n],
    ["noneToTheNode", 77n, 0, 0n],
    ["oneBasisPoint", 9_999n, 1, 0n],
    ["largest", 2n ** 96n - 1n, 9_999, ((2n ** 96n - 1n) * 9_999n) / 10_000n],
  ] as const) {
    it(`submitCompletions_${name}_losesNoWei`, async () => {
      const owner = line.operators[0] as Address;
      const model = await line.registerModel("odd", owner, { priceWei, nodeShareBps });
      await line.serve(model, line.testNodes[1] as TestNode);
      const odd = await publishCluster(line, {
        slug: "odd",
        tasks: [{ model }],
        pricesWei: priceWei,
        feeWei: 0n,
      });
      await line.networkHelpers.setBalance(line.requester, 2n ** 97n);
      await settle(odd);
      expect(await executions.read.creditOf([KIND.Node, 2n, zeroAddress])).to.equal(nodeWei);
      expect(await executions.read.creditOf([KIND.Model, model, zeroAddress])).to.equal(priceWei - nodeWei);
      expect(await balanceOf(executions.address)).to.equal(priceWei);
    });
  }

  it("submitCompletions_feeZero_creditsNoCluster", async () => {
    const free = await publishCluster(line, { slug: "free", tasks: [{ model: 1n }], feeWei: 0n });
    await settle(free);
    expect(await executions.read.creditOf([KIND.Cluster, free.cluster, zeroAddress])).to.equal(0n);
  });

  it("submitCompletions_feeOfOneWei_creditsTheCluster", async () => {
    const cheap = await publishCluster(line, { slug: "cheap", tasks: [{ model: 1n }], feeWei: 1n });
    await settle(cheap);
    expect(await executions.read.creditOf([KIND.Cluster, cheap.cluster, zeroAddress])).to.equal(1n);
  });

  it("submitCompletions_neighboursInOneSlot_doNotDisturbOneAnother", async () => {
    // Ids 1 and 2 of a kind share a slot, 3 has another: each is paid and withdrawn by itself.
    const answers = [];
    for (let run = 0; run < 8; run++) answers.push(...(await settle()));
    const all: Record<string, bigint> = earned(answers, 8n);
    expect(Object.keys(all), "everybody earned").to.have.length(7);
    for (const [kind, id, owner] of [
      [KIND.Model, 2n, line.operators[1]],
      [KIND.Node, 1n, line.testNodes[0]?.owner],
      [KIND.Model, 1n, line.operators[0]],
      [KIND.Node, 3n, line.testNodes[2]?.owner],
    ] as [number, bigint, Address][]) {
      await executions.write.withdraw([kind, id, zeroAddress, owner], { account: owner });
      delete all[`${["node", "model"][kind]} ${id}`];
      expect(await credits(line), `after ${kind} ${id}`).to.deep.equal(all);
    }
    const more = earned(await settle(), 1n);
    for (const [name, amountWei] of Object.entries(more)) all[name] = (all[name] ?? 0n) + amountWei;
    expect(await credits(line)).to.deep.equal(all);
  });
});

describe("ClusterExecutions.withdraw", () => {
  beforeEach(restore);

  it("withdraw_eachKindByItsOwner_succeeds", async () => {
    const answers = [];
    for (let run = 0; run < 4; run++) answers.push(...(await settle()));
    await expired();
    const sums: Record<string, bigint> = earned(answers, 4n);
    const cases: [number, bigint, Address, bigint][] = [
      [KIND.Node, 2n, line.testNodes[1]?.owner as Address, sums["node 2"] ?? 0n],
      [KIND.Model, 3n, line.operators[2] as Address, sums["model 3"] ?? 0n],
      [KIND.Cluster, line.cluster, line.clusterOwner, FEE_WEI * 4n],
      [KIND.Account, BigInt(line.requester), line.requester, line.quoteWei],
    ];
    for (const [kind, id, owner, amountWei] of cases) {
      expect(await executions.read.creditOf([kind, id, zeroAddress])).to.equal(amountWei);
      const { result } = await executions.simulate.withdraw([kind, id, zeroAddress, owner], {
        account: owner,
      });
      expect(result).to.equal(amountWei);
      const hash = await executions.write.withdraw([kind, id, zeroAddress, owner], { account: owner });
      expect(await events(line, hash)).to.deep.equal([
        { event: "CreditWithdrawn", args: { kind, id, to: owner, currency: zeroAddress, amountWei } },
      ]);
      await line.viem.assertions.balancesHaveChanged(hash, [
        { address: owner, amount: amountWei },
        { address: executions.address, amount: -amountWei },
      ]);
      expect(await executions.read.creditOf([kind, id, zeroAddress])).to.equal(0n);
      await reverts(
        line,
        executions.write.withdraw([kind, id, zeroAddress, owner], { account: owner }),
        "CreditEmpty",
        [kind, id, zeroAddress],
      );
    }
  });

  it("withdraw_creditOfOneWei_paysItOnce", async () => {
    const terms = { priceWei: 1n, nodeShareBps: 10_000 };
    const model = await line.registerModel("cheap", line.operators[0] as Address, terms);
    const node = line.testNodes[0] as TestNode;
    await line.serve(model, node);
    await settle(
      await publishCluster(line, { slug: "cheap", tasks: [{ model }], pricesWei: 1n, feeWei: 0n }),
    );
    const withdraw = () =>
      executions.write.withdraw([KIND.Node, node.id, zeroAddress, node.owner], { account: node.owner });
    await withdraw();
    expect(await balanceOf(executions.address)).to.equal(0n);
    await reverts(line, withdraw(), "CreditEmpty", [KIND.Node, node.id, zeroAddress]);
  });

  it("withdraw_tipOfOneWei_paysItOnce", async () => {
    const { execution } = await execute(line);
    const node = await firstNode(line, execution, 0);
    const item = await signedItem(line, execution, 0, node, { tip: 1n });
    await executions.write.submitCompletions([[item]], { account: line.relayer });
    const withdraw = () =>
      executions.write.withdraw([KIND.Account, BigInt(line.relayer), zeroAddress, line.stranger], {
        account: line.relayer,
      });
    await line.viem.assertions.balancesHaveChanged(withdraw(), [{ address: line.stranger, amount: 1n }]);
    await reverts(line, withdraw(), "CreditEmpty", [KIND.Account, BigInt(line.relayer), zeroAddress]);
  });

  it("withdraw_byAnybodyElse_reverts", async () => {
    await settle();
    await expired();
    for (const [kind, id] of [
      [KIND.Node, 1n],
      [KIND.Model, 1n],
      [KIND.Cluster, line.cluster],
      [KIND.Account, BigInt(line.requester)],
    ] as const) {
      for (const sender of [line.stranger, line.relayer]) {
        const call = executions.write.withdraw([kind, id, zeroAddress, sender], { account: sender });
        await reverts(line, call, "CreditNotYours", [kind, id, sender]);
      }
    }
  });

  it("withdraw_byApprovedOperators_reverts", async () => {
    await settle();
    await line.nodes.write.setApprovalForAll([line.stranger, true], {
      account: line.operators[0] as Address,
    });
    await line.nodes.write.approve([line.stranger, 1n], { account: line.operators[0] as Address });
    const call = executions.write.withdraw([KIND.Node, 1n, zeroAddress, line.stranger], {
      account: line.stranger,
    });
    await reverts(line, call, "CreditNotYours", [KIND.Node, 1n, line.stranger]);
  });

  it("withdraw_ofAnotherKindWithTheSameId_reverts", async () => {
    await settle();
    const [first, second] = line.operators as [Address, Address];
    // The first operator owns node 1 and model 1, the cluster's owner cluster 1.
    const call = executions.write.withdraw([KIND.Cluster, 1n, zeroAddress, first], { account: first });
    await reverts(line, call, "CreditNotYours", [KIND.Cluster, 1n, first]);
    const other = executions.write.withdraw([KIND.Model, 1n, zeroAddress, second], { account: second });
    await reverts(line, other, "CreditNotYours", [KIND.Model, 1n, second]);
  });

  it("withdraw_tokenWithoutCredit_reverts", async () => {
    const owner = line.operators[0] as Address;
    const call = executions.write.withdraw([KIND.Node, 1n, zeroAddress, owner], { account: owner });
    await reverts(line, call, "CreditEmpty", [KIND.Node, 1n, zeroAddress]);
    const account = executions.write.withdraw([KIND.Account, BigInt(owner), zeroAddress, owner], {
      account: owner,
    });
    await reverts(line, account, "CreditEmpty", [KIND.Account, BigInt(owner), zeroAddress]);
  });

  it("withdraw_unknownToken_reverts", async () => {
    await settle();
    for (const [kind, registry] of [
      [KIND.Node, line.nodes],
      [KIND.Model, line.models],
      [KIND.Cluster, line.clusters],
    ] as const) {
      for (const id of [0n, 99n, 2n ** 248n + 1n, 2n ** 256n - 1n]) {
        const call = executions.write.withdraw([kind, id, zeroAddress, line.stranger], {
          account: line.stranger,
        });
        await line.viem.assertions.revertWithCustomErrorWithArgs(
          call,
          registry as typeof line.nodes,
          "ERC721NonexistentToken",
          [id],
        );
      }
    }
  });

  it("withdraw_accountWrittenWithOtherHighBits_reverts", async () => {
    // One credit has one name, or the log could not say whose it was.
    await expired();
    const id = BigInt(line.requester) + 2n ** 160n;
    expect(await executions.read.creditOf([KIND.Account, id, zeroAddress])).to.equal(0n);
    const call = executions.write.withdraw([KIND.Account, id, zeroAddress, line.requester], {
      account: line.requester,
    });
    await reverts(line, call, "CreditNotYours", [KIND.Account, id, line.requester]);
    expect((await credits(line)).requester).to.equal(line.quoteWei);
  });

  it("withdraw_accountWithTheLowBitsOfAnother_reverts", async () => {
    await expired();
    const twin = await enableAccount(line, twinOf(line.requester));
    expect(await executions.read.creditOf([KIND.Account, BigInt(twin), zeroAddress])).to.equal(0n);
    const call = executions.write.withdraw([KIND.Account, BigInt(twin), zeroAddress, twin], {
      account: twin,
    });
    await reverts(line, call, "CreditEmpty", [KIND.Account, BigInt(twin), zeroAddress]);
    expect((await credits(line)).requester).to.equal(line.quoteWei);
  });

  describe("after a sale", () => {
    it("withdraw_creditEarnedBeforeTheSale_goesToTheNewOwner", async () => {
      const answers = [];
      for (let run = 0; run < 8; run++) answers.push(...(await settle()));
      const sums: Record<string, bigint> = earned(answers, 8n);
      const owner = line.operators[0] as Address;
      const sales = [
        [KIND.Node, line.nodes, owner, "node 1"],
        [KIND.Model, line.models, owner, "model 1"],
        [KIND.Cluster, line.clusters, line.clusterOwner, "cluster 1"],
      ] as const;
      for (const [kind, registry, seller, name] of sales) {
        const { write } = registry as typeof line.nodes;
        await write.transferFrom([seller, line.stranger, 1n], { account: seller });
        const call = executions.write.withdraw([kind, 1n, zeroAddress, seller], { account: seller });
        await reverts(line, call, "CreditNotYours", [kind, 1n, seller]);
        const hash = executions.write.withdraw([kind, 1n, zeroAddress, line.stranger], {
          account: line.stranger,
        });
        const amount = sums[name] ?? 0n;
        await line.viem.assertions.balancesHaveChanged(hash, [{ address: line.stranger, amount }]);
      }
    });

    it("withdraw_creditEarnedAfterTheSale_goesToTheNewOwner", async () => {
      const seller = line.operators[0] as Address;
      await settle();
      await executions.write.withdraw([KIND.Model, 1n, zeroAddress, seller], { account: seller });
      await line.models.write.transferFrom([seller, line.stranger, 1n], { account: seller });
      await settle();
      const hash = executions.write.withdraw([KIND.Model, 1n, zeroAddress, line.stranger], {
        account: line.stranger,
      });
      await line.viem.assertions.balancesHaveChanged(hash, [{ address: line.stranger, amount: MODEL_WEI }]);
    });

    it("withdraw_suspendedNode_succeeds", async () => {
      const answers = [];
      for (let run = 0; run < 8; run++) answers.push(...(await settle()));
      const amount = earned(answers)["node 2"] ?? 0n;
      expect(amount >= NODE_WEI).to.equal(true);
      const seller = line.operators[1] as Address;
      await line.nodes.write.transferFrom([seller, line.stranger, 2n], { account: seller });
      const hash = executions.write.withdraw([KIND.Node, 2n, zeroAddress, line.stranger], {
        account: line.stranger,
      });
      await line.viem.assertions.balancesHaveChanged(hash, [{ address: line.stranger, amount }]);
    });
  });

  describe("to contracts", () => {
    const RECEIVING = { Take: 0, Refuse: 1, CallBack: 2 } as const;

    /** A wallet contract that owns model 1, which has earned. */
    async function richWallet(receiving: number) {
      const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
      const data = encodeFunctionData({
        abi: executions.abi,
        functionName: "withdraw",
        args: [KIND.Model, 1n, zeroAddress, wallet.address],
      });
      await wallet.write.setReceiving([receiving, executions.address, data]);
      const owner = line.operators[0] as Address;
      await line.models.write.transferFrom([owner, wallet.address, 1n], { account: owner });
      await settle();
      return { wallet, data };
    }

    it("withdraw_walletThatTakes_succeeds", async () => {
      const { wallet, data } = await richWallet(RECEIVING.Take);
      await wallet.write.perform([executions.address, data]);
      expect(await balanceOf(wallet.address)).to.equal(MODEL_WEI);
    });

    it("withdraw_walletThatRefuses_revertsAndKeepsTheCredit", async () => {
      const { wallet, data } = await richWallet(RECEIVING.Refuse);
      await reverts(line, wallet.write.perform([executions.address, data]), "CreditTransferFailed", [
        getAddress(wallet.address),
        MODEL_WEI,
      ]);
      expect(await executions.read.creditOf([KIND.Model, 1n, zeroAddress])).to.equal(MODEL_WEI);
      await wallet.write.setReceiving([RECEIVING.Take, wallet.address, "0x"]);
      await wallet.write.perform([executions.address, data]);
      expect(await balanceOf(wallet.address)).to.equal(MODEL_WEI);
    });

    it("withdraw_walletThatWithdrawsAgainWhilePaid_isPaidOnce", async () => {
      const { wallet, data } = await richWallet(RECEIVING.CallBack);
      await settle();
      const before = await balanceOf(executions.address);
      await wallet.write.perform([executions.address, data]);
      expect([await wallet.read.backCalls(), await wallet.read.backSuccesses()]).to.deep.equal([1n, 0n]);
      expect(await balanceOf(wallet.address)).to.equal(MODEL_WEI * 2n);
      expect(await balanceOf(executions.address)).to.equal(before - MODEL_WEI * 2n);
      expect(await executions.read.creditOf([KIND.Model, 1n, zeroAddress])).to.equal(0n);
    });

    it("withdraw_walletThatWithdrawsAnotherCreditWhilePaid_isPaidBothOnce", async () => {
      const { wallet } = await richWallet(RECEIVING.Take);
      await line.clusters.write.transferFrom([line.clusterOwner, wallet.address, 1n], {
        account: line.clusterOwner,
      });
      const encode = (kind: number) =>
        encodeFunctionData({
          abi: executions.abi,
          functionName: "withdraw",
          args: [kind, 1n, zeroAddress, wallet.address],
        });
      await wallet.write.setReceiving([RECEIVING.CallBack, executions.address, encode(KIND.Cluster)]);
      await wallet.write.perform([executions.address, encode(KIND.Model)]);
      // It tries again when the fee arrives, and gets nothing for it.
      expect([await wallet.read.backCalls(), await wallet.read.backSuccesses()]).to.deep.equal([2n, 1n]);
      expect(await balanceOf(wallet.address)).to.equal(MODEL_WEI + FEE_WEI);
    });
  });

  it("withdraw_oneRequestersRefund_leavesTheOthers", async () => {
    await expired();
    await expired(line.stranger);
    await executions.write.withdraw([KIND.Account, BigInt(line.stranger), zeroAddress, line.stranger], {
      account: line.stranger,
    });
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
    expect(TERMS.priceWei * 3n + FEE_WEI).to.equal(line.quoteWei);
  });
});
