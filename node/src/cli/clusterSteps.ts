import { addAgent } from "@pleiad/sdk/actions/addAgent";
import { addTask } from "@pleiad/sdk/actions/addTask";
import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { publish } from "@pleiad/sdk/actions/publish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { setAgentModel } from "@pleiad/sdk/actions/setAgentModel";
import { setModelTerms } from "@pleiad/sdk/actions/setModelTerms";
import type { BlueprintAgent } from "@pleiad/sdk/blueprint/blueprint";
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
    case "addTask":
      return `adding task ${step.task.name}`;
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
      case "addAgent": {
        const { name, role, goal, backstory } = step.agent;
        return addAgent(client, {
          deployment,
          cluster,
          agent: known(agentIds, name),
          name,
          role,
          goal,
          backstory,
        });
      }
      case "addTask": {
        const { name, prompt, tool, dependsOn } = step.task;
        const agent = known(agentIds, step.task.agent);
        return addTask(client, { deployment, cluster, name, agent, prompt, tool, dependsOn });
      }
      case "create": {
        const sent = await createAndPublish(client, { deployment, ...args() });
        ({ cluster, version } = sent);
        return sent;
      }
      case "publish": {
        const { feeWei, windowSeconds } = blueprint;
        const sent = await publish(client, { deployment, cluster, feeWei, windowSeconds });
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
