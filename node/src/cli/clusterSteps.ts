import { addAgent } from "@pleiad/sdk/actions/addAgent";
import { addTask } from "@pleiad/sdk/actions/addTask";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { publish } from "@pleiad/sdk/actions/publish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { removeAgent } from "@pleiad/sdk/actions/removeAgent";
import { removeTask } from "@pleiad/sdk/actions/removeTask";
import { replaceAgent } from "@pleiad/sdk/actions/replaceAgent";
import { replaceTask } from "@pleiad/sdk/actions/replaceTask";
import { setAgentModel } from "@pleiad/sdk/actions/setAgentModel";
import { setDescription } from "@pleiad/sdk/actions/setDescription";
import { setInputs } from "@pleiad/sdk/actions/setInputs";
import { setModelTerms } from "@pleiad/sdk/actions/setModelTerms";
import type { BlueprintAgent, BlueprintTask } from "@pleiad/sdk/blueprint/blueprint";
import { toContractArguments } from "@pleiad/sdk/blueprint/toContractArguments";
import type { WriteClient } from "@pleiad/sdk/types/client";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { type Hex, sha256, stringToBytes } from "viem";
import type { ClusterPlan, ModelRef, Step } from "./clusterPlan.ts";

/** A step that was mined. */
export interface StepDone {
  readonly text: string;
  readonly hash: Hex;
  readonly gasUsed: bigint;
}

/** What applying a plan came to. */
export interface Applied {
  readonly cluster: bigint;
  readonly version: bigint;
  readonly steps: readonly StepDone[];
}

/** Sends a plan's transactions, one after the other; each is mined before the next is sent. */
export async function applyPlan(
  client: WriteClient,
  deployment: Deployment,
  plan: ClusterPlan,
  say: (text: string) => void,
): Promise<Applied> {
  const run = createRun(client, deployment, plan);
  const steps: StepDone[] = [];
  for (const step of plan.steps) {
    const text = stepText(step, plan);
    say(text);
    const { hash, gasUsed } = await run.take(step);
    steps.push({ text, hash, gasUsed });
  }
  return { ...run.result(), steps };
}

/** What a step does, in words. */
export function stepText(step: Step, { blueprint }: ClusterPlan): string {
  switch (step.kind) {
    case "registerModel":
      return `registering model ${step.name}`;
    case "setTerms":
      return `setting the terms of model ${step.model}`;
    case "registerAgent":
      return `registering agent ${step.agent.name}`;
    case "setAgentModel":
      return `putting agent ${step.agent} on its model`;
    case "addAgent":
      return `adding agent ${step.agent.name}`;
    case "describe":
      return `setting name and description of ${blueprint.slug}`;
    case "setInputs":
      return `naming the inputs of ${blueprint.slug}`;
    case "replaceAgent":
      return `changing agent ${step.agent.name}`;
    case "removeAgent":
      return `taking agent ${step.name} out`;
    case "addTask":
      return `adding task ${step.task.name}`;
    case "replaceTask":
      return `changing task ${step.task.name}`;
    case "removeTask":
      return `taking task ${step.name} out`;
    case "create":
      return `creating and publishing ${blueprint.slug}`;
    case "publish":
      return `publishing a version of ${blueprint.slug}`;
    default:
      return step satisfies never;
  }
}

interface SentStep {
  readonly hash: Hex;
  readonly gasUsed: bigint;
}

function createRun(client: WriteClient, deployment: Deployment, plan: ClusterPlan) {
  const { blueprint } = plan;
  const modelIds = new Map<string, bigint>();
  const agentIds = new Map(plan.agentIds);
  let cluster = plan.cluster?.cluster ?? 0n;
  let version = plan.cluster?.versions ?? 0n;

  const modelId = (ref: ModelRef): bigint => ("id" in ref ? ref.id : known(modelIds, ref.name));
  const args = () => toContractArguments(blueprint, { agents: agentIds });

  const agentEntry = ({ id: _, model: __, ...entry }: BlueprintAgent) => ({
    ...entry,
    agent: known(agentIds, entry.name),
  });
  const taskEntry = (task: BlueprintTask) => ({ ...task, agent: known(agentIds, task.agent) });

  const take = async (step: Step): Promise<SentStep> => {
    switch (step.kind) {
      case "registerModel": {
        const sent = await registerModel(client, { deployment, name: step.name, ...step.terms });
        modelIds.set(step.name, sent.model);
        return sent;
      }
      case "setTerms":
        return setModelTerms(client, { deployment, model: step.model, ...step.terms });
      case "registerAgent": {
        const digest = registrationDigest(step.agent);
        const sent = await registerAgent(client, { deployment, digest, model: modelId(step.model) });
        agentIds.set(step.agent.name, sent.agent);
        return sent;
      }
      case "setAgentModel":
        return setAgentModel(client, { deployment, agent: step.agent, model: modelId(step.model) });
      case "describe": {
        const { name, description } = blueprint;
        return setDescription(client, { deployment, cluster, name, description });
      }
      case "setInputs":
        return setInputs(client, { deployment, cluster, inputs: blueprint.inputs });
      case "addAgent":
        return addAgent(client, { deployment, cluster, ...agentEntry(step.agent) });
      case "replaceAgent":
        return replaceAgent(client, { deployment, cluster, ...agentEntry(step.agent) });
      case "removeAgent":
        return removeAgent(client, { deployment, cluster, agent: step.agent });
      case "addTask":
        return addTask(client, { deployment, cluster, ...taskEntry(step.task) });
      case "replaceTask":
        return replaceTask(client, { deployment, cluster, ...taskEntry(step.task), task: step.index });
      case "removeTask":
        return removeTask(client, { deployment, cluster, task: step.index });
      case "create": {
        const sent = await createAndPublish(client, { deployment, ...args() });
        ({ cluster, version } = sent);
        return sent;
      }
      case "publish": {
        const { feeWei, windowSeconds, attempts } = blueprint;
        const sent = await publish(client, { deployment, cluster, feeWei, windowSeconds, attempts });
        ({ version } = sent);
        return sent;
      }
      default:
        return step satisfies never;
    }
  };
  return { take, result: () => ({ cluster, version }) };
}

function known(ids: ReadonlyMap<string, bigint>, name: string): bigint {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the plan registers ${name} before it uses it`);
  return id;
}

/** The digest of the agent's registration file, which is what the blueprint says of it. */
function registrationDigest({ name, role, goal, backstory }: BlueprintAgent): Hex {
  return sha256(stringToBytes(JSON.stringify({ type: "pleiad-agent", name, role, goal, backstory })));
}
