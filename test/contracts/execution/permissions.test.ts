import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { type Address, getAddress, type Hex, zeroAddress } from "viem";
import {
  acceptedEvent,
  credits,
  events,
  KIND,
  ROLE,
  readyEvent,
  restoring,
  reverts,
  SKIP,
  STATE,
} from "../fixtures/executions.ts";
import { completionOf, execute, firstNode, paramsOf, signedItem } from "../fixtures/line.ts";
import { createPinnedLine, publishPinned } from "../fixtures/pinned.ts";
import { WINDOW_SECONDS } from "../fixtures/world.ts";

const SUBMIT = 2;
const WITHDRAW = 8;
const line = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n }] });
const { executions, permissions, stranger: delegate } = line;
const registries = [line.nodes.address, line.models.address, line.registry.address] as const;
const restore = restoring(line);

function name(kind: number, token: bigint, owner: Address, roles: number, expiresAt = 0): Promise<Hex> {
  const registry = registries[kind] as Address;
  return permissions.write.setDelegate([registry, token, delegate, roles, expiresAt], { account: owner });
}

function grant(uses: number, grantee: Address = line.requester): Promise<Hex> {
  return permissions.write.setGrant(
    [line.registry.address, line.cluster, executions.address, grantee, uses, 0],
    { account: line.clusterOwner },
  );
}

/** A direct answer to the first task, after all windows, with whoever owns what stands behind the role. */
async function answer(role: keyof typeof ROLE) {
  const { execution } = await execute(line, { ownerMayAnswer: true });
  const node = await firstNode(line, execution, 0);
  await line.networkHelpers.time.increase(WINDOW_SECONDS * 5);
  const { completion, output } = await completionOf(line, execution, 0, role === "Node" ? node.id : 0n);
  const [token, owner] = {
    Node: [node.id, node.owner],
    ModelOwner: [1n, line.operators[0]],
    ClusterOwner: [line.cluster, line.clusterOwner],
  }[role] as [bigint, Address];
  const functionName = `submitCompletionAs${role}` as const;
  const send = (account: Address) => executions.write[functionName]([completion, output], { account });
  return { execution, completion, output, token, owner, send };
}

describe("ClusterExecutions: delegates", () => {
  beforeEach(restore);

  for (const role of ["Node", "ModelOwner", "ClusterOwner"] as const) {
    it(`submitCompletionAs${role}_delegateWithTheRoleSubmit_succeeds`, async () => {
      const { execution, completion, output, token, owner, send } = await answer(role);
      const refusal = [execution, 0n, delegate];
      await reverts(line, send(delegate), "CompletionNotEligible", refusal);
      await name(ROLE[role], token, owner, 15 - SUBMIT);
      await reverts(line, send(delegate), "CompletionNotEligible", refusal);
      await name(ROLE[role], token, owner, SUBMIT);
      expect(await events(line, send(delegate))).to.deep.equal([
        acceptedEvent({ completion, output }, { role: ROLE[role] }),
        readyEvent(execution, 1),
      ]);
    });

    it(`submitCompletionAs${role}_delegateThatExpired_reverts`, async () => {
      const { execution, token, owner, send } = await answer(role);
      const now = await line.networkHelpers.time.latest();
      await name(ROLE[role], token, owner, SUBMIT, now + 10);
      await line.networkHelpers.time.increase(20);
      await reverts(line, send(delegate), "CompletionNotEligible", [execution, 0n, delegate]);
    });
  }

  it("submitCompletionAsNode_delegateOfASuspendedNode_reverts", async () => {
    const { execution, token, owner, send } = await answer("Node");
    await line.nodes.write.transferFrom([owner, line.relayer, token], { account: owner });
    await name(KIND.Node, token, line.relayer, SUBMIT);
    await reverts(line, send(delegate), "CompletionNotEligible", [execution, 0n, delegate]);
  });

  it("submitCompletionAsModelOwner_delegateOfTheOwnerBefore_reverts", async () => {
    // C13: what an owner allowed ends with it.
    const { execution, owner, send } = await answer("ModelOwner");
    await name(KIND.Model, 1n, owner, SUBMIT);
    await line.models.write.transferFrom([owner, line.relayer, 1n], { account: owner });
    await reverts(line, send(delegate), "CompletionNotEligible", [execution, 0n, delegate]);
    await send(line.relayer);
  });

  it("submitCompletions_signedByADelegate_isSkipped", async () => {
    const { execution } = await execute(line);
    const node = await firstNode(line, execution, 0);
    const key = line.nodeKey(7);
    await permissions.write.setDelegate([line.nodes.address, node.id, key.address, 15, 0], {
      account: node.owner,
    });
    const item = await signedItem(line, execution, 0, { ...node, key });
    await reverts(line, executions.write.submitCompletions([[item]]), "BatchNothingAccepted", [
      SKIP.SignatureInvalid,
    ]);
  });
});

describe("ClusterExecutions: withdrawals by delegates and to others", () => {
  beforeEach(restore);

  for (const [kindName, kind] of Object.entries(KIND)) {
    if (kind === KIND.Account) continue;
    it(`withdraw_delegateOfThe${kindName}WithTheRoleWithdraw_succeeds`, async () => {
      await settle();
      const id = kind === KIND.Cluster ? line.cluster : await earner(kind);
      const owner = await ownerOf(kind, id);
      const amountWei = await executions.read.creditOf([kind, id, zeroAddress]);
      expect(amountWei > 0n, "has a credit").to.equal(true);
      const take = () =>
        executions.write.withdraw([kind, id, zeroAddress, line.relayer], { account: delegate });
      await reverts(line, take(), "CreditNotYours", [kind, id, delegate]);
      await name(kind, id, owner, 15 - WITHDRAW);
      await reverts(line, take(), "CreditNotYours", [kind, id, delegate]);
      await name(kind, id, owner, WITHDRAW);
      const hash = await take();
      expect(await events(line, hash)).to.deep.equal([
        { event: "CreditWithdrawn", args: { kind, id, to: line.relayer, currency: zeroAddress, amountWei } },
      ]);
      await line.viem.assertions.balancesHaveChanged(hash, [{ address: line.relayer, amount: amountWei }]);
    });
  }

  it("withdraw_accountToSomebodyElse_succeeds", async () => {
    const { execution } = await execute(line);
    await line.networkHelpers.time.increase(4_000);
    await executions.write.expire([execution]);
    const args = [KIND.Account, BigInt(line.requester), zeroAddress, line.relayer] as const;
    const hash = executions.write.withdraw(args, { account: line.requester });
    await line.viem.assertions.balancesHaveChanged(hash, [{ address: line.relayer, amount: line.quoteWei }]);
  });

  it("withdraw_toNobodyOrThisContract_reverts", async () => {
    await settle();
    for (const to of [zeroAddress, getAddress(executions.address)]) {
      const call = executions.write.withdraw([KIND.Cluster, line.cluster, zeroAddress, to], {
        account: line.clusterOwner,
      });
      await reverts(line, call, "CreditReceiverInvalid", [to]);
    }
  });

  async function settle(): Promise<void> {
    const { execution } = await execute(line);
    const items = [];
    for (const task of [0, 1])
      items.push(await signedItem(line, execution, task, await firstNode(line, execution, task)));
    await executions.write.submitCompletions([items]);
  }

  async function earner(kind: number): Promise<bigint> {
    for (const id of [1n, 2n, 3n])
      if ((await executions.read.creditOf([kind, id, zeroAddress])) > 0n) return id;
    throw new Error("nobody earned");
  }

  async function ownerOf(kind: number, id: bigint): Promise<Address> {
    const registry = [line.nodes, line.models, line.registry][kind] as typeof line.nodes;
    return getAddress(await registry.read.ownerOf([id]));
  }
});

describe("ClusterExecutions: access", () => {
  beforeEach(restore);

  it("execute_restrictedClusterWithoutAGrant_reverts", async () => {
    await line.registry.write.set([line.cluster, true, false]);
    await line.viem.assertions.revertWithCustomErrorWithArgs(execute(line), permissions, "GrantMissing", [
      getAddress(line.registry.address),
      line.cluster,
      getAddress(executions.address),
      line.requester,
    ]);
    expect(await executions.read.executionCount()).to.equal(0n);
  });

  it("execute_restrictedClusterWithAGrant_takesOneUse", async () => {
    await line.registry.write.set([line.cluster, true, false]);
    await grant(2);
    await execute(line);
    await execute(line);
    await line.viem.assertions.revertWithCustomError(execute(line) as never, permissions, "GrantMissing");
    expect(await executions.read.executionCount()).to.equal(2n);
  });

  it("execute_openCluster_takesNoUse", async () => {
    await grant(1);
    await execute(line);
    const [uses] = await permissions.read.grantOf([
      line.registry.address,
      line.cluster,
      executions.address,
      line.requester,
    ]);
    expect(uses).to.equal(1);
  });

  it("execute_restrictedClusterByItsOwner_succeeds", async () => {
    await line.registry.write.set([line.cluster, true, false]);
    await execute(line, { requester: line.clusterOwner });
  });

  it("execute_refusedPayment_takesNoUse", async () => {
    await line.registry.write.set([line.cluster, true, false]);
    await grant(1);
    await reverts(line, execute(line, { valueWei: 1n }), "ExecutionValueMismatch", [1n, line.quoteWei]);
    await execute(line);
  });

  it("quote_stoppedVersion_answersAndSaysSo", async () => {
    const ask = () => executions.read.quote([line.cluster, 1n]);
    expect(await ask()).to.deep.equal([line.quoteWei, zeroAddress, true]);
    const running = await execute(line);
    await line.registry.write.set([line.cluster, false, true]);
    expect(await ask()).to.deep.equal([line.quoteWei, zeroAddress, false]);
    await line.viem.assertions.revertWithCustomErrorWithArgs(
      execute(line),
      line.clusters,
      "ClusterVersionStopped",
      [line.cluster, 1n],
    );
    // What runs is untouched.
    const node = await firstNode(line, running.execution, 0);
    await executions.write.submitCompletions([[await signedItem(line, running.execution, 0, node)]]);
  });
});

describe("ClusterExecutions.executeFor", () => {
  beforeEach(restore);

  async function executeFor(requester: Address, account: Address): Promise<Hex> {
    const args = [requester, line.cluster, 1n, "0x", await paramsOf(line)] as const;
    return executions.write.executeFor(args, { account, value: line.quoteWei });
  }

  it("executeFor_byTheRouter_paysFromTheRouterForTheRequester", async () => {
    const hash = await executeFor(line.requester, line.router);
    await line.viem.assertions.balancesHaveChanged(hash, [
      { address: line.requester, amount: 0n },
      { address: executions.address, amount: line.quoteWei },
    ]);
    const view = await executions.read.executionOf([1n]);
    expect([view.requester, view.state]).to.deep.equal([line.requester, STATE.Running]);
    await line.networkHelpers.time.increase(WINDOW_SECONDS * 8);
    await reverts(line, executions.write.cancel([1n], { account: line.router }), "ExecutionNotYours", [
      1n,
      line.router,
    ]);
    await executions.write.cancel([1n], { account: line.requester });
    expect(await credits(line)).to.deep.equal({ requester: line.quoteWei });
  });

  it("executeFor_byTheRequesterItself_succeeds", async () => {
    await executeFor(line.requester, line.requester);
    expect((await executions.read.executionOf([1n])).requester).to.equal(line.requester);
  });

  it("executeFor_anotherCluster_runsThatOne", async () => {
    const other = await publishPinned(line, { tasks: [{ model: 1n }] });
    const args = [line.requester, other.cluster, 1n, "0x", await paramsOf(line)] as const;
    await executions.write.executeFor(args, { account: line.router, value: other.quoteWei });
    expect((await executions.read.executionOf([1n])).cluster).to.equal(other.cluster);
  });

  it("executeFor_byAnybodyElse_reverts", async () => {
    for (const sender of [line.stranger, line.clusterOwner, line.relayer]) {
      const call = executeFor(line.requester, sender);
      await reverts(line, call, "ExecutionNotForCaller", [line.requester, sender]);
    }
  });

  it("executeFor_nobody_reverts", async () => {
    await reverts(line, executeFor(zeroAddress, line.router), "ExecutionNotForCaller", [
      zeroAddress,
      line.router,
    ]);
  });

  it("executeFor_restrictedCluster_usesTheRequestersGrant", async () => {
    await line.registry.write.set([line.cluster, true, false]);
    await grant(1, line.router);
    const refused = executeFor(line.requester, line.router);
    await line.viem.assertions.revertWithCustomError(refused as never, permissions, "GrantMissing");
    await grant(1);
    await executeFor(line.requester, line.router);
  });
});
