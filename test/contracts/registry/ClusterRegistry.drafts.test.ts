import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { getContractAddress } from "viem";
import {
  agentEntry,
  createChain,
  deployRegistries,
  eventsOf,
  INDEPENDENT,
  MEMBERS_MAX,
  OPEN_TERMS,
  PUBLISH_TERMS,
  refusalOf,
  registerAgent,
  registerModel,
  type TaskEntry,
  taskEntry,
} from "../fixtures/registries.ts";
import { decodeVersion } from "./decodeVersion.ts";

const { networkHelpers } = await createChain();

/** Alice's agents 0 to 2 in her cluster, and tasks of which each says what it depends on. */
async function stage(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { alice, bob } = registries;
  const model = await registerModel(registries, alice);
  for (let i = 0; i < 3; i++) await registerAgent(registries, alice, model);
  await registerAgent(registries, bob, model);
  const members = [agentEntry(0n), agentEntry(1n), agentEntry(2n)];
  const tasks = [
    taskEntry("a", 0n),
    taskEntry("b", 1n, { dependsOn: INDEPENDENT, tool: "web", toolArguments: '{"q":1}' }),
    taskEntry("c", 2n, { dependsOn: 0b011, quorum: 3 }),
    taskEntry("d", 0n, { dependsOn: 0b110 }),
    taskEntry("e", 1n, { dependsOn: 0b1000 }),
  ];
  return { ...registries, model, members, tasks, cluster: 1n, options: { account: alice } };
}

/** The cluster built in one call, so that the first edit has to load the draft. */
async function atOnce(chain: NetworkConnection) {
  const fixture = await stage(chain);
  const { clusters, members, tasks, options } = fixture;
  const blueprint = { slug: "cluster", name: "n", description: "d", inputs: ["x"], agents: members, tasks };
  await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], options);
  return fixture;
}

/** The same in steps, so that the draft stands in storage. */
async function inSteps(chain: NetworkConnection) {
  const fixture = await stage(chain);
  const { clusters, members, tasks, options } = fixture;
  await clusters.write.create(["cluster", "n", "d"], options);
  await clusters.write.setInputs([1n, ["x"]], options);
  for (const agent of members) await clusters.write.addAgent([1n, agent], options);
  for (const task of tasks) await clusters.write.addTask([1n, task], options);
  await clusters.write.publish([1n, PUBLISH_TERMS], options);
  return fixture;
}

type Stage = Awaited<ReturnType<typeof stage>>;

async function masksOf({ lens, cluster }: Stage): Promise<[string, number][]> {
  const [, tasks] = await lens.read.draftOf([cluster]);
  return tasks.map(({ name, dependsOn }) => [name, dependsOn]);
}

async function names({ lens, cluster }: Stage): Promise<string[]> {
  return (await lens.read.draftOf([cluster]))[1].map(({ name }) => name);
}

for (const build of [atOnce, inSteps]) {
  describe(`ClusterRegistry drafts, built ${build === atOnce ? "at once" : "in steps"}`, () => {
    it("removeTask_inTheMiddle_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, cluster, options } = fixture;
      const before = await clusters.read.versionData([cluster, 1n]);
      const hash = await clusters.write.removeTask([cluster, 2n], options);
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "TaskRemovedFromCluster", args: { cluster, task: 2n } },
      ]);
      // d depended on b and c: now on b, and on a and b as c did. e's mask moved with d.
      expect(await masksOf(fixture)).to.deep.equal([
        ["a", 0],
        ["b", INDEPENDENT],
        ["d", 0b011],
        ["e", 0b100],
      ]);
      expect(await clusters.read.versionData([cluster, 1n])).to.equal(before);
      await clusters.write.publish([cluster, PUBLISH_TERMS], options);
    });

    it("removeTask_everyOne_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, cluster, options } = fixture;
      for (let i = 0; i < 5; i++) await clusters.write.removeTask([cluster, 0n], options);
      expect(await masksOf(fixture)).to.deep.equal([]);
      expect(await refusalOf(clusters.write.publish([cluster, PUBLISH_TERMS], options))).to.deep.equal({
        error: "ClusterWithoutTasks",
        args: [cluster],
      });
      // The draft is empty, not the version's again.
      await clusters.write.addTask([cluster, taskEntry("new", 0n)], options);
      expect(await names(fixture)).to.deep.equal(["new"]);
    });

    it("replaceTask_anotherText_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, cluster, tasks, options } = fixture;
      const entry = taskEntry("new", 2n, { dependsOn: 0b01, quorum: 7, tool: "t", toolArguments: "{}" });
      const hash = await clusters.write.replaceTask([cluster, 2n, entry], options);
      const [event] = await eventsOf(fixture, clusters, hash);
      expect(event?.event).to.equal("TaskReplacedInCluster");
      expect(event?.args).to.include({ cluster, task: 2n, agent: 2n, dependsOn: 0b01, quorum: 7 });
      const [, drafted] = await lens.read.draftOf([cluster]);
      expect(drafted[2]).to.deep.equal(entry);
      expect(drafted.filter((_, i) => i !== 2)).to.deep.equal(tasks.filter((_, i) => i !== 2));
      // Its own name is free for itself, others' are not.
      await clusters.write.replaceTask([cluster, 2n, { ...entry, prompt: "other" }], options);
      expect(
        await refusalOf(clusters.write.replaceTask([cluster, 2n, { ...entry, name: "d" }], options)),
      ).to.deep.equal({ error: "ClusterNameTaken", args: ["d"] });
    });

    it("reorderTasks_permutation_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, cluster, options } = fixture;
      const order = [1, 0, 2, 3, 4];
      const hash = await clusters.write.reorderTasks([cluster, order], options);
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "TasksReordered", args: { cluster, order } },
      ]);
      expect(await masksOf(fixture)).to.deep.equal([
        ["b", 0],
        ["a", INDEPENDENT],
        ["c", 0b011],
        ["d", 0b101],
        ["e", 0b1000],
      ]);
    });

    it("reorderTasks_dependencyLater_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      const call = clusters.write.reorderTasks([cluster, [0, 1, 3, 2, 4]], options);
      // d is to be the third, and depends on what would be the fourth.
      expect(await refusalOf(call)).to.deep.equal({
        error: "ClusterDependencyNotEarlier",
        args: ["d", 0b1010],
      });
    });

    it("reorderTasks_noPermutation_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      for (const order of [[], [0, 1, 2, 3], [0, 1, 2, 3, 3], [0, 1, 2, 3, 5], [0, 1, 2, 3, 4, 5], [255]]) {
        expect(await refusalOf(clusters.write.reorderTasks([cluster, order], options))).to.deep.equal({
          error: "ClusterOrderInvalid",
          args: [5n],
        });
      }
    });

    it("attachTool_andTakeItAway_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, cluster, tasks, options } = fixture;
      for (const [tool, toolArguments] of [
        ["search", "a".repeat(1_024)],
        ["search", ""],
        ["", ""],
      ] as const) {
        const hash = await clusters.write.attachTool([cluster, 3n, tool, toolArguments], options);
        expect((await eventsOf(fixture, clusters, hash))[0]?.event).to.equal("TaskReplacedInCluster");
        const [, drafted] = await lens.read.draftOf([cluster]);
        expect(drafted[3]).to.deep.equal({ ...tasks[3], tool, toolArguments });
        expect(drafted[2]).to.deep.equal(tasks[2]);
      }
    });

    it("attachTool_invalid_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      for (const [tool, toolArguments, error, args] of [
        ["rm -rf /", "", "ClusterNameInvalid", ["rm -rf /"]],
        ["", "{}", "ClusterNameInvalid", [""]],
        ["t", "a".repeat(1_025), "ClusterTextLength", ["toolArguments", 1_025n, 1_024n]],
      ] as const) {
        const call = clusters.write.attachTool([cluster, 0n, tool, toolArguments], options);
        expect(await refusalOf(call)).to.deep.equal({ error, args });
      }
    });

    it("taskEdits_unknownTask_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      for (const task of [5n, 2n ** 255n]) {
        for (const call of [
          () => clusters.write.removeTask([cluster, task], options),
          () => clusters.write.replaceTask([cluster, task, taskEntry("x", 0n)], options),
          () => clusters.write.attachTool([cluster, task, "t", ""], options),
        ]) {
          expect(await refusalOf(call())).to.deep.equal({
            error: "ClusterTaskUnknown",
            args: [cluster, task],
          });
        }
      }
    });

    it("replaceAgent_personaAndSettings_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, client, cluster, members, tasks, options } = fixture;
      const entry = { ...agentEntry(1n, "new"), tokensMax: 9, temperatureMilli: 0 };
      const hash = await clusters.write.replaceAgent([cluster, entry], options);
      const [event] = await eventsOf(fixture, clusters, hash);
      expect(event?.event).to.equal("AgentPersonaSet");
      const args = event?.args as { text: `0x${string}` };
      expect(args).to.include({ cluster, agent: 1n, tokensMax: 9, temperatureMilli: 0 });
      expect(await client.getCode({ address: args.text }), "the text").to.not.equal(undefined);
      expect(await lens.read.draftOf([cluster])).to.deep.equal([[members[0], entry, members[2]], tasks]);
      expect(
        await refusalOf(clusters.write.replaceAgent([cluster, { ...entry, name: "agent-0" }], options)),
      ).to.deep.equal({ error: "ClusterNameTaken", args: ["agent-0"] });
      for (const stranger of [3n, 99n]) {
        const call = clusters.write.replaceAgent([cluster, agentEntry(stranger)], options);
        expect(await refusalOf(call)).to.deep.equal({
          error: "ClusterAgentNotMember",
          args: [cluster, stranger],
        });
      }
    });

    it("removeAgent_byTheClustersOwner_succeeds", async () => {
      // C09 and C10: both directions of the map agree. C11: the version is as it was.
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, cluster, members, options } = fixture;
      const before = await clusters.read.versionData([cluster, 1n]);
      const hash = await clusters.write.removeAgent([cluster, 1n], options);
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "AgentRemovedFromCluster", args: { cluster, agent: 1n } },
      ]);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 2n]);
      expect(await clusters.read.clusterOfAgent([1n])).to.equal(0n);
      expect((await lens.read.draftOf([cluster]))[0]).to.deep.equal([members[0], members[2]]);
      expect(await clusters.read.versionData([cluster, 1n])).to.equal(before);
      expect(await clusters.read.statusOf([cluster, 1n]), "accepting").to.equal(1);
      // Its task is named until it has another agent.
      const publish = () => clusters.write.publish([cluster, PUBLISH_TERMS], options);
      expect(await refusalOf(publish())).to.deep.equal({ error: "ClusterAgentMissing", args: ["b", 1n] });
      await clusters.write.replaceTask([cluster, 1n, taskEntry("b", 0n)], options);
      expect(await refusalOf(publish())).to.deep.equal({ error: "ClusterAgentMissing", args: ["e", 1n] });
      await clusters.write.removeTask([cluster, 4n], options);
      await publish();
      // And it is free for another cluster, or for this one again.
      await clusters.write.addAgent([cluster, agentEntry(1n)], options);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 2n, 1n]);
    });

    it("removeAgent_ofANewOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { agents, clusters, cluster, alice, bob } = fixture;
      await agents.write.transferFrom([alice, bob, 0n], { account: alice });
      await clusters.write.removeAgent([cluster, 0n], { account: bob });
      expect(await clusters.read.clusterOfAgent([0n])).to.equal(0n);
      await clusters.write.create(["other", "", ""], { account: bob });
      await clusters.write.addAgent([2n, agentEntry(0n)], { account: bob });
      expect(await clusters.read.clusterOfAgent([0n])).to.equal(2n);
      // Its old cluster cannot publish with it, nor take it out of the other.
      expect(
        await refusalOf(clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice })),
      ).to.deep.equal({ error: "ClusterAgentMissing", args: ["a", 0n] });
      expect(
        (await refusalOf(clusters.write.removeAgent([cluster, 0n], { account: alice })))?.error,
      ).to.equal("ClusterAgentNotMember");
    });

    it("removeAgent_everyOne_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, cluster, options } = fixture;
      for (const agent of [1n, 0n, 2n]) await clusters.write.removeAgent([cluster, agent], options);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([]);
      await clusters.write.addAgent([cluster, agentEntry(2n)], options);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([2n]);
    });

    it("removeAgent_notAMember_reverts", async () => {
      const { clusters, cluster, alice, options } = await networkHelpers.loadFixture(build);
      for (const agent of [3n, 99n]) {
        expect(await refusalOf(clusters.write.removeAgent([cluster, agent], options))).to.deep.equal({
          error: "ClusterAgentNotMember",
          args: [cluster, agent],
        });
      }
      // An agent in no cluster is not a member of cluster 0.
      expect(await refusalOf(clusters.write.removeAgent([0n, 3n], { account: alice }))).to.deep.equal({
        error: "ClusterUnknown",
        args: [0n],
      });
    });

    it("setDescription_newTexts_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, cluster, options } = fixture;
      const hash = await clusters.write.setDescription([cluster, "é".repeat(32), "d".repeat(1_024)], options);
      const [name, description] = ["é".repeat(32), "d".repeat(1_024)];
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "ClusterDescribed", args: { cluster, name, description } },
      ]);
      expect(await lens.read.describe([cluster])).to.deep.equal(["cluster", name, description, ["x"]]);
      await clusters.write.publish([cluster, PUBLISH_TERMS], options);
      expect(decodeVersion(await clusters.read.versionData([cluster, 2n]))).to.include({
        slug: "cluster",
        name,
        description,
        inputs: "x",
      });
      expect(decodeVersion(await clusters.read.versionData([cluster, 1n]))).to.include({ name: "n" });
      for (const [field, call] of [
        ["name", [cluster, "n".repeat(65), ""]],
        ["description", [cluster, "", "d".repeat(1_025)]],
      ] as const) {
        const refusal = await refusalOf(clusters.write.setDescription(call, options));
        expect(refusal?.error).to.equal("ClusterTextLength");
        expect(refusal?.args[0]).to.equal(field);
      }
    });

    it("setInputs_names_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(build);
      const { clusters, lens, cluster, options } = fixture;
      const most = Array.from({ length: 16 }, (_, i) => `N_${i}-`.padEnd(32, "x"));
      for (const inputs of [most, ["document"], []]) {
        const hash = await clusters.write.setInputs([cluster, inputs], options);
        expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
          { event: "ClusterInputsSet", args: { cluster, inputs: inputs.join(",") } },
        ]);
        expect(await lens.read.describe([cluster])).to.deep.equal(["cluster", "n", "d", inputs]);
      }
      await clusters.write.publish([cluster, PUBLISH_TERMS], options);
      expect((await lens.read.versionOf([cluster, 1n])).inputs).to.deep.equal(["x"]);
      expect((await lens.read.versionOf([cluster, 2n])).inputs).to.deep.equal([]);
    });

    it("setInputs_invalid_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      const many = Array.from({ length: 17 }, (_, i) => `n${i}`);
      const cases: [string[], string, readonly unknown[]][] = [
        [many, "ClusterInputsFull", [16n]],
        [["a", "b", "a"], "ClusterNameTaken", ["a"]],
        ...["", "a b", "a,b", "é", "x".repeat(33)].map((name): [string[], string, readonly unknown[]] => [
          ["ok", name],
          "ClusterNameInvalid",
          [name],
        ]),
      ];
      for (const [inputs, error, args] of cases) {
        expect(await refusalOf(clusters.write.setInputs([cluster, inputs], options))).to.deep.equal({
          error,
          args,
        });
      }
    });

    it("publish_settingsQuorumAttempts_succeeds", async () => {
      const { clusters, cluster, tasks, options } = await networkHelpers.loadFixture(build);
      const entry = { ...agentEntry(0n), tokensMax: 2 ** 32 - 1, temperatureMilli: 700 };
      await clusters.write.replaceAgent([cluster, entry], options);
      for (const [attempts, pinned] of [
        [0, 3],
        [1, 1],
        [8, 8],
      ] as const) {
        await clusters.write.publish([cluster, { ...PUBLISH_TERMS, attempts }], options);
        const version = decodeVersion(
          await clusters.read.versionData([cluster, await clusters.read.versionCount([cluster])]),
        );
        expect(version.attempts).to.equal(pinned);
        expect(version.agents[0]).to.deep.equal(entry);
        expect(version.tasks.map((task) => task.nodesThatMustAgree)).to.deep.equal([1, 1, 3, 1, 1]);
        expect(version.tasks[1]?.toolArguments).to.equal(tasks[1]?.toolArguments);
      }
      const call = clusters.write.publish([cluster, { ...PUBLISH_TERMS, attempts: 9 }], options);
      expect(await refusalOf(call)).to.deep.equal({ error: "ClusterAttemptsTooMany", args: [9n, 8n] });
    });

    it("entries_outOfRange_reverts", async () => {
      const { clusters, cluster, options } = await networkHelpers.loadFixture(build);
      const quorum = clusters.write.replaceTask([cluster, 0n, taskEntry("a", 0n, { quorum: 8 })], options);
      expect(await refusalOf(quorum)).to.deep.equal({ error: "ClusterQuorumTooHigh", args: ["a", 8n, 7n] });
      for (const temperatureMilli of [2_001, 65_534]) {
        const entry = { ...agentEntry(0n), temperatureMilli };
        expect(await refusalOf(clusters.write.replaceAgent([cluster, entry], options))).to.deep.equal({
          error: "ClusterTemperatureTooHigh",
          args: ["agent-0", BigInt(temperatureMilli), 2_000n],
        });
      }
    });

    it("publish_closedModel_reverts", async () => {
      const { clusters, models, cluster, model, options } = await networkHelpers.loadFixture(build);
      await models.write.setClosed([model, true], options);
      // Also for its owner, and though it is open to anybody's agent.
      const publish = () => clusters.write.publish([cluster, PUBLISH_TERMS], options);
      expect(await refusalOf(publish())).to.deep.equal({ error: "ClusterModelClosed", args: ["a", model] });
      await models.write.setClosed([model, false], options);
      await publish();
    });
  });
}

describe("ClusterRegistry drafts", () => {
  it("draftData_isLaidOutAsAVersion_succeeds", async () => {
    const { clusters, cluster, members, tasks } = await networkHelpers.loadFixture(inSteps);
    const draft = decodeVersion(await clusters.read.draftData([cluster]));
    expect(draft).to.include({ cluster, version: 0, windowSeconds: 0, quoteWei: 0n, attempts: 0 });
    expect(draft.agents).to.deep.equal(members);
    expect(draft.tasks.map(({ model }) => model)).to.deep.equal(tasks.map(({ agent }) => agent));
    expect(draft.tasks.map(({ agentIndex }) => agentIndex)).to.deep.equal([0, 1, 2, 0, 1]);
    await clusters.write.removeAgent([cluster, 1n], { account: await clusters.read.ownerOf([cluster]) });
    const without = decodeVersion(await clusters.read.draftData([cluster]));
    expect(without.tasks.map(({ agentIndex }) => agentIndex)).to.deep.equal([0, 255, 1, 0, 255]);
    expect(without.tasks.map(({ model }) => model)).to.deep.equal(tasks.map(({ agent }) => agent));
  });

  it("versionOf_decodesAll_succeeds", async () => {
    const { clusters, lens, cluster, model, members, tasks } = await networkHelpers.loadFixture(atOnce);
    const version = await lens.read.versionOf([cluster, 1n]);
    expect(version).to.include({
      cluster,
      version: 1n,
      windowSeconds: 30n,
      feeWei: PUBLISH_TERMS.feeWei,
      currency: OPEN_TERMS.currency,
      quoteWei: 5n * OPEN_TERMS.priceWei + PUBLISH_TERMS.feeWei,
      pathLength: 4n,
      attempts: 3n,
      slug: "cluster",
      name: "n",
      description: "d",
    });
    expect(version.inputs).to.deep.equal(["x"]);
    expect(version.agents).to.deep.equal(members);
    expect(version.tasks[2]).to.deep.equal({
      name: "c",
      prompt: tasks[2]?.prompt,
      tool: "",
      toolArguments: "",
      agentIndex: 2n,
      model,
      priceWei: OPEN_TERMS.priceWei,
      nodeShareBps: BigInt(OPEN_TERMS.nodeShareBps),
      dependsOn: 0b011n,
      quorum: 3n,
    });
    const code = await lens.read.versionOf([cluster, 1n]).then(({ digest }) => digest);
    const address = await clusters.read.versionCode([cluster, 1n]);
    expect(code).to.match(/^0x[0-9a-f]{64}$/);
    expect(address).to.equal(getContractAddress({ from: clusters.address, nonce: 1n }));
    expect((await refusalOf(clusters.read.versionData([cluster, 2n])))?.error).to.equal(
      "ClusterVersionUnknown",
    );
  });

  it("removeTask_ofTheMost_succeeds", async () => {
    // Each depends on all before: the masks of all 31 later ones shift.
    const fixture = await networkHelpers.loadFixture(stage);
    const { clusters, lens, options } = fixture;
    await clusters.write.create(["cluster", "", ""], options);
    await clusters.write.addAgent([1n, agentEntry(0n)], options);
    const tasks: TaskEntry[] = Array.from({ length: MEMBERS_MAX }, (_, i) =>
      taskEntry(`t${i}`, 0n, { dependsOn: i === 0 ? 0 : 2 ** i - 1 }),
    );
    for (const task of tasks) await clusters.write.addTask([1n, task], options);
    await clusters.write.removeTask([1n, 0n], options);
    const [, drafted] = await lens.read.draftOf([1n]);
    expect(drafted.map(({ dependsOn }) => dependsOn)).to.deep.equal(
      tasks.slice(0, -1).map(({ dependsOn }) => dependsOn),
    );
  });
});
