import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { concat, getContractAddress, type Hex, numberToHex, stringToHex, zeroAddress } from "viem";
import {
  type AgentEntry,
  agentEntry,
  createChain,
  deployRegistries,
  eventsOf,
  INDEPENDENT,
  MEMBERS_MAX,
  PUBLISH_TERMS,
  registerAgent,
  registerModel,
  type TaskEntry,
  taskEntry,
  transferEvent,
} from "../fixtures/registries.ts";
import { behavesLikeERC721 } from "./ERC721.behavior.ts";

const NAMES_INVALID = [
  "",
  "x".repeat(33),
  "a.b",
  "a/b",
  "naïve",
  "line\nbreak",
  "nul\u0000",
  'quo"te',
  "~tilde",
];
const NAMES_VALID = ["a", "x".repeat(32), "A b_c-9", "0"];

const { connection, viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** A cluster of alice's, and agents 0 and 1 of hers and 2 of bob's, all on one open model; nobody is a member. */
async function emptyCluster(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { clusters, alice, bob } = registries;
  const model = await registerModel(registries, bob);
  for (const owner of [alice, alice, bob]) await registerAgent(registries, owner, model);
  await clusters.write.create(["cluster", "Cluster", "A description"], { account: alice });
  return { ...registries, model, cluster: 1n };
}

/** The same with agent 0 as a member and one task of its. */
async function draftedCluster(chain: NetworkConnection) {
  const fixture = await emptyCluster(chain);
  const { clusters, cluster, alice } = fixture;
  await clusters.write.addAgent([cluster, agentEntry(0n)], { account: alice });
  await clusters.write.addTask([cluster, taskEntry("first", 0n)], { account: alice });
  return fixture;
}

/** A text as versions and drafts hold it: its length in two bytes, and its bytes. */
function prefixed(text: string): Hex {
  const bytes = stringToHex(text);
  return concat([numberToHex((bytes.length - 2) / 2, { size: 2 }), bytes]);
}

describe("ClusterRegistry", () => {
  describe("create", () => {
    it("create_newSlug_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { clusters, lens, alice } = registries;
      const hash = await clusters.write.create(["my-cluster-1", "My cluster", "Does things"], {
        account: alice,
      });
      expect(await eventsOf(registries, clusters, hash)).to.deep.equal([
        {
          event: "ClusterCreated",
          args: {
            cluster: 1n,
            owner: alice,
            slug: "my-cluster-1",
            name: "My cluster",
            description: "Does things",
          },
        },
        transferEvent(zeroAddress, alice, 1n),
      ]);
      expect(await clusters.read.ownerOf([1n])).to.equal(alice);
      expect(await lens.read.describe([1n])).to.deep.equal(["my-cluster-1", "My cluster", "Does things", []]);
      expect(await clusters.read.clusterOfSlug(["my-cluster-1"])).to.equal(1n);
      expect(await clusters.read.membersOf([1n])).to.deep.equal([]);
      expect(await lens.read.draftOf([1n])).to.deep.equal([[], []]);
      expect(await clusters.read.versionCount([1n])).to.equal(0n);
      expect(await clusters.read.clusterCount()).to.equal(1n);
    });

    it("create_countsFromOne_succeeds", async () => {
      const { clusters, alice, bob } = await networkHelpers.loadFixture(deployRegistries);
      await clusters.write.create(["one", "", ""], { account: alice });
      await clusters.write.create(["two", "", ""], { account: bob });
      expect(await clusters.read.clusterOfSlug(["one"])).to.equal(1n);
      expect(await clusters.read.clusterOfSlug(["two"])).to.equal(2n);
      expect(await clusters.read.clusterCount()).to.equal(2n);
    });

    it("create_slugsThatFollowTheRules_succeeds", async () => {
      const { clusters, lens, alice } = await networkHelpers.loadFixture(deployRegistries);
      const slugs = ["abc", "a-b", "123", "---", "az09-az09", "z".repeat(31)];
      for (const [i, slug] of slugs.entries()) {
        await clusters.write.create([slug, "", ""], { account: alice });
        expect(await clusters.read.clusterOfSlug([slug]), slug).to.equal(BigInt(i + 1));
        expect((await lens.read.describe([BigInt(i + 1)]))[0]).to.equal(slug);
      }
    });

    it("create_slugInvalid_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(deployRegistries);
      const slugs = [
        "",
        "ab",
        "z".repeat(32),
        "Abc",
        "a_b",
        "a b",
        "a.b",
        "ab/",
        "éa",
        "ab\u0000",
        "ab`",
        "ab{",
        "ab:",
      ];
      for (const slug of slugs) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.create([slug, "", ""], { account: alice }),
          clusters,
          "ClusterSlugInvalid",
          [slug],
        );
      }
    });

    it("create_slugTaken_reverts", async () => {
      const { clusters, cluster, alice, bob, carol } = await networkHelpers.loadFixture(emptyCluster);
      // Also for its owner, and for ever: neither a sale nor another's wish frees it.
      await clusters.write.transferFrom([alice, carol, cluster], { account: alice });
      for (const account of [alice, bob, carol]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.create(["cluster", "Other", ""], { account }),
          clusters,
          "ClusterSlugTaken",
          ["cluster", cluster],
        );
      }
    });

    it("create_slugThatContainsATakenOne_succeeds", async () => {
      const { clusters, bob } = await networkHelpers.loadFixture(emptyCluster);
      for (const slug of ["cluste", "cluster-", "clusters", "-cluster"]) {
        await clusters.write.create([slug, "", ""], { account: bob });
      }
      expect(await clusters.read.clusterOfSlug(["cluster"])).to.equal(1n);
      expect(await clusters.read.clusterOfSlug(["cluster-"])).to.equal(3n);
    });

    it("create_textsOfTheGreatestLength_succeeds", async () => {
      const { clusters, lens, alice } = await networkHelpers.loadFixture(deployRegistries);
      const texts = ["z".repeat(31), "é".repeat(32), "d".repeat(1_024)] as const;
      await clusters.write.create(texts, { account: alice });
      expect(await lens.read.describe([1n])).to.deep.equal([...texts, []]);
    });

    it("create_textTooLong_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.create(["abc", "n".repeat(65), ""], { account: alice }),
        clusters,
        "ClusterTextLength",
        ["name", 65n, 64n],
      );
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.create(["abc", "", "d".repeat(1_025)], { account: alice }),
        clusters,
        "ClusterTextLength",
        ["description", 1_025n, 1_024n],
      );
      expect(await clusters.read.clusterOfSlug(["abc"])).to.equal(0n);
    });
  });

  describe("addAgent", () => {
    it("addAgent_ownAgent_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(emptyCluster);
      const { clusters, lens, cluster, alice } = fixture;
      const entry: AgentEntry = {
        ...agentEntry(0n, "The Reader"),
        goal: "é",
        backstory: "",
        tokensMax: 2 ** 32 - 1,
        temperatureMilli: 2_000,
      };
      const hash = await clusters.write.addAgent([cluster, entry], { account: alice });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "AgentAddedToCluster", args: { cluster, agent: 0n, name: "The Reader" } },
        {
          event: "AgentPersonaSet",
          args: {
            cluster,
            agent: 0n,
            tokensMax: 2 ** 32 - 1,
            temperatureMilli: 2_000,
            text: getContractAddress({ from: clusters.address, nonce: 2n }),
          },
        },
      ]);
      // Agent 0 is a member like others.
      expect(await clusters.read.clusterOfAgent([0n])).to.equal(cluster);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n]);
      expect(await lens.read.draftOf([cluster])).to.deep.equal([[entry], []]);
    });

    it("addAgent_withoutModel_succeeds", async () => {
      // Only an agent that has a task needs a model, and only when a version is published.
      const fixture = await networkHelpers.loadFixture(emptyCluster);
      const { clusters, cluster, alice } = fixture;
      const agent = await registerAgent(fixture, alice, 0n);
      await clusters.write.addAgent([cluster, agentEntry(agent)], { account: alice });
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([agent]);
    });

    it("addAgent_textsOfTheGreatestLength_succeeds", async () => {
      const { clusters, lens, cluster, alice } = await networkHelpers.loadFixture(emptyCluster);
      const long = "p".repeat(1_024);
      const entry = { ...agentEntry(0n, "n".repeat(32)), role: long, goal: long, backstory: long };
      await clusters.write.addAgent([cluster, entry], { account: alice });
      expect(await lens.read.draftOf([cluster])).to.deep.equal([[entry], []]);
    });

    it("addAgent_namesThatFollowTheRules_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(emptyCluster);
      const { clusters, lens, cluster, alice } = fixture;
      for (const name of NAMES_VALID) {
        const agent = await registerAgent(fixture, alice, 0n);
        await clusters.write.addAgent([cluster, agentEntry(agent, name)], { account: alice });
      }
      const [agents] = await lens.read.draftOf([cluster]);
      expect(agents.map(({ name }) => name)).to.deep.equal(NAMES_VALID);
    });

    it("addAgent_byAnotherThanTheClustersOwner_reverts", async () => {
      const { clusters, cluster, alice, bob } = await networkHelpers.loadFixture(emptyCluster);
      await clusters.write.setApprovalForAll([bob, true], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(2n)], { account: bob }),
        clusters,
        "ClusterNotOwned",
        [cluster, bob],
      );
    });

    it("addAgent_byTheClustersOwnerBefore_reverts", async () => {
      const { clusters, cluster, alice, bob } = await networkHelpers.loadFixture(emptyCluster);
      await clusters.write.transferFrom([alice, bob, cluster], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(0n)], { account: alice }),
        clusters,
        "ClusterNotOwned",
        [cluster, alice],
      );
      await clusters.write.addAgent([cluster, agentEntry(2n)], { account: bob });
    });

    it("addAgent_unknownCluster_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(emptyCluster);
      for (const unknown of [0n, 2n]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addAgent([unknown, agentEntry(0n)], { account: alice }),
          clusters,
          "ClusterUnknown",
          [unknown],
        );
      }
    });

    it("addAgent_agentOfSomebodyElse_reverts", async () => {
      const { agents, clusters, cluster, alice, bob } = await networkHelpers.loadFixture(emptyCluster);
      // An approval to move an agent is none to use it.
      await agents.write.setApprovalForAll([alice, true], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(2n)], { account: alice }),
        clusters,
        "ClusterAgentNotOwned",
        [2n, alice],
      );
    });

    it("addAgent_unknownAgent_reverts", async () => {
      const { agents, clusters, cluster, alice } = await networkHelpers.loadFixture(emptyCluster);
      for (const unknown of [3n, 2n ** 64n]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addAgent([cluster, agentEntry(unknown, "name")], { account: alice }),
          agents,
          "AgentUnknown",
          [unknown],
        );
      }
    });

    it("addAgent_inAnotherClusterAlready_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await clusters.write.create(["second", "", ""], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([2n, agentEntry(0n)], { account: alice }),
        clusters,
        "ClusterAgentTaken",
        [0n, cluster],
      );
      expect(await clusters.read.clusterOfAgent([0n])).to.equal(cluster);
      expect(await clusters.read.membersOf([2n])).to.deep.equal([]);
    });

    it("addAgent_inThisClusterAlready_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(0n, "another name")], { account: alice }),
        clusters,
        "ClusterAgentTaken",
        [0n, cluster],
      );
    });

    it("addAgent_nameTaken_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(1n, "agent-0")], { account: alice }),
        clusters,
        "ClusterNameTaken",
        ["agent-0"],
      );
      expect(await clusters.read.clusterOfAgent([1n])).to.equal(0n);
    });

    it("addAgent_nameOfATask_succeeds", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await clusters.write.addAgent([cluster, agentEntry(1n, "first")], { account: alice });
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 1n]);
    });

    it("addAgent_nameInvalid_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(emptyCluster);
      for (const name of NAMES_INVALID) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addAgent([cluster, agentEntry(0n, name)], { account: alice }),
          clusters,
          "ClusterNameInvalid",
          [name],
        );
      }
    });

    it("addAgent_textTooLong_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(emptyCluster);
      for (const field of ["role", "goal", "backstory"] as const) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addAgent([cluster, { ...agentEntry(0n), [field]: "t".repeat(1_025) }], {
            account: alice,
          }),
          clusters,
          "ClusterTextLength",
          [field, 1_025n, 1_024n],
        );
      }
    });

    it("addAgent_tooManyAgents_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(deployRegistries);
      const { clusters, alice } = fixture;
      await clusters.write.create(["cluster", "", ""], { account: alice });
      for (let i = 0; i <= MEMBERS_MAX; i++) {
        const agent = await registerAgent(fixture, alice, 0n);
        if (i < MEMBERS_MAX) await clusters.write.addAgent([1n, agentEntry(agent)], { account: alice });
      }
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([1n, agentEntry(BigInt(MEMBERS_MAX))], { account: alice }),
        clusters,
        "ClusterAgentsFull",
        [BigInt(MEMBERS_MAX)],
      );
      const members = Array.from({ length: MEMBERS_MAX }, (_, i) => BigInt(i));
      expect(await clusters.read.membersOf([1n])).to.deep.equal(members);
    });
  });

  describe("addTask", () => {
    it("addTask_ofAMember_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(draftedCluster);
      const { clusters, lens, client, cluster, alice } = fixture;
      const entry = taskEntry("second task", 0n, {
        prompt: "Schreib’s auf",
        tool: "web-search",
        dependsOn: 1,
      });
      const call = [cluster, entry] as const;
      expect((await clusters.simulate.addTask(call, { account: alice })).result).to.equal(1n);
      // Every text so far, the cluster's own included, was one contract of this one's, numbered from 1.
      const text = getContractAddress({ from: clusters.address, nonce: 4n });
      const hash = await clusters.write.addTask(call, { account: alice });
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        {
          event: "TaskAddedToCluster",
          args: { cluster, task: 1n, agent: 0n, dependsOn: 1, quorum: 1, text },
        },
      ]);
      expect(await client.getCode({ address: text })).to.equal(
        concat([
          "0x00",
          prefixed("second task"),
          prefixed("Schreib’s auf"),
          prefixed("web-search"),
          prefixed(""),
        ]),
      );
      const [, tasks] = await lens.read.draftOf([cluster]);
      expect(tasks).to.deep.equal([taskEntry("first", 0n), entry]);
    });

    it("addTask_dependencies_succeeds", async () => {
      const { clusters, lens, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      const given = [0, INDEPENDENT, 0b001, 0b1010, 0b11111];
      for (const [i, dependsOn] of given.entries()) {
        await clusters.write.addTask([cluster, taskEntry(`task ${i}`, 0n, { dependsOn })], {
          account: alice,
        });
      }
      const [, tasks] = await lens.read.draftOf([cluster]);
      // The default is shown as what it stands for.
      expect(tasks.map(({ dependsOn }) => dependsOn)).to.deep.equal([
        0,
        0b1,
        INDEPENDENT,
        0b1,
        0b1010,
        0b11111,
      ]);
    });

    it("addTask_nameOfAnAgent_succeeds", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await clusters.write.addTask([cluster, taskEntry("agent-0", 0n)], { account: alice });
    });

    it("addTask_byAnotherThanTheClustersOwner_reverts", async () => {
      const { clusters, cluster, bob } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("x", 0n)], { account: bob }),
        clusters,
        "ClusterNotOwned",
        [cluster, bob],
      );
    });

    it("addTask_byTheClustersOwnerBefore_reverts", async () => {
      const { clusters, cluster, alice, bob } = await networkHelpers.loadFixture(draftedCluster);
      await clusters.write.transferFrom([alice, bob, cluster], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("x", 0n)], { account: alice }),
        clusters,
        "ClusterNotOwned",
        [cluster, alice],
      );
      // Members stay, so the new owner may give them tasks.
      await clusters.write.addTask([cluster, taskEntry("x", 0n)], { account: bob });
    });

    it("addTask_unknownCluster_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([7n, taskEntry("x", 0n)], { account: alice }),
        clusters,
        "ClusterUnknown",
        [7n],
      );
    });

    it("addTask_agentNotAMember_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await clusters.write.create(["second", "", ""], { account: alice });
      await clusters.write.addAgent([2n, agentEntry(1n)], { account: alice });
      // In no cluster, in another one, not registered, and alike in the low 64 bits.
      for (const agent of [2n, 1n, 77n, 2n ** 64n]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addTask([cluster, taskEntry("job", agent)], { account: alice }),
          clusters,
          "ClusterAgentMissing",
          ["job", agent],
        );
      }
    });

    it("addTask_nameTaken_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("first", 0n)], { account: alice }),
        clusters,
        "ClusterNameTaken",
        ["first"],
      );
    });

    it("addTask_nameInvalid_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      for (const name of NAMES_INVALID) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addTask([cluster, taskEntry(name, 0n)], { account: alice }),
          clusters,
          "ClusterNameInvalid",
          [name],
        );
      }
    });

    it("addTask_toolInvalid_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      for (const tool of NAMES_INVALID.filter((name) => name !== "")) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addTask([cluster, taskEntry("x", 0n, { tool })], { account: alice }),
          clusters,
          "ClusterNameInvalid",
          [tool],
        );
      }
    });

    it("addTask_promptLength_reverts", async () => {
      const { clusters, lens, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("x", 0n, { prompt: "" })], { account: alice }),
        clusters,
        "ClusterTextLength",
        ["prompt", 0n, 0n],
      );
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("x", 0n, { prompt: "p".repeat(8_193) })], {
          account: alice,
        }),
        clusters,
        "ClusterTextLength",
        ["prompt", 8_193n, 8_192n],
      );
      const longest = taskEntry("x", 0n, { prompt: "p".repeat(8_192), tool: "t".repeat(32), dependsOn: 1 });
      await clusters.write.addTask([cluster, longest], { account: alice });
      expect((await lens.read.draftOf([cluster]))[1][1]).to.deep.equal(longest);
    });

    it("addTask_dependencyNotEarlier_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      // It is task 1: itself, the next one, one of both kinds, the independence bit with another, all bits.
      for (const dependsOn of [0b10, 0b100, 0b11, INDEPENDENT + 1, 2 ** 32 - 1]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.addTask([cluster, taskEntry("x", 0n, { dependsOn })], { account: alice }),
          clusters,
          "ClusterDependencyNotEarlier",
          ["x", dependsOn],
        );
      }
    });

    it("addTask_firstTaskDependsOnItself_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(emptyCluster);
      await clusters.write.addAgent([cluster, agentEntry(0n)], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("x", 0n, { dependsOn: 1 })], { account: alice }),
        clusters,
        "ClusterDependencyNotEarlier",
        ["x", 1],
      );
    });

    it("addTask_tooManyTasks_reverts", async () => {
      const { clusters, lens, cluster, alice } = await networkHelpers.loadFixture(draftedCluster);
      for (let i = 1; i < MEMBERS_MAX; i++) {
        // The last possible task depends on all others; its own bit is the independence bit.
        const dependsOn = i === MEMBERS_MAX - 1 ? INDEPENDENT - 1 : INDEPENDENT;
        await clusters.write.addTask([cluster, taskEntry(`task ${i}`, 0n, { dependsOn })], {
          account: alice,
        });
      }
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("one more", 0n)], { account: alice }),
        clusters,
        "ClusterTasksFull",
        [BigInt(MEMBERS_MAX)],
      );
      const [, tasks] = await lens.read.draftOf([cluster]);
      expect(tasks.map(({ dependsOn }) => dependsOn)).to.deep.equal([
        0,
        ...Array<number>(MEMBERS_MAX - 2).fill(INDEPENDENT),
        INDEPENDENT - 1,
      ]);
    });
  });

  describe("views", () => {
    it("views_unknownCluster_reverts", async () => {
      const { clusters, lens } = await networkHelpers.loadFixture(emptyCluster);
      for (const unknown of [0n, 2n]) {
        const reads = {
          membersOf: clusters.read.membersOf([unknown]),
          versionCount: clusters.read.versionCount([unknown]),
          versionPointer: clusters.read.versionPointer([unknown, 1n]),
          versionCode: clusters.read.versionCode([unknown, 1n]),
          versionData: clusters.read.versionData([unknown, 1n]),
          describe: lens.read.describe([unknown]),
          draftOf: lens.read.draftOf([unknown]),
        };
        for (const read of Object.values<Promise<unknown>>(reads)) {
          await assertions.revertWithCustomErrorWithArgs(read, clusters, "ClusterUnknown", [unknown]);
        }
      }
    });

    it("clusterOfSlug_freeOrImpossible_succeeds", async () => {
      const { clusters } = await networkHelpers.loadFixture(emptyCluster);
      for (const slug of [
        "free",
        "",
        "z".repeat(31),
        "z".repeat(32),
        "z".repeat(500),
        "CLUSTER",
        "cluster\u0000",
      ]) {
        expect(await clusters.read.clusterOfSlug([slug]), slug).to.equal(0n);
      }
    });

    it("clusterOfAgent_inNone_succeeds", async () => {
      const { clusters } = await networkHelpers.loadFixture(emptyCluster);
      for (const agent of [0n, 2n, 99n]) expect(await clusters.read.clusterOfAgent([agent])).to.equal(0n);
    });
  });

  behavesLikeERC721(connection, {
    contract: "ClusterRegistry",
    name: "Pleiad Cluster",
    symbol: "PCLUSTER",
    async deploy(registries) {
      const { clusters, lens, alice, bob } = registries;
      const model = await registerModel(registries, alice);
      const agent = await registerAgent(registries, alice, model);
      const tasks: TaskEntry[] = [taskEntry("only", agent)];
      await clusters.write.createAndPublish(
        [
          { slug: "first", name: "First", description: "1", inputs: [], agents: [agentEntry(agent)], tasks },
          PUBLISH_TERMS,
        ],
        { account: alice },
      );
      await clusters.write.create(["second", "", ""], { account: alice });
      await clusters.write.create(["third", "", ""], { account: bob });
      return {
        address: clusters.address,
        tokens: [1n, 2n, 3n],
        unknown: 4n,
        tokenURI: "",
        readData: async () => [
          await lens.read.describe([1n]),
          await clusters.read.versionCount([1n]),
          await clusters.read.membersOf([1n]),
          await clusters.read.versionData([1n, 1n]),
          await lens.read.draftOf([1n]),
        ],
      };
    },
  });
});
