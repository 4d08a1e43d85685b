import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { daemonFolders } from "../folderAccess.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly forget?: boolean;
}

/** `pleiad workspace discard NAME`: removes a helper's copy of a project. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  command.option("--forget", "its checkpoints and merges, too: nothing of its work stays");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace discard ada", "the copy goes; its checkpoints stay in the project's refs/pleiad"],
    ["pleiad workspace discard ada --forget", "everything goes"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    await daemonFolders(await accessOf(options, around)).remove(name, options.forget === true);
    output.json({ removed: name });
    output.line(`${printableLine(name)}'s copy is gone`);
    return 0;
  });
};
