import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, getAddress, type Hex, keccak256, numberToHex, toHex } from "viem";
import {
  acceptedEvent,
  at,
  credits,
  enableAccount,
  events,
  readyEvent,
  responseEvent,
  restoring,
  reverts,
  SKIP,
  STATE,
  secondedEvent,
  skippedEvent,
  tipEvent,
  twinOf,
} from "../fixtures/executions.ts";
import { completionOf, execute, outputOf, type SignedItem, signedItem } from "../fixtures/line.ts";
import { createPinnedLine, nodesByRank, publishPinned, runDigestFor } from "../fixtures/pinned.ts";
import { FEE_WEI, TERMS, type TestNode, WINDOW_SECONDS } from "../fixtures/world.ts";

// 101 wei do not divide by 3, so the model gets what is left: 70 % are 70, of which each node has 23.
const PRICE_WEI = 101n;
const EACH_WEI = 23n;
const line = await createPinnedLine(
  { tasks: [{ model: 1n, quorum: 3, priceWei: PRICE_WEI }, { model: 2n }], feeWei: 0n },
  5,
);
const { executions } = line;
const restore = restoring(line);

function send(items: readonly SignedItem[], sender: Address = line.relayer): Promise<Hex> {
  return executions.write.submitCompletions([items], { account: sender });
}

/** A new execution and the nodes in the order of their ranks for its first task. */
async function begin() {
  const { execution } = await execute(line);
  return { execution, nodes: await nodesByRank(line, execution, 0) };
}

/** Items of some nodes for the first task; all but the first without the output, as they may be. */
async function group(
  execution: bigint,
  nodes: readonly TestNode[],
  change: Parameters<typeof signedItem>[4] = {},
): Promise<SignedItem[]> {
  const items: SignedItem[] = [];
  for (const node of nodes) items.push(await signedItem(line, execution, 0, node, change));
  return items.map((item, i) => (i === 0 ? item : { ...item, output: "0x" as Hex }));
}

/** Gives a node to another owner, who proves its key. */
async function give(node: TestNode, owner: Address): Promise<void> {
  await line.nodes.write.transferFrom([node.owner, owner, node.id], { account: node.owner });
  const proof = await line.keyProof(node.key, owner, 1n);
  await line.nodes.write.rotateKey([node.id, node.key.address, proof], { account: owner });
}

/** Lets all nodes be admitted. */
function openAll(): Promise<unknown> {
  return line.networkHelpers.time.increase(WINDOW_SECONDS * 5);
}

describe("ClusterExecutions: quorums", () => {
  beforeEach(restore);

  it("submitCompletions_oneOfTwoThatMustAgree_isNotEnough", async () => {
    const pair = await publishPinned(line, { tasks: [{ model: 1n, quorum: 2 }] });
    const { execution } = await execute(pair);
    const nodes = await nodesByRank(pair, execution, 0);
    const [first, second] = (await group(execution, nodes.slice(0, 2))) as [SignedItem, SignedItem];
    await reverts(line, send([first]), "BatchNothingAccepted", [SKIP.QuorumMissing]);
    const args = [{ ...first.completion, tip: 0n }, first.output] as const;
    const direct = executions.write.submitCompletionAsNode(args, { account: nodes[0]?.owner as Address });
    await reverts(line, direct, "CompletionQuorumNeeded", [execution, 0n, 2n]);
    await send([first, second]);
    expect((await executions.read.executionOf([execution])).state).to.equal(STATE.Succeeded);
  });

  it("submitCompletions_memberThatHasNoKeyAndNoSignature_isRefused", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const items = await group(execution, nodes.slice(0, 3));
    const [, second] = nodes as [TestNode, TestNode];
    // A suspended node has no key, and what nobody signed recovers to nobody.
    await line.nodes.write.transferFrom([second.owner, line.stranger, second.id], { account: second.owner });
    const unsigned = items.map((item, i) => (i === 1 ? { ...item, signature: "0x" as Hex } : item));
    const sent = executions.simulate.submitCompletions([unsigned], { account: line.relayer });
    await reverts(line, sent, "BatchNothingAccepted", [SKIP.QuorumMissing]);
  });

  it("submitCompletions_quorumOfALaterTask_completesThatOne", async () => {
    const tasks = [{ model: 1n }, { model: 1n, dependsOn: 0, quorum: 2 }];
    const { execution } = await execute(await publishPinned(line, { tasks }));
    const nodes = (await nodesByRank(line, execution, 1)).slice(0, 2);
    const items: SignedItem[] = [];
    for (const node of nodes) items.push(await signedItem(line, execution, 1, node, { dependencies: [] }));
    await send(items);
    expect((await executions.read.executionOf([execution])).completedTasks).to.equal(2n);
  });

  it("submitCompletions_threeOwnersThatAgree_acceptsOnceAndPaysEach", async () => {
    const { execution, nodes } = await begin();
    const trio = nodes.slice(0, 3);
    const items = await group(execution, trio, { evidenceDigest: keccak256("0x01") });
    const hash = await send(items);
    expect(await events(line, hash)).to.deep.equal([
      acceptedEvent(items[0] as SignedItem),
      secondedEvent(items[1] as SignedItem),
      secondedEvent(items[2] as SignedItem),
      readyEvent(execution, 1),
    ]);
    const expected: Record<string, bigint> = { "model 1": PRICE_WEI - 3n * EACH_WEI };
    for (const { id } of trio) expected[`node ${id}`] = EACH_WEI;
    expect(await credits(line)).to.deep.equal(expected);
    const view = await executions.read.executionOf([execution]);
    expect(view.completedTasks).to.equal(1n);
    expect(view.escrowWei).to.equal(TERMS.priceWei);
    expect(await executions.read.outputDigestOf([execution, 0n])).to.equal(keccak256(outputOf(0)));
  });

  it("submitCompletions_quorumThenTheRestOfTheRun_settlesInOneCall", async () => {
    const { execution, nodes } = await begin();
    const items = await group(execution, nodes.slice(0, 3));
    const [last] = await nodesByRank(line, execution, 1);
    items.push(await signedItem(line, execution, 1, last as TestNode));
    const runDigest = await runDigestFor(line, execution, [outputOf(0), outputOf(1)]);
    expect(await events(line, send(items))).to.deep.equal([
      acceptedEvent(items[0] as SignedItem),
      secondedEvent(items[1] as SignedItem),
      secondedEvent(items[2] as SignedItem),
      acceptedEvent(items[3] as SignedItem),
      responseEvent(line, execution, [outputOf(0), outputOf(1)], runDigest),
    ]);
    const paid = Object.values(await credits(line)).reduce((sum, wei) => sum + wei, 0n);
    expect(paid).to.equal(line.quoteWei);
  });

  it("submitCompletions_eachNodesTip_comesFromItsOwnPart", async () => {
    const { execution, nodes } = await begin();
    const trio = nodes.slice(0, 3);
    const items: SignedItem[] = [];
    for (const [i, node] of trio.entries())
      items.push(await signedItem(line, execution, 0, node, { tip: BigInt(i) }));
    expect(await events(line, send(items))).to.deep.equal([
      acceptedEvent(items[0] as SignedItem),
      tipEvent(execution, line.relayer, 1n),
      secondedEvent(items[1] as SignedItem),
      tipEvent(execution, line.relayer, 2n),
      secondedEvent(items[2] as SignedItem),
      readyEvent(execution, 1),
    ]);
    const expected: Record<string, bigint> = { "model 1": PRICE_WEI - 3n * EACH_WEI, relayer: 3n };
    for (const [i, { id }] of trio.entries()) expected[`node ${id}`] = EACH_WEI - BigInt(i);
    expect(await credits(line)).to.deep.equal(expected);
  });

  it("submitCompletions_tipAboveTheNodesPart_isSkipped", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c, d] = nodes as [TestNode, TestNode, TestNode, TestNode];
    const items = await group(execution, [a, b, c]);
    const greedy = await signedItem(line, execution, 0, d, { tip: EACH_WEI + 1n });
    const hash = await send([items[0] as SignedItem, greedy, ...items.slice(1)]);
    expect((await events(line, hash))[0]).to.deep.equal(skippedEvent(execution, 0, SKIP.TipTooHigh));
    expect((await executions.read.executionOf([execution])).completedTasks).to.equal(1n);
  });

  it("submitCompletions_badItemsAmongGoodOnes_areSkippedWithTheirReasons", async () => {
    const { execution, nodes } = await begin();
    const [a, b, c, d, e] = nodes as [TestNode, TestNode, TestNode, TestNode, TestNode];
    const [first, second, third] = (await group(execution, [a, b, c])) as [
      SignedItem,
      SignedItem,
      SignedItem,
    ];
    const forged = { ...second, signature: third.signature };
    const early = await signedItem(line, execution, 0, d);
    const wrongOutput = { ...(await signedItem(line, execution, 0, e)), output: toHex("something else") };
    const owner = await completionOf(line, execution, 0, 0n);
    const ownersItem = { ...owner, signature: await line.sign(a.key, owner.completion) };
    const stranger = await signedItem(line, execution, 0, { ...e, id: 99n });
    const hash = await send([first, forged, early, wrongOutput, ownersItem, first, stranger, second, third]);
    const skipped = (reason: number) => skippedEvent(execution, 0, reason);
    expect(await events(line, hash)).to.deep.equal([
      skipped(SKIP.SignatureInvalid),
      skipped(SKIP.TooEarly),
      skipped(SKIP.OutputInvalid),
      skipped(SKIP.QuorumNeeded),
      skipped(SKIP.QuorumOwnerTwice),
      skipped(SKIP.SignatureInvalid),
      acceptedEvent(first),
      secondedEvent(second),
      secondedEvent(third),
      readyEvent(execution, 1),
    ]);
  });

  it("submitCompletions_moreThanTheQuorum_acceptsTheFirst", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const items = await group(execution, nodes);
    const result = await executions.simulate.submitCompletions([items]);
    expect(result.result).to.equal(3n);
    expect(await events(line, send(items))).to.deep.equal([
      acceptedEvent(items[0] as SignedItem),
      secondedEvent(items[1] as SignedItem),
      secondedEvent(items[2] as SignedItem),
      skippedEvent(execution, 0, SKIP.TaskCompleted),
      skippedEvent(execution, 0, SKIP.TaskCompleted),
      readyEvent(execution, 1),
    ]);
  });

  it("submitCompletions_twoNodesOfOneOwner_countOnce", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
    // Both are the same owner's from here on.
    await give(b, a.owner);
    const items = await group(execution, [a, b, c]);
    await reverts(line, send(items), "BatchNothingAccepted", [SKIP.QuorumMissing]);
    const four = await group(execution, [a, b, c, nodes[3] as TestNode]);
    expect((await events(line, send(four)))[0]).to.deep.equal(
      skippedEvent(execution, 0, SKIP.QuorumOwnerTwice),
    );
  });

  it("submitCompletions_twoNodesOfOneOwnerWhoseKeysDifferInTheHighestBit_countOnce", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    // The key stands right below the owner's mark.
    const isHigh = ({ key }: TestNode) => BigInt(key.address) >> 159n === 1n;
    const high = nodes.find(isHigh) as TestNode;
    const low = nodes.find((node) => !isHigh(node)) as TestNode;
    const others = nodes.filter((node) => node !== high && node !== low);
    await give(low, high.owner);
    const items = await group(execution, [high, low, ...others.slice(0, 2)]);
    expect((await events(line, send(items)))[0]).to.deep.equal(
      skippedEvent(execution, 0, SKIP.QuorumOwnerTwice),
    );
  });

  it("submitCompletions_ownersWhoseMarksDifferInOneBit_countEach", async () => {
    for (const bit of [0n, 87n]) {
      const { execution, nodes } = await begin();
      await openAll();
      const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
      const neighbour = numberToHex(BigInt(a.owner) ^ (1n << bit), { size: 20 });
      await give(b, await enableAccount(line, getAddress(neighbour)));
      const items = await group(execution, [a, b, c]);
      expect((await events(line, send(items)))[0]).to.deep.equal(acceptedEvent(items[0] as SignedItem));
      await restore();
    }
  });

  it("submitCompletions_ownerWhoseMarkIsZero_counts", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
    await give(a, await enableAccount(line, `0x${"ab".repeat(9)}${"00".repeat(11)}`));
    const items = await group(execution, [a, b, c]);
    expect((await events(line, send(items)))[0]).to.deep.equal(acceptedEvent(items[0] as SignedItem));
  });

  it("submitCompletions_nodeThatJoinedLater_isSkippedAfterAllWindowsToo", async () => {
    const { execution, nodes } = await begin();
    const late = await line.registerNode(7, line.stranger);
    await line.serve(1n, late);
    await openAll();
    const items = await group(execution, [late, ...nodes.slice(0, 3)]);
    expect((await events(line, send(items))).slice(0, 2)).to.deep.equal([
      skippedEvent(execution, 0, SKIP.NotEligible),
      acceptedEvent({ ...(items[1] as SignedItem), output: items[0]?.output as Hex }),
    ]);
  });

  it("submitCompletions_quorumOfAModelWithoutNodes_skipsItAndSettlesTheRest", async () => {
    const model = await line.registerModel("deserted", line.stranger);
    const tasks = [{ model: 1n }, { model, dependsOn: 0, quorum: 2 }];
    const { execution } = await execute(await publishPinned(line, { tasks }));
    const [a, b] = (await nodesByRank(line, execution, 0)) as [TestNode, TestNode];
    const items = [await signedItem(line, execution, 0, a)];
    for (const node of [a, b]) items.push(await signedItem(line, execution, 1, node, { dependencies: [] }));
    expect(await events(line, send(items))).to.deep.equal([
      acceptedEvent(items[0] as SignedItem),
      skippedEvent(execution, 1, SKIP.NotEligible),
      skippedEvent(execution, 1, SKIP.NotEligible),
    ]);
  });

  it("submitCompletions_ownersWithTheSameMark_countAsOne", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
    // Another address with the same low bits: the registry cannot tell the two apart here, so they do not count twice.
    await give(b, await enableAccount(line, twinOf(a.owner)));
    const four = await group(execution, [a, b, c, nodes[3] as TestNode]);
    expect((await events(line, send(four)))[0]).to.deep.equal(
      skippedEvent(execution, 0, SKIP.QuorumOwnerTwice),
    );
  });

  it("submitCompletions_nodeThatWasSold_countsForItsNewOwner", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c] = nodes as [TestNode, TestNode, TestNode];
    // By way of a's owner to one who owns no other node: only who owns it now counts.
    await line.nodes.write.transferFrom([b.owner, a.owner, b.id], { account: b.owner });
    await line.nodes.write.transferFrom([a.owner, line.stranger, b.id], { account: a.owner });
    // Suspended until the buyer proves the key.
    const early = await group(execution, [a, b, c]);
    await reverts(line, send(early), "BatchNothingAccepted", [SKIP.QuorumMissing]);
    const proof = await line.keyProof(b.key, line.stranger, 1n);
    await line.nodes.write.rotateKey([b.id, b.key.address, proof], { account: line.stranger });
    const items = await group(execution, [a, b, c]);
    expect((await events(line, send(items)))[0]).to.deep.equal(acceptedEvent(items[0] as SignedItem));
  });

  it("submitCompletions_groupThatEndsShort_isSkippedWhole", async () => {
    const { execution, nodes } = await begin();
    const other = await begin();
    const short = await group(execution, nodes.slice(0, 2));
    await reverts(line, send(short), "BatchNothingAccepted", [SKIP.QuorumMissing]);
    const whole = await group(other.execution, other.nodes.slice(0, 3));
    expect((await events(line, send([...short, ...whole]))).slice(0, 3)).to.deep.equal([
      skippedEvent(execution, 0, SKIP.QuorumMissing),
      skippedEvent(execution, 0, SKIP.QuorumMissing),
      acceptedEvent(whole[0] as SignedItem),
    ]);
    expect((await executions.read.executionOf([execution])).completedTasks).to.equal(0n);
  });

  it("submitCompletions_differentOutputs_areDifferentGroups", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [a, b, c, d, e] = nodes as [TestNode, TestNode, TestNode, TestNode, TestNode];
    const one = await group(execution, [a, b]);
    const lone = await signedItem(line, execution, 0, c, { output: toHex("another answer") });
    const rest = await group(execution, [d, e]);
    // The two halves say the same, but do not stand together.
    await reverts(line, send([...one, lone, ...rest]), "BatchNothingAccepted", [SKIP.QuorumMissing]);
    const three = await group(execution, [c, d, e]);
    const hash = await send([lone, ...three]);
    expect(await events(line, hash)).to.deep.equal([
      skippedEvent(execution, 0, SKIP.QuorumMissing),
      acceptedEvent(three[0] as SignedItem),
      secondedEvent(three[1] as SignedItem),
      secondedEvent(three[2] as SignedItem),
      readyEvent(execution, 1),
    ]);
  });

  it("submitCompletions_differentContexts_areDifferentGroups", async () => {
    const { execution, nodes } = await begin();
    const items = await group(execution, nodes.slice(0, 2));
    const stale = await signedItem(line, execution, 0, nodes[2] as TestNode, {
      contextHash: keccak256("0x02"),
    });
    await reverts(line, send([...items, stale]), "BatchNothingAccepted", [SKIP.QuorumMissing]);
  });

  it("submitCompletions_noItemWithTheOutput_isSkipped", async () => {
    const { execution, nodes } = await begin();
    const items = (await group(execution, nodes.slice(0, 3))).map((item) => ({
      ...item,
      output: "0x" as Hex,
    }));
    await reverts(line, send(items), "BatchNothingAccepted", [SKIP.OutputInvalid]);
  });

  it("submitCompletions_outputInASkippedItem_countsForTheOthers", async () => {
    const { execution, nodes } = await begin();
    const trio = await group(execution, nodes.slice(0, 3));
    const [first, second, third] = trio as [SignedItem, SignedItem, SignedItem];
    const forged = { ...first, signature: second.signature };
    const hash = await send([forged, { ...first, output: "0x" }, second, third]);
    expect((await events(line, hash)).slice(0, 2)).to.deep.equal([
      skippedEvent(execution, 0, SKIP.SignatureInvalid),
      acceptedEvent(first),
    ]);
  });

  it("submitCompletions_quorumByReference_keepsTheUri", async () => {
    const { execution } = await execute(line, { outputsByReference: true });
    const nodes = await nodesByRank(line, execution, 0);
    const items = await group(execution, nodes.slice(0, 3));
    const [first] = items as [SignedItem];
    const byUri = { ...first, output: toHex("pleiad:") };
    expect((await events(line, send([byUri, ...items.slice(1)])))[0]).to.deep.equal(acceptedEvent(byUri));
  });

  it("submitCompletions_quorumWithAReferenceThatASenderCouldChoose_isSkipped", async () => {
    const { execution } = await execute(line, { outputsByReference: true });
    const nodes = await nodesByRank(line, execution, 0);
    const items = await group(execution, nodes.slice(0, 3));
    const [first, second, third] = items as [SignedItem, SignedItem, SignedItem];
    const chosen = { ...first, output: toHex("https://example.org/a") };
    await reverts(line, send([chosen, second, third]), "BatchNothingAccepted", [SKIP.OutputInvalid]);
    // Also where the quorum has an output already.
    const late = { ...third, output: toHex("pleiad:/") };
    expect((await events(line, send([first, second, late, third])))[0]).to.deep.equal(
      skippedEvent(execution, 0, SKIP.OutputInvalid),
    );
  });

  it("submitCompletion_directlyInAnyRole_reverts", async () => {
    const { execution, nodes } = await begin();
    await openAll();
    const [node] = nodes as [TestNode];
    const byNode = await completionOf(line, execution, 0, node.id);
    const args = [execution, 0n, 3n];
    await reverts(
      line,
      executions.write.submitCompletionAsNode([byNode.completion, byNode.output], { account: node.owner }),
      "CompletionQuorumNeeded",
      args,
    );
    const { completion, output } = await completionOf(line, execution, 0, 0n);
    const owners = [
      executions.write.submitCompletionAsModelOwner([completion, output], {
        account: line.operators[0] as Address,
      }),
      executions.write.submitCompletionAsClusterOwner([completion, output], { account: line.clusterOwner }),
    ];
    for (const call of owners) await reverts(line, call, "CompletionQuorumNeeded", args);
  });

  it("submitCompletions_ownersSignature_isSkipped", async () => {
    const { execution } = await begin();
    const { completion, output } = await completionOf(line, execution, 0, 0n);
    const item = {
      completion,
      output,
      signature: await line.sign(line.testNodes[0]?.key as TestNode["key"], completion),
    };
    await reverts(line, send([item]), "BatchNothingAccepted", [SKIP.QuorumNeeded]);
  });

  it("windowOf_firstNodesOfAQuorum_areAdmittedTogether", async () => {
    const { execution, nodes } = await begin();
    const { readyAt } = await executions.read.executionOf([execution]);
    const opens: bigint[] = [];
    for (const { id } of nodes) {
      const [eligible, opensAt] = await executions.read.windowOf([execution, 0n, id]);
      expect(eligible, `node ${id}`).to.equal(true);
      opens.push(opensAt - readyAt);
    }
    const window = BigInt(WINDOW_SECONDS);
    expect(opens).to.deep.equal([0n, 0n, 0n, window, 2n * window]);
  });

  it("submitCompletions_rank3AtItsWindow_succeedsAndASecondBefore_isSkipped", async () => {
    const { execution, nodes } = await begin();
    const { readyAt } = await executions.read.executionOf([execution]);
    const [a, b, , d] = nodes as [TestNode, TestNode, TestNode, TestNode];
    const items = await group(execution, [d, a, b]);
    const opensAt = readyAt + BigInt(WINDOW_SECONDS);
    await at(line, opensAt - 1n);
    await reverts(line, send(items), "BatchNothingAccepted", [SKIP.TooEarly]);
    await at(line, opensAt);
    expect((await events(line, send(items)))[0]).to.deep.equal(acceptedEvent(items[0] as SignedItem));
  });

  it("submitCompletions_quorumOfSeven_succeeds", async () => {
    const many = await createPinnedLine({ tasks: [{ model: 1n, quorum: 7 }] }, 7);
    const { execution } = await execute(many);
    const items: SignedItem[] = [];
    for (const node of many.testNodes) items.push(await signedItem(many, execution, 0, node));
    const hash = await many.executions.write.submitCompletions([items], { account: many.relayer });
    const names = (await events(many, hash)).map(({ event }) => event);
    expect(names).to.deep.equal([
      "CompletionAccepted",
      ...Array(6).fill("CompletionSeconded"),
      "ClusterResponse",
    ]);
    const paid = Object.values(await credits(many)).reduce((sum, wei) => sum + wei, 0n);
    expect(paid).to.equal(TERMS.priceWei + FEE_WEI);
  });

  it("submitCompletions_shareOfNothing_paysTheModel", async () => {
    const free = await publishPinned(line, {
      tasks: [{ model: 1n, quorum: 2, nodeShareBps: 0 }],
      feeWei: 0n,
    });
    const { execution } = await execute(free);
    const nodes = await nodesByRank(free, execution, 0);
    const items: SignedItem[] = [];
    for (const node of nodes.slice(0, 2)) items.push(await signedItem(free, execution, 0, node));
    await send(items);
    expect(await credits(free)).to.deep.equal({ "model 1": TERMS.priceWei });
  });
});
