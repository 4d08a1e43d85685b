import { expect } from "chai";
import { type Address, type Hash, type Hex, hexToBytes, parseEventLogs, slice } from "viem";
import {
  agentEntry,
  INDEPENDENT,
  PUBLISH_TERMS,
  type Registries,
  refusalOf,
  taskEntry,
} from "../fixtures/registries.ts";
import { decodeVersion } from "./decodeVersion.ts";

/**
 * What somebody tries. Numbers pick from what there is. `by` from 0 to 2 is that owner, more is whoever owns the
 * cluster; high numbers for agents prefer those with which the call goes through.
 */
export type Step =
  | { do: "create"; by: number; slug: number }
  | { do: "addAgent"; by: number; cluster: number; agent: number; name: number }
  | { do: "addTask"; by: number; cluster: number; agent: number; name: number; dependsOn: number }
  | { do: "removeAgent"; by: number; cluster: number; agent: number }
  | { do: "replaceAgent"; by: number; cluster: number; agent: number; name: number }
  | {
      do: "replaceTask";
      by: number;
      cluster: number;
      task: number;
      agent: number;
      name: number;
      dependsOn: number;
    }
  | { do: "removeTask"; by: number; cluster: number; task: number }
  | { do: "reorderTasks"; by: number; cluster: number; first: number }
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
    case "removeAgent":
      return removeAgent(game, step);
    case "replaceAgent":
      return replaceAgent(game, step);
    case "replaceTask":
      return replaceTask(game, step);
    case "removeTask":
      return removeTask(game, step);
    case "reorderTasks":
      return reorderTasks(game, step);
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
  ).to.deep.equal(cluster.tasks.map((task, i) => ({ ...task, dependsOn: shownMask(task.dependsOn, i) })));
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

async function removeAgent(game: Play, step: Step & { do: "removeAgent" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const agent = preferred(model, step.agent, cluster?.members);
  let expected: string | undefined;
  if (!cluster) expected = "ClusterUnknown";
  else if (clusterOf(model, agent) !== id) expected = "ClusterAgentNotMember";
  else if (cluster.owner !== caller && recordOf(model, agent).owner !== caller) expected = "ClusterNotOwned";
  else cluster.members = cluster.members.filter((member) => member.agent !== agent);
  return { expected, got: await errorOf(world.clusters.write.removeAgent([id, agent], { account: caller })) };
}

async function replaceAgent(game: Play, step: Step & { do: "replaceAgent" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const [agent, name] = [preferred(model, step.agent, cluster?.members), nameOf(step.name)];
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    const member = cluster.members.find((one) => one.agent === agent);
    if (!member) expected = "ClusterAgentNotMember";
    else if (cluster.members.some((one) => one !== member && one.name === name))
      expected = "ClusterNameTaken";
    else member.name = name;
  }
  const call = world.clusters.write.replaceAgent([id, agentEntry(agent, name)], { account: caller });
  return { expected, got: await errorOf(call) };
}

async function replaceTask(game: Play, step: Step & { do: "replaceTask" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const [agent, name] = [preferred(model, step.agent, cluster?.members), nameOf(step.name)];
  const index = step.task % (1 + (cluster?.tasks.length ?? 0));
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    if (index >= cluster.tasks.length) expected = "ClusterTaskUnknown";
    else if (cluster.tasks.some((task, i) => i !== index && task.name === name))
      expected = "ClusterNameTaken";
    else if (clusterOf(model, agent) !== id) expected = "ClusterAgentMissing";
    else if (step.dependsOn >> index !== 0) expected = "ClusterDependencyNotEarlier";
    else cluster.tasks[index] = { name, agent, dependsOn: step.dependsOn || maskOfDefault(index) };
  }
  const entry = taskEntry(name, agent, { dependsOn: step.dependsOn });
  const call = world.clusters.write.replaceTask([id, BigInt(index), entry], { account: caller });
  return { expected, got: await errorOf(call) };
}

async function removeTask(game: Play, step: Step & { do: "removeTask" }): Promise<Outcome> {
  const { id, cluster, caller } = pickCluster(game, step);
  const index = step.task % (1 + (cluster?.tasks.length ?? 0));
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    if (index >= cluster.tasks.length) expected = "ClusterTaskUnknown";
    else cluster.tasks = withoutTask(cluster.tasks, index);
  }
  const call = game.world.clusters.write.removeTask([id, BigInt(index)], { account: caller });
  return { expected, got: await errorOf(call) };
}

async function reorderTasks(game: Play, step: Step & { do: "reorderTasks" }): Promise<Outcome> {
  const { id, cluster, caller } = pickCluster(game, step);
  const tasks = cluster?.tasks ?? [];
  // One of them comes to the front.
  const first = step.first % Math.max(1, tasks.length);
  const order = tasks.length === 0 ? [] : [first, ...tasks.keys()].filter((n, i) => i === 0 || n !== first);
  let expected = refusalOfEdit(cluster, caller);
  if (!expected && cluster) {
    const reordered = inOrder(tasks, order);
    if (reordered.some(({ dependsOn }, i) => dependsOn >> i !== 0)) expected = "ClusterDependencyNotEarlier";
    else cluster.tasks = reordered;
  }
  const call = game.world.clusters.write.reorderTasks([id, order], { account: caller });
  return { expected, got: await errorOf(call) };
}

/** Tasks with one taken out, which those that depended on it inherit from. */
function withoutTask<T extends { dependsOn: number }>(tasks: readonly T[], index: number): T[] {
  const indices = (mask: number) => [...tasks.keys()].filter((i) => (mask >> i) & 1);
  return tasks.toSpliced(index, 1).map((task) => {
    const on = new Set(indices(task.dependsOn));
    if (on.delete(index)) for (const i of indices(tasks[index]?.dependsOn ?? 0)) on.add(i);
    const dependsOn = [...on].reduce((mask, i) => mask | (1 << (i > index ? i - 1 : i)), 0);
    return { ...task, dependsOn };
  });
}

/** Tasks in another order: the i-th is the one that was `order[i]`. */
function inOrder<T extends { dependsOn: number }>(tasks: readonly T[], order: readonly number[]): T[] {
  return order.map((from) => {
    const task = tasks[from] as T;
    const on = order.flatMap((old, place) => ((task.dependsOn >> old) & 1 ? [place] : []));
    return { ...task, dependsOn: on.reduce((mask, place) => mask | (1 << place), 0) };
  });
}

/** A mask as `draftOf` shows it. */
function shownMask(mask: number, task: number): number {
  return mask === 0 && task > 0 ? INDEPENDENT : mask;
}

/** C18: members and tasks of every draft from the log, and the texts that it names, alone. */
export async function compareWithLog({ world, model }: Play): Promise<void> {
  const { clusters, client } = world;
  const logs = await client.getLogs({ address: clusters.address, fromBlock: 0n });
  const drafts = new Map<bigint, { members: ClusterRecord["members"]; tasks: ClusterRecord["tasks"] }>();
  const created = new Map<string, bigint>();
  const nameIn = async (text: Address): Promise<string> => {
    const code = hexToBytes((await client.getCode({ address: text })) ?? "0x");
    return new TextDecoder().decode(code.slice(3, 3 + (((code[1] ?? 0) << 8) | (code[2] ?? 0))));
  };
  for (const log of parseEventLogs({ abi: clusters.abi, logs })) {
    if (!("cluster" in log.args)) continue;
    const draft = drafts.get(log.args.cluster) ?? { members: [], tasks: [] };
    drafts.set(log.args.cluster, draft);
    switch (log.eventName) {
      case "ClusterCreated":
        created.set(log.transactionHash, log.args.cluster);
        break;
      case "AgentAddedToCluster":
        draft.members.push({ agent: log.args.agent, name: log.args.name });
        break;
      case "AgentPersonaSet": {
        const { agent, text } = log.args;
        const member = draft.members.find((one) => one.agent === agent);
        if (member) member.name = await nameIn(text);
        break;
      }
      case "AgentRemovedFromCluster": {
        const { agent } = log.args;
        draft.members = draft.members.filter((one) => one.agent !== agent);
        break;
      }
      case "TaskAddedToCluster":
      case "TaskReplacedInCluster": {
        const { task, agent, dependsOn, text } = log.args;
        draft.tasks[Number(task)] = { name: await nameIn(text), agent, dependsOn };
        break;
      }
      case "TaskRemovedFromCluster":
        draft.tasks = withoutTask(draft.tasks, Number(log.args.task));
        break;
      case "TasksReordered":
        draft.tasks = inOrder(draft.tasks, log.args.order);
        break;
      case "VersionPublished": {
        // Built in one call: the draft is what the version's code says.
        if (created.get(log.transactionHash) !== log.args.cluster) break;
        const code = (await client.getCode({ address: log.args.code })) ?? "0x";
        const { agents, tasks } = decodeVersion(slice(code, 1));
        draft.tasks = tasks.map(({ name, agentIndex, dependsOn }) => {
          return { name, agent: agents[agentIndex]?.agent ?? -1n, dependsOn };
        });
        break;
      }
      default:
    }
  }
  for (const [i, { members, tasks }] of model.clusters.entries()) {
    expect(drafts.get(BigInt(i + 1)), `draft of ${i + 1} from the log`).to.deep.equal({ members, tasks });
  }
}

async function publish(game: Play, step: Step & { do: "publish" }): Promise<Outcome> {
  const { model, world } = game;
  const { id, cluster, caller } = pickCluster(game, step);
  const expected =
    refusalOfEdit(cluster, caller) ?? refusalOfTasks(model, cluster?.tasks ?? [], cluster?.members);
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
  if (from !== to) record.onModel = false;
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

/** What `publish` says of the first task that something is wrong with. */
function refusalOfTasks(
  model: Model,
  tasks: readonly { agent: bigint }[],
  members: readonly { agent: bigint }[] = [],
): string | undefined {
  if (tasks.length === 0) return "ClusterWithoutTasks";
  for (const { agent } of tasks) {
    if (!members.some((member) => member.agent === agent)) return "ClusterAgentMissing";
    if (!recordOf(model, agent).onModel) return "ClusterAgentWithoutModel";
  }
  return undefined;
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
  return refusalOfTasks(model, tasks, members);
}

async function errorOf(call: Promise<Hash>): Promise<string | undefined> {
  return (await refusalOf(call))?.error;
}
