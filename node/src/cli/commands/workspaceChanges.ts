import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { daemonFolders } from "../folderAccess.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad workspace changes NAME`: which files a helper changes in its copy of the project, as it does, until Ctrl-C. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace changes ada", "a line for each file: when, who, what"],
    ["pleiad workspace changes ada --json", "one JSON object a line, for a program"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }, name = "") => {
    const folders = daemonFolders(await accessOf(options, around));
    for await (const told of folders.changes(name, around.stopSignal())) {
      output.json(told);
      if (told.kind === "open") output.note(`watching the files of ${printableLine(name)}; Ctrl-C ends it`);
      else
        for (const { agent, path, change, bytes } of told.changes)
          output.line(
            [
              new Date().toISOString(),
              printableLine(agent),
              change,
              printableLine(path),
              `${bytes} bytes`,
            ].join("  "),
          );
    }
    return 0;
  });
};
