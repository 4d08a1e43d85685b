import type { VersionAnswer } from "../../api/types.ts";
import { amountText } from "../../text/amounts.ts";
import { spanText } from "../../text/times.ts";
import { shareText } from "./shares.ts";

type Task = VersionAnswer["tasks"][number];
type Agent = VersionAnswer["agents"][number];

/** Something that reads otherwise in one version than in the other. Long texts are compared line by line. */
export interface Difference {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly isText: boolean;
}

/** A task or an agent that one version has and the other has not, or has otherwise. */
export interface ThingChange {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed";
  readonly differences: readonly Difference[];
}

export interface VersionDiff {
  readonly itself: readonly Difference[];
  readonly agents: readonly ThingChange[];
  readonly tasks: readonly ThingChange[];
  readonly isSame: boolean;
}

type Field = readonly [what: string, text: string, isText?: "text" | undefined];

/** What changed from one version to another. Tasks and agents are the same where their names are. */
export function diffVersions(before: VersionAnswer, after: VersionAnswer): VersionDiff {
  const itself = differencesOf(fieldsOf(before), fieldsOf(after));
  const agents = changesOf(before.agents, after.agents, agentFields, agentFields);
  const tasks = changesOf(before.tasks, after.tasks, taskFields(before), taskFields(after));
  return { itself, agents, tasks, isSame: itself.length + agents.length + tasks.length === 0 };
}

function fieldsOf(version: VersionAnswer): readonly Field[] {
  return [
    ["Name", version.name],
    ["Slug", version.slug],
    ["Description", version.description, "text"],
    ["A run costs", amountText(version.quoteWei, version.currency)],
    ["The cluster's fee", amountText(version.feeWei, version.currency)],
    ["Window", spanText(version.windowSeconds)],
    ["Attempts", String(version.attempts)],
    ["Inputs", version.inputs.join(", ") || "one text"],
    ["Order of tasks", version.tasks.map(({ name }) => name).join(", ")],
  ];
}

function agentFields({ agent, role, goal, backstory }: Agent): readonly Field[] {
  return [
    ["Agent", agent],
    ["Role", role, "text"],
    ["Goal", goal, "text"],
    ["Backstory", backstory, "text"],
  ];
}

function taskFields({ tasks, agents, currency }: VersionAnswer) {
  return (task: Task): readonly Field[] => [
    ["Agent", agents[task.agentIndex]?.name ?? ""],
    ["Model", task.modelName === null ? task.model : `${task.modelName} (${task.model})`],
    ["Price", amountText(task.priceWei, currency)],
    ["Share of the node", shareText(task.nodeShareBps)],
    ["After", task.dependsOn.map((index) => tasks[index]?.name ?? String(index)).join(", ") || "nothing"],
    ["Nodes that must agree", String(task.quorum)],
    ["Tool", task.tool === "" ? "none" : task.tool],
    ["Prompt", task.prompt, "text"],
  ];
}

function changesOf<Thing extends { readonly name: string }>(
  before: readonly Thing[],
  after: readonly Thing[],
  fieldsBefore: (thing: Thing) => readonly Field[],
  fieldsAfter: (thing: Thing) => readonly Field[],
): readonly ThingChange[] {
  const old = new Map(before.map((thing) => [thing.name, thing]));
  const names = new Set(after.map(({ name }) => name));
  const nothing = (fields: readonly Field[]): readonly Field[] =>
    fields.map(([what, , isText]) => [what, "", isText]);
  const removed = before
    .filter(({ name }) => !names.has(name))
    .map((thing): ThingChange => {
      const fields = fieldsBefore(thing);
      return { name: thing.name, kind: "removed", differences: differencesOf(fields, nothing(fields)) };
    });
  const rest = after.flatMap((thing): readonly ThingChange[] => {
    const was = old.get(thing.name);
    const fields = fieldsAfter(thing);
    const differences = differencesOf(was === undefined ? nothing(fields) : fieldsBefore(was), fields);
    if (was === undefined) return [{ name: thing.name, kind: "added", differences }];
    return differences.length === 0 ? [] : [{ name: thing.name, kind: "changed", differences }];
  });
  return [...removed, ...rest];
}

function differencesOf(before: readonly Field[], after: readonly Field[]): readonly Difference[] {
  return after.flatMap(([what, text, isText], index) => {
    const was = before[index]?.[1] ?? "";
    return was === text ? [] : [{ what, before: was, after: text, isText: isText !== undefined }];
  });
}
