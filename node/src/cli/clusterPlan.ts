import type {
  Blueprint,
  BlueprintAgent,
  BlueprintModel,
  BlueprintTask,
  PricedBlueprint,
} from "@pleiad/sdk/blueprint/blueprint";
import { type KeyPath, pathText } from "@pleiad/sdk/blueprint/mistake";
import { resolveFee } from "@pleiad/sdk/blueprint/resolveFee";
import { resolvePrices } from "@pleiad/sdk/blueprint/resolvePrices";
import { PleiadError } from "@pleiad/sdk/errors";
import { contractError } from "@pleiad/sdk/errors/contractError";
import type { Cluster, Draft, DraftTask } from "@pleiad/sdk/types/cluster";
import type { ModelTerms } from "@pleiad/sdk/types/model";
import type { Version } from "@pleiad/sdk/types/version";
import { type Address, zeroAddress } from "viem";
import { type Present, readPresent } from "./clusterPresent.ts";
import type { ChainContext } from "./context.ts";
import { amountText, type Currency } from "./currencies.ts";
import { durationText, listed } from "./text/amounts.ts";

/** The model that an agent shall be on: registered, or one of the file's that is registered on the way. */
export type ModelRef = { readonly id: bigint } | { readonly name: string };

/** One transaction of a plan. */
export type Step =
  | { readonly kind: "registerModel"; readonly name: string; readonly terms: ModelTerms }
  | { readonly kind: "setTerms"; readonly model: bigint; readonly terms: ModelTerms }
  | { readonly kind: "registerAgent"; readonly agent: BlueprintAgent; readonly model: ModelRef }
  | { readonly kind: "setAgentModel"; readonly agent: bigint; readonly model: ModelRef }
  | { readonly kind: "describe" }
  | { readonly kind: "setInputs" }
  | { readonly kind: "addAgent"; readonly agent: BlueprintAgent }
  | { readonly kind: "replaceAgent"; readonly agent: BlueprintAgent }
  | { readonly kind: "removeAgent"; readonly name: string; readonly agent: bigint }
  | { readonly kind: "addTask"; readonly task: BlueprintTask }
  | { readonly kind: "replaceTask"; readonly index: number; readonly task: BlueprintTask }
  | { readonly kind: "removeTask"; readonly index: number; readonly name: string }
  | { readonly kind: "create" }
  | { readonly kind: "publish" };

/** A line of the diff: what is added, changed, taken out. */
export interface DiffLine {
  readonly sign: "+" | "~" | "-";
  readonly text: string;
}

/** What it takes to make the chain what a file says. */
export interface ClusterPlan {
  readonly blueprint: PricedBlueprint;
  /** The cluster that has the slug; undefined where it is to be created. */
  readonly cluster: Cluster | undefined;
  readonly lines: readonly DiffLine[];
  /** In the order in which they are sent; empty where the chain is what the file says. */
  readonly steps: readonly Step[];
  /** Ids of agents that are known already, by name. */
  readonly agentIds: ReadonlyMap<string, bigint>;
  /** What a run of the new version will cost, at the prices of now. */
  readonly quoteWei: bigint;
  /** What it is counted in: the currency of the models. */
  readonly currency: Currency;
  /** What it was compared with. */
  readonly present: Present;
}

/**
 * Compares a file with the chain.
 *
 * @param placeOf Where a key stands in the file, for mistakes that only the chain shows.
 * @throws ContractError MODEL_UNKNOWN, AGENT_UNKNOWN for ids that are not registered, CLUSTER_CURRENCIES_DIFFER; PleiadError
 * BLUEPRINT_FEE_UNIT; the RPC errors.
 */
export async function planCluster(
  chain: ChainContext,
  file: Blueprint,
  placeOf: (path: KeyPath) => string = pathText,
): Promise<ClusterPlan> {
  const present = await readPresent(chain, file);
  const priced = resolvePrices(file, (token) => present.currency(token).decimals);
  const currency = currencyOfModels(priced, present, placeOf);
  const blueprint = resolveFee(priced, currency);
  const lines: DiffLine[] = [];
  const steps: Step[] = [];
  planModels(blueprint, present, lines, steps);
  planTexts(blueprint, present, lines, steps);
  planAgents(blueprint, present, lines, steps);
  planTasks(blueprint, present, lines, steps);
  planVersion(blueprint, present, currency, lines, steps);
  const quoteWei = quoteOf(blueprint, present);
  return {
    blueprint,
    cluster: present.cluster,
    lines,
    steps,
    agentIds: present.agentIds,
    quoteWei,
    currency,
    present,
  };
}

function planModels(blueprint: PricedBlueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  for (const { name, terms } of blueprint.models) {
    if (terms === undefined) continue;
    const id = present.modelIds.get(name);
    const found = id === undefined ? undefined : present.models.get(id);
    if (found === undefined) {
      lines.push({
        sign: "+",
        text: `model ${name} at ${termsPrice(terms, present)}, node's share ${percent(terms)}`,
      });
      steps.push({ kind: "registerModel", name, terms });
      continue;
    }
    const isSame =
      found.priceWei === terms.priceWei &&
      found.currency === (terms.currency ?? zeroAddress) &&
      found.nodeShareBps === terms.nodeShareBps &&
      found.open === (terms.open ?? true);
    if (isSame) continue;
    const before = amountText(found.priceWei, present.currency(found.currency));
    const text = `model ${found.model} (${name}): ${before}, ${percent(found)} → ${termsPrice(terms, present)}, ${percent(terms)}`;
    lines.push({ sign: "~", text });
    steps.push({ kind: "setTerms", model: found.model, terms });
  }
}

function planTexts(blueprint: PricedBlueprint, { cluster }: Present, lines: DiffLine[], steps: Step[]): void {
  if (cluster === undefined) return;
  const changed = changedFields(blueprint, cluster, ["name", "description"]);
  for (const field of changed) lines.push({ sign: "~", text: `cluster ${blueprint.slug}: another ${field}` });
  if (changed.length > 0) steps.push({ kind: "describe" });
  if (blueprint.inputs.join() === cluster.inputs.join()) return;
  const text = `inputs: ${listed(cluster.inputs) || "one text"} → ${listed(blueprint.inputs) || "one text"}`;
  lines.push({ sign: "~", text });
  steps.push({ kind: "setInputs" });
}

function planAgents(blueprint: PricedBlueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  const { draft, agentIds, modelOfAgent } = present;
  // Who leaves goes first: that frees names and places.
  for (const { name, agent } of draft?.agents ?? []) {
    const wanted = blueprint.agents.find((one) => one.name === name);
    if (wanted !== undefined && (wanted.id ?? agent) === agent) continue;
    const why = wanted === undefined ? "no longer in the file" : "another in its place";
    lines.push({ sign: "-", text: `agent ${name} (id ${agent}): ${why}` });
    steps.push({ kind: "removeAgent", name, agent });
  }
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
    const member = draft?.agents.find((one) => one.name === agent.name && one.agent === id);
    if (member === undefined) {
      const on = model === undefined ? "" : ` on ${modelText(model, present)}`;
      lines.push({
        sign: "+",
        text: `agent ${agent.name}${on}${id === undefined ? ", to be registered" : ` (id ${id})`}`,
      });
      if (present.cluster !== undefined) steps.push({ kind: "addAgent", agent });
      continue;
    }
    const changed = changedFields(agent, member, ["role", "goal", "backstory", "tokensMax", "temperature"]);
    if (changed.length === 0) continue;
    lines.push({ sign: "~", text: `agent ${agent.name}: another ${listed(changed)}` });
    steps.push({ kind: "replaceAgent", agent });
  }
}

/**
 * Tasks are kept as far as their names agree with the file's from the first on; one that has a new name in its old place
 * is replaced. From the first other one on they are taken out, the last first, and added anew: so no task ever depends on a
 * later one, and no name is there twice.
 */
function planTasks(blueprint: PricedBlueprint, present: Present, lines: DiffLine[], steps: Step[]): void {
  const before = present.draft?.tasks ?? [];
  const kept = keptTasks(blueprint, before);
  for (const { name, task } of before.slice(kept).reverse()) {
    const isMoved = blueprint.tasks.some((one) => one.name === name);
    lines.push({ sign: "-", text: `task ${name}: ${isMoved ? "another place" : "no longer in the file"}` });
    steps.push({ kind: "removeTask", index: task, name });
  }
  for (const [index, task] of blueprint.tasks.entries()) {
    const found = index < kept ? before[index] : undefined;
    if (found === undefined) {
      const after = task.dependsOn.map((other) => blueprint.tasks[other]?.name ?? "");
      const text = `task ${task.name}: ${task.agent}${after.length === 0 ? "" : `, after ${listed(after)}`}`;
      lines.push({ sign: "+", text });
      if (present.cluster !== undefined) steps.push({ kind: "addTask", task });
      continue;
    }
    const changed = taskChanges(task, found, present);
    if (changed.length === 0) continue;
    lines.push({ sign: "~", text: `task ${found.name}: another ${listed(changed)}` });
    steps.push({ kind: "replaceTask", index, task });
  }
}

/** How many tasks of the draft, from the first on, can stay where they are. */
function keptTasks({ tasks }: Blueprint, before: readonly DraftTask[]): number {
  const isWanted = (name: string) => tasks.some((task) => task.name === name);
  const isThere = (name: string) => before.some((task) => task.name === name);
  const other = before.findIndex(({ name }, index) => {
    const wanted = tasks[index]?.name;
    if (wanted === undefined) return true;
    return wanted !== name && (isWanted(name) || isThere(wanted));
  });
  return other === -1 ? before.length : other;
}

function taskChanges(task: BlueprintTask, found: DraftTask, { agentIds }: Present): string[] {
  const changed = changedFields(task, found, ["name", "prompt", "tool", "toolArguments", "quorum"]);
  if (!found.isAgentMember || agentIds.get(task.agent) !== found.agent) changed.push("agent");
  if (task.dependsOn.join() !== found.dependsOn.join()) changed.push("dependsOn");
  return changed;
}

function planVersion(
  blueprint: PricedBlueprint,
  present: Present,
  currency: Currency,
  lines: DiffLine[],
  steps: Step[],
): void {
  const { cluster, version } = present;
  const { feeWei, windowSeconds, attempts } = blueprint;
  const terms = `window ${durationText(windowSeconds)}, fee ${amountText(feeWei, currency)}`;
  if (cluster === undefined) {
    lines.push({ sign: "+", text: `version 1: ${terms}` });
    steps.push({ kind: "create" });
    return;
  }
  const isPending = steps.length > 0 || version === undefined || !isPublished(present, version);
  if (version !== undefined) {
    if (version.feeWei !== feeWei) {
      const before = amountText(version.feeWei, present.currency(version.currency));
      lines.push({ sign: "~", text: `fee: ${before} → ${amountText(feeWei, currency)}` });
    }
    if (version.windowSeconds !== windowSeconds) {
      const text = `window: ${durationText(version.windowSeconds)} → ${durationText(windowSeconds)}`;
      lines.push({ sign: "~", text });
    }
    if (version.attempts !== attempts) {
      lines.push({ sign: "~", text: `attempts: ${version.attempts} → ${attempts}` });
    }
    lines.push(...repriced(present, version));
    const isSame =
      version.feeWei === feeWei && version.windowSeconds === windowSeconds && version.attempts === attempts;
    if (!isPending && isSame) return;
  }
  lines.push({ sign: "+", text: `version ${cluster.versions + 1n}: ${terms}` });
  steps.push({ kind: "publish" });
}

/** Whether the newest version holds the whole draft, with the models and prices of now. */
function isPublished(present: Present, version: Version): boolean {
  const { draft } = present;
  if (draft === undefined || repriced(present, version).length > 0) return false;
  return shown(draft, draft.tasks) === shown(version, tasksOf(version));
}

/** A version's tasks as a draft has them: by the agent's id. */
function tasksOf(version: Version): readonly Omit<DraftTask, "isAgentMember">[] {
  return version.tasks.map((task) => ({ ...task, agent: version.agents[task.agentIndex]?.agent ?? 0n }));
}

/** Everything that an edit can change, as one text to compare. */
function shown(
  { name, description, inputs, agents }: Draft | Version,
  tasks: readonly Omit<DraftTask, "isAgentMember">[],
): string {
  const members = agents.map((agent) => [
    String(agent.agent),
    agent.name,
    agent.role,
    agent.goal,
    agent.backstory,
    agent.tokensMax ?? null,
    agent.temperature ?? null,
  ]);
  const steps = tasks.map((task) => [
    String(task.agent),
    task.name,
    task.prompt,
    task.tool,
    task.toolArguments,
    task.dependsOn,
    task.quorum,
  ]);
  return JSON.stringify([name, description, inputs, members, steps]);
}

/** Tasks whose price a new version would pin anew, as their model's owner changed it since. */
function repriced({ models, modelOfAgent, currency }: Present, version: Version): DiffLine[] {
  const before = currency(version.currency);
  return version.tasks.flatMap((task) => {
    const agent = version.agents[task.agentIndex]?.agent;
    const now = models.get(modelOfAgent.get(agent ?? -1n) ?? -1n);
    if (now === undefined) return [];
    const isSame = now.model === task.model && now.priceWei === task.priceWei;
    if (isSame && now.currency === version.currency && now.nodeShareBps === task.nodeShareBps) return [];
    const [was, is] = [amountText(task.priceWei, before), amountText(now.priceWei, currency(now.currency))];
    const text = `task ${task.name}: ${was}, ${percent(task)} → ${is}, ${percent(now)}`;
    return [{ sign: "~", text } as const];
  });
}

/** What an answer of an agent will cost. */
interface Price {
  readonly priceWei: bigint;
  readonly currency: Address;
}

function priceOf(name: string, blueprint: PricedBlueprint, present: Present): Price | undefined {
  const agent = blueprint.agents.find((one) => one.name === name);
  if (agent === undefined) return undefined;
  const own = modelNamed(blueprint, typeof agent.model === "string" ? agent.model : "");
  if (own?.terms !== undefined)
    return { priceWei: own.terms.priceWei, currency: own.terms.currency ?? zeroAddress };
  const ref = modelRef(agent, present) ?? {
    id: present.modelOfAgent.get(present.agentIds.get(name) ?? -1n) ?? 0n,
  };
  return "id" in ref ? present.models.get(ref.id) : undefined;
}

function quoteOf(blueprint: PricedBlueprint, present: Present): bigint {
  const prices = blueprint.tasks.map(({ agent }) => priceOf(agent, blueprint, present)?.priceWei ?? 0n);
  return prices.reduce((sum, priceWei) => sum + priceWei, blueprint.feeWei);
}

/**
 * The one currency of all tasks' models: the contract refuses two.
 *
 * @throws PleiadError CLUSTER_CURRENCIES_DIFFER with the place of the first task that differs
 */
function currencyOfModels(
  blueprint: PricedBlueprint,
  present: Present,
  placeOf: (path: KeyPath) => string,
): Currency {
  const prices = blueprint.tasks.map(({ agent }) => priceOf(agent, blueprint, present)?.currency);
  const known = prices.findIndex((currency) => currency !== undefined);
  const first = prices[known] ?? zeroAddress;
  const other = prices.findIndex((currency) => currency !== undefined && currency !== first);
  if (other === -1) return present.currency(first);
  const { code, hint = "", details } = contractError("ClusterCurrenciesDiffer", [first, prices[other]]);
  const [one, two] = [blueprint.tasks[known]?.name, blueprint.tasks[other]?.name];
  const textOf = (address: Address | undefined) =>
    address === zeroAddress ? "the chain's own currency" : `${address}`;
  throw new PleiadError(
    `${placeOf(["tasks", other, "agent"])}: task ${two} would be paid in ${textOf(prices[other])}, task ${one} in ${textOf(first)}; a version has one currency`,
    { code, hint, details },
  );
}

/** What an answer of a model costs on a file's terms. */
function termsPrice({ priceWei, currency = zeroAddress }: ModelTerms, present: Present): string {
  return amountText(priceWei, present.currency(currency));
}

function modelNamed(blueprint: PricedBlueprint, name: string): BlueprintModel<ModelTerms> | undefined {
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
  wanted: Readonly<Partial<Record<T, string | number | undefined>>>,
  found: Readonly<Partial<Record<T, string | number | undefined>>>,
  fields: readonly T[],
): string[] {
  return fields.filter((field) => (wanted[field] ?? "") !== (found[field] ?? ""));
}
