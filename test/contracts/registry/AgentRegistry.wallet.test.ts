import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { type Address, type Hex, zeroAddress } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type {} from "../../../artifacts/contracts/test/Wallet__MockForExecutions.sol/artifacts.d.ts";
import {
  compact,
  createChain,
  deployRegistries,
  eventsOf,
  registerModel,
  transferEvent,
  walletEvent,
} from "../fixtures/registries.ts";

/** How long before its deadline a wallet's consent may be used. */
const DEADLINE_SECONDS_MAX = 300n;
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

const { viem, networkHelpers } = await createChain();
const { assertions } = viem;
const key = privateKeyToAccount(`0x${"77".repeat(32)}`);

/** What a wallet agrees to; a test changes what it wants to be wrong. */
interface Consent {
  agent: bigint;
  wallet: Address;
  owner: Address;
  deadline: bigint;
  chainId?: number;
  registry?: Address;
  name?: string;
}

/** An agent of alice's on a model, and what is needed to give it a wallet. */
async function oneAgent(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { agents, alice, chainId } = registries;
  const model = await registerModel(registries, alice);
  await agents.write.register([`0x${"11".repeat(32)}`, model], { account: alice });
  const sign = (signer: PrivateKeyAccount, consent: Consent): Promise<Hex> =>
    signer.signTypedData({
      domain: {
        name: consent.name ?? "ERC8004IdentityRegistry",
        version: "1",
        chainId: consent.chainId ?? chainId,
        verifyingContract: consent.registry ?? agents.address,
      },
      types: {
        AgentWalletSet: [
          { name: "agentId", type: "uint256" },
          { name: "newWallet", type: "address" },
          { name: "owner", type: "address" },
          { name: "deadline", type: "uint256" },
        ],
      },
      primaryType: "AgentWalletSet",
      message: {
        agentId: consent.agent,
        newWallet: consent.wallet,
        owner: consent.owner,
        deadline: consent.deadline,
      },
    });
  return { ...registries, model, agent: 0n, sign };
}

async function load() {
  const fixture = await networkHelpers.loadFixture(oneAgent);
  const deadline = BigInt(await networkHelpers.time.latest()) + 200n;
  const consent: Consent = { agent: fixture.agent, wallet: key.address, owner: fixture.alice, deadline };
  return { ...fixture, deadline, consent };
}

/** The same with `key` already its wallet. */
async function withWallet() {
  const fixture = await load();
  const { agents, agent, alice, deadline, consent } = fixture;
  const signature = await fixture.sign(key, consent);
  await agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice });
  return { ...fixture, signature };
}

describe("AgentRegistry wallet", () => {
  it("getAgentWallet_ofANewAgent_isItsOwner", async () => {
    const { agents, agent, alice } = await load();
    expect(await agents.read.getAgentWallet([agent])).to.equal(alice);
  });

  it("getAgentWallet_unknownAgent_isZero", async () => {
    const { agents } = await load();
    expect(await agents.read.getAgentWallet([1n])).to.equal(zeroAddress);
  });

  describe("setAgentWallet", () => {
    for (const [form, change] of [
      ["65", (signature: Hex) => signature],
      ["64", compact],
    ] as const) {
      it(`setAgentWallet_signatureOf${form}Bytes_succeeds`, async () => {
        const fixture = await load();
        const { agents, agent, alice, deadline, consent, model } = fixture;
        const signature = change(await fixture.sign(key, consent));
        const args = [agent, key.address, deadline, signature] as const;
        const hash = await agents.write.setAgentWallet(args, { account: alice });
        expect(await eventsOf(fixture, agents, hash)).to.deep.equal([walletEvent(agent, key.address)]);
        expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
        expect(await agents.read.getMetadata([agent, "agentWallet"])).to.equal(key.address.toLowerCase());
        // What stands in the same slot stays.
        expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([alice, model]);
      });
    }

    it("setAgentWallet_byApproved_succeeds", async () => {
      const { agents, agent, alice, bob, deadline, sign, consent } = await load();
      await agents.write.approve([bob, agent], { account: alice });
      // The wallet agrees to the owner, whoever sends it.
      const signature = await sign(key, consent);
      await agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: bob });
      expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
    });

    it("setAgentWallet_anotherInItsPlace_succeeds", async () => {
      const { agents, agent, alice, deadline, sign, consent } = await withWallet();
      const second = privateKeyToAccount(`0x${"78".repeat(32)}`);
      const signature = await sign(second, { ...consent, wallet: second.address });
      await agents.write.setAgentWallet([agent, second.address, deadline, signature], { account: alice });
      expect(await agents.read.getAgentWallet([agent])).to.equal(second.address);
    });

    it("setAgentWallet_byStrangerOrTheWalletItself_reverts", async () => {
      const { agents, agent, stranger, deadline, sign, consent } = await load();
      const signature = await sign(key, consent);
      await networkHelpers.setBalance(key.address, 10n ** 18n);
      await networkHelpers.impersonateAccount(key.address);
      for (const account of [stranger, key.address]) {
        await assertions.revertWith(
          agents.write.setAgentWallet([agent, key.address, deadline, signature], { account }),
          "Not authorized",
        );
      }
    });

    it("setAgentWallet_unknownAgent_reverts", async () => {
      const { agents, alice, deadline, sign, consent } = await load();
      const signature = await sign(key, { ...consent, agent: 1n });
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setAgentWallet([1n, key.address, deadline, signature], { account: alice }),
        agents,
        "AgentUnknown",
        [1n],
      );
    });

    it("setAgentWallet_zeroAddress_reverts", async () => {
      const { agents, agent, alice, deadline, sign, consent } = await load();
      const signature = await sign(key, { ...consent, wallet: zeroAddress });
      for (const each of [signature, "0x"] as const) {
        await assertions.revertWith(
          agents.write.setAgentWallet([agent, zeroAddress, deadline, each], { account: alice }),
          "bad wallet",
        );
      }
    });

    it("setAgentWallet_atItsDeadline_succeeds", async () => {
      const { agents, agent, alice, deadline, sign, consent } = await load();
      const signature = await sign(key, consent);
      await networkHelpers.time.setNextBlockTimestamp(deadline);
      await agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice });
      expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
    });

    it("setAgentWallet_aSecondAfterItsDeadline_reverts", async () => {
      const { agents, agent, alice, deadline, sign, consent } = await load();
      const signature = await sign(key, consent);
      await networkHelpers.time.increaseTo(deadline + 1n);
      await assertions.revertWith(
        agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice }),
        "expired",
      );
    });

    it("setAgentWallet_deadlineTooFar_reverts", async () => {
      const { agents, agent, alice, sign, consent } = await load();
      const now = BigInt(await networkHelpers.time.latest());
      const deadline = now + 10n + DEADLINE_SECONDS_MAX;
      const signature = await sign(key, { ...consent, deadline });
      const args = [agent, key.address, deadline, signature] as const;
      await networkHelpers.time.setNextBlockTimestamp(now + 9n);
      await assertions.revertWith(agents.write.setAgentWallet(args, { account: alice }), "deadline too far");
      // One second later it is near enough.
      await networkHelpers.time.increaseTo(now + 10n);
      await networkHelpers.time.setNextBlockTimestamp(now + 11n);
      await agents.write.setAgentWallet(args, { account: alice });
      expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
    });

    for (const [what, change] of Object.entries({
      AnotherAgent: { agent: 5n },
      AnotherWallet: { wallet: "0x00000000000000000000000000000000000000aa" as Address },
      AnotherOwner: { owner: "0x00000000000000000000000000000000000000bb" as Address },
      AnotherDeadline: { deadline: 9_999n },
      AnotherChain: { chainId: 1 },
      AnotherRegistry: { registry: "0x00000000000000000000000000000000000000cc" as Address },
      AnotherDomain: { name: "Pleiad AgentRegistry" },
    })) {
      it(`setAgentWallet_consentFor${what}_reverts`, async () => {
        const { agents, agent, alice, deadline, sign, consent } = await load();
        const signature = await sign(key, { ...consent, ...change });
        await assertions.revertWith(
          agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice }),
          "invalid wallet sig",
        );
      });
    }

    it("setAgentWallet_signedByTheOwnerOrNobody_reverts", async () => {
      const { agents, agent, alice, deadline, sign, consent } = await load();
      const other = privateKeyToAccount(`0x${"79".repeat(32)}`);
      for (const signature of [
        await sign(other, consent),
        "0x",
        `0x${"00".repeat(65)}`,
        `0x${"ff".repeat(64)}`,
      ] as Hex[]) {
        await assertions.revertWith(
          agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice }),
          "invalid wallet sig",
        );
      }
    });
  });

  describe("setAgentWallet to a contract", () => {
    async function walletThat(signing: number) {
      const fixture = await load();
      const wallet = await viem.deployContract("Wallet__MockForExecutions");
      await wallet.write.setSigning([signing, key.address]);
      const signature = await fixture.sign(key, { ...fixture.consent, wallet: wallet.address });
      const { agents, agent, alice, deadline } = fixture;
      const set = (bytes: Hex = signature) =>
        agents.write.setAgentWallet([agent, wallet.address, deadline, bytes], { account: alice });
      return { ...fixture, wallet, set };
    }

    for (const mood of ["ByKey", "Always"] as const) {
      it(`setAgentWallet_walletThatSigns${mood}_succeeds`, async () => {
        const { agents, agent, wallet, set } = await walletThat(SIGNING[mood]);
        await set();
        expect((await agents.read.getAgentWallet([agent])).toLowerCase()).to.equal(wallet.address);
      });
    }

    it("setAgentWallet_walletThatSignsByKey_refusesOthers", async () => {
      const { set } = await walletThat(SIGNING.ByKey);
      await assertions.revertWith(set(`0x${"11".repeat(65)}`), "invalid wallet sig");
    });

    for (const mood of [
      "No",
      "AnswerDirty",
      "AnswerShort",
      "AnswerMuch",
      "AnswerNothing",
      "EatGas",
      "Revert",
      "TryToWrite",
    ] as const) {
      it(`setAgentWallet_hostileWallet${mood}_reverts`, async () => {
        const { agents, agent, alice, wallet, set } = await walletThat(SIGNING[mood]);
        await assertions.revertWith(set(), "invalid wallet sig");
        expect(await agents.read.getAgentWallet([agent])).to.equal(alice);
        expect(await wallet.read.backCalls()).to.equal(0n);
      });
    }

    it("setAgentWallet_walletThatEatsGas_costsABoundedPrice", async () => {
      const { client, agents, agent, alice, wallet, deadline } = await walletThat(SIGNING.EatGas);
      // Mined, not only simulated: with its gas named it is sent although it reverts.
      const args = [agent, wallet.address, deadline, "0x"] as const;
      const sent = agents.write.setAgentWallet(args, { account: alice, gas: 10_000_000n });
      await assertions.revertWith(sent, "invalid wallet sig");
      const { transactions } = await client.getBlock();
      const hash = transactions.at(-1) as Hex;
      const { gasUsed, status } = await client.getTransactionReceipt({ hash });
      expect(status).to.equal("reverted");
      expect(gasUsed > 100_000n && gasUsed < 160_000n, `gas ${gasUsed}`).to.equal(true);
    });
  });

  describe("unsetAgentWallet", () => {
    it("unsetAgentWallet_ofTheOwnersDefault_succeeds", async () => {
      const fixture = await load();
      const { agents, agent, alice, model } = fixture;
      const hash = await agents.write.unsetAgentWallet([agent], { account: alice });
      expect(await eventsOf(fixture, agents, hash)).to.deep.equal([walletEvent(agent, undefined)]);
      expect(await agents.read.getAgentWallet([agent])).to.equal(zeroAddress);
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([alice, model]);
    });

    it("unsetAgentWallet_ofANamedOne_succeeds", async () => {
      const { agents, agent, alice, bob } = await withWallet();
      await agents.write.setApprovalForAll([bob, true], { account: alice });
      await agents.write.unsetAgentWallet([agent], { account: bob });
      expect(await agents.read.getAgentWallet([agent])).to.equal(zeroAddress);
      expect(await agents.read.getMetadata([agent, "agentWallet"])).to.equal("0x");
    });

    it("unsetAgentWallet_byStranger_reverts", async () => {
      const { agents, agent, stranger } = await withWallet();
      await assertions.revertWith(
        agents.write.unsetAgentWallet([agent], { account: stranger }),
        "Not authorized",
      );
      expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
    });

    it("unsetAgentWallet_unknownAgent_reverts", async () => {
      const { agents, alice } = await load();
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.unsetAgentWallet([1n], { account: alice }),
        agents,
        "AgentUnknown",
        [1n],
      );
    });

    it("setAgentWallet_afterUnset_succeeds", async () => {
      const { agents, agent, alice, deadline, signature } = await withWallet();
      await agents.write.unsetAgentWallet([agent], { account: alice });
      await agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice });
      expect(await agents.read.getAgentWallet([agent])).to.equal(key.address);
    });
  });

  describe("a transfer", () => {
    for (const named of [false, true]) {
      const what = named ? "NamedWallet" : "OwnersDefault";
      it(`transferFrom_clearsThe${what}_alsoWhenTheTokenComesBack`, async () => {
        const fixture = named ? await withWallet() : await load();
        const { agents, agent, alice, bob } = fixture;
        const hash = await agents.write.transferFrom([alice, bob, agent], { account: alice });
        expect(await eventsOf(fixture, agents, hash)).to.deep.equal([
          transferEvent(alice, bob, agent),
          { event: "AgentModelSet", args: { agentId: agent, model: 0n } },
          walletEvent(agent, undefined),
        ]);
        expect(await agents.read.getAgentWallet([agent])).to.equal(zeroAddress);
        await agents.write.transferFrom([bob, alice, agent], { account: bob });
        expect(await agents.read.getAgentWallet([agent])).to.equal(zeroAddress);
        expect(await agents.read.getMetadata([agent, "agentWallet"])).to.equal("0x");
      });
    }

    it("transferFrom_toTheOwnerItself_clearsTheWallet", async () => {
      const { agents, agent, alice } = await withWallet();
      await agents.write.transferFrom([alice, alice, agent], { account: alice });
      expect(await agents.read.getAgentWallet([agent])).to.equal(zeroAddress);
    });

    it("setAgentWallet_consentToTheOwnerBefore_reverts", async () => {
      const { agents, agent, alice, bob, deadline, signature } = await withWallet();
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      await assertions.revertWith(
        agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: bob }),
        "invalid wallet sig",
      );
    });

    it("setModel_ofEachWalletState_leavesTheWallet", async () => {
      const { agents, agent, alice, bob, model, deadline, sign, consent } = await load();
      const change = async () => {
        await agents.write.setModel([agent, 0n], { account: alice });
        await agents.write.setModel([agent, model], { account: alice });
        return agents.read.getAgentWallet([agent]);
      };
      expect(await change()).to.equal(alice);
      const signature = await sign(key, consent);
      await agents.write.setAgentWallet([agent, key.address, deadline, signature], { account: alice });
      expect(await change()).to.equal(key.address);
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      await agents.write.transferFrom([bob, alice, agent], { account: bob });
      expect(await change()).to.equal(zeroAddress);
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([alice, model]);
    });
  });
});
