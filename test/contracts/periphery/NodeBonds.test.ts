import type { Completion } from "@pleiad/sdk/types/completion";
import { completionDomain } from "@pleiad/sdk/types/completion";
import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  parseEther,
  parseSignature,
  serializeSignature,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { enableAccount, minedAt, restoring } from "../fixtures/executions.ts";
import { completionOf, execute } from "../fixtures/line.ts";
import { createPeriphery, gasOf, ROLES, setRoles, settledRun } from "../fixtures/periphery.ts";
import { eventsOf } from "../fixtures/registries.ts";
import type { TestNode } from "../fixtures/world.ts";

const DELAY_SECONDS = 21n * 86_400n;
const ETHER = parseEther("1");
/** The order of secp256k1: (r, n − s) with the other parity is the same signature in another form. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** How `Receiver__MockForBonds` takes money. */
const MOOD = { Take: 0, Refuse: 1, EatGas: 2, AnswerMuch: 3, CallBack: 4 } as const;

const line = await createPeriphery();
const { bonds, nodes, executions, viem, client } = line;
const { assertions } = viem;
const restore = restoring(line);
const node = line.testNodes[0] as TestNode;
const other = line.testNodes[1] as TestNode;
const [requester, stranger] = [line.requester, line.stranger];

function bond(valueWei: bigint, of = node.id, account: Address = stranger): Promise<Hex> {
  return bonds.write.bond([of], { account, value: valueWei });
}

function requestUnbond(amountWei: bigint, account = node.owner): Promise<Hex> {
  return bonds.write.requestUnbond([node.id, amountWei], { account });
}

function withdraw(to: Address = stranger, account = node.owner): Promise<Hex> {
  return bonds.write.withdrawBond([node.id, to], { account });
}

function refuses(call: Promise<unknown>, error: string, args: readonly unknown[]): Promise<void> {
  return assertions.revertWithCustomErrorWithArgs(call as Promise<Hex>, bonds, error as never, args as never);
}

function bondOf(of = node.id) {
  return bonds.read.bondOf([of]);
}

function balance(address: Address): Promise<bigint> {
  return client.getBalance({ address });
}

async function releasesAt(hash: Hex): Promise<bigint> {
  return (await minedAt(line, hash)) + DELAY_SECONDS;
}

/** Two completions of one task with different outputs, and their signatures; 65 bytes where `form` says so. */
interface Lie {
  a: Completion;
  b: Completion;
  signatureA: Hex;
  signatureB: Hex;
}

async function lieOf(
  execution: bigint,
  change: {
    a?: Partial<Completion>;
    b?: Partial<Completion>;
    keyA?: PrivateKeyAccount;
    keyB?: PrivateKeyAccount;
  } = {},
): Promise<Lie> {
  const base = (await completionOf(line, execution, 0, node.id)).completion;
  const a = { ...base, outputDigest: keccak256(toHex("one")), ...change.a };
  const b = { ...base, outputDigest: keccak256(toHex("two")), ...change.b };
  return {
    a,
    b,
    signatureA: await line.sign(change.keyA ?? node.key, a),
    signatureB: await line.sign(change.keyB ?? node.key, b),
  };
}

function prove({ a, b, signatureA, signatureB }: Lie, account: Address = stranger): Promise<Hex> {
  return bonds.write.proveEquivocation([a, signatureA, b, signatureB], { account });
}

/** A signature as 65 bytes, and the same with the other s. */
function formsOf(signature: Hex): { long: Hex; malleated: Hex } {
  const bytes = signature.slice(2);
  const yParityAndS = BigInt(`0x${bytes.slice(64)}`);
  const yParity = Number(yParityAndS >> 255n);
  const s = yParityAndS & (2n ** 255n - 1n);
  const r: Hex = `0x${bytes.slice(0, 64)}`;
  return {
    long: serializeSignature({ r, s: toHex(s, { size: 32 }), yParity }),
    malleated: serializeSignature({ r, s: toHex(CURVE_ORDER - s, { size: 32 }), yParity: 1 - yParity }),
  };
}

describe("NodeBonds", () => {
  beforeEach(restore);

  describe("bond", () => {
    it("bond_byAnybody_succeeds", async () => {
      for (const [index, account] of [stranger, node.owner].entries()) {
        expect(await eventsOf(line, bonds, bond(ETHER, node.id, account))).to.deep.equal([
          { event: "Bonded", args: { node: node.id, from: account, amountWei: ETHER } },
        ]);
        expect(await bondOf()).to.deep.equal([BigInt(index + 1) * ETHER, 0n, 0n]);
      }
      expect(await bondOf(other.id)).to.deep.equal([0n, 0n, 0n]);
      expect(await balance(bonds.address)).to.equal(2n * ETHER);
    });

    it("bond_unknownNode_reverts", async () => {
      for (const unknown of [0n, 4n, 2n ** 255n]) {
        await refuses(bond(ETHER, unknown), "BondNodeUnknown", [unknown]);
      }
    });

    it("bond_ofNothing_reverts", async () => {
      await refuses(bond(0n), "BondValueOutOfRange", [0n, 2n ** 96n - 1n]);
    });

    it("bond_moreThanFits_reverts", async () => {
      await line.networkHelpers.setBalance(stranger, 2n ** 100n);
      await bond(2n ** 96n - 10n);
      await requestUnbond(5n);
      // What is unbonding counts with it.
      await refuses(bond(10n), "BondValueOutOfRange", [10n, 9n]);
      await bond(9n);
      await refuses(bond(1n), "BondValueOutOfRange", [1n, 0n]);
      expect(await bondOf()).to.deep.include.members([2n ** 96n - 6n, 5n]);
    });

    it("receive_plainEther_reverts", async () => {
      const [wallet] = line.wallets;
      const sent = wallet?.sendTransaction({ to: bonds.address, value: 1n }) as Promise<Hex>;
      await assertions.revert(sent);
    });
  });

  describe("requestUnbond", () => {
    beforeEach(async () => {
      await bond(10n);
    });

    it("requestUnbond_byTheOwner_succeeds", async () => {
      const hash = await requestUnbond(4n);
      const expected = await releasesAt(hash);
      expect(await eventsOf(line, bonds, hash)).to.deep.equal([
        {
          event: "UnbondRequested",
          args: { node: node.id, amountWei: 4n, unbondingWei: 4n, releasesAt: expected },
        },
      ]);
      expect(await bondOf()).to.deep.equal([6n, 4n, expected]);
    });

    it("requestUnbond_again_addsAndBeginsAnew", async () => {
      await requestUnbond(4n);
      await line.networkHelpers.time.increase(1_000_000);
      const hash = await requestUnbond(6n);
      const expected = await releasesAt(hash);
      expect(await bondOf()).to.deep.equal([0n, 10n, expected]);
      await line.networkHelpers.time.setNextBlockTimestamp(expected - 1n);
      await refuses(withdraw(), "BondNotReleased", [node.id, expected]);
    });

    it("requestUnbond_byADelegateThatMayWithdraw_succeeds", async () => {
      await setRoles(line, nodes.address, node.id, stranger, ROLES.withdraw);
      await requestUnbond(1n, stranger);
      expect((await bondOf())[1]).to.equal(1n);
    });

    it("requestUnbond_byAnybodyElse_reverts", async () => {
      await setRoles(line, nodes.address, node.id, stranger, 7);
      await nodes.write.approve([line.relayer, node.id], { account: node.owner });
      for (const account of [stranger, other.owner, line.relayer, node.key.address]) {
        await enableAccount(line, account);
        await refuses(requestUnbond(1n, account), "BondNotYours", [node.id, account]);
      }
    });

    it("requestUnbond_ofNothingOrMoreThanBonded_reverts", async () => {
      for (const amountWei of [0n, 11n, 2n ** 96n + 1n, 2n ** 256n - 1n]) {
        await refuses(requestUnbond(amountWei), "BondAmountOutOfRange", [amountWei, 10n]);
      }
      await requestUnbond(10n);
      await refuses(requestUnbond(1n), "BondAmountOutOfRange", [1n, 0n]);
    });

    it("requestUnbond_unknownNode_reverts", async () => {
      for (const unknown of [0n, 4n]) {
        const call = bonds.write.requestUnbond([unknown, 1n], { account: stranger });
        await refuses(call, "BondNodeUnknown", [unknown]);
      }
    });
  });

  describe("withdrawBond", () => {
    async function unbonding(amountWei: bigint): Promise<bigint> {
      await bond(amountWei);
      return releasesAt(await requestUnbond(amountWei));
    }

    it("withdrawBond_afterTheDelay_succeeds", async () => {
      const at = await unbonding(5n);
      await line.networkHelpers.time.setNextBlockTimestamp(at);
      const before = await balance(stranger);
      const hash = await withdraw();
      expect(await eventsOf(line, bonds, hash)).to.deep.equal([
        { event: "BondWithdrawn", args: { node: node.id, to: stranger, amountWei: 5n } },
      ]);
      expect((await balance(stranger)) - before).to.equal(5n);
      expect(await bondOf()).to.deep.equal([0n, 0n, 0n]);
      expect(await balance(bonds.address)).to.equal(0n);
    });

    it("withdrawBond_aSecondBefore_reverts", async () => {
      const at = await unbonding(5n);
      await line.networkHelpers.time.setNextBlockTimestamp(at - 1n);
      await refuses(withdraw(), "BondNotReleased", [node.id, at]);
    });

    it("withdrawBond_whatIsBonded_stays", async () => {
      await bond(7n);
      const at = await unbonding(3n);
      await line.networkHelpers.time.increaseTo(at);
      await withdraw();
      expect(await bondOf()).to.deep.equal([7n, 0n, 0n]);
      await refuses(withdraw(), "BondNothingUnbonding", [node.id]);
    });

    it("withdrawBond_withoutRequest_reverts", async () => {
      await bond(7n);
      await refuses(withdraw(), "BondNothingUnbonding", [node.id]);
    });

    it("withdrawBond_byADelegateThatMayWithdraw_succeeds", async () => {
      const at = await unbonding(5n);
      await line.networkHelpers.time.increaseTo(at);
      await setRoles(line, nodes.address, node.id, line.relayer, 15);
      const before = await balance(stranger);
      await withdraw(stranger, line.relayer);
      expect((await balance(stranger)) - before).to.equal(5n);
    });

    it("withdrawBond_byAnybodyElse_reverts", async () => {
      const at = await unbonding(5n);
      await line.networkHelpers.time.increaseTo(at);
      await setRoles(line, nodes.address, node.id, stranger, 7);
      for (const account of [stranger, other.owner]) {
        await refuses(withdraw(stranger, account), "BondNotYours", [node.id, account]);
      }
    });

    it("withdrawBond_unknownNode_reverts", async () => {
      const call = bonds.write.withdrawBond([4n, stranger], { account: stranger });
      await refuses(call, "BondNodeUnknown", [4n]);
    });

    it("withdrawBond_afterTheNodeWasSold_isTheBuyers", async () => {
      const at = await unbonding(5n);
      await nodes.write.transferFrom([node.owner, line.relayer, node.id], { account: node.owner });
      await line.networkHelpers.time.increaseTo(at);
      await refuses(withdraw(stranger, node.owner), "BondNotYours", [node.id, node.owner]);
      // Suspended until the buyer proves a key: its bond is not.
      await withdraw(stranger, line.relayer);
      expect(await balance(bonds.address)).to.equal(0n);
    });

    it("withdrawBond_toTheZeroAddress_reverts", async () => {
      const at = await unbonding(5n);
      await line.networkHelpers.time.increaseTo(at);
      await refuses(withdraw(zeroAddress), "BondReceiverZero", []);
      expect((await bondOf())[1]).to.equal(5n);
    });
  });

  describe("proveEquivocation", () => {
    it("proveEquivocation_twoOutputsForOneContext_takesHalf", async () => {
      await bond(100n);
      const { execution } = await execute(line);
      const lie = await lieOf(execution);
      expect(await eventsOf(line, bonds, prove(lie))).to.deep.equal([
        {
          event: "EquivocationProven",
          args: {
            node: node.id,
            execution,
            requester,
            task: 0n,
            contextHash: lie.a.contextHash,
            outputDigestA: lie.a.outputDigest,
            outputDigestB: lie.b.outputDigest,
            fromBondedWei: 50n,
            fromUnbondingWei: 0n,
          },
        },
      ]);
      expect(await bondOf()).to.deep.equal([50n, 0n, 0n]);
      expect(await bonds.read.claimableOf([requester])).to.equal(50n);
      expect(await bonds.read.equivocationsOf([node.id])).to.equal(1n);
      const key = [node.id, execution, 0n, lie.a.contextHash] as const;
      expect(await bonds.read.isProven(key)).to.equal(true);
      expect(await bonds.read.isProven([other.id, ...key.slice(1)] as unknown as typeof key)).to.equal(false);
    });

    for (const [bondedWei, unbondingWei, taken] of [
      [1n, 0n, [1n, 0n]],
      [3n, 0n, [2n, 0n]],
      [60n, 40n, [50n, 0n]],
      [10n, 90n, [10n, 40n]],
      [0n, 9n, [0n, 5n]],
      [0n, 1n, [0n, 1n]],
    ] as const) {
      it(`proveEquivocation_${bondedWei}WeiBondedAnd${unbondingWei}Unbonding_takesHalfOfBoth`, async () => {
        await bond(bondedWei + unbondingWei);
        const at = unbondingWei === 0n ? 0n : await releasesAt(await requestUnbond(unbondingWei));
        const { execution } = await execute(line);
        const [event] = await eventsOf(line, bonds, prove(await lieOf(execution)));
        const { fromBondedWei, fromUnbondingWei } = (event?.args ?? {}) as Record<string, bigint>;
        expect([fromBondedWei, fromUnbondingWei]).to.deep.equal(taken);
        const left = unbondingWei - taken[1];
        expect(await bondOf()).to.deep.equal([bondedWei - taken[0], left, left === 0n ? 0n : at]);
        expect(await bonds.read.claimableOf([requester])).to.equal(taken[0] + taken[1]);
      });
    }

    it("proveEquivocation_ofWhatCouldBeWithdrawnAlready_takesHalf", async () => {
      await bond(10n);
      const at = await releasesAt(await requestUnbond(10n));
      await line.networkHelpers.time.increaseTo(at + 1_000n);
      const { execution } = await execute(line);
      await prove(await lieOf(execution));
      await withdraw();
      expect(await balance(bonds.address)).to.equal(5n);
    });

    it("proveEquivocation_whileItRunsOrWhenItHasEnded_succeeds", async () => {
      await bond(100n);
      const settled = await settledRun(line);
      await prove(await lieOf(settled.execution));
      const { execution } = await execute(line);
      await prove(await lieOf(execution));
      await line.networkHelpers.time.increase(4_000);
      await executions.write.expire([execution], { account: stranger });
      await prove(await lieOf(execution, { a: { task: 1 }, b: { task: 1 } }));
      expect(await bonds.read.claimableOf([requester])).to.equal(50n + 25n + 13n);
    });

    it("proveEquivocation_otherTipOrEvidenceBeside_succeeds", async () => {
      await bond(100n);
      const { execution } = await execute(line);
      await prove(await lieOf(execution, { b: { tip: 3n, evidenceDigest: keccak256("0x01") } }));
      expect(await bonds.read.claimableOf([requester])).to.equal(50n);
    });

    it("proveEquivocation_onlyTipOrEvidenceDiffers_reverts", async () => {
      await bond(100n);
      const { execution } = await execute(line);
      const outputDigest = keccak256(toHex("one"));
      const lie = await lieOf(execution, {
        a: { outputDigest },
        b: { outputDigest, tip: 3n, evidenceDigest: keccak256("0x01") },
      });
      await refuses(prove(lie), "EquivocationOutputsSame", [outputDigest]);
    });

    for (const [what, change] of Object.entries({
      Execution: { execution: 2n },
      Task: { task: 1 },
      Context: { contextHash: zeroHash },
    })) {
      it(`proveEquivocation_another${what}_reverts`, async () => {
        await bond(100n);
        const { execution } = await execute(line);
        await execute(line);
        await refuses(prove(await lieOf(execution, { b: change })), "EquivocationContextsDiffer", []);
      });
    }

    it("proveEquivocation_unknownExecution_reverts", async () => {
      await bond(100n);
      const { execution } = await execute(line);
      for (const unknown of [0n, execution + 1n]) {
        const lie = await lieOf(execution, { a: { execution: unknown }, b: { execution: unknown } });
        await assertions.revertWithCustomErrorWithArgs(prove(lie), executions, "ExecutionUnknown", [unknown]);
      }
      expect(await bonds.read.equivocationsOf([node.id])).to.equal(0n);
    });

    it("proveEquivocation_nothingBonded_revertsAndStaysGood", async () => {
      const { execution } = await execute(line);
      const lie = await lieOf(execution);
      await refuses(prove(lie), "EquivocationNothingBonded", [node.id]);
      await bond(100n);
      await prove(lie);
      expect(await bonds.read.claimableOf([requester])).to.equal(50n);
    });

    describe("who signed", () => {
      it("proveEquivocation_oneByAnotherKey_reverts", async () => {
        await bond(100n);
        await bond(100n, other.id);
        const { execution } = await execute(line);
        const unknown = line.nodeKey(50);
        for (const [keys, signer] of [
          [{ keyA: unknown }, unknown.address],
          [{ keyB: unknown }, unknown.address],
          [{ keyA: other.key }, other.key.address],
          [{ keyB: other.key }, other.key.address],
          [{ keyA: other.key, keyB: other.key }, other.key.address],
        ] as const) {
          await refuses(prove(await lieOf(execution, keys)), "EquivocationSignerWrong", [node.id, signer]);
        }
      });

      it("proveEquivocation_twoNodesThatDisagree_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution, { b: { node: other.id }, keyB: other.key });
        await refuses(prove(lie), "EquivocationSignerWrong", [node.id, other.key.address]);
      });

      it("proveEquivocation_oneInAnothersNameOrAnOwners_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        for (const named of [other.id, 0n]) {
          const second = await lieOf(execution, { b: { node: named } });
          await refuses(prove(second), "EquivocationSignerWrong", [node.id, node.key.address]);
          const both = await lieOf(execution, { a: { node: named }, b: { node: named } });
          await refuses(prove(both), "EquivocationSignerWrong", [named, node.key.address]);
        }
      });

      it("proveEquivocation_badSignatures_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution);
        for (const bad of [
          "0x",
          `0x${"00".repeat(65)}`,
          `0x${"00".repeat(64)}`,
          `0x${"11".repeat(66)}`,
        ] as Hex[]) {
          await refuses(prove({ ...lie, signatureA: bad }), "EquivocationSignerWrong", [
            node.id,
            zeroAddress,
          ]);
          await refuses(prove({ ...lie, signatureB: bad }), "EquivocationSignerWrong", [
            node.id,
            zeroAddress,
          ]);
        }
      });

      it("proveEquivocation_ofAnotherChainOrContract_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution);
        for (const domain of [
          completionDomain(1, executions.address),
          completionDomain(line.chainId, bonds.address),
        ]) {
          const signatureB = await line.signIn(domain, node.key, lie.b);
          await assertions.revertWithCustomError(
            prove({ ...lie, signatureB }),
            bonds,
            "EquivocationSignerWrong",
          );
        }
      });

      it("proveEquivocation_oldKeyAndNew_succeeds", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const fresh = line.nodeKey(60);
        const proof = await line.keyProof(fresh, node.owner);
        await nodes.write.rotateKey([node.id, fresh.address, proof], { account: node.owner });
        await prove(await lieOf(execution, { keyB: fresh }));
        expect(await bonds.read.claimableOf([requester])).to.equal(50n);
      });

      it("proveEquivocation_afterRotationAndSale_succeeds", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution);
        await nodes.write.transferFrom([node.owner, line.relayer, node.id], { account: node.owner });
        const fresh = line.nodeKey(61);
        const proof = await line.keyProof(fresh, line.relayer);
        await nodes.write.rotateKey([node.id, fresh.address, proof], { account: line.relayer });
        await prove(lie);
        expect(await bonds.read.claimableOf([requester])).to.equal(50n);
      });
    });

    describe("by a key that the node has no longer", () => {
      it("proveEquivocation_keyRotatedBeforeTheExecution_reverts", async () => {
        await bond(100n);
        const fresh = line.nodeKey(61);
        const proof = await line.keyProof(fresh, node.owner);
        await nodes.write.rotateKey([node.id, fresh.address, proof], { account: node.owner });
        await line.networkHelpers.time.increase(1);
        const { execution } = await execute(line);
        const { createdAt } = await executions.read.executionOf([execution]);
        const retiredAt = await nodes.read.keyRetiredAt([node.key.address]);
        await refuses(prove(await lieOf(execution)), "EquivocationKeyRetired", [
          node.key.address,
          retiredAt,
          createdAt,
        ]);
        expect(await bondOf()).to.deep.equal([100n, 0n, 0n]);
      });

      it("proveEquivocation_nodeSoldBeforeTheExecution_reverts", async () => {
        await bond(100n);
        await nodes.write.transferFrom([node.owner, line.relayer, node.id], { account: node.owner });
        await line.networkHelpers.time.increase(1);
        const { execution } = await execute(line);
        const { createdAt } = await executions.read.executionOf([execution]);
        const retiredAt = await nodes.read.keyRetiredAt([node.key.address]);
        await refuses(prove(await lieOf(execution)), "EquivocationKeyRetired", [
          node.key.address,
          retiredAt,
          createdAt,
        ]);
      });

      it("proveEquivocation_keyThatTheNewOwnerProvedAgain_succeeds", async () => {
        await bond(100n);
        await nodes.write.transferFrom([node.owner, line.relayer, node.id], { account: node.owner });
        const nonce = await nodes.read.keyProofNonce([node.key.address]);
        const proof = await line.keyProof(node.key, line.relayer, nonce);
        await nodes.write.rotateKey([node.id, node.key.address, proof], { account: line.relayer });
        expect(await nodes.read.keyRetiredAt([node.key.address])).to.equal(0n);
        await line.networkHelpers.time.increase(1);
        const { execution } = await execute(line);
        await prove(await lieOf(execution));
        expect((await bondOf())[0]).to.equal(50n);
      });
    });

    describe("once", () => {
      it("proveEquivocation_again_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution);
        await prove(lie);
        const known = [node.id, execution, 0n, lie.a.contextHash];
        await refuses(prove(lie), "EquivocationKnown", known);
        // The other way round, and with a third output.
        const { a, b, signatureA, signatureB } = lie;
        await refuses(
          prove({ a: b, b: a, signatureA: signatureB, signatureB: signatureA }),
          "EquivocationKnown",
          known,
        );
        const third = await lieOf(execution, { b: { outputDigest: keccak256(toHex("three")) } });
        await refuses(prove(third), "EquivocationKnown", known);
        expect(await bondOf()).to.deep.equal([50n, 0n, 0n]);
      });

      it("proveEquivocation_otherFormsOfTheSignatures_makeNoSecondProof", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const lie = await lieOf(execution);
        const forms = [lie.signatureA, ...Object.values(formsOf(lie.signatureA))];
        expect(new Set(forms).size).to.equal(3);
        expect(parseSignature(formsOf(lie.signatureA).long).r).to.equal(
          parseSignature(formsOf(lie.signatureA).malleated).r,
        );
        await prove({ ...lie, signatureA: formsOf(lie.signatureA).long });
        for (const signatureA of forms) {
          const again = prove({ ...lie, signatureA, signatureB: formsOf(lie.signatureB).malleated });
          await assertions.revertWithCustomError(again, bonds, "EquivocationKnown");
        }
      });

      it("proveEquivocation_oneSignatureInTwoForms_reverts", async () => {
        await bond(100n);
        const { execution } = await execute(line);
        const { a, signatureA } = await lieOf(execution);
        for (const form of Object.values(formsOf(signatureA))) {
          const same = { a, b: a, signatureA, signatureB: form };
          await refuses(prove(same), "EquivocationOutputsSame", [a.outputDigest]);
        }
      });

      it("proveEquivocation_eachTaskContextAndExecution_countsForItself", async () => {
        await bond(1_000n);
        const [first, second] = [await execute(line), await execute(line)];
        for (const [execution, change] of [
          [first.execution, {}],
          [second.execution, {}],
          [first.execution, { task: 1 }],
          [first.execution, { contextHash: keccak256("0x01") }],
        ] as const) {
          await prove(await lieOf(execution, { a: change, b: change }));
        }
        // 500, 250, 125, and 63 of the 125 that are left.
        expect(await bonds.read.claimableOf([requester])).to.equal(938n);
        expect(await bonds.read.equivocationsOf([node.id])).to.equal(4n);
        expect((await bondOf())[0]).to.equal(62n);
      });
    });
  });

  describe("claim", () => {
    async function claimable(valueWei: bigint, by: Address = requester): Promise<void> {
      await bond(valueWei * 2n);
      const { execution } = await execute(line, { requester: by });
      await prove(await lieOf(execution));
    }

    it("claim_byTheRequester_succeeds", async () => {
      await claimable(30n);
      const before = await balance(stranger);
      const hash = bonds.write.claim([stranger], { account: requester });
      expect(await eventsOf(line, bonds, hash)).to.deep.equal([
        { event: "Claimed", args: { requester, to: stranger, amountWei: 30n } },
      ]);
      expect((await balance(stranger)) - before).to.equal(30n);
      expect(await bonds.read.claimableOf([requester])).to.equal(0n);
      await refuses(bonds.write.claim([stranger], { account: requester }), "BondNothingToClaim", [requester]);
    });

    it("claim_bySomebodyElse_reverts", async () => {
      await claimable(30n);
      for (const account of [stranger, node.owner]) {
        await refuses(bonds.write.claim([account], { account }), "BondNothingToClaim", [account]);
      }
    });

    it("claim_toTheZeroAddress_reverts", async () => {
      await claimable(30n);
      await refuses(bonds.write.claim([zeroAddress], { account: requester }), "BondReceiverZero", []);
      expect(await bonds.read.claimableOf([requester])).to.equal(30n);
    });
  });

  describe("hostile receivers", () => {
    async function receiver(mood: number, data: Hex = "0x") {
      const contract = await viem.deployContract("Receiver__MockForBonds");
      await contract.write.setMood([mood, bonds.address, data]);
      return contract;
    }

    async function released(): Promise<void> {
      await bond(10n);
      const at = await releasesAt(await requestUnbond(10n));
      await line.networkHelpers.time.increaseTo(at);
    }

    for (const mood of ["Refuse", "EatGas"] as const) {
      it(`withdrawBond_toAReceiverThatWould${mood}_revertsAndAnotherTakesIt`, async () => {
        await released();
        const { address } = await receiver(MOOD[mood]);
        const args = [node.id, address] as const;
        const call = bonds.write.withdrawBond(args, { account: node.owner, gas: 1_000_000n });
        await refuses(call, "BondTransferFailed", [getAddress(address), 10n]);
        await withdraw();
        expect(await balance(bonds.address)).to.equal(0n);
      });
    }

    it("withdrawBond_toAReceiverThatAnswersAMegabyte_costsNothingMore", async () => {
      await released();
      const { address } = await receiver(MOOD.AnswerMuch);
      const gas = await gasOf(
        line,
        await bonds.write.withdrawBond([node.id, address], { account: node.owner, gas: 5_000_000n }),
      );
      // What the receiver spends on its memory, about 2 million, and not as much again for a copy.
      expect(gas < 2_400_000n, `gas ${gas}`).to.equal(true);
      expect(await balance(address)).to.equal(10n);
    });

    /** The node goes to a contract that, while it is paid, does something with the bonds. */
    async function reentering(
      functionName: "withdrawBond" | "claim" | "requestUnbond" | "bond",
      rest: unknown[],
    ) {
      const contract = await receiver(MOOD.Take);
      const data = encodeFunctionData({ abi: bonds.abi, functionName, args: rest } as never);
      await contract.write.setMood([MOOD.CallBack, bonds.address, data]);
      await nodes.write.transferFrom([node.owner, contract.address, node.id], { account: node.owner });
      return contract;
    }

    function withdrawAs(contract: Awaited<ReturnType<typeof receiver>>): Promise<Hex> {
      const args = [node.id, contract.address] as const;
      const data = encodeFunctionData({ abi: bonds.abi, functionName: "withdrawBond", args });
      return contract.write.perform([bonds.address, data]);
    }

    it("withdrawBond_reenteredByWithdrawBond_paysOnce", async () => {
      await bond(25n, other.id);
      await released();
      const contract = await reentering("withdrawBond", [node.id, stranger]);
      await withdrawAs(contract);
      expect([await contract.read.backCalls(), await contract.read.backSuccesses()]).to.deep.equal([1n, 0n]);
      expect(await balance(contract.address)).to.equal(10n);
      expect(await balance(bonds.address)).to.equal(25n);
    });

    it("withdrawBond_reenteredByRequestUnbond_takesWhatIsBondedOnly", async () => {
      await bond(25n, other.id);
      await released();
      await bond(7n);
      const contract = await reentering("requestUnbond", [node.id, 7n]);
      await withdrawAs(contract);
      expect(await contract.read.backSuccesses()).to.equal(1n);
      expect((await bondOf()).slice(0, 2)).to.deep.equal([0n, 7n]);
      expect(await balance(bonds.address)).to.equal(32n);
    });

    it("claim_reenteredByClaim_paysOnce", async () => {
      const contract = await receiver(MOOD.Take);
      const by = getAddress(contract.address);
      await line.networkHelpers.setBalance(by, ETHER);
      await bond(100n);
      await enableAccount(line, by);
      const { execution } = await execute(line, { requester: by });
      await line.networkHelpers.stopImpersonatingAccount(by);
      await prove(await lieOf(execution));
      const data = encodeFunctionData({ abi: bonds.abi, functionName: "claim", args: [by] });
      await contract.write.setMood([MOOD.CallBack, bonds.address, data]);
      const before = await balance(by);
      await contract.write.perform([bonds.address, data]);
      expect((await balance(by)) - before).to.equal(50n);
      expect([await contract.read.backCalls(), await contract.read.backSuccesses()]).to.deep.equal([1n, 0n]);
      expect(await balance(bonds.address)).to.equal(50n);
    });

    it("claim_reenteredByWithdrawBond_paysBothOnce", async () => {
      const contract = await receiver(MOOD.Take);
      const by = getAddress(contract.address);
      await released();
      await bond(10n);
      await enableAccount(line, by);
      const { execution } = await execute(line, { requester: by });
      await line.networkHelpers.stopImpersonatingAccount(by);
      await prove(await lieOf(execution));
      await nodes.write.transferFrom([node.owner, by, node.id], { account: node.owner });
      const back = encodeFunctionData({ abi: bonds.abi, functionName: "withdrawBond", args: [node.id, by] });
      await contract.write.setMood([MOOD.CallBack, bonds.address, back]);
      const before = await balance(by);
      const data = encodeFunctionData({ abi: bonds.abi, functionName: "claim", args: [by] });
      await contract.write.perform([bonds.address, data]);
      // Ten wei of the claim, and the ten that were unbonding; nothing is paid twice.
      expect((await balance(by)) - before).to.equal(20n);
      expect(await balance(bonds.address)).to.equal(0n);
    });
  });

  it("bondOf_manyNodes_areApart", async () => {
    for (const [index, each] of line.testNodes.entries()) await bond(BigInt(index + 1), each.id);
    for (const [index, each] of line.testNodes.entries()) {
      expect((await bondOf(each.id))[0], `node ${each.id}`).to.equal(BigInt(index + 1));
    }
  });
});
