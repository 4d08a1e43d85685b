import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import type { alertSchema, planSchema, stepSchema } from "@pleiad/sdk/manager/schemas";
import type { z } from "zod";
import type { Output } from "./output.ts";
import { counted, ether, grouped } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

export type Plan = z.output<typeof planSchema>;
export type Step = z.output<typeof stepSchema>;
/** A step that takes the key of an owner. */
export type OwnersStep = Extract<Step, { readonly act: "publish" | "serve-model" | "leave-model" }>;
export type Alert = z.output<typeof alertSchema>;

/** States after which nothing of a plan is done any more. */
const OVER: ReadonlySet<Plan["state"]> = new Set([
  "applied",
  "verified",
  "reverted",
  "failed",
  "refused",
  "stale",
  "expired",
]);

export function isOver({ state }: Plan): boolean {
  return OVER.has(state);
}

/** What a step does, in a few words. */
export function stepText(step: Step): string {
  switch (step.act) {
    case "publish":
      return `publish ${step.slug}${step.from === 0 ? "" : `, behind version ${step.from}`}`;
    case "serve-model":
      return `have node ${step.node} serve model ${step.model}`;
    case "leave-model":
      return `have node ${step.node} leave model ${step.model}`;
    case "set-places":
      return `places of node ${step.node}: ${step.from} → ${step.to}`;
    case "set-share":
      return `share of cluster ${step.cluster} on node ${step.node}: ${step.from ?? "none"} → ${step.to ?? "none"}`;
    case "start-helper":
      return `start helper ${step.name} with ${step.service} in cluster ${step.cluster}`;
    case "stop-helper":
      return `end helper ${step.name} of cluster ${step.cluster}`;
    case "restart-member":
      return `start ${step.name} of cluster ${step.cluster} again`;
    case "drain-node":
      return `drain node ${step.node}`;
    case "resume-node":
      return `let node ${step.node} take work again`;
    case "set-route":
      return `route to ${step.member} of cluster ${step.cluster}: ${nodesText(step.from)} → ${nodesText(step.to)}`;
    case "connect":
      return `connect ${step.nodes.length === 1 ? "node" : "nodes"} ${step.nodes.join(", ")}`;
    case "write-rules":
      return `write the rules${ofCluster(step.cluster)}`;
    case "write-context":
      return `write ${step.key}${ofCluster(step.cluster)}`;
    case "broadcast":
      return `tell ${step.to ?? (step.topic === "" ? "all" : `topic ${step.topic}`)}${ofCluster(step.cluster)}`;
    default:
      return step satisfies never;
  }
}

/** Whether it takes the key of an owner. */
export function isOnChain(step: Step): step is OwnersStep {
  return step.act === "publish" || step.act === "serve-model" || step.act === "leave-model";
}

/** All of a plan, for a person. */
export function printPlan(plan: Plan, output: Output): void {
  const { id, kind, title, steps, done, outcomes, consent, problem } = plan;
  output.line(`${output.style.title(id)}  ${kind.toLowerCase()}, ${stateText(plan, output)}`);
  output.prose(printableLine(title), "  ");
  output.line();
  output.table(
    [
      { header: "step", align: "right" },
      { header: "what", narrow: "wrap" },
      { header: "why", narrow: "wrap" },
      { header: "gas", align: "right" },
      { header: "costs at most", align: "right" },
      { header: "done", narrow: "cut" },
    ],
    steps.map(({ step, why, cost }, index) => [
      String(index),
      printableLine(stepText(step)),
      printableLine(why),
      cost.gas === "0" ? "" : grouped(BigInt(cost.gas)),
      costText(cost),
      // What a person sent is shown also where the plan goes no further.
      printableLine(outcomes[index] ?? (index < done ? "yes" : "")),
    ]),
  );
  for (const { step } of steps) if (step.act === "publish") printMembers(step, output);
  const total = steps.reduce((sum, { cost }) => sum + BigInt(cost.gasWei), 0n);
  output.line();
  output.facts([
    ["costs at most", `${ether(total)} for gas${feesText(plan)}`],
    ["made", new Date(plan.madeAtMs).toISOString()],
    ["counts until", isOver(plan) ? "" : new Date(plan.expiresAtMs).toISOString()],
    ["who must say yes", plan.state === "proposed" ? printableLine(consent ?? "the operator") : ""],
    ["problem", problem === undefined ? "" : `${problem.code}: ${printableLine(problem.message)}`],
  ]);
  if (plan.state === "proposed") {
    output.line();
    output.prose(`Say yes: pleiad manager apply ${id}   Say no: pleiad manager refuse ${id}`);
  }
}

/** Who is in what is published, and does what: the plan's file is not something to read. */
function printMembers({ slug, yaml }: Extract<Step, { readonly act: "publish" }>, output: Output): void {
  const { agents, tasks } = parseBlueprint(yaml, `${slug}.yaml`);
  output.line();
  output.table(
    [
      { header: "member", narrow: "cut" },
      { header: "agent", align: "right" },
      { header: "does", narrow: "wrap" },
    ],
    agents.map(({ name, id }) => [
      printableLine(name),
      id === undefined ? "new" : String(id),
      printableLine(tasks.flatMap((task) => (task.agent === name ? [task.name] : [])).join(", ")),
    ]),
  );
}

/** Several, a line each. */
export function printPlans(plans: readonly Plan[], output: Output): void {
  if (plans.length === 0) {
    output.line("there are no plans");
    return;
  }
  output.table(
    [
      { header: "plan" },
      { header: "kind" },
      { header: "cluster", align: "right" },
      { header: "state" },
      { header: "steps", align: "right" },
      { header: "what", narrow: "wrap" },
    ],
    plans.map((plan) => [
      plan.id,
      plan.kind.toLowerCase(),
      plan.cluster === "0" ? "new" : plan.cluster,
      stateText(plan, output),
      `${plan.done}/${plan.steps.length}`,
      printableLine(plan.title),
    ]),
  );
}

export function printAlerts(alerts: readonly Alert[], output: Output): void {
  if (alerts.length === 0) {
    output.line("no threshold is crossed");
    return;
  }
  output.table(
    [
      { header: "alert" },
      { header: "state" },
      { header: "since" },
      { header: "value", align: "right" },
      { header: "threshold", align: "right" },
      { header: "what", narrow: "wrap" },
    ],
    alerts.map((alert) => [
      printableLine(alert.id),
      alertState(alert, output),
      new Date(alert.sinceMs).toISOString().slice(0, 19),
      numberText(alert.value),
      numberText(alert.threshold),
      printableLine(alert.summary),
    ]),
  );
}

export function numberText(value: number): string {
  return String(Number(value.toFixed(3)));
}

function stateText(plan: Plan, { style }: Output): string {
  const { state, done, steps } = plan;
  if (state === "verified" || state === "applied") return style.good(state);
  if (state === "failed" || state === "reverted") return style.bad(state);
  if (state === "proposed") return style.warning("waits for a yes");
  if (state === "applying") return `${state}, ${counted(steps.length - done, "step")} left`;
  return state;
}

function alertState({ state }: Alert, { style }: Output): string {
  if (state === "firing") return style.bad(state);
  if (state === "resolved") return style.good(state);
  return state === "pending" ? state : style.warning(state);
}

function costText({ gasWei, feesWei, currency }: Plan["steps"][number]["cost"]): string {
  const parts = [
    gasWei === "0" ? "" : ether(BigInt(gasWei)),
    feesWei === "0" ? "" : amountText(feesWei, currency),
  ];
  return parts.filter((part) => part !== "").join(" + ");
}

/** Fees by currency. */
function feesText({ steps }: Plan): string {
  const fees = new Map<string, bigint>();
  for (const { cost } of steps)
    fees.set(cost.currency, (fees.get(cost.currency) ?? 0n) + BigInt(cost.feesWei));
  return [...fees]
    .filter(([, wei]) => wei > 0n)
    .map(([currency, wei]) => `, ${amountText(String(wei), currency)} in fees`)
    .join("");
}

function amountText(wei: string, currency: string): string {
  return /^0x0{40}$/.test(currency) ? ether(BigInt(wei)) : `${grouped(BigInt(wei))} units of ${currency}`;
}

function nodesText(nodes: readonly string[]): string {
  return nodes.length === 0 ? "none" : nodes.join(", ");
}

function ofCluster(cluster: string): string {
  return cluster === "0" ? " of the new cluster" : ` of cluster ${cluster}`;
}
