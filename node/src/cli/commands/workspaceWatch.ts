import { type WorkspaceEvent, watchWorkspace } from "@pleiad/sdk/workspace/watchWorkspace";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace watch`: what changes, as it changes, until Ctrl-C. */
export const define: DefineCommand = (command, around) => {
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace watch", "a line for each thing that happens: when, who, what"],
    ["pleiad workspace watch --json", "one JSON object a line, for a program"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }) => {
    const client = await workspaceOf(options, around);
    const signal = around.stopSignal();
    let last: string | undefined;
    for await (const event of watchWorkspace(client, { signal })) {
      output.json(event);
      if (event.kind === "open") {
        output.note(`watching cluster ${event.cluster}; Ctrl-C ends it`);
        continue;
      }
      // An entry that two views take, as a job's in its thread, is one thing that happened.
      if (event.id === undefined || event.id !== last) output.line(lineOf(event));
      last = event.id;
    }
    return 0;
  });
};

/** When, who, what, about what, and how it begins; of what is another's only that there was something. */
function lineOf({ author, type, about, text }: WorkspaceEvent & { readonly kind: "change" }): string {
  const words = [author?.name ?? "somebody", type, about, text].filter((word) => word !== undefined);
  return [new Date().toISOString(), ...words.map(printableLine)].join("  ");
}
