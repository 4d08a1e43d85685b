import { restartAgent } from "@pleiad/sdk/workspace/restartAgent";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace restart NAME`: starts the program of a helper again, in its session where it can resume. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace restart ada", "when it hangs; what it had begun it begins again"],
    ["pleiad workspace agents", "what it is at"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }, name = "") => {
    await restartAgent(await workspaceOf(options, around), { name });
    output.json({ restarted: name });
    output.line(`${printableLine(name)} starts again`);
    return 0;
  });
};
