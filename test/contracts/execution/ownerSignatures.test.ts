import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  concat,
  createWalletClient,
  custom,
  encodeFunctionData,
  getAddress,
  type Hex,
  numberToHex,
} from "viem";
import {
  acceptedEvent,
  credits,
  events,
  ROLE,
  readyEvent,
  restoring,
  reverts,
  SKIP,
  skippedEvent,
} from "../fixtures/executions.ts";
import { createLine, execute, firstNode, type SignedItem, signedItem } from "../fixtures/line.ts";
import { TERMS } from "../fixtures/world.ts";

const line = await createLine();
const { executions } = line;
const restore = restoring(line);
const owner = line.operators[0] as Address;
const key = line.nodeKey(80);

/** How `Wallet__MockForExecutions` signs. */
const SIGNING = {
  No: 0,
  ByKey: 1,
  Always: 2,
  AnswerDirty: 3,
  AnswerShort: 4,
  AnswerMuch: 5,
  AnswerNothing: 6,
  EatGas: 7,
  Revert: 8,
  TryToWrite: 9,
} as const;

/** What a wallet is asked with: `OwnerSignature.ERC1271_GAS_MAX`. */
const QUESTION_GAS_MAX = 100_000n;

async function walletThat(signing: number) {
  const wallet = await line.viem.deployContract("Wallet__MockForExecutions");
  await wallet.write.setSigning([signing, key.address]);
  return wallet;
}

/** Task 0 of a new execution in an item for the owner, signed by `key`, after all windows. */
async function ownerItem(choice: Parameters<typeof execute>[1] = {}): Promise<SignedItem> {
  const { execution } = await execute(line, choice);
  await line.networkHelpers.time.increase(1_000);
  return signedItem(line, execution, 0, { id: 0n, key, owner: key.address });
}

async function nodeItem(): Promise<SignedItem> {
  const { execution } = await execute(line);
  return signedItem(line, execution, 0, await firstNode(line, execution, 0));
}

function send(items: readonly SignedItem[]): Promise<Hex> {
  return executions.write.submitCompletions([items], { account: line.relayer });
}

describe("ClusterExecutions.submitCompletions by wallets", () => {
  beforeEach(restore);

  describe("that own the model", () => {
    /** Gives the model of task 0 to a wallet. */
    async function modelWallet(signing: number) {
      const wallet = await walletThat(signing);
      await line.models.write.transferFrom([owner, wallet.address, 1n], { account: owner });
      return wallet;
    }

    for (const mood of ["ByKey", "Always"] as const) {
      it(`submitCompletions_walletThatSigns${mood}_succeeds`, async () => {
        await modelWallet(SIGNING[mood]);
        const item = await ownerItem();
        expect(await events(line, send([item]))).to.deep.equal([
          acceptedEvent(item, { role: ROLE.ModelOwner }),
          readyEvent(item.completion.execution, 1),
        ]);
        expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
      });
    }

    it("submitCompletions_signatureOnlyAWalletUnderstands_succeeds", async () => {
      await modelWallet(SIGNING.Always);
      const item = await ownerItem();
      for (const signature of ["0x", `0x${"5a".repeat(500)}`] as const) {
        const snapshot = await line.networkHelpers.takeSnapshot();
        await send([{ ...item, signature }]);
        await snapshot.restore();
      }
    });

    it("submitCompletions_walletAskedAboutAnotherKeysSignature_skips", async () => {
      await modelWallet(SIGNING.ByKey);
      const item = await ownerItem();
      const signature = await line.sign(line.nodeKey(81), item.completion);
      await reverts(line, send([{ ...item, signature }]), "BatchNothingAccepted", [SKIP.SignatureInvalid]);
    });

    for (const [mood, signing] of Object.entries(SIGNING)) {
      if (signing === SIGNING.ByKey || signing === SIGNING.Always) continue;
      it(`submitCompletions_walletThatAnswers${mood}_skipsAndSettlesTheRest`, async () => {
        await modelWallet(signing);
        const bad = await ownerItem();
        await reverts(line, send([bad]), "BatchNothingAccepted", [SKIP.SignatureInvalid]);
        const [before, after] = [await nodeItem(), await nodeItem()];
        const hash = await send([before, bad, after]);
        expect(await events(line, hash)).to.deep.equal([
          acceptedEvent(before),
          readyEvent(before.completion.execution, 1),
          skippedEvent(bad.completion.execution, 0, SKIP.SignatureInvalid),
          acceptedEvent(after),
          readyEvent(after.completion.execution, 1),
        ]);
        const { gasUsed } = await line.client.waitForTransactionReceipt({ hash });
        expect(gasUsed < 300_000n + QUESTION_GAS_MAX, `gas ${gasUsed}`).to.equal(true);
      });
    }

    it("submitCompletions_manyItemsOfAWalletThatEatsGas_costABoundedPrice", async () => {
      await modelWallet(SIGNING.EatGas);
      const bad = await ownerItem();
      const items = [...Array<SignedItem>(20).fill(bad), await nodeItem()];
      const { gasUsed } = await line.client.waitForTransactionReceipt({ hash: await send(items) });
      expect(gasUsed > 20n * QUESTION_GAS_MAX, "the wallet was asked each time").to.equal(true);
      expect(gasUsed < 20n * (QUESTION_GAS_MAX + 16_000n) + 160_000n, `gas ${gasUsed}`).to.equal(true);
    });

    it("submitCompletions_wallet_isAskedWithExactlyTheGasInItsLimit", async () => {
      // Its first instruction looks at the gas, for 2 of it; it says yes where that is what it was to have.
      const expected = numberToHex(QUESTION_GAS_MAX - 2n, { size: 3 });
      const magic = `0x1626ba7e${"00".repeat(28)}` as const;
      const answer = ["0x14", "0x7f", magic, "0x02", "0x5f52", "0x60205ff3"] as const;
      const code = concat(["0x5a", "0x62", expected, ...answer]);
      const wallet = getAddress(`0x${"77".repeat(20)}`);
      await line.networkHelpers.setCode(wallet, code);
      await line.models.write.transferFrom([owner, wallet, 1n], { account: owner });
      const item = await ownerItem();
      expect((await events(line, send([item])))[0]).to.deep.equal(
        acceptedEvent(item, { role: ROLE.ModelOwner }),
      );
    });

    it("submitCompletions_walletThatWrites_changesNothing", async () => {
      const wallet = await modelWallet(SIGNING.TryToWrite);
      await send([await nodeItem(), await ownerItem()]);
      expect(await wallet.read.backCalls()).to.equal(0n);
    });

    it("submitCompletionAsModelOwner_byAWallet_succeeds", async () => {
      const wallet = await modelWallet(SIGNING.No);
      const { completion, output } = await ownerItem();
      const data = encodeFunctionData({
        abi: executions.abi,
        functionName: "submitCompletionAsModelOwner",
        args: [completion, output],
      });
      await wallet.write.perform([executions.address, data]);
      expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
    });
  });

  describe("that own the cluster", () => {
    async function clusterWallet(signing: number) {
      const wallet = await walletThat(signing);
      const transfer = [line.clusterOwner, wallet.address, line.cluster] as const;
      await line.clusters.write.transferFrom(transfer, { account: line.clusterOwner });
    }

    it("submitCompletions_walletOfTheCluster_succeeds", async () => {
      await clusterWallet(SIGNING.ByKey);
      const item = await ownerItem({ ownerMayAnswer: true });
      expect(await events(line, send([item]))).to.deep.equal([
        acceptedEvent(item, { role: ROLE.ClusterOwner }),
        readyEvent(item.completion.execution, 1),
      ]);
      expect(await credits(line)).to.deep.equal({ requester: TERMS.priceWei });
    });

    it("submitCompletions_walletOfTheClusterThatEatsGas_skips", async () => {
      await clusterWallet(SIGNING.EatGas);
      const bad = await ownerItem({ ownerMayAnswer: true });
      const good = await nodeItem();
      expect((await events(line, send([bad, good])))[0]).to.deep.equal(
        skippedEvent(bad.completion.execution, 0, SKIP.SignatureInvalid),
      );
    });
  });

  describe("of accounts with delegated code (EIP-7702)", () => {
    /** Makes `key`'s account run the wallet's code, and gives it the model of task 0. */
    async function delegatedOwner(signing: number): Promise<void> {
      const code = await line.viem.deployContract("Wallet__MockForExecutions");
      await line.networkHelpers.setBalance(key.address, 10n ** 18n);
      const wallet = createWalletClient({ account: key, transport: custom(line.connection.provider) });
      const authorization = await key.signAuthorization({
        address: code.address,
        chainId: line.chainId,
        nonce: 1,
      });
      const hash = await wallet.sendTransaction({
        chain: null,
        to: key.address,
        authorizationList: [authorization],
        gas: 200_000n,
      });
      const { status } = await line.client.waitForTransactionReceipt({ hash });
      expect(status).to.equal("success");
      expect(await line.client.getCode({ address: key.address })).to.equal(
        `0xef0100${code.address.slice(2)}`,
      );
      const delegated = await line.viem.getContractAt("Wallet__MockForExecutions", key.address);
      await delegated.write.setSigning([signing, line.nodeKey(82).address]);
      await line.models.write.transferFrom([owner, key.address, 1n], { account: owner });
    }

    it("submitCompletions_byItsKeyWhateverItsCodeSays_succeeds", async () => {
      await delegatedOwner(SIGNING.Revert);
      await send([await ownerItem()]);
      expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
    });

    it("submitCompletions_byAKeyThatItsCodeAccepts_succeeds", async () => {
      await delegatedOwner(SIGNING.ByKey);
      const item = await ownerItem();
      await send([{ ...item, signature: await line.sign(line.nodeKey(82), item.completion) }]);
      expect(await credits(line)).to.deep.equal({ "model 1": TERMS.priceWei });
    });

    it("submitCompletions_byAKeyThatItsCodeRefuses_reverts", async () => {
      await delegatedOwner(SIGNING.ByKey);
      const item = await ownerItem();
      const signature = await line.sign(line.nodeKey(83), item.completion);
      await reverts(line, send([{ ...item, signature }]), "BatchNothingAccepted", [SKIP.SignatureInvalid]);
    });
  });
});
