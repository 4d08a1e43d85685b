import { explainByManager } from "@pleiad/sdk/manager/explainByManager";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managerOf } from "../managerAccess.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad manager explain SUBJECT`: why, in sentences. */
export const define: DefineCommand = (command, around) => {
  command.argument("<subject>", "a plan's or an alert's id, or cluster/7");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager explain cluster/1", "why it has the members, places and score that it has"],
    ["pleiad manager explain ID", "why a plan was made and what became of it, or why an alert fires"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, subject = "") => {
    const { sentences } = await explainByManager(await managerOf(options, around), { subject });
    output.json({ sentences });
    for (const sentence of sentences) output.prose(printableLine(sentence));
    return 0;
  });
};
