import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import type { ClusterFile } from "@pleiad/sdk/blueprint/clusterSchema";
import { formatEther } from "viem";

/** An agent of a cluster that is being made. What people type stays as they typed it. */
export interface DraftAgent {
  readonly key: string;
  /** Of a registered agent, as digits; undefined for one that is to be registered. */
  readonly id: string | undefined;
  /** Id of its model as digits; empty while none is chosen. */
  readonly model: string;
  readonly name: string;
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
  readonly tokensMax: string;
  readonly temperature: string;
}

export interface DraftTask {
  readonly key: string;
  readonly name: string;
  /** Key of its agent; empty while none is chosen. */
  readonly agent: string;
  readonly prompt: string;
  readonly tool: string;
  readonly toolArguments: string;
  readonly quorum: string;
  /** Keys of the tasks whose answers it gets. */
  readonly dependsOn: readonly string[];
}

export interface Draft {
  readonly slug: string;
  /** Whether somebody chose the slug; until then it follows the name. */
  readonly hasOwnSlug: boolean;
  readonly name: string;
  readonly description: string;
  readonly fee: string;
  readonly windowSeconds: string;
  readonly attempts: string;
  readonly inputs: readonly string[];
  readonly agents: readonly DraftAgent[];
  readonly tasks: readonly DraftTask[];
}

let keys = 0;
function newKey(): string {
  keys += 1;
  return `k${keys}`;
}

export function newAgent(change: Partial<DraftAgent> = {}): DraftAgent {
  return {
    key: newKey(),
    id: undefined,
    model: "",
    name: "",
    role: "",
    goal: "",
    backstory: "",
    tokensMax: "",
    temperature: "",
    ...change,
  };
}

export function newTask(change: Partial<DraftTask> = {}): DraftTask {
  return {
    key: newKey(),
    name: "",
    agent: "",
    prompt: "",
    tool: "",
    toolArguments: "",
    quorum: "1",
    dependsOn: [],
    ...change,
  };
}

/** What somebody begins with: one agent and one task, to be filled in. @param model that the agent is on */
export function newDraft(model: string): Draft {
  const agent = newAgent({ name: "writer", model });
  return {
    slug: "",
    hasOwnSlug: false,
    name: "",
    description: "",
    fee: "0 ether",
    windowSeconds: "30",
    attempts: "3",
    inputs: [],
    agents: [agent],
    tasks: [newTask({ name: "write", agent: agent.key })],
  };
}

/** A slug for a name: what the contract takes, as near as it comes. */
export function slugFor(name: string): string {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "");
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 31)
    .replace(/^-+|-+$/g, "");
}

/** A name that none of these has: `writer`, `writer 2`. */
export function freeName(wished: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wished : `${wished} ${count}`;
    if (!taken.includes(name)) return name;
  }
}

/** Whether `task` would come to wait for itself if it waited for `on`. */
export function goesInCircle(tasks: readonly DraftTask[], task: string, on: string): boolean {
  const seen = new Set<string>();
  const waiting = [on];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (key === task) return true;
    if (seen.has(key)) continue;
    seen.add(key);
    waiting.push(...(tasks.find((one) => one.key === key)?.dependsOn ?? []));
  }
  return false;
}

/** Tasks with each behind those that it waits for, otherwise as they stand. */
export function inOrder(tasks: readonly DraftTask[]): readonly DraftTask[] {
  const ordered: DraftTask[] = [];
  const left = [...tasks];
  while (left.length > 0) {
    const at = left.findIndex(
      ({ dependsOn }) => !dependsOn.some((key) => left.some((one) => one.key === key)),
    );
    // There is no circle, as none can be drawn; what came from a file has none either.
    ordered.push(...left.splice(Math.max(0, at), 1));
  }
  return ordered;
}

/** How many tasks must be done before each, one behind the other: its column. */
export function depthOf(tasks: readonly DraftTask[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { key, dependsOn } of inOrder(tasks))
    depths.set(key, Math.max(0, ...dependsOn.map((on) => (depths.get(on) ?? -1) + 1)));
  return depths;
}

/** The draft as `cluster.yaml` says it, right or wrong: the SDK's reader says which. */
export function fileOf(draft: Draft): ClusterFile {
  const nameOf = (key: string) => draft.agents.find((agent) => agent.key === key)?.name ?? "";
  const tasks = inOrder(draft.tasks);
  return {
    slug: draft.slug,
    name: draft.name,
    description: textOr(draft.description),
    fee: isNothing(draft.fee) ? undefined : draft.fee.trim(),
    windowSeconds: numberIn(draft.windowSeconds),
    attempts: draft.attempts === "3" ? undefined : numberIn(draft.attempts),
    inputs: draft.inputs.length === 0 ? undefined : [...draft.inputs],
    agents: draft.agents.map((agent) => ({
      name: agent.name,
      id: agent.id === undefined ? undefined : numberIn(agent.id),
      model: agent.id !== undefined || agent.model === "" ? undefined : numberIn(agent.model),
      role: textOr(agent.role),
      goal: textOr(agent.goal),
      backstory: textOr(agent.backstory),
      tokensMax: agent.tokensMax === "" ? undefined : numberIn(agent.tokensMax),
      temperature: agent.temperature === "" ? undefined : numberIn(agent.temperature),
    })),
    tasks: tasks.map((task, index) => ({
      name: task.name,
      agent: nameOf(task.agent),
      prompt: task.prompt,
      tool: textOr(task.tool),
      toolArguments: textOr(task.toolArguments),
      quorum: task.quorum === "1" ? undefined : numberIn(task.quorum),
      dependsOn: dependenciesOf(task, tasks[index - 1], tasks),
    })),
  };
}

/** The file need not say what it means without being told: the task before, and none for the first. */
function dependenciesOf(
  { dependsOn }: DraftTask,
  before: DraftTask | undefined,
  tasks: readonly DraftTask[],
): string[] | undefined {
  const isUsual =
    before === undefined ? dependsOn.length === 0 : dependsOn.length === 1 && dependsOn[0] === before.key;
  if (isUsual) return undefined;
  return tasks.filter(({ key }) => dependsOn.includes(key)).map(({ name }) => name);
}

/** What was read from a file, to be edited. Models that it would register are not the form's: see `unsupportedIn`. */
export function draftOf(blueprint: Blueprint, modelOfAgent: (agent: string) => string | undefined): Draft {
  const modelIds = new Map(blueprint.models.map(({ name, id }) => [name, id]));
  const agents = blueprint.agents.map((agent) => {
    const id = agent.id === undefined ? undefined : String(agent.id);
    const said = typeof agent.model === "string" ? modelIds.get(agent.model) : agent.model;
    return newAgent({
      id,
      name: agent.name,
      role: agent.role,
      goal: agent.goal,
      backstory: agent.backstory,
      model: (id === undefined ? undefined : modelOfAgent(id)) ?? (said === undefined ? "" : String(said)),
      tokensMax: agent.tokensMax === undefined ? "" : String(agent.tokensMax),
      temperature: agent.temperature === undefined ? "" : String(agent.temperature),
    });
  });
  const taskKeys = blueprint.tasks.map(() => newKey());
  return {
    slug: blueprint.slug,
    hasOwnSlug: true,
    name: blueprint.name,
    description: blueprint.description,
    fee:
      blueprint.feeTokens === undefined
        ? `${formatEther(blueprint.feeWei)} ether`
        : `${blueprint.feeTokens} token`,
    windowSeconds: String(blueprint.windowSeconds),
    attempts: String(blueprint.attempts),
    inputs: blueprint.inputs,
    agents,
    tasks: blueprint.tasks.map((task, index) =>
      newTask({
        key: taskKeys[index] ?? "",
        name: task.name,
        agent: agents.find(({ name }) => name === task.agent)?.key ?? "",
        prompt: task.prompt,
        tool: task.tool,
        toolArguments: task.toolArguments,
        quorum: String(task.quorum),
        dependsOn: task.dependsOn.map((on) => taskKeys[on] ?? ""),
      }),
    ),
  };
}

/** What a file may say and this form does not do, with the key where it stands. */
export function unsupportedIn(
  blueprint: Blueprint,
  modelOfAgent: (agent: string) => string | undefined,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const registered = blueprint.models
    .filter(({ terms }) => terms !== undefined)
    .map(({ name }) => ({
      path: ["models", name],
      message: "is to be registered, which this form does not do: pleiad cluster apply cluster.yaml does",
    }));
  const moved = blueprint.agents.flatMap((agent, index) => {
    const now = agent.id === undefined ? undefined : modelOfAgent(String(agent.id));
    const said =
      typeof agent.model === "string"
        ? blueprint.models.find(({ name }) => name === agent.model)?.id
        : agent.model;
    if (now === undefined || said === undefined || String(said) === now) return [];
    return [
      {
        path: ["agents", index, "model"],
        message: `agent ${agent.id} is on model ${now}; this form puts no agent on another: pleiad cluster apply cluster.yaml does`,
      },
    ];
  });
  return [...registered, ...moved];
}

function textOr(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function isNothing(fee: string): boolean {
  return fee.trim() === "" || /^0(\.0*)? ?(wei|gwei|ether)$/.test(fee.trim());
}

/** What is no number stays what it is, for the reader to say so. */
function numberIn(text: string): number {
  const value = Number(text.trim());
  return (text.trim() !== "" && Number.isFinite(value) ? value : text) as number;
}
