import type { ClusterPlan, DiffLine } from "./clusterPlan.ts";
import { stepText } from "./clusterSteps.ts";
import { amountText } from "./currencies.ts";
import type { Output } from "./output.ts";
import { counted } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** What a file changes on the chain, line by line, what is sent for it, and what a run will cost. */
export function printClusterPlan(plan: ClusterPlan, output: Output): void {
  const { blueprint, cluster, lines, steps, quoteWei, currency } = plan;
  const { style } = output;
  const state = cluster === undefined ? "new" : `cluster ${cluster.cluster}, version ${cluster.versions}`;
  output.line(`${style.title(blueprint.slug)}  ${state}`);
  for (const line of lines) output.prose(printableLine(line.text), `  ${signOf(line, output)} `);
  if (lines.length === 0) output.prose("Nothing to do: the newest version is what the file says.", "  ");
  if (steps.length === 0) return;
  output.line();
  output.prose(
    `${counted(steps.length, "transaction")}: ${steps.map((step) => printableLine(stepText(step, plan))).join(", ")}. ` +
      `A run of the new version will cost ${amountText(quoteWei, currency)}, and gas.`,
  );
}

function signOf({ sign }: DiffLine, { style }: Output): string {
  if (sign === "+") return style.good(sign);
  return sign === "~" ? style.warning(sign) : style.bad(sign);
}
