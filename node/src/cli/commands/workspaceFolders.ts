import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { daemonFolders, mergeText } from "../folderAccess.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

/** `pleiad workspace folders`: copies of projects that helpers work in, and what was merged of them. */
export const define: DefineCommand = (command, around) => {
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace folders", "who has a copy of which project, and where it is"],
    ["pleiad workspace diff ada", "what one of them changed"],
  ]);
  setAction<DaemonOptions>(command, around, async ({ options, output }) => {
    const { folders, merges } = await daemonFolders(await accessOf(options, around)).list();
    output.json({ folders, merges });
    if (folders.length === 0) output.line("no helper has a copy of a project");
    else
      output.table(
        [
          { header: "helper" },
          { header: "project" },
          { header: "began with" },
          { header: "ports" },
          { header: "copy" },
        ],
        folders.map(({ agent, project, base, includesUncommitted, ports, path }) => [
          printableLine(agent),
          printableLine(project),
          `${base.slice(0, 12)}${includesUncommitted ? ", uncommitted included" : ""}`,
          ports.length === 0 ? "–" : `${ports[0]}–${ports.at(-1)}`,
          printableLine(path),
        ]),
      );
    for (const merge of merges) output.line(mergeText(merge));
    return 0;
  });
};
