import { Argument } from "commander";
import { z } from "zod";
import { daemonClient } from "../../local/daemonClient.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

const optional = z.string().optional();
const approvalSchema = z.looseObject({
  id: z.string(),
  agent: z.string(),
  cluster: optional,
  what: z.string(),
  tool: optional,
  input: optional,
  options: z.array(z.object({ id: z.string(), label: z.string(), kind: z.string() })),
  deadlineMs: z.int(),
  state: z.string(),
  answer: optional,
  by: z.looseObject({ kind: z.string() }).optional(),
  reason: optional,
});
const rememberedSchema = z.looseObject({
  id: z.string(),
  agent: z.string(),
  what: z.string(),
  input: optional,
  allow: z.boolean(),
});
const approvalsSchema = z.object({
  waiting: z.array(approvalSchema),
  ended: z.array(approvalSchema),
  remembered: z.array(rememberedSchema),
});
type Approval = z.output<typeof approvalSchema>;

interface Options extends DaemonOptions {
  readonly all?: boolean;
  readonly none?: boolean;
}

/** `pleiad workspace approvals list|answer|revoke`: what agents ask leave for. */
export const define: DefineCommand = (command, around) => {
  command.addArgument(
    new Argument("[action]", "what to do").choices(["list", "answer", "revoke"]).default("list"),
  );
  command.argument("[id]", "with answer and revoke: which one");
  command.argument("[option]", "with answer: one of the options that the agent offers, by its id");
  command.option("--all", "with list: those that are over, too, and what was answered for good");
  command.option(
    "--none",
    "with answer: none of the options; the agent is told that its request is cancelled",
  );
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace approvals", "what waits for an answer"],
    ["pleiad workspace approvals answer 001764115200000-0123456789ab allow", "one of its options"],
    [
      "pleiad workspace approvals revoke 001764115200000-0123456789ab",
      "what was allowed for good is asked again",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, action, id, option) => {
    const client = daemonClient(await accessOf(options, around));
    if (action === "list") {
      const found = await client.ask("/approvals", approvalsSchema);
      output.json(found);
      printList(found, options.all === true, output);
      return 0;
    }
    if (id === undefined)
      throw cliError("USAGE_INVALID", `say which: pleiad workspace approvals ${action} ID`);
    if (action === "revoke") {
      const revoked = z.object({ revoked: z.string() });
      output.json(await client.send("DELETE", `/approvals/remembered/${encodeURIComponent(id)}`, revoked));
      output.line("revoked");
      return 0;
    }
    if ((option === undefined) === (options.none !== true))
      throw cliError(
        "USAGE_INVALID",
        "say which option, or --none: pleiad workspace approvals answer ID OPTION",
      );
    const body = { option: option ?? null };
    const ended = await client.send("POST", `/approvals/${encodeURIComponent(id)}`, approvalSchema, { body });
    output.json(ended);
    output.line(`answered: ${endText(ended)}`);
    return 0;
  });
};

function printList(
  { waiting, ended, remembered }: z.output<typeof approvalsSchema>,
  all: boolean,
  output: Output,
): void {
  if (waiting.length === 0) output.line("nothing waits for an answer");
  for (const row of waiting) {
    output.facts([
      ["id", row.id],
      ["agent", `${printableLine(row.agent)}${row.cluster === undefined ? "" : `, cluster ${row.cluster}`}`],
      ["wants", printableLine(row.what)],
      ["tool", printableLine(row.tool ?? "")],
      ["input", printableLine(row.input ?? "")],
      ["until", new Date(row.deadlineMs).toISOString()],
      ...row.options.map(({ id, label, kind }): [string, string] => [
        "option",
        `${printableLine(id)}: ${printableLine(label)} (${kind})`,
      ]),
    ]);
    output.line();
  }
  if (!all) return;
  output.table(
    [
      { header: "id" },
      { header: "agent", narrow: "cut" },
      { header: "wanted", narrow: "cut" },
      { header: "end", narrow: "wrap" },
    ],
    ended.map((row) => [row.id, printableLine(row.agent), printableLine(row.what), endText(row)]),
  );
  if (remembered.length === 0) return;
  output.line();
  output.table(
    [
      { header: "for good" },
      { header: "agent", narrow: "cut" },
      { header: "what", narrow: "cut" },
      { header: "answer" },
    ],
    remembered.map((one) => [
      one.id,
      printableLine(one.agent),
      printableLine(one.what),
      one.allow ? "allowed" : "refused",
    ]),
  );
}

function endText({ state, answer, by, reason, options }: Approval): string {
  if (state !== "answered") return printableLine(reason ?? state);
  const label = options.find(({ id }) => id === answer)?.label ?? "none of the options";
  return `${printableLine(label)}, by ${by?.kind ?? "nobody"}`;
}
