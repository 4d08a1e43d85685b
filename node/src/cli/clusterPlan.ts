import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { getDraft } from "@pleiad/sdk/actions/getDraft";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import type {
  Blueprint,
  BlueprintAgent,
  BlueprintModel,
  BlueprintTask,
} from "@pleiad/sdk/blueprint/blueprint";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Cluster, Draft, DraftTask } from "@pleiad/sdk/types/cluster";
import type { Model, ModelTerms } from "@pleiad/sdk/types/model";
import type { Version } from "@pleiad/sdk/types/version";
import type { ChainContext } from "./context.ts";
import { durationText, ether, listed } from "./text/amounts.ts";

/** The model that an agent shall be on: registered, or one of the file's that is registered on the way. */
export type ModelRef = { readonly id: bigint } | { readonly name: string };

/** One transaction of a plan. */
export type Step =
  | { readonly kind: "registerModel"; readonly name: string; readonly terms: ModelTerms }
  | { readonly kind: "setTerms"; readonly model: bigint; readonly terms: ModelTerms }
  | { readonly kind: "registerAgent"; readonly agent: BlueprintAgent; readonly model: ModelRef }
  | { readonly kind: "setAgentModel"; readonly agent: bigint; readonly model: ModelRef }
  | { readonly kind: "addAgent"; readonly agent: BlueprintAgent }
  | { readonly kind: "addTask"; readonly task: BlueprintTask }
  | { readonly kind: "create" }
  | { readonly kind: "publish" };

/** A line of the diff: what is added, changed, or cannot be. */
export interface DiffLine {
  readonly sign: "+" | "~" | "!";
  readonly text: string;
}

/** What it takes to make the chain what a file says. */
export interface ClusterPlan {
  readonly blueprint: Blueprint;
  /** The cluster that has the slug; undefined where it is to be created. */
  readonly cluster: Cluster | undefined;
  readonly lines: readonly DiffLine[];
  /** In the order in which they are sent; empty where the chain is what the file says. */
  readonly steps: readonly Step[];
  /** Ids of agents that are known already, by name. */
  readonly agentIds: ReadonlyMap<string, bigint>;
  /** What a run of the new version will cost. */
  readonly quoteWei: bigint;
}

/** What is on the chain already, as far as the file names it. */
interface Present {
  readonly cluster: Cluster | undefined;
  readonly draft: Draft | undefined;
  readonly version: Version | undefined;
  /** Models by id. */
  readonly models: ReadonlyMap<bigint, Model>;
  /** Models of the file that have an id, or that an agent of the cluster is on under that name. */
  readonly modelIds: ReadonlyMap<string, bigint>;
  readonly agentIds: ReadonlyMap<string, bigint>;
  /** The model of each agent that is registered. */
  readonly modelOfAgent: ReadonlyMap<bigint, bigint>;
}

/**
 * Compares a file with the chain.
 *
 * @throws ContractError MODEL_UNKNOWN, AGENT_UNKNOWN for ids that are not registered; the RPC errors. What the
 * contracts cannot change is a line with "!" in the answer.
 */
export async function planCluster(chain: ChainContext, blueprint: Blueprint): Promise<ClusterPlan> {
  const present = await readPresent(chain, blueprint);
  const lines: DiffLine[] = [];
  const steps: Step[] = [];
  planModels(blueprint, present, lines, steps);
  planAgents(blueprint, present, lines, steps);
  planTasks(blueprint, present, lines, steps);
  planVersion(blueprint, present, lines, steps);
  const quoteWei = quoteOf(blueprint, present);
  return { blueprint, cluster: present.cluster, lines, steps, agentIds: present.agentIds, quoteWei };
}

async function readPresent(chain: ChainContext, blueprint: Blueprint): Promise<Present> {
  const { client, deployment } = chain;
  const cluster = await clusterOf(chain, blueprint.slug);
  const draft =
    cluster === undefined ? undefined : await getDraft(client, { deployment, cluster: cluster.cluster });
  const hasVersion = cluster !== undefined && cluster.versions > 0n;
  const version = hasVersion ? await getVersion(client, { deployment, cluster: cluster.cluster }) : undefined;
  const agentIds = new Map((draft?.agents ?? []).map(({ name, agent }) => [name, agent]));
  for (const { name, id } of blueprint.agents) if (id !== undefined) agentIds.set(name, id);
  const modelOfAgent = new Map<bigint, bigint>();
  for (const agent of agentIds.values()) {
    modelOfAgent.set(agent, (await getAgent(client, { deployment, agent })).model);
  }
  const named = blueprint.models.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const direct = blueprint.agents.flatMap(({ model }) => (typeof model === "bigint" ? [model] : []));
  const ids = new Set([...named, ...direct, ...modelOfAgent.values()].filter((id) => id !== 0n));
  const models = new Map<bigint, Model>();
  for (const model of ids) models.set(model, await getModel(client, { deployment, model }));
  const modelIds = modelIdsOf(blueprint, agentIds, modelOfAgent, models);
  return { cluster, draft, version, models, modelIds, agentIds, modelOfAgent };
}

async function clusterOf({ client, deployment }: ChainContext, slug: string): Promise<Cluster | undefined> {
  try {
    return await getCluster(client, { deployment, slug });
  } catch (error) {
    if (error instanceof PleiadError && error.code === "CLUSTER_SLUG_UNKNOWN") return undefined;
    throw error;
  }
}

/** A model without an id was registered by an earlier apply if an agent of the cluster is on one of that name. */
function modelIdsOf(
  blueprint: Blueprint,
  agentIds: ReadonlyMap<string, bigint>,
  modelOfAgent: ReadonlyMap<bigint, bigint>,
  models: ReadonlyMap<bigint, Model>,
): Map<string, bigint> {
  const ids = new Map<string, bigint>();
  for (const model of blueprint.models) if (model.id !== undefined) ids.set(model.name, model.id);
  for (const agent of blueprint.agents) {
    if (typeof agent.model !== "string" || ids.has(agent.model)) continue;
    const registered = modelOfAgent.get(agentIds.get(agent.name) ?? -1n);
    if (registered !== undefined && models.get(registered)?.name === agent.model)
      ids.set(agent.model, registered);
  }
  return ids;
}

function planModels(blueprint: Blueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  for (const { name, terms } of blueprint.models) {
    if (terms === undefined) continue;
    const id = present.modelIds.get(name);
    const found = id === undefined ? undefined : present.models.get(id);
    if (found === undefined) {
      lines.push({
        sign: "+",
        text: `model ${name} at ${ether(terms.priceWei)}, node's share ${percent(terms)}`,
      });
      steps.push({ kind: "registerModel", name, terms });
      continue;
    }
    const isSame =
      found.priceWei === terms.priceWei &&
      found.nodeShareBps === terms.nodeShareBps &&
      found.open === (terms.open ?? true);
    if (isSame) continue;
    const text = `model ${name}: ${ether(found.priceWei)}, ${percent(found)} → ${ether(terms.priceWei)}, ${percent(terms)}`;
    lines.push({ sign: "~", text });
    steps.push({ kind: "setTerms", model: found.model, terms });
  }
}

function planAgents(blueprint: Blueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  const { draft, agentIds, modelOfAgent } = present;
  for (const agent of blueprint.agents) {
    const id = agentIds.get(agent.name);
    const model = modelRef(agent, present);
    if (id === undefined) {
      // The file's own check demands a model of an agent that is to be registered.
      steps.push({ kind: "registerAgent", agent, model: model ?? { id: 0n } });
    } else if (model !== undefined && !("id" in model && model.id === modelOfAgent.get(id))) {
      lines.push({ sign: "~", text: `agent ${agent.name}: now on ${modelText(model, present)}` });
      steps.push({ kind: "setAgentModel", agent: id, model });
    }
    const member = draft?.agents.find(({ name }) => name === agent.name);
    if (member === undefined) {
      const on = model === undefined ? "" : ` on ${modelText(model, present)}`;
      lines.push({
        sign: "+",
        text: `agent ${agent.name}${on}${id === undefined ? ", to be registered" : ` (id ${id})`}`,
      });
      if (present.cluster !== undefined) steps.push({ kind: "addAgent", agent });
    } else {
      const changed = changedFields(agent, member, ["role", "goal", "backstory"]);
      if (agent.id !== undefined && agent.id !== member.agent) changed.push("id");
      if (changed.length > 0)
        lines.push({ sign: "!", text: `agent ${agent.name}: another ${listed(changed)}` });
    }
  }
  for (const { name } of draft?.agents ?? []) {
    if (!blueprint.agents.some((agent) => agent.name === name)) {
      lines.push({ sign: "!", text: `agent ${name}: no longer in the file` });
    }
  }
}

function planTasks(blueprint: Blueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  const before = present.draft?.tasks ?? [];
  for (const [index, task] of blueprint.tasks.entries()) {
    const found = before[index];
    if (found === undefined) {
      const after = task.dependsOn.map((other) => blueprint.tasks[other]?.name ?? "");
      const text = `task ${task.name}: ${task.agent}${after.length === 0 ? "" : `, after ${listed(after)}`}`;
      lines.push({ sign: "+", text });
      if (present.cluster !== undefined) steps.push({ kind: "addTask", task });
      continue;
    }
    const changed = taskChanges(task, found, present.draft);
    if (changed.length > 0) lines.push({ sign: "!", text: `task ${found.name}: another ${listed(changed)}` });
  }
  for (const { name } of before.slice(blueprint.tasks.length)) {
    lines.push({ sign: "!", text: `task ${name}: no longer in the file` });
  }
}

function taskChanges(task: BlueprintTask, found: DraftTask, draft: Draft | undefined): string[] {
  const changed = changedFields(task, found, ["name", "prompt", "tool"]);
  const agent = draft?.agents.find((member) => member.agent === found.agent)?.name;
  if (agent !== task.agent) changed.push("agent");
  if (task.dependsOn.join() !== found.dependsOn.join()) changed.push("dependsOn");
  return changed;
}

function planVersion(blueprint: Blueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  const { cluster, version } = present;
  const { feeWei, windowSeconds } = blueprint;
  const terms = `window ${durationText(windowSeconds)}, fee ${ether(feeWei)}`;
  if (cluster === undefined) {
    lines.push({ sign: "+", text: `version 1: ${terms}` });
    steps.push({ kind: "create" });
    return;
  }
  for (const field of changedFields(blueprint, cluster, ["name", "description"])) {
    lines.push({ sign: "!", text: `cluster ${blueprint.slug}: another ${field}` });
  }
  const isPending = steps.length > 0 || version === undefined || !isPublished(present, version);
  if (version !== undefined) {
    if (version.feeWei !== feeWei)
      lines.push({ sign: "~", text: `fee: ${ether(version.feeWei)} → ${ether(feeWei)}` });
    if (version.windowSeconds !== windowSeconds) {
      const text = `window: ${durationText(version.windowSeconds)} → ${durationText(windowSeconds)}`;
      lines.push({ sign: "~", text });
    }
    lines.push(...repriced(present, version));
    if (!isPending && version.feeWei === feeWei && version.windowSeconds === windowSeconds) return;
  }
  lines.push({ sign: "+", text: `version ${cluster.versions + 1n}: ${terms}` });
  steps.push({ kind: "publish" });
}

/** Whether the newest version holds the whole draft, with the models and prices of now. */
function isPublished(present: Present, version: Version): boolean {
  const { draft } = present;
  if (draft === undefined || repriced(present, version).length > 0) return false;
  return draft.tasks.length === version.tasks.length && draft.agents.length === version.agents.length;
}

/** Tasks whose price a new version would pin anew, as their model's owner changed it since. */
function repriced({ models, modelOfAgent }: Present, version: Version): DiffLine[] {
  return version.tasks.flatMap((task) => {
    const agent = version.agents[task.agentIndex]?.agent;
    const now = models.get(modelOfAgent.get(agent ?? -1n) ?? -1n);
    if (now === undefined) return [];
    const isSame = now.model === task.model && now.priceWei === task.priceWei;
    if (isSame && now.nodeShareBps === task.nodeShareBps) return [];
    const text = `task ${task.name}: ${ether(task.priceWei)}, ${percent(task)} → ${ether(now.priceWei)}, ${percent(now)}`;
    return [{ sign: "~", text } as const];
  });
}

function quoteOf(blueprint: Blueprint, present: Present): bigint {
  const priceOf = (name: string): bigint => {
    const agent = blueprint.agents.find((one) => one.name === name);
    if (agent === undefined) return 0n;
    const ref = modelRef(agent, present) ?? {
      id: present.modelOfAgent.get(present.agentIds.get(name) ?? -1n) ?? 0n,
    };
    const own = modelNamed(blueprint, typeof agent.model === "string" ? agent.model : "");
    if (own?.terms !== undefined) return own.terms.priceWei;
    return "id" in ref ? (present.models.get(ref.id)?.priceWei ?? 0n) : 0n;
  };
  return blueprint.tasks.reduce((sum, task) => sum + priceOf(task.agent), blueprint.feeWei);
}

function modelNamed(blueprint: Blueprint, name: string): BlueprintModel | undefined {
  return blueprint.models.find((model) => model.name === name);
}

function modelRef({ model }: BlueprintAgent, { modelIds }: Present): ModelRef | undefined {
  if (model === undefined) return undefined;
  if (typeof model === "bigint") return { id: model };
  const id = modelIds.get(model);
  return id === undefined ? { name: model } : { id };
}

function modelText(ref: ModelRef, { models }: Present): string {
  if ("name" in ref) return `model ${ref.name}`;
  const name = models.get(ref.id)?.name;
  return `model ${ref.id}${name === undefined ? "" : ` (${name})`}`;
}

function percent({ nodeShareBps }: Pick<ModelTerms, "nodeShareBps">): string {
  return `${nodeShareBps / 100} %`;
}

function changedFields<T extends string>(
  wanted: Readonly<Record<T, string | undefined>>,
  found: Readonly<Record<T, string | undefined>>,
  fields: readonly T[],
): string[] {
  return fields.filter((field) => (wanted[field] ?? "") !== (found[field] ?? ""));
}
