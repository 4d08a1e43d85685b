import type { Plan } from "../../api/operate.ts";
import type { Tone } from "../../parts/basics.tsx";
import { amountText, NATIVE } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";

type Step = Plan["steps"][number]["step"];

export const PLAN_TONES: Readonly<Record<Plan["state"], Tone>> = {
  proposed: "warn",
  approved: "busy",
  applying: "busy",
  applied: "good",
  verified: "good",
  reverted: "warn",
  failed: "bad",
  refused: "calm",
  stale: "calm",
  expired: "calm",
};

/** What a state of a plan says. */
export const PLAN_WORDS: Readonly<Record<Plan["state"], string>> = {
  proposed: "It waits for a yes.",
  approved: "It may be applied, and is next.",
  applying: "Its steps are being done.",
  applied: "All of its steps are done; whether it helped is being watched.",
  verified: "All of its steps are done, and it was seen to have helped.",
  reverted: "It made things worse, and was taken back.",
  failed: "A step could not be done; those before it were taken back, or are named below.",
  refused: "Somebody, or the policy, said no.",
  stale: "Things are no more as they were when it was made; a new one is made where there is need.",
  expired: "Nobody answered in time.",
};

export function isOpen({ state }: Plan): boolean {
  return state === "proposed" || state === "approved" || state === "applying";
}

/** Whether it takes the key of an owner, which the daemon does not have. */
export function isOwners({ act }: Step): boolean {
  return act === "publish" || act === "serve-model" || act === "leave-model";
}

/** What all steps together cost at most, in words; undefined where they cost nothing. */
export function costText({ steps }: Plan): string | undefined {
  const sums = new Map<string, bigint>();
  for (const { cost } of steps) {
    sums.set(NATIVE, (sums.get(NATIVE) ?? 0n) + BigInt(cost.gasWei));
    sums.set(cost.currency, (sums.get(cost.currency) ?? 0n) + BigInt(cost.feesWei));
  }
  const parts = [...sums].filter(([, amount]) => amount > 0n);
  if (parts.length === 0) return undefined;
  return parts.map(([currency, amount]) => amountText(String(amount), currency)).join(" and ");
}

/** What a step does, in a few words. */
export function stepText(step: Step): string {
  const of = (cluster: string): string => (cluster === "0" ? "" : ` of cluster ${cluster}`);
  switch (step.act) {
    case "publish":
      return `Publish ${cleanName(step.slug)}${step.from === 0 ? "" : `, behind version ${step.from}`}`;
    case "serve-model":
      return `Have node ${step.node} serve model ${step.model}`;
    case "leave-model":
      return `Have node ${step.node} leave model ${step.model}`;
    case "set-places":
      return `Places of node ${step.node}: ${step.from} → ${step.to}`;
    case "set-share":
      return `Share of cluster ${step.cluster} on node ${step.node}: ${step.from ?? "none"} → ${step.to ?? "none"}`;
    case "start-helper":
      return `Start helper ${cleanName(step.name)} with ${cleanName(step.service)}${of(step.cluster)}`;
    case "stop-helper":
      return `End helper ${cleanName(step.name)}${of(step.cluster)}`;
    case "restart-member":
      return `Start ${cleanName(step.name)}${of(step.cluster)} again`;
    case "drain-node":
      return `Drain node ${step.node}`;
    case "resume-node":
      return `Let node ${step.node} take work again`;
    case "set-route":
      return `Route to ${cleanName(step.member)}${of(step.cluster)}: ${nodesText(step.from)} → ${nodesText(step.to)}`;
    case "connect":
      return `Connect ${step.nodes.length === 1 ? "node" : "nodes"} ${step.nodes.join(", ")}`;
    case "write-rules":
      return `Write the rules${of(step.cluster)}`;
    case "write-context":
      return `Write ${cleanName(step.key)}${of(step.cluster)}`;
    case "broadcast":
      return `Tell ${cleanName(step.to ?? (step.topic === "" ? "all" : `topic ${step.topic}`))}${of(step.cluster)}`;
    default:
      return step satisfies never;
  }
}

/** The text that a step writes or says; undefined where it has none. */
export function textOf(step: Step): string | undefined {
  switch (step.act) {
    case "publish":
      return step.yaml;
    case "write-rules":
    case "broadcast":
      return step.text;
    case "write-context":
      return step.value;
    default:
      return undefined;
  }
}

function nodesText(nodes: readonly string[]): string {
  return nodes.length === 0 ? "none" : nodes.map((node) => `node ${node}`).join(", ");
}
