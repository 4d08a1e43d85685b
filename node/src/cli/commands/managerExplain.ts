import { PleiadError } from "@pleiad/sdk/errors";
import { explainByManager } from "@pleiad/sdk/manager/explainByManager";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { managedBySlug, managerOf } from "../managerAccess.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad manager explain SUBJECT`: why, in sentences. */
export const define: DefineCommand = (command, around) => {
  command.argument("<subject>", "a plan's or an alert's id, or a cluster by its id or slug");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad manager explain cluster/1", "why it has the members, places and score that it has"],
    ["pleiad manager explain ID", "why a plan was made and what became of it, or why an alert fires"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, name = "") => {
    const subject = /^\d+$/.test(name) ? `cluster/${name}` : name;
    const client = await managerOf(options, around);
    const { sentences } = await explainByManager(client, { subject }).catch(async (error: unknown) => {
      // What is no id may be a slug.
      if (!(error instanceof PleiadError) || error.code !== "SUBJECT_UNKNOWN") throw error;
      const cluster = await managedBySlug(client, name);
      if (cluster === undefined) throw error;
      return explainByManager(client, { subject: `cluster/${cluster}` });
    });
    output.json({ sentences });
    for (const sentence of sentences) output.prose(printableLine(sentence));
    return 0;
  });
};
