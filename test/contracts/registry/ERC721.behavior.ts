import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { type Address, getAddress, type Hex, zeroAddress } from "viem";
import {
  type DecodedEvent,
  deployRegistries,
  eventsOf,
  type Registries,
  transferEvent,
} from "../fixtures/registries.ts";

/** What `Receiver__MockForERC721` does with a token. */
const MOOD = {
  Accept: 0,
  AnswerWrongly: 1,
  RevertWithoutReason: 2,
  RevertWithReason: 3,
  RevertWithError: 4,
  PassOn: 5,
} as const;

const INTERFACE = { ERC165: "0x01ffc9a7", ERC721: "0x80ac58cd", ERC721Metadata: "0x5b5e139f" } as const;

/** A registry's tokens, as the suite takes them. */
export interface ERC721Subject {
  readonly address: Address;
  /** Two tokens of alice's and one of bob's. */
  readonly tokens: readonly [bigint, bigint, bigint];
  /** A token that does not exist. */
  readonly unknown: bigint;
  /** The URI of the first token. */
  readonly tokenURI: string;
  /** What the registry itself knows of the first token, and a transfer must not change. */
  readonly readData: () => Promise<unknown>;
}

/** Which registry the suite tests, and how it comes to have tokens. */
export interface ERC721Options {
  /** Name of the contract, so that its own fixtures are told from other registries'. */
  readonly contract: string;
  readonly name: string;
  readonly symbol: string;
  readonly deploy: (registries: Registries) => Promise<ERC721Subject>;
}

/** What every registry does as an ERC-721: the standard's rules with OpenZeppelin's errors. */
export function behavesLikeERC721(connection: NetworkConnection, options: ERC721Options): void {
  const { viem, networkHelpers } = connection;
  const { assertions } = viem;

  async function subject(chain: NetworkConnection) {
    const registries = await deployRegistries(chain);
    const deployed = await options.deploy(registries);
    const token = await viem.getContractAt("ERC721Packed", deployed.address);
    const [first, second, bobs] = deployed.tokens;
    const receiver = (mood: number, next: Address = zeroAddress) =>
      viem.deployContract("Receiver__MockForERC721", [mood, next]);
    /** The token's own events; a registry may add some of its own to a transfer. */
    const standardEvents = async (hash: Hex): Promise<DecodedEvent[]> => {
      const receipt = await registries.client.waitForTransactionReceipt({ hash });
      const known = new Set(["Transfer", "Approval", "ApprovalForAll"]);
      const registry = await viem.getContractAt(options.contract, deployed.address);
      return (await eventsOf(registries, registry, receipt.transactionHash)).filter(({ event }) =>
        known.has(event),
      );
    };
    return { ...registries, ...deployed, token, first, second, bobs, receiver, standardEvents };
  }
  const load = () => networkHelpers.loadFixture(subject);

  describe("as an ERC-721 token", () => {
    describe("views", () => {
      it("name_andSymbol_succeeds", async () => {
        const { token } = await load();
        expect(await token.read.name()).to.equal(options.name);
        expect(await token.read.symbol()).to.equal(options.symbol);
      });

      it("supportsInterface_ofTheStandardOnly_succeeds", async () => {
        const { token } = await load();
        for (const [name, id] of Object.entries(INTERFACE)) {
          expect(await token.read.supportsInterface([id]), name).to.equal(true);
        }
        expect(await token.read.supportsInterface(["0xffffffff"]), "the invalid id").to.equal(false);
        expect(await token.read.supportsInterface(["0x780e9d63"]), "ERC-721 Enumerable").to.equal(false);
      });

      it("balanceOf_countsTokens_succeeds", async () => {
        const { token, alice, bob, carol } = await load();
        expect(await token.read.balanceOf([alice])).to.equal(2n);
        expect(await token.read.balanceOf([bob])).to.equal(1n);
        expect(await token.read.balanceOf([carol])).to.equal(0n);
      });

      it("balanceOf_zeroAddress_reverts", async () => {
        const { token } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.read.balanceOf([zeroAddress]),
          token,
          "ERC721InvalidOwner",
          [zeroAddress],
        );
      });

      it("ownerOf_eachToken_succeeds", async () => {
        const { token, first, second, bobs, alice, bob } = await load();
        expect(await token.read.ownerOf([first])).to.equal(alice);
        expect(await token.read.ownerOf([second])).to.equal(alice);
        expect(await token.read.ownerOf([bobs])).to.equal(bob);
      });

      it("ownerOf_unknownToken_reverts", async () => {
        const { token, unknown } = await load();
        for (const id of [unknown, 2n ** 256n - 1n]) {
          await assertions.revertWithCustomErrorWithArgs(
            token.read.ownerOf([id]),
            token,
            "ERC721NonexistentToken",
            [id],
          );
        }
      });

      it("tokenURI_ofAToken_succeeds", async () => {
        const { token, first, tokenURI } = await load();
        expect(await token.read.tokenURI([first])).to.equal(tokenURI);
      });

      it("tokenURI_unknownToken_reverts", async () => {
        const { token, unknown } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.read.tokenURI([unknown]),
          token,
          "ERC721NonexistentToken",
          [unknown],
        );
      });

      it("getApproved_unknownToken_reverts", async () => {
        const { token, unknown } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.read.getApproved([unknown]),
          token,
          "ERC721NonexistentToken",
          [unknown],
        );
      });
    });

    describe("transferFrom", () => {
      it("transferFrom_byOwner_succeeds", async () => {
        const { token, first, second, alice, bob, readData, standardEvents } = await load();
        const before = await readData();
        const hash = await token.write.transferFrom([alice, bob, first], { account: alice });
        expect(await standardEvents(hash)).to.deep.equal([transferEvent(alice, bob, first)]);
        expect(await token.read.ownerOf([first])).to.equal(bob);
        expect(await token.read.ownerOf([second])).to.equal(alice);
        expect(await token.read.balanceOf([alice])).to.equal(1n);
        expect(await token.read.balanceOf([bob])).to.equal(2n);
        expect(await readData(), "the registry's own data").to.deep.equal(before);
      });

      it("transferFrom_manyTimes_succeeds", async () => {
        const { token, first, alice, bob, carol, readData } = await load();
        const before = await readData();
        const owners = [alice, bob, carol, alice, alice, carol] as const;
        for (const [i, to] of owners.slice(1).entries()) {
          const from = owners[i] ?? alice;
          await token.write.transferFrom([from, to, first], { account: from });
          expect(await token.read.ownerOf([first]), `owner after move ${i}`).to.equal(to);
        }
        expect(await readData(), "the registry's own data").to.deep.equal(before);
        expect(await token.read.balanceOf([alice])).to.equal(1n);
        expect(await token.read.balanceOf([bob])).to.equal(1n);
        expect(await token.read.balanceOf([carol])).to.equal(1n);
      });

      it("transferFrom_toTheOwnerItself_succeeds", async () => {
        const { token, first, alice } = await load();
        await token.write.transferFrom([alice, alice, first], { account: alice });
        expect(await token.read.ownerOf([first])).to.equal(alice);
        expect(await token.read.balanceOf([alice])).to.equal(2n);
      });

      it("transferFrom_byStranger_reverts", async () => {
        const { token, first, alice, stranger } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([alice, stranger, first], { account: stranger }),
          token,
          "ERC721InsufficientApproval",
          [stranger, first],
        );
      });

      it("transferFrom_byTheOwnerBefore_reverts", async () => {
        const { token, first, alice, bob } = await load();
        await token.write.transferFrom([alice, bob, first], { account: alice });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([bob, alice, first], { account: alice }),
          token,
          "ERC721InsufficientApproval",
          [alice, first],
        );
      });

      it("transferFrom_fromAnotherThanTheOwner_reverts", async () => {
        const { token, first, alice, bob, carol, readData } = await load();
        const before = await readData();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([bob, carol, first], { account: alice }),
          token,
          "ERC721IncorrectOwner",
          [bob, first, alice],
        );
        expect(await token.read.ownerOf([first])).to.equal(alice);
        expect(await readData()).to.deep.equal(before);
      });

      it("transferFrom_toZeroAddress_reverts", async () => {
        const { token, first, alice } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([alice, zeroAddress, first], { account: alice }),
          token,
          "ERC721InvalidReceiver",
          [zeroAddress],
        );
      });

      it("transferFrom_unknownToken_reverts", async () => {
        const { token, unknown, alice, bob } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([alice, bob, unknown], { account: alice }),
          token,
          "ERC721NonexistentToken",
          [unknown],
        );
      });

      it("transferFrom_toContractThatKnowsNoTokens_succeeds", async () => {
        // As the standard says: the plain transfer asks nobody.
        const { token, first, alice, models } = await load();
        await token.write.transferFrom([alice, models.address, first], { account: alice });
        expect(await token.read.ownerOf([first])).to.equal(getAddress(models.address));
      });
    });

    describe("approvals", () => {
      it("approve_byOwner_succeeds", async () => {
        const { token, first, alice, carol, standardEvents } = await load();
        const hash = await token.write.approve([carol, first], { account: alice });
        expect(await standardEvents(hash)).to.deep.equal([
          { event: "Approval", args: { owner: alice, approved: carol, tokenId: first } },
        ]);
        expect(await token.read.getApproved([first])).to.equal(carol);
        await token.write.approve([zeroAddress, first], { account: alice });
        expect(await token.read.getApproved([first])).to.equal(zeroAddress);
      });

      it("approve_byOperator_succeeds", async () => {
        const { token, first, alice, bob, carol } = await load();
        await token.write.setApprovalForAll([bob, true], { account: alice });
        await token.write.approve([carol, first], { account: bob });
        expect(await token.read.getApproved([first])).to.equal(carol);
      });

      it("approve_byStranger_reverts", async () => {
        const { token, first, stranger } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.approve([stranger, first], { account: stranger }),
          token,
          "ERC721InvalidApprover",
          [stranger],
        );
      });

      it("approve_byTheApproved_reverts", async () => {
        const { token, first, alice, carol, stranger } = await load();
        await token.write.approve([carol, first], { account: alice });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.approve([stranger, first], { account: carol }),
          token,
          "ERC721InvalidApprover",
          [carol],
        );
      });

      it("approve_unknownToken_reverts", async () => {
        const { token, unknown, alice, bob } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.approve([bob, unknown], { account: alice }),
          token,
          "ERC721NonexistentToken",
          [unknown],
        );
      });

      it("transferFrom_byTheApproved_succeeds", async () => {
        const { token, first, alice, bob, carol } = await load();
        await token.write.approve([carol, first], { account: alice });
        await token.write.transferFrom([alice, bob, first], { account: carol });
        expect(await token.read.ownerOf([first])).to.equal(bob);
        expect(await token.read.getApproved([first]), "approval after the transfer").to.equal(zeroAddress);
      });

      it("transferFrom_byTheApprovedOnceMore_reverts", async () => {
        const { token, first, alice, bob, carol } = await load();
        await token.write.approve([carol, first], { account: alice });
        await token.write.transferFrom([alice, bob, first], { account: alice });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([bob, carol, first], { account: carol }),
          token,
          "ERC721InsufficientApproval",
          [carol, first],
        );
      });

      it("transferFrom_anotherTokenThanApproved_reverts", async () => {
        const { token, first, second, alice, carol } = await load();
        await token.write.approve([carol, first], { account: alice });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([alice, carol, second], { account: carol }),
          token,
          "ERC721InsufficientApproval",
          [carol, second],
        );
      });

      it("setApprovalForAll_thenTransfers_succeeds", async () => {
        const { token, first, second, bobs, alice, bob, carol, standardEvents } = await load();
        const hash = await token.write.setApprovalForAll([carol, true], { account: alice });
        expect(await standardEvents(hash)).to.deep.equal([
          { event: "ApprovalForAll", args: { owner: alice, operator: carol, approved: true } },
        ]);
        expect(await token.read.isApprovedForAll([alice, carol])).to.equal(true);
        expect(await token.read.isApprovedForAll([bob, carol])).to.equal(false);
        await token.write.transferFrom([alice, bob, first], { account: carol });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([bob, carol, bobs], { account: carol }),
          token,
          "ERC721InsufficientApproval",
          [carol, bobs],
        );
        await token.write.setApprovalForAll([carol, false], { account: alice });
        await assertions.revertWithCustomErrorWithArgs(
          token.write.transferFrom([alice, bob, second], { account: carol }),
          token,
          "ERC721InsufficientApproval",
          [carol, second],
        );
      });

      it("setApprovalForAll_zeroAddress_reverts", async () => {
        const { token, alice } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.setApprovalForAll([zeroAddress, true], { account: alice }),
          token,
          "ERC721InvalidOperator",
          [zeroAddress],
        );
      });
    });

    describe("safeTransferFrom", () => {
      it("safeTransferFrom_toAccount_succeeds", async () => {
        const { token, first, alice, bob, standardEvents } = await load();
        const hash = await token.write.safeTransferFrom([alice, bob, first], { account: alice });
        expect(await standardEvents(hash)).to.deep.equal([transferEvent(alice, bob, first)]);
        expect(await token.read.ownerOf([first])).to.equal(bob);
      });

      it("safeTransferFrom_toContractThatAccepts_succeeds", async () => {
        const fixture = await load();
        const { token, first, alice, carol, receiver, readData } = fixture;
        const before = await readData();
        const wallet = await receiver(MOOD.Accept);
        await token.write.approve([carol, first], { account: alice });
        const hash = await token.write.safeTransferFrom([alice, wallet.address, first, "0xc0ffee"], {
          account: carol,
        });
        // It owns the token by the time it is asked.
        expect(await eventsOf(fixture, wallet, hash)).to.deep.equal([
          {
            event: "Received",
            args: {
              token: getAddress(token.address),
              operator: carol,
              from: alice,
              tokenId: first,
              data: "0xc0ffee",
              ownerThen: getAddress(wallet.address),
            },
          },
        ]);
        expect(await token.read.ownerOf([first])).to.equal(getAddress(wallet.address));
        expect(await readData()).to.deep.equal(before);
      });

      it("safeTransferFrom_withoutData_succeeds", async () => {
        const fixture = await load();
        const { token, first, alice, receiver } = fixture;
        const wallet = await receiver(MOOD.Accept);
        const hash = await token.write.safeTransferFrom([alice, wallet.address, first], { account: alice });
        const [event] = await eventsOf(fixture, wallet, hash);
        expect(event?.args).to.include({ tokenId: first, data: "0x" });
      });

      it("safeTransferFrom_toContractThatPassesOn_succeeds", async () => {
        // A receiver that re-enters finds everything in its place.
        const { token, first, alice, carol, receiver, readData } = await load();
        const before = await readData();
        const wallet = await receiver(MOOD.PassOn, carol);
        await token.write.safeTransferFrom([alice, wallet.address, first], { account: alice });
        expect(await token.read.ownerOf([first])).to.equal(carol);
        expect(await token.read.balanceOf([alice])).to.equal(1n);
        expect(await token.read.balanceOf([carol])).to.equal(1n);
        expect(await token.read.balanceOf([wallet.address])).to.equal(0n);
        expect(await readData()).to.deep.equal(before);
      });

      it("safeTransferFrom_toContractThatAnswersWrongly_reverts", async () => {
        const { token, first, alice, receiver } = await load();
        const wallet = await receiver(MOOD.AnswerWrongly);
        await assertions.revertWithCustomErrorWithArgs(
          token.write.safeTransferFrom([alice, wallet.address, first], { account: alice }),
          token,
          "ERC721InvalidReceiver",
          [getAddress(wallet.address)],
        );
        expect(await token.read.ownerOf([first])).to.equal(alice);
      });

      it("safeTransferFrom_toContractThatRevertsWithoutReason_reverts", async () => {
        const { token, first, alice, receiver } = await load();
        const wallet = await receiver(MOOD.RevertWithoutReason);
        await assertions.revertWithCustomErrorWithArgs(
          token.write.safeTransferFrom([alice, wallet.address, first], { account: alice }),
          token,
          "ERC721InvalidReceiver",
          [getAddress(wallet.address)],
        );
      });

      it("safeTransferFrom_toContractThatRevertsWithReason_reverts", async () => {
        const { token, first, alice, receiver } = await load();
        const wallet = await receiver(MOOD.RevertWithReason);
        await assertions.revertWith(
          token.write.safeTransferFrom([alice, wallet.address, first], { account: alice }),
          "no tokens, please",
        );
      });

      it("safeTransferFrom_toContractThatRevertsWithError_reverts", async () => {
        const { token, first, alice, receiver } = await load();
        const wallet = await receiver(MOOD.RevertWithError);
        await assertions.revertWithCustomErrorWithArgs(
          token.write.safeTransferFrom([alice, wallet.address, first], { account: alice }),
          wallet,
          "ReceiverRefuses",
          [first],
        );
      });

      it("safeTransferFrom_toContractThatKnowsNoTokens_reverts", async () => {
        const { token, first, alice, models } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.safeTransferFrom([alice, models.address, first], { account: alice }),
          token,
          "ERC721InvalidReceiver",
          [getAddress(models.address)],
        );
      });

      it("safeTransferFrom_byStranger_reverts", async () => {
        const { token, first, alice, stranger } = await load();
        await assertions.revertWithCustomErrorWithArgs(
          token.write.safeTransferFrom([alice, stranger, first], { account: stranger }),
          token,
          "ERC721InsufficientApproval",
          [stranger, first],
        );
      });
    });
  });
}
