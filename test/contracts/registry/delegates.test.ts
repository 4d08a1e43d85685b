import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { type Address, type Hash, zeroHash } from "viem";
import {
  agentEntry,
  createChain,
  deployRegistries,
  INDEPENDENT,
  nodeKey,
  OPEN_TERMS,
  PUBLISH_TERMS,
  type Registries,
  refusalOf,
  registerAgent,
  registerModel,
  registerNode,
  signKeyProof,
  taskEntry,
} from "../fixtures/registries.ts";

const EDIT = 1;
const ALL = 15;
/** Every role but edit. */
const OTHERS = ALL - EDIT;

const { networkHelpers } = await createChain();

/** Alice's model, node, agents and cluster, the cluster published in version 1; bob has no part in it. */
async function estate(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { clusters, alice } = registries;
  const model = await registerModel(registries, alice);
  const node = await registerNode(registries, 0, alice);
  for (let i = 0; i < 3; i++) await registerAgent(registries, alice, model);
  const blueprint = {
    slug: "cluster",
    name: "",
    description: "",
    inputs: [],
    agents: [agentEntry(0n), agentEntry(1n)],
    tasks: [taskEntry("one", 0n), taskEntry("two", 1n, { dependsOn: INDEPENDENT })],
  };
  await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: alice });
  return { ...registries, model, node, cluster: 1n };
}

type Estate = Awaited<ReturnType<typeof estate>>;

/** A function that an owner may call, and with the role edit its delegate. */
interface Edit {
  readonly name: string;
  /** Whose token's delegate may. */
  readonly of: "models" | "nodes" | "clusters" | "agents";
  /** Every token whose delegate the caller has to be: also the agent's, where one joins. */
  readonly also?: "agents";
  readonly error: string;
  call(estate: Estate, account: Address): Promise<Hash>;
}

const EDITS: readonly Edit[] = [
  {
    name: "ModelRegistry.setTerms",
    of: "models",
    error: "ModelNotOwned",
    call: ({ models, model }, account) => models.write.setTerms([model, OPEN_TERMS], { account }),
  },
  {
    name: "ModelRegistry.setClosed",
    of: "models",
    error: "ModelNotOwned",
    call: ({ models, model }, account) => models.write.setClosed([model, true], { account }),
  },
  {
    name: "ModelRegistry.serve for the model",
    of: "models",
    error: "ModelServingNotYours",
    call: ({ models, model, node }, account) => models.write.serve([model, node], { account }),
  },
  {
    name: "ModelRegistry.serve for the node",
    of: "nodes",
    error: "ModelServingNotYours",
    call: ({ models, model, node }, account) => models.write.serve([model, node], { account }),
  },
  {
    name: "NodeRegistry.setMetadata",
    of: "nodes",
    error: "NodeNotOwned",
    call: ({ nodes, node }, account) => nodes.write.setMetadata([node, zeroHash, "https://x"], { account }),
  },
  ...clusterEdit("setDescription", (c, account) => c.write.setDescription([1n, "n", "d"], { account })),
  ...clusterEdit("setInputs", (c, account) => c.write.setInputs([1n, ["a"]], { account })),
  {
    name: "ClusterRegistry.addAgent",
    of: "clusters",
    also: "agents",
    error: "ClusterNotOwned",
    call: ({ clusters }, account) => clusters.write.addAgent([1n, agentEntry(2n)], { account }),
  },
  ...clusterEdit("replaceAgent", (c, account) =>
    c.write.replaceAgent([1n, agentEntry(0n, "new")], { account }),
  ),
  ...clusterEdit("removeAgent", (c, account) => c.write.removeAgent([1n, 0n], { account })),
  {
    name: "ClusterRegistry.removeAgent for the agent",
    of: "agents",
    error: "ClusterNotOwned",
    call: ({ clusters }, account) => clusters.write.removeAgent([1n, 0n], { account }),
  },
  ...clusterEdit("addTask", (c, account) => c.write.addTask([1n, taskEntry("three", 0n)], { account })),
  ...clusterEdit("replaceTask", (c, account) =>
    c.write.replaceTask([1n, 0n, taskEntry("zero", 0n)], { account }),
  ),
  ...clusterEdit("removeTask", (c, account) => c.write.removeTask([1n, 0n], { account })),
  ...clusterEdit("reorderTasks", (c, account) => c.write.reorderTasks([1n, [1, 0]], { account })),
  ...clusterEdit("attachTool", (c, account) => c.write.attachTool([1n, 0n, "tool", ""], { account })),
  ...clusterEdit("publish", (c, account) => c.write.publish([1n, PUBLISH_TERMS], { account })),
  ...clusterEdit("setClosed", (c, account) => c.write.setClosed([1n, true], { account })),
  ...clusterEdit("setRestricted", (c, account) => c.write.setRestricted([1n, true], { account })),
  ...clusterEdit("stopVersion", (c, account) => c.write.stopVersion([1n, 1n], { account })),
  {
    name: "ClusterRegistry.stopVersionAsModel",
    of: "models",
    error: "ClusterModelNotOwned",
    call: ({ clusters, model }, account) => clusters.write.stopVersionAsModel([1n, 1n, model], { account }),
  },
  {
    name: "ClusterRegistry.stopVersionAsAgent",
    of: "agents",
    error: "ClusterAgentNotOwned",
    call: ({ clusters }, account) => clusters.write.stopVersionAsAgent([1n, 1n, 0n], { account }),
  },
];

function clusterEdit(
  name: string,
  call: (clusters: Registries["clusters"], account: Address) => Promise<Hash>,
): Edit[] {
  return [
    {
      name: `ClusterRegistry.${name}`,
      of: "clusters",
      error: "ClusterNotOwned",
      call: ({ clusters }, account) => call(clusters, account),
    },
  ];
}

function tokenOf(estate: Estate, edit: Edit, of: Edit["of"]): [Address, bigint] {
  const agent = edit.name.endsWith("addAgent") ? 2n : 0n;
  const tokens = { models: estate.model, nodes: estate.node, clusters: estate.cluster, agents: agent };
  return [estate[of].address, tokens[of]];
}

/** Makes bob a delegate of what the edit is about. */
async function delegate(estate: Estate, edit: Edit, roles: number, expiresAt = 0): Promise<void> {
  const { permissions, alice, bob } = estate;
  for (const of of edit.also ? [edit.of, edit.also] : [edit.of]) {
    const [registry, token] = tokenOf(estate, edit, of);
    await permissions.write.setDelegate([registry, token, bob, roles, expiresAt], { account: alice });
  }
}

describe("delegates", () => {
  for (const edit of EDITS) {
    describe(edit.name, () => {
      it("edit_byADelegateWithTheRole_succeeds", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        await delegate(fixture, edit, EDIT);
        await edit.call(fixture, fixture.bob);
      });

      it("edit_byAStranger_reverts", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        expect((await refusalOf(edit.call(fixture, fixture.bob)))?.error).to.equal(edit.error);
      });

      it("edit_byADelegateWithEveryOtherRole_reverts", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        await delegate(fixture, edit, OTHERS);
        expect((await refusalOf(edit.call(fixture, fixture.bob)))?.error).to.equal(edit.error);
      });

      it("edit_byARevokedDelegate_reverts", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        await delegate(fixture, edit, ALL);
        const [registry, token] = tokenOf(fixture, edit, edit.of);
        await fixture.permissions.write.revokeDelegate([registry, token, fixture.bob], {
          account: fixture.alice,
        });
        expect((await refusalOf(edit.call(fixture, fixture.bob)))?.error).to.equal(edit.error);
      });

      it("edit_byADelegateWhoseTimeIsOver_reverts", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        const until = (await networkHelpers.time.latest()) + 100;
        await delegate(fixture, edit, ALL, until);
        await networkHelpers.time.setNextBlockTimestamp(until + 1);
        expect((await refusalOf(edit.call(fixture, fixture.bob)))?.error).to.equal(edit.error);
      });

      it("edit_byADelegateInItsLastSecond_succeeds", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        const until = (await networkHelpers.time.latest()) + 100;
        await delegate(fixture, edit, EDIT, until);
        await networkHelpers.time.setNextBlockTimestamp(until);
        await edit.call(fixture, fixture.bob);
      });

      it("edit_byADelegateOfTheOwnerBefore_reverts", async () => {
        const fixture = await networkHelpers.loadFixture(estate);
        const { alice, bob, carol } = fixture;
        await delegate(fixture, edit, ALL);
        const [, token] = tokenOf(fixture, edit, edit.of);
        // All four are ERC-721 tokens.
        const registry = fixture[edit.of] as Registries["clusters"];
        await registry.write.transferFrom([alice, carol, token], { account: alice });
        expect((await refusalOf(edit.call(fixture, bob)))?.error, "sold").to.equal(edit.error);
        // Nor when the token comes back: what was allowed ended with the tenure.
        await registry.write.transferFrom([carol, alice, token], { account: carol });
        expect((await refusalOf(edit.call(fixture, bob)))?.error, "back").to.equal(edit.error);
      });
    });
  }

  it("addAgent_byADelegateOfTheClusterAlone_reverts", async () => {
    const fixture = await networkHelpers.loadFixture(estate);
    const { permissions, clusters, alice, bob } = fixture;
    await permissions.write.setDelegate([clusters.address, 1n, bob, ALL, 0], { account: alice });
    const refusal = await refusalOf(clusters.write.addAgent([1n, agentEntry(2n)], { account: bob }));
    expect(refusal).to.deep.equal({ error: "ClusterAgentNotOwned", args: [2n, bob] });
  });

  it("rotateKey_byADelegateWithEveryRole_reverts", async () => {
    const fixture = await networkHelpers.loadFixture(estate);
    const { permissions, nodes, node, chainId, alice, bob } = fixture;
    await permissions.write.setDelegate([nodes.address, node, bob, ALL, 0], { account: alice });
    const key = nodeKey(7);
    const proof = await signKeyProof(key, { owner: bob, chainId, registry: nodes.address });
    const refusal = await refusalOf(nodes.write.rotateKey([node, key.address, proof], { account: bob }));
    expect(refusal).to.deep.equal({ error: "NodeNotOwned", args: [node, bob] });
  });

  it("leave_byADelegateOfEitherSide_succeeds", async () => {
    for (const side of ["models", "nodes"] as const) {
      const fixture = await networkHelpers.loadFixture(estate);
      const { permissions, models, model, node, alice, bob } = fixture;
      await models.write.serve([model, node], { account: alice });
      expect((await refusalOf(models.write.leave([model, node], { account: bob })))?.error).to.equal(
        "ModelServingNotYours",
      );
      const token = side === "models" ? model : node;
      await permissions.write.setDelegate([fixture[side].address, token, bob, EDIT, 0], { account: alice });
      await models.write.leave([model, node], { account: bob });
      expect((await models.read.servingNodes([model]))[0]?.active, side).to.equal(false);
    }
  });
});
