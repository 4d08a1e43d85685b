import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  concat,
  encodeFunctionData,
  type Hex,
  hexToBigInt,
  keccak256,
  numberToHex,
  pad,
  size,
  slice,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import {
  acceptedEvent,
  at,
  credits,
  earned,
  enableAccount,
  events,
  KIND,
  MODEL_WEI,
  NODE_WEI,
  ROLE,
  readyEvent,
  restoring,
  reverts,
  runDigestOf,
  SKIP,
  STATE,
  skippedEvent,
  tipEvent,
  twinOf,
} from "../fixtures/executions.ts";
import {
  completionOf,
  createLine,
  execute,
  firstNode,
  nodeOfRank,
  outputOf,
  publishCluster,
  type SignedItem,
  signedItem,
  signedRun,
} from "../fixtures/line.ts";
import { INDEPENDENT, TERMS, type TestNode } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);

/** Sends a batch; by the relayer unless said else. */
function send(items: readonly SignedItem[], sender: Address = line.relayer): Promise<Hex> {
  return executions.write.submitCompletions([items], { account: sender });
}

/** An execution's first task, signed by the node whose turn it is. */
async function firstItem(change: Parameters<typeof signedItem>[4] = {}, choice = {}): Promise<SignedItem> {
  const { execution } = await execute(line, choice);
  return signedItem(line, execution, 0, await firstNode(line, execution, 0), change);
}

/** Expects `bad` to be skipped for `reason` and what stands around it to be settled; and to be refused alone. */
async function skips(bad: SignedItem, reason: number): Promise<void> {
  const { execution, task } = bad.completion;
  await reverts(line, send([bad]), "BatchNothingAccepted", [reason]);
  const before = await firstItem();
  const after = await firstItem();
  expect(await events(line, send([before, bad, after]))).to.deep.equal([
    acceptedEvent(before),
    readyEvent(before.completion.execution, 1),
    skippedEvent(execution, task, reason),
    acceptedEvent(after),
    readyEvent(after.completion.execution, 1),
  ]);
}

describe("ClusterExecutions.submitCompletions", () => {
  beforeEach(restore);

  it("submitCompletions_wholeRunByARelayer_paysTheSigners", async () => {
    const { execution } = await execute(line);
    const { versionDigest } = await executions.read.executionOf([execution]);
    const items = await signedRun(line, execution);
    const { result } = await executions.simulate.submitCompletions([items], { account: line.relayer });
    expect(result).to.equal(3n);
    const hash = await send(items);
    const digests = items.map(({ output }) => keccak256(output));
    const runDigest = runDigestOf(versionDigest, keccak256(toHex("input")), digests);
    expect(await events(line, hash)).to.deep.equal([
      ...items.map((item) => acceptedEvent(item)),
      {
        event: "ClusterResponse",
        args: { execution, cluster: line.cluster, version: 1n, responseDigest: digests[2], runDigest },
      },
    ]);
    const answers = items.map(({ completion }, task) => ({ node: completion.node, model: BigInt(task + 1) }));
    expect(await credits(line)).to.deep.equal(earned(answers, 1n));
    const { state, digest, escrowWei } = await executions.read.executionOf([execution]);
    expect([state, digest, escrowWei]).to.deep.equal([STATE.Succeeded, runDigest, 0n]);
  });

  it("submitCompletions_referenceThatSaysNoMoreThanTheDigest_succeeds", async () => {
    const choice = { output: toHex("pleiad:"), outputDigest: keccak256("0x01") };
    const item = await firstItem(choice, { outputsByReference: true });
    expect((await events(line, send([item])))[0]).to.deep.equal(acceptedEvent(item));
  });

  it("submitCompletions_outputThatReadsLikeAReference_isItselfAndSucceeds", async () => {
    const item = await firstItem({ output: toHex("https://example.org/a") });
    expect((await events(line, send([item])))[0]).to.deep.equal(acceptedEvent(item));
  });

  it("submitCompletions_byAContractThatRelays_succeeds", async () => {
    const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
    const item = await firstItem({ tip: 5n });
    const data = encodeFunctionData({
      abi: executions.abi,
      functionName: "submitCompletions",
      args: [[item]],
    });
    await wallet.write.perform([executions.address, data], { account: line.stranger });
    expect(await executions.read.creditOf([KIND.Account, BigInt(wallet.address), zeroAddress])).to.equal(5n);
    expect(await executions.read.creditOf([KIND.Account, BigInt(line.stranger), zeroAddress])).to.equal(0n);
  });

  describe("size", () => {
    it("submitCompletions_noItem_reverts", async () => {
      await reverts(line, send([]), "BatchSizeOutOfRange", [0n, 64n]);
    });

    it("submitCompletions_65Items_reverts", async () => {
      const item = await firstItem();
      await reverts(line, send(Array(65).fill(item)), "BatchSizeOutOfRange", [65n, 64n]);
    });

    it("submitCompletions_64Items_succeedsWithin4MillionGas", async () => {
      const items: SignedItem[] = [];
      for (let i = 0; i < 64; i++) items.push(await firstItem());
      const hash = await send(items);
      const accepted = (await events(line, hash)).filter(({ event }) => event === "CompletionAccepted");
      expect(accepted).to.have.length(64);
      const { gasUsed } = await line.client.waitForTransactionReceipt({ hash });
      expect(Number(gasUsed)).to.be.below(4_000_000);
    });
  });

  describe("tip", () => {
    it("submitCompletions_withATip_paysItToTheSenderFromTheSignersShare", async () => {
      const item = await firstItem({ tip: 1_234n });
      const { execution, node } = item.completion;
      expect(await events(line, send([item], line.stranger))).to.deep.equal([
        tipEvent(execution, line.stranger, 1_234n),
        acceptedEvent(item, { tipWei: 1_234n }),
        readyEvent(execution, 1),
      ]);
      expect(await credits(line)).to.deep.equal({
        [`node ${node}`]: NODE_WEI - 1_234n,
        "model 1": MODEL_WEI,
        stranger: 1_234n,
      });
    });

    it("submitCompletions_tipOfTheWholeShare_succeeds", async () => {
      await send([await firstItem({ tip: NODE_WEI })]);
      expect(await credits(line)).to.deep.equal({ "model 1": MODEL_WEI, relayer: NODE_WEI });
    });

    it("submitCompletions_tipAboveTheShare_skips", async () => {
      await skips(await firstItem({ tip: NODE_WEI + 1n }), SKIP.TipTooHigh);
    });

    it("submitCompletions_hugeTip_skips", async () => {
      await skips(await firstItem({ tip: 2n ** 256n - 1n }), SKIP.TipTooHigh);
      await skips(await firstItem({ tip: 2n ** 96n + 1n }), SKIP.TipTooHigh);
    });

    it("submitCompletions_tipsOfSeveralItems_addUp", async () => {
      const items = [
        await firstItem({ tip: 1n }),
        await firstItem({ tip: 20n }),
        await firstItem({ tip: 300n }),
      ];
      await send(items);
      expect((await credits(line)).relayer).to.equal(321n);
    });

    it("submitCompletions_senderWhoIsARequester_keepsRefundAndTipTogether", async () => {
      await send([await firstItem({ tip: 7n })], line.requester);
      const { execution } = await execute(line);
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution]);
      expect((await credits(line)).requester).to.equal(7n + line.quoteWei);
    });

    it("submitCompletions_senderWithTheLowBitsOfAnotherAccount_leavesTheTipToTheSigner", async () => {
      const item = await firstItem({ tip: 9n });
      const twin = await enableAccount(line, twinOf(line.requester));
      expect(await events(line, send([item], twin))).to.deep.equal([
        acceptedEvent(item, { tipWei: 0n }),
        readyEvent(item.completion.execution, 1),
      ]);
      expect(await credits(line)).to.deep.equal({
        [`node ${item.completion.node}`]: NODE_WEI,
        "model 1": MODEL_WEI,
      });
      expect(await executions.read.creditOf([KIND.Account, BigInt(twin), zeroAddress])).to.equal(0n);
    });

    it("submitCompletions_copiedByAnotherSender_paysTheSignerAllTheSame", async () => {
      const item = await firstItem();
      await send([item], line.stranger);
      expect(await credits(line)).to.deep.equal({
        [`node ${item.completion.node}`]: NODE_WEI,
        "model 1": MODEL_WEI,
      });
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.TaskCompleted]);
    });
  });

  describe("skips", () => {
    it("submitCompletions_unknownExecution_skips", async () => {
      const item = await firstItem();
      await skips({ ...item, completion: { ...item.completion, execution: 99n } }, SKIP.ExecutionUnknown);
      await skips({ ...item, completion: { ...item.completion, execution: 0n } }, SKIP.ExecutionUnknown);
    });

    it("submitCompletions_executionThatSucceeded_skips", async () => {
      const { execution } = await execute(line);
      const items = await signedRun(line, execution);
      await send(items);
      await skips(items[2] as SignedItem, SKIP.ExecutionEnded);
    });

    it("submitCompletions_executionThatExpired_skips", async () => {
      const item = await firstItem();
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([item.completion.execution]);
      await skips(item, SKIP.ExecutionEnded);
    });

    it("submitCompletions_afterTheDeadline_skips", async () => {
      const item = await firstItem();
      await line.networkHelpers.time.increase(3_602);
      await skips(item, SKIP.DeadlinePassed);
    });

    it("submitCompletions_atTheDeadline_succeeds", async () => {
      const item = await firstItem();
      const { deadline } = await executions.read.executionOf([item.completion.execution]);
      await at(line, deadline);
      await send([item]);
    });

    it("submitCompletions_aSecondAfterTheDeadline_reverts", async () => {
      const item = await firstItem();
      const { deadline } = await executions.read.executionOf([item.completion.execution]);
      await at(line, deadline + 1n);
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.DeadlinePassed]);
    });

    it("submitCompletions_unknownTask_skips", async () => {
      const { execution } = await execute(line);
      const [node] = line.testNodes as [TestNode];
      for (const task of [3, 65_535])
        await skips(await signedItem(line, execution, task, node), SKIP.TaskUnknown);
    });

    it("submitCompletions_taskAnsweredBefore_skips", async () => {
      const item = await firstItem();
      await send([item]);
      await skips(item, SKIP.TaskCompleted);
    });

    it("submitCompletions_taskBeforeWhatItDependsOn_skips", async () => {
      const { execution } = await execute(line);
      await skips(
        await signedItem(line, execution, 1, await firstNode(line, execution, 1)),
        SKIP.TaskNotReady,
      );
    });

    it("submitCompletions_boundToSomethingElse_skips", async () => {
      await skips(await firstItem({ contextHash: zeroHash }), SKIP.ContextStale);
      await skips(await firstItem({ inputDigest: keccak256("0x") }), SKIP.ContextStale);
      await skips(await firstItem({ dependencies: [zeroHash] }), SKIP.ContextStale);
    });

    it("submitCompletions_boundToAnotherOutputThanWasAccepted_skips", async () => {
      const first = await firstItem();
      await send([first]);
      const { execution } = first.completion;
      const dependencies = [keccak256("0x99")];
      const node = await firstNode(line, execution, 1);
      await skips(await signedItem(line, execution, 1, node, { dependencies }), SKIP.ContextStale);
    });

    it("submitCompletions_outputThatIsNotValid_skips", async () => {
      await skips(await firstItem({ output: "0x" }), SKIP.OutputInvalid);
      await skips(await firstItem({ output: outputOf(0, 8_193) }), SKIP.OutputInvalid);
      await skips(await firstItem({ outputDigest: keccak256("0x01") }), SKIP.OutputInvalid);
      await skips(await firstItem({ outputDigest: zeroHash }), SKIP.OutputInvalid);
      await skips(
        await firstItem({ output: toHex("pleiad:"), outputDigest: keccak256("0x01") }),
        SKIP.OutputInvalid,
      );
      const allowed = { outputsByReference: true };
      const http = { output: toHex("http://a.org"), outputDigest: keccak256("0x01") };
      await skips(await firstItem(http, allowed), SKIP.OutputInvalid);
      await skips(
        await firstItem({ output: toHex("pleiad:"), outputDigest: zeroHash }, allowed),
        SKIP.OutputInvalid,
      );
    });

    // The signature covers the digest alone: whoever sends an item may say that its bytes are elsewhere, but not where.
    for (const [name, uri] of [
      ["https", "https://example.org/a"],
      ["pleiadWithThePath", "pleiad:/"],
      ["pleiadWithTheDigest", `pleiad:${keccak256("0x01")}`],
      ["httpsOf7Bytes", "https:/"],
      ["capitals", "Pleiad:"],
      ["pleiadOf6Bytes", "pleiad"],
    ] as const) {
      it(`submitCompletions_referenceThatASenderCouldChoose_${name}_skips`, async () => {
        const choice = { output: toHex(uri), outputDigest: keccak256("0x01") };
        await skips(await firstItem(choice, { outputsByReference: true }), SKIP.OutputInvalid);
      });
    }

    it("submitCompletions_referenceThatTheSignerItselfChooses_skips", async () => {
      const { execution } = await execute(line, { outputsByReference: true });
      const node = await firstNode(line, execution, 0);
      const choice = { output: toHex("https://example.org/a"), outputDigest: keccak256("0x01") };
      const item = await signedItem(line, execution, 0, node, choice);
      await reverts(line, send([item], node.owner), "BatchNothingAccepted", [SKIP.OutputInvalid]);
      const direct = [item.completion, item.output] as const;
      const hash = await executions.write.submitCompletionAsNode(direct, { account: node.owner });
      expect((await events(line, hash))[0]).to.deep.equal(acceptedEvent(item));
    });

    it("submitCompletions_outputSwappedByTheSender_skips", async () => {
      const item = await firstItem();
      await skips({ ...item, output: toHex("something else") }, SKIP.OutputInvalid);
    });

    it("submitCompletions_nodeThatDoesNotServeTheModel_skips", async () => {
      const outsider = await line.registerNode(9, line.stranger);
      const { execution } = await execute(line);
      await line.networkHelpers.time.increase(1_000);
      await skips(await signedItem(line, execution, 0, outsider), SKIP.NotEligible);
    });

    it("submitCompletions_nodeThatJoinedAfterTheCreation_skips", async () => {
      const late = await line.registerNode(9, line.stranger);
      const { execution } = await execute(line);
      await line.serve(1n, late);
      await line.networkHelpers.time.increase(1_000);
      const item = await signedItem(line, execution, 0, late);
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.NotEligible]);
    });

    it("submitCompletions_nodeThatLeftAfterTheCreation_succeeds", async () => {
      const { execution } = await execute(line);
      const node = await firstNode(line, execution, 0);
      await line.models.write.leave([1n, node.id], { account: line.operators[0] as Address });
      await send([await signedItem(line, execution, 0, node)]);
    });

    it("submitCompletions_beforeTheWindow_skipsTillThatSecond", async () => {
      for (const rank of [1, 2]) {
        const { execution } = await execute(line);
        const node = await nodeOfRank(line, execution, 0, rank);
        const [, opensAt] = await executions.read.windowOf([execution, 0n, node.id]);
        const item = await signedItem(line, execution, 0, node);
        await at(line, opensAt - 1n);
        await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.TooEarly]);
        await at(line, opensAt);
        await send([item]);
      }
    });

    it("submitCompletions_beforeTheWindowAmongOthers_skips", async () => {
      const { execution } = await execute(line);
      const node = await nodeOfRank(line, execution, 0, 2);
      const early = await signedItem(line, execution, 0, node);
      const good = await firstItem();
      const { createdAt } = await executions.read.executionOf([execution]);
      await at(line, createdAt + 19n);
      expect((await events(line, send([early, good])))[0]).to.deep.equal(
        skippedEvent(execution, 0, SKIP.TooEarly),
      );
    });

    it("submitCompletions_suspendedNode_skips", async () => {
      const item = await firstItem();
      const node = line.testNodes.find(({ id }) => id === item.completion.node) as TestNode;
      await line.nodes.write.transferFrom([node.owner, line.stranger, node.id], { account: node.owner });
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.SignatureInvalid]);
      const proof = await line.keyProof(node.key, line.stranger, 1n);
      await line.nodes.write.rotateKey([node.id, node.key.address, proof], { account: line.stranger });
      await send([item]);
    });

    it("submitCompletions_keyThatWasRotatedAway_reverts", async () => {
      const item = await firstItem();
      const node = line.testNodes.find(({ id }) => id === item.completion.node) as TestNode;
      const key = line.nodeKey(50);
      const proof = await line.keyProof(key, node.owner);
      await line.nodes.write.rotateKey([node.id, key.address, proof], { account: node.owner });
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.SignatureInvalid]);
      await send([{ ...item, signature: await line.sign(key, item.completion) }]);
    });

    it("submitCompletions_onlyBadItems_revertsWithTheFirstOnesReason", async () => {
      const stale = await firstItem({ contextHash: zeroHash });
      const empty = await firstItem({ output: "0x" });
      await reverts(line, send([stale, empty]), "BatchNothingAccepted", [SKIP.ContextStale]);
      await reverts(line, send([empty, stale, empty]), "BatchNothingAccepted", [SKIP.OutputInvalid]);
    });

    it("submitCompletions_taskOfMoreThan16Bits_reverts", async () => {
      // Nobody but the sender writes these bytes: a batch that is no ABI encoding is refused whole.
      const item = await firstItem();
      const data = encodeFunctionData({
        abi: executions.abi,
        functionName: "submitCompletions",
        args: [[item]],
      });
      const execution = pad(numberToHex(item.completion.execution));
      const task = 4 + 32 * 3 + 32;
      expect(slice(data, task - 32, task)).to.equal(execution);
      const dirty = concat([slice(data, 0, task), pad(numberToHex(2 ** 16)), slice(data, task + 32)]);
      const [, wallet] = line.wallets;
      await line.viem.assertions.revert(
        wallet?.sendTransaction({ to: executions.address, data: dirty }) as Promise<Hex>,
      );
    });
  });

  describe("signature", () => {
    it("submitCompletions_signatureOf65Bytes_succeeds", async () => {
      const item = await firstItem();
      const { r, yParityAndS } = compactParts(item.signature);
      const v = numberToHex((yParityAndS >> 255n) + 27n, { size: 1 });
      const s = numberToHex(yParityAndS & (2n ** 255n - 1n), { size: 32 });
      await send([{ ...item, signature: concat([r, s, v]) }]);
    });

    it("submitCompletions_otherFormOfTheSameSignature_worksOnceOnly", async () => {
      const item = await firstItem();
      const { r, yParityAndS } = compactParts(item.signature);
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const high = order - (yParityAndS & (2n ** 255n - 1n));
      const v = numberToHex(28n - (yParityAndS >> 255n), { size: 1 });
      const other = { ...item, signature: concat([r, numberToHex(high, { size: 32 }), v]) };
      await send([item]);
      await reverts(line, send([other]), "BatchNothingAccepted", [SKIP.TaskCompleted]);
    });

    it("submitCompletions_signatureOfAnotherLength_skips", async () => {
      const item = await firstItem();
      for (const signature of [
        "0x",
        slice(item.signature, 0, 63),
        concat([item.signature, "0x1b1b"]),
      ] as Hex[]) {
        await skips({ ...item, signature }, SKIP.SignatureInvalid);
      }
    });

    it("submitCompletions_signatureOfZeros_skips", async () => {
      const item = await firstItem();
      await skips({ ...item, signature: `0x${"00".repeat(64)}` }, SKIP.SignatureInvalid);
      await skips({ ...item, signature: `0x${"00".repeat(65)}` }, SKIP.SignatureInvalid);
    });

    it("submitCompletions_signatureOfZerosForANodeThatIsNot_skips", async () => {
      // What recovers to nobody is not the key of a node that has none.
      const item = await firstItem();
      const completion = { ...item.completion, node: 99n };
      await skips({ ...item, completion, signature: `0x${"00".repeat(65)}` }, SKIP.SignatureInvalid);
    });

    it("submitCompletions_signatureByAnotherNodesKey_skips", async () => {
      const item = await firstItem();
      const other = line.testNodes.find(({ id }) => id !== item.completion.node) as TestNode;
      const signature = await line.sign(other.key, item.completion);
      await skips({ ...item, signature }, SKIP.SignatureInvalid);
    });

    for (const field of ["evidenceDigest", "node", "tip"] as const) {
      it(`submitCompletions_${field}ChangedAfterSigning_skips`, async () => {
        const item = await firstItem();
        const changed = { evidenceDigest: keccak256("0x"), node: (item.completion.node % 3n) + 1n, tip: 1n }[
          field
        ];
        await skips({ ...item, completion: { ...item.completion, [field]: changed } }, SKIP.SignatureInvalid);
      });
    }

    it("submitCompletions_outputAndDigestChangedAfterSigning_skips", async () => {
      const item = await firstItem();
      const output = toHex("what the node never said");
      const completion = { ...item.completion, outputDigest: keccak256(output) };
      await skips({ ...item, completion, output }, SKIP.SignatureInvalid);
    });

    it("submitCompletions_ofAnotherExecutionOfTheSameContext_skips", async () => {
      const item = await firstItem();
      const { execution } = await execute(line);
      await line.networkHelpers.time.increase(100);
      await skips({ ...item, completion: { ...item.completion, execution } }, SKIP.SignatureInvalid);
    });

    it("submitCompletions_forAnotherChainOrContract_skips", async () => {
      const item = await firstItem();
      const node = line.testNodes.find(({ id }) => id === item.completion.node) as TestNode;
      const right = { name: "Pleiad ClusterExecutions", version: "1", chainId: line.chainId };
      const domains = [
        { ...right, chainId: 1, verifyingContract: executions.address },
        { ...right, verifyingContract: line.nodes.address },
        { ...right, version: "2", verifyingContract: executions.address },
        { ...right, name: "Pleiad", verifyingContract: executions.address },
      ];
      for (const domain of domains) {
        const signature = await line.signIn(domain, node.key, item.completion);
        await skips({ ...item, signature }, SKIP.SignatureInvalid);
      }
    });
  });

  describe("order", () => {
    it("submitCompletions_dependenciesWithinTheBatch_succeeds", async () => {
      const { execution } = await execute(line);
      const items = await signedRun(line, execution);
      expect(await events(line, send(items.slice(0, 2)))).to.deep.equal([
        acceptedEvent(items[0] as SignedItem),
        acceptedEvent(items[1] as SignedItem),
        readyEvent(execution, 2),
      ]);
      for (const [task, item] of items.slice(0, 2).entries()) {
        const stored = await executions.read.outputDigestOf([execution, BigInt(task)]);
        expect(stored, `task ${task}`).to.equal(item.completion.outputDigest);
      }
    });

    it("submitCompletions_dependencyAfterItsDependent_skipsTheDependent", async () => {
      const { execution } = await execute(line);
      const [first, second] = (await signedRun(line, execution)) as [SignedItem, SignedItem];
      expect(await events(line, send([second, first]))).to.deep.equal([
        skippedEvent(execution, 1, SKIP.TaskNotReady),
        acceptedEvent(first),
        readyEvent(execution, 1),
      ]);
    });

    it("submitCompletions_sameItemTwice_skipsTheSecond", async () => {
      const item = await firstItem();
      const { execution, node } = item.completion;
      expect(await events(line, send([item, item]))).to.deep.equal([
        acceptedEvent(item),
        skippedEvent(execution, 0, SKIP.TaskCompleted),
        readyEvent(execution, 1),
      ]);
      expect((await credits(line))[`node ${node}`]).to.equal(NODE_WEI);
    });

    it("submitCompletions_twoNodesForOneTask_takesTheFirst", async () => {
      const { execution } = await execute(line);
      const [first, second] = [
        await nodeOfRank(line, execution, 0, 0),
        await nodeOfRank(line, execution, 0, 1),
      ];
      await line.networkHelpers.time.increase(50);
      const items = [
        await signedItem(line, execution, 0, second, { output: "0x02" }),
        await signedItem(line, execution, 0, first, { output: "0x01" }),
      ];
      await send(items);
      expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256("0x02"));
      expect(await credits(line)).to.deep.equal({ [`node ${second.id}`]: NODE_WEI, "model 1": MODEL_WEI });
    });

    it("submitCompletions_twoNodesForOneTaskWhereTheFirstIsEarly_takesTheOther", async () => {
      const { execution } = await execute(line);
      const early = await signedItem(line, execution, 0, await nodeOfRank(line, execution, 0, 2));
      const due = await signedItem(line, execution, 0, await nodeOfRank(line, execution, 0, 0));
      const { createdAt } = await executions.read.executionOf([execution]);
      await at(line, createdAt + 1n);
      expect(await events(line, send([early, due]))).to.deep.equal([
        skippedEvent(execution, 0, SKIP.TooEarly),
        acceptedEvent(due),
        readyEvent(execution, 1),
      ]);
    });

    it("submitCompletions_itemsOfSeveralExecutionsInterleaved_comeToTheSame", async () => {
      const ids = [await execute(line), await execute(line), await execute(line)].map(
        ({ execution }) => execution,
      );
      const runs = await Promise.all(ids.map((execution) => signedRun(line, execution)));
      const interleaved = [0, 1, 2].flatMap((task) => runs.map((run) => run[task] as SignedItem));
      const snapshot = await line.networkHelpers.takeSnapshot();
      await send(interleaved);
      const digests = await Promise.all(ids.map((id) => executions.read.executionOf([id])));
      const creditsThen = await credits(line);
      await snapshot.restore();
      await send(runs.flat());
      for (const [index, id] of ids.entries()) {
        const view = await executions.read.executionOf([id]);
        expect(view.state, `execution ${id}`).to.equal(STATE.Succeeded);
        expect(view.digest, `execution ${id}`).to.equal(digests[index]?.digest);
        for (const task of [0n, 1n, 2n]) {
          expect(await executions.read.outputDigestOf([id, task]), `task ${task} of ${id}`).to.equal(
            zeroHash,
          );
        }
      }
      expect(await credits(line)).to.deep.equal(creditsThen);
    });

    it("submitCompletions_interleavedAndPartOnly_storesEachDigest", async () => {
      const first = await execute(line);
      const second = await execute(line);
      const [a0, a1] = (await signedRun(line, first.execution)) as [SignedItem, SignedItem];
      const [b0] = (await signedRun(line, second.execution)) as [SignedItem];
      expect(await events(line, send([a0, b0, a1]))).to.deep.equal([
        acceptedEvent(a0),
        readyEvent(first.execution, 1),
        acceptedEvent(b0),
        readyEvent(second.execution, 1),
        acceptedEvent(a1),
        readyEvent(first.execution, 2),
      ]);
      const stored = async (execution: bigint) =>
        Promise.all([0n, 1n, 2n].map((task) => executions.read.outputDigestOf([execution, task])));
      expect(await stored(first.execution)).to.deep.equal([
        keccak256(a0.output),
        keccak256(a1.output),
        zeroHash,
      ]);
      expect(await stored(second.execution)).to.deep.equal([keccak256(b0.output), zeroHash, zeroHash]);
    });

    it("submitCompletions_ofTwoVersions_readsEachByItsOwn", async () => {
      const [, b, c] = line.modelIds as [bigint, bigint, bigint];
      const tasks = [{ model: c }, { model: b, dependsOn: INDEPENDENT }];
      const other = await publishCluster(line, { slug: "other", tasks });
      const ids = [await execute(line), await execute(other), await execute(line), await execute(other)];
      const items: SignedItem[] = [];
      for (const [index, { execution }] of ids.entries()) {
        items.push(await signedItem(line, execution, 0, await firstNode(line, execution, 0)));
        if (index % 2 === 0) continue;
        const node = await firstNode(line, execution, 1);
        items.push(await signedItem(line, execution, 1, node, { dependencies: [] }));
      }
      const names = (await events(line, send(items))).map(({ event }) => event);
      expect(names.filter((name) => name === "CompletionAccepted")).to.have.length(6);
      expect(names.filter((name) => name === "ClusterResponse")).to.have.length(2);
      const models = [1n, 3n, 2n, 1n, 3n, 2n];
      const answers = items.map(({ completion }, i) => ({ node: completion.node, model: models[i] ?? 0n }));
      expect(await credits(line)).to.deep.equal(earned(answers, 2n, other.cluster));
    });

    it("submitCompletions_executionAfterAnotherOfItsVersion_readsItsOwnDigests", async () => {
      const first = await execute(line);
      const second = await execute(line);
      const node = await firstNode(line, second.execution, 0);
      await send([await signedItem(line, second.execution, 0, node, { output: "0x02" })]);
      const dependencies = [keccak256("0x02")];
      const next = await firstNode(line, second.execution, 1);
      const items = [
        await signedItem(line, first.execution, 0, await firstNode(line, first.execution, 0)),
        await signedItem(line, second.execution, 1, next, { dependencies }),
      ];
      expect(await events(line, send(items))).to.deep.equal([
        acceptedEvent(items[0] as SignedItem),
        readyEvent(first.execution, 1),
        acceptedEvent(items[1] as SignedItem),
        readyEvent(second.execution, 2),
      ]);
    });

    it("submitCompletions_unknownExecutionBetweenTwoOfOne_succeeds", async () => {
      const { execution } = await execute(line);
      const [a0, a1] = (await signedRun(line, execution)) as [SignedItem, SignedItem];
      const unknown = { ...a0, completion: { ...a0.completion, execution: 77n } };
      expect(await events(line, send([unknown, a0, unknown, a1]))).to.deep.equal([
        skippedEvent(77n, 0, SKIP.ExecutionUnknown),
        acceptedEvent(a0),
        readyEvent(execution, 1),
        skippedEvent(77n, 0, SKIP.ExecutionUnknown),
        acceptedEvent(a1),
        readyEvent(execution, 2),
      ]);
    });
  });

  describe("mined first by a stranger", () => {
    /** Ten items: whole runs of three executions and the first task of a fourth. */
    async function tenItems(): Promise<SignedItem[]> {
      const items: SignedItem[] = [];
      for (let run = 0; run < 3; run++)
        items.push(...(await signedRun(line, (await execute(line)).execution)));
      return [...items, await firstItem()];
    }

    it("submitCompletions_anyNumberMinedOneByOneBefore_settlesTheRest", async () => {
      const items = await tenItems();
      const snapshot = await line.networkHelpers.takeSnapshot();
      await send(items);
      const expected = await credits(line);
      const answered = (items.at(-1) as SignedItem).completion.execution;
      for (let mined = 0; mined < items.length; mined++) {
        await snapshot.restore();
        for (const item of items.slice(0, mined)) await send([item], line.stranger);
        await send(items);
        expect(await credits(line), `${mined} mined before`).to.deep.equal(expected);
        const { completedTasks } = await executions.read.executionOf([answered]);
        expect(completedTasks, `${mined} mined before`).to.equal(1n);
      }
    });

    it("submitCompletions_everySecondItemMinedBefore_settlesTheRest", async () => {
      const items: SignedItem[] = [];
      for (let i = 0; i < 10; i++) items.push(await firstItem());
      for (const [index, item] of items.entries()) if (index % 2 === 0) await send([item], line.stranger);
      const logs = await events(line, send(items));
      expect(logs.filter(({ event }) => event === "CompletionSkipped")).to.deep.equal(
        items
          .filter((_, index) => index % 2 === 0)
          .map(({ completion }) => skippedEvent(completion.execution, 0, SKIP.TaskCompleted)),
      );
      expect(logs.filter(({ event }) => event === "CompletionAccepted")).to.deep.equal(
        items.filter((_, index) => index % 2 === 1).map((item) => acceptedEvent(item)),
      );
    });

    it("submitCompletions_allMinedBefore_reverts", async () => {
      const items = await tenItems();
      for (const item of items) await send([item], line.stranger);
      await reverts(line, send(items), "BatchNothingAccepted", [SKIP.ExecutionEnded]);
      await reverts(line, send(items.slice(9)), "BatchNothingAccepted", [SKIP.TaskCompleted]);
    });

    it("submitCompletions_directSubmissionMinedBefore_settlesTheRest", async () => {
      const { execution } = await execute(line);
      const items = await signedRun(line, execution);
      const node = await firstNode(line, execution, 0);
      const { completion, output } = await completionOf(line, execution, 0, node.id);
      await executions.write.submitCompletionAsNode([completion, output], { account: node.owner });
      await send(items);
      expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Succeeded);
    });

    it("submitCompletions_anotherOutputMinedBefore_skipsWhatIsBoundToTheFirst", async () => {
      const { execution } = await execute(line);
      const items = await signedRun(line, execution);
      const other = await signedItem(line, execution, 0, await firstNode(line, execution, 0), {
        output: "0x07",
      });
      await send([other], line.stranger);
      const good = await firstItem();
      expect(await events(line, send([...items, good]))).to.deep.equal([
        skippedEvent(execution, 0, SKIP.TaskCompleted),
        skippedEvent(execution, 1, SKIP.ContextStale),
        skippedEvent(execution, 2, SKIP.TaskNotReady),
        acceptedEvent(good),
        readyEvent(good.completion.execution, 1),
      ]);
    });
  });

  describe("owners", () => {
    it("submitCompletions_signedByTheModelsOwner_paysTheModelLessTheTip", async () => {
      const { execution } = await execute(line);
      const key = line.nodeKey(70);
      await line.models.write.transferFrom([line.operators[0] as Address, key.address, 1n], {
        account: line.operators[0] as Address,
      });
      const { createdAt } = await executions.read.executionOf([execution]);
      const item = await signedItem(
        line,
        execution,
        0,
        { id: 0n, key, owner: key.address },
        { tip: TERMS.priceWei },
      );
      await at(line, createdAt + 29n);
      await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.TooEarly]);
      await at(line, createdAt + 30n);
      expect(await events(line, send([item]))).to.deep.equal([
        tipEvent(execution, line.relayer, TERMS.priceWei),
        acceptedEvent(item, { role: ROLE.ModelOwner }),
        readyEvent(execution, 1),
      ]);
      expect(await credits(line)).to.deep.equal({ relayer: TERMS.priceWei });
    });

    it("submitCompletions_modelsOwnersTipAboveThePrice_skips", async () => {
      const { execution } = await execute(line);
      const key = line.nodeKey(70);
      const owner = line.operators[0] as Address;
      await line.models.write.transferFrom([owner, key.address, 1n], { account: owner });
      await line.networkHelpers.time.increase(100);
      const signer = { id: 0n, key, owner: key.address };
      await skips(
        await signedItem(line, execution, 0, signer, { tip: TERMS.priceWei + 1n }),
        SKIP.TipTooHigh,
      );
    });

    describe("of the cluster", () => {
      const key = line.nodeKey(71);
      const signer = { id: 0n, key, owner: key.address };

      async function ownedExecution(ownerMayAnswer: boolean): Promise<bigint> {
        const { execution } = await execute(line, { ownerMayAnswer });
        await line.clusters.write.transferFrom([line.clusterOwner, key.address, line.cluster], {
          account: line.clusterOwner,
        });
        return execution;
      }

      it("submitCompletions_signedByTheClustersOwner_returnsThePrice", async () => {
        const execution = await ownedExecution(true);
        const { createdAt } = await executions.read.executionOf([execution]);
        const item = await signedItem(line, execution, 0, signer);
        await at(line, createdAt + 39n);
        await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.TooEarly]);
        await at(line, createdAt + 40n);
        expect(await events(line, send([item]))).to.deep.equal([
          acceptedEvent(item, { role: ROLE.ClusterOwner }),
          readyEvent(execution, 1),
        ]);
        expect(await credits(line)).to.deep.equal({ requester: TERMS.priceWei });
      });

      it("submitCompletions_clustersOwnerWhereTheRequesterDidNotAllowIt_skips", async () => {
        const execution = await ownedExecution(false);
        await line.networkHelpers.time.increase(100);
        await skips(await signedItem(line, execution, 0, signer), SKIP.NotEligible);
      });

      it("submitCompletions_clustersOwnersTip_skips", async () => {
        const execution = await ownedExecution(true);
        await line.networkHelpers.time.increase(100);
        await skips(await signedItem(line, execution, 0, signer, { tip: 1n }), SKIP.TipTooHigh);
      });
    });

    it("submitCompletions_node0SignedByANodesKey_skips", async () => {
      const { execution } = await execute(line, { ownerMayAnswer: true });
      await line.networkHelpers.time.increase(100);
      const [node] = line.testNodes as [TestNode];
      await skips(await signedItem(line, execution, 0, { ...node, id: 0n }), SKIP.SignatureInvalid);
    });
  });
});

/** The two words of a 64-byte signature. */
function compactParts(signature: Hex): { r: Hex; yParityAndS: bigint } {
  expect(size(signature)).to.equal(64);
  return { r: slice(signature, 0, 32), yParityAndS: hexToBigInt(slice(signature, 32)) };
}
