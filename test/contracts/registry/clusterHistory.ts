import { expect } from "chai";
import type { Address, Hash, Hex } from "viem";
import { agentEntry, PUBLISH_TERMS, type Registries, refusalOf, taskEntry } from "../fixtures/registries.ts";

/**
 * What somebody tries. Numbers pick from what there is. `by` from 0 to 2 is that owner, more is whoever owns the
 * cluster; high numbers for agents prefer those with which the call goes through.
 */
export type Step =
  | { do: "create"; by: number; slug: number }
  | { do: "addAgent"; by: number; cluster: number; agent: number; name: number }
  | { do: "addTask"; by: number; cluster: number; agent: number; name: number; dependsOn: number }
  | { do: "publish"; by: number; cluster: number }
  | { do: "build"; by: number; slug: number; agents: number[]; tasks: number[] }
  | { do: "moveAgent"; agent: number; to: number }
  | { do: "moveCluster"; cluster: number; to: number }
  | { do: "setModel"; agent: number; some: boolean };

/** A cluster as it is meant to be, kept the plain way. */
interface ClusterRecord {
  owner: Address;
  slug: string;
  members: { agent: bigint; name: string }[];
  tasks: { name: string; agent: bigint; dependsOn: number }[];
  /** Bytes of each version as they were when it was published. */
  versions: Hex[];
}

/** What the registries are meant to hold. */
export interface Model {
  agents: { owner: Address; onModel: boolean }[];
  clusters: ClusterRecord[];
}

/** The chain, who plays, and what is meant to be. */
export interface Play {
  readonly world: Registries & { readonly model: bigint };
  readonly owners: readonly Address[];
  readonly model: Model;
}

/** Why a call should have been refused, and why it was: the name of the custom error, or undefined if it went through. */
export interface Outcome {
  expected: string | undefined;
  got: string | undefined;
}

/** Names and slugs in use: few, so that they meet. */
const slugOf = (n: number) => `slug-${n}`;
const nameOf = (n: number) => `name ${n % 6}`;

/** Does one step on the chain and in the model. */
export function play(game: Play, step: Step): Promise<Outcome> {
  switch (step.do) {
    case "create":
      return create(game, step);
    case "addAgent":
      return addAgent(game, step);
    case "addTask":
      return addTask(game, step);
    case "publish":
      return publish(game, step);
    case "build":
      return build(game, step);
    case "moveAgent":
      return moveAgent(game, step);
    case "moveCluster":
      return moveCluster(game, step);
    case "setModel":
      return setModel(game, step);
  }
}

/** The cluster that `agent` is meant to be in; 0 for none. */
export function clusterOf(model: Model, agent: bigint): bigint {
  return BigInt(
    model.clusters.findIndex(({ members }) => members.some((member) => member.agent === agent)) + 1,
  );
}

/** Compares everything that can be read with the model: C09, C10, and that versions never change. */
export async function compare({ model, world }: Play): Promise<void> {
  const { clusters, agents } = world;
  for (const [i, { owner }] of model.agents.entries()) {
    const agent = BigInt(i);
    expect(await clusters.read.clusterOfAgent([agent]), `cluster of agent ${i}`).to.equal(
      clusterOf(model, agent),
    );
    expect(await agents.read.ownerOf([agent]), `owner of agent ${i}`).to.equal(owner);
  }
  expect(await clusters.read.clusterCount()).to.equal(BigInt(model.clusters.length));
  for (const [i, cluster] of model.clusters.entries()) await compareCluster(world, BigInt(i + 1), cluster);
}

async function compareCluster(
  { clusters, lens }: Registries,
  id: bigint,
  cluster: ClusterRecord,
): Promise<void> {
  const members = await clusters.read.membersOf([id]);
  expect(members, `members of ${id}`).to.deep.equal(cluster.members.map(({ agent }) => agent));
  expect(new Set(members).size, `members of ${id}, each once`).to.equal(members.length);
  for (const agent of members) {
    expect(await clusters.read.clusterOfAgent([agent]), `where agent ${agent} is`).to.equal(id);
  }
  expect(await clusters.read.ownerOf([id]), `owner of ${id}`).to.equal(cluster.owner);
  expect(await clusters.read.clusterOfSlug([cluster.slug]), cluster.slug).to.equal(id);
  const [agents, tasks] = await lens.read.draftOf([id]);
  expect(
    agents.map(({ agent, name }) => ({ agent, name })),
    `agents in the draft of ${id}`,
  ).to.deep.equal(cluster.members);
  expect(
    tasks.map(({ name, agent, dependsOn }) => ({ name, agent, dependsOn })),
    `tasks in the draft of ${id}`,
  ).to.deep.equal(cluster.tasks);
  expect(await clusters.read.versionCount([id]), `versions of ${id}`).to.equal(
    BigInt(cluster.versions.length),
  );
  for (const [i, data] of cluster.versions.entries()) {
    expect(await clusters.read.versionData([id, BigInt(i + 1)]), `version ${i + 1} of ${id}`).to.equal(data);
  }
}

async function create({ model, world, owners }: Play, step: Step & { do: "create" }): Promise<Outcome> {
  const [owner, slug] = [account(owners, step.by), slugOf(step.slug)];
  const expected = isSlugTaken(model, slug) ? "ClusterSlugTaken" : undefined;
  const got = await errorOf(world.clusters.write.create([slug, "", ""], { account: owner }));
  if (!expected) model.clusters.push({ owner, slug, members: [], tasks: [], versions: [] });
  return { expected, got };
}

async function addAgent(game: Play, step: Step & { do: "addAgent" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const [agent, name] = [agentAt(model, step.agent), nameOf(step.name)];
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    if (cluster.members.some((member) => member.name === name)) expected = "ClusterNameTaken";
    else if (model.agents[Number(agent)]?.owner !== caller) expected = "ClusterAgentNotOwned";
    else if (clusterOf(model, agent) !== 0n) expected = "ClusterAgentTaken";
    else cluster.members.push({ agent, name });
  }
  const call = world.clusters.write.addAgent([id, agentEntry(agent, name)], { account: caller });
  return { expected, got: await errorOf(call) };
}

async function addTask(game: Play, step: Step & { do: "addTask" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const [agent, name] = [preferred(model, step.agent, cluster?.members), nameOf(step.name)];
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    const count = cluster.tasks.length;
    if (cluster.tasks.some((task) => task.name === name)) expected = "ClusterNameTaken";
    else if (clusterOf(model, agent) !== id) expected = "ClusterAgentMissing";
    else if (step.dependsOn >> count !== 0) expected = "ClusterDependencyNotEarlier";
    else cluster.tasks.push({ name, agent, dependsOn: step.dependsOn || maskOfDefault(count) });
  }
  const entry = taskEntry(name, agent, { dependsOn: step.dependsOn });
  return { expected, got: await errorOf(world.clusters.write.addTask([id, entry], { account: caller })) };
}

async function publish(game: Play, step: Step & { do: "publish" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const expected = refusalOfEdit(cluster, caller) ?? refusalOfTasks(model, cluster?.tasks ?? []);
  const got = await errorOf(world.clusters.write.publish([id, PUBLISH_TERMS], { account: caller }));
  if (!expected && !got && cluster) {
    const version = BigInt(cluster.versions.length + 1);
    cluster.versions.push(await world.clusters.read.versionData([id, version]));
  }
  return { expected, got };
}

async function build({ model, world, owners }: Play, step: Step & { do: "build" }): Promise<Outcome> {
  const [owner, slug] = [account(owners, step.by), slugOf(step.slug)];
  const free = model.agents.flatMap((record, i) =>
    record.owner === owner && clusterOf(model, BigInt(i)) === 0n ? [{ agent: BigInt(i) }] : [],
  );
  const members = step.agents.map((n, i) => ({ agent: preferred(model, n, free, i), name: nameOf(n + i) }));
  const tasks = step.tasks.map((n, i) => ({
    name: nameOf(n),
    agent: preferred(model, n, members, i),
    dependsOn: maskOfDefault(i),
  }));
  const expected = refusalOfBuild(model, owner, slug, members, tasks);
  const blueprint = {
    slug,
    name: "",
    description: "",
    inputs: [],
    agents: members.map(({ agent, name }) => agentEntry(agent, name)),
    tasks: tasks.map(({ name, agent }) => taskEntry(name, agent)),
  };
  const got = await errorOf(
    world.clusters.write.createAndPublish([blueprint, PUBLISH_TERMS], { account: owner }),
  );
  if (!expected && !got) {
    const data = await world.clusters.read.versionData([BigInt(model.clusters.length + 1), 1n]);
    model.clusters.push({ owner, slug, members, tasks, versions: [data] });
  }
  return { expected, got };
}

async function moveAgent({ model, world, owners }: Play, step: Step & { do: "moveAgent" }): Promise<Outcome> {
  const agent = agentAt(model, step.agent);
  const record = recordOf(model, agent);
  const [from, to] = [record.owner, account(owners, step.to)];
  record.owner = to;
  return {
    expected: undefined,
    got: await errorOf(world.agents.write.transferFrom([from, to, agent], { account: from })),
  };
}

async function moveCluster(game: Play, step: Step & { do: "moveCluster" }): Promise<Outcome> {
  const { id, cluster } = pickCluster(game, { ...step, by: 0 });
  if (!cluster) return { expected: undefined, got: undefined };
  const [from, to] = [cluster.owner, account(game.owners, step.to)];
  cluster.owner = to;
  const call = game.world.clusters.write.transferFrom([from, to, id], { account: from });
  return { expected: undefined, got: await errorOf(call) };
}

async function setModel({ model, world }: Play, step: Step & { do: "setModel" }): Promise<Outcome> {
  const agent = agentAt(model, step.agent);
  const record = recordOf(model, agent);
  record.onModel = step.some;
  const call = world.agents.write.setModel([agent, step.some ? world.model : 0n], { account: record.owner });
  return { expected: undefined, got: await errorOf(call) };
}

function account(owners: readonly Address[], n: number): Address {
  const owner = owners[n % owners.length];
  if (!owner) throw new Error("nobody plays");
  return owner;
}

function agentAt(model: Model, n: number): bigint {
  return BigInt(n % model.agents.length);
}

function recordOf(model: Model, agent: bigint) {
  const record = model.agents[Number(agent)];
  if (!record) throw new Error(`agent ${agent} is not in the model`);
  return record;
}

/** For a high `n` one of `these`, where there are any; else any agent. */
function preferred(model: Model, n: number, these: readonly { agent: bigint }[] = [], shift = 0): bigint {
  const chosen = n > 3 ? these[(n + shift) % these.length] : undefined;
  return chosen?.agent ?? agentAt(model, n);
}

/** The cluster of a step (undefined while there is none) and who calls. */
function pickCluster({ model, owners }: Play, step: { by: number; cluster: number }) {
  const index = step.cluster % Math.max(1, model.clusters.length);
  const cluster = model.clusters[index];
  const caller = step.by > 2 && cluster ? cluster.owner : account(owners, step.by);
  return { id: BigInt(index + 1), cluster, caller };
}

/** The mask that stands for "the task before". */
function maskOfDefault(task: number): number {
  return task === 0 ? 0 : 1 << (task - 1);
}

function isSlugTaken(model: Model, slug: string): boolean {
  return model.clusters.some((cluster) => cluster.slug === slug);
}

function refusalOfEdit(cluster: ClusterRecord | undefined, caller: Address): string | undefined {
  if (!cluster) return "ClusterUnknown";
  return cluster.owner === caller ? undefined : "ClusterNotOwned";
}

function refusalOfTasks(model: Model, tasks: readonly { agent: bigint }[]): string | undefined {
  if (tasks.length === 0) return "ClusterWithoutTasks";
  return tasks.every(({ agent }) => recordOf(model, agent).onModel) ? undefined : "ClusterAgentWithoutModel";
}

/** Why a build in one call is refused, in the order in which the blueprint is read. */
function refusalOfBuild(
  model: Model,
  owner: Address,
  slug: string,
  members: readonly { agent: bigint; name: string }[],
  tasks: readonly { name: string; agent: bigint }[],
): string | undefined {
  if (isSlugTaken(model, slug)) return "ClusterSlugTaken";
  for (const [i, { agent, name }] of members.entries()) {
    const before = members.slice(0, i);
    if (before.some((member) => member.name === name)) return "ClusterNameTaken";
    if (recordOf(model, agent).owner !== owner) return "ClusterAgentNotOwned";
    if (clusterOf(model, agent) !== 0n || before.some((member) => member.agent === agent))
      return "ClusterAgentTaken";
  }
  for (const [i, { agent, name }] of tasks.entries()) {
    if (tasks.slice(0, i).some((task) => task.name === name)) return "ClusterNameTaken";
    if (!members.some((member) => member.agent === agent)) return "ClusterAgentMissing";
  }
  return refusalOfTasks(model, tasks);
}

async function errorOf(call: Promise<Hash>): Promise<string | undefined> {
  return (await refusalOf(call))?.error;
}
