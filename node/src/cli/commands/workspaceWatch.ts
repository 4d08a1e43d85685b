import { watchWorkspace } from "@pleiad/sdk/workspace/watchWorkspace";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace watch`: what changes, as it changes, until Ctrl-C. */
export const define: DefineCommand = (command, around) => {
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace watch", "one line for each change"],
    ["pleiad workspace watch --json", "one JSON object a line, for a program"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }) => {
    const client = await workspaceOf(options, around);
    const signal = around.stopSignal();
    for await (const event of watchWorkspace(client, { signal })) {
      output.json(event);
      if (event.kind === "open") output.note(`watching cluster ${event.cluster}; Ctrl-C ends it`);
      else
        output.line(
          `${new Date().toISOString()}  ${printableLine(event.view)}  ${printableLine(event.type)}`,
        );
    }
    return 0;
  });
};
