import { z } from "zod";
import { decimalOf } from "../../agents/money/amounts.ts";
import { daemonClient } from "../../local/daemonClient.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { grouped } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

const micros = z.string().regex(/^\d+$/);
const sumSchema = z.looseObject({
  key: z.string(),
  turns: z.int(),
  unknownTurns: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cachedTokens: z.int(),
  micros: z.record(z.string(), micros),
});
const usageSchema = z.looseObject({
  agent: z.array(sumSchema),
  cluster: z.array(sumSchema),
  user: z.array(sumSchema),
  day: z.array(sumSchema),
  task: z.array(sumSchema),
  turns: z.array(z.looseObject({ service: z.string() })),
});

const KINDS = ["day", "cluster", "user", "agent", "task"] as const;

/** `pleiad workspace usage`: what agents used and what it cost. */
export const define: DefineCommand = (command, around) => {
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace usage", "tokens and costs by day, cluster, user, agent and task"],
    ["pleiad workspace usage --json", "the same with the latest turns, their models and prices"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }) => {
    const usage = await daemonClient(await accessOf(options, around)).ask("/usage", usageSchema);
    output.json(usage);
    if (KINDS.every((kind) => usage[kind].length === 0)) output.line("no agent has used anything yet");
    for (const kind of KINDS) printSums(kind, usage[kind], output);
    return 0;
  });
};

function printSums(kind: string, sums: readonly z.output<typeof sumSchema>[], output: Output): void {
  if (sums.length === 0) return;
  output.table(
    [
      { header: kind, narrow: "cut" },
      { header: "turns", align: "right" },
      { header: "unknown", align: "right" },
      { header: "input", align: "right" },
      { header: "output", align: "right" },
      { header: "cached", align: "right" },
      { header: "cost", align: "right" },
    ],
    sums.map((sum) => [
      printableLine(sum.key),
      grouped(sum.turns),
      grouped(sum.unknownTurns),
      grouped(sum.inputTokens),
      grouped(sum.outputTokens),
      grouped(sum.cachedTokens),
      costText(sum.micros),
    ]),
  );
  output.line();
}

/** What is unknown is not free. */
function costText(amounts: Readonly<Record<string, string>>): string {
  const found = Object.entries(amounts).map(
    ([currency, amount]) => `${decimalOf(BigInt(amount))} ${currency}`,
  );
  return found.length === 0 ? "unknown" : found.join(", ");
}
