import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import {
  agentEntry,
  createChain,
  deployRegistries,
  eventsOf,
  PUBLISH_TERMS,
  refusalOf,
  registerAgent,
  registerModel,
  taskEntry,
} from "../fixtures/registries.ts";

const STATUS = { Unknown: 0, Accepting: 1, Restricted: 2, Stopped: 3, Closed: 4 } as const;
const UNCOUNTED = 2 ** 32 - 1;

const { networkHelpers } = await createChain();

/** Alice's cluster with two versions: agent 0 of hers on bob's model 1, agent 1 of carol's, idle, in both. */
async function published(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { clusters, permissions, agents, alice, bob, carol } = registries;
  const model = await registerModel(registries, bob);
  await registerModel(registries, bob);
  await registerAgent(registries, alice, model);
  await registerAgent(registries, carol, 0n);
  await registerAgent(registries, carol, 0n);
  const account = { account: alice };
  await clusters.write.create(["cluster", "", ""], account);
  await clusters.write.addAgent([1n, agentEntry(0n)], account);
  await permissions.write.setGrant([agents.address, 1n, clusters.address, alice, 1, 0], { account: carol });
  await clusters.write.addAgent([1n, agentEntry(1n)], account);
  await clusters.write.addTask([1n, taskEntry("only", 0n)], account);
  for (let i = 0; i < 2; i++) await clusters.write.publish([1n, PUBLISH_TERMS], account);
  return { ...registries, model, cluster: 1n };
}

describe("ClusterRegistry access", () => {
  for (const version of [1n, 2n]) {
    const others = version === 1n ? 2n : 1n;

    it(`stopVersion_${version}_succeeds`, async () => {
      const fixture = await networkHelpers.loadFixture(published);
      const { clusters, cluster, alice } = fixture;
      const hash = await clusters.write.stopVersion([cluster, version], { account: alice });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "VersionStopped", args: { cluster, version, by: alice } },
      ]);
      const stopped = { error: "ClusterVersionStopped", args: [cluster, version] };
      expect(await refusalOf(clusters.read.versionFor([cluster, version]))).to.deep.equal(stopped);
      expect(await clusters.read.statusOf([cluster, version])).to.equal(STATUS.Stopped);
      expect(await clusters.read.statusOf([cluster, others])).to.equal(STATUS.Accepting);
      // For ever: neither again, nor undone by another version or by opening the cluster.
      expect(
        await refusalOf(clusters.write.stopVersion([cluster, version], { account: alice })),
      ).to.deep.equal(stopped);
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      await clusters.write.setClosed([cluster, true], { account: alice });
      await clusters.write.setClosed([cluster, false], { account: alice });
      expect(await clusters.read.statusOf([cluster, version])).to.equal(STATUS.Stopped);
      expect(await clusters.read.statusOf([cluster, 3n]), "the newest").to.equal(STATUS.Accepting);
      // What runs can still be read.
      expect(await clusters.read.versionPointer([cluster, version])).to.be.greaterThan(0);
    });

    it(`stopVersionAsModel_${version}_succeeds`, async () => {
      const fixture = await networkHelpers.loadFixture(published);
      const { clusters, cluster, model, bob } = fixture;
      const hash = await clusters.write.stopVersionAsModel([cluster, version, model], { account: bob });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "VersionStopped", args: { cluster, version, by: bob } },
      ]);
      expect(await clusters.read.statusOf([cluster, version])).to.equal(STATUS.Stopped);
      expect(await clusters.read.statusOf([cluster, others])).to.equal(STATUS.Accepting);
    });

    it(`stopVersionAsAgent_${version}_succeeds`, async () => {
      // Also by the owner of a member that no task names, and though it left the draft.
      const fixture = await networkHelpers.loadFixture(published);
      const { clusters, cluster, carol } = fixture;
      await clusters.write.removeAgent([cluster, 1n], { account: carol });
      await clusters.write.stopVersionAsAgent([cluster, version, 1n], { account: carol });
      expect(await clusters.read.statusOf([cluster, version])).to.equal(STATUS.Stopped);
      expect(await clusters.read.statusOf([cluster, others])).to.equal(STATUS.Accepting);
    });
  }

  it("stopVersionAsModel_notInTheVersion_reverts", async () => {
    const { clusters, cluster, bob } = await networkHelpers.loadFixture(published);
    for (const model of [0n, 2n, 99n, 2n ** 64n + 1n]) {
      const call = clusters.write.stopVersionAsModel([cluster, 1n, model], { account: bob });
      expect(await refusalOf(call)).to.deep.equal({
        error: "ClusterVersionWithoutModel",
        args: [cluster, 1n, model],
      });
    }
  });

  it("stopVersionAsAgent_notInTheVersion_reverts", async () => {
    const { clusters, cluster, carol } = await networkHelpers.loadFixture(published);
    for (const agent of [2n, 99n, 2n ** 64n + 1n]) {
      const call = clusters.write.stopVersionAsAgent([cluster, 1n, agent], { account: carol });
      expect(await refusalOf(call)).to.deep.equal({
        error: "ClusterVersionWithoutAgent",
        args: [cluster, 1n, agent],
      });
    }
  });

  it("stops_byAnother_reverts", async () => {
    const { clusters, cluster, model, alice, bob, carol } = await networkHelpers.loadFixture(published);
    const calls = [
      [() => clusters.write.stopVersion([cluster, 1n], { account: bob }), "ClusterNotOwned", [cluster, bob]],
      [
        () => clusters.write.stopVersionAsModel([cluster, 1n, model], { account: alice }),
        "ClusterModelNotOwned",
        [model, alice],
      ],
      [
        () => clusters.write.stopVersionAsAgent([cluster, 1n, 0n], { account: carol }),
        "ClusterAgentNotOwned",
        [0n, carol],
      ],
    ] as const;
    for (const [call, error, args] of calls) expect(await refusalOf(call())).to.deep.equal({ error, args });
  });

  it("stops_unknownVersion_reverts", async () => {
    const { clusters, cluster, model, alice } = await networkHelpers.loadFixture(published);
    for (const version of [0n, 3n, 2n ** 32n + 1n]) {
      for (const call of [
        () => clusters.write.stopVersion([cluster, version], { account: alice }),
        () => clusters.write.stopVersionAsModel([cluster, version, model], { account: alice }),
        () => clusters.write.stopVersionAsAgent([cluster, version, 0n], { account: alice }),
        () => clusters.read.versionFor([cluster, version]),
      ]) {
        expect(await refusalOf(call())).to.deep.equal({
          error: "ClusterVersionUnknown",
          args: [cluster, version],
        });
      }
      expect(await clusters.read.statusOf([cluster, version])).to.equal(STATUS.Unknown);
    }
    expect(await clusters.read.statusOf([9n, 1n])).to.equal(STATUS.Unknown);
    expect(await clusters.read.statusOf([9n, 0n])).to.equal(STATUS.Unknown);
  });

  it("setClosed_allVersions_succeeds", async () => {
    const fixture = await networkHelpers.loadFixture(published);
    const { clusters, cluster, alice } = fixture;
    for (const closed of [true, false]) {
      const hash = await clusters.write.setClosed([cluster, closed], { account: alice });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "ClusterClosedSet", args: { cluster, closed } },
      ]);
      for (const version of [1n, 2n]) {
        expect(await clusters.read.statusOf([cluster, version])).to.equal(
          closed ? STATUS.Closed : STATUS.Accepting,
        );
        expect(await refusalOf(clusters.read.versionFor([cluster, version]))).to.deep.equal(
          closed ? { error: "ClusterIsClosed", args: [cluster] } : undefined,
        );
      }
    }
  });

  it("setRestricted_allVersions_succeeds", async () => {
    const fixture = await networkHelpers.loadFixture(published);
    const { clusters, cluster, alice } = fixture;
    for (const restricted of [true, false]) {
      const hash = await clusters.write.setRestricted([cluster, restricted], { account: alice });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "ClusterRestrictedSet", args: { cluster, restricted } },
      ]);
      for (const version of [1n, 2n]) {
        expect((await clusters.read.versionFor([cluster, version]))[1]).to.equal(restricted);
        expect(await clusters.read.statusOf([cluster, version])).to.equal(
          restricted ? STATUS.Restricted : STATUS.Accepting,
        );
      }
    }
  });

  it("flags_surviveAnotherVersionAndATransfer_succeeds", async () => {
    const { clusters, cluster, alice, bob } = await networkHelpers.loadFixture(published);
    await clusters.write.setRestricted([cluster, true], { account: alice });
    await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
    await clusters.write.transferFrom([alice, bob, cluster], { account: alice });
    expect(await clusters.read.versionFor([cluster, 3n])).to.deep.equal([
      await clusters.read.versionPointer([cluster, 3n]),
      true,
    ]);
  });
});

/** Bob's model 1, used by grant only, and alice's agents 0 and 1 on it; carol's agent 2 too. */
async function granted(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { alice, bob, carol, clusters } = registries;
  const model = await registerModel(registries, bob, { open: false });
  for (const owner of [alice, alice, carol]) await registerAgent(registries, owner, model);
  await clusters.write.create(["cluster", "", ""], { account: alice });
  await clusters.write.addAgent([1n, agentEntry(0n)], { account: alice });
  await clusters.write.addAgent([1n, agentEntry(1n)], { account: alice });
  for (const [i, agent] of [0n, 1n, 0n].entries()) {
    await clusters.write.addTask([1n, taskEntry(`t${i}`, agent)], { account: alice });
  }
  const publish = () => clusters.write.publish([1n, PUBLISH_TERMS], { account: alice });
  return { ...registries, model, publish };
}

describe("grants at ClusterRegistry", () => {
  it("publish_modelByGrant_succeeds", async () => {
    // One use for each publish and model, however many tasks and agents of one owner are on it.
    const { permissions, clusters, models, model, alice, bob, publish } =
      await networkHelpers.loadFixture(granted);
    const notOpen = { error: "ClusterModelNotOpen", args: ["t0", model, 0n] };
    expect(await refusalOf(publish())).to.deep.equal(notOpen);
    const grant = [models.address, model, clusters.address, alice] as const;
    await permissions.write.setGrant([...grant, 2, 0], { account: bob });
    for (const left of [1, 0]) {
      await publish();
      expect((await permissions.read.grantOf(grant))[0]).to.equal(left);
    }
    expect(await refusalOf(publish())).to.deep.equal(notOpen);
    await permissions.write.setGrant([...grant, UNCOUNTED, 0], { account: bob });
    await publish();
    await publish();
    await permissions.write.setGrant([...grant, 0, 0], { account: bob });
    expect(await refusalOf(publish()), "revoked").to.deep.equal(notOpen);
    expect(await clusters.read.versionCount([1n])).to.equal(4n);
  });

  it("publish_modelByGrantWhoseTimeIsOver_reverts", async () => {
    const { permissions, clusters, models, model, alice, bob, publish } =
      await networkHelpers.loadFixture(granted);
    const until = (await networkHelpers.time.latest()) + 100;
    const grant = [models.address, model, clusters.address, alice] as const;
    await permissions.write.setGrant([...grant, 9, until], { account: bob });
    await networkHelpers.time.setNextBlockTimestamp(until);
    await publish();
    await networkHelpers.time.setNextBlockTimestamp(until + 1);
    expect((await refusalOf(publish()))?.error).to.equal("ClusterModelNotOpen");
  });

  it("publish_modelByGrantOfTheOwnerBefore_reverts", async () => {
    const { permissions, clusters, models, model, alice, bob, carol, publish } =
      await networkHelpers.loadFixture(granted);
    const grant = [models.address, model, clusters.address, alice] as const;
    await permissions.write.setGrant([...grant, 9, 0], { account: bob });
    await models.write.transferFrom([bob, carol, model], { account: bob });
    expect((await refusalOf(publish()))?.error).to.equal("ClusterModelNotOpen");
    await models.write.transferFrom([carol, bob, model], { account: carol });
    expect((await refusalOf(publish()))?.error, "came back").to.equal("ClusterModelNotOpen");
  });

  it("publish_modelByGrantsOfTwoOwnersAgents_succeeds", async () => {
    // Each owner of an agent needs a grant of its own.
    const { permissions, clusters, agents, models, model, alice, bob, carol, publish } =
      await networkHelpers.loadFixture(granted);
    const grant = (grantee: `0x${string}`) => [models.address, model, clusters.address, grantee] as const;
    await permissions.write.setGrant([...grant(alice), 5, 0], { account: bob });
    await permissions.write.setGrant([agents.address, 2n, clusters.address, alice, 1, 0], { account: carol });
    await clusters.write.addAgent([1n, agentEntry(2n)], { account: alice });
    await clusters.write.addTask([1n, taskEntry("carols", 2n)], { account: alice });
    expect(await refusalOf(publish())).to.deep.equal({
      error: "ClusterModelNotOpen",
      args: ["carols", model, 2n],
    });
    expect((await permissions.read.grantOf(grant(alice)))[0], "nothing was taken").to.equal(5);
    await permissions.write.setGrant([...grant(carol), 1, 0], { account: bob });
    await publish();
    expect((await permissions.read.grantOf(grant(alice)))[0]).to.equal(4);
    expect((await permissions.read.grantOf(grant(carol)))[0]).to.equal(0);
  });

  it("addAgent_byGrant_succeeds", async () => {
    const { permissions, clusters, agents, alice, carol } = await networkHelpers.loadFixture(granted);
    const grant = [agents.address, 2n, clusters.address, alice] as const;
    const add = () => clusters.write.addAgent([1n, agentEntry(2n)], { account: alice });
    const notOwned = { error: "ClusterAgentNotOwned", args: [2n, alice] };
    expect(await refusalOf(add())).to.deep.equal(notOwned);
    await permissions.write.setGrant([...grant, 1, 0], { account: carol });
    await add();
    expect(await clusters.read.clusterOfAgent([2n])).to.equal(1n);
    // Counted: taken out by its owner, it does not come back without another.
    await clusters.write.removeAgent([1n, 2n], { account: carol });
    expect(await refusalOf(add())).to.deep.equal(notOwned);
  });

  it("addAgent_byGrantRevokedExpiredOrOfAnotherTenure_reverts", async () => {
    const { permissions, clusters, agents, alice, bob, carol } = await networkHelpers.loadFixture(granted);
    const grant = [agents.address, 2n, clusters.address, alice] as const;
    const add = () => clusters.write.addAgent([1n, agentEntry(2n)], { account: alice });
    await permissions.write.setGrant([...grant, 5, 0], { account: carol });
    await permissions.write.setGrant([...grant, 0, 0], { account: carol });
    expect((await refusalOf(add()))?.error, "revoked").to.equal("ClusterAgentNotOwned");
    const until = (await networkHelpers.time.latest()) + 50;
    await permissions.write.setGrant([...grant, 5, until], { account: carol });
    await networkHelpers.time.setNextBlockTimestamp(until + 1);
    expect((await refusalOf(add()))?.error, "expired").to.equal("ClusterAgentNotOwned");
    await permissions.write.setGrant([...grant, 5, 0], { account: carol });
    await agents.write.transferFrom([carol, bob, 2n], { account: carol });
    expect((await refusalOf(add()))?.error, "sold").to.equal("ClusterAgentNotOwned");
    await agents.write.transferFrom([bob, carol, 2n], { account: bob });
    expect((await refusalOf(add()))?.error, "came back").to.equal("ClusterAgentNotOwned");
  });

  it("addAgent_grantAtAnotherGate_reverts", async () => {
    const { permissions, clusters, agents, models, alice, carol } = await networkHelpers.loadFixture(granted);
    await permissions.write.setGrant([agents.address, 2n, models.address, alice, 5, 0], { account: carol });
    const call = clusters.write.addAgent([1n, agentEntry(2n)], { account: alice });
    expect((await refusalOf(call))?.error).to.equal("ClusterAgentNotOwned");
  });

  it("createAndPublish_agentAndModelByGrant_succeeds", async () => {
    const { permissions, clusters, agents, models, model, alice, bob, carol } =
      await networkHelpers.loadFixture(granted);
    await permissions.write.setGrant([agents.address, 2n, clusters.address, bob, 1, 0], { account: carol });
    await permissions.write.setGrant([models.address, model, clusters.address, carol, 1, 0], {
      account: bob,
    });
    const blueprint = {
      slug: "bobs",
      name: "",
      description: "",
      inputs: [],
      agents: [agentEntry(2n)],
      tasks: [taskEntry("t", 2n)],
    };
    await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: bob });
    expect(await clusters.read.membersOf([2n])).to.deep.equal([2n]);
    expect(await clusters.read.clusterOfAgent([0n]), "alice's stay").to.equal(1n);
    expect(await clusters.read.ownerOf([2n])).to.equal(bob);
    expect(await clusters.read.ownerOf([1n])).to.equal(alice);
  });
});
