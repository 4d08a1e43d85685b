import { rejects } from "node:assert/strict";
import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import {
  concat,
  getAddress,
  getContractAddress,
  type Hex,
  keccak256,
  size,
  slice,
  toHex,
  zeroAddress,
} from "viem";
import {
  type AgentEntry,
  agentEntry,
  CODE_BYTES_MAX,
  createChain,
  deployRegistries,
  eventsOf,
  INDEPENDENT,
  MEMBERS_MAX,
  OPEN_TERMS,
  PUBLISH_TERMS,
  type Registries,
  refusalOf,
  registerAgent,
  registerModel,
  type TaskEntry,
  taskEntry,
  transferEvent,
  VERSION_BYTES_MAX,
} from "../fixtures/registries.ts";
import { decodeVersion } from "./decodeVersion.ts";

const ETHER = 10n ** 18n;
/** The most gas of one transaction on Ethereum (EIP-7825). */
const TRANSACTION_GAS_MAX = 2n ** 24n;
const TEXTS = { slug: "press-room", name: "Press room", description: "Reads, writes, checks" };

const { viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** Three models of three owners with three prices, and three agents of alice's, one on each. */
async function cast(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { alice, bob, carol } = registries;
  const models = [
    await registerModel(registries, alice, { priceWei: 3n * ETHER, nodeShareBps: 10_000, open: false }),
    await registerModel(registries, bob, { priceWei: 5n, nodeShareBps: 0 }),
    await registerModel(registries, carol, { priceWei: 0n, nodeShareBps: 1_234 }),
  ];
  for (const model of models) await registerAgent(registries, alice, model);
  const entries: AgentEntry[] = [
    agentEntry(0n, "Reader"),
    agentEntry(1n, "Writer"),
    agentEntry(2n, "Critic"),
  ];
  const tasks: TaskEntry[] = [
    taskEntry("read", 0n, { prompt: "Read «it»", tool: "files" }),
    taskEntry("gather", 2n, { dependsOn: INDEPENDENT }),
    taskEntry("write", 1n, { dependsOn: 0b11 }),
    taskEntry("check", 2n),
    taskEntry("sum up", 1n, { dependsOn: 0b0001 }),
  ];
  return { ...registries, modelIds: models, entries, tasks };
}

type Cast = Awaited<ReturnType<typeof cast>>;

/** The cast's cluster as a draft, built step by step. */
async function drafted(chain: NetworkConnection) {
  const fixture = await cast(chain);
  await buildStepwise(fixture);
  return { ...fixture, cluster: 1n };
}

/** The cast's cluster, built and published in one call. */
async function built(chain: NetworkConnection) {
  const fixture = await cast(chain);
  await buildAtOnce(fixture);
  return { ...fixture, cluster: 1n };
}

async function buildStepwise({ clusters, alice, entries, tasks }: Cast, slug = TEXTS.slug): Promise<void> {
  await clusters.write.create([slug, TEXTS.name, TEXTS.description], { account: alice });
  const cluster = await clusters.read.clusterOfSlug([slug]);
  for (const entry of entries) await clusters.write.addAgent([cluster, entry], { account: alice });
  for (const task of tasks) await clusters.write.addTask([cluster, task], { account: alice });
}

function buildAtOnce({ clusters, alice, entries, tasks }: Cast, slug = TEXTS.slug): Promise<Hex> {
  const blueprint = { ...TEXTS, inputs: [], slug, agents: entries, tasks };
  return clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: alice });
}

/** A stranger's cluster with one task, done by its agent on a model that it may not use. */
async function plant(fixture: Cast, model: bigint) {
  const { clusters, stranger } = fixture;
  const agent = await registerAgent(fixture, stranger, model);
  await clusters.write.create(["planted", "Planted", ""], { account: stranger });
  const cluster = await clusters.read.clusterOfSlug(["planted"]);
  await clusters.write.addAgent([cluster, agentEntry(agent, "Gift")], { account: stranger });
  await clusters.write.addTask([cluster, taskEntry("take", agent)], { account: stranger });
  return { agent, cluster };
}

/** What the cast's version says, by the table in `VersionCode.sol`. */
function expectedVersion({ entries, modelIds }: Cast, cluster: bigint, version: number) {
  const [first, second, third] = modelIds;
  const pins = {
    0: { model: first, priceWei: 3n * ETHER, nodeShareBps: 10_000, agentIndex: 0, nodesThatMustAgree: 1 },
    1: { model: second, priceWei: 5n, nodeShareBps: 0, agentIndex: 1, nodesThatMustAgree: 1 },
    2: { model: third, priceWei: 0n, nodeShareBps: 1_234, agentIndex: 2, nodesThatMustAgree: 1 },
  };
  return {
    format: 2,
    cluster,
    version,
    windowSeconds: PUBLISH_TERMS.windowSeconds,
    feeWei: PUBLISH_TERMS.feeWei,
    currency: zeroAddress,
    // gather or read, then write, then check.
    longestPath: 3,
    quoteWei: 3n * ETHER + 5n + 0n + 0n + 5n + PUBLISH_TERMS.feeWei,
    attempts: 3,
    furtherCodes: 0,
    ...TEXTS,
    inputs: "",
    agents: entries,
    tasks: [
      { ...pins[0], dependsOn: 0, name: "read", prompt: "Read «it»", tool: "files" },
      { ...pins[2], dependsOn: 0, name: "gather", prompt: "prompt of gather", tool: "" },
      { ...pins[1], dependsOn: 0b11, name: "write", prompt: "prompt of write", tool: "" },
      { ...pins[2], dependsOn: 0b100, name: "check", prompt: "prompt of check", tool: "" },
      { ...pins[1], dependsOn: 0b1, name: "sum up", prompt: "prompt of sum up", tool: "" },
    ].map((task) => ({ ...task, toolArguments: "" })),
  };
}

/** A draft as `draftOf` shows it: defaults written out. */
function shownTasks(tasks: readonly TaskEntry[]): TaskEntry[] {
  return tasks.map((task, i) =>
    task.dependsOn === 0 && i > 0 ? { ...task, dependsOn: 2 ** (i - 1) } : task,
  );
}

/** The code of a version, and that all ways to it agree. */
async function checkCode({ clusters, client }: Registries, cluster: bigint, version: bigint): Promise<Hex> {
  const pointer = await clusters.read.versionPointer([cluster, version]);
  const address = await clusters.read.versionCode([cluster, version]);
  expect(address).to.equal(getContractAddress({ from: clusters.address, nonce: BigInt(pointer) }));
  const code = await client.getCode({ address });
  if (!code) throw new Error(`no code at ${address}`);
  expect(slice(code, 0, 1), "a STOP byte, so that nobody can call it").to.equal("0x00");
  expect(await clusters.read.versionData([cluster, version])).to.equal(slice(code, 1));
  return code;
}

/** All bytes of a version in several codes, and that the first binds the others. */
async function checkParts(
  { clusters, client }: Registries,
  cluster: bigint,
  version: bigint,
  further: number,
): Promise<Hex> {
  const pointer = BigInt(await clusters.read.versionPointer([cluster, version]));
  const data = await clusters.read.versionData([cluster, version]);
  const decoded = decodeVersion(data);
  const hashesAt = 66 + 28 * decoded.tasks.length + 14 * decoded.agents.length;
  for (let i = 0; i <= further; i++) {
    const address = getContractAddress({ from: clusters.address, nonce: pointer + BigInt(i) });
    const code = await client.getCode({ address });
    if (!code) throw new Error(`no code ${i}`);
    const end = Math.min((i + 1) * CODE_BYTES_MAX, size(data));
    expect(code, `code ${i}`).to.equal(concat(["0x00", slice(data, i * CODE_BYTES_MAX, end)]));
    if (i > 0) {
      const at = hashesAt + 32 * (i - 1);
      expect(keccak256(code), `hash of code ${i}`).to.equal(slice(data, at, at + 32));
    }
  }
  return data;
}

describe("ClusterRegistry versions", () => {
  describe("publish", () => {
    it("publish_firstVersion_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { clusters, lens, cluster, alice, entries, tasks } = fixture;
      const call = [cluster, PUBLISH_TERMS] as const;
      expect((await clusters.simulate.publish(call, { account: alice })).result).to.equal(1n);
      const hash = await clusters.write.publish(call, { account: alice });
      const code = await checkCode(fixture, cluster, 1n);
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        {
          event: "VersionPublished",
          args: {
            cluster,
            version: 1n,
            digest: keccak256(code),
            code: await clusters.read.versionCode([cluster, 1n]),
          },
        },
      ]);
      expect(decodeVersion(slice(code, 1))).to.deep.equal(expectedVersion(fixture, cluster, 1));
      expect(await clusters.read.versionCount([cluster])).to.equal(1n);
      // The draft is as it was, and the token where it was.
      expect(await lens.read.draftOf([cluster])).to.deep.equal([entries, shownTasks(tasks)]);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 1n, 2n]);
      expect(await lens.read.describe([cluster])).to.deep.equal([...Object.values(TEXTS), []]);
      expect(await clusters.read.ownerOf([cluster])).to.equal(alice);
    });

    it("publish_onOneTask_succeeds", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(cast);
      await clusters.write.create(["tiny", "", ""], { account: alice });
      await clusters.write.addAgent([1n, agentEntry(0n)], { account: alice });
      await clusters.write.addTask([1n, taskEntry("only", 0n, { dependsOn: INDEPENDENT })], {
        account: alice,
      });
      await clusters.write.publish([1n, { feeWei: 0n, windowSeconds: 3, attempts: 0 }], { account: alice });
      const version = decodeVersion(await clusters.read.versionData([1n, 1n]));
      expect(version).to.include({ longestPath: 1, quoteWei: 3n * ETHER, feeWei: 0n, windowSeconds: 3 });
      expect(version.tasks[0]?.dependsOn).to.equal(0);
    });

    it("publish_memberWithoutTaskOrModel_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { clusters, cluster, alice } = fixture;
      const idle = await registerAgent(fixture, alice, 0n);
      await clusters.write.addAgent([cluster, agentEntry(idle, "Idle")], { account: alice });
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      const version = decodeVersion(await clusters.read.versionData([cluster, 1n]));
      expect(version.agents.map(({ agent }) => agent)).to.deep.equal([0n, 1n, 2n, idle]);
      expect(version.quoteWei).to.equal(expectedVersion(fixture, cluster, 1).quoteWei);
    });

    it("publish_secondVersion_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { agents, models, clusters, cluster, alice, bob, modelIds } = fixture;
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      const before = await clusters.read.versionData([cluster, 1n]);
      // Everything that a version pins changes: terms, an agent's model, the draft, the fee and the window.
      await models.write.setTerms([modelIds[1] ?? 0n, { ...OPEN_TERMS, priceWei: 77n, nodeShareBps: 42 }], {
        account: bob,
      });
      await agents.write.setModel([2n, modelIds[1] ?? 0n], { account: alice });
      await clusters.write.addTask([cluster, taskEntry("extra", 0n)], { account: alice });
      expect(await clusters.read.versionData([cluster, 1n]), "version 1 before version 2").to.equal(before);
      await clusters.write.publish([cluster, { feeWei: 9n, windowSeconds: 60, attempts: 0 }], {
        account: alice,
      });
      const second = decodeVersion(await clusters.read.versionData([cluster, 2n]));
      expect(second).to.include({ version: 2, feeWei: 9n, windowSeconds: 60, longestPath: 3 });
      expect(second.tasks.map(({ priceWei }) => priceWei)).to.deep.equal([
        3n * ETHER,
        77n,
        77n,
        77n,
        77n,
        3n * ETHER,
      ]);
      expect(second.quoteWei).to.equal(6n * ETHER + 4n * 77n + 9n);
      expect(second.tasks[5]).to.include({ name: "extra", dependsOn: 0b10000 });
      expect(await clusters.read.versionCount([cluster])).to.equal(2n);
      expect(await clusters.read.versionData([cluster, 1n]), "version 1 after version 2").to.equal(before);
      await checkCode(fixture, cluster, 1n);
      await checkCode(fixture, cluster, 2n);
    });

    it("publish_byTheNewOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { clusters, cluster, alice, bob } = fixture;
      await clusters.write.transferFrom([alice, bob, cluster], { account: alice });
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: bob });
      expect(await clusters.read.versionCount([cluster])).to.equal(1n);
      expect(await clusters.read.ownerOf([cluster])).to.equal(bob);
    });

    it("publish_windowAtBothEnds_succeeds", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(drafted);
      for (const windowSeconds of [3, 86_400]) {
        await clusters.write.publish([cluster, { feeWei: 0n, windowSeconds, attempts: 0 }], {
          account: alice,
        });
      }
      expect(decodeVersion(await clusters.read.versionData([cluster, 2n])).windowSeconds).to.equal(86_400);
    });

    it("publish_windowOutOfRange_reverts", async () => {
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(drafted);
      for (const windowSeconds of [0, 2, 86_401, 2 ** 32 - 1]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.publish([cluster, { feeWei: 0n, windowSeconds, attempts: 0 }], { account: alice }),
          clusters,
          "ClusterWindowOutOfRange",
          [BigInt(windowSeconds), 3n, 86_400n],
        );
      }
    });

    it("publish_pathWhoseWindowsNoRunHasTimeFor_reverts", async () => {
      // A run takes 30 days at most: 31 windows of a day each would make a version that nobody can execute.
      const { clusters, cluster, alice } = await networkHelpers.loadFixture(drafted);
      for (let task = 5; task < 32; task++) {
        await clusters.write.addTask([cluster, taskEntry(`task ${task}`, 0n)], { account: alice });
      }
      // All in a line but the first two, which stand beside each other.
      await clusters.write.replaceTask([cluster, 4n, taskEntry("sum up", 1n)], { account: alice });
      const secondsMax = Math.floor((30 * 86_400) / 31);
      const publish = (windowSeconds: number) =>
        clusters.write.publish([cluster, { ...PUBLISH_TERMS, windowSeconds }], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        publish(secondsMax + 1),
        clusters,
        "ClusterWindowOutOfRange",
        [BigInt(secondsMax + 1), 3n, BigInt(secondsMax)],
      );
      await publish(secondsMax);
      expect(decodeVersion(await clusters.read.versionData([cluster, 1n])).longestPath).to.equal(31);
    });

    it("publish_byAnotherThanTheOwner_reverts", async () => {
      const { clusters, cluster, alice, bob, carol } = await networkHelpers.loadFixture(drafted);
      await clusters.write.setApprovalForAll([carol, true], { account: alice });
      await clusters.write.transferFrom([alice, bob, cluster], { account: alice });
      for (const account of [alice, carol]) {
        await assertions.revertWithCustomErrorWithArgs(
          clusters.write.publish([cluster, PUBLISH_TERMS], { account }),
          clusters,
          "ClusterNotOwned",
          [cluster, account],
        );
      }
    });

    it("publish_unknownCluster_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(drafted);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([2n, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterUnknown",
        [2n],
      );
    });

    it("publish_withoutTasks_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(cast);
      await clusters.write.create(["empty", "", ""], { account: alice });
      await clusters.write.addAgent([1n, agentEntry(0n)], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([1n, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterWithoutTasks",
        [1n],
      );
    });

    it("publish_agentWithoutModel_reverts", async () => {
      const { agents, clusters, cluster, alice } = await networkHelpers.loadFixture(drafted);
      await agents.write.setModel([1n, 0n], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterAgentWithoutModel",
        ["write", 1n],
      );
    });

    it("publish_modelNotOpen_reverts", async () => {
      const { models, clusters, cluster, alice, bob, modelIds } = await networkHelpers.loadFixture(drafted);
      const model = modelIds[1] ?? 0n;
      await models.write.setTerms([model, { ...OPEN_TERMS, open: false }], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterModelNotOpen",
        ["write", model, 1n],
      );
    });

    it("publish_agentSoldAwayFromItsOwnersClosedModel_reverts", async () => {
      // Model 1 is for its owner's agents alone; the agent was that and is no longer.
      const { agents, clusters, cluster, alice, bob, modelIds } = await networkHelpers.loadFixture(drafted);
      await agents.write.transferFrom([alice, bob, 0n], { account: alice });
      await agents.write.setModel([0n, modelIds[0] ?? 0n], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterModelNotOpen",
        ["read", modelIds[0] ?? 0n, 0n],
      );
    });

    it("publish_agentGivenAwayToTheModelsOwner_reverts", async () => {
      // Whoever owns the model never let the stranger's cluster use it, and was not asked whether it wants the agent.
      const fixture = await networkHelpers.loadFixture(drafted);
      const { agents, clusters, alice, stranger, modelIds } = fixture;
      const { agent, cluster } = await plant(fixture, modelIds[0] ?? 0n);
      await agents.write.transferFrom([stranger, alice, agent], { account: stranger });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: stranger }),
        clusters,
        "ClusterAgentWithoutModel",
        ["take", agent],
      );
    });

    it("publish_agentGivenAwayToWhoHasAGrant_takesNoUseOfIt", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { agents, clusters, models, permissions, alice, bob, stranger, modelIds } = fixture;
      const model = modelIds[0] ?? 0n;
      const { agent, cluster } = await plant(fixture, model);
      await permissions.write.setGrant([models.address, model, clusters.address, bob, 1, 0], {
        account: alice,
      });
      await agents.write.transferFrom([stranger, bob, agent], { account: stranger });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: stranger }),
        clusters,
        "ClusterAgentWithoutModel",
        ["take", agent],
      );
      const [uses] = await permissions.read.grantOf([models.address, model, clusters.address, bob]);
      expect(uses).to.equal(1);
    });

    it("publish_sumOfPricesTooHigh_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { models, clusters, cluster, alice, bob, modelIds } = fixture;
      const most = 2n ** 96n - 1n;
      const [, second] = modelIds;
      const rest = expectedVersion(fixture, cluster, 1).quoteWei - PUBLISH_TERMS.feeWei;
      await clusters.write.publish([cluster, { feeWei: most - rest, windowSeconds: 30, attempts: 0 }], {
        account: alice,
      });
      expect(decodeVersion(await clusters.read.versionData([cluster, 1n])).quoteWei).to.equal(most);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, { feeWei: most - rest + 1n, windowSeconds: 30, attempts: 0 }], {
          account: alice,
        }),
        clusters,
        "ClusterPriceTooHigh",
        [most + 1n],
      );
      await models.write.setTerms([second ?? 0n, { ...OPEN_TERMS, priceWei: most }], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.publish([cluster, { feeWei: most, windowSeconds: 30, attempts: 0 }], {
          account: alice,
        }),
        clusters,
        "ClusterPriceTooHigh",
        [3n * ETHER + 3n * most],
      );
    });

    it("publish_currenciesDiffer_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(deployRegistries);
      const { clusters, alice, nodes } = fixture;
      // Any contract may say that it is a currency.
      for (const currency of [nodes.address, zeroAddress]) {
        await registerAgent(fixture, alice, await registerModel(fixture, alice, { currency }));
      }
      const blueprint = {
        ...TEXTS,
        inputs: [],
        agents: [agentEntry(0n), agentEntry(1n)],
        tasks: [taskEntry("a", 0n), taskEntry("b", 1n)],
      };
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterCurrenciesDiffer",
        [getAddress(nodes.address), zeroAddress],
      );
      const alike = { ...blueprint, tasks: [taskEntry("a", 0n), taskEntry("b", 0n)] };
      await clusters.write.createAndPublish([alike, PUBLISH_TERMS], { account: alice });
      expect(decodeVersion(await clusters.read.versionData([1n, 1n])).currency).to.equal(
        nodes.address.toLowerCase(),
      );
    });

    it("versionViews_unknownVersion_reverts", async () => {
      const { clusters, cluster } = await networkHelpers.loadFixture(built);
      for (const unknown of [0n, 2n, 2n ** 32n + 1n]) {
        const reads = [
          clusters.read.versionPointer([cluster, unknown]),
          clusters.read.versionCode([cluster, unknown]),
          clusters.read.versionData([cluster, unknown]),
        ] as const;
        for (const read of reads) {
          await assertions.revertWithCustomErrorWithArgs(read, clusters, "ClusterVersionUnknown", [
            cluster,
            unknown,
          ]);
        }
      }
    });
  });

  describe("createAndPublish", () => {
    it("createAndPublish_wholeCluster_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(cast);
      const { clusters, lens, alice, entries, tasks } = fixture;
      const blueprint = { ...TEXTS, inputs: [], agents: entries, tasks };
      const { result } = await clusters.simulate.createAndPublish([blueprint, PUBLISH_TERMS], {
        account: alice,
      });
      expect(result).to.deep.equal([1n, 1n]);
      const hash = await buildAtOnce(fixture);
      const code = await checkCode(fixture, 1n, 1n);
      expect(await clusters.read.versionPointer([1n, 1n]), "the first contract it makes").to.equal(1);
      expect(await eventsOf(fixture, clusters, hash)).to.deep.equal([
        { event: "ClusterCreated", args: { cluster: 1n, owner: alice, ...TEXTS } },
        ...entries.map(({ agent, name }) => ({
          event: "AgentAddedToCluster",
          args: { cluster: 1n, agent, name },
        })),
        {
          event: "VersionPublished",
          args: {
            cluster: 1n,
            version: 1n,
            digest: keccak256(code),
            code: await clusters.read.versionCode([1n, 1n]),
          },
        },
        transferEvent(zeroAddress, alice, 1n),
      ]);
      expect(decodeVersion(slice(code, 1))).to.deep.equal(expectedVersion(fixture, 1n, 1));
      expect(await clusters.read.clusterOfSlug([TEXTS.slug])).to.equal(1n);
      expect(await lens.read.describe([1n])).to.deep.equal([...Object.values(TEXTS), []]);
      expect(await clusters.read.versionCount([1n])).to.equal(1n);
      expect(await clusters.read.clusterCount()).to.equal(1n);
      expect(await clusters.read.ownerOf([1n])).to.equal(alice);
      expect(await clusters.read.membersOf([1n])).to.deep.equal([0n, 1n, 2n]);
      for (const agent of [0n, 1n, 2n]) expect(await clusters.read.clusterOfAgent([agent])).to.equal(1n);
      expect(await lens.read.draftOf([1n])).to.deep.equal([entries, shownTasks(tasks)]);
    });

    it("createAndPublish_equalsTheBuildInSteps_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(cast);
      const { clusters, lens, alice } = fixture;
      await buildStepwise(fixture);
      await clusters.write.publish([1n, PUBLISH_TERMS], { account: alice });
      const stepwise = decodeVersion(await clusters.read.versionData([1n, 1n]));
      const draft = await lens.read.draftOf([1n]);
      // The same on a chain like it, where the agents are free.
      const other = await networkHelpers.loadFixture(cast);
      await buildAtOnce(other);
      const atOnce = decodeVersion(await other.clusters.read.versionData([1n, 1n]));
      expect(atOnce).to.deep.equal(stepwise);
      expect(await other.lens.read.draftOf([1n])).to.deep.equal(draft);
    });

    it("createAndPublish_refused_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(cast);
      const { agents, clusters, alice, bob, entries, tasks } = fixture;
      const foreign = await registerAgent(fixture, bob, fixture.modelIds[1] ?? 0n);
      const idle = await registerAgent(fixture, alice, 0n);
      await clusters.write.create(["taken", "", ""], { account: bob });
      const other = await registerAgent(fixture, alice, 0n);
      await clusters.write.create(["others", "", ""], { account: alice });
      await clusters.write.addAgent([2n, agentEntry(other, "Elsewhere")], { account: alice });
      const good = { ...TEXTS, inputs: [] as string[], agents: entries, tasks };
      const [firstEntry, ...otherEntries] = entries;
      if (!firstEntry) throw new Error("no agents");
      const many = <T>(count: number, make: (i: number) => T): T[] =>
        Array.from({ length: count }, (_, i) => make(i));
      const refusals: readonly [change: Partial<typeof good>, error: string, args: readonly unknown[]][] = [
        [{ slug: "No" }, "ClusterSlugInvalid", ["No"]],
        [{ slug: "taken" }, "ClusterSlugTaken", ["taken", 1n]],
        [{ name: "n".repeat(65) }, "ClusterTextLength", ["name", 65n, 64n]],
        [{ description: "d".repeat(1_025) }, "ClusterTextLength", ["description", 1_025n, 1_024n]],
        [{ agents: many(33, (i) => agentEntry(BigInt(i))) }, "ClusterAgentsFull", [32n]],
        [{ agents: [agentEntry(0n, "no.dots")] }, "ClusterNameInvalid", ["no.dots"]],
        [{ agents: [agentEntry(0n, "Same"), agentEntry(1n, "Same")] }, "ClusterNameTaken", ["Same"]],
        [
          { agents: [{ ...firstEntry, goal: "g".repeat(2_000) }] },
          "ClusterTextLength",
          ["goal", 2_000n, 1_024n],
        ],
        [{ agents: [agentEntry(foreign)] }, "ClusterAgentNotOwned", [foreign, alice]],
        [{ agents: [agentEntry(other)] }, "ClusterAgentTaken", [other, 2n]],
        [{ agents: [...entries, agentEntry(0n, "Again")] }, "ClusterAgentTaken", [0n, 3n]],
        [{ agents: otherEntries }, "ClusterAgentMissing", ["read", 0n]],
        [{ agents: [] }, "ClusterAgentMissing", ["read", 0n]],
        [{ tasks: [] }, "ClusterWithoutTasks", [3n]],
        [{ tasks: many(33, (i) => taskEntry(`t ${i}`, 0n)) }, "ClusterTasksFull", [32n]],
        [{ tasks: [taskEntry("a", 0n), taskEntry("a", 1n)] }, "ClusterNameTaken", ["a"]],
        [{ tasks: [taskEntry("", 0n)] }, "ClusterNameInvalid", [""]],
        [{ tasks: [taskEntry("a", 0n, { tool: "rm -rf /" })] }, "ClusterNameInvalid", ["rm -rf /"]],
        [{ tasks: [taskEntry("a", 0n, { prompt: "" })] }, "ClusterTextLength", ["prompt", 0n, 0n]],
        [{ tasks: [taskEntry("a", other)] }, "ClusterAgentMissing", ["a", other]],
        [{ tasks: [taskEntry("a", 0n, { dependsOn: 1 })] }, "ClusterDependencyNotEarlier", ["a", 1]],
        [
          { tasks: [taskEntry("a", 0n), taskEntry("b", 0n, { dependsOn: 4 })] },
          "ClusterDependencyNotEarlier",
          ["b", 4],
        ],
        [
          { agents: [agentEntry(idle)], tasks: [taskEntry("a", idle)] },
          "ClusterAgentWithoutModel",
          ["a", idle],
        ],
      ];
      for (const [change, error, args] of refusals) {
        const call = clusters.write.createAndPublish([{ ...good, ...change }, PUBLISH_TERMS], {
          account: alice,
        });
        expect(await refusalOf(call)).to.deep.equal({ error, args });
      }
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.createAndPublish([{ ...good, agents: [agentEntry(99n)] }, PUBLISH_TERMS], {
          account: alice,
        }),
        agents,
        "AgentUnknown",
        [99n],
      );
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.createAndPublish([good, { feeWei: 0n, windowSeconds: 1, attempts: 0 }], {
          account: alice,
        }),
        clusters,
        "ClusterWindowOutOfRange",
        [1n, 3n, 86_400n],
      );
      // Nothing was left behind by any of them: the id, the slug and the agents are free.
      await buildAtOnce(fixture);
      expect(await clusters.read.clusterOfSlug([TEXTS.slug])).to.equal(3n);
      await checkCode(fixture, 3n, 1n);
    });

    it("createAndPublish_modelNotOpen_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(cast);
      const { models, clusters, alice, bob, modelIds } = fixture;
      await models.write.setTerms([modelIds[1] ?? 0n, { ...OPEN_TERMS, open: false }], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(buildAtOnce(fixture), clusters, "ClusterModelNotOpen", [
        "write",
        modelIds[1] ?? 0n,
        1n,
      ]);
      expect(await clusters.read.clusterCount()).to.equal(0n);
      expect(await clusters.read.balanceOf([alice])).to.equal(0n);
    });

    it("createAndPublish_codeNumbersOfEachLength_succeeds", async () => {
      // A code's address follows from its number, whose encoding grows at these. The counter's slot holds how many
      // clusters there are in the low 64 bits, and the next number above.
      const { clusters, alice } = await networkHelpers.loadFixture(built);
      const slot = 9n;
      expect(BigInt(await networkHelpers.getStorageAt(clusters.address, slot))).to.equal((2n << 64n) | 1n);
      for (const number of [
        0x7fn,
        0x80n,
        0xffn,
        0x100n,
        0xffffn,
        0x1_0000n,
        0xff_ffffn,
        0x100_0000n,
        2n ** 32n - 2n,
      ]) {
        await networkHelpers.setStorageAt(clusters.address, slot, toHex((number << 64n) | 1n, { size: 32 }));
        await networkHelpers.setNonce(clusters.address, number);
        const version = (await clusters.read.versionCount([1n])) + 1n;
        await clusters.write.publish([1n, PUBLISH_TERMS], { account: alice });
        expect(await clusters.read.versionPointer([1n, version])).to.equal(Number(number));
        const data = decodeVersion(await clusters.read.versionData([1n, version]));
        expect(data, `version in code ${number}`).to.include({ cluster: 1n, version: Number(version) });
      }
    });

    it("createAndPublish_secondClusterReusesNothing_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, bob } = fixture;
      const agent = await registerAgent(fixture, bob, fixture.modelIds[2] ?? 0n);
      const blueprint = {
        ...TEXTS,
        inputs: [],
        slug: "second",
        agents: [agentEntry(agent, "Reader")],
        tasks: [taskEntry("read", agent)],
      };
      await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: bob });
      expect(await clusters.read.clusterOfAgent([agent])).to.equal(2n);
      await checkCode(fixture, 2n, 1n);
      expect(await clusters.read.versionPointer([2n, 1n])).to.equal(2);
    });
  });

  describe("editing after a build in one call", () => {
    it("publish_againUnchanged_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, lens, cluster, alice, entries, tasks } = fixture;
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      const second = decodeVersion(slice(await checkCode(fixture, cluster, 2n), 1));
      expect(second).to.deep.equal(expectedVersion(fixture, cluster, 2));
      expect(await lens.read.draftOf([cluster])).to.deep.equal([entries, shownTasks(tasks)]);
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 1n, 2n]);
      expect(decodeVersion(await clusters.read.versionData([cluster, 1n]))).to.deep.equal(
        expectedVersion(fixture, cluster, 1),
      );
    });

    it("addAgent_toAClusterBuiltInOneCall_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, lens, cluster, alice, entries, tasks, modelIds } = fixture;
      const before = await clusters.read.versionData([cluster, 1n]);
      const agent = await registerAgent(fixture, alice, modelIds[2] ?? 0n);
      const entry = agentEntry(agent, "Editor");
      await clusters.write.addAgent([cluster, entry], { account: alice });
      expect(await clusters.read.membersOf([cluster])).to.deep.equal([0n, 1n, 2n, agent]);
      expect(await lens.read.draftOf([cluster])).to.deep.equal([[...entries, entry], shownTasks(tasks)]);
      const task = taskEntry("edit", agent, { dependsOn: 0b10001 });
      await clusters.write.addTask([cluster, task], { account: alice });
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      const second = decodeVersion(await clusters.read.versionData([cluster, 2n]));
      expect(second.agents).to.deep.equal([...entries, entry]);
      expect(second.tasks.slice(0, 5)).to.deep.equal(expectedVersion(fixture, cluster, 1).tasks);
      expect(second.tasks[5]).to.include({ name: "edit", dependsOn: 0b10001, agentIndex: 3 });
      expect(await clusters.read.versionData([cluster, 1n])).to.equal(before);
      expect(await lens.read.describe([cluster])).to.deep.equal([...Object.values(TEXTS), []]);
    });

    it("addTask_toAClusterBuiltInOneCall_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, lens, cluster, alice, entries, tasks } = fixture;
      const task = taskEntry("last", 1n);
      expect((await clusters.simulate.addTask([cluster, task], { account: alice })).result).to.equal(5n);
      await clusters.write.addTask([cluster, task], { account: alice });
      expect(await lens.read.draftOf([cluster])).to.deep.equal([entries, shownTasks([...tasks, task])]);
    });

    it("addTask_afterASecondVersion_succeeds", async () => {
      // The draft is then loaded from version 2.
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, cluster, alice, entries, tasks } = fixture;
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      await clusters.write.addTask([cluster, taskEntry("last", 1n)], { account: alice });
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      const third = decodeVersion(slice(await checkCode(fixture, cluster, 3n), 1));
      expect(third.agents).to.deep.equal(entries);
      expect(third.tasks.slice(0, 5)).to.deep.equal(expectedVersion(fixture, cluster, 3).tasks);
      expect(third.tasks.map(({ name }) => name)).to.deep.equal([...tasks.map(({ name }) => name), "last"]);
    });

    it("addAgent_nameTakenInOneCall_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(built);
      const { clusters, cluster, alice } = fixture;
      const agent = await registerAgent(fixture, alice, 0n);
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addAgent([cluster, agentEntry(agent, "Writer")], { account: alice }),
        clusters,
        "ClusterNameTaken",
        ["Writer"],
      );
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.addTask([cluster, taskEntry("sum up", 0n)], { account: alice }),
        clusters,
        "ClusterNameTaken",
        ["sum up"],
      );
    });
  });

  describe("size", () => {
    /** Bytes of a version of one agent and tasks with these prompts, texts as short as can be. */
    const oneAgent: AgentEntry = { ...agentEntry(0n, "a"), role: "", goal: "", backstory: "" };
    const task = (i: number, length: number) =>
      taskEntry(String.fromCharCode(97 + i), 0n, { prompt: "p".repeat(length) });
    const bytesOf = (prompts: readonly number[]) =>
      // Header, tasks and agent; slug of 3, no name, description or names of variables; the persona; name, prompt, tool
      // and its arguments of each task.
      66 +
      28 * prompts.length +
      14 +
      (2 + 3) +
      2 +
      2 +
      2 +
      (2 + 1) +
      2 +
      2 +
      2 +
      prompts.reduce((sum, length) => sum + (2 + 1) + (2 + length) + 2 + 2, 0);
    const fill = 8_192;
    const most = CODE_BYTES_MAX - bytesOf([fill, fill, 0]);
    /** Prompts of a version of exactly so many bytes, in so many further codes. */
    const promptsOf = (bytes: number, further: number) => {
      const prompts: number[] = [];
      while (bytesOf([...prompts, fill]) + 32 * further <= bytes - 100) prompts.push(fill);
      return [...prompts, bytes - 32 * further - bytesOf([...prompts, 0])];
    };

    it("createAndPublish_asLargeAsCodeMayBe_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(cast);
      const { clusters, lens, client, alice } = fixture;
      const tasks = [task(0, fill), task(1, fill), task(2, most)];
      const blueprint = { slug: "big", name: "", description: "", inputs: [], agents: [oneAgent], tasks };
      await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: alice });
      expect(size(await checkCode(fixture, 1n, 1n))).to.equal(24_576);
      expect(decodeVersion(await clusters.read.versionData([1n, 1n])).tasks[2]?.prompt).to.have.lengthOf(
        most,
      );
      expect(await lens.read.draftOf([1n])).to.deep.equal([[oneAgent], shownTasks(tasks)]);
      // It can be published again as it is.
      await clusters.write.publish([1n, PUBLISH_TERMS], { account: alice });
      expect(
        size((await client.getCode({ address: await clusters.read.versionCode([1n, 2n]) })) ?? "0x"),
      ).to.equal(24_576);
    });

    // One byte more than one code, a second code that is full, one byte more, and all that there may be.
    for (const [bytes, further] of [
      [CODE_BYTES_MAX + 1 + 32, 1],
      [2 * CODE_BYTES_MAX, 1],
      [2 * CODE_BYTES_MAX + 1 + 32, 2],
      [VERSION_BYTES_MAX, 2],
    ] as const) {
      it(`createAndPublish_${bytes}BytesInFurtherCodes_succeeds`, async () => {
        const fixture = await networkHelpers.loadFixture(cast);
        const { clusters, lens, client, alice } = fixture;
        const tasks = promptsOf(bytes, further).map((length, i) => task(i, length));
        const blueprint = { slug: "big", name: "", description: "", inputs: [], agents: [oneAgent], tasks };
        const options = { account: alice, gas: TRANSACTION_GAS_MAX };
        const hash = await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], options);
        expect((await client.getTransactionReceipt({ hash })).gasUsed < TRANSACTION_GAS_MAX).to.equal(true);
        const data = await checkParts(fixture, 1n, 1n, further);
        expect(size(data)).to.equal(bytes);
        const version = decodeVersion(data);
        expect(version.furtherCodes).to.equal(further);
        expect(version.tasks.map(({ prompt }) => prompt)).to.deep.equal(tasks.map(({ prompt }) => prompt));
        expect(await lens.read.draftOf([1n])).to.deep.equal([[oneAgent], shownTasks(tasks)]);
        // Again as it is, then from a draft in storage whose texts lie across codes.
        await clusters.write.publish([1n, PUBLISH_TERMS], options);
        await clusters.write.removeTask([1n, 0n], options);
        await clusters.write.addTask([1n, taskEntry("new", 0n, { prompt: "p".repeat(fill - 200) })], options);
        await clusters.write.publish([1n, PUBLISH_TERMS], options);
        expect(decodeVersion(await checkParts(fixture, 1n, 2n, further)).tasks).to.deep.equal(version.tasks);
        const third = decodeVersion(await clusters.read.versionData([1n, 3n]));
        expect(third.tasks.map(({ prompt }) => prompt)).to.deep.equal([
          ...tasks.slice(1).map(({ prompt }) => prompt),
          "p".repeat(fill - 200),
        ]);
        // The next code has the number after all of them.
        await clusters.write.create(["next", "", ""], options);
        expect((await lens.read.describe([2n]))[0]).to.equal("next");
      });
    }

    it("createAndPublish_oneByteTooLarge_reverts", async () => {
      const { clusters, alice } = await networkHelpers.loadFixture(cast);
      const tasks = promptsOf(VERSION_BYTES_MAX + 1, 2).map((length, i) => task(i, length));
      const blueprint = { slug: "big", name: "", description: "", inputs: [], agents: [oneAgent], tasks };
      await assertions.revertWithCustomErrorWithArgs(
        clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterVersionTooLarge",
        [BigInt(VERSION_BYTES_MAX + 1), BigInt(VERSION_BYTES_MAX)],
      );
    });

    it("publish_draftTooLarge_reverts", async () => {
      // What is too large can be taken out again.
      const { clusters, lens, alice } = await networkHelpers.loadFixture(cast);
      await clusters.write.create(["big", "", ""], { account: alice });
      await clusters.write.addAgent([1n, oneAgent], { account: alice });
      for (let i = 0; i < 7; i++) await clusters.write.addTask([1n, task(i, fill)], { account: alice });
      expect((await lens.read.draftOf([1n]))[1]).to.have.lengthOf(7);
      await assertions.revertWithCustomError(
        clusters.write.publish([1n, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterVersionTooLarge",
      );
      await clusters.write.removeTask([1n, 3n], { account: alice });
      await clusters.write.publish([1n, PUBLISH_TERMS], { account: alice, gas: TRANSACTION_GAS_MAX });
      expect(decodeVersion(await clusters.read.versionData([1n, 1n])).tasks).to.have.lengthOf(6);
    });

    it("publish_asMuchAsATransactionHolds_succeeds", async () => {
      // Every agent and task there can be and every byte: the dearest version, built at once and from a draft.
      const fixture = await networkHelpers.loadFixture(deployRegistries);
      const { clusters, client, alice } = fixture;
      const ids: bigint[] = [];
      for (let i = 0; i < MEMBERS_MAX; i++) {
        ids.push(await registerAgent(fixture, alice, await registerModel(fixture, alice)));
      }
      const agents = ids.map((id) => agentEntry(id));
      const tasks = ids.map((id, i) => taskEntry(`task ${i}`, id, { prompt: "p".repeat(1_660) }));
      const blueprint = { slug: "the-most", name: "", description: "", inputs: [], agents, tasks };
      const options = { account: alice, gas: TRANSACTION_GAS_MAX };
      const hashes = [
        await clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], options),
        await clusters.write.removeTask([1n, 31n], options),
        await clusters.write.addTask([1n, tasks[31] as TaskEntry], options),
        await clusters.write.publish([1n, PUBLISH_TERMS], options),
      ];
      expect(size(await checkParts(fixture, 1n, 2n, 2))).to.be.within(57_000, VERSION_BYTES_MAX);
      for (const hash of hashes) {
        const { gasUsed } = await client.waitForTransactionReceipt({ hash });
        expect(gasUsed < TRANSACTION_GAS_MAX, `${gasUsed} gas`).to.equal(true);
      }
    });

    it("publish_mostAgentsAndTasksAndBytes_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(deployRegistries);
      const { clusters, lens, client, alice } = fixture;
      const model = await registerModel(fixture, alice);
      const ids: bigint[] = [];
      for (let i = 0; i < MEMBERS_MAX; i++) ids.push(await registerAgent(fixture, alice, model));
      const persona = "p".repeat(60);
      const agents = ids.map((id) => ({
        ...agentEntry(id, `agent ${id}`),
        role: persona,
        goal: persona,
        backstory: persona,
      }));
      const tasks = ids.map((id, i) => taskEntry(`task ${i}`, id, { prompt: "p".repeat(500), tool: "tool" }));
      const hash = await clusters.write.createAndPublish(
        [
          { slug: "the-most", name: "n".repeat(64), description: "", inputs: [], agents, tasks },
          PUBLISH_TERMS,
        ],
        { account: alice, gas: TRANSACTION_GAS_MAX },
      );
      const bytes = size(await checkCode(fixture, 1n, 1n));
      expect(bytes).to.be.within(24_000, 24_576);
      const version = decodeVersion(await clusters.read.versionData([1n, 1n]));
      expect(version).to.include({ longestPath: MEMBERS_MAX });
      expect(version.tasks[31]?.dependsOn).to.equal(2 ** 30);
      expect(version.agents).to.deep.equal(agents);
      const again = await clusters.write.publish([1n, PUBLISH_TERMS], {
        account: alice,
        gas: TRANSACTION_GAS_MAX,
      });
      for (const transaction of [hash, again]) {
        const receipt = await client.waitForTransactionReceipt({ hash: transaction });
        expect(receipt.gasUsed < TRANSACTION_GAS_MAX, `${receipt.gasUsed} gas`).to.equal(true);
      }
      expect(await lens.read.draftOf([1n])).to.deep.equal([agents, shownTasks(tasks)]);
    });
  });

  describe("a draft is never bricked", () => {
    it("publish_afterEveryKindOfRefusal_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(drafted);
      const { agents, models, clusters, cluster, alice, bob, modelIds } = fixture;
      const spare = await registerAgent(fixture, alice, modelIds[2] ?? 0n);
      const bad: (() => Promise<Hex>)[] = [
        () => clusters.write.addAgent([cluster, agentEntry(spare, "Writer")], { account: alice }),
        () => clusters.write.addAgent([cluster, agentEntry(spare, "")], { account: alice }),
        () => clusters.write.addAgent([cluster, agentEntry(0n, "Twice")], { account: alice }),
        () => clusters.write.addAgent([cluster, agentEntry(99n, "Nobody")], { account: alice }),
        () => clusters.write.addAgent([cluster, agentEntry(spare, "Stranger's")], { account: bob }),
        () => clusters.write.addTask([cluster, taskEntry("read", 0n)], { account: alice }),
        () => clusters.write.addTask([cluster, taskEntry("x", spare)], { account: alice }),
        () =>
          clusters.write.addTask([cluster, taskEntry("x", 0n, { dependsOn: 1 << 5 })], { account: alice }),
        () => clusters.write.addTask([cluster, taskEntry("x", 0n, { prompt: "" })], { account: alice }),
        () => clusters.write.addTask([cluster, taskEntry("x", 0n)], { account: bob }),
        () =>
          clusters.write.publish([cluster, { feeWei: 0n, windowSeconds: 0, attempts: 0 }], {
            account: alice,
          }),
        () => clusters.write.publish([cluster, PUBLISH_TERMS], { account: bob }),
      ];
      for (const [i, call] of bad.entries()) {
        await rejects(call(), `refusal ${i}`);
        const { result } = await clusters.simulate.publish([cluster, PUBLISH_TERMS], { account: alice });
        expect(result, `publishable after refusal ${i}`).to.equal(1n);
      }
      // What the owner of an agent or model changes, the agent's owner can mend.
      await models.write.setTerms([modelIds[1] ?? 0n, { ...OPEN_TERMS, open: false }], { account: bob });
      await assertions.revertWithCustomError(
        clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice }),
        clusters,
        "ClusterModelNotOpen",
      );
      await agents.write.setModel([1n, modelIds[2] ?? 0n], { account: alice });
      await clusters.write.publish([cluster, PUBLISH_TERMS], { account: alice });
      expect(await clusters.read.versionCount([cluster])).to.equal(1n);
    });
  });
});
