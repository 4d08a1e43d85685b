import type { RunResult, TaskResult } from "../../local/runDocument.ts";
import type { Output } from "../output.ts";
import { counted, ether, grouped, shortHex } from "../text/amounts.ts";
import { printable } from "../text/printable.ts";

/** Prints a finished run for a person: the response, then who did what for how much. */
export function printRun(output: Output, result: RunResult): void {
  output.line();
  // Written by strangers: what would move the cursor or worse is shown, not sent.
  for (const line of result.response.split("\n")) output.line(printable(line));
  output.line();
  output.table(
    [
      { header: "task" },
      { header: "agent" },
      { header: "model" },
      { header: "node", align: "right" },
      { header: "role" },
      { header: "gas", align: "right" },
      { header: "time", align: "right" },
      { header: "earned (node + model)", align: "right" },
    ],
    result.tasks.map(taskRow),
  );
  output.line();
  const { gas, settlements } = result;
  output.prose(
    `Execution ${result.executionId} of cluster ${result.clusterId} took ${(result.elapsedMs / 1_000).toFixed(1)} s and ` +
      `${counted(settlements, "settlement")}. Gas: ${grouped(gas.execute)} to execute, ${grouped(gas.settle)} to settle. ` +
      `The cluster's owner earned ${ether(result.feeWei)}.`,
  );
  output.prose(
    result.verified
      ? `Verified: the response ${shortHex(result.responseDigest)} is what the chain accepted.`
      : "NOT VERIFIED: the response is not what the chain accepted.",
  );
}

function taskRow(task: TaskResult): string[] {
  return [
    task.name,
    task.agent,
    `${task.model} ${task.modelName}`,
    String(task.node),
    task.rank > 0 ? `${roleText(task)}, stepped in` : roleText(task),
    grouped(task.gas),
    task.elapsedMs === undefined ? "–" : `${(task.elapsedMs / 1_000).toFixed(1)} s`,
    `${ether(task.nodeEarnedWei)} + ${ether(task.modelEarnedWei)}`,
  ];
}

function roleText({ role }: TaskResult): string {
  if (role === "ModelOwner") return "model owner";
  return role === "ClusterOwner" ? "cluster owner" : "node";
}

/** A finished run for a program: the documented keys of `--json`. */
export function runJson(result: RunResult) {
  return {
    executionId: Number(result.executionId),
    clusterId: Number(result.clusterId),
    response: result.response,
    responseDigest: result.responseDigest,
    verified: result.verified,
    elapsedMs: result.elapsedMs,
    settlements: result.settlements,
    gas: { execute: Number(result.gas.execute), settle: Number(result.gas.settle) },
    tasks: result.tasks.map(({ name, agent, model, node, role, digest, transaction }) => ({
      name,
      agent,
      model: Number(model),
      node: Number(node),
      role,
      digest,
      transaction,
    })),
  };
}
