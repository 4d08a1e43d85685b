import { Option } from "commander";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { DIFF_KINDS, type DiffKind, daemonFolders } from "../folderAccess.ts";
import { printable, printableLine } from "../text/printable.ts";
import { accessOf, addDaemonOptions, type DaemonOptions } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly kind: DiffKind;
  readonly files?: boolean;
}

/** `pleiad workspace diff NAME`: what a helper changed, and what that is compared with. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "the helper's name");
  command.addOption(
    new Option("--kind <kind>", "what is compared with what")
      .choices(DIFF_KINDS)
      .default("all" satisfies DiffKind),
  );
  command.option("--files", "the files alone, with counts");
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad workspace diff ada", "from what it began with to its files"],
    ["pleiad workspace diff ada --kind sinceCheckpoint", "what it did in its last turn"],
    ["pleiad workspace diff ada --kind merged", "what its last merge brought"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const diff = await daemonFolders(await accessOf(options, around)).diff(name, options.kind);
    output.json(diff);
    const { from, to, files, fileCount, added, removed } = diff;
    output.note(
      `${printableLine(from.what)} → ${printableLine(to.what)}: ${fileCount} ${fileCount === 1 ? "file" : "files"}, +${added} -${removed}`,
    );
    if (fileCount === 0) output.line("nothing changed");
    else if (options.files === true)
      output.table(
        [{ header: "change" }, { header: "added" }, { header: "removed" }, { header: "file" }],
        files.map((file) => [
          file.change,
          String(file.added),
          String(file.removed),
          printableLine(file.path),
        ]),
      );
    else output.raw(printable(diff.text));
    if (diff.isTextCut) output.note("the text was cut at its limit; --files lists what changed");
    for (const { path, why } of diff.skipped) output.note(`not in it: ${printableLine(path)} (${why})`);
    return 0;
  });
};
