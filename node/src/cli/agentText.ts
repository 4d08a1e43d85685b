import type { Agent } from "@pleiad/sdk/types/agent";
import { readRegistration } from "../local/manager/registrations.ts";
import type { Fact, Output } from "./output.ts";
import { grouped } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** Names that belong to an agent's ids, where they were looked up. */
export interface AgentNames {
  readonly model?: string;
  readonly cluster?: string;
}

/** An agent for a program. */
export function agentJson({ agent, owner, model, uri, cluster }: Agent, names: AgentNames = {}) {
  const says = readRegistration(uri);
  return {
    agentId: Number(agent),
    owner,
    ...(says.name === undefined ? {} : { name: says.name }),
    capabilities: says.capabilities,
    modelId: model === 0n ? null : Number(model),
    ...(names.model === undefined ? {} : { modelName: names.model }),
    uri: uri === "" ? null : uri,
    clusterId: cluster === 0n ? null : Number(cluster),
    ...(names.cluster === undefined ? {} : { slug: names.cluster }),
  };
}

/** An agent for a person. */
export function agentFacts(
  { agent, owner, model, uri, cluster }: Agent,
  { style }: Output,
  names: AgentNames = {},
): Fact[] {
  const says = readRegistration(uri);
  const file = uri.startsWith("data:") ? `on the chain itself, ${grouped(uri.length)} bytes` : uri;
  return [
    ["agent", style.title(`${agent}`)],
    ["name", says.name ?? ""],
    ["owner", owner],
    ["model", model === 0n ? "none yet" : withName(model, names.model)],
    ["registration file", uri === "" ? "none" : printableLine(file)],
    ["says it can do", printableLine(says.capabilities.join(", "))],
    ["cluster", cluster === 0n ? "none" : withName(cluster, names.cluster)],
  ];
}

function withName(id: bigint, name = ""): string {
  return name === "" ? `${id}` : `${id}  ${printableLine(name)}`;
}
