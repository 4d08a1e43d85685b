import {
  MANAGER_ALERTS,
  MANAGER_APPLY,
  MANAGER_EXPLAIN,
  MANAGER_PLAN,
  MANAGER_REQUEST,
  MANAGER_STATUS,
} from "@pleiad/sdk/manager/endpoints";
import { requestSchema } from "@pleiad/sdk/manager/schemas";
import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import type { z } from "zod";
import type { OperatorTool } from "../../workspace/mcp/operatorTools.ts";
import type { ManagerFace } from "./managerFace.ts";

/** As whom a model that an operator connected speaks: its yes is the operator's, and the record says how it came. */
const BY_TOOL = { by: "operator, by a tool", cluster: undefined } as const;

/** What an operator's own assistant may ask of a manager. Agents are offered none of these. */
export function managerTools({ operations }: Pick<ManagerFace, "operations">): readonly OperatorTool[] {
  const ask = (endpoint: WorkspaceEndpoint) => {
    const operation = operations.find((one) => one.endpoint === endpoint);
    if (operation === undefined) throw new Error(`nobody answers ${endpoint.name}`);
    return (input: Readonly<Record<string, unknown>>) => operation.run(BY_TOOL, input);
  };
  const request = (
    name: string,
    kind: "FORMATION" | "COMMUNICATION" | "SCALING",
    title: string,
    description: string,
  ) => {
    const run = ask(MANAGER_REQUEST);
    return {
      name,
      title,
      description: `${description} Answers with the plan: what it does step by step, why, what it costs, and whether somebody has to say yes.`,
      input: inputOf(kind),
      output: MANAGER_REQUEST.output,
      run: (input: Readonly<Record<string, unknown>>) => run({ request: { kind, ...input } }),
    };
  };
  const tool = (
    name: string,
    endpoint: WorkspaceEndpoint,
    readOnly: boolean,
    title: string,
    description: string,
  ) => ({
    name,
    title,
    description,
    readOnly,
    input: endpoint.input,
    output: endpoint.output,
    run: ask(endpoint),
  });
  return [
    request(
      "manager.form",
      "FORMATION",
      "Form a cluster",
      "Find agents that can do what is needed, and plan a cluster of them within price, rating and distance.",
    ),
    request(
      "manager.route",
      "COMMUNICATION",
      "Tell members something",
      "Send a text to one member, to all, to a topic, or through a gateway to another cluster.",
    ),
    request(
      "manager.scale",
      "SCALING",
      "Scale a cluster",
      "Look at a cluster's places now, or ask for a number of them.",
    ),
    tool(
      "manager.status",
      MANAGER_STATUS,
      true,
      "Look at the fleet",
      "How the managed clusters are: members, places, stability, what is wanted, alerts, plans under way.",
    ),
    tool(
      "manager.plan",
      MANAGER_PLAN,
      true,
      "Show a plan",
      "One plan by its id, with every step, why, and what became of it.",
    ),
    tool(
      "manager.apply",
      MANAGER_APPLY,
      false,
      "Apply a plan",
      "Say yes to a plan, in the operator's name. Show it to the operator first; what needs an owner's key stops there and says which command brings it.",
    ),
    tool(
      "manager.alerts",
      MANAGER_ALERTS,
      true,
      "List alerts",
      "Thresholds that were crossed: which, by what, since when, and what to do.",
    ),
    tool(
      "manager.explain",
      MANAGER_EXPLAIN,
      true,
      "Explain",
      "Why a plan was made, an alert fires, or a cluster (cluster/7) is as it is, in sentences.",
    ),
  ];
}

/** A request of one kind, without the word that says which. */
function inputOf(kind: string): z.ZodObject {
  const found = requestSchema.options.find((option) => option.shape.kind.value === kind);
  if (found === undefined) throw new Error(`there is no request ${kind}`);
  return (found as z.ZodObject).omit({ kind: true });
}
