import { amountText, type Currency } from "./currencies.ts";
import type { ExecutionFacts, TaskFacts } from "./executionFacts.ts";
import { durationText, grouped } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";
import type { Column, Rows } from "./text/table.ts";

/** The table of an execution: for each task who answered it in which role, gas, time and what it earned. */
export function tasksTable(facts: ExecutionFacts): [Column[], Rows] {
  return [
    [
      { header: "task", narrow: "cut" },
      { header: "agent", narrow: "cut" },
      { header: "model", narrow: "cut" },
      { header: "node", align: "right" },
      { header: "role", narrow: "wrap" },
      { header: "gas", align: "right" },
      { header: "time", align: "right" },
      { header: "node earned", align: "right", narrow: "wrap" },
    ],
    facts.tasks.map((task) => rowOf(task, facts.currency)),
  ];
}

function rowOf({ task, agent, modelName, answer, readyAt }: TaskFacts, currency: Currency): string[] {
  const names = [
    printableLine(task.name),
    printableLine(agent?.name ?? ""),
    `${task.model} ${printableLine(modelName)}`,
  ];
  if (answer === undefined) return [...names, "–", "–", "–", "–", "–"];
  const { completion, rank, transaction, settledTogether } = answer;
  return [
    ...names,
    completion.node === 0n ? "–" : `${completion.node}`,
    roleText(completion.role, rank),
    // One transaction may settle several: each gets its part.
    grouped(transaction.gasUsed / BigInt(settledTogether)),
    durationText(transaction.time - readyAt),
    amountText(answer.nodeEarnedWei, currency),
  ];
}

function roleText(role: string, rank: number | undefined): string {
  if (role === "ModelOwner") return "model owner";
  if (role === "ClusterOwner") return "cluster owner";
  return rank !== undefined && rank > 0 ? "stepped in" : "node";
}
