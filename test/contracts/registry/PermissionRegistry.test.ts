import { expect } from "chai";
import fc from "fast-check";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { type Address, type Hex, hashTypedData, parseEventLogs, zeroAddress, zeroHash } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import {
  compact,
  createChain,
  deployRegistries,
  eventsOf,
  type Registries,
  refusalOf,
  registerModel,
} from "../fixtures/registries.ts";

const SEED = Number(process.env.PLEIAD_TEST_SEED ?? 20_251);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 25);
const EDIT = 1;
const GRANT = 4;
const ALL = 15;
const DELEGATES_MAX = 16;
const UNCOUNTED = 2 ** 32 - 1;
const KEY = privateKeyToAccount(`0x${"51".repeat(32)}`);
/** How the test wallet answers whether it signed. */
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

/** Alice's model 1, and bob's model 2; the gate at which grants count is carol, as any contract may be one. */
async function oneModel(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { models, alice, bob, carol } = registries;
  const token = await registerModel(registries, alice);
  await registerModel(registries, bob);
  return { ...registries, registry: models.address as Address, token, gate: carol };
}

type Fixture = Awaited<ReturnType<typeof oneModel>>;

/** An invitation as the contract takes it. */
interface Invitation {
  registry: Address;
  token: bigint;
  gate: Address;
  grantee: Address;
  uses: number;
  expiresAt: number;
  tenure: bigint;
  nonce: bigint;
}

function invitationOf(fixture: Fixture, change: Partial<Invitation> = {}): Invitation {
  const { registry, token, gate, bob } = fixture;
  return { registry, token, gate, grantee: bob, uses: 2, expiresAt: 0, tenure: 0n, nonce: 1n, ...change };
}

function typedDataOf({ permissions, chainId }: Registries, message: Invitation) {
  return {
    domain: {
      name: "Pleiad PermissionRegistry",
      version: "1",
      chainId,
      verifyingContract: permissions.address,
    },
    types: {
      Invitation: [
        { name: "registry", type: "address" },
        { name: "token", type: "uint256" },
        { name: "gate", type: "address" },
        { name: "grantee", type: "address" },
        { name: "uses", type: "uint32" },
        { name: "expiresAt", type: "uint40" },
        { name: "tenure", type: "uint64" },
        { name: "nonce", type: "uint256" },
      ],
    },
    primaryType: "Invitation",
    message,
  } as const;
}

function signInvitation(
  registries: Registries,
  invitation: Invitation,
  key: PrivateKeyAccount = KEY,
): Promise<Hex> {
  return key.signTypedData(typedDataOf(registries, invitation));
}

/** Model 3 of the test key's, whose account need send nothing. */
async function keysModel(chain: NetworkConnection) {
  const fixture = await oneModel(chain);
  const { models, alice } = fixture;
  const token = await registerModel(fixture, alice);
  await models.write.transferFrom([alice, KEY.address, token], { account: alice });
  return { ...fixture, token };
}

/** The same of a wallet contract, which signs as it is told. */
async function walletsModel(chain: NetworkConnection) {
  const fixture = await oneModel(chain);
  const { models, alice } = fixture;
  const wallet = await viem.deployContract("Wallet__MockForExecutions");
  const token = await registerModel(fixture, alice);
  await models.write.transferFrom([alice, wallet.address, token], { account: alice });
  return { ...fixture, token, wallet };
}

describe("PermissionRegistry", () => {
  describe("setDelegate", () => {
    it("setDelegate_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, alice, bob, stranger } = fixture;
      const expiresAt = (await networkHelpers.time.latest()) + 1_000;
      const hash = await permissions.write.setDelegate([registry, token, bob, EDIT, expiresAt], {
        account: alice,
      });
      const args = { registry, token, delegate: bob, roles: EDIT, expiresAt, tenure: 0n };
      expect(lowered(await eventsOf(fixture, permissions, hash))).to.deep.equal(
        lowered([{ event: "DelegateSet", args }]),
      );
      expect(await permissions.read.rolesOf([registry, token, bob])).to.equal(EDIT);
      expect(await permissions.read.delegatesOf([registry, token])).to.deep.equal([
        { account: bob, roles: EDIT, expiresAt },
      ]);
      // Nobody else, no other token, and the owner has no roles: it needs none.
      expect(await permissions.read.rolesOf([registry, token, stranger])).to.equal(0);
      expect(await permissions.read.rolesOf([registry, 2n, bob])).to.equal(0);
      expect(await permissions.read.rolesOf([registry, token, alice])).to.equal(0);
    });

    it("setDelegate_again_succeeds", async () => {
      const { permissions, registry, token, alice, bob } = await networkHelpers.loadFixture(oneModel);
      for (const roles of [ALL, 2]) {
        await permissions.write.setDelegate([registry, token, bob, roles, 0], { account: alice });
      }
      expect(await permissions.read.delegatesOf([registry, token])).to.deep.equal([
        { account: bob, roles: 2, expiresAt: 0 },
      ]);
    });

    it("setDelegate_byAnother_reverts", async () => {
      const { permissions, registry, token, alice, bob, carol } = await networkHelpers.loadFixture(oneModel);
      // Not even by a delegate with every role.
      await permissions.write.setDelegate([registry, token, bob, ALL, 0], { account: alice });
      for (const account of [bob, carol]) {
        await refuses(permissions.write.setDelegate([registry, token, carol, EDIT, 0], { account }), {
          error: "PermissionNotOwner",
          args: [registry, token, account],
        });
      }
    });

    it("setDelegate_rolesInvalid_reverts", async () => {
      const { permissions, registry, token, alice, bob } = await networkHelpers.loadFixture(oneModel);
      for (const roles of [0, 16, 255]) {
        await refuses(permissions.write.setDelegate([registry, token, bob, roles, 0], { account: alice }), {
          error: "PermissionRolesInvalid",
          args: [roles],
        });
      }
    });

    it("setDelegate_nobodyOrTheOwner_reverts", async () => {
      const { permissions, registry, token, alice } = await networkHelpers.loadFixture(oneModel);
      for (const account of [zeroAddress, alice]) {
        await refuses(permissions.write.setDelegate([registry, token, account, 1, 0], { account: alice }), {
          error: "PermissionAccountInvalid",
          args: [account],
        });
      }
    });

    it("setDelegate_expiryPassed_reverts", async () => {
      const { permissions, registry, token, alice, bob } = await networkHelpers.loadFixture(oneModel);
      const now = (await networkHelpers.time.latest()) + 10;
      await networkHelpers.time.setNextBlockTimestamp(now);
      await refuses(permissions.write.setDelegate([registry, token, bob, 1, now - 1], { account: alice }), {
        error: "PermissionExpiryPassed",
        args: [now - 1],
      });
    });

    it("setDelegate_tooMany_reverts", async () => {
      const { permissions, registry, token, alice, bob } = await networkHelpers.loadFixture(oneModel);
      for (let i = 0; i < DELEGATES_MAX; i++) {
        await permissions.write.setDelegate([registry, token, accountOf(i), EDIT, 0], { account: alice });
      }
      await refuses(permissions.write.setDelegate([registry, token, bob, EDIT, 0], { account: alice }), {
        error: "PermissionDelegatesFull",
        args: [BigInt(DELEGATES_MAX)],
      });
      // One that is there can be changed, and a place that is freed is free.
      await permissions.write.setDelegate([registry, token, accountOf(3), ALL, 0], { account: alice });
      await permissions.write.revokeDelegate([registry, token, accountOf(0)], { account: alice });
      await permissions.write.setDelegate([registry, token, bob, EDIT, 0], { account: alice });
      expect(await permissions.read.delegatesOf([registry, token])).to.have.lengthOf(DELEGATES_MAX);
    });

    it("setDelegate_afterATransfer_succeeds", async () => {
      // C13: the list begins anew, also when the token comes back.
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, models, registry, token, alice, bob, carol } = fixture;
      await permissions.write.setDelegate([registry, token, bob, ALL, 0], { account: alice });
      await models.write.transferFrom([alice, carol, token], { account: alice });
      expect(await permissions.read.delegatesOf([registry, token])).to.deep.equal([]);
      expect(await permissions.read.rolesOf([registry, token, bob])).to.equal(0);
      await refuses(permissions.write.setDelegate([registry, token, bob, 1, 0], { account: alice }), {
        error: "PermissionNotOwner",
        args: [registry, token, alice],
      });
      const hash = await permissions.write.setDelegate([registry, token, alice, 2, 0], { account: carol });
      expect((await eventsOf(fixture, permissions, hash))[0]?.args).to.include({ tenure: 1n });
      await models.write.transferFrom([carol, alice, token], { account: carol });
      expect(await permissions.read.delegatesOf([registry, token])).to.deep.equal([]);
    });
  });

  describe("revokeDelegate", () => {
    it("revokeDelegate_byOwnerOrItself_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, alice, bob } = fixture;
      for (const account of [alice, bob]) {
        await permissions.write.setDelegate([registry, token, bob, ALL, 0], { account: alice });
        const hash = await permissions.write.revokeDelegate([registry, token, bob], { account });
        const args = { registry, token, delegate: bob, roles: 0, expiresAt: 0, tenure: 0n };
        expect(lowered(await eventsOf(fixture, permissions, hash))).to.deep.equal(
          lowered([{ event: "DelegateSet", args }]),
        );
        expect(await permissions.read.rolesOf([registry, token, bob])).to.equal(0);
        expect(await permissions.read.delegatesOf([registry, token])).to.deep.equal([]);
      }
    });

    it("revokeDelegate_byAnother_reverts", async () => {
      const { permissions, registry, token, alice, bob, carol } = await networkHelpers.loadFixture(oneModel);
      await permissions.write.setDelegate([registry, token, bob, ALL, 0], { account: alice });
      await refuses(permissions.write.revokeDelegate([registry, token, bob], { account: carol }), {
        error: "PermissionNotOwner",
        args: [registry, token, carol],
      });
    });

    it("revokeDelegate_whoIsNone_reverts", async () => {
      const { permissions, registry, token, alice, bob } = await networkHelpers.loadFixture(oneModel);
      for (const account of [alice, bob]) {
        await refuses(permissions.write.revokeDelegate([registry, token, bob], { account }), {
          error: "PermissionUnknown",
          args: [registry, token, bob],
        });
      }
    });

    it(`revokeDelegate_anyOrder_succeeds (seed ${SEED})`, async () => {
      const step = fc.record({
        who: fc.nat({ max: 19 }),
        roles: fc.integer({ min: 0, max: ALL }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
          const { permissions, registry, token, alice } = await networkHelpers.loadFixture(oneModel);
          const meant = new Map<Address, number>();
          for (const { who, roles } of steps) {
            const account = accountOf(who);
            const call =
              roles === 0
                ? permissions.write.revokeDelegate([registry, token, account], { account: alice })
                : permissions.write.setDelegate([registry, token, account, roles, 0], { account: alice });
            const isFull = !meant.has(account) && meant.size === DELEGATES_MAX;
            const expected =
              roles === 0
                ? meant.has(account)
                  ? undefined
                  : "PermissionUnknown"
                : isFull
                  ? "PermissionDelegatesFull"
                  : undefined;
            expect((await refusalOf(call))?.error).to.equal(expected);
            if (expected !== undefined) continue;
            if (roles === 0) meant.delete(account);
            else meant.set(account, roles);
          }
          const list = await permissions.read.delegatesOf([registry, token]);
          expect(list).to.have.lengthOf(meant.size);
          expect(new Map(list.map(({ account, roles }) => [account, roles]))).to.deep.equal(meant);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });

  describe("setGrant", () => {
    it("setGrant_byOwnerAndByItsDelegate_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, gate, alice, bob, stranger } = fixture;
      await permissions.write.setDelegate([registry, token, stranger, GRANT, 0], { account: alice });
      for (const [account, uses] of [
        [alice, 3],
        [stranger, 5],
      ] as const) {
        const expiresAt = (await networkHelpers.time.latest()) + 1_000;
        const call = [registry, token, gate, bob, uses, expiresAt] as const;
        const hash = await permissions.write.setGrant(call, { account });
        const args = { registry, token, grantee: bob, gate, uses, expiresAt, tenure: 0n };
        expect(lowered(await eventsOf(fixture, permissions, hash))).to.deep.equal(
          lowered([{ event: "GrantSet", args: { ...args, invitation: zeroHash } }]),
        );
        expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([uses, expiresAt]);
      }
      // At this gate, of this token, for this grantee.
      for (const other of [
        [registry, token, stranger, bob],
        [registry, 2n, gate, bob],
        [registry, token, gate, stranger],
      ] as const) {
        expect(await permissions.read.grantOf(other)).to.deep.equal([0, 0]);
      }
    });

    it("setGrant_revoking_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, gate, alice, bob } = fixture;
      await permissions.write.setGrant([registry, token, gate, bob, 3, 0], { account: alice });
      const hash = await permissions.write.setGrant([registry, token, gate, bob, 0, 77], { account: alice });
      expect((await eventsOf(fixture, permissions, hash))[0]?.args).to.include({ uses: 0, expiresAt: 0 });
      expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([0, 0]);
      await refuses(permissions.write.setGrant([registry, token, gate, bob, 0, 0], { account: alice }), {
        error: "PermissionUnknown",
        args: [registry, token, bob],
      });
    });

    it("setGrant_byAnother_reverts", async () => {
      const { permissions, registry, token, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      await permissions.write.setDelegate([registry, token, bob, ALL - GRANT, 0], { account: alice });
      await refuses(permissions.write.setGrant([registry, token, gate, bob, 1, 0], { account: bob }), {
        error: "PermissionRoleMissing",
        args: [registry, token, bob, GRANT],
      });
    });

    it("setGrant_toNobody_reverts", async () => {
      const { permissions, registry, token, gate, alice } = await networkHelpers.loadFixture(oneModel);
      const call = permissions.write.setGrant([registry, token, gate, zeroAddress, 1, 0], { account: alice });
      await refuses(call, { error: "PermissionAccountInvalid", args: [zeroAddress] });
    });

    it("setGrant_expiryPassed_reverts", async () => {
      const { permissions, registry, token, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      await refuses(permissions.write.setGrant([registry, token, gate, bob, 1, 5], { account: alice }), {
        error: "PermissionExpiryPassed",
        args: [5],
      });
    });

    it("setGrant_unknownToken_reverts", async () => {
      const { permissions, registry, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      let reverted = false;
      await permissions.write.setGrant([registry, 9n, gate, bob, 1, 0], { account: alice }).catch(() => {
        reverted = true;
      });
      expect(reverted).to.equal(true);
    });
  });

  describe("useGrant", () => {
    it("useGrant_untilNoneIsLeft_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, gate, alice, bob } = fixture;
      await permissions.write.setGrant([registry, token, gate, bob, 2, 0], { account: alice });
      for (const usesLeft of [1, 0]) {
        const hash = await permissions.write.useGrant([registry, token, bob], { account: gate });
        const args = { registry, token, grantee: bob, gate, usesLeft };
        expect(lowered(await eventsOf(fixture, permissions, hash))).to.deep.equal(
          lowered([{ event: "GrantUsed", args }]),
        );
      }
      await refuses(permissions.write.useGrant([registry, token, bob], { account: gate }), {
        error: "GrantMissing",
        args: [registry, token, gate, bob],
      });
    });

    it("useGrant_uncounted_succeeds", async () => {
      const { permissions, registry, token, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      await permissions.write.setGrant([registry, token, gate, bob, UNCOUNTED, 0], { account: alice });
      for (let i = 0; i < 3; i++) {
        await permissions.write.useGrant([registry, token, bob], { account: gate });
      }
      expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([UNCOUNTED, 0]);
    });

    it("useGrant_atAnotherGate_reverts", async () => {
      const { permissions, registry, token, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      await permissions.write.setGrant([registry, token, gate, bob, 2, 0], { account: alice });
      await refuses(permissions.write.useGrant([registry, token, bob], { account: bob }), {
        error: "GrantMissing",
        args: [registry, token, bob, bob],
      });
    });

    it("useGrant_timeIsOver_reverts", async () => {
      const { permissions, registry, token, gate, alice, bob } = await networkHelpers.loadFixture(oneModel);
      const until = (await networkHelpers.time.latest()) + 100;
      await permissions.write.setGrant([registry, token, gate, bob, 5, until], { account: alice });
      await networkHelpers.time.setNextBlockTimestamp(until);
      await permissions.write.useGrant([registry, token, bob], { account: gate });
      await networkHelpers.time.setNextBlockTimestamp(until + 1);
      await refuses(permissions.write.useGrant([registry, token, bob], { account: gate }), {
        error: "GrantMissing",
        args: [registry, token, gate, bob],
      });
      await networkHelpers.mine();
      expect((await permissions.read.grantOf([registry, token, gate, bob]))[0]).to.equal(0);
    });

    it("useGrant_afterATransfer_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, models, registry, token, gate, alice, bob, carol } = fixture;
      await permissions.write.setGrant([registry, token, gate, bob, 5, 0], { account: alice });
      for (const [from, to] of [
        [alice, carol],
        [carol, alice],
      ] as const) {
        await models.write.transferFrom([from, to, token], { account: from });
        await refuses(permissions.write.useGrant([registry, token, bob], { account: gate }), {
          error: "GrantMissing",
          args: [registry, token, gate, bob],
        });
      }
    });
  });

  describe("acceptInvitation", () => {
    for (const form of ["65 bytes", "64 bytes"] as const) {
      it(`acceptInvitation_signedByTheOwnersKeyIn${form.slice(0, 2)}Bytes_succeeds`, async () => {
        const fixture = await networkHelpers.loadFixture(keysModel);
        const { permissions, registry, token, gate, bob, stranger } = fixture;
        const invitation = invitationOf(fixture, { tenure: 1n });
        const signature = await signInvitation(fixture, invitation);
        const digest = hashTypedData(typedDataOf(fixture, invitation));
        expect(await permissions.read.invitationDigest([invitation])).to.equal(digest);
        expect(await permissions.read.isInvitationUsed([digest])).to.equal(false);
        const given = form === "65 bytes" ? signature : compact(signature);
        // Anyone may bring it.
        const call = [invitation, KEY.address, given] as const;
        const hash = await permissions.write.acceptInvitation(call, { account: stranger });
        const args = { registry, token, grantee: bob, gate, uses: 2, expiresAt: 0, tenure: 1n };
        expect(lowered(await eventsOf(fixture, permissions, hash))).to.deep.equal(
          lowered([{ event: "GrantSet", args: { ...args, invitation: digest } }]),
        );
        expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([2, 0]);
        expect(await permissions.read.isInvitationUsed([digest])).to.equal(true);
        await refuses(permissions.write.acceptInvitation(call, { account: stranger }), {
          error: "InvitationUsed",
          args: [digest],
        });
      });
    }

    it("acceptInvitation_addsToTheGrant_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions, registry, token, gate, bob } = fixture;
      const until = (await networkHelpers.time.latest()) + 1_000;
      // Anybody may bring an invitation: one that ends earlier than the grant shortens nothing.
      for (const [nonce, uses, expiresAt, sum, end] of [
        [1n, 2, until, 2, until],
        [2n, 3, until - 500, 5, until],
        [3n, UNCOUNTED - 1, until + 500, UNCOUNTED, until + 500],
        [4n, 1, 0, UNCOUNTED, 0],
        [5n, 1, until, UNCOUNTED, 0],
      ] as const) {
        const invitation = invitationOf(fixture, { tenure: 1n, nonce, uses, expiresAt });
        await permissions.write.acceptInvitation([
          invitation,
          KEY.address,
          await signInvitation(fixture, invitation),
        ]);
        expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([sum, end]);
      }
    });

    it("acceptInvitation_afterAGrantThatIsOver_hasItsOwnExpiry", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions, registry, token, gate, bob } = fixture;
      const now = await networkHelpers.time.latest();
      for (const [nonce, expiresAt] of [
        [1n, now + 100],
        [2n, now + 1_000],
      ] as const) {
        const invitation = invitationOf(fixture, { tenure: 1n, nonce, uses: 2, expiresAt });
        await permissions.write.acceptInvitation([
          invitation,
          KEY.address,
          await signInvitation(fixture, invitation),
        ]);
        expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([2, expiresAt]);
        await networkHelpers.time.increaseTo(expiresAt + 1);
      }
    });

    it("acceptInvitation_signedByADelegate_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, gate, alice, bob } = fixture;
      const invitation = invitationOf(fixture);
      const call = [invitation, KEY.address, await signInvitation(fixture, invitation)] as const;
      await permissions.write.setDelegate([registry, token, KEY.address, ALL - GRANT, 0], { account: alice });
      await refuses(permissions.write.acceptInvitation(call), {
        error: "PermissionRoleMissing",
        args: [registry, token, KEY.address, GRANT],
      });
      await permissions.write.setDelegate([registry, token, KEY.address, GRANT, 0], { account: alice });
      await permissions.write.acceptInvitation(call);
      expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([2, 0]);
    });

    it("acceptInvitation_signedByAWallet_succeeds", async () => {
      for (const mood of [SIGNING.Always, SIGNING.ByKey]) {
        const fixture = await networkHelpers.loadFixture(walletsModel);
        const { permissions, registry, token, gate, wallet, bob } = fixture;
        await wallet.write.setSigning([mood, KEY.address]);
        const invitation = invitationOf(fixture, { tenure: 1n });
        const signature = await signInvitation(fixture, invitation);
        await permissions.write.acceptInvitation([invitation, wallet.address, signature]);
        expect(await permissions.read.grantOf([registry, token, gate, bob])).to.deep.equal([2, 0]);
      }
    });

    it("acceptInvitation_walletThatDoesNotSign_reverts", async () => {
      const moods = Object.entries(SIGNING).filter(([, mood]) => mood !== SIGNING.Always);
      for (const [name, mood] of moods) {
        const fixture = await networkHelpers.loadFixture(walletsModel);
        const { permissions, wallet, stranger } = fixture;
        await wallet.write.setSigning([mood, stranger]);
        const invitation = invitationOf(fixture, { tenure: 1n });
        const signature = await signInvitation(fixture, invitation);
        // Bounded, whatever the wallet does: it cannot eat the sender's gas.
        const call = [invitation, wallet.address, signature] as const;
        await refuses(
          permissions.write.acceptInvitation(call, { gas: 400_000n }),
          { error: "InvitationSignatureInvalid", args: [wallet.address] },
          name,
        );
      }
    });

    it("acceptInvitation_changedOrSignedByAnother_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions, stranger } = fixture;
      const invitation = invitationOf(fixture, { tenure: 1n });
      const signature = await signInvitation(fixture, invitation);
      const foreign = privateKeyToAccount(`0x${"52".repeat(32)}`);
      const cases: [Invitation, Hex][] = [
        [{ ...invitation, uses: 3 }, signature],
        [{ ...invitation, nonce: 2n }, signature],
        [{ ...invitation, grantee: stranger }, signature],
        [{ ...invitation, gate: stranger }, signature],
        [{ ...invitation, expiresAt: 2 ** 40 - 1 }, signature],
        [invitation, await signInvitation(fixture, invitation, foreign)],
        [invitation, `${signature.slice(0, -2)}ff` as Hex],
        [invitation, "0x"],
      ];
      for (const [i, [changed, given]] of cases.entries()) {
        await refuses(
          permissions.write.acceptInvitation([changed, KEY.address, given]),
          { error: "InvitationSignatureInvalid", args: [KEY.address] },
          `case ${i}`,
        );
      }
    });

    it("acceptInvitation_onAnotherChainOrContract_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions, chainId } = fixture;
      const invitation = invitationOf(fixture, { tenure: 1n });
      const data = typedDataOf(fixture, invitation);
      for (const domain of [
        { ...data.domain, chainId: chainId + 1 },
        { ...data.domain, verifyingContract: fixture.models.address },
        { ...data.domain, version: "2" },
      ]) {
        const signature = await KEY.signTypedData({ ...data, domain });
        await refuses(permissions.write.acceptInvitation([invitation, KEY.address, signature]), {
          error: "InvitationSignatureInvalid",
          args: [KEY.address],
        });
      }
    });

    it("acceptInvitation_ofAnotherTenure_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions } = fixture;
      for (const tenure of [0n, 2n]) {
        const invitation = invitationOf(fixture, { tenure });
        const signature = await signInvitation(fixture, invitation);
        await refuses(permissions.write.acceptInvitation([invitation, KEY.address, signature]), {
          error: "InvitationStale",
          args: [tenure, 1n],
        });
      }
    });

    it("acceptInvitation_byTheOwnerBefore_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token } = fixture;
      const invitation = invitationOf(fixture);
      const signature = await signInvitation(fixture, invitation);
      await refuses(permissions.write.acceptInvitation([invitation, KEY.address, signature]), {
        error: "PermissionRoleMissing",
        args: [registry, token, KEY.address, GRANT],
      });
    });

    it("acceptInvitation_expiredOrForNobody_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(keysModel);
      const { permissions } = fixture;
      const late = invitationOf(fixture, { tenure: 1n, expiresAt: 5 });
      const call = [late, KEY.address, await signInvitation(fixture, late)] as const;
      await refuses(permissions.write.acceptInvitation(call), {
        error: "PermissionExpiryPassed",
        args: [5],
      });
      const nobody = invitationOf(fixture, { tenure: 1n, grantee: zeroAddress });
      const other = [nobody, KEY.address, await signInvitation(fixture, nobody)] as const;
      await refuses(permissions.write.acceptInvitation(other), {
        error: "PermissionAccountInvalid",
        args: [zeroAddress],
      });
    });
  });

  describe("revokeInvitation", () => {
    it("revokeInvitation_byOwnerOrItsDelegate_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, alice, stranger } = fixture;
      await permissions.write.setDelegate([registry, token, stranger, GRANT, 0], { account: alice });
      await permissions.write.setDelegate([registry, token, KEY.address, GRANT, 0], { account: alice });
      for (const [account, nonce] of [
        [alice, 1n],
        [stranger, 2n],
      ] as const) {
        const invitation = invitationOf(fixture, { nonce });
        const digest = await permissions.read.invitationDigest([invitation]);
        const hash = await permissions.write.revokeInvitation([invitation], { account });
        expect(await eventsOf(fixture, permissions, hash)).to.deep.equal([
          { event: "InvitationRevoked", args: { invitation: digest } },
        ]);
        const signature = await signInvitation(fixture, invitation);
        const used = { error: "InvitationUsed", args: [digest] };
        await refuses(permissions.write.acceptInvitation([invitation, KEY.address, signature]), used);
        await refuses(permissions.write.revokeInvitation([invitation], { account }), used);
      }
    });

    it("revokeInvitation_byAnother_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneModel);
      const { permissions, registry, token, bob } = fixture;
      const call = permissions.write.revokeInvitation([invitationOf(fixture)], { account: bob });
      await refuses(call, { error: "PermissionRoleMissing", args: [registry, token, bob, GRANT] });
    });
  });

  describe("history", () => {
    it(`history_eventsRebuildStorage_succeeds (seed ${SEED})`, async function () {
      this.timeout(120_000);
      const step = fc.record({
        do: fc.constantFrom("delegate", "revoke", "grant", "invite", "use", "use", "move"),
        who: fc.nat({ max: 3 }),
        count: fc.nat({ max: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: "max" }), async (steps) => {
          const fixture = await networkHelpers.loadFixture(oneModel);
          const { permissions, models, registry, token, gate, client } = fixture;
          let nonce = 0n;
          for (const { do: kind, who, count } of steps) {
            const owner = await models.read.ownerOf([token]);
            const account = accountOf(who);
            const options = { account: owner };
            const tenure = await models.read.tenureOf([token]);
            const delegate = KEY.address;
            if (kind === "delegate") {
              const roles = 1 + count * 3;
              await ignoring(permissions.write.setDelegate([registry, token, account, roles, 0], options));
            } else if (kind === "revoke") {
              await ignoring(permissions.write.revokeDelegate([registry, token, account], options));
            } else if (kind === "grant") {
              await ignoring(permissions.write.setGrant([registry, token, gate, account, count, 0], options));
            } else if (kind === "invite") {
              const setting = [registry, token, delegate, GRANT, 0] as const;
              await permissions.write.setDelegate(setting, options);
              const invitation = invitationOf(fixture, {
                grantee: account,
                uses: count,
                tenure,
                nonce: nonce++,
              });
              const signature = await signInvitation(fixture, invitation);
              await permissions.write.acceptInvitation([invitation, delegate, signature]);
            } else if (kind === "use") {
              const use = permissions.write.useGrant([registry, token, account], { account: gate });
              await ignoring(use);
            } else {
              const to = [fixture.alice, fixture.bob, fixture.stranger][who % 3] as Address;
              await models.write.transferFrom([owner, to, token], options);
            }
          }
          const logs = await client.getLogs({ fromBlock: 0n });
          const delegates = new Map<Address, number>();
          const grants = new Map<Address, number>();
          const parsed = parseEventLogs({ abi: [...permissions.abi, ...models.abi], logs });
          for (const { eventName, args } of parsed) {
            // A change of hands ends everything; a transfer to oneself is none.
            if (eventName === "Transfer" && args.tokenId === token && args.from !== args.to) {
              delegates.clear();
              grants.clear();
            } else if (eventName === "DelegateSet") {
              if (args.roles === 0) delegates.delete(args.delegate);
              else delegates.set(args.delegate, args.roles);
            } else if (eventName === "GrantSet") grants.set(args.grantee, args.uses);
            else if (eventName === "GrantUsed") grants.set(args.grantee, args.usesLeft);
          }
          const list = await permissions.read.delegatesOf([registry, token]);
          expect(new Map(list.map(({ account, roles }) => [account, roles]))).to.deep.equal(delegates);
          for (let who = 0; who < 4; who++) {
            const [uses] = await permissions.read.grantOf([registry, token, gate, accountOf(who)]);
            expect(uses, `grant of ${who}`).to.equal(grants.get(accountOf(who)) ?? 0);
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  });
});

/** Accounts of which nobody has the key; checksummed as they have no letters. */
function accountOf(index: number): Address {
  return `0x${String(index + 1).padStart(40, "0")}`;
}

/** What may be refused: the history goes on. */
async function ignoring(call: Promise<unknown>): Promise<void> {
  await refusalOf(call);
}

async function refuses(
  call: Promise<unknown>,
  refusal: { error: string; args: readonly unknown[] },
  message?: string,
): Promise<void> {
  expect(lowered(await refusalOf(call)), message).to.deep.equal(lowered(refusal));
}

/** With addresses in small letters. */
function lowered<T>(value: T): T {
  const text = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item));
  return text === undefined ? value : JSON.parse(text.toLowerCase());
}
