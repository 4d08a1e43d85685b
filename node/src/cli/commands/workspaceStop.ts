import { endAgent } from "@pleiad/sdk/workspace/endAgent";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace stop NAME`: ends a helper of this node. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace stop ada", "ends it and its program; what it said stays"],
    ["pleiad workspace agents", "who is still there"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }, name = "") => {
    await endAgent(await workspaceOf(options, around), { name });
    output.json({ ended: name });
    output.line(`${printableLine(name)} has ended`);
    return 0;
  });
};
