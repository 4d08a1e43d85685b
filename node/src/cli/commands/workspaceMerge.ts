import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { daemonFolders, mergeText } from "../folderAccess.ts";
import { printable, printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly into?: string;
  readonly message?: string;
  readonly preview?: boolean;
}

/** `pleiad workspace merge NAME`: brings a helper's work into a branch, as one commit, if it fits and the gate says yes. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  command.option("--into <branch>", "the branch (default: the one that the project was on)");
  command.option("--message <text>", "of the commit (default: a line that names the helper)");
  command.option("--preview", "say what would come of it, and change nothing");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace merge ada --preview", "whether it fits, with conflicts"],
    ["pleiad workspace merge ada --into next", "through the gate, one merge at a time"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const folders = daemonFolders(await accessOf(options, around));
    if (options.preview === true) {
      const preview = await folders.preview(name, options.into);
      output.json(preview);
      output.line(`${preview.outcome}: ${preview.files.length} files into ${printableLine(preview.target)}`);
      printConflicts(preview.conflicts);
      return preview.outcome === "clean" || preview.outcome === "nothing" ? 0 : 1;
    }
    const merge = await folders.merge(name, options);
    output.json(merge);
    output.line(mergeText(merge));
    printConflicts(merge.conflicts ?? []);
    if (merge.error !== undefined)
      output.note(`${merge.error.code}: ${printableLine(merge.error.message)}; ${merge.error.hint}`);
    if (merge.outcome === "gateFailed") output.note(printable(merge.gate?.outputTail ?? ""));
    return merge.outcome === "merged" || merge.outcome === "ready" || merge.outcome === "nothing" ? 0 : 1;

    function printConflicts(
      conflicts: readonly { readonly path: string; readonly hunks: readonly string[] }[],
    ): void {
      for (const { path, hunks } of conflicts) {
        output.line(`conflict: ${printableLine(path)}`);
        for (const hunk of hunks) output.raw(printable(hunk));
      }
    }
  });
};
