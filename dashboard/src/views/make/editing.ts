import type { BlueprintMistake } from "@pleiad/sdk/blueprint/mistake";
import { useState } from "react";
import type { ChainAgent, ChainModel } from "../../api/making.ts";
import { amountText, NATIVE, plural } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { type Draft, type DraftAgent, type DraftTask, newDraft } from "./draft.ts";

/** What is being made stays while the page is open, wherever one goes; in memory alone. */
let kept: Draft | undefined;

/** @param model that a first agent is on */
export function useDraft(model: string): readonly [Draft, (change: (draft: Draft) => Draft) => void] {
  const [draft, setDraft] = useState(() => kept ?? newDraft(model));
  kept = draft;
  return [draft, setDraft];
}

/** The chain as the form needs it. */
export interface ChainFacts {
  readonly models: readonly ChainModel[];
  readonly agents: readonly ChainAgent[];
}

/** What each part of the form gets. */
export interface EditProps extends ChainFacts {
  readonly draft: Draft;
  readonly edit: (change: (draft: Draft) => Draft) => void;
  /** Why what stands at a key of the file cannot stay so; undefined where it can, or nobody has filled it in yet. */
  readonly problemAt: (path: string, value: string) => string | undefined;
}

/** Mistakes are told where something was filled in; what is empty yet, once somebody wanted to go on. */
export function problemsOf(mistakes: readonly BlueprintMistake[], isStrict: boolean): EditProps["problemAt"] {
  return (path, value) =>
    value === "" && !isStrict ? undefined : mistakes.find((mistake) => mistake.path === path)?.message;
}

export function changeAgent(draft: Draft, key: string, change: Partial<DraftAgent>): Draft {
  return {
    ...draft,
    agents: draft.agents.map((agent) => (agent.key === key ? { ...agent, ...change } : agent)),
  };
}

export function changeTask(draft: Draft, key: string, change: Partial<DraftTask>): Draft {
  return { ...draft, tasks: draft.tasks.map((task) => (task.key === key ? { ...task, ...change } : task)) };
}

/** Who waited for it waits for it no more. */
export function withoutTask(draft: Draft, key: string): Draft {
  const tasks = draft.tasks
    .filter((task) => task.key !== key)
    .map((task) => ({ ...task, dependsOn: task.dependsOn.filter((on) => on !== key) }));
  return { ...draft, tasks };
}

/** Its tasks wait for another agent. */
export function withoutAgent(draft: Draft, key: string): Draft {
  return {
    ...draft,
    agents: draft.agents.filter((agent) => agent.key !== key),
    tasks: draft.tasks.map((task) => (task.agent === key ? { ...task, agent: "" } : task)),
  };
}

/** A model that anybody's agent may use and that somebody serves: what a new agent is on, until somebody chooses. */
export function usualModel(models: readonly ChainModel[]): string {
  const usual = models.filter(({ open, nodes, currency }) => open && nodes.length > 0 && currency === NATIVE);
  return usual.at(-1)?.model ?? "";
}

export function modelText({ model, name, priceWei, currency, nodes, open }: ChainModel): string {
  const notes = [
    amountText(priceWei, currency),
    nodes.length === 0 ? "no node serves it" : plural(nodes.length, "node"),
    ...(open ? [] : ["for its owner's agents"]),
  ];
  return `${cleanName(name, 40) || `model ${model}`} (${model}) · ${notes.join(" · ")}`;
}

export function modelName(models: readonly ChainModel[], model: string): string {
  const found = models.find((one) => one.model === model);
  return found === undefined ? (model === "" ? "" : `model ${model}`) : cleanName(found.name, 40);
}
